"""What the generator would show: temperature, power and impedance over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.result import Lesion
from neurotomy.lesion.volumetric import VolumeLesion
from neurotomy.report.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    LINE_PT,
    MUTED,
    SMALL_PT,
    VERMILLION,
    WIDE_MM,
    axes_at,
    grid_lines,
    new_figure,
    title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["generator_figure"]

_HEIGHT_MM, _LEFT_MM, _GAP_MM, _BOTTOM_MM, _TOP_MM = 46.0, 9.0, 11.0, 11.0, 9.0


def generator_figure(lesion: Lesion | VolumeLesion) -> Figure:
    """Three panels over time in seconds: °C at the thermocouple, W, and Ω while current flows."""
    figure = new_figure(WIDE_MM, _HEIGHT_MM)
    wide = (WIDE_MM - _LEFT_MM - 2 * _GAP_MM - 3.0) / 3
    high = _HEIGHT_MM - _BOTTOM_MM - _TOP_MM
    trace, protocol = lesion.trace, lesion.protocol
    off_s = protocol.ramp_s + protocol.hold_s
    end_s = float(min(trace.time_s[-1], 1.35 * off_s))
    on = (trace.time_s > 0.0) & (trace.time_s <= off_s) & (trace.power_w > 0.0)
    panels = (
        ("Tip temperature", "°C", trace.tip_c, np.ones_like(on), VERMILLION, protocol.set_c),
        ("Power", "W", trace.power_w, np.ones_like(on), BLUE, None),
        ("Impedance", "Ω", trace.impedance_ohm, on, GREEN, None),
    )
    for n, (name, unit, values, shown, colour, aim) in enumerate(panels):
        axes = axes_at(figure, _LEFT_MM + n * (wide + _GAP_MM), _BOTTOM_MM, wide, high)
        _panel(axes, trace.time_s[shown], values[shown], colour, (protocol.ramp_s, off_s, end_s))
        title(axes, name, unit)
        if aim is not None:
            axes.text(
                (protocol.ramp_s + off_s) / 2,
                aim - 0.05 * np.ptp(axes.get_ylim()),
                f"set to {aim:g} °C",
                fontsize=SMALL_PT,
                color=MUTED,
                va="top",
                ha="center",
            )
        if n == 1:
            axes.set_xlabel("time, s", fontsize=SMALL_PT, color=MUTED, labelpad=2.0)
    return figure


def _panel(
    axes: Axes,
    time_s: NDArray[np.float64],
    values: NDArray[np.float64],
    colour: str,
    marks_s: tuple[float, float, float],
) -> None:
    ramp_s, off_s, end_s = marks_s
    ticks = _round_ticks(float(np.min(values, initial=np.inf)), float(np.max(values, initial=-np.inf)))
    axes.set_xlim(0.0, end_s)
    axes.set_ylim(ticks[0], ticks[-1] + 0.04 * (ticks[-1] - ticks[0]))
    grid_lines(axes, ticks)
    for moment in (ramp_s, off_s):
        axes.axvline(moment, color=FAINT, linewidth=0.9)
    axes.set_xticks([0.0, ramp_s, off_s])
    axes.plot(time_s, values, color=colour, linewidth=LINE_PT, solid_capstyle="round")


def _round_ticks(low: float, high: float) -> Sequence[float]:
    """Four to six round values that enclose `low` to `high`."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return [0.0, 1.0]
    step = 10.0 ** np.floor(np.log10(max(high - low, 1e-6)))
    for factor in (0.2, 0.5, 1.0, 2.0, 5.0):
        count = np.ceil(high / (factor * step)) - np.floor(low / (factor * step))
        if count <= 6:
            break
    size = factor * step
    first, last = np.floor(low / size), np.ceil(high / size)
    return [float(size * k) for k in np.arange(first, last + 1)]
