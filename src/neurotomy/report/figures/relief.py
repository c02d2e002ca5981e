"""Relief over the months: this patient's curve with its band, the studies it was fitted to, and the leaflet's claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurotomy import evidence
from neurotomy.evidence import Tag
from neurotomy.recovery import Recovery
from neurotomy.report.figures.style import (
    AMBER,
    BLUE,
    INK,
    MUTED,
    SMALL_PT,
    WIDE_MM,
    axes_at,
    canvas,
    grid_lines,
    key_row,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["StudyPoint", "relief_figure", "study_points"]

_HEIGHT_MM, _LEFT_MM, _RIGHT_MM, _BOTTOM_MM, _TOP_MM = 86.0, 10.0, 4.0, 11.0, 13.0
_LAST_MONTH = 40.0
_MARKERS = {"none": ("D", "none"), "one": ("o", "none"), "two": ("o", "full"), "placebo": ("s", "full")}


@dataclass(frozen=True)
class StudyPoint:
    """One published share: `selection` says which blocks the patients had, `key` is the evidence entry."""

    month: float
    share: float
    of: int
    selection: str
    key: str


def study_points(keys: tuple[str, ...]) -> tuple[StudyPoint, ...]:
    """The shares of patients in relief among the evidence entries `keys`: what the model was fitted to.

    Entries from memory, sham arms and entries that are no share at a time are left out.
    """
    points = []
    for key in keys:
        if not key.startswith("outcome.") or key.startswith("outcome.sham."):
            continue
        entry = evidence.get(key)
        table = entry.value
        if not isinstance(table, dict) or entry.tag is Tag.MEMORY or not {"month", "share"} <= set(table):
            continue
        months, shares = _list(table["month"]), _list(table["share"])
        for month, share in zip(months, shares, strict=True):
            points.append(StudyPoint(month, share, entry.n or 1, str(table.get("selection", "one")), key))
    return tuple(points)


def _list(value: object) -> list[float]:
    return [float(x) for x in value] if isinstance(value, list) else [float(value)]  # type: ignore[arg-type]


def relief_figure(recovery: Recovery, points: tuple[StudyPoint, ...], number_of: Callable[[str], int]) -> Figure:
    """Share of patients in relief, percent, over months.

    Parameters
    ----------
    recovery : Recovery
        Gives the curves.
    points : tuple of StudyPoint
        What was published; the area of a marker grows with the number of patients.
    number_of : callable
        The number of an entry's source in the list of sources, written beside its marker.
    """
    figure = new_figure(WIDE_MM, _HEIGHT_MM)
    axes = axes_at(figure, _LEFT_MM, _BOTTOM_MM, WIDE_MM - _LEFT_MM - _RIGHT_MM, _HEIGHT_MM - _BOTTOM_MM - _TOP_MM)
    axes.set_xlim(0.0, _LAST_MONTH)
    axes.set_ylim(0.0, 100.0)
    grid_lines(axes, [0, 25, 50, 75, 100])
    axes.set_yticklabels(["0", "25", "50", "75", "100 %"])
    axes.set_xticks([0, 3, 6, 9, 12, 18, 24, 30, 36])
    axes.set_xlabel("months after the procedure", fontsize=SMALL_PT, color=MUTED, labelpad=2.0)
    _leaflet(axes)
    axes.fill_between(
        recovery.month,
        100 * recovery.still_significant_low,
        100 * recovery.still_significant_high,
        color=BLUE,
        alpha=0.16,
        linewidth=0,
    )
    axes.plot(recovery.month, 100 * recovery.still_any, color=BLUE, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.plot(recovery.month, 100 * recovery.still_significant, color=BLUE, linewidth=2.0)
    _studies(axes, points, number_of)
    _key(figure, points)
    return figure


def _leaflet(axes: Axes) -> None:
    entry = evidence.get("outcome.leaflet.significant")
    assert entry.low is not None
    assert entry.high is not None
    axes.fill_between([0.0, 24.0], 100 * entry.low, 100 * entry.high, color=AMBER, alpha=0.13, linewidth=0)
    for share in (entry.low, entry.high):
        axes.plot([0.0, 24.0], [100 * share] * 2, color=AMBER, linewidth=0.8)


def _studies(axes: Axes, points: tuple[StudyPoint, ...], number_of: Callable[[str], int]) -> None:
    taken: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda p: (p.month, -p.share)):
        if not 0.0 < point.month <= _LAST_MONTH:
            continue
        size = 2.6 + 0.55 * np.sqrt(min(point.of, 100))
        axes.plot([point.month], [100 * point.share], markersize=size, zorder=3, **_look(point.selection))
        # Beside the marker, to the end of the row of those that stand at the same height already.
        x, y = point.month + 0.35 + 0.03 * size, 100 * point.share
        while any(abs(x - a) < 1.1 and abs(y - b) < 3.6 for a, b in taken):
            x += 1.1
        taken.append((x, y))
        axes.text(x, y, f"{number_of(point.key)}", fontsize=6.0, color=MUTED, va="center", ha="left", zorder=3)


def _key(figure: Figure, points: tuple[StudyPoint, ...]) -> None:
    page = canvas(figure)
    top = _HEIGHT_MM - 2.6
    key_row(
        page,
        0.5,
        top,
        [
            ({"color": BLUE, "linewidth": 2.0}, "at least half of the pain gone, with 90 % band"),
            ({"color": BLUE, "linewidth": 0.9, "linestyle": (0, (4, 2))}, "any relief"),
            ({"color": AMBER, "linewidth": 6.0, "alpha": 0.35}, "the leaflet: 30 to 50 % for as much as two years"),
        ],
    )
    words = {"none": "no block", "one": "one block", "two": "two blocks", "placebo": "placebo-controlled blocks"}
    shown = [name for name in words if any(point.selection == name for point in points)]
    items = [({**_look(name), "markersize": 4.5}, words[name]) for name in shown]
    page.text(0.5, top - 5.0, "published shares after", fontsize=SMALL_PT, color=MUTED, va="center")
    key_row(page, 30.0, top - 5.0, [*items])
    page.text(WIDE_MM - _RIGHT_MM, top - 5.0, "number: source", fontsize=SMALL_PT, color=MUTED, va="center", ha="right")


def _look(selection: str) -> dict[str, Any]:
    marker, fill = _MARKERS.get(selection, ("o", "none"))
    return {
        "marker": marker,
        "markeredgecolor": INK,
        "markeredgewidth": 0.9,
        "linestyle": "none",
        "markerfacecolor": INK if fill == "full" else "none",
    }
