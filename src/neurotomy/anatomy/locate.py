"""Find the nerves of a treatment on the patient's CT: from a label map, from marked points, or from both.

A label map: the template of each bone is fitted to the patient's bone (:mod:`~neurotomy.anatomy.fit`) and carries
landmarks and nerve with it; the nerve is then laid on the bone. Marked points bend the fit so that it goes through
them, and without a label map they alone place the template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.fit import Fit, fit_surface
from neurotomy.anatomy.fit_checks import check_bone_there, check_map, check_on_bone, check_side
from neurotomy.anatomy.fit_levels import level_warnings
from neurotomy.anatomy.fit_points import fit_points
from neurotomy.anatomy.fit_pose import Stretch, fit_pose
from neurotomy.anatomy.fit_spread import mark_sd, marked_spread, nerve_spread, target_spread
from neurotomy.anatomy.fit_start import Rough, bone_ids, rough_bones, rough_frame
from neurotomy.anatomy.landmarks import MIDLINE, ON_SURFACE, Landmark, marks
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.regions.checks import check_regional_fit
from neurotomy.anatomy.regions.templates import is_regional, regional_template, turns_above
from neurotomy.anatomy.regions.threshold import laid_on_threshold
from neurotomy.anatomy.spine import TemplateVertebra, template_vertebra
from neurotomy.anatomy.surface import BoneSurface, bone_surface
from neurotomy.anatomy.surface_axes import toward_lps
from neurotomy.anatomy.surface_lay import lay_on_bone
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Curve, RigidTransform, Volume, unit
from neurotomy.imaging.labels import SACRUM_ID
from neurotomy.progress import SILENT, Progress

__all__ = ["BY_LABELS", "BY_LANDMARKS", "locate_nerves"]

Array = NDArray[np.float64]

BY_LABELS = "template fitted to label map"
BY_LANDMARKS = "landmarks"

_POOR_FIT_MM = 2.0
"""Residual from which a person is told to look."""

_LAID_MM = 0.6, 3.0
"""How far the nerve that the template brings is moved to lie on bone: least and most."""

_EDGE_MM = 4.0
"""The middle of the neck must lie this far inside the image: about the radius of a lesion."""

_FEWEST_POINTS, _THINNEST_MM = 150, 10.0
"""What of a bone must be shown at least: surface points 3 mm apart, and its thickness."""

_BEYOND_MM, _BONE_BEYOND_HU = 4.0, 130.0
"""Outside an unfinished label: bone goes on when the CT is above this, this far out."""


def locate_nerves(
    ct: Volume,
    labels: Volume | None,
    targets: Sequence[Target],
    landmarks: Sequence[Landmark] = (),
    progress: Progress = SILENT,
) -> tuple[NerveCourse, ...]:
    """The course of each target on this CT, in the order of `targets`.

    Parameters
    ----------
    ct : Volume
        HU.
    labels : Volume or None
        Label map on the CT's grid, ids of :data:`neurotomy.imaging.labels.VERTEBRA_IDS`.
    targets : sequence of Target
        See :func:`neurotomy.anatomy.innervation.targets_for`.
    landmarks : sequence of Landmark
        Points that a person has marked. With a label map they correct the fit; without one each target needs those of
        :data:`neurotomy.anatomy.landmarks.NEEDED` and one midline point.
    progress : Progress
        Told for each bone.

    Returns
    -------
    tuple of NerveCourse
        ``target_spread_mm`` combines the residual of the fit near the target and how far a template slides along
        the bone; ``spread_mm`` adds what real bones and nerves vary (evidence ``innervation.locate``).

    Raises
    ------
    AnatomyError
        When the level is not shown or cut off, the sides or the order of the label map are wrong, a nerve has no
        template, or landmarks are missing.
    """
    if labels is not None and not labels.same_grid(ct):
        raise AnatomyError("The label map does not lie on the CT's grid. Read it with read_labels(path, ct).")
    ct, labels = toward_lps(ct), None if labels is None else toward_lps(labels)
    bones = rough_bones(labels) if labels is not None else {}
    doubts: tuple[str, ...] = ()
    if labels is not None:
        check_map(labels, bones)
        doubts = level_warnings(labels, bones)
    seen: dict[str, _Bone] = {}
    posed: dict[tuple[str, int], _Posed] = {}
    courses = []
    for n, target in enumerate(targets):
        part = progress.part(n / len(targets), (n + 1) / len(targets))
        part(0.0, f"Finding the {target.label}")
        template = _template(target)
        marked = _marked(landmarks, target, template)
        if labels is not None:
            check_bone_there(target.bone, bones)
            if target.bone not in seen:
                seen[target.bone] = _bone(ct, labels, target.bone)
            bone = seen[target.bone]
            # Both sides and all nerves of one template lie on it in one pose.
            key = target.bone, id(template.surface_mm)
            if key not in posed:
                posed[key] = _posed(labels, bones, bone, template)
            course = _by_labels(ct, labels, bone, posed[key], template, target, marked, part)
            course = replace(course, warnings=(*doubts, *course.warnings))
        else:
            course = _by_landmarks(ct, template, target, marked)
            if is_regional(target):
                course = laid_on_threshold(ct, course, marked)
        courses.append(course)
    progress(1.0, "Nerves found")
    return tuple(courses)


@dataclass(frozen=True)
class _Bone:
    """A bone of the map, whether the image cuts it, and whether the map shows only its middle part."""

    surface: BoneSurface
    cut: bool
    partial: bool = False


@dataclass(frozen=True)
class _Posed:
    """A template in its place on a bone, before it is bent: the surface to bend to, and what of it the image shows."""

    surface: BoneSurface
    stretch: Stretch
    inside: Callable[[Array], NDArray[np.bool_]] | None


def _posed(labels: Volume, bones: Mapping[str, Rough], bone: _Bone, template: TemplateVertebra) -> _Posed:
    start = rough_frame(template.bone, dict(bones))
    inside = _within(bone.surface, labels) if bone.cut else None
    p, n = template.surface_mm, template.normals
    if template.bone != "S1":
        scale = 1.0 if bone.cut else _size(bone.surface, template)
        return _Posed(bone.surface, fit_pose(p, n, bone.surface, start, scale=scale, inside=inside), inside)
    rough = fit_pose(p, n, _upper(bone.surface, start, template), start, inside=inside)
    surface = _upper(bone.surface, rough.rigid, template)  # now that its axes are known, cut where the template ends
    return _Posed(surface, fit_pose(p, n, surface, rough.rigid, inside=inside), inside)


def _within(surface: BoneSurface, labels: Volume) -> Callable[[Array], NDArray[np.bool_]]:
    """Whether the map can show points at all: in the image, and not beyond the box of what is labelled."""
    low, high = surface.points_mm.min(axis=0) - 4.0, surface.points_mm.max(axis=0) + 4.0

    def inside(points: Array) -> NDArray[np.bool_]:
        near = np.all((points > low) & (points < high), axis=1)
        return np.asarray(labels.contains(points) & near, dtype=np.bool_)

    return inside


def _template(target: Target) -> TemplateVertebra:
    if is_regional(target):
        return regional_template(target)
    template = template_vertebra(target.bone)
    known = template.nerves[target.side].target
    if known != target:
        raise AnatomyError(
            f"There is no template of the {target.label}; over this bone runs the {known.label}. "
            "Only medial branches T12 to L4 and the L5 dorsal ramus can be found so far."
        )
    return template


def _marked(landmarks: Sequence[Landmark], target: Target, template: TemplateVertebra) -> dict[str, Array]:
    known = template.landmarks_mm[target.side]
    marked = {}
    for mark in landmarks:
        if mark.bone != target.bone or (mark.side is not target.side and mark.name not in MIDLINE):
            continue
        if not marks(mark.name, target):
            continue
        if mark.name not in known:
            raise AnatomyError(
                f"'{mark.name}' is no landmark of {target.bone} at the {target.label}; it has: {', '.join(known)}."
            )
        marked[mark.name] = np.array(mark.lps_mm)
    return marked


def _bone(ct: Volume, labels: Volume, bone: str) -> _Bone:
    check_on_bone(ct, labels, bone)
    surface = bone_surface(labels, bone_ids(bone))
    assert surface is not None
    shown = surface.thinned(3.0)
    if len(shown.points_mm) < _FEWEST_POINTS or np.ptp(shown.points_mm, axis=0).min() < _THINNEST_MM:
        raise AnatomyError(f"The CT shows only a sliver of {bone}. Take a CT that shows {bone} whole.")
    if bone == "S1" and not (labels.array == SACRUM_ID).any():
        # The alae are not labelled: where the label ends and the CT's bone goes on, there is no surface.
        goes_on = ct.sample(surface.points_mm + _BEYOND_MM * surface.normals, outside=-1024.0) > _BONE_BEYOND_HU
        surface = replace(surface, seam=surface.seam | goes_on)
        return _Bone(surface, bool(surface.seam.any()), partial=True)
    return _Bone(surface, bool(surface.seam.any()))


def _by_labels(
    ct: Volume,
    labels: Volume,
    bone: _Bone,
    posed: _Posed,
    template: TemplateVertebra,
    target: Target,
    marked: Mapping[str, Array],
    progress: Progress,
) -> NerveCourse:
    side = target.side
    near = template.landmarks_mm[side]["target"]
    fit = fit_surface(
        template.surface_mm, template.normals, posed.surface, posed.stretch, near,
        inside=posed.inside, partial=bone.partial, progress=progress,
    )  # fmt: skip
    before = {"target": fit(near[None])[0]}
    if marked:
        names = list(marked)
        fit = fit.through(
            np.array([template.landmarks_mm[side][name] for name in names]), np.array([marked[name] for name in names])
        )
    check_regional_fit(target, bone.partial, fit.residual_mm)
    nerve = template.nerves[side]
    carried = Curve(fit(nerve.curve.points_mm))
    ends = fit(nerve.curve.at(nerve.neck_arc_mm).points_mm)
    above = turns_above(target)
    on_bone_from = carried.closest(ends[1 if above else 0])[0]
    looks = fit.normals(nerve.curve.points_mm, _under(template, nerve.curve.points_mm))
    # A bent template lies on the bone already, but for its residual: beyond that, voxels have filled a groove.
    most_mm = float(np.clip(2.0 * fit.residual_mm, *_LAID_MM))
    curve = lay_on_bone(carried, bone.surface, ct, on_bone_from, nerve.diameter_mm / 2, looks, most_mm)
    neck = curve.closest(ends[0])[0], curve.closest(ends[1])[0]
    found = _landmarks(fit, template, side, bone.surface, curve, neck, nerve.diameter_mm / 2)
    found.update(marked)
    warnings = [above] if above else []
    if bone.partial:
        warnings.append(
            "The label map shows the middle of S1 (26) without the rest of the sacrum (25): the ala is a guess. "
            "Give a map that holds the sacrum."
        )
    elif bone.cut:
        warnings.append(f"{target.bone} is cut by the edge of the image; its shape was fitted to what is shown.")
    if fit.residual_mm > _POOR_FIT_MM:
        warnings.append(
            f"The template fits {target.bone} poorly near the target ({fit.residual_mm:.1f} mm): look at the nerve on "
            "the CT, or mark the target yourself."
        )
    if labels.spacing_mm.max() > 2.0:
        warnings.append(
            f"Voxels of up to {labels.spacing_mm.max():.2g} mm blur the facet joints: the nerve's place is uncertain."
        )
    warnings.extend(_check_shown(ct, target, found["target"], curve.at(neck).points_mm))
    frame = _frame(fit, template)
    check_side(target, found["target"], frame.translation_mm, frame.rotation[:, 0])
    spread = target_spread(fit.residual_mm, bone.surface.noise_mm, target)
    if "target" in marked:
        spread = marked_spread(spread, mark_sd(ct), float(np.linalg.norm(marked["target"] - before["target"])))
    return NerveCourse(
        target=target,
        curve=curve,
        neck_arc_mm=neck,
        diameter_mm=nerve.diameter_mm,
        spread_mm=nerve_spread(spread, template=True),
        target_spread_mm=spread,
        method=BY_LABELS,
        landmarks_mm=found,
        lps_from_vertebra=frame,
        warnings=tuple(warnings),
    )


def _under(template: TemplateVertebra, points_mm: Array) -> Array:
    """Outward normals (n, 3) of the template's surface under these points."""
    surface = BoneSurface(template.surface_mm, template.normals, np.zeros(len(template.normals), dtype=bool), 0.0)
    return surface.height(points_mm)[1]


