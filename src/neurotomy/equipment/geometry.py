"""The shape of any electrode as one description: centrelines with a radius, for grids that know nothing of catalogues.

``elements(electrode)`` gives them in the needle frame, ``elements_of(electrode_set, stage)`` in the frame of the set.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurotomy.equipment.electrode import Cooling, Curve, Electrode, Tines, TipShape
from neurotomy.equipment.electrode_set import ElectrodeSet, Placed

__all__ = ["Element", "elements", "elements_of", "exposed_area_mm2", "metal_volume_mm3"]

Array = NDArray[np.float64]

_ARC_STEP_RAD = np.radians(3.0)
"""Between points of a bend: the chord leaves the arc by 0.0004 of its radius."""
TINE_TIP: TipShape = "hemispherical"


@dataclass(frozen=True)
class Element:
    """One piece of metal of round cross-section along a centreline.

    Attributes
    ----------
    centreline_mm
        Points (n, 3) from the element's apex up, straight lines between them; the first is the apex. For a bevel it is
        the point of the axis at the height of the lowest metal.
    radius_mm
        Of the metal.
    bare_mm
        From and to: where the surface is bare, in arc length from the apex. Elsewhere it is insulated.
    tip_shape, tip_length_mm
        The end at the apex; its height along the centreline (the radius of a hemisphere, 0 for flat).
    face
        Unit vector (3,), across the centreline: where the face of a bevel looks; its point lies on the other side.
    core_conductivity_w_per_m_k, core_heat_capacity_j_per_m3_k
        Of the metal, averaged over the cross-section.
    polarity
        +1 or -1, or 0 when it is not connected. With +1 and -1 in one set no current needs to leave by a pad.
    electrode
        Number of the electrode in its set: elements with the same number are one piece of metal on one potential.
    sensors_mm
        (m, 3) points on the centreline; the first of electrode 0 is the one the generator follows.
    cooling
        Water inside, or None.
    """

    centreline_mm: Array
    radius_mm: float
    bare_mm: tuple[float, float]
    tip_shape: TipShape
    tip_length_mm: float
    face: Array
    core_conductivity_w_per_m_k: float
    core_heat_capacity_j_per_m3_k: float
    polarity: int
    electrode: int
    sensors_mm: Array
    cooling: Cooling | None = None

    @property
    def arc_mm(self) -> Array:
        """Arc length of each point of the centreline, (n,)."""
        steps = np.linalg.norm(np.diff(self.centreline_mm, axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])

    def at(self, arc_mm: float | Array) -> Array:
        """Points on the centreline at these arc lengths, (..., 3)."""
        arc = self.arc_mm
        return np.stack([np.interp(arc_mm, arc, self.centreline_mm[:, axis]) for axis in range(3)], axis=-1)

    def direction(self) -> Array:
        """Unit vector (3,) at the apex, up the centreline."""
        first = self.centreline_mm[1] - self.centreline_mm[0]
        return np.asarray(first / np.linalg.norm(first))

    def radius_at(self, arc_mm: Array) -> Array:
        """Radius of the metal at these arc lengths, mm; of a bevel, that of the circle with the same area."""
        s, a, h = np.asarray(arc_mm, float), self.radius_mm, self.tip_length_mm
        if self.tip_shape == "flat":
            return np.where(s >= 0, a, 0.0)
        if self.tip_shape == "hemispherical":
            return np.where(s < 0, 0.0, np.sqrt(np.maximum(a**2 - (np.minimum(s, a) - a) ** 2, 0.0)))
        share = np.clip(s / h, 0.0, 1.0)
        if self.tip_shape == "conical":
            return np.asarray(a * share)
        half = np.arccos(1 - 2 * share)  # the part of the circle below a chord
        return np.asarray(a * np.sqrt(np.maximum(half - 0.5 * np.sin(2 * half), 0.0) / np.pi))


def elements(electrode: Electrode, *, polarity: int = 1, number: int = 0) -> tuple[Element, ...]:
    """The cannula, then its tines, in the needle frame (apex at the origin, +z up the straight shaft), mm.

    The centreline of the cannula ends at its hub.
    """
    centreline = _cannula(electrode.cannula_length_mm, electrode.curve)
    up = centreline[1] - centreline[0]
    up = up / np.linalg.norm(up)
    main = Element(
        centreline_mm=centreline,
        radius_mm=electrode.radius_mm,
        bare_mm=(0.0, electrode.active_tip_mm),
        tip_shape=electrode.tip_shape,
        tip_length_mm=_tip_length(electrode),
        face=_across(np.array([1.0, 0.0, 0.0]), up),
        core_conductivity_w_per_m_k=electrode.core_conductivity_w_per_m_k,
        core_heat_capacity_j_per_m3_k=electrode.core_heat_capacity_j_per_m3_k,
        polarity=polarity,
        electrode=number,
        sensors_mm=np.zeros((0, 3)),
        cooling=electrode.cooling,
    )
    main = replace(main, sensors_mm=main.at(np.array([electrode.thermocouple_from_apex_mm])))
    if electrode.tines is None:
        return (main,)
    foot = main.at(electrode.tines.exit_from_apex_mm)
    return (main, *(_tine(main, foot, up, electrode.tines, turn) for turn in electrode.tines.azimuths_rad()))


def elements_of(electrode_set: ElectrodeSet, stage: int = 0) -> tuple[Element, ...]:
    """All elements of a set in its own frame, with the polarities of one stage (0 is the first)."""
    polarities = electrode_set.stages[stage]
    return tuple(
        _moved(element, placed)
        for number, (placed, polarity) in enumerate(zip(electrode_set.members, polarities, strict=True))
        for element in elements(placed.electrode, polarity=polarity, number=number)
    )


def exposed_area_mm2(element: Element) -> float:
    """Area of the bare surface, in closed form; what lies inside another element is not taken off.

    A bend changes nothing (Pappus: its centre line is that of the cross-section).
    """
    a, h = element.radius_mm, element.tip_length_mm
    start, stop = element.bare_mm
    if start > 0:
        return float(2 * np.pi * a * (stop - max(start, h)))
    tip = {
        "hemispherical": 2 * np.pi * a**2,
        "flat": np.pi * a**2,
        "conical": np.pi * a * np.hypot(a, h),
        "bevel": np.pi * a * h + np.pi * a * np.hypot(a, h / 2),
    }[element.tip_shape]
    return float(tip + 2 * np.pi * a * (stop - h))


def metal_volume_mm3(element: Element, arc_mm: float) -> float:
    """Volume of the metal from the apex up to `arc_mm` (above the tip's own height), in closed form."""
    a, h = element.radius_mm, element.tip_length_mm
    tip = {"hemispherical": 2 / 3, "flat": 0.0, "conical": 1 / 3, "bevel": 1 / 2}[element.tip_shape] * np.pi * a**2 * h
    return float(tip + np.pi * a**2 * (arc_mm - h))


def _tip_length(electrode: Electrode) -> float:
    if electrode.tip_shape == "hemispherical":
        return electrode.radius_mm
    return electrode.tip_length_mm or 0.0


def _cannula(length_mm: float, curve: Curve | None) -> Array:
    if curve is None:
        return np.array([[0.0, 0.0, 0.0], [0.0, 0.0, length_mm]])
    count = max(int(np.ceil(curve.angle_rad / _ARC_STEP_RAD)), 2)
    turn = curve.angle_rad * (1 - np.linspace(0.0, 1.0, count + 1))  # between the tangent and the shaft
    # The apex is bent towards +x, so on its way up the centreline comes back towards -x.
    x = -curve.radius_mm * (np.cos(turn) - np.cos(curve.angle_rad))
    z = curve.radius_mm * (np.sin(curve.angle_rad) - np.sin(turn))
    arc = np.stack([x, np.zeros_like(x), z], axis=1)
    return np.vstack([arc, arc[-1] + [0.0, 0.0, length_mm - curve.length_mm]])


def _tine(main: Element, foot: Array, up: Array, tines: Tines, turn: float) -> Element:
    x = main.face
    y = np.cross(up, x)
    side = np.cos(turn) * x + np.sin(turn) * y
    angle = np.radians(tines.angle_deg)
    if tines.curve_radius_mm is None:
        arc = np.array([0.0, tines.length_mm])
        ahead, aside = arc * np.cos(angle), arc * np.sin(angle)
    else:
        count = max(int(np.ceil(tines.length_mm / tines.curve_radius_mm / _ARC_STEP_RAD)), 2)
        bend = angle + np.linspace(0.0, tines.length_mm, count + 1) / tines.curve_radius_mm
        ahead = tines.curve_radius_mm * (np.sin(bend) - np.sin(angle))
        aside = tines.curve_radius_mm * (np.cos(angle) - np.cos(bend))
    points = foot - ahead[:, None] * up + aside[:, None] * side
    points = points[::-1].copy()  # from the tine's own end back to the cannula
    first = points[1] - points[0]
    return replace(
        main,
        centreline_mm=points,
        radius_mm=tines.diameter_mm / 2,
        bare_mm=(0.0, tines.length_mm),
        tip_shape=TINE_TIP,
        tip_length_mm=tines.diameter_mm / 2,
        face=_across(side, first / np.linalg.norm(first)),
        sensors_mm=np.zeros((0, 3)),
        cooling=None,
    )


def _moved(element: Element, placed: Placed) -> Element:
    turn, shift = placed.rotation(), np.asarray(placed.apex_mm)
    return replace(
        element,
        centreline_mm=element.centreline_mm @ turn.T + shift,
        face=turn @ element.face,
        sensors_mm=element.sensors_mm @ turn.T + shift,
    )


def _across(wanted: Array, up: Array) -> Array:
    """`wanted` made square to `up`; any direction across where they are parallel."""
    across = wanted - (wanted @ up) * up
    if np.linalg.norm(across) < 1e-9:
        other = np.eye(3)[int(np.argmin(np.abs(up)))]
        across = other - (other @ up) * up
    return np.asarray(across / np.linalg.norm(across))
