"""Other regions of the built-in spine as images of their own: neck, chest, sacrum.

Each is made as the lumbosacral spine is: implicit shapes from published dimensions, seeds for variation, cached, true
nerve courses on the bone. ``built_in_spine(seed, region="cervical")`` is the way in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.names import Target
from neurotomy.errors import AnatomyError, nearest
from neurotomy.geometry import Volume
from neurotomy.progress import SILENT, Progress
from neurotomy.results import INTERNAL, Result

__all__ = ["REGIONS", "RegionalSpine", "make_region", "region_shape", "regional_spine"]


@dataclass(frozen=True)
class RegionalSpine(Result):
    """One region of a spine with everything known about it.

    Attributes
    ----------
    region
        One of :data:`REGIONS`.
    ct
        HU, int16, axes along LPS.
    labels
        uint8, ids of TotalSegmentator v2 (:data:`neurotomy.imaging.labels.VERTEBRA_IDS`).
    courses
        The nerve of every target of the region, from the head down, left before right.
    shape
        The dimensions it was made to.
    """

    region: str
    ct: Volume = field(metadata=INTERNAL)
    labels: Volume = field(metadata=INTERNAL)
    courses: tuple[NerveCourse, ...]
    shape: Result

    def course(self, target: Target) -> NerveCourse:
        """The true course of `target`.

        Raises
        ------
        AnatomyError
            When it is not a target of this region.
        """
        for course in self.courses:
            if course.target == target:
                return course
        held = "; ".join(course.target.label for course in self.courses)
        raise AnatomyError(f"The built-in {self.region} spine has no {target.label}; it has: {held}.")


@dataclass(frozen=True)
class _Recipe:
    """How a region is made: shapes, scene, nerves and voxel side."""

    standard: Callable[[], Any]
    varied: Callable[[int], Any]
    scene: Callable[[Any], Any]
    courses: Callable[[Any], tuple[NerveCourse, ...]]
    spacing_mm: float


def _cervical() -> _Recipe:
    from neurotomy.anatomy.spine.cervical.nerve import courses_of
    from neurotomy.anatomy.spine.cervical.scene import SPACING_MM, scene_of
    from neurotomy.anatomy.spine.cervical.shape import standard_neck, varied_neck

    return _Recipe(standard_neck, varied_neck, scene_of, courses_of, SPACING_MM)


def _sacral() -> _Recipe:
    from neurotomy.anatomy.spine.sacral.nerve import courses_of
    from neurotomy.anatomy.spine.sacral.scene import SPACING_MM, scene_of
    from neurotomy.anatomy.spine.shape import standard_shape, varied_shape

    return _Recipe(standard_shape, varied_shape, scene_of, courses_of, SPACING_MM)


def _thoracic() -> _Recipe:
    from neurotomy.anatomy.spine.thoracic.nerve import courses_of
    from neurotomy.anatomy.spine.thoracic.scene import SPACING_MM, scene_of
    from neurotomy.anatomy.spine.thoracic.shape import standard_chest, varied_chest

    return _Recipe(standard_chest, varied_chest, scene_of, courses_of, SPACING_MM)


_RECIPES: dict[str, Callable[[], _Recipe]] = {"cervical": _cervical, "thoracic": _thoracic, "sacral": _sacral}

REGIONS: tuple[str, ...] = ("lumbosacral", *_RECIPES)
"""Regions of the built-in spine."""


def regional_spine(region: str, seed: int | None = None, progress: Progress = SILENT) -> RegionalSpine:
    """One region, made once (about 3 s) and then read from the cache; `seed` as for the built-in spine.

    Raises
    ------
    AnatomyError
        When there is no such region.
    """
    from neurotomy.anatomy.spine.cache import cached_images

    recipe, shape = _recipe(region), region_shape(region, seed)

    def make(shape: Any, spacing_mm: float, progress: Progress) -> tuple[Volume, Volume]:
        from neurotomy.anatomy.spine.images import paint_scene

        return paint_scene(recipe.scene(shape), spacing_mm, progress)

    stage = f"built-in {region} spine"
    ct, labels = cached_images(shape, recipe.spacing_mm, progress.part(0.0, 0.9, stage=stage), make, region)
    progress(0.9, "Nerves on the built-in spine")
    courses = recipe.courses(shape)
    progress(1.0, "Built-in spine ready")
    return RegionalSpine(region, ct, labels, courses, shape)


def region_shape(region: str, seed: int | None = None) -> Any:
    """The dimensions of a region: the standard ones, or those of the person drawn with `seed`.

    Raises
    ------
    AnatomyError
        When there is no such region.
    """
    recipe = _recipe(region)
    return recipe.standard() if seed is None else recipe.varied(seed)


def make_region(
    region: str, shape: Any = None, spacing_mm: float | None = None, progress: Progress = SILENT
) -> RegionalSpine:
    """A region of any shape and voxel side, made now and not cached; None is the standard."""
    from neurotomy.anatomy.spine.images import paint_scene

    recipe = _recipe(region)
    shape = recipe.standard() if shape is None else shape
    ct, labels = paint_scene(recipe.scene(shape), spacing_mm or recipe.spacing_mm, progress.part(0.0, 0.9))
    return RegionalSpine(region, ct, labels, recipe.courses(shape), shape)


def _recipe(region: str) -> _Recipe:
    if region not in _RECIPES:
        raise AnatomyError(f"The built-in spine has no region '{region}'. {nearest(region, REGIONS)}")
    return _RECIPES[region]()
