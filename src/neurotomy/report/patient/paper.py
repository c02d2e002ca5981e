"""The patient's sheet on paper: the same words and picture as the page, set by Typst."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from neurotomy.report.patient import icons
from neurotomy.report.pdf import FAMILY

__all__ = ["LARGEST_PT", "LARGE_PT", "SMALLEST_PT", "write_paper"]

SMALLEST_PT, LARGEST_PT = 9.4, 11.4
"""Between these the largest size of letter that keeps the sheet on two pages is taken, to a tenth of a point."""

LARGE_PT = 16.5
"""Large print begins at 16 points; pages are as many as it needs."""

_PAGES = 2


def write_paper(sheet: dict[str, Any], path: Path, folder: Path) -> None:
    """Write the PDF.

    Parameters
    ----------
    sheet : dict
        From :func:`neurotomy.report.patient.sheet.sheet`.
    path : Path
        The PDF.
    folder : Path
        An empty folder for what Typst reads; it is the caller's to remove.
    """
    import typst

    (folder / "people.svg").write_text(icons.array(*sheet["chances"]["counts"]), encoding="utf-8")
    for kind in (icons.FULL, icons.HALF, icons.NONE):
        (folder / f"{kind}.svg").write_text(icons.one(kind), encoding="utf-8")
    (folder / "sheet.json").write_text(json.dumps({**sheet, "family": FAMILY}, ensure_ascii=False), encoding="utf-8")
    with as_file(files("neurotomy.report.patient") / "templates" / "patient.typ") as template:
        shutil.copyfile(template, folder / "patient.typ")
    size = LARGE_PT if sheet["large_print"] else _largest(folder)
    typst.compile(folder / "patient.typ", output=path, **_options(folder, size))


def _largest(folder: Path) -> float:
    """The largest size in steps of a tenth of a point that fits on the pages, by halving."""
    import typst

    low, high = round(10 * SMALLEST_PT), round(10 * LARGEST_PT) + 1
    while high - low > 1:
        middle = (low + high) // 2
        options = _options(folder, middle / 10)
        pages = int(typst.query(folder / "patient.typ", "<pages>", field="value", one=True, **options))
        low, high = (middle, high) if pages <= _PAGES else (low, middle)
    return low / 10


def _options(folder: Path, size_pt: float) -> dict[str, Any]:
    return {"root": folder, "ignore_system_fonts": True, "sys_inputs": {"size": f"{size_pt:.1f}"}}
