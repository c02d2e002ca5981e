"""Turn, move and scale a template vertebra along its own axes so that it lies on a patient's bone.

Least squares of distances across the surfaces (point to plane), in both directions; the worst fifth is left out: what a
label map lacks or adds must not pull. It is the same for every nerve over that bone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.surface import BoneSurface
from neurotomy.geometry import RigidTransform

__all__ = ["Pairs", "Stretch", "fit_pose", "surface_pairs"]

Array = NDArray[np.float64]

_KEPT = 0.8
"""Share of the pairs that count."""

_STARTS_DEG = (-24.0, -8.0, 8.0, 24.0)
"""Pitch of the starts: the line of bodies and the end plate's normal differ by the lordosis."""

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


def fit_pose(
    points_mm: Array,
    normals: Array,
    bone: BoneSurface,
    start: RigidTransform,
    *,
    scale: float = 1.0,
    inside: Any = None,
) -> Stretch:
    """How template `points_mm` with `normals` (n, 3) lie on the patient's `bone` before they are bent.

    Parameters
    ----------
    points_mm, normals : (n, 3) arrays
        Surface of the template, in its own frame.
    bone : BoneSurface
        The patient's.
    start : RigidTransform
        Rough ``lps_from_template``.
    scale : float
        First guess of the patient's size relative to the template's.
    inside : callable taking LPS points (n, 3), optional
        Whether the image shows them: parts of the template outside the image do not count.
    """
    coarse = bone.thinned(3.0)
    few = np.arange(0, len(points_mm), max(len(points_mm) // 700, 1))
    template = points_mm[few], normals[few]
    best: tuple[float, Stretch] | None = None
    for pitch in _STARTS_DEG:
        turn = start.rotation @ _about_x(np.radians(pitch))
        begun = Stretch(turn, np.full(3, scale), np.array(start.translation_mm))
        stretch, cost = _stretched(*template, coarse, begun, inside, 8)
        if best is None or cost < best[0]:
            best = cost, stretch
    assert best is not None
    return _stretched(*template, bone.thinned(1.5), best[1], inside, 12)[0]


def _about_x(angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


@dataclass(frozen=True)
class Pairs:
    """Rows of the least squares: which template point, where it lies and should go, across which normal, its weight."""

    template: NDArray[np.intp]
    moved: Array
    wanted: Array
    normal: Array
    weight: Array

    @property
    def gap(self) -> Array:
        """Distance to go across the normal, (n,), mm."""
        return np.asarray(np.einsum("nk,nk->n", self.wanted - self.moved, self.normal))


def surface_pairs(moved: Array, normals: Array, bone: BoneSurface, inside: Any, reach_mm: float | None = None) -> Pairs:
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
    return Pairs(template, moved[template], bone.points_mm[patient], normal, share * robust)


def _stretched(
    points: Array, normals: Array, bone: BoneSurface, begun: Stretch, inside: Any, rounds: int
) -> tuple[Stretch, float]:
    """Iterated closest points over turn, move and three scales; also the mean gap of what is not trimmed."""
    now = begun
    for n in range(rounds):
        pairs = surface_pairs(now(points), now.normals(normals), bone, inside)
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
