"""How much of each nerve's cross-section is coagulated along its course, and how that varies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurotomy.coverage.result import NerveCoverage
from neurotomy.report.figures.style import (
    BLUE,
    FAINT,
    INK,
    LABEL_PT,
    LINE_PT,
    MUTED,
    SMALL_PT,
    VERMILLION,
    WIDE_MM,
    axes_at,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["coverage_figure"]

_ROW_MM, _COLUMNS, _LEFT_MM = 64.0, 2, 10.0


def coverage_figure(nerves: Sequence[NerveCoverage]) -> Figure:
    """A panel for each nerve: its profile as placed above, the coagulated length under the spread below.

    Side and level of each nerve stand over its panel.
    """
    rows = -(-len(nerves) // _COLUMNS)
    figure = new_figure(WIDE_MM, rows * _ROW_MM)
    wide = (WIDE_MM - _LEFT_MM - 12.0 - 2.0) / _COLUMNS
    longest = max([max(nerve.length_quantiles_mm[-1], nerve.capture_length_mm) for nerve in nerves])
    for n, nerve in enumerate(nerves):
        left = _LEFT_MM + (n % _COLUMNS) * (wide + 12.0)
        base = (rows - 1 - n // _COLUMNS) * _ROW_MM
        _profile(axes_at(figure, left, base + 27.5, wide, 25.0), nerve)
        _lengths(axes_at(figure, left, base + 6.0, wide, 7.0), nerve, longest)
    return figure


def _profile(axes: Axes, nerve: NerveCoverage) -> None:
    start, stop = nerve.neck_arc_mm
    arc = nerve.arc_mm - start  # 0 where the neck begins
    share = 100.0 * nerve.share_along
    axes.axvspan(0.0, stop - start, color=FAINT, linewidth=0, alpha=0.55)
    axes.fill_between(arc, share, color=VERMILLION, alpha=0.22, linewidth=0)
    axes.plot(arc, share, color=VERMILLION, linewidth=LINE_PT)
    axes.set_xlim(float(arc[0]), float(arc[-1]))
    axes.set_ylim(0.0, 112.0)
    axes.set_yticks([0, 50, 100], ["0", "50", "100 %"])
    step = 5.0 if arc[-1] - arc[0] < 45 else 10.0
    axes.set_xticks(np.arange(np.ceil(arc[0] / step) * step, arc[-1] + 1e-6, step))
    over, below = axes.transAxes, axes.get_xaxis_transform()  # the latter: x of the data, y of the axes
    first, last = float(arc[0]), float(arc[-1])
    axes.text(
        0.0, 1.19, nerve.target.label, transform=over, fontsize=LABEL_PT, color=INK, fontweight="bold", va="bottom"
    )
    axes.text(
        0.0, 1.05, "cross-section coagulated, as placed", transform=over, fontsize=SMALL_PT, color=MUTED, va="bottom"
    )
    axes.text((stop - start) / 2, 6.0, "neck", fontsize=SMALL_PT, color=INK, ha="center", va="bottom")
    for x, words, align in (
        (first, "ventral", "left"),
        ((first + last) / 2, "along the nerve, mm", "center"),
        (last, "dorsal", "right"),
    ):
        axes.text(x, -0.16, words, transform=below, fontsize=SMALL_PT, color=MUTED, va="top", ha=align)


def _lengths(axes: Axes, nerve: NerveCoverage, longest: float) -> None:
    q5, q25, q50, q75, q95 = nerve.length_quantiles_mm
    axes.plot([q5, q95], [0.5, 0.5], color=BLUE, linewidth=1.0)
    axes.plot([q25, q75], [0.5, 0.5], color=BLUE, linewidth=5.0, solid_capstyle="butt")
    axes.plot([q50], [0.5], marker="o", markersize=4.6, markerfacecolor=INK, markeredgecolor=INK)
    axes.axvline(nerve.capture_length_mm, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
    axes.set_xlim(0.0, 1.08 * longest)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([])
    axes.set_xticks(np.arange(0.0, 1.08 * longest, 5.0))
    axes.text(
        0.0,
        1.12,
        "coagulated length under the spread, mm",
        transform=axes.transAxes,
        fontsize=SMALL_PT,
        color=MUTED,
        va="bottom",
    )
    axes.text(
        nerve.capture_length_mm - 0.012 * longest,
        0.5,
        "needed",
        fontsize=SMALL_PT,
        color=INK,
        va="center",
        ha="right",
    )
