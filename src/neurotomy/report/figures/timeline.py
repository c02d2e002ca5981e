"""What happens when, after the procedure: the founding leaflet above, other sources below, on one axis of days."""

from __future__ import annotations

from collections.abc import Sequence
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

_ROW_MM, _LEFT_MM, _BOTTOM_MM, _TOP_MM = 6.4, 38.0, 9.0, 6.0
_TICKS = (
    (0, "day 0"), (1, "1"), (3, "3"), (7, "7"), (14, "14"), (28, "28"), (42, "6 weeks"), (91, "3 months"),
    (183, "6 months"), (365, "1 year"), (730, "2 years"),
)  # fmt: skip


def timeline_figure(phases: Sequence[Phase]) -> Figure:
    """One row for each phase, earliest first; each source's own range of days as a bar.

    The axis is logarithmic in (day + 1), so that the first days and the second year both have room.
    """
    height = _BOTTOM_MM + _TOP_MM + _ROW_MM * len(phases)
    figure = new_figure(WIDE_MM, height)
    axes = axes_at(figure, _LEFT_MM, _BOTTOM_MM, WIDE_MM - _LEFT_MM - 5.0, _ROW_MM * len(phases))
    axes.set_xlim(_at(0), _at(760))
    axes.set_ylim(len(phases) - 0.5, -0.5)
    axes.set_xticks([_at(day) for day, _ in _TICKS], [words for _, words in _TICKS])
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_yticks(range(len(phases)), [capitalised(phase.name) for phase in phases])
    axes.tick_params(axis="y", labelcolor=INK, labelsize=LABEL_PT, pad=6)
    for row, phase in enumerate(phases):
        for key in phase.evidence:
            leaflet = key.endswith(".leaflet")
            start, end = _days(key)
            y = row - 0.17 if leaflet else row + 0.17
            axes.plot(
                [_at(start), _at(end)], [y, y], color=AMBER if leaflet else BLUE, linewidth=4.4, solid_capstyle="butt"
            )
    key_row(
        canvas(figure), _LEFT_MM, height - 2.4,
        [({"color": AMBER, "linewidth": 4.4}, "the leaflet"), ({"color": BLUE, "linewidth": 4.4}, "other sources")],
    )  # fmt: skip
    return figure


def _at(day: float) -> float:
    return float(np.log1p(day))


def _days(key: str) -> tuple[float, float]:
    table = evidence.get(key).value
    assert isinstance(table, dict)
    start, end = (float(day) for day in table["days"])  # type: ignore[attr-defined]
    return start, end
