"""The fit of recovery, study by study: published interval, model, and prediction without the study, side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from neurotomy import evidence
from neurotomy.report.figures.style import (
    BLUE,
    FAINT,
    INK,
    MUTED,
    SKY,
    SMALL_PT,
    VERMILLION,
    WIDE_MM,
    axes_at,
    canvas,
    key_row,
    new_figure,
)
from neurotomy.report.words import capitalised

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neurotomy.recovery.report import FittedPoint

__all__ = ["fit_figure"]

_ROW_MM, _LEFT_MM, _RIGHT_MM, _BOTTOM_MM, _TOP_MM, _GAP_MM = 4.6, 66.0, 18.0, 11.0, 9.0, 12.0
_LAST_MONTHS = 30.0
_REGION_WORDS = {"sham": "after sham"}
_BLOCK_WORDS = {"none": "no block", "one": "1 block", "two": "2 blocks", "placebo": "placebo-controlled"}


def fit_figure(points: Sequence[FittedPoint]) -> Figure:
    """One row for each fitted number: shares above, mean durations below.

    A row whose model value lies outside the published interval has its name in red; so has the word at its end.

    Parameters
    ----------
    points : sequence of FittedPoint
        Of :func:`neurotomy.recovery.report.fit_report`.
    """
    shares = [point for point in points if point.unit != "month"]
    means = [point for point in points if point.unit == "month"]
    high, low = (_ROW_MM * (len(rows) + _headings(rows)) for rows in (shares, means))
    height = _BOTTOM_MM + low + _GAP_MM + high + _TOP_MM
    figure = new_figure(WIDE_MM, height)
    wide = WIDE_MM - _LEFT_MM - _RIGHT_MM
    upper = axes_at(figure, _LEFT_MM, _BOTTOM_MM + low + _GAP_MM, wide, high)
    upper.set_xlim(0.0, 100.0)
    upper.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 % in relief"])
    _rows(upper, shares, 100.0)
    lower = axes_at(figure, _LEFT_MM, _BOTTOM_MM, wide, low)
    lower.set_xlim(0.0, _LAST_MONTHS)
    lower.set_xticks([0, 6, 12, 18, 24, 30], ["0", "6", "12", "18", "24", "30 months"])
    lower.set_xlabel("mean duration of those whose relief ended", fontsize=SMALL_PT, color=MUTED, labelpad=2.0)
    _rows(lower, means, 1.0)
    key_row(
        canvas(figure), _LEFT_MM - 30.0, height - 3.0,
        [
            ({"color": INK, "linewidth": 1.3}, "published, 95 % interval"),
            ({"color": BLUE, "linewidth": 3.4}, "model, 95 %"),
            ({"color": SKY, "linewidth": 1.6}, "predicted without the study, 95 %"),
        ],
    )  # fmt: skip
    return figure


def _rows(axes: Axes, points: Sequence[FittedPoint], scale: float) -> None:
    places: list[float] = []
    names: list[str] = []
    row, region = 0.0, ""
    last = axes.get_xlim()[1]
    for point in points:
        if point.region != region:
            region = point.region
            words = _REGION_WORDS.get(region, region)
            axes.annotate(
                capitalised(words), (0.0, row), xytext=(-6, 0), textcoords="offset points",
                ha="right", va="center", fontsize=SMALL_PT, color=INK, fontweight="bold",
            )  # fmt: skip
            row += 1.0
        _interval(axes, row - 0.26, point.published_interval, scale, {"color": INK, "linewidth": 1.3})
        axes.plot([scale * point.published], [row - 0.26], marker="o", markersize=3.4, color=INK, linestyle="none")
        _interval(axes, row + 0.02, point.model_interval, scale, {"color": BLUE, "linewidth": 3.4, "alpha": 0.45})
        axes.plot([scale * point.model], [row + 0.02], marker="|", markersize=5, markeredgewidth=1.6, color=BLUE)
        if point.left_out is not None and point.left_out_interval is not None:
            _interval(axes, row + 0.28, point.left_out_interval, scale, {"color": SKY, "linewidth": 1.6})
            if scale * point.left_out <= last:
                axes.plot([scale * point.left_out], [row + 0.28], marker=".", markersize=4, color=SKY)
        if not point.inside:
            axes.annotate(
                "outside", (last, row), xytext=(6, 0), textcoords="offset points",
                va="center", fontsize=SMALL_PT, color=VERMILLION,
            )  # fmt: skip
        places.append(row)
        names.append(_name(point))
        row += 1.0
    axes.set_ylim(row - 0.5, -0.6)
    axes.set_yticks(places, names)
    for label, point in zip(axes.get_yticklabels(), points, strict=True):
        label.set_color(MUTED if point.inside else VERMILLION)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)


def _interval(axes: Axes, y: float, interval: tuple[float, float], scale: float, look: dict[str, object]) -> None:
    low, high = (min(scale * end, axes.get_xlim()[1]) for end in interval)
    axes.plot([low, high], [y, y], solid_capstyle="butt", **look)  # type: ignore[arg-type]


def _headings(points: Sequence[FittedPoint]) -> int:
    return len({point.region for point in points})


def _name(point: FittedPoint) -> str:
    """``Cohen 2010, no block, month 3, n = 51``."""
    parts = [_short(point.source)]
    if point.selection:
        parts.append(_BLOCK_WORDS[point.selection])
    if point.month is not None:
        parts.append(f"month {point.month:.3g}" if point.month > 0 else "ever")
    parts.append(f"n = {point.of}" if point.of else "n not read")
    return ", ".join(parts)


def _short(source: str) -> str:
    """Author and year of a source, as its citation begins and goes on."""
    citation = evidence.source(source).citation
    author = re.match(r"([A-Z][A-Za-zé'-]+) [A-Z]{1,3}[,.& ]", citation)
    year = re.search(r"\b(?:19|20)\d\d\b", citation)
    if author and year:
        return f"{author[1]} {year[0]}"
    words = re.sub(r"(?<=[a-z])(?=\d)", " ", source.replace("_", " ")).replace("sij", "SIJ")
    return capitalised(words)
