"""The report on paper: the same context and pictures as the page, set by Typst."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from neurotomy.report.figures.marks import SIGNS
from neurotomy.report.figures.svg import for_paper
from neurotomy.report.pictures import Pictures

__all__ = ["FAMILY", "write_pdf"]

FAMILY = "Libertinus Serif"
"""Ships inside Typst, so that a report looks the same on every machine."""


def write_pdf(context: dict[str, Any], pictures: Pictures, path: Path, folder: Path) -> None:
    """Write the PDF.

    Parameters
    ----------
    context, pictures
        From :func:`neurotomy.report.context.report_context`.
    path : Path
        The PDF.
    folder : Path
        An empty folder for what Typst reads; it is the caller's to remove.
    """
    import typst

    named: dict[str, dict[str, str]] = {}
    for name, picture in pictures.by_name.items():
        file = folder / f"{name}.{'svg' if picture.pixels is None else 'jpg'}"
        if picture.pixels is None:
            file.write_text(_standalone(picture.svg), encoding="utf-8")
        else:
            file.write_bytes(picture.jpeg())
        named[name] = {"path": file.name, "alt": picture.alt}
    signs = {}
    for status, svg in SIGNS.items():
        (folder / f"sign-{status}.svg").write_text(_standalone(svg), encoding="utf-8")
        signs[status] = f"sign-{status}.svg"
    plain = {**context, "files": named, "signs": signs, "family": FAMILY, "footer": context["not_a_device"]}
    (folder / "context.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    with as_file(files("neurotomy.report") / "templates" / "report.typ") as template:
        shutil.copyfile(template, folder / "report.typ")
    typst.compile(folder / "report.typ", output=path, root=folder, ignore_system_fonts=True)


def _standalone(svg: str) -> str:
    """An SVG file of its own: with its namespaces, in the letters of the paper."""
    if "xmlns=" not in svg:
        svg = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return for_paper(svg, FAMILY)