def _landmark_sd() -> float:
    return evidence.value("innervation.locate.landmark_sd")


def _size(surface: BoneSurface, template: TemplateVertebra) -> float:
    """Size of the patient's bone relative to the template's: ratio of root mean square radii."""
    here, there = (float(np.sqrt(((p - p.mean(axis=0)) ** 2).sum(axis=1).mean())) for p in (
        surface.thinned(3.0).points_mm, template.surface_mm))  # fmt: skip
    return float(np.clip(here / there, 0.7, 1.4))


def _upper(surface: BoneSurface, lps_from_bone: RigidTransform, template: TemplateVertebra) -> BoneSurface:
    """The part of a sacrum that the template of S1 shows."""
    z = lps_from_bone.inverse()(surface.points_mm)[:, 2]
    keep = z > template.surface_mm[:, 2].min() - 1.0
    return BoneSurface(surface.points_mm[keep], surface.normals[keep], surface.seam[keep], surface.noise_mm)


def _landmarks(
    fit: Fit,
    template: TemplateVertebra,
    side: Side,
    surface: BoneSurface,
    curve: Curve,
    neck: tuple[float, float],
    height_mm: float,
) -> dict[str, Array]:
    names = list(template.landmarks_mm[side])
    carried = fit(np.array([template.landmarks_mm[side][name] for name in names]))
    found = dict(zip(names, carried, strict=True))
    on = [name for name in names if name in ON_SURFACE]
    found.update(zip(on, surface.pressed(np.array([found[name] for name in on]), 0.0), strict=True))
    if is_regional(template.nerves[side].target) and template.bone[0] != "C":
        # The smooth nerve rounds the corner of a process and the rim of a foramen: it would pull them along.
        return {name: np.asarray(point) for name, point in found.items()}
    # Those of the neck lie right under the nerve.
    places = curve.at([neck[0], 0.5 * (neck[0] + neck[1]), neck[1]]).points_mm
    _, normals = surface.height(places)
    for name, point in zip(("neck_ventral", "target", "neck_dorsal"), places - height_mm * normals, strict=True):
        found[name] = point
    return {name: np.asarray(point) for name, point in found.items()}


