"""A nerve placed by marked points, laid on the bone that a threshold finds around it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.regions.templates import turns_above
from neurotomy.anatomy.surface import BoneSurface, bone_surface
from neurotomy.anatomy.surface_lay import lay_on_bone
from neurotomy.geometry import Curve, RigidTransform, Volume, unit

__all__ = ["bone_around", "frame_of_midline", "laid_on_threshold"]

Array = NDArray[np.float64]

_AROUND_MM = 16.0
"""Bone is looked for this far around the nerve."""

_FAR_MM = 2.0
"""A target whose bone lies further from the marked place than this is told: threshold and person disagree."""

_QUALITY = "Bone was found by a threshold, not a label map: look at the nerve on the CT before trusting it."

_TURN = (
    "How far the bone is turned about its own axis follows from one side's points (10° either way): mark body_centre, "
    "superior_endplate_centre and spinous_tip for views that are aimed by it."
)


def bone_around(ct: Volume, points_mm: Array) -> BoneSurface | None:
    """The surface of what is bone by threshold in a box around `points_mm` (n, 3); None where nothing is.

    Marrow inside the cortex is filled slice by slice along the image's third axis, so that no surface lies within.
    """
    from scipy.ndimage import binary_closing, binary_fill_holes

    part = ct.crop(points_mm.min(axis=0), points_mm.max(axis=0), _AROUND_MM)
    mask = part.array >= evidence.value("innervation.locate.bone_threshold")
    for k in range(mask.shape[2]):
        mask[:, :, k] = binary_fill_holes(binary_closing(mask[:, :, k]) | mask[:, :, k])
    return bone_surface(Volume(mask.astype(np.uint8), part.lps_from_voxel), (1,))


def frame_of_midline(course: NerveCourse, marked: Iterable[str]) -> RigidTransform | None:
    """The bone's frame from body, upper end plate and spinous process, where a person marked all three; else None.

    Points of one side alone leave the turn of the bone about its own axis to the template's shape: a pillar that stands
    further back than the template's turns it by as much.
    """
    names = ("body_centre", "superior_endplate_centre", "spinous_tip")
    if not set(names) <= set(marked):
        return None
    body, plate, spinous = (np.asarray(course.landmarks_mm[name], dtype=float) for name in names)
    up = unit(plate - body)
    back = unit((spinous - body) - ((spinous - body) @ up) * up)
    return RigidTransform.from_frame(body, np.array([np.cross(back, up), back, up]))


def laid_on_threshold(ct: Volume, course: NerveCourse, marked: Collection[str] = ()) -> NerveCourse:
    """The same course lying on the CT's bone; its spread grows by how far the bone was from where it was placed.

    `marked` names the landmarks that a person marked.
    """
    frame = frame_of_midline(course, marked)
    if frame is None:
        course = replace(course, warnings=(*course.warnings, _TURN))
    else:
        course = replace(course, lps_from_vertebra=frame)
    surface = bone_around(ct, course.neck.points_mm)
    if surface is None:
        return replace(course, warnings=(*course.warnings, "No bone by threshold near the nerve.", _QUALITY))
    ends = course.curve.at(course.neck_arc_mm).points_mm
    half = course.diameter_mm / 2
    above = turns_above(course.target)
    # A nerve that turns above the bone comes to lie on it only further on.
    first = course.neck_arc_mm[1] if above else course.neck_arc_mm[0]
    curve = lay_on_bone(course.curve, surface, ct, first, half)
    neck = curve.closest(ends[0])[0], curve.closest(ends[1])[0]
    moved = float(np.linalg.norm(_middle(curve, neck) - _middle(course.curve, course.neck_arc_mm)))
    found = dict(course.landmarks_mm)
    if above:
        names = ("neck_ventral", "target", "neck_dorsal")
        found.update(zip(names, surface.pressed(np.array([found[name] for name in names]), 0.0), strict=True))
    else:
        places = curve.at([neck[0], 0.5 * (neck[0] + neck[1]), neck[1]]).points_mm
        _, normals = surface.height(places)
        for name, point in zip(("neck_ventral", "target", "neck_dorsal"), places - half * normals, strict=True):
            found[name] = point
    # What was said of the place before it was laid on bone is asked again of where it lies now.
    warnings = [above] if above else []
    warnings += [*(warning for warning in course.warnings if not warning.startswith("At the marked target")), _QUALITY]
    if np.mean(surface.tree.query(curve.at(np.linspace(*neck, 9)).points_mm)[0] > _FAR_MM) > 0.4:
        warnings.append(
            "The threshold finds no bone under much of the nerve (thin cortex, coarse voxels): it is a guess."
        )
    if float(ct.sample(found["target"])) < 0.0:
        warnings.append("At the target the CT shows fat or air, not the edge of bone: look at the points again.")
    if moved > _FAR_MM:
        warnings.append(
            f"The bone's edge lies {moved:.1f} mm from where the marked points put the nerve: look at the points again."
        )
    return replace(
        course,
        curve=curve,
        neck_arc_mm=(float(neck[0]), float(neck[1])),
        landmarks_mm=found,
        spread_mm=float(np.hypot(course.spread_mm, moved / np.sqrt(3.0))),
        target_spread_mm=float(np.hypot(course.target_spread_mm, moved / np.sqrt(3.0))),
        warnings=tuple(warnings),
    )


def _middle(curve: Curve, arcs_mm: tuple[float, float]) -> Array:
    return np.asarray(curve.at([0.5 * (arcs_mm[0] + arcs_mm[1]), arcs_mm[1]]).points_mm[0])
