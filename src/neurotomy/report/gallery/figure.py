"""The picture of one card: the lesion cut open with isotherms and damage; temperature, power and growth over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurotomy.equipment.geometry import Element
from neurotomy.report.figures.style import (
    BLUE,
    FAINT,
    INK,
    LABEL_PT,
    MUTED,
    SMALL_PT,
    VERMILLION,
    axes_at,
    canvas,
    grid_lines,
    new_figure,
    title,
)
from neurotomy.report.gallery.card import Card

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["HIGH_MM", "WIDE_MM", "card_figure"]

Array = NDArray[np.float64]

WIDE_MM, HIGH_MM = 132.0, 96.0
_CUT_MM = (5.0, 15.0, 62.0, 64.0)
"""Left, bottom, width and height of the cut."""
_LEVELS_C = np.arange(45.0, 96.0, 5.0)
_ISOTHERMS_C = (50.0, 60.0)
_METAL, _METAL_EDGE, _INSULATION = "#8f99a3", "#2a3238", "#ffffff"
_NECROSIS = "#0072b2"


def card_figure(card: Card) -> Figure:
    """Dark on white, one scale in both directions, every edge named."""
    figure = new_figure(WIDE_MM, HIGH_MM)
    figure.patch.set_facecolor("white")
    figure.patch.set_alpha(1.0)
    page = canvas(figure)
    page.text(5.0, HIGH_MM - 5.5, card.title, fontsize=LABEL_PT + 2.5, color=INK, fontweight="bold", va="center")
    page.text(5.0, HIGH_MM - 11.0, card.told, fontsize=SMALL_PT, color=MUTED, va="center")
    _cut(figure, page, card)
    _traces(figure, card)
    _sizes(page, card)
    return figure


def _cut(figure: Figure, page: Axes, card: Card) -> None:
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm, ListedColormap

    left, bottom, wide, high = _CUT_MM
    axes = figure.add_axes((left / WIDE_MM, bottom / HIGH_MM, wide / WIDE_MM, high / HIGH_MM))
    x, z = card.x_mm, card.z_mm
    # One scale both ways: the plane is widened or heightened to the shape of the panel.
    scale = max((x[-1] - x[0]) / wide, (z[-1] - z[0]) / high)
    middle_x, middle_z = 0.5 * (x[0] + x[-1]), 0.5 * (z[0] + z[-1])
    axes.set_xlim(middle_x - scale * wide / 2, middle_x + scale * wide / 2)
    axes.set_ylim(middle_z - scale * high / 2, middle_z + scale * high / 2)
    axes.set_axis_off()
    # Light is warm, dark is hot: ordered for every kind of colour vision, and in grey.
    colours = ListedColormap(colormaps["magma_r"](np.linspace(0.04, 0.80, len(_LEVELS_C))))
    norm = BoundaryNorm([*_LEVELS_C, 100.0], len(_LEVELS_C))
    axes.contourf(x, z, card.peak_c, levels=[*_LEVELS_C, 400.0], cmap=colours, norm=norm, antialiased=True)
    for level in _ISOTHERMS_C:
        if card.peak_c.max() > level:
            axes.contour(
                x, z, card.peak_c, levels=[level], colors=[INK], linewidths=[1.0 if level == 50.0 else 0.7],
                linestyles=["-" if level == 50.0 else (0, (4, 2))],
            )  # fmt: skip
    if card.log10_omega.max() > 0:
        axes.contour(x, z, card.log10_omega, levels=[0.0], colors=["white"], linewidths=3.2)
        axes.contour(x, z, card.log10_omega, levels=[0.0], colors=[_NECROSIS], linewidths=1.9)
    for element in sorted(card.metal, key=lambda e: -e.radius_mm):
        _draw_metal(axes, element)
    for element in card.metal:
        for sensor in element.sensors_mm[:1]:
            axes.plot(
                sensor[0], sensor[2], marker="o", markersize=2.6, color="white", markeredgecolor=INK, mew=0.7, zorder=6
            )
    _scale_bar(axes, scale)
    _key(page, card, colours)


def _draw_metal(axes: Axes, element: Element) -> None:
    """The bare part filled, the insulated part white, both with a dark outline."""
    arc = element.arc_mm
    bottom, top = axes.get_ylim()
    reach = min(float(arc[-1]), element.bare_mm[1] + 2.0 * (top - bottom) + 20.0)
    start, stop = element.bare_mm
    for low, high, colour in ((stop, reach, _INSULATION), (max(start, 0.0), stop, _METAL)):
        if high - low > 1e-6:
            outline = _outline(element, low, high)
            axes.fill(*outline.T, facecolor=colour, edgecolor=_METAL_EDGE, linewidth=0.7, zorder=5, joinstyle="round")


def _outline(element: Element, low: float, high: float) -> Array:
    """The silhouette in the plane y = 0 between two arc lengths, (n, 2)."""
    at = np.unique(
        np.concatenate([np.linspace(low, high, 60), low + (min(high, low + 3.0) - low) * np.linspace(0, 1, 40) ** 2])
    )
    points = element.at(at)[:, [0, 2]]
    ahead = np.gradient(points, at, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    side = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    a, h = element.radius_mm, element.tip_length_mm
    left = right = np.full(len(at), a)
    if h > 0:
        share = np.clip(at / h, 0.0, 1.0)
        if element.tip_shape == "hemispherical":
            left = right = a * np.sqrt(np.maximum(1 - (1 - share) ** 2, 0.0))
        elif element.tip_shape == "conical":
            left = right = a * share
        elif element.tip_shape == "bevel":
            # One slanting plane: full on one side from the point on, growing from there to the other.
            facing = np.sign(element.face[0]) or 1.0
            cut = a * (2 * share - 1)
            left, right = (np.full(len(at), a), cut) if facing * side[0, 0] < 0 else (cut, np.full(len(at), a))
    return np.vstack([points + left[:, None] * side, (points - right[:, None] * side)[::-1]])


def _scale_bar(axes: Axes, scale: float) -> None:
    length = 5.0 if 5.0 / scale < 30 else 2.0
    x1, y0 = axes.get_xlim()[1], axes.get_ylim()[0]
    right, y = x1 - 1.0 * scale, y0 + 1.5 * scale
    axes.plot([right - length, right], [y, y], color=INK, linewidth=1.8, solid_capstyle="butt", zorder=7)
    axes.text(
        right - length / 2,
        y + 0.8 * scale,
        f"{length:g} mm",
        fontsize=SMALL_PT,
        color=INK,
        ha="center",
        va="bottom",
        zorder=7,
    )


def _key(page: Axes, card: Card, colours: object) -> None:
    from matplotlib.patches import Rectangle

    left, y, wide = _CUT_MM[0] + 1.0, 7.6, 48.0
    each = wide / len(_LEVELS_C)
    for n, level in enumerate(_LEVELS_C):
        colour = colours(n)  # type: ignore[operator]
        page.add_patch(Rectangle((left + n * each, y - 2.6), each, 2.6, facecolor=colour, edgecolor="none"))
        if n % 2 == 0:
            page.text(
                left + n * each, y - 3.4, f"{level:g}", fontsize=SMALL_PT - 0.8, color=MUTED, ha="center", va="top"
            )
    page.text(left + wide + 1.5, y - 1.3, "°C, highest", fontsize=SMALL_PT - 0.8, color=MUTED, va="center")
    x = left
    for look, words in (
        ({"color": _NECROSIS, "linewidth": 1.9}, "dead (Ω = 1)"),
        ({"color": INK, "linewidth": 1.0}, "50 °C"),
        ({"color": INK, "linewidth": 0.7, "linestyle": (0, (4, 2))}, "60 °C"),
    ):
        page.plot([x, x + 5.0], [y + 2.4] * 2, **look)  # type: ignore[arg-type]
        page.text(x + 6.0, y + 2.4, words, fontsize=SMALL_PT - 0.4, color=INK, va="center")
        x += 10.5 + 1.25 * len(words)


def _traces(figure: Figure, card: Card) -> None:
    left, wide = 80.0, WIDE_MM - 80.0 - 5.0
    trace = card.trace
    off_s = card.protocol.ramp_s + card.protocol.hold_s
    end_s = min(1.3 * off_s, float(trace.time_s[-1])) if card.growth is not None else float(trace.time_s[-1])
    shown = trace.time_s <= end_s
    on = shown & (trace.power_w > 0)
    panels = [("Sensor", "°C", trace.time_s[shown], trace.tip_c[shown], VERMILLION)]
    panels.append(("Power", "W", trace.time_s[on], trace.power_w[on], "#c77c00"))
    high, gap = (14.0, 7.0) if card.growth is not None else (21.0, 10.0)
    bottom = HIGH_MM - 18.0 - high
    for n, (name, unit, time_s, values, colour) in enumerate(panels):
        axes = axes_at(figure, left, bottom, wide, high)
        axes.plot(time_s, values, color=colour, linewidth=1.4, solid_capstyle="round")
        axes.set_xlim(0.0, end_s)
        top = _nice(float(values.max())) if len(values) else 1.0
        axes.set_ylim(*((34.0, max(84.0, 1.02 * float(values.max()))) if unit == "°C" else (0.0, top)))
        ticks = (40.0, 60.0, 80.0) if unit == "°C" else _three(axes)
        grid_lines(axes, ticks)
        axes.set_yticklabels([f"{tick:g}" for tick in ticks])
        axes.axvline(off_s, color=FAINT, linewidth=0.9)
        title(axes, name, unit, above_mm=1.2)
        axes.set_xticks(_times(end_s))
        if n == 0 or card.growth is not None:
            axes.set_xticklabels([])
        bottom -= high + gap
    last = figure.axes[-1]
    if card.growth is not None:
        axes = axes_at(figure, left, bottom, wide, high)
        growth = card.growth
        seconds = np.concatenate([[0.0], growth.hold_s]) + card.protocol.ramp_s
        for values, colour, words in (
            (growth.width_necrosis_mm, BLUE, "dead"),
            (growth.width_50c_mm, INK, "50 °C"),
        ):
            axes.plot(seconds[1:], values, color=colour, linewidth=1.4, marker="o", markersize=2.2)
            axes.text(end_s, values[-1], words, fontsize=SMALL_PT, color=colour, ha="right", va="center")
        axes.set_xlim(0.0, end_s)
        top = _nice(float(max(growth.width_necrosis_mm.max(), growth.width_50c_mm.max())))
        axes.set_ylim(0.0, top)
        grid_lines(axes, _three(axes))
        axes.set_yticklabels([f"{tick:g}" for tick in _three(axes)])
        axes.set_xticks(_times(end_s))
        title(axes, "Width if switched off then", "mm", above_mm=1.2)
        _apart(axes)
        last = axes
    last.set_xlabel("time, s", fontsize=SMALL_PT, color=MUTED, labelpad=1.0)
    last.set_xticklabels([f"{t:g}" for t in _times(end_s)])


def _apart(axes: Axes) -> None:
    """Two labels at the right end, at least a line apart."""
    one, two = axes.texts[0], axes.texts[1]
    height = float(axes.get_position().height) * HIGH_MM
    low, high = sorted((one, two), key=lambda text: float(text.get_position()[1]))
    span = axes.get_ylim()[1] - axes.get_ylim()[0]
    wanted = 3.2 / height * span
    (x, a), (_, b) = low.get_position(), high.get_position()
    missing = max(0.0, wanted - (float(b) - float(a))) / 2
    over = max(0.0, float(b) + missing - (axes.get_ylim()[1] - 0.35 * wanted))  # not into the line above
    low.set_position((x, float(a) - missing - over))
    high.set_position((x, float(b) + missing - over))


def _sizes(page: Axes, card: Card) -> None:
    """The numbers, each with its edge."""
    x, y, right = 76.0, 11.6, WIDE_MM - 5.0
    for at, words in ((right - 16.0, "width × length"), (right, "past tip")):
        page.text(at, y, words, fontsize=SMALL_PT - 1.2, color=MUTED, va="center", ha="right")
    for words, extent, colour in (("dead", card.necrosis, _NECROSIS), ("50 °C", card.isotherm_50c, INK)):
        y -= 3.5
        page.text(x, y, words, fontsize=SMALL_PT, color=colour, va="center")
        sizes = f"{extent.width_mm:.1f} × {extent.length_mm:.1f} mm"
        page.text(right - 16.0, y, sizes, fontsize=SMALL_PT, color=INK, va="center", ha="right")
        page.text(right, y, f"{extent.beyond_tip_mm:.1f} mm", fontsize=SMALL_PT, color=INK, va="center", ha="right")
    error = f"± {card.numerical_error_mm:.2f} mm, {card.grid}"
    page.text(x, y - 3.4, error, fontsize=SMALL_PT - 1.2, color=MUTED, va="center")


def _nice(value: float) -> float:
    """The next larger number whose half is round too."""
    unit = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(next(n * unit for n in (1.2, 1.6, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0) if n * unit >= 1.02 * value))


def _three(axes: Axes) -> list[float]:
    low, high = axes.get_ylim()
    return [low, 0.5 * (low + high), high]


def _times(end_s: float) -> list[float]:
    step = next(s for s in (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0) if end_s / s <= 6)
    return [float(t) for t in np.arange(0.0, end_s + 1e-9, step)]
