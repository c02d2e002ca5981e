"""Bones of neck, chest and sacrum as templates: the standard built-in bone with one nerve and its landmarks."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.regions.held import BUILT_IN_NERVES
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.anatomy.spine.template import TemplateNerve, TemplateVertebra
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Curve

__all__ = ["FORAMINA", "is_regional", "region_of_target", "regional_template", "turns_above"]

Array = NDArray[np.float64]

FORAMINA: tuple[str, ...] = ("foramen_s1", "foramen_s2", "foramen_s3")
"""Landmarks of the back openings of the sacral foramina of one side; every lateral branch's template holds all."""

_REGIONS = ("cervical", "thoracic", "sacral")
_STEP_MM = {"cervical": 1.1, "thoracic": 1.4, "sacral": 1.8}
"""Distance of the points on a template's surface."""


def is_regional(target: Target) -> bool:
    """Whether this target lies outside the lumbar spine, so that its template is one of these."""
    return (target.nerve, target.bone) not in BUILT_IN_NERVES["lumbosacral"]


def region_of_target(target: Target) -> str:
    """``cervical``, ``thoracic`` or ``sacral``.

    Raises
    ------
    AnatomyError
        When no region knows the nerve over this bone.
    """
    for region in _REGIONS:
        if (target.nerve, target.bone) in BUILT_IN_NERVES[region]:
            return region
    known = [nerve for held in BUILT_IN_NERVES.values() for nerve, bone in held if bone == target.bone]
    over = f"over this bone runs the {' and the '.join(dict.fromkeys(known))}" if known else "no nerve of it is treated"
    raise AnatomyError(f"There is no template of the {target.label}; {over}.")


def turns_above(target: Target) -> str:
    """Why this nerve is not on bone where it is treated, in words; empty for one that is.

    T5 to T8 turn above the corner of the transverse process (Chua 1995): such a course is not to be pressed on bone.
    """
    root = target.nerve.split()[0]
    if "medial branch" not in target.nerve or root not in evidence.get("anatomy.thoracic.off_bone_levels").value:  # type: ignore[operator]
        return ""
    return "The nerve turns above the corner of the transverse process, not on bone, as T5 to T8 do."


def regional_template(target: Target) -> TemplateVertebra:
    """The template of the target's bone with this nerve on both sides (about 0.3 s the first time).

    Raises
    ------
    AnatomyError
        When no region knows the nerve over this bone.
    """
    return _template(region_of_target(target), target.nerve, target.bone)


@lru_cache(maxsize=32)
def _template(region: str, nerve: str, bone: str) -> TemplateVertebra:
    shape, _, courses_of = _makers(region)
    courses = courses_of(shape)
    landmarks: dict[Side, dict[str, Array]] = {}
    nerves: dict[Side, TemplateNerve] = {}
    for side in Side:
        course = _held(courses, Target(nerve, bone, side))
        inward = course.lps_from_vertebra.inverse()
        landmarks[side] = {name: inward(point) for name, point in course.landmarks_mm.items()}
        if region == "sacral":
            for root, name in zip(("S1", "S2", "S3"), FORAMINA, strict=True):
                other = _held(courses, Target(f"{root} lateral branch", bone, side))
                landmarks[side][name] = inward(other.landmarks_mm["foramen_centre"])
        curve = Curve(inward(course.curve.points_mm))
        nerves[side] = TemplateNerve(course.target, curve, course.neck_arc_mm, course.diameter_mm)
    points, normals = _surface(region, bone)
    vertebra = shape.vertebra(bone)
    return TemplateVertebra(bone, points, normals, landmarks, nerves, vertebra.height_mm, vertebra.upper_mm[0])


def _held(courses: tuple[NerveCourse, ...], target: Target) -> NerveCourse:
    return next(course for course in courses if course.target == target)


@lru_cache(maxsize=32)
def _surface(region: str, bone: str) -> tuple[Array, Array]:
    """Points on the bone's surface and outward normals, in its own frame."""
    from neurotomy.anatomy.spine.kernel import distances
    from neurotomy.anatomy.spine.press import gradients, press

    shape, solid_of, _ = _makers(region)
    solid = solid_of(shape, bone)
    step = _STEP_MM[region]
    low, high = solid.box
    axes = [np.arange(a, b, step) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    near = distances(grid, solid.shapes, solid.groups)
    points = press(grid[np.abs(near) < 0.5 * step], solid, 0.0)
    return points, gradients(points, solid)


def _makers(region: str) -> tuple[Any, Callable[[Any, str], Packed], Callable[[Any], tuple[NerveCourse, ...]]]:
    """Standard shape, solid of a bone and courses of a region."""
    if region == "cervical":
        from neurotomy.anatomy.spine.cervical.bones import bone_solid
        from neurotomy.anatomy.spine.cervical.nerve import courses_of
        from neurotomy.anatomy.spine.cervical.shape import standard_neck

        return standard_neck(), bone_solid, courses_of
    if region == "thoracic":
        from neurotomy.anatomy.spine.thoracic.bones import bone_solid as thoracic_solid
        from neurotomy.anatomy.spine.thoracic.nerve import courses_of as thoracic_courses
        from neurotomy.anatomy.spine.thoracic.shape import standard_chest

        return standard_chest(), thoracic_solid, thoracic_courses
    from neurotomy.anatomy.spine.sacral.nerve import courses_of as sacral_courses
    from neurotomy.anatomy.spine.sacral.nerve import sacrum_of
    from neurotomy.anatomy.spine.shape import standard_shape

    return standard_shape(), lambda shape, bone: sacrum_of(shape), sacral_courses
