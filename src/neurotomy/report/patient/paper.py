"""The patient's sheet on paper: the same words and picture as the page, set by Typst."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from neurotomy.report.patient import icons
from neurotomy.report.pdf import FAMILY

__all__ = ["write_paper"]


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
    typst.compile(folder / "patient.typ", output=path, root=folder, ignore_system_fonts=True)
