"""Which tissue is where: a label map with a tissue for each label, as the three-dimensional grids see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.tissue import Tissue
from neurotomy.errors import LesionError
from neurotomy.geometry import Volume
from neurotomy.lesion.sinks import exchange_w_per_m3_k

__all__ = ["TissueMap", "homogeneous"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TissueMap:
    """Tissue by voxel.

    Parameters
    ----------
    labels : Volume
        Whole numbers, (ni, nj, nk): the place of a voxel's tissue in `tissues`. Beyond the image the tissue of the
        nearest voxel goes on.
    tissues : tuple of Tissue
        What the numbers mean.

    Raises
    ------
    LesionError
        When a voxel's number has no tissue.
    """

    labels: Volume
    tissues: tuple[Tissue, ...]

    def __post_init__(self) -> None:
        array = self.labels.array
        if array.dtype.kind not in "ui":
            raise LesionError(f"A tissue map holds whole numbers, not {array.dtype}: convert the labels to uint8.")
        if array.size == 0 or int(array.min()) < 0 or int(array.max()) >= len(self.tissues):
            found = "nothing" if array.size == 0 else f"labels {int(array.min())} to {int(array.max())}"
            raise LesionError(
                f"The tissue map holds {found}, but tissues are known for 0 to {len(self.tissues) - 1}: "
                "name a tissue for every label."
            )

    @cached_property
    def indices(self) -> NDArray[np.uint8]:
        """The labels, contiguous."""
        return np.ascontiguousarray(self.labels.array, dtype=np.uint8)

    def voxel_from_needle_m(self, lps_from_needle: NDArray[np.float64]) -> Array:
        """(3, 4): voxel coordinates of points of a needle's frame in metres; `lps_from_needle` (4, 4) is in mm."""
        to_mm = np.diag([1e3, 1e3, 1e3, 1.0])
        return np.ascontiguousarray((self.labels.voxel_from_lps @ np.asarray(lps_from_needle) @ to_mm)[:3])

    def table(self, name: str) -> Array:
        """A property of each tissue, for instance ``thermal_conductivity_w_per_m_k``."""
        return np.array([float(getattr(tissue, name)) for tissue in self.tissues])

    @property
    def blood_w_per_m3_k(self) -> Array:
        """Heat that moving fluid takes from each tissue; blood and CSF themselves are strong sinks."""
        return np.array([exchange_w_per_m3_k(tissue) for tissue in self.tissues])


def homogeneous(tissue: Tissue) -> TissueMap:
    """One tissue everywhere."""
    return TissueMap(Volume(np.zeros((1, 1, 1), np.uint8), np.eye(4)), (tissue,))
