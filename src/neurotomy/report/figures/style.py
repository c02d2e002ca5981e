"""One look for all figures: colours that every kind of colour vision tells apart, one letter, few lines.

Colours are those of Okabe and Ito (Color Universal Design, 2008). Each has a role; :mod:`~neurotomy.report.figures.svg`
turns the roles into the colours of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "AMBER",
    "BLUE",
    "FAINT",
    "GREEN",
    "INK",
    "LABEL_PT",
    "LINE_PT",
    "MUTED",
    "PAPER",
    "ROLES",
    "SKY",
    "SMALL_PT",
    "VERMILLION",
    "WIDE_MM",
    "axes_at",
    "canvas",
    "grid_lines",
    "key_row",
    "new_figure",
    "title",
    "width_mm",
]

INK = "#1b2126"
MUTED = "#5d6872"
FAINT = "#d9dee3"
BLUE = "#0072b2"
SKY = "#56b4e9"
GREEN = "#00805c"
AMBER = "#c77c00"
VERMILLION = "#d04a00"
PAPER = "#fffffe"

ROLES = {
    INK: "ink",
    MUTED: "muted",
    FAINT: "line",
    BLUE: "blue",
    SKY: "sky",
    GREEN: "ok",
    AMBER: "warning",
    VERMILLION: "error",
    PAPER: "paper",
}
"""The name of each colour in the page's style sheet."""

LABEL_PT, SMALL_PT, LINE_PT = 8.0, 7.0, 1.4
WIDE_MM = 176.0
_MM_PER_INCH = 25.4


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of this size, drawn without pyplot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH), dpi=96)
    figure.patch.set_alpha(0.0)
    return figure


def axes_at(figure: Figure, left_mm: float, bottom_mm: float, width_mm: float, height_mm: float) -> Axes:
    """Bare axes at a place in the figure, mm from its lower left corner: a base line and outward ticks, no box."""
    wide, high = (float(x) * _MM_PER_INCH for x in figure.get_size_inches())
    axes = figure.add_axes((left_mm / wide, bottom_mm / high, width_mm / wide, height_mm / high))
    axes.patch.set_alpha(0.0)
    for edge in ("top", "right", "left"):
        axes.spines[edge].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    axes.spines["bottom"].set_linewidth(0.7)
    axes.tick_params(
        axis="x", colors=MUTED, labelcolor=MUTED, labelsize=SMALL_PT, length=2.5, width=0.7, pad=2.5, direction="out"
    )
    axes.tick_params(axis="y", labelcolor=MUTED, labelsize=SMALL_PT, length=0.0, pad=3.0)
    axes.set_axisbelow(True)
    return axes


def canvas(figure: Figure) -> Axes:
    """Invisible axes over the whole figure whose unit is the millimetre, from the lower left corner."""
    wide, high = (float(x) * _MM_PER_INCH for x in figure.get_size_inches())
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, wide)
    axes.set_ylim(0.0, high)
    axes.set_axis_off()
    return axes


def key_row(axes: Axes, left_mm: float, y_mm: float, items: Sequence[tuple[dict[str, Any], str]]) -> None:
    """A row of explained symbols on a :func:`canvas`: each a dict of line properties and its words.

    A symbol with a ``marker`` is drawn as one point, else as a short line.
    """
    x = left_mm
    for look, words in items:
        if look.get("marker"):
            axes.plot([x + 1.2], [y_mm], **look)
            x += 3.4
        else:
            axes.plot([x, x + 6.0], [y_mm, y_mm], **({"solid_capstyle": "butt"} | look))
            x += 7.5
        axes.text(x, y_mm, words, fontsize=SMALL_PT, color=MUTED, va="center")
        x += width_mm(words, SMALL_PT) + 5.0


def width_mm(words: str, size_pt: float) -> float:
    """About how wide `words` are set in a sans-serif: letters differ, and the page's own font is not known here."""
    narrow = sum(letter in " .,:;!|'()[]ijlftrI" for letter in words)
    return size_pt / 72 * _MM_PER_INCH * (0.62 * (len(words) - narrow) + 0.36 * narrow)


def grid_lines(axes: Axes, values: Sequence[float]) -> None:
    """Thin horizontal lines at these values, which are also the ticks."""
    axes.set_yticks(list(values))
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


def title(axes: Axes, text: str, unit: str = "", *, above_mm: float = 2.2) -> None:
    """What the vertical axis shows, above it and not along it: nobody turns their head to read."""
    height = axes.get_position().height * float(axes.get_figure().get_size_inches()[1]) * _MM_PER_INCH  # type: ignore[union-attr]
    axes.text(0.0, 1.0 + above_mm / height, text, transform=axes.transAxes, fontsize=LABEL_PT, color=INK, va="bottom")
    if unit:
        axes.text(
            1.0,
            1.0 + above_mm / height,
            unit,
            transform=axes.transAxes,
            fontsize=SMALL_PT,
            color=MUTED,
            va="bottom",
            ha="right",
        )
