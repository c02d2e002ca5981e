"""What happens when, after the procedure: the founding leaflet above, other sources below, on one axis of days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurotomy import evidence
from neurotomy.recovery import Phase
from neurotomy.report.figures.style import (
    AMBER,
    BLUE,
    FAINT,
    INK,
    LABEL_PT,
    MUTED,
    PAPER,
    WIDE_MM,
    axes_at,
    canvas,
    key_row,
    new_figure,
)
from neurotomy.report.words import capitalised

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["timeline_figure"]

_ROW_MM, _LEFT_MM, _RIGHT_MM, _BOTTOM_MM, _TOP_MM = 8.2, 34.0, 3.0, 9.0, 6.5
_TICKS = (
    (0, "day 0"), (1, "1"), (3, "3"), (7, "7"), (14, "14"), (28, "28"), (91, "3 months"), (183, "6"), (365, "12"),
    (730, "24 months"),
)  # fmt: skip
_LAST_DAY = 3400  # room for words after the longest bar
_BAR_PT, _WORDS_PT = 4.4, 6.4


def timeline_figure(phases: Sequence[Phase], number_of: Callable[[str], int] | None = None) -> Figure:
    """One row for each phase; each source's own range of days as a bar, with its days in words.

    The axis is logarithmic in (day + 1), so that the first days and the second year both have room.

    Parameters
    ----------
    phases : sequence of Phase
        Rows, from above.
    number_of : callable, optional
        The number of an entry's source in the list of sources, written after its days.
    """
    height = _BOTTOM_MM + _TOP_MM + _ROW_MM * len(phases)
    figure = new_figure(WIDE_MM, height)
    axes = axes_at(figure, _LEFT_MM, _BOTTOM_MM, WIDE_MM - _LEFT_MM - _RIGHT_MM, _ROW_MM * len(phases))
    axes.set_xlim(_at(0), _at(_LAST_DAY))
    axes.set_ylim(len(phases) - 0.5, -0.5)
    axes.set_xticks([_at(day) for day, _ in _TICKS], [words for _, words in _TICKS])
    axes.vlines([_at(day) for day, _ in _TICKS], -0.5, len(phases) - 0.5, color=FAINT, linewidth=0.6, zorder=0)
    axes.spines["bottom"].set_bounds(_at(0), _at(_TICKS[-1][0]))
    axes.set_yticks(range(len(phases)), [capitalised(phase.name) for phase in phases])
    axes.tick_params(axis="y", labelcolor=INK, labelsize=LABEL_PT, pad=6)
    for row in range(1, len(phases)):
        axes.axhline(row - 0.5, color=FAINT, linewidth=0.4, zorder=0)
    for row, phase in enumerate(phases):
        for key in phase.evidence:
            leaflet = key.endswith(".leaflet")
            days = _days(key)
            y = row - 0.19 if leaflet else row + 0.19
            words = "no time named" if days is None else _span(*days)
            if days is not None:
                axes.plot(
                    [_at(day) for day in days], [y, y],
                    color=AMBER if leaflet else BLUE, linewidth=_BAR_PT, solid_capstyle="butt",
                )  # fmt: skip
            if number_of is not None and not leaflet:
                words += f"  [{number_of(key)}]"
            end = phase.start_day if days is None else days[1]
            axes.annotate(
                words, (_at(end), y), xytext=(3.0, 0.0), textcoords="offset points",
                fontsize=_WORDS_PT, color=MUTED, va="center",
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
    key_row(
        canvas(figure), _LEFT_MM, height - 2.4,
        [
            ({"color": AMBER, "linewidth": _BAR_PT}, "the leaflet"),
            ({"color": BLUE, "linewidth": _BAR_PT}, "other sources" + (" [number: source]" if number_of else "")),
        ],
    )  # fmt: skip
    return figure


def _at(day: float) -> float:
    return float(np.log1p(day))


def _days(key: str) -> tuple[float, float] | None:
    table = evidence.get(key).value
    assert isinstance(table, dict)
    if "days" not in table:
        return None
    start, end = (float(day) for day in table["days"])  # type: ignore[attr-defined]
    return start, end


def _span(start: float, end: float) -> str:
    """``1 to 4 days``: both ends in the unit that suits the later one."""
    for days, unit, least in ((365.25 / 12, "months", 85.0), (7.0, "weeks", 28.0)):
        if end >= least:
            if start < 14.0:
                low = f"day {start:.0f}"
            else:
                low = f"{start / days:.0f}" if start >= least or unit == "weeks" else f"{start / 7.0:.0f} weeks"
            return f"{low} to {end / days:.0f} {unit}"
    return f"day {start:.0f} to {end:.0f}"
