"""The lesion cut open where it counts: on the patient's CT, with nerve and bone, along the needle and across it.

Both panels are planes through the needle, resampled from the CT in the needle's own pose:

- *along*: the plane that holds the axis of the needle and the nerve at the middle of the neck; shaft upwards;
- *across*: the plane across the needle beside the middle of the neck, seen down the barrel with the head up, as in the
  declined radiograph.

A lesion in one tissue about a straight needle is the same all around, so its contours are exact in both; any other is
read from its field. Of a curved cannula the planes follow the chord of its active tip, and its metal is drawn as it is
seen across them. Electrode, nerve and lesion are drawn to the scale of the bar. Colours of nerve and active tip are
those of the radiographs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import NerveCourse
from neurotomy.equipment.geometry import elements
from neurotomy.geometry import Curve, Volume, unit
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.stamp import ACTIVE_TIP_RGB, NERVE_RGB
from neurotomy.lesion.result import Lesion
from neurotomy.lesion.volumetric import VolumeLesion
from neurotomy.report.figures.style import new_figure, width_mm

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Cut", "cut_of", "edge_letters", "lesion_cut_figure"]

Array = NDArray[np.float64]
Joined = Lesion | tuple[VolumeLesion, ...]
"""A lesion that is the same all around, or one of any shape with those it is one with."""

_WIDE_MM, _HIGH_MM = 132.0, 82.0
_HEAD_MM, _FOOT_MM, _GAP_MM = 11.0, 6.5, 1.2
_FIELD_STEP_MM = 0.1
_STEP_MM = 0.12
_WINDOW_HU = (-220.0, 1250.0)
_PAPER, _INK, _FAINT = "#0a0c0e", "#f2f3f4", "#a9b0b6"
_NECROSIS, _HOT, _WARM = "#ff5a1f", "#ffa63d", "#ffd9a0"
_SHAFT, _SHAFT_EDGE = "#59626b", "#d5d9dc"
_NEAR_MM = 1.0  # a nerve farther than this from the plane, beyond its own radius, is drawn faint


@dataclass(frozen=True)
class Cut:
    """Where the two planes lie.

    Attributes
    ----------
    apex_lps_mm, shaft
        Tip of the needle, and unit vector up the active tip, which of a straight needle is up the shaft.
    along
        Unit vector across the needle, in the plane of the first panel: towards the nerve or away from it, so that it
        points to the same side of the picture in both panels.
    right, up
        Unit vectors of the second panel: to its right and up.
    across_at_mm
        Height of the second panel above the apex.
    """

    apex_lps_mm: Array
    shaft: Array
    along: Array
    right: Array
    up: Array
    across_at_mm: float


def cut_of(placement: Placement, course: NerveCourse) -> Cut:
    """The two planes for this needle and its nerve."""
    apex, shaft = np.asarray(placement.tip_lps_mm), placement.active_direction
    neck = course.neck.points_mm
    middle = neck[len(neck) // 2]
    toward = (middle - apex) - ((middle - apex) @ shaft) * shaft
    if np.linalg.norm(toward) < 0.2:  # pierced: any plane holds both
        centre = course.lps_from_vertebra.translation_mm - apex
        toward = centre - (centre @ shaft) * shaft
    # Down the barrel with the head up; for a needle steeper than a C-arm can follow this still is a proper frame.
    carm = CArm.along(apex, shaft if abs(shaft[2]) < 0.86 else unit([shaft[0], shaft[1], 0.5 * np.sign(shaft[2])]))
    right = unit(carm.right - (carm.right @ shaft) * shaft)
    up = np.cross(shaft, right)
    along = unit(toward)
    along = along if along @ right >= 0 else -along
    at = float(np.clip((middle - apex) @ shaft, 0.0, placement.electrode.active_tip_mm))
    return Cut(apex, shaft, along, right, up, at)


def edge_letters(direction: Array) -> str:
    """What lies towards a direction, as in DICOM: the letters of its parts, largest first (``PF``: back and feet)."""
    letters = (("L", "R"), ("P", "A"), ("H", "F"))
    order = np.argsort(-np.abs(direction))
    return "".join(letters[axis][0 if direction[axis] > 0 else 1] for axis in order if abs(direction[axis]) > 0.38)


def lesion_cut_figure(
    ct: Volume,
    course: NerveCourse,
    placement: Placement,
    lesion: Lesion | VolumeLesion,
    beside: Sequence[VolumeLesion] = (),
) -> Figure:
    """The cut of one lesion, stamped with side, level and nerve; with those `beside` that it is one with."""
    cut = cut_of(placement, course)
    figure = new_figure(_WIDE_MM, _HIGH_MM)
    figure.patch.set_facecolor(_PAPER)
    figure.patch.set_alpha(1.0)
    wide = (_WIDE_MM - 3 * _GAP_MM) / 2
    high = _HIGH_MM - _HEAD_MM - _FOOT_MM
    reach = max(lesion.isotherm_50c.width_mm, lesion.necrosis.width_mm) / 2 + 5.0
    half = max(reach, (lesion.necrosis.length_mm + 9.0) / 2 * wide / high)
    tall = 2 * half * high / wide
    low = -(tall - placement.electrode.active_tip_mm) / 2
    panels = []
    for n, extent in enumerate(((-half, half, low, low + tall), (-half, half, -tall / 2, tall / 2))):
        axes = figure.add_axes(
            (
                (_GAP_MM + n * (wide + _GAP_MM)) / _WIDE_MM,
                _FOOT_MM / _HIGH_MM,
                wide / _WIDE_MM,
                high / _HIGH_MM,
            )
        )
        axes.set_axis_off()
        axes.set_xlim(extent[0], extent[1])
        axes.set_ylim(extent[2], extent[3])
        panels.append(axes)
    joined: Joined = lesion if isinstance(lesion, Lesion) else (lesion, *beside)
    _along(panels[0], ct, cut, course, placement, joined)
    _across(panels[1], ct, cut, course, placement, joined)
    _words(figure, placement, lesion)
    return figure


def _along(axes: Axes, ct: Volume, cut: Cut, course: NerveCourse, placement: Placement, joined: Joined) -> None:
    _grey(axes, ct, cut.apex_lps_mm, cut.along, cut.shaft)
    if not isinstance(joined, Lesion):
        _sampled(axes, joined, cut.apex_lps_mm, cut.along, cut.shaft)
    else:
        z, r = joined.field.z_mm, joined.field.r_mm
        both = np.concatenate([-r[::-1], r])
        for values, level, colour, width, dashes in _contours(joined):
            mirrored = np.concatenate([values[:, ::-1], values], axis=1)
            _region(axes, both, z, mirrored, level, colour, width, dashes)
    _needle(axes, placement, cut)
    off = course.curve.resampled(0.25).points_mm - cut.apex_lps_mm
    tangent = course.curve.resampled(0.25).tangents
    flat = np.stack([off @ cut.along, off @ cut.shaft], axis=1)
    away = np.abs(off @ np.cross(cut.along, cut.shaft))
    direction = np.stack([tangent @ cut.along, tangent @ cut.shaft], axis=1)
    side = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    near = away <= course.diameter_mm / 2 + _NEAR_MM
    band = course.diameter_mm / 2 * side
    yellow = _hex(NERVE_RGB)
    for edge in (flat + band, flat - band):
        axes.plot(edge[:, 0], edge[:, 1], color=yellow, linewidth=0.7, alpha=0.45, zorder=3)
        axes.plot(*np.where(near[:, None], edge, np.nan).T, color=yellow, linewidth=1.1, zorder=3)
    axes.fill(*np.vstack([flat + band, (flat - band)[::-1]]).T, color=yellow, alpha=0.12, linewidth=0, zorder=2.8)
    _filled_where(axes, near, flat + band, flat - band, yellow)
    limits = axes.get_xlim()
    axes.plot(limits, [cut.across_at_mm] * 2, color=_FAINT, linewidth=0.5, linestyle=(0, (1, 3)))
    _letters(axes, cut.along, cut.shaft)
    _scale_bar(axes)


def _across(axes: Axes, ct: Volume, cut: Cut, course: NerveCourse, placement: Placement, joined: Joined) -> None:
    from matplotlib.patches import Circle

    centre = cut.apex_lps_mm + cut.across_at_mm * cut.shaft
    _grey(axes, ct, centre, cut.right, cut.up)
    if not isinstance(joined, Lesion):
        _sampled(axes, joined, centre, cut.right, cut.up)
    else:
        _circles(axes, joined, cut)
    for at, radius, bare in _sections(placement, cut):
        metal = _hex(ACTIVE_TIP_RGB) if bare else _SHAFT
        axes.add_patch(Circle(at, radius, facecolor=metal, edgecolor=_PAPER, linewidth=0.5))
    reach = np.hypot(*np.array([axes.get_xlim()[1], axes.get_ylim()[1]]))
    along = np.array([cut.along @ cut.right, cut.along @ cut.up])
    axes.plot(*np.outer([-reach, reach], along).T, color=_FAINT, linewidth=0.5, linestyle=(0, (1, 3)))
    fine = course.curve.resampled(0.1)
    off = fine.points_mm - centre
    n = int(np.argmin(np.abs(off @ cut.shaft) + 0.05 * np.linalg.norm(off, axis=1)))
    at = (float(off[n] @ cut.right), float(off[n] @ cut.up))
    axes.add_patch(Circle(at, course.diameter_mm / 2, facecolor=_hex(NERVE_RGB), edgecolor=_PAPER, linewidth=0.6))
    _letters(axes, cut.right, cut.up)
    _scale_bar(axes)


def _circles(axes: Axes, lesion: Lesion, cut: Cut) -> None:
    """A lesion that is the same all around, across the needle."""
    from matplotlib.patches import Circle

    z, r = lesion.field.z_mm, lesion.field.r_mm
    for values, level, colour, width, dashes in _contours(lesion):
        row = np.array([np.interp(cut.across_at_mm, z, column) for column in values.T])
        radius = _outermost(r, row, level)
        if radius is None:
            continue
        if level == 0.0:
            axes.add_patch(Circle((0, 0), radius, color=colour, alpha=0.17, linewidth=0))
        axes.add_patch(Circle((0, 0), radius, fill=False, edgecolor=colour, linewidth=width, linestyle=dashes))


def _sampled(axes: Axes, lesions: Sequence[VolumeLesion], origin: Array, right: Array, up: Array) -> None:
    """Lesions of any shape, read in the plane of the picture; several are joined."""
    x = np.arange(*axes.get_xlim(), _FIELD_STEP_MM)
    y = np.arange(*axes.get_ylim(), _FIELD_STEP_MM)
    points = origin + x[None, :, None] * right + y[:, None, None] * up
    peak_c = np.max([lesion.field.sample("peak_c", points) for lesion in lesions], axis=0)
    log10_omega = np.max([lesion.field.sample("log10_omega", points) for lesion in lesions], axis=0)
    _region(axes, x, y, peak_c, 50.0, _WARM, 0.9, (0, (4, 2)))
    _region(axes, x, y, peak_c, 60.0, _HOT, 1.0, "-")
    _region(axes, x, y, log10_omega, 0.0, _NECROSIS, 1.7, "-")


def _region(
    axes: Axes, x: Array, y: Array, values: Array, level: float, colour: str, width: float, dashes: Any
) -> None:
    if values.max() < level:
        return
    if level == 0.0:
        axes.contourf(x, y, values, levels=[0.0, 1e9], colors=[colour], alpha=0.17)
    axes.contour(x, y, values, levels=[level], colors=[colour], linewidths=width, linestyles=[dashes])


def _contours(lesion: Lesion | VolumeLesion) -> tuple[tuple[Array, float, str, float, Any], ...]:
    """Field, level, colour, width and dashes of each contour."""
    field = lesion.field
    return (
        (field.peak_c, 50.0, _WARM, 0.9, (0, (4, 2))),
        (field.peak_c, 60.0, _HOT, 1.0, "-"),
        (field.log10_omega, 0.0, _NECROSIS, 1.7, "-"),
    )


def _outermost(r: Array, values: Array, level: float) -> float | None:
    above = np.flatnonzero(values >= level)
    if len(above) == 0:
        return None
    k = int(above[-1])
    if k == len(r) - 1:
        return float(r[-1])
    return float(np.interp(-level, -values[k : k + 2], r[k : k + 2]))


def _grey(axes: Axes, ct: Volume, origin: Array, right: Array, up: Array) -> None:
    """The CT in this plane; its own voxels, only interpolated."""
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    x = np.arange(x0 + _STEP_MM / 2, x1, _STEP_MM)
    y = np.arange(y1 - _STEP_MM / 2, y0, -_STEP_MM)
    points = origin + x[None, :, None] * right + y[:, None, None] * up
    corners = points.reshape(-1, 3)
    near = ct.crop(corners.min(axis=0), corners.max(axis=0), 3.0)
    hu = near.sample(points, outside=-1000.0)
    low, high = _WINDOW_HU
    shade = np.clip((hu - low) / (high - low), 0.0, 1.0) ** 0.9
    axes.imshow(
        (240 * shade).astype(np.uint8),
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(x0, x1, y0, y1),
        interpolation="none",
        aspect="auto",
    )


def _sections(placement: Placement, cut: Cut) -> Iterator[tuple[tuple[float, float], float, bool]]:
    """Metal in the plane across the needle: where, its radius, and whether it is bare."""
    if placement.electrode.axisymmetric:
        yield (0.0, 0.0), placement.electrode.radius_mm, True
        return
    for element, line in zip(elements(placement.electrode), placement.metal_lps_mm, strict=True):
        off = line - cut.apex_lps_mm
        height = off @ cut.shaft - cut.across_at_mm
        for n in np.flatnonzero(height[:-1] * height[1:] < 0.0):
            share = height[n] / (height[n] - height[n + 1])
            point = off[n] + share * (off[n + 1] - off[n])
            arc = element.arc_mm[n] + share * (element.arc_mm[n + 1] - element.arc_mm[n])
            yield (float(point @ cut.right), float(point @ cut.up)), element.radius_mm, arc <= element.bare_mm[1]


def _bent_needle(axes: Axes, placement: Placement, cut: Cut) -> None:
    """A curved tip or tines to scale, as seen across the plane of the picture."""
    for element, line in zip(elements(placement.electrode), placement.metal_lps_mm, strict=True):
        fine = Curve(line).resampled(0.25)
        bare = fine.arc_mm <= element.bare_mm[1]
        for part, face, edge in ((~bare, _SHAFT, _SHAFT_EDGE), (bare, _hex(ACTIVE_TIP_RGB), _PAPER)):
            off = fine.points_mm[part] - cut.apex_lps_mm
            if len(off) < 2:
                continue
            flat = np.stack([off @ cut.along, off @ cut.shaft], axis=1)
            step = np.gradient(flat, axis=0)
            across = np.stack([-step[:, 1], step[:, 0]], axis=1)
            across *= element.radius_mm / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
            axes.fill(
                *np.vstack([flat + across, (flat - across)[::-1]]).T,
                facecolor=face,
                edgecolor=edge,
                linewidth=0.5,
                zorder=2.5,
            )


def _needle(axes: Axes, placement: Placement, cut: Cut) -> None:
    """Active tip and insulated shaft, to scale."""
    if not placement.electrode.axisymmetric:
        _bent_needle(axes, placement, cut)
        return
    electrode = placement.electrode
    a, tip = electrode.radius_mm, electrode.active_tip_mm
    top = axes.get_ylim()[1]
    turn = np.linspace(np.pi, 2 * np.pi, 25)
    if electrode.tip_shape == "hemispherical":
        end = np.stack([a * np.cos(turn), a + a * np.sin(turn)], axis=1)
    else:
        end = np.array([[-a, 0.0], [a, 0.0]])
    bare = np.vstack([end, [[a, tip], [-a, tip]]])
    axes.fill(*bare.T, facecolor=_hex(ACTIVE_TIP_RGB), edgecolor=_PAPER, linewidth=0.5, zorder=2.5)
    shaft = np.array([[-a, tip], [a, tip], [a, top], [-a, top]])
    axes.fill(*shaft.T, facecolor=_SHAFT, edgecolor=_SHAFT_EDGE, linewidth=0.6, zorder=2.5)


def _filled_where(axes: Axes, near: NDArray[np.bool_], one: Array, other: Array, colour: str) -> None:
    """Fill the band between two edges over each unbroken stretch of `near`."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]).astype(int)))
    for start, stop in ends.reshape(-1, 2):
        if stop - start > 1:
            ring = np.vstack([one[start:stop], other[start:stop][::-1]])
            axes.fill(*ring.T, color=colour, alpha=0.42, linewidth=0, zorder=2.8)