def _frame(fit: Fit, template: TemplateVertebra) -> RigidTransform:
    """The vertebra's frame: +z is the normal of a plane through the carried upper end plate."""
    p, n = template.surface_mm, template.normals
    half = template.height_mm / 2
    plate = (n[:, 2] > 0.8) & (np.abs(p[:, 0]) < 0.35 * template.width_mm) & (np.abs(p[:, 2] - half) < 3.0)
    plate &= np.abs(p[:, 1]) < 0.25 * template.width_mm
    stretched = fit.stretch.rigid
    up = stretched.rotation[:, 2]
    if plate.sum() >= 12:
        moved = fit(p[plate])
        normal = np.linalg.svd(moved - moved.mean(axis=0), full_matrices=False)[2][2]
        normal = normal * np.sign(normal @ up)
        if normal @ up > 0.9:
            up = normal
    x = unit(stretched.rotation[:, 0] - (stretched.rotation[:, 0] @ up) * up)
    return RigidTransform.from_frame(fit(np.zeros((1, 3)))[0], np.array([x, np.cross(up, x), up]))


def _check_shown(ct: Volume, target: Target, middle: Array, ends: Array) -> list[str]:
    """A warning where an end of the neck is cut off; refused where its middle is."""
    moves = _EDGE_MM * np.concatenate([np.eye(3), -np.eye(3)])
    if not ct.contains(middle + moves).all():
        raise AnatomyError(
            f"The edge of the image cuts off the place of the {target.label}. Take a CT that shows {target.bone} whole."
        )
    if ct.contains(ends[:, None, :] + moves).all():
        return []
    return [f"Part of the neck of {target.bone} lies at or beyond the edge of the image: there the nerve is a guess."]


