"""Fit a template vertebra to a patient's: first turned, moved and scaled along its axes, then bent smoothly.

Both steps minimise distances between the two surfaces across themselves (point to plane), in both directions. The first
leaves out the worst fifth: what a label map lacks or adds must not pull. The second must reach what the first could not
bring together, an articular process that stands wider or narrower than the template's, so it looks far before near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.surface import BoneSurface
from neurotomy.geometry import RigidTransform
from neurotomy.progress import SILENT, Progress

__all__ = ["Fit", "Stretch", "fit_surface"]

Array = NDArray[np.float64]

_KEPT = 0.8
"""Share of the pairs that count."""

_STARTS_DEG = (-24.0, -8.0, 8.0, 24.0)
"""Pitch of the starts: the line of bodies and the end plate's normal differ by the lordosis."""

_LEVELS: tuple[tuple[float, int, tuple[float | None, ...]], ...] = (
    (22.0, 60, (6.0, 3.0)),
    (11.0, 90, (4.0, 2.5)),
    (7.0, 110, (2.5,)),
)
"""Bending: width of the bumps in mm, their number, and in each round the gap at which a pair counts half."""

_LEVELS_PARTIAL: tuple[tuple[float, int, tuple[float | None, ...]], ...] = (
    (22.0, 60, (None, None)),
    (11.0, 90, (None, None)),
)
"""The same where a map shows part of the bone only: what is far may be what the map lacks, so the worst fifth is left
out, and no narrow bump is bent after it."""

_STIFF, _STIFF_PARTIAL = 0.5, 1.25
"""The pull towards not bending."""

_FACING = 0.4
"""Cosine of the largest angle between normals of points that can be a pair."""


@dataclass(frozen=True)
class Stretch:
    """``lps = rotation @ (scale * template) + translation_mm``: scale along the vertebra's own axes, no reflection."""

    rotation: Array
    scale: Array
    translation_mm: Array

    def __call__(self, points_mm: ArrayLike) -> Array:
        """Template points (..., 3) in LPS."""
        return (np.asarray(points_mm, dtype=float) * self.scale) @ self.rotation.T + self.translation_mm

    def normals(self, normals: Array) -> Array:
        """Template normals in LPS."""
        turned = (normals / self.scale) @ self.rotation.T
        return np.asarray(turned / np.linalg.norm(turned, axis=1, keepdims=True))

    @property
    def rigid(self) -> RigidTransform:
        """The same without the scale."""
        return RigidTransform(self.rotation, self.translation_mm)


@dataclass(frozen=True)
class _Bumps:
    """Smooth displacement: Gaussian bumps of one width at `centres_mm` with `moves_mm`."""

    centres_mm: Array
    moves_mm: Array
    width_mm: float

    def __call__(self, points: Array) -> Array:
        return points + _bells(points, self.centres_mm, self.width_mm) @ self.moves_mm


@dataclass(frozen=True)
class Fit:
    """How a template lies on the patient's bone.

    Attributes
    ----------
    stretch, bends
        The two steps, one after the other.
    residual_mm
        Root mean square distance between the surfaces near the place that matters.
    """

    stretch: Stretch
    bends: tuple[_Bumps, ...]
    residual_mm: float

    def __call__(self, points_mm: ArrayLike) -> Array:
        """Template points (n, 3) in LPS."""
        moved = self.stretch(points_mm)
        for bend in self.bends:
            moved = bend(moved)
        return moved

    def through(self, template_mm: Array, lps_mm: Array, width_mm: float = 14.0) -> Fit:
        """This fit bent once more so that these points land exactly where they should."""
        here = self(template_mm)
        bells = _bells(here, here, width_mm) + 1e-6 * np.eye(len(here))
        moves = np.asarray(np.linalg.solve(bells, lps_mm - here), dtype=float)
        return Fit(self.stretch, (*self.bends, _Bumps(here, moves, width_mm)), self.residual_mm)


