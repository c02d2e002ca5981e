"""A nerve as a tube: nodes along its course, and points that fill and bound its cross-section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import NerveCourse
from neurotomy.errors import GuidanceError
from neurotomy.geometry import unit

__all__ = ["DISC", "RIM", "NerveTube", "across", "share_inside", "tube"]

Array = NDArray[np.float64]


SPOKES = 32
"""Directions in which the cross-section is cut from its centre to its edge."""

RADII: Array = np.linspace(0.0, 1.0, 7)
"""Places along each spoke, in nerve radii; the last one is the nerve's surface."""

_SPOKE = 2 * np.pi * (np.arange(SPOKES) + 0.5) / SPOKES
DISC: Array = (RADII[None, :, None] * np.stack([np.cos(_SPOKE), np.sin(_SPOKE)], axis=1)[:, None, :]).reshape(-1, 2)
"""Points in the unit disc, spoke by spoke; the pattern is its own mirror image, so left equals right."""


def share_inside(values: Array) -> Array:
    """Share of the disc's area where `values`, (..., len(DISC)), are at least 0: shape (...), 0 to 1.

    Values are linear along each spoke between its points, and each spoke stands for an equal sector.
    """
    v = values.reshape(*values.shape[:-1], SPOKES, len(RADII))
    a, b = v[..., :-1], v[..., 1:]
    low, high = RADII[:-1], RADII[1:]
    change = np.where(a == b, 1.0, a - b)
    cut = low + (high - low) * np.clip(a / change, 0.0, 1.0)
    start = np.where(a >= 0, low, np.where(b >= 0, cut, high))
    stop = np.where(b >= 0, high, np.where(a >= 0, cut, high))
    return np.asarray((stop**2 - start**2).sum(axis=-1).mean(axis=-1))


_TURN = 2 * np.pi * np.arange(12) / 12
RIM: Array = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
"""12 points on the unit circle: the whole cross-section is coagulated when its edge is.

A lesion has no holes at the scale of a nerve, so an edge inside the lesion means an inside within it.
"""


@dataclass(frozen=True)
class NerveTube:
    """Nodes along one nerve with a frame across it.

    Attributes
    ----------
    arc_mm
        Distance of each node along the course, (n,); the ends of the neck are nodes.
    centre_lps_mm, tangent
        Nodes and unit tangents, LPS, (n, 3).
    first, second
        Unit vectors across the nerve at each node, LPS, (n, 3).
    radius_mm
        Half the nerve's diameter.
    neck
        Indices of the first and the last node on the neck of the superior articular process.
    pivot_lps_mm
        Middle of the neck: position spread turns the nerve about it.
    spread_axes
        Mean direction along the neck, and the two directions across it, (3, 3) rows.
    """

    arc_mm: Array
    centre_lps_mm: Array
    tangent: Array
    first: Array
    second: Array
    radius_mm: float
    neck: tuple[int, int]
    pivot_lps_mm: Array
    spread_axes: Array

    def points_lps_mm(self, pattern: Array) -> Array:
        """Points of a pattern on the unit disc, (k, 2), at every node: (n, k, 3)."""
        scaled = self.radius_mm * pattern
        return (
            self.centre_lps_mm[:, None, :]
            + scaled[None, :, :1] * self.first[:, None, :]
            + scaled[None, :, 1:] * self.second[:, None, :]
        )


def across(direction: Array, course: NerveCourse) -> tuple[Array, Array]:
    """Two unit vectors across `direction`, shape (..., 3), fixed to the patient's bone.

    They turn with the patient, and the mirror image of a left nerve has the mirrored vectors of the right one: so
    results depend neither on how the patient lies in the scanner nor on the side.
    """
    axes = course.lps_from_vertebra.rotation.T  # rows: left, posterior, along the end plate's normal
    # The mid-plane's own two axes are the same seen from both sides; take the one that is less along `direction`.
    posterior, up = axes[1], axes[2]
    use_up = np.abs(direction @ up) <= np.abs(direction @ posterior)
    helper = np.where(use_up[..., None], up, posterior)
    first = unit(helper - np.sum(helper * direction, axis=-1, keepdims=True) * direction)
    return first, course.target.side.sign * np.cross(direction, first)


def tube(course: NerveCourse, step_mm: float) -> NerveTube:
    """The nerve of `course` as a tube with nodes at most `step_mm` apart.

    Raises
    ------
    GuidanceError
        When the neck lies outside the course, or the nerve has no thickness.
    """
    length = course.curve.length_mm
    start, stop = course.neck_arc_mm
    tolerance = 1e-6 * max(length, 1.0)
    if not (-tolerance <= start < stop <= length + tolerance):
        raise GuidanceError(
            f"The neck of the {course.target.label} is given from {start:g} to {stop:g} mm along a course of "
            f"{length:g} mm. It must lie on the course: check the landmarks."
        )
    if not course.diameter_mm > 0:
        raise GuidanceError(f"The {course.target.label} has diameter {course.diameter_mm:g} mm; it must be above 0.")
    start, stop = max(start, 0.0), min(stop, length)
    edges = [0.0, start, stop, length]
    pieces: list[Array] = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        count = int(np.ceil((high - low) / step_mm - 1e-9)) if high - low > tolerance else 0
        pieces.append(np.linspace(low, high, count + 1)[:-1] if count else np.empty(0))
    arc = np.concatenate([*pieces, [length]])
    placed = course.curve.at(arc)
    tangent = placed.tangents
    first, second = across(tangent, course)
    neck = (int(np.argmin(np.abs(arc - start))), int(np.argmin(np.abs(arc - stop))))
    pivot = course.curve.at([start, (start + stop) / 2, stop]).points_mm
    along = unit(pivot[2] - pivot[0])
    return NerveTube(
        arc_mm=arc,
        centre_lps_mm=placed.points_mm,
        tangent=tangent,
        first=first,
        second=second,
        radius_mm=course.diameter_mm / 2,
        neck=neck,
        pivot_lps_mm=pivot[1],
        spread_axes=np.stack([along, *across(along, course)]),
    )