def _letters(axes: Axes, right: Array, up: Array) -> None:
    for x, y, direction, ha, va in (
        (0.975, 0.5, right, "right", "center"),
        (0.025, 0.5, -right, "left", "center"),
        (0.5, 0.985, up, "center", "top"),
        (0.5, 0.015, -up, "center", "bottom"),
    ):
        axes.text(
            x,
            y,
            edge_letters(direction),
            transform=axes.transAxes,
            fontsize=6.6,
            color=_INK,
            ha=ha,
            va=va,
            zorder=5,
            bbox={"facecolor": _PAPER, "alpha": 0.55, "edgecolor": "none", "pad": 1.2},
        )


def _scale_bar(axes: Axes, length_mm: float = 5.0) -> None:
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    right, y = x1 - 0.05 * (x1 - x0), y0 + 0.05 * (y1 - y0)
    axes.plot([right - length_mm, right], [y, y], color=_INK, linewidth=1.6, solid_capstyle="butt")
    above = y + 0.012 * (y1 - y0)
    axes.text(right - length_mm / 2, above, f"{length_mm:g} mm", fontsize=6.4, color=_INK, ha="center", va="bottom")


def _words(figure: Figure, placement: Placement, lesion: Lesion | VolumeLesion) -> None:
    page = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    page.set_xlim(0.0, _WIDE_MM)
    page.set_ylim(0.0, _HIGH_MM)
    page.set_axis_off()
    target, protocol, electrode = placement.target, lesion.protocol, placement.electrode
    where = target.bone_in_words.removeprefix("the ")
    level = f"{where[0].upper()}{where[1:]} {target.side.value.upper()}"
    needle = f"{electrode.gauge} G" if electrode.gauge else f"{electrode.outer_diameter_mm:g} mm"
    first, second, right = _HIGH_MM - 3.4, _HIGH_MM - 8.0, _WIDE_MM - 2.2
    told: tuple[tuple[float, float, str, dict[str, Any]], ...] = (
        (2.2, first, level, {"fontsize": 9.0, "color": _INK, "fontweight": "bold"}),
        (4.2 + 1.22 * width_mm(level, 9.0), first, target.nerve, {}),
        (2.2, second, "along the needle, through the nerve", {}),
        (_WIDE_MM / 2 + 2.0, second, "across the needle, seen down the barrel", {}),
        (
            right,
            first,
            f"{needle}, {electrode.active_tip_mm:g} mm active tip, {protocol.set_c:g} °C for {protocol.hold_s:g} s",
            {"ha": "right", "color": _INK},
        ),
    )
    for x, y, words, look in told:
        page.text(x, y, words, **{"fontsize": 6.8, "color": _FAINT, "va": "center", **look})
    x = 2.2
    for colour, width, dashes, words in (
        (_NECROSIS, 1.8, "-", "dead tissue (Ω = 1)"),
        (_HOT, 1.1, "-", "60 °C"),
        (_WARM, 1.1, (0, (3, 1.5)), "50 °C"),
        (_hex(NERVE_RGB), 3.2, "-", "nerve (faint: off the plane)"),
        (_hex(ACTIVE_TIP_RGB), 3.2, "-", "active tip"),
        (_SHAFT_EDGE, 3.2, "-", "insulation"),
    ):
        page.plot([x, x + 3.6], [3.1, 3.1], color=colour, linewidth=width, linestyle=dashes, solid_capstyle="butt")
        page.text(x + 4.6, 3.1, words, fontsize=6.0, color=_INK, va="center")
        x += 4.6 + width_mm(words, 6.0) + 2.2


def _hex(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
