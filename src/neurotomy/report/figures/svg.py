"""A figure as SVG that belongs to its page: its colours and letters are the page's, and its ids clash with nobody's."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from neurotomy.report.figures.style import ROLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FONT", "for_page", "for_paper", "svg_of"]

FONT = "report-font"
"""Stands for the letter in what :func:`svg_of` gives."""

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
_GLOBAL_STYLE = re.compile(r"<defs>\s*<style type=\"text/css\">.*?</style>\s*</defs>\s*", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_SIZE = re.compile(r'(<svg[^>]*?) width="[^"]*"', re.DOTALL)
_HEIGHT = re.compile(r'(<svg[^>]*?) height="[^"]*"', re.DOTALL)
_IDS = re.compile(r'(\bid="|url\(#|href="#)')
_FAMILY = re.compile(r"'DejaVu Sans'[^;\"]*")
_NAMESPACE = re.compile(r' xmlns(:xlink)?="[^"]*"')
_HEX = re.compile("|".join(ROLES), re.IGNORECASE)


def svg_of(figure: Figure, name: str) -> str:
    """The figure as an ``<svg>`` element with letters as letters.

    Parameters
    ----------
    figure : Figure
        Drawn with the colours of :mod:`~neurotomy.report.figures.style`.
    name : str
        Goes before every id, so that many figures can stand in one document.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    text = _PROLOGUE.sub("", buffer.getvalue())
    for clutter in (_METADATA, _GLOBAL_STYLE, _COMMENT):
        text = clutter.sub("", text)
    text = _HEIGHT.sub(r"\1", _SIZE.sub(r"\1", text, count=1), count=1)
    text = text.replace("<svg ", '<svg stroke-linejoin="round" ', 1)
    text = _IDS.sub(rf"\g<1>{name}-", text)
    return _FAMILY.sub(FONT, text).strip()


def for_page(svg: str) -> str:
    """For an HTML page: colours are the page's variables, letters are of the page's family."""
    inside = _NAMESPACE.sub("", svg).replace("xlink:href", "href")  # HTML knows both namespaces by itself
    return _HEX.sub(lambda found: f"var(--{ROLES[found[0].lower()]})", inside).replace(FONT, "var(--sans)")


def for_paper(svg: str, family: str) -> str:
    """For print: colours stay, letters are of `family`."""
    return svg.replace(FONT, f"'{family}'")
