"""Fit a template vertebra to a patient's: first turned, moved and scaled along its axes, then bent smoothly.

Both steps minimise distances between the two surfaces across themselves (point to plane), in both directions. The first
(:mod:`~neurotomy.anatomy.fit_pose`) is one for all nerves of a bone. The second must reach what the first could not
bring together, an articular process that stands wider or narrower than the template's, so it looks far before near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.fit_pose import Stretch, surface_pairs
from neurotomy.anatomy.surface import BoneSurface
from neurotomy.progress import SILENT, Progress

__all__ = ["Fit", "fit_surface"]

Array = NDArray[np.float64]

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

_AROUND_MM, _BELL_ENDS = 36.0, 4.0
"""Narrow bumps stand this close to the target only; beyond so many widths a bump moves nothing."""


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

    def normals(self, points_mm: Array, normals: Array, step_mm: float = 0.5) -> Array:
        """Template `normals` at `points_mm` (n, 3) in LPS, from where two tangents land."""
        helper = np.eye(3)[np.argmin(np.abs(normals), axis=1)]
        first = np.cross(normals, helper)
        first /= np.linalg.norm(first, axis=1, keepdims=True)
        second = np.cross(normals, first)
        here = self(points_mm)
        turned = np.cross(self(points_mm + step_mm * first) - here, self(points_mm + step_mm * second) - here)
        return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12))

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
    pose: Stretch,
    near_mm: Array,
    *,
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
    pose : Stretch
        Where the template lies before it is bent, see :func:`~neurotomy.anatomy.fit_pose.fit_pose`.
    near_mm : (3,) array
        Template point around which the fit matters most (the nerve's target).
    inside : callable taking LPS points (n, 3), optional
        Whether the image shows them: parts of the template outside the image do not count.
    partial : bool
        The bone's surface is known in part only, and where it ends is not known: bend with care.
    progress : Progress
        Told at each step.
    """
    fine = bone.thinned(1.5)
    progress(0.3, "Fitting a vertebra: its own shape")
    fit = Fit(pose, (), 0.0)
    many = np.arange(0, len(points_mm), max(len(points_mm) // 2500, 1))
    stiff = _STIFF_PARTIAL if partial else _STIFF
    for width, count, reaches_mm in _LEVELS_PARTIAL if partial else _LEVELS:
        for reach_mm in reaches_mm:
            fit = _bent(fit, points_mm[many], normals[many], fine, near_mm, width, count, stiff, reach_mm, inside)
    progress(1.0, "Fitting a vertebra: done")
    return Fit(fit.stretch, fit.bends, _residual(fit, points_mm, normals, bone, near_mm, inside))


def _bells(points: Array, centres: Array, width_mm: float) -> Array:
    # Squares by one matrix product, about a middle near all of them, so that nothing is lost to rounding.
    middle = centres.mean(axis=0)
    a, b = points - middle, centres - middle
    square = a @ (-2.0 * b.T)
    square += (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)
    np.clip(square, 0.0, None, out=square)
    square *= -0.5 / width_mm**2
    return np.asarray(np.exp(square, out=square))


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
    turned = fit.normals(points, normals)
    pairs = surface_pairs(moved, turned, bone, inside, reach_mm)
    middle = fit(near_mm[None])[0]
    distance = np.linalg.norm(moved - middle, axis=1)
    chosen = _spread(moved, distance, count, width)
    centres = moved[chosen]
    # Near the nerve the fit counts more than at the far side of the body.
    weight = pairs.weight / pairs.weight.mean() * (1.0 + 2.0 * np.exp(-0.5 * (distance[pairs.template] / 20.0) ** 2))
    reached = distance[pairs.template] < distance[chosen].max() + _BELL_ENDS * width
    root = np.sqrt(weight[reached])
    bells = _bells(pairs.moved[reached], centres, width) * root[:, None]
    rows = (bells[:, :, None] * pairs.normal[reached][:, None, :]).reshape(len(root), -1)
    bound = stiff * np.kron(_bells(centres, centres, width), np.eye(3)) * len(weight) / 400.0
    # The bells' own matrix as pull keeps the bend smooth, not only small.
    matrix = rows.T @ rows + bound + 1e-6 * np.eye(rows.shape[1])
    moves = np.linalg.solve(matrix, rows.T @ (pairs.gap[reached] * root)).reshape(-1, 3)
    return Fit(fit.stretch, (*fit.bends, _Bumps(centres, moves, width)), fit.residual_mm)


def _spread(points: Array, distance: Array, count: int, width: float) -> Sequence[int]:
    """Points far from each other, the first near the middle; with narrow bumps only around the middle."""
    close = distance < (1e9 if width > 15.0 else _AROUND_MM)
    allowed = np.asarray(np.flatnonzero(close) if close.sum() >= count else np.argsort(distance)[:count], dtype=np.intp)
    chosen = [int(allowed[int(np.argmin(distance[allowed]))])]
    gap = np.linalg.norm(points[allowed] - points[chosen[0]], axis=1)
    while len(chosen) < count and gap.max() > 0.6 * width:
        chosen.append(int(allowed[int(np.argmax(gap))]))
        gap = np.minimum(gap, np.linalg.norm(points[allowed] - points[chosen[-1]], axis=1))
    return chosen


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
    turned = fit.normals(points[close], normals[close])
    height, _ = bone.height(fit(points[close]), turned)
    return float(np.sqrt(np.mean(np.clip(height, -8.0, 8.0) ** 2)))
