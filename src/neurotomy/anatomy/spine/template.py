"""One vertebra of the standard spine as a template: surface, distance, landmarks and nerves in its own frame.

What fits nerves to a patient's CT starts from these. Left and right are kept apart; nothing here is mirrored in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.names import Side, Target, parse_vertebra
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Curve
from neurotomy.results import INTERNAL, Result

__all__ = ["TEMPLATE_BONES", "TemplateNerve", "TemplateVertebra", "template_vertebra"]

Array = NDArray[np.float64]

TEMPLATE_BONES: tuple[str, ...] = ("L1", "L2", "L3", "L4", "L5", "S1")
"""Bones that a lumbar target lies on."""


@dataclass(frozen=True)
class TemplateNerve(Result):
    """The nerve over one side of a template, in the vertebra's frame.

    Attributes
    ----------
    target
        Which nerve, over which bone, on which side.
    curve
        Its middle line, from the foramen over the neck of the superior articular process to the lamina.
    neck_arc_mm
        Distances along the curve between which it lies on that neck.
    diameter_mm
        Of the nerve; on bone its middle line is half of this above the surface.
    """

    target: Target
    curve: Curve = field(metadata=INTERNAL)
    neck_arc_mm: tuple[float, float]
    diameter_mm: float

    @property
    def neck(self) -> Curve:
        """The part on the neck, 0.25 mm steps."""
        start, stop = self.neck_arc_mm
        return self.curve.at(np.linspace(start, stop, max(int(np.ceil((stop - start) / 0.25)) + 1, 2)))


@dataclass(frozen=True)
class TemplateVertebra(Result):
    """A vertebra of the standard spine in its own frame (origin body centre, +x left, +y posterior, +z up).

    Attributes
    ----------
    bone
        L1 to L5, or S1: the part of the sacrum labelled S1 (body, upper ala, superior articular processes).
    surface_mm, normals
        Points on the bone's surface, about 1.5 mm apart, (n, 3), and outward unit normals there.
    landmarks_mm
        For each side the landmarks that :class:`~neurotomy.anatomy.course.NerveCourse` lists; midline ones in both.
    nerves
        The nerve over each side.
    height_mm, width_mm
        Of the body: to scale a template to a patient's bone.
    """

    bone: str
    surface_mm: Array = field(metadata=INTERNAL)
    normals: Array = field(metadata=INTERNAL)
    landmarks_mm: Mapping[Side, Mapping[str, Array]] = field(metadata=INTERNAL)
    nerves: Mapping[Side, TemplateNerve] = field(metadata=INTERNAL)
    height_mm: float
    width_mm: float

    def distance(self, points_mm: ArrayLike) -> Array:
        """Signed distance to the bone's surface at points (..., 3), mm, negative inside; S1 is the whole sacrum here.

        Right at the surface and to first order beside it; far away only roughly the distance.
        """
        from neurotomy.anatomy.spine.kernel import distances

        solid = _solid(self.bone)
        points = np.asarray(points_mm, dtype=float)
        flat = np.ascontiguousarray(points.reshape(-1, 3))
        return np.asarray(distances(flat, solid.shapes, solid.groups)).reshape(points.shape[:-1])


@lru_cache(maxsize=len(TEMPLATE_BONES))
def template_vertebra(bone: str) -> TemplateVertebra:
    """The template of this bone, made from the standard spine (about 0.1 s the first time).

    Raises
    ------
    AnatomyError
        For a bone without a lumbar target.
    """
    name = parse_vertebra(bone)
    if name not in TEMPLATE_BONES:
        raise AnatomyError(f"There is no template of {name}; there is one of {', '.join(TEMPLATE_BONES)}.")
    from neurotomy.anatomy.spine.nerve import landmarks_on, nerve_on
    from neurotomy.anatomy.spine.shape import standard_shape

    shape = standard_shape()
    solid = _solid(name)
    landmarks: dict[Side, Mapping[str, Array]] = {}
    nerves: dict[Side, TemplateNerve] = {}
    for side in Side:
        nerves[side] = nerve_on(shape, name, side, solid)
        landmarks[side] = landmarks_on(shape, name, side, solid, nerves[side])
    points, normals = _surface(name)
    vertebra = shape.vertebra(name)
    return TemplateVertebra(
        bone=name,
        surface_mm=points,
        normals=normals,
        landmarks_mm=landmarks,
        nerves=nerves,
        height_mm=vertebra.height_mm,
        width_mm=vertebra.upper_mm[0],
    )


@lru_cache(maxsize=len(TEMPLATE_BONES))
def _solid(bone: str) -> Packed:
    from neurotomy.anatomy.spine.bones import bone_solid
    from neurotomy.anatomy.spine.shape import standard_shape

    return bone_solid(standard_shape(), bone)


def _surface(bone: str, step_mm: float = 1.5) -> tuple[Array, Array]:
    """Points on the surface of a template and normals, from a grid of `step_mm`."""
    from neurotomy.anatomy.spine.kernel import distances
    from neurotomy.anatomy.spine.pelvis import S1_BELOW_MM
    from neurotomy.anatomy.spine.press import gradients, press

    solid = _solid(bone)
    low, high = solid.box
    if bone == "S1":
        low[2] = S1_BELOW_MM
    axes = [np.arange(a, b, step_mm) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    near = distances(grid, solid.shapes, solid.groups)
    points = press(grid[np.abs(near) < 0.5 * step_mm], solid, 0.0)
    return points, gradients(points, solid)