def fit_surface(
    points_mm: Array,
    normals: Array,
    bone: BoneSurface,
    start: RigidTransform,
    near_mm: Array,
    *,
    scale: float = 1.0,
    inside: Any = None,
    partial: bool = False,
    progress: Progress = SILENT,
) -> Fit:
    """Fit template `points_mm` and `normals` (n, 3) to the patient's `bone`.

    Parameters
    ----------
    points_mm, normals : (n, 3) arrays
        Surface of the template, in its own frame.
    bone : BoneSurface
        The patient's.
    start : RigidTransform
        Rough ``lps_from_template``.
    near_mm : (3,) array
        Template point around which the fit matters most (the nerve's target).
    scale : float
        First guess of the patient's size relative to the template's.
    inside : callable taking LPS points (n, 3), optional
        Whether the image shows them: parts of the template outside the image do not count.
    partial : bool
        The bone's surface is known in part only, and where it ends is not known: bend with care.
    progress : Progress
        Told at each step.
    """
    coarse = bone.thinned(3.0)
    few = np.arange(0, len(points_mm), max(len(points_mm) // 700, 1))
    template = points_mm[few], normals[few]
    best: tuple[float, Stretch] | None = None
    for n, pitch in enumerate(_STARTS_DEG):
        progress(0.1 * n, "Fitting a vertebra: pose and size")
        turn = start.rotation @ _about_x(np.radians(pitch))
        begun = Stretch(turn, np.full(3, scale), np.array(start.translation_mm))
        stretch, cost = _stretched(*template, coarse, begun, inside, 8)
        if best is None or cost < best[0]:
            best = cost, stretch
    assert best is not None
    fine = bone.thinned(1.5)
    stretch, _ = _stretched(points_mm[few], normals[few], fine, best[1], inside, 12)
    progress(0.6, "Fitting a vertebra: its own shape")
    fit = Fit(stretch, (), 0.0)
    many = np.arange(0, len(points_mm), max(len(points_mm) // 2500, 1))
    stiff = _STIFF_PARTIAL if partial else _STIFF
    for width, count, reaches_mm in _LEVELS_PARTIAL if partial else _LEVELS:
        for reach_mm in reaches_mm:
            fit = _bent(fit, points_mm[many], normals[many], fine, near_mm, width, count, stiff, reach_mm, inside)
    progress(1.0, "Fitting a vertebra: done")
    return Fit(fit.stretch, fit.bends, _residual(fit, points_mm, normals, bone, near_mm, inside))


def _about_x(angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def _bells(points: Array, centres: Array, width_mm: float) -> Array:
    square = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-0.5 * square / width_mm**2))


@dataclass(frozen=True)
class _Pairs:
    """Rows of the least squares: which template point, where it should go, across which normal, and its weight."""

    template: NDArray[np.intp]
    moved: Array
    wanted: Array
    normal: Array
    weight: Array

    @property
    def gap(self) -> Array:
        return np.asarray(np.einsum("nk,nk->n", self.wanted - self.moved, self.normal))


def _pairs(moved: Array, normals: Array, bone: BoneSurface, inside: Any, reach_mm: float | None = None) -> _Pairs:
    """Each point with the nearest of the other surface. Without `reach_mm` the worst fifth is left out and what counts
    as far follows the median gap; with it a gap of `reach_mm` counts half, and one of 2.5 times that not at all.
    """
    from scipy.spatial import cKDTree

    seen = np.flatnonzero(inside(moved)) if inside is not None else np.arange(len(moved))
    to_bone = np.asarray(bone.tree.query(moved[seen])[1], dtype=np.intp)
    to_template = np.asarray(cKDTree(moved).query(bone.points_mm)[1], dtype=np.intp)
    template = np.concatenate([seen, to_template])
    patient = np.concatenate([to_bone, np.arange(len(bone.points_mm))])
    share = np.concatenate(
        [np.full(len(seen), 1.0 / max(len(seen), 1)), np.full(len(to_template), 1.0 / len(to_template))]
    )
    facing = np.einsum("nk,nk->n", normals[template], bone.normals[patient])
    gap = np.linalg.norm(bone.points_mm[patient] - moved[template], axis=1)
    ok = facing > _FACING
    if reach_mm is not None:
        ok &= gap <= 2.5 * reach_mm
    elif ok.sum() > 50:
        ok &= gap <= np.quantile(gap[ok], _KEPT)
    template, patient, share, gap = template[ok], patient[ok], share[ok], gap[ok]
    normal = normals[template] + bone.normals[patient]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    far = max(2.0 * float(np.median(gap)), 0.5) if reach_mm is None else reach_mm
    robust = 1.0 / (1.0 + (gap / far) ** 2)
    return _Pairs(template, moved[template], bone.points_mm[patient], normal, share * robust)


def _stretched(
    points: Array, normals: Array, bone: BoneSurface, begun: Stretch, inside: Any, rounds: int
) -> tuple[Stretch, float]:
    """Iterated closest points over turn, move and three scales; also the mean gap of what is not trimmed."""
    now = begun
    for n in range(rounds):
        pairs = _pairs(now(points), now.normals(normals), bone, inside)
        scaled = points[pairs.template] * now.scale
        arm = scaled @ now.rotation.T
        axes = pairs.normal @ now.rotation  # the normal in the vertebra's axes: how a scale moves along it
        rows = np.concatenate([np.cross(arm, pairs.normal), pairs.normal, scaled * axes], axis=1)
        weight = np.sqrt(pairs.weight)[:, None]
        # Scales are held near their common start until the pose has settled, and never run away.
        hold = np.diag([0.0] * 6 + [0.3 if n < 3 else 0.02] * 3) * float((weight**2).sum()) * 400.0
        matrix = (rows * weight).T @ (rows * weight) + hold + 1e-9 * np.eye(9)
        pull = -hold[6:, 6:] @ np.log(now.scale / begun.scale)
        right = (rows * weight).T @ (pairs.gap * weight[:, 0]) + np.concatenate([np.zeros(6), pull])
        step = np.linalg.solve(matrix, right)
        now = Stretch(
            _turned(step[:3]) @ now.rotation,
            np.clip(now.scale * np.exp(np.clip(step[6:], -0.1, 0.1)), 0.6, 1.6),
            now.translation_mm + step[3:6],
        )
    moved = now(points)
    return now, _mean_gap(moved, now.normals(normals), bone, inside)


def _turned(vector: Array) -> Array:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(vector).as_matrix())


def _mean_gap(moved: Array, normals: Array, bone: BoneSurface, inside: Any) -> float:
    """Mean of the better four fifths of the gaps, both ways; points that face away count as far."""
    from scipy.spatial import cKDTree

    seen = inside(moved) if inside is not None else np.ones(len(moved), dtype=bool)
    parts = []
    tree = cKDTree(moved)
    for gap, facing in (
        (_gap(bone.tree, moved[seen], normals[seen], bone.normals)),
        (_gap(tree, bone.points_mm, bone.normals, normals)),
    ):
        cost = np.sort(gap + 4.0 * (facing < _FACING))
        parts.append(float(cost[: max(int(_KEPT * len(cost)), 1)].mean()))
    return sum(parts)


def _gap(tree: Any, points: Array, normals: Array, others: Array) -> tuple[Array, Array]:
    gap, near = tree.query(points)
    return gap, np.einsum("nk,nk->n", normals, others[near])


def _bent(
    fit: Fit,
    points: Array,
    normals: Array,
    bone: BoneSurface,
    near_mm: Array,
    width: float,
    count: int,
    stiff: float,
    reach_mm: float | None,
    inside: Any,
) -> Fit:
    """One more smooth bend: bumps on the template's surface, moved so that the surfaces meet."""
    moved = fit(points)
    turned = _moved_normals(fit, points, normals)
    pairs = _pairs(moved, turned, bone, inside, reach_mm)
    middle = fit(near_mm[None])[0]
    distance = np.linalg.norm(moved - middle, axis=1)
    centres = moved[_spread(moved, distance, count, width)]
    # Near the nerve the fit counts more than at the far side of the body.
    weight = pairs.weight / pairs.weight.mean() * (1.0 + 2.0 * np.exp(-0.5 * (distance[pairs.template] / 20.0) ** 2))
    root = np.sqrt(weight)
    bells = _bells(pairs.moved, centres, width) * root[:, None]
    rows = (bells[:, :, None] * pairs.normal[:, None, :]).reshape(len(root), -1)
    bound = stiff * np.kron(_bells(centres, centres, width), np.eye(3)) * len(root) / 400.0
    # The bells' own matrix as pull keeps the bend smooth, not only small.
    matrix = rows.T @ rows + bound + 1e-6 * np.eye(rows.shape[1])
    moves = np.linalg.solve(matrix, rows.T @ (pairs.gap * root)).reshape(-1, 3)
    return Fit(fit.stretch, (*fit.bends, _Bumps(centres, moves, width)), fit.residual_mm)


def _spread(points: Array, distance: Array, count: int, width: float) -> Sequence[int]:
    """Points far from each other, the first near the middle; with narrow bumps only around the middle."""
    close = distance < (1e9 if width > 15.0 else 36.0)
    allowed = np.asarray(np.flatnonzero(close) if close.sum() >= count else np.argsort(distance)[:count], dtype=np.intp)
    chosen = [int(allowed[int(np.argmin(distance[allowed]))])]
    gap = np.linalg.norm(points[allowed] - points[chosen[0]], axis=1)
    while len(chosen) < count and gap.max() > 0.6 * width:
        chosen.append(int(allowed[int(np.argmax(gap))]))
        gap = np.minimum(gap, np.linalg.norm(points[allowed] - points[chosen[-1]], axis=1))
    return chosen


def _moved_normals(fit: Fit, points: Array, normals: Array, step_mm: float = 0.5) -> Array:
    """Normals of the moved surface, from where two tangents land."""
    helper = np.eye(3)[np.argmin(np.abs(normals), axis=1)]
    first = np.cross(normals, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(normals, first)
    here = fit(points)
    turned = np.cross(fit(points + step_mm * first) - here, fit(points + step_mm * second) - here)
    return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12))


def _residual(
    fit: Fit, points: Array, normals: Array, bone: BoneSurface, near_mm: Array, inside: Any, within_mm: float = 12.0
) -> float:
    """Root mean square height of the moved template over the patient's surface near the target."""
    close = np.asarray(np.linalg.norm(points - near_mm, axis=1) < within_mm)
    if inside is not None:
        close[close] = inside(fit(points[close]))
    if close.sum() < 5:
        return float("inf")
    bone = bone.without_seam()
    turned = _moved_normals(fit, points[close], normals[close])
    height, _ = bone.height(fit(points[close]), turned)
    return float(np.sqrt(np.mean(np.clip(height, -8.0, 8.0) ** 2)))