def _by_landmarks(ct: Volume, template: TemplateVertebra, target: Target, marked: Mapping[str, Array]) -> NerveCourse:
    fit, residual = fit_points(template, target, marked)
    nerve = template.nerves[target.side]
    curve = Curve(fit(nerve.curve.points_mm)).resampled(0.4)
    ends = fit(nerve.curve.at(nerve.neck_arc_mm).points_mm)
    names = list(template.landmarks_mm[target.side])
    carried = fit(np.array([template.landmarks_mm[target.side][name] for name in names]))
    found = {name: np.asarray(p) for name, p in zip(names, carried, strict=True)}
    found.update(marked)
    cut = _check_shown(ct, target, found["target"], ends)
    frame = fit.stretch.rigid
    midline = next(found[name] for name in MIDLINE if name in marked)
    check_side(target, found["target"], midline, frame.rotation[:, 0])
    guessed = ", ".join(name for name in names if name not in marked)
    warnings = [f"Placed by {len(marked)} marked points; {guessed} follow from the template's shape.", *cut]
    if float(ct.sample(found["target"])) < 0.0:
        warnings.append("At the marked target the CT shows fat or air, not the edge of bone. Look again.")
    return NerveCourse(
        target=target,
        curve=curve,
        neck_arc_mm=(curve.closest(ends[0])[0], curve.closest(ends[1])[0]),
        diameter_mm=nerve.diameter_mm,
        spread_mm=nerve_spread(float(np.hypot(residual, _landmark_sd())), template=False),
        target_spread_mm=float(np.hypot(residual, _landmark_sd())),
        method=BY_LANDMARKS,
        landmarks_mm=found,
        lps_from_vertebra=RigidTransform(frame.rotation, found["body_centre"]),
        warnings=tuple(warnings),
    )
