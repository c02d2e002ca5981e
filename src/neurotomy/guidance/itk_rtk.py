"""ITK-RTK's projector on our own C-arm: an independent implementation of Joseph's method to be held against.

RTK (Rit et al., J Phys Conf Ser 2014;489:012079, DOI 10.1088/1742-6596/489/1/012079) is not needed to run anything
here. ``uv pip install itk-rtk`` brings it, and ``neurotomy benchmark`` and the tests then use it.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import GuidanceError
from neurotomy.guidance.carm import CArm

__all__ = ["RtkProjector", "installed"]

_MARGIN = 2  # voxels


def installed() -> bool:
    """Whether ITK's module RTK is there."""
    try:
        version("itk-rtk")
    except PackageNotFoundError:
        return False
    return True


class RtkProjector:
    """A volume, ready to be projected by RTK.

    Parameters
    ----------
    values : (ni, nj, nk) array
        Density; outside is nothing.
    lps_from_voxel : (4, 4) array
        Voxel indices to LPS mm; its columns are perpendicular.
    threads : int
        Cores to use.

    Raises
    ------
    GuidanceError
        Where RTK is not installed.
    """

    def __init__(self, values: NDArray[Any], lps_from_voxel: NDArray[np.float64], *, threads: int = 1) -> None:
        if not installed():
            raise GuidanceError("ITK-RTK is not installed: 'uv pip install itk-rtk' brings it.")
        import itk
        from itk import RTK

        self._itk, self._rtk, self._threads = itk, RTK, threads
        itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(threads)
        columns = np.asarray(lps_from_voxel, dtype=float)[:3, :3]
        spacing = np.linalg.norm(columns, axis=0)
        # Nothing all round: RTK clips rays at the centres of the outermost voxels, and weights a ray's
        # first and last sample by how far they are from there.
        padded = np.ascontiguousarray(np.pad(values, _MARGIN).transpose(2, 1, 0), np.float32)
        self._volume = itk.image_from_array(padded)
        self._volume.SetSpacing(spacing.tolist())
        self._volume.SetDirection(itk.matrix_from_array(np.ascontiguousarray(columns / spacing)))
        self._volume.SetOrigin((np.asarray(lps_from_voxel)[:3, 3] - _MARGIN * columns.sum(axis=1)).tolist())

    @property
    def version(self) -> str:
        """RTK's own."""
        return version("itk-rtk")

    def integrate(self, carm: CArm) -> NDArray[np.float32]:
        """Line integrals from the source to each pixel, density times mm, shape (rows, columns)."""
        image_type = self._itk.Image[self._itk.F, 3]
        geometry = self._rtk.ThreeDCircularProjectionGeometry.New()
        # Rows of the image run down: RTK's second detector axis is -up, and the two span a normal towards the source.
        accepted = geometry.AddProjection(
            *([float(x) for x in v] for v in (carm.source_lps_mm, carm.detector_centre_lps_mm, carm.right, -carm.up))
        )
        if not accepted:
            raise GuidanceError(f"RTK does not take this pose: {carm.in_words}.")
        detector = self._rtk.ConstantImageSource[image_type].New()
        half = [-(n - 1) / 2 * carm.pixel_mm for n in (carm.columns, carm.rows)]
        detector.SetOrigin([*half, 0.0])
        detector.SetSpacing([carm.pixel_mm, carm.pixel_mm, 1.0])
        detector.SetSize([carm.columns, carm.rows, 1])
        projector = self._rtk.JosephForwardProjectionImageFilter[image_type, image_type].New()
        projector.SetGeometry(geometry)
        projector.SetInput(0, detector.GetOutput())
        projector.SetInput(1, self._volume)
        projector.SetNumberOfWorkUnits(self._threads)
        projector.Update()
        return np.array(self._itk.array_view_from_image(projector.GetOutput())[0], dtype=np.float32)
