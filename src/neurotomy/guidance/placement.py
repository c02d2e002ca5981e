"""A needle in a patient: which electrode, at which pose, for which nerve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Target
from neurotomy.equipment.electrode import Electrode
from neurotomy.geometry import RigidTransform, unit
from neurotomy.results import Result

__all__ = ["Placement"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Placement(Result):
    """A straight needle.

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
    """

    target: Target
    electrode: Electrode
    tip_lps_mm: Array
    entry_lps_mm: Array
    origin: str

    @property
    def shaft_direction(self) -> Array:
        """Unit vector from the tip up the shaft to the hub, LPS."""
        return unit(np.asarray(self.entry_lps_mm) - np.asarray(self.tip_lps_mm))

    @property
    def needle_from_lps(self) -> RigidTransform:
        """Needle frame: origin at the apex, +z up the shaft."""
        return RigidTransform.along_axis(self.tip_lps_mm, self.shaft_direction)

    @property
    def insertion_depth_mm(self) -> float:
        """Length of needle under the skin."""
        return float(np.linalg.norm(np.asarray(self.entry_lps_mm) - np.asarray(self.tip_lps_mm)))

    @property
    def active_tip_lps_mm(self) -> Array:
        """The two ends of the active tip, (2, 3): apex first."""
        tip = np.asarray(self.tip_lps_mm)
        return np.stack([tip, tip + self.electrode.active_tip_mm * self.shaft_direction])
