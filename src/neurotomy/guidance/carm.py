"""The C-arm: where source and detector are in the patient, and which pixel a point falls on.

Angles are those of DICOM (PS3.3 C.8.7.5.1.2): they are about the *patient*, whichever way the patient lies. Primary 0
is the receptor in front of the patient, +90 at the patient's left, 180 behind; secondary is positive when the receptor
is cranial. RF neurotomy is done prone with the tube under the table, so the receptor is behind: primary = 180. The beam
then enters in front and leaves behind, an AP view, though it is seen from behind. People's words ("oblique to the right
20°, caudal 40°") are about that pose and are converted once, here.

With α primary, β secondary, in patient LPS::

    n  = ( sin α cos β, -cos α cos β, sin β)   isocentre -> detector
    u  = ( cos α,        sin α,       0    )   along a row, to the right on the image
    up = (-sin α sin β,  cos α sin β, cos β)   up a column;  u × up = n

The image is the one seen from the detector towards the source. Row 0 is at the top; pixel *centres* have whole
coordinates. Compound angles are longitude and latitude: n turns by α about the head-foot axis, then lifts by β.
(Tilting in room axes after the orbit is another convention, 3.1° away at 30°/20°.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy import Side
from neurotomy.errors import GuidanceError
from neurotomy.geometry import unit
from neurotomy.results import Result

__all__ = ["SECONDARY_LIMIT_DEG", "CArm", "triangulate"]

Array = NDArray[np.float64]

SECONDARY_LIMIT_DEG = 60.0
"""Largest cranial or caudal tilt. No C-arm reaches further, and at 90° the primary angle loses its meaning."""

_AXIS_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))  # of + and - LPS x, y, z


@dataclass(frozen=True, eq=False)
class CArm(Result):
    """A pose of the C-arm about a patient.

    Attributes
    ----------
    isocentre_lps_mm
        The point both axes turn about, LPS mm: usually the target.
    primary_deg, secondary_deg
        DICOM positioner angles; primary is wrapped into (-180, 180].
    rotation_deg
        Turn of the detector about the beam, which turns `right` towards `up` (the image turns clockwise).
    sdd_mm, sod_mm
        Distance of the source to the detector, and to the isocentre ("SID" means either, so it is not used here).
    rows, columns, pixel_mm
        The detector. The defaults are a 300 mm square field.
    detector_shift_mm
        Shift of the detector's centre to the right and up, mm.

    Raises
    ------
    GuidanceError
        For a tilt beyond 60°, distances that put the isocentre outside the beam, or a detector without pixels.
    """

    isocentre_lps_mm: Array
    primary_deg: float = 180.0
    secondary_deg: float = 0.0
    rotation_deg: float = 0.0
    sdd_mm: float = 1100.0
    sod_mm: float = 650.0
    rows: int = 512
    columns: int = 512
    pixel_mm: float = 300.0 / 512
    detector_shift_mm: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        centre = np.array(self.isocentre_lps_mm, dtype=float)
        if centre.shape != (3,) or not np.all(np.isfinite(centre)):
            raise GuidanceError(f"The isocentre is one LPS point of three numbers, not {self.isocentre_lps_mm!r}.")
        numbers = (self.primary_deg, self.secondary_deg, self.rotation_deg, self.sdd_mm, self.sod_mm, self.pixel_mm)
        if not np.all(np.isfinite(numbers)):
            raise GuidanceError("A C-arm angle or distance is not a finite number.")
        if abs(self.secondary_deg) > SECONDARY_LIMIT_DEG + 1e-9:
            raise GuidanceError(
                f"The C-arm cannot tilt {abs(self.secondary_deg):.1f}° "
                f"{'cranially' if self.secondary_deg > 0 else 'caudally'}: its limit is {SECONDARY_LIMIT_DEG:.0f}°."
            )
        if not 0.0 < self.sod_mm < self.sdd_mm:
            raise GuidanceError(
                f"The isocentre must lie between source and detector: 0 < sod_mm < sdd_mm, "
                f"not {self.sod_mm:g} and {self.sdd_mm:g}."
            )
        if self.rows < 1 or self.columns < 1 or self.pixel_mm <= 0:
            raise GuidanceError("The detector needs at least one pixel, of a size above 0.")
        centre.setflags(write=False)
        object.__setattr__(self, "isocentre_lps_mm", centre)
        object.__setattr__(self, "primary_deg", _wrapped(self.primary_deg))

    # -- poses ---------------------------------------------------------------------------------------------------------

    @classmethod
    def for_prone(
        cls,
        isocentre_lps_mm: ArrayLike,
        *,
        oblique_toward: Side | None = None,
        oblique_deg: float = 0.0,
        caudal_deg: float = 0.0,
        **detector: Any,
    ) -> CArm:
        """The pose in people's words: patient prone, tube under the table, receptor above the back.

        Parameters
        ----------
        isocentre_lps_mm : (3,) array_like
            LPS mm.
        oblique_toward : Side or None
            The side of the patient that the receptor is turned to.
        oblique_deg : float
            How far it is turned from straight behind (AP view), 0 to 180.
        caudal_deg : float
            Tilt of the receptor towards the feet; negative is cranial.
        **detector
            `sdd_mm`, `rows` and the other fields of :class:`CArm`.

        Raises
        ------
        GuidanceError
            When `oblique_deg` is not 0 but no side is named, or is negative: a sign could mean the wrong side.
        """
        if oblique_deg < 0:
            raise GuidanceError(f"Oblique {oblique_deg:g}°: name the other side instead of a negative angle.")
        if oblique_toward is None and oblique_deg != 0:
            raise GuidanceError(f"Oblique {oblique_deg:g}° to which side? Give oblique_toward.")
        # Behind is 180; the patient's right is at -90 = 270, so turning to the right adds.
        turn = 0.0 if oblique_toward is None else -oblique_toward.sign * oblique_deg
        return cls(np.asarray(isocentre_lps_mm, dtype=float), 180.0 + turn, -caudal_deg, **detector)

    @classmethod
    def along(cls, isocentre_lps_mm: ArrayLike, to_detector: ArrayLike, **detector: Any) -> CArm:
        """The pose whose central ray runs from the source through the isocentre along `to_detector`, an LPS direction.

        Raises
        ------
        GuidanceError
            When that needs a tilt beyond the C-arm's limit.
        """
        n = unit(to_detector)
        primary = float(np.degrees(np.arctan2(n[0], -n[1])))
        secondary = float(np.degrees(np.arcsin(np.clip(n[2], -1.0, 1.0))))
        return cls(np.asarray(isocentre_lps_mm, dtype=float), primary, secondary, **detector)

    def with_pixels(self, rows: int) -> CArm:
        """The same pose and field with `rows` rows (and columns in proportion): a preview, or a finer image."""
        scale = self.rows / rows
        return dataclasses.replace(
            self, rows=rows, columns=max(round(self.columns / scale), 1), pixel_mm=self.pixel_mm * scale
        )

    # -- words ---------------------------------------------------------------------------------------------------------

    @property
    def oblique_toward(self) -> Side | None:
        """The side the receptor is turned to from straight behind; None for an AP or PA view."""
        turn = _wrapped(self.primary_deg - 180.0)
        if abs(turn) < 0.05 or abs(turn) > 179.95:
            return None
        return Side.RIGHT if turn > 0 else Side.LEFT

    @property
    def oblique_deg(self) -> float:
        """How far the receptor is turned from straight behind, 0 to 180."""
        return abs(_wrapped(self.primary_deg - 180.0))

    @property
    def caudal_deg(self) -> float:
        """Tilt of the receptor towards the feet; negative is cranial."""
        return -self.secondary_deg

    @property
    def in_words(self) -> str:
        """The pose as said in the procedure room, for instance ``oblique to the right 20°, caudal 40°``."""
        side = self.oblique_toward
        if min(self.oblique_deg, 180.0 - self.oblique_deg) < 0.5:  # no side for what is said as 0°
            side = None
        if side is None:
            words = "AP" if self.oblique_deg < 90 else "PA, receptor in front"
        else:
            words = f"oblique to the {side.value} {self.oblique_deg:.0f}°"
        if abs(self.oblique_deg - 90.0) <= 15.0 and side is not None:
            words = f"lateral, receptor at the patient's {side.value} ({self.oblique_deg:.0f}°)"
        if abs(self.secondary_deg) >= 0.5:
            words += f", {'caudal' if self.secondary_deg < 0 else 'cranial'} {abs(self.secondary_deg):.0f}°"
        return words

    @property
    def edge_letters(self) -> dict[str, str]:
        """What lies towards each edge of the image: ``{"left": "L", "right": "R", "top": "H", "bottom": "F"}``.

        L, R, A, P, H, F: the patient's left, right, anterior, posterior, head, feet: of each edge's direction the
        largest part. Computed from the pose, so a marker cannot stay on the wrong side.
        """
        directions = {"left": -self.right, "right": self.right, "top": self.up, "bottom": -self.up}
        letters = {}
        for edge, direction in directions.items():
            axis = int(np.argmax(np.abs(direction)))
            letters[edge] = _AXIS_LETTERS[axis][0 if direction[axis] > 0 else 1]
        return letters

    # -- geometry ------------------------------------------------------------------------------------------------------

    @property
    def to_detector(self) -> Array:
        """Unit vector from the isocentre to the detector, LPS."""
        a, b = np.radians(self.primary_deg), np.radians(self.secondary_deg)
        return np.array([np.sin(a) * np.cos(b), -np.cos(a) * np.cos(b), np.sin(b)])

    @property
    def right(self) -> Array:
        """Unit vector along a detector row, to the right on the image, LPS."""
        return self._axes()[0]

    @property
    def up(self) -> Array:
        """Unit vector up a detector column, LPS."""
        return self._axes()[1]

    def _axes(self) -> tuple[Array, Array]:
        a, b, r = np.radians([self.primary_deg, self.secondary_deg, self.rotation_deg])
        u = np.array([np.cos(a), np.sin(a), 0.0])
        up = np.array([-np.sin(a) * np.sin(b), np.cos(a) * np.sin(b), np.cos(b)])
        return np.cos(r) * u + np.sin(r) * up, np.cos(r) * up - np.sin(r) * u

    @property
    def source_lps_mm(self) -> Array:
        """The focal spot."""
        return np.asarray(self.isocentre_lps_mm - self.sod_mm * self.to_detector)

    @property
    def detector_centre_lps_mm(self) -> Array:
        """The middle of the detector, its shift included."""
        u, up = self._axes()
        middle = self.isocentre_lps_mm + (self.sdd_mm - self.sod_mm) * self.to_detector
        return np.asarray(middle + self.detector_shift_mm[0] * u + self.detector_shift_mm[1] * up)

    @property
    def magnification(self) -> float:
        """Size on the detector over size at the isocentre."""
        return self.sdd_mm / self.sod_mm

    @property
    def pixel_at_isocentre_mm(self) -> float:
        """Size of a pixel, taken back to the isocentre."""
        return self.pixel_mm / self.magnification

    def magnification_at(self, points_lps_mm: ArrayLike) -> Array:
        """Size on the detector over size at these points, shape (...)."""
        depth = (np.asarray(points_lps_mm, dtype=float) - self.source_lps_mm) @ self.to_detector
        return np.asarray(self.sdd_mm / depth)

    def pixel_lps_mm(self, column_row: ArrayLike) -> Array:
        """LPS points on the detector of pixel coordinates (column, row), shape (..., 2)."""
        at = np.asarray(column_row, dtype=float)
        u, up = self._axes()
        across = (at[..., 0] - (self.columns - 1) / 2) * self.pixel_mm
        down = (at[..., 1] - (self.rows - 1) / 2) * self.pixel_mm
        return np.asarray(self.detector_centre_lps_mm + across[..., None] * u - down[..., None] * up)

    def project(self, points_lps_mm: ArrayLike) -> Array:
        """Pixel coordinates (column, row), shape (..., 2), of LPS points, shape (..., 3); on the detector or off it.

        Raises
        ------
        GuidanceError
            For a point at or behind the source, which casts no shadow.
        """
        rays = np.asarray(points_lps_mm, dtype=float) - self.source_lps_mm
        depth = rays @ self.to_detector
        if np.any(depth <= 1e-6):
            raise GuidanceError("A point lies at or behind the X-ray source and casts no shadow.")
        u, up = self._axes()
        scale = self.sdd_mm / depth
        across = (rays @ u) * scale - self.detector_shift_mm[0]
        down = -((rays @ up) * scale - self.detector_shift_mm[1])
        return np.stack(
            [across / self.pixel_mm + (self.columns - 1) / 2, down / self.pixel_mm + (self.rows - 1) / 2], axis=-1
        )

    def sees(self, points_lps_mm: ArrayLike, margin_px: float = 0.0) -> NDArray[np.bool_]:
        """Whether LPS points, shape (..., 3), fall on the detector, at least `margin_px` from its edge."""
        at = self.project(points_lps_mm)
        low = -0.5 + margin_px
        top = np.array([self.columns, self.rows]) - 0.5 - margin_px
        return np.asarray(np.all((at >= low) & (at <= top), axis=-1))

    def rays(self, column_row: ArrayLike) -> Array:
        """Unit directions from the source to pixels (column, row), shape (..., 3), LPS."""
        return unit(self.pixel_lps_mm(column_row) - self.source_lps_mm)

    def back_project(self, column_row: ArrayLike, beyond_isocentre_mm: float = 0.0) -> Array:
        """LPS points on the rays of pixels, in the plane across the beam `beyond_isocentre_mm` towards the detector."""
        ray = self.pixel_lps_mm(column_row) - self.source_lps_mm
        return np.asarray(self.source_lps_mm + ray * (self.sod_mm + beyond_isocentre_mm) / self.sdd_mm)


def triangulate(carms: Sequence[CArm], column_row: ArrayLike) -> tuple[Array, float]:
    """The LPS point seen at one pixel in each of several views, and how far its rays miss it.

    Parameters
    ----------
    carms : sequence of CArm
        At least two poses.
    column_row : (n, 2) array_like
        The pixel in each.

    Returns
    -------
    point_lps_mm : (3,) array
        The point with the least sum of squared distances to the rays.
    miss_mm : float
        Root mean square of these distances.

    Raises
    ------
    GuidanceError
        For fewer than two views, or views along the same ray.
    """
    at = np.asarray(column_row, dtype=float)
    if len(carms) < 2 or at.shape != (len(carms), 2):
        raise GuidanceError(f"Give one pixel in each of at least two views, not {at.shape} for {len(carms)} views.")
    sources = np.array([c.source_lps_mm for c in carms])
    rays = np.array([c.rays(p) for c, p in zip(carms, at, strict=True)])
    across = np.eye(3) - rays[:, :, None] * rays[:, None, :]
    matrix = across.sum(axis=0)
    if np.linalg.eigvalsh(matrix)[0] < 1e-4:  # sin² of the largest angle between the rays
        raise GuidanceError("The views look along the same ray: turn the C-arm by at least a degree between them.")
    point = np.linalg.solve(matrix, np.einsum("nij,nj->i", across, sources))
    misses = np.einsum("nij,nj->ni", across, point - sources)
    return point, float(np.sqrt((misses**2).sum(axis=1).mean()))


def _wrapped(degrees: float) -> float:
    """`degrees` in (-180, 180]."""
    return float(-((-degrees + 180.0) % 360.0 - 180.0))
