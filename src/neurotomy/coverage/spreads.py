"""What varies between the plan and the patient, and random draws of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import NerveCourse
from neurotomy.coverage.tube import NerveTube, across
from neurotomy.geometry import RigidTransform
from neurotomy.results import Result

__all__ = ["Spreads"]

Array = NDArray[np.float64]

_TISSUE, _NERVE, _NEEDLE = 0, 1, 2  # one stream of random numbers for each kind, so that adding one changes no other


@dataclass(frozen=True)
class Spreads(Result):
    """Standard deviations of everything that is sampled; all zero gives the plan itself.

    Attributes
    ----------
    nerve_scale
        Factor on each course's own ``spread_mm`` (two directions across the nerve, the whole neck shifted together).
    nerve_direction_deg
        Tilt of the nerve about the middle of the neck, in each of two directions.
    tip_across_mm, tip_along_mm, needle_direction_deg
        Position of the needle's apex across (each of two directions) and along the shaft; tilt of the shaft about the
        apex in each of two directions.
    depth_shared, depth_own
        Spread of the logarithm of the lesion's depth (distance of its edge from the active tip's surface): what all
        lesions of one patient share (tissue, temperature, criterion), and what each has for itself (contact, repeats).
    """

    nerve_scale: float
    nerve_direction_deg: float
    tip_across_mm: float
    tip_along_mm: float
    needle_direction_deg: float
    depth_shared: float
    depth_own: float

    @classmethod
    @cache
    def from_evidence(cls) -> Spreads:
        """The project's values, each with its reason in ``evidence/data/coverage.toml``."""
        value = evidence.value
        start = value("coverage.lesion.start_temperature_sd") * value("coverage.lesion.depth_gain_per_c")
        criterion = value("coverage.lesion.criterion_sd")
        return cls(
            nerve_scale=1.0,
            nerve_direction_deg=value("coverage.nerve.direction_sd"),
            tip_across_mm=value("coverage.needle.tip_across_sd"),
            tip_along_mm=value("coverage.needle.tip_along_sd"),
            needle_direction_deg=value("coverage.needle.direction_sd"),
            depth_shared=float(np.hypot(start, criterion)),
            depth_own=value("coverage.lesion.replicate_sd"),
        )

    @classmethod
    def none(cls) -> Spreads:
        """No spread: every sample is the plan."""
        return cls(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    def sentences(self, courses: tuple[NerveCourse, ...]) -> tuple[str, ...]:
        """What is sampled, in words with units."""
        nerves = ", ".join(f"{c.target.label} {self.nerve_scale * c.spread_mm:.2g} mm" for c in courses)
        return (
            f"nerve position, SD in each of two directions across it, the neck shifted as a whole: {nerves}",
            f"nerve direction, SD {self.nerve_direction_deg:.2g}° in each of two directions",
            f"needle tip, SD {self.tip_across_mm:.2g} mm in each of two directions across the shaft and "
            f"{self.tip_along_mm:.2g} mm along it",
            f"needle direction, SD {self.needle_direction_deg:.2g}° in each of two directions",
            f"lesion depth, SD {100 * self.depth_shared:.2g} % shared by all lesions of the patient and "
            f"{100 * self.depth_own:.2g} % of each lesion's own",
        )

    def nerve_motion(self, tube: NerveTube, course: NerveCourse, seed: int, n: int, samples: int) -> Motion:
        """Displacement of the `n`-th nerve in each sample, LPS."""
        draw = _normals(seed, (_NERVE, n), samples, 4)
        along, *sideways = tube.spread_axes
        tilt = np.tan(np.radians(self.nerve_direction_deg)) * draw[:, :2] @ np.array(sideways)
        shift = self.nerve_scale * course.spread_mm * draw[:, 2:] @ np.array(sideways)
        return Motion.about(tube.pivot_lps_mm, _turn(along, along + tilt), shift)

    def needle_motion(
        self, needle_from_lps: RigidTransform, course: NerveCourse, seed: int, n: int, samples: int
    ) -> Motion:
        """Displacement of the `n`-th needle in each sample, LPS."""
        draw = _normals(seed, (_NEEDLE, n), samples, 6)[:, :5]
        shaft = needle_from_lps.rotation[2]
        sideways = np.array(across(shaft, course))
        tip = -needle_from_lps.rotation.T @ needle_from_lps.translation_mm
        tilt = np.tan(np.radians(self.needle_direction_deg)) * draw[:, :2] @ sideways
        shift = self.tip_across_mm * draw[:, 2:4] @ sideways + self.tip_along_mm * draw[:, 4:] * shaft
        return Motion.about(tip, _turn(shaft, shaft + tilt), shift)

    def depth_scales(self, seed: int, n: int, samples: int) -> Array:
        """Factor on the depth of the `n`-th lesion in each sample, log-normal with median 1."""
        shared = _normals(seed, (_TISSUE,), samples, 1)[:, 0]
        own = _normals(seed, (_NEEDLE, n), samples, 6)[:, 5]
        return np.exp(self.depth_shared * shared + self.depth_own * own)


@dataclass(frozen=True)
class Motion:
    """Rigid motions of LPS, one a sample: ``moved = rotation @ lps + translation_mm``."""

    rotation: Array
    translation_mm: Array

    @classmethod
    def about(cls, pivot_mm: Array, rotation: Array, shift_mm: Array) -> Motion:
        """Turn about `pivot_mm` by each `rotation`, then shift."""
        return cls(rotation, pivot_mm - rotation @ pivot_mm + shift_mm)

    def nerve_seen_from(self, needle: Motion, needle_from_lps: RigidTransform) -> tuple[Array, Array]:
        """A nerve moved by this motion in the frame of a needle moved by `needle`: rotations and translations."""
        back = np.swapaxes(needle.rotation, 1, 2)
        rotation = needle_from_lps.rotation @ back
        translation = needle_from_lps.translation_mm - np.einsum("sij,sj->si", rotation, needle.translation_mm)
        return (
            np.ascontiguousarray(rotation @ self.rotation),
            np.ascontiguousarray(np.einsum("sij,sj->si", rotation, self.translation_mm) + translation),
        )


def _normals(seed: int, key: tuple[int, ...], samples: int, columns: int) -> Array:
    """Standard normals of one member's own stream: row s is the same whatever the number of samples or members."""
    member = np.random.SeedSequence(seed, spawn_key=key)
    return np.random.default_rng(member).standard_normal((samples, columns))


def _turn(before: Array, after: Array) -> Array:
    """The smallest rotations that take the unit vector `before` to each `after`, (samples, 3) -> (samples, 3, 3)."""
    after = after / np.linalg.norm(after, axis=1, keepdims=True)
    axis = np.cross(before, after)
    cosine = after @ before
    zero = np.zeros(len(after))
    skew = np.stack(
        [zero, -axis[:, 2], axis[:, 1], axis[:, 2], zero, -axis[:, 0], -axis[:, 1], axis[:, 0], zero], axis=1
    ).reshape(-1, 3, 3)
    return np.eye(3) + skew + skew @ skew / (1 + cosine)[:, None, None]
