"""What the anatomy room gives to the rooms after it: nerve courses on a CT, and the landmarks they hang on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import Target
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Curve, RigidTransform, Volume
from neurotomy.results import INTERNAL, Result

__all__ = ["NO_LABEL_MAP", "Anatomy", "NerveCourse"]

Array = NDArray[np.float64]

NO_LABEL_MAP = "No label map: level from marked points, bone by threshold"
"""What everything that comes of such a CT must say; at most 64 characters, as DICOM's descriptions are."""


@dataclass(frozen=True)
class NerveCourse(Result):
    """One nerve's course over one bone, on this patient.

    Attributes
    ----------
    target
        Which nerve, over which bone, on which side.
    curve
        LPS mm, from ventral (near the foramen) over the neck of the superior articular process to dorsal (the
        mamillo-accessory notch) and on into the back: the direction in which the nerve runs.
    neck_arc_mm
        Distances along the curve (from, to) between which the nerve lies on the neck of the superior articular
        process: the part to be lesioned.
    diameter_mm
        Diameter of the nerve.
    spread_mm
        Standard deviation of the position of the curve across its direction (each of two directions), mm.
    method
        How it was found: ``built-in spine (exact)``, ``template fitted to label map``, ``landmarks``.
    landmarks_mm
        Named LPS points on this bone and side, see :mod:`neurotomy.anatomy.landmarks`.
    target_spread_mm
        Standard deviation of the landmark ``target`` in each of three directions, mm: how far from it the place on
        this bone may be that it means. The nerve's own variation about the bone is in `spread_mm`, not here.
    lps_from_vertebra
        Frame of the bone: origin at the centre of the vertebral body, +x left, +y posterior, +z along the normal of
        the superior end plate.
    warnings
        What a person must know before trusting it.
    """

    target: Target
    curve: Curve = field(metadata=INTERNAL)
    neck_arc_mm: tuple[float, float]
    diameter_mm: float
    spread_mm: float
    method: str
    landmarks_mm: Mapping[str, Array] = field(default_factory=dict, metadata=INTERNAL)
    lps_from_vertebra: RigidTransform = field(default_factory=RigidTransform.identity, metadata=INTERNAL)
    warnings: tuple[str, ...] = ()
    target_spread_mm: float = 0.0

    @property
    def points_lps_mm(self) -> Array:
        """Points of the course, (n, 3)."""
        return self.curve.points_mm

    @property
    def neck(self) -> Curve:
        """The part of the course on the neck of the superior articular process, 0.25 mm steps."""
        start, stop = self.neck_arc_mm
        return self.curve.at(np.linspace(start, stop, max(int(np.ceil((stop - start) / 0.25)) + 1, 2)))


@dataclass(frozen=True)
class Anatomy(Result):
    """The patient's CT with the nerves that matter for this treatment.

    Attributes
    ----------
    ct
        HU.
    labels
        Label map on the CT's grid with the ids of :data:`neurotomy.imaging.labels.VERTEBRA_IDS`, or None.
    courses
        One for each target of the case, in its order.
    source
        Where the CT is from, in words.
    levels_confirmed_by
        Who confirmed level and side, as the case file says; empty when nobody did.
    levels_confirmed_on
        The day on which they did so; None when the case does not say.
    warnings
        What a person must know before trusting it.
    quality
        Empty where a label map says which bone is which; else :data:`NO_LABEL_MAP`. Whatever leaves the program says
        it: a wrong level is the commonest harm.
    """

    ct: Volume = field(metadata=INTERNAL)
    labels: Volume | None = field(metadata=INTERNAL)
    courses: tuple[NerveCourse, ...]
    source: str
    levels_confirmed_by: str = ""
    warnings: tuple[str, ...] = ()
    levels_confirmed_on: datetime.date | None = None
    quality: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """No caller can forget or choose it."""
        object.__setattr__(self, "quality", NO_LABEL_MAP if self.labels is None else "")

    @property
    def levels_confirmed(self) -> str:
        """Who confirmed level and side, and when, in words; empty when nobody did."""
        if not self.levels_confirmed_by or self.levels_confirmed_on is None:
            return self.levels_confirmed_by
        return f"{self.levels_confirmed_by}; on {self.levels_confirmed_on.isoformat()}"

    def course(self, target: Target) -> NerveCourse:
        """The course of `target`.

        Raises
        ------
        AnatomyError
            When this anatomy does not hold it.
        """
        for course in self.courses:
            if course.target == target:
                return course
        held = "; ".join(course.target.label for course in self.courses)
        raise AnatomyError(f"No course of the {target.label} on this CT; it holds: {held}.")
