"""A needle in a patient: which electrode, at which pose, for which nerve."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy import Target
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.geometry import elements
from neurotomy.geometry import RigidTransform, unit
from neurotomy.results import Result

__all__ = ["FURTHER", "Placement", "roll_towards"]

Array = NDArray[np.float64]

FURTHER = "further lesion"
"""``technique`` of a needle for a lesion beside or along that of another one on the same nerve."""


@dataclass(frozen=True)
class Placement(Result):
    """An electrode in a patient: a straight cannula, or one with a curved tip or with tines.

    Attributes
    ----------
    target
        The nerve it is meant for.
    electrode
        The cannula and its active tip.
    tip_lps_mm, entry_lps_mm
        Apex of the active tip, and the point where the shaft passes the skin, LPS mm.
    origin
        ``given`` in the case file, or ``planned``.
    technique
        ``along the nerve``, or ``palisade``: one of a row of upright needles between which bipolar lesions are made
        (:mod:`neurotomy.guidance.palisade`); its `target` is then the branch that it stands nearest to; or
        ``further lesion``: made after another on the same nerve (:mod:`neurotomy.guidance.further`).
    roll_deg
        Turn about the needle, counter-clockwise seen from the hub. At 0 a curved tip bends, and the first of several
        tines points, as nearly as it can towards the patient's head. It means nothing for a straight needle.
    """

    target: Target
    electrode: Electrode
    tip_lps_mm: Array
    entry_lps_mm: Array
    origin: str
    technique: str = "along the nerve"
    roll_deg: float = 0.0

    @property
    def shaft_direction(self) -> Array:
        """Unit vector up the straight shaft to the hub, LPS."""
        return np.asarray(self.needle_from_lps.rotation[2])

    @property
    def bend_direction(self) -> Array:
        """Unit vector across the shaft to where a curved tip bends and the first tine points, LPS."""
        return np.asarray(self.needle_from_lps.rotation[0])

    @cached_property
    def needle_from_lps(self) -> RigidTransform:
        """Needle frame: origin at the apex, +z up the straight shaft, +x where a curved tip bends to.

        The shaft of a curved cannula runs beside its apex, by the height h of the bend. The frame is the one in which
        the entry lies on that shaft: the direction from apex to entry, turned by arcsin(h / distance) in the plane of
        the bend.
        """
        chord = np.asarray(self.entry_lps_mm, dtype=float) - np.asarray(self.tip_lps_mm, dtype=float)
        if self.electrode.axisymmetric:
            return RigidTransform.along_axis(self.tip_lps_mm, chord)
        up, length = unit(chord), float(np.linalg.norm(chord))
        bend = self._rolled(up)
        beside = float(elements(self.electrode)[0].centreline_mm[-1, 0])
        sine = np.clip(beside / length, -1.0, 1.0)
        cosine = np.sqrt(1.0 - sine**2)
        x, z = sine * up + cosine * bend, cosine * up - sine * bend
        return RigidTransform.from_frame(self.tip_lps_mm, np.array([x, np.cross(z, x), z])).inverse()

    def _rolled(self, up: Array) -> Array:
        first, second = _unrolled(up)
        turn = np.radians(self.roll_deg)
        return np.asarray(np.cos(turn) * first + np.sin(turn) * second)

    @property
    def shaft_foot_lps_mm(self) -> Array:
        """Point (3,) of the line of the straight shaft that is beside the apex; of a straight needle, the apex."""
        if self.electrode.curve is None:
            return np.asarray(self.tip_lps_mm, dtype=float)
        back = self.needle_from_lps.inverse()
        return back([elements(self.electrode)[0].centreline_mm[-1, 0], 0.0, 0.0])

    @property
    def insertion_depth_mm(self) -> float:
        """Length under the skin, along the straight shaft up from beside the apex."""
        return float(np.linalg.norm(np.asarray(self.entry_lps_mm) - self.shaft_foot_lps_mm))

    @cached_property
    def metal_lps_mm(self) -> tuple[Array, ...]:
        """Centrelines in LPS, each (n, 3) from its apex up: the cannula to its hub, then the tines."""
        back = self.needle_from_lps.inverse()
        return tuple(back(element.centreline_mm) for element in elements(self.electrode))

    @cached_property
    def active_lps_mm(self) -> tuple[Array, ...]:
        """The bare parts of :attr:`metal_lps_mm`: the active tip of the cannula, then the tines."""
        back = self.needle_from_lps.inverse()
        bare = []
        for element in elements(self.electrode):
            start, stop = element.bare_mm
            arc = element.arc_mm
            inner = arc[(arc > start) & (arc < stop)]
            bare.append(back(element.at(np.concatenate([[start], inner, [stop]]))))
        return tuple(bare)

    @property
    def active_tip_lps_mm(self) -> Array:
        """The two ends of the active tip, (2, 3): apex first."""
        tip = np.asarray(self.tip_lps_mm)
        if self.electrode.curve is None:
            return np.stack([tip, tip + self.electrode.active_tip_mm * self.shaft_direction])
        return np.stack([tip, self.active_lps_mm[0][-1]])

    @property
    def active_direction(self) -> Array:
        """Unit vector from the apex to the upper end of the active tip, LPS: of a curved tip, its chord."""
        if self.electrode.curve is None:
            return self.shaft_direction
        apex, upper = self.active_tip_lps_mm
        return unit(upper - apex)


def roll_towards(tip_lps_mm: ArrayLike, entry_lps_mm: ArrayLike, direction_lps: ArrayLike) -> float:
    """The `roll_deg` at which a needle bends towards a direction, as nearly as it can; from -180 to 180."""
    first, second = _unrolled(unit(np.asarray(entry_lps_mm, dtype=float) - np.asarray(tip_lps_mm, dtype=float)))
    towards = np.asarray(direction_lps, dtype=float)
    return float(np.degrees(np.arctan2(towards @ second, towards @ first)))


def _unrolled(up: Array) -> tuple[Array, Array]:
    """Unit vectors across `up`: towards the head (the front, for a needle along the body), and a quarter turn on."""
    head = np.array([0.0, 0.0, 1.0]) - up[2] * up
    if np.linalg.norm(head) < 1e-6:
        head = np.array([0.0, -1.0, 0.0]) + up[1] * up
    head = unit(head)
    return head, np.cross(up, head)
