"""Bones, nerves, needles and lesions of a treatment as closed surfaces, to look at in 3-D or to print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from neurotomy.coverage.placed import PlacedLesion
from neurotomy.equipment.geometry import Element, elements
from neurotomy.geometry import Curve, Volume
from neurotomy.guidance.bone import Bone
from neurotomy.imaging.export.mesh import Mesh, region_surface, surface_at, tube
from neurotomy.report.export.regions import necrosis_reach_mm
from neurotomy.report.export.segments import bone_segments, placed_lesions

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["surfaces"]

_STEP_MM = 0.4
"""Of the grid on which a lesion's surface is found."""

_AROUND_MM = 60.0
"""Without a label map: bone within this distance of the nerves."""


def surfaces(treatment: Treatment) -> Iterator[tuple[str, str, Mesh]]:
    """Name for the file, name for people, and the surface (LPS mm), one after the other."""
    yield from _bones(treatment)
    for course in treatment.anatomy.courses:
        yield (
            f"nerve-{course.target.slug}",
            course.target.label,
            tube(course.curve.resampled(0.3), course.diameter_mm / 2),
        )
    for n, (needle, lesion) in enumerate(zip(treatment.guidance.needles, placed_lesions(treatment), strict=True), 1):
        placement = needle.placement
        slug, label = placement.target.slug, placement.target.label
        for name, metal in _metal(elements(placement.electrode)):
            mesh = Mesh(placement.needle_from_lps.inverse()(metal.points_lps_mm), metal.triangles)
            yield f"needle-{n}-{name}-{slug}", f"{name} of needle {n}, {label}", mesh
        surface = _lesion(lesion)
        if surface is not None:
            yield f"lesion-{n}-{slug}", f"lesion {n}, {label}", surface


def _bones(treatment: Treatment) -> Iterator[tuple[str, str, Mesh]]:
    segments = bone_segments(treatment)
    for segment in segments:
        yield f"bone-{segment.label.lower().replace(' ', '-')}", segment.label, region_surface(segment.inside)
    if not segments:
        near = np.concatenate([course.points_lps_mm for course in treatment.anatomy.courses])
        bone = Bone.of(treatment.anatomy)
        around = bone.image.crop(near.min(axis=0), near.max(axis=0), _AROUND_MM)
        yield "bone-by-threshold", f"what is denser than {bone.level:g} HU", surface_at(around, bone.level)


def _metal(parts: tuple[Element, ...]) -> Iterator[tuple[str, Mesh]]:
    """Active tip and insulated shaft of the cannula, and its tines, in the needle's frame."""
    cannula = parts[0]
    length, bare = float(cannula.arc_mm[-1]), cannula.bare_mm[1]
    yield "active-tip", _piece(cannula, 0.0, bare)
    yield "shaft", _piece(cannula, bare, length)
    for n, tine in enumerate(parts[1:], 1):
        yield f"tine-{n}", _piece(tine, 0.0, float(tine.arc_mm[-1]))


def _piece(part: Element, start: float, stop: float) -> Mesh:
    rounded = start + part.radius_mm * (1 - np.cos(np.linspace(0, np.pi / 2, 9))) if start == 0 else np.array([start])
    arc = np.unique(np.concatenate([rounded, part.arc_mm[(part.arc_mm > start) & (part.arc_mm < stop)], [stop]]))
    arc = arc[arc <= stop]
    if start == 0 and part.tip_length_mm > part.radius_mm:
        arc = np.unique(np.concatenate([arc, np.linspace(0, min(part.tip_length_mm, stop), 12)]))
    return tube(Curve(part.at(arc)), part.radius_at(arc))


def _lesion(lesion: PlacedLesion) -> Mesh | None:
    """Edge of necrosis; None where nothing is necrotic."""
    reach = necrosis_reach_mm(lesion)
    if not reach:
        return None
    half, above = int(np.ceil(reach / _STEP_MM)), int(np.ceil((lesion.active_mm + reach) / _STEP_MM))
    x, z = np.arange(-half, half + 1) * _STEP_MM, np.arange(-half, above + 1) * _STEP_MM
    lps_from_needle = lesion.needle_from_lps.inverse()
    affine = np.eye(4)
    affine[:3, :3] = lps_from_needle.rotation * _STEP_MM
    affine[:3, 3] = lps_from_needle([x[0], x[0], z[0]])
    points = lps_from_needle(np.stack(np.meshgrid(x, x, z, indexing="ij"), axis=-1))
    values = lesion.at(points)
    return surface_at(Volume(np.maximum(values, -1.0), affine), 0.0) if np.any(values > 0) else None
