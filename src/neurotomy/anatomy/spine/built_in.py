"""The built-in spine: CT, label map and true nerve courses, made by this code from published dimensions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine.shape import SpineShape, standard_shape, varied_shape
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Curve, Volume
from neurotomy.progress import SILENT, Progress
from neurotomy.results import INTERNAL, Result

if TYPE_CHECKING:
    from neurotomy.anatomy.spine.regions import RegionalSpine

__all__ = ["SPACING_MM", "BuiltInSpine", "Region", "built_in_spine", "make_spine", "true_courses"]

SPACING_MM = 0.9
"""Voxel side: a facet joint's space of 2.5 mm is almost three voxels wide."""

FIELD_LOW_MM, FIELD_HIGH_MM = (-172.0, -116.0, -182.0), (172.0, 124.0, 122.0)
"""Corners of the image, LPS: the whole width and depth of the trunk, T12 to below the sacroiliac joints."""

METHOD = "built-in spine (exact)"

_OFF_BONE_MM = 0.4
_OFF_BONE = "On this variation the nerve leaves the bone of the neck by up to {:.1f} mm; choose another seed as truth."


@dataclass(frozen=True)
class BuiltInSpine(Result):
    """A lumbosacral spine in a trunk, with everything known about it.

    Attributes
    ----------
    ct
        HU, int16, axes along LPS.
    labels
        uint8, ids of TotalSegmentator v2: T12 32, L1 31 ... L5 27, S1 26, rest of the sacrum 25, hips 77 (left) and
        78, twelfth ribs 103 (left) and 115.
    courses
        The nerve of every lumbar target, T12 at L1 to L5 at the sacral ala, left before right.
    shape
        The dimensions it was made to.
    """

    ct: Volume = field(metadata=INTERNAL)
    labels: Volume = field(metadata=INTERNAL)
    courses: tuple[NerveCourse, ...]
    shape: SpineShape

    def course(self, target: Target) -> NerveCourse:
        """The true course of `target`.

        Raises
        ------
        AnatomyError
            When it is not a lumbar target.
        """
        for course in self.courses:
            if course.target == target:
                return course
        held = "; ".join(course.target.label for course in self.courses)
        raise AnatomyError(f"The built-in spine has no {target.label}; it has: {held}.{_elsewhere(target)}")


def _elsewhere(target: Target) -> str:
    """Which region's image holds this target, as advice."""
    region = {"C": "cervical", "T": "thoracic"}.get(target.bone[0])
    if "lateral branch" in target.nerve:
        region = "sacral"
    return f" Take built_in_spine(region='{region}') for it." if region else ""


Region = Literal["lumbosacral", "lumbar", "cervical", "thoracic", "sacral"]


@overload
def built_in_spine(
    seed: int | None = None, progress: Progress = SILENT, region: Literal["lumbosacral", "lumbar"] = "lumbosacral"
) -> BuiltInSpine: ...


@overload
def built_in_spine(
    seed: int | None = None, progress: Progress = SILENT, *, region: Literal["cervical", "thoracic", "sacral"]
) -> RegionalSpine: ...


def built_in_spine(
    seed: int | None = None, progress: Progress = SILENT, region: Region = "lumbosacral"
) -> BuiltInSpine | RegionalSpine:
    """The built-in spine, made once (about 3 s) and then read from the cache.

    Parameters
    ----------
    seed : int or None
        None is the standard spine: published means, the same on every machine, and told from its mirror image by a
        small asymmetry (see :func:`neurotomy.anatomy.spine.shape.standard_shape`). A number is a person who deviates
        from it in size, lordosis, side bending, rotation, facets and processes.
    progress : Progress
        Told at each step.
    region : str
        ``lumbosacral`` (or ``lumbar``, the same image): T12 to the sacrum. ``cervical``: C1 to T1. ``thoracic`` and
        ``sacral``: see :mod:`neurotomy.anatomy.spine.regions`.

    Returns
    -------
    BuiltInSpine or RegionalSpine
        The first for the lumbosacral spine.

    Raises
    ------
    AnatomyError
        When there is no such region.
    """
    if region not in {"lumbosacral", "lumbar"}:
        from neurotomy.anatomy.spine.regions import regional_spine

        return regional_spine(region, seed, progress)
    from neurotomy.anatomy.spine.cache import cached_images

    shape = standard_shape() if seed is None else varied_shape(seed)
    ct, labels = cached_images(shape, SPACING_MM, progress.part(0.0, 0.9, stage="built-in spine"))
    progress(0.9, "Nerves on the built-in spine")
    courses = true_courses(shape)
    progress(1.0, "Built-in spine ready")
    return BuiltInSpine(ct, labels, courses, shape)


def make_spine(shape: SpineShape, spacing_mm: float = SPACING_MM, progress: Progress = SILENT) -> BuiltInSpine:
    """A spine of any shape, made now and not cached.

    Parameters
    ----------
    shape : SpineShape
        Its dimensions.
    spacing_mm : float
        Voxel side.
    progress : Progress
        Told at each step.
    """
    from neurotomy.anatomy.spine.images import make_images

    ct, labels = make_images(shape, spacing_mm, progress.part(0.0, 0.9))
    return BuiltInSpine(ct, labels, true_courses(shape), shape)


@lru_cache(maxsize=8)
def true_courses(shape: SpineShape) -> tuple[NerveCourse, ...]:
    """The nerves of this shape, on the bone by construction."""
    from neurotomy.anatomy.spine.bones import bone_solid
    from neurotomy.anatomy.spine.column import lps_from_bones
    from neurotomy.anatomy.spine.kernel import distances
    from neurotomy.anatomy.spine.nerve import landmarks_on, nerve_on
    from neurotomy.anatomy.spine.template import TEMPLATE_BONES

    poses = lps_from_bones(shape)
    courses = []
    for bone in TEMPLATE_BONES:
        solid = bone_solid(shape, bone)
        for side in Side:
            nerve = nerve_on(shape, bone, side, solid)
            marks = landmarks_on(shape, bone, side, solid, nerve)
            off = np.abs(distances(nerve.neck.points_mm, solid.shapes, solid.groups) - nerve.diameter_mm / 2).max()
            courses.append(
                NerveCourse(
                    target=nerve.target,
                    curve=Curve(poses[bone](nerve.curve.points_mm)),
                    neck_arc_mm=nerve.neck_arc_mm,
                    diameter_mm=nerve.diameter_mm,
                    spread_mm=0.0,
                    method=METHOD,
                    landmarks_mm={name: poses[bone](point) for name, point in marks.items()},
                    lps_from_vertebra=poses[bone],
                    warnings=(_OFF_BONE.format(off),) if off > _OFF_BONE_MM else (),
                )
            )
    return tuple(courses)
