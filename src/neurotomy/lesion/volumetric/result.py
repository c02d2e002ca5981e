"""What a three-dimensional lesion is: extents in the frame of its electrodes, traces, and the field to be sampled."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.electrode_set import ElectrodeSet
from neurotomy.equipment.protocol import Protocol
from neurotomy.geometry import RigidTransform
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.result import Extent, Trace
from neurotomy.provenance import Provenance
from neurotomy.results import INTERNAL, Result

__all__ = ["LesionVolume", "VolumeExtent", "VolumeLesion"]

Array = NDArray[np.float64]
Corner = tuple[float, float, float]


@dataclass(frozen=True)
class VolumeExtent(Extent):
    """An :class:`~neurotomy.lesion.result.Extent` with its box.

    Attributes
    ----------
    low_mm, high_mm
        Corners of the smallest box around the region, in the frame of the needle (origin at the apex, +z up the shaft)
        or of the electrode set. Where the needle points away from bone, one side of the box is nearer than the other.
    """

    low_mm: Corner = (0.0, 0.0, 0.0)
    high_mm: Corner = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class LesionVolume(Result):
    """Damage on the nodes of a three-dimensional grid.

    Attributes
    ----------
    kind
        ``cylinder``: axes are z (mm, up the shaft), r (mm) and the angle (rad, from +x towards +y, periodic).
        ``cartesian``: axes are x, y, z of the frame, mm.
    axes
        Places of the nodes along each.
    lps_from_frame
        (4, 4), mm.
    peak_c, log10_omega, cem43_min
        As of :class:`~neurotomy.lesion.result.LesionField`, on the nodes.
    outside_c
        Peak temperature beyond the nodes.
    """

    kind: Literal["cylinder", "cartesian"]
    axes: tuple[Array, Array, Array]
    lps_from_frame: Array
    peak_c: Array
    log10_omega: Array
    cem43_min: Array
    outside_c: float

    def sample(self, name: Literal["peak_c", "log10_omega", "cem43_min"], lps_mm: ArrayLike) -> Array:
        """Values at patient LPS points (..., 3), mm, by linear interpolation between nodes."""
        frame = np.linalg.inv(self.lps_from_frame)
        points = np.asarray(lps_mm, float)
        x, y, z = np.moveaxis(points @ frame[:3, :3].T + frame[:3, 3], -1, 0)
        return self.sample_in_frame(name, x, y, z)

    def sample_in_frame(
        self, name: Literal["peak_c", "log10_omega", "cem43_min"], x: ArrayLike, y: ArrayLike, z: ArrayLike
    ) -> Array:
        """The same at points of the frame, mm, broadcast against each other."""
        from scipy.ndimage import map_coordinates

        x, y, z = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float), np.asarray(z, float))
        values: Array = getattr(self, name)
        beyond = {"peak_c": self.outside_c, "log10_omega": -6.0, "cem43_min": 0.0}[name]
        if self.kind == "cylinder":
            n = len(self.axes[2])
            turn = np.mod(np.arctan2(y, x), 2 * np.pi) * n / (2 * np.pi)
            places = [_index(self.axes[0], z), _index(self.axes[1], np.hypot(x, y)), turn]
            values = np.concatenate([values, values[..., :1]], axis=2)
        else:
            places = [_index(axis, place) for axis, place in zip(self.axes, (x, y, z), strict=True)]
        flat = np.stack([np.ravel(place) for place in places])
        found = map_coordinates(values, flat, order=1, mode="constant", cval=beyond)
        return np.asarray(found, float).reshape(x.shape)


def _index(axis: Array, place: Array) -> Array:
    """Fractional index of places along an axis; -9 beyond it."""
    return np.asarray(np.interp(place, axis, np.arange(len(axis), dtype=float), left=-9.0, right=-9.0))


@dataclass(frozen=True)
class VolumeLesion(Result):
    """A heat lesion in three dimensions, in tissue of any kind, by one electrode or by a set.

    Attributes
    ----------
    electrode, protocol
        What was asked.
    tissues
        What the tissue map holds.
    start_c, perfusion
        Temperature before the lesion and of the blood that arrives; whether blood carries heat away.
    grid, cells
        Which grid, and its number of cells.
    isotherm_50c, isotherm_60c, necrosis, cem43_240min
        By criterion, with an error from a second, coarser grid.
    trace
        What the generator shows; of the stages of a set, one after the other.
    peak_tissue_c
        Hottest point of tissue or metal.
    numerical_error_mm
        The largest over all criteria.
    solve_s
        Time of the solution with its error estimate.
    field
        The damage, to be sampled anywhere.
    physics
        What was computed beyond the plain lesion.
    """

    electrode: Electrode | ElectrodeSet
    protocol: Protocol
    tissues: tuple[str, ...]
    start_c: float
    perfusion: bool
    grid: str
    cells: int
    isotherm_50c: VolumeExtent
    isotherm_60c: VolumeExtent
    necrosis: VolumeExtent
    cem43_240min: VolumeExtent
    trace: Trace
    peak_tissue_c: float
    numerical_error_mm: float
    solve_s: float
    provenance: Provenance
    field: LesionVolume = dataclasses.field(metadata=INTERNAL)
    warnings: tuple[str, ...] = ()
    physics: Physics = PLAIN

    def posed(self, needle_from_lps: RigidTransform) -> VolumeLesion:
        """The same lesion at the pose of a needle in a patient: for one that was computed in one tissue all around."""
        pose = needle_from_lps.inverse()
        lps_from_frame = np.eye(4)
        lps_from_frame[:3, :3], lps_from_frame[:3, 3] = pose.rotation, pose.translation_mm
        return dataclasses.replace(self, field=dataclasses.replace(self.field, lps_from_frame=lps_from_frame))
