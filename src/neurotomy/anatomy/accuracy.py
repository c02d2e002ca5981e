"""How far from the true target the fit ends up, measured on built-in spines whose nerves are known.

Each spine is drawn by a seed (size, lordosis, side bending, rotation of each level, facets, processes), turned as a
patient lies, and painted at the asked voxel side; then only its CT and label map are given to
:func:`~neurotomy.anatomy.locate.locate_nerves`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.names import Side
from neurotomy.geometry import Volume
from neurotomy.progress import SILENT, Progress
from neurotomy.results import INTERNAL, Result

__all__ = [
    "RADIUS_90_ACROSS",
    "RADIUS_90_IN_SPACE",
    "TargetAccuracy",
    "TargetMiss",
    "drawn_side",
    "lies_turned",
    "misses_of",
    "target_accuracy",
    "target_misses",
    "targets_table",
]

Array = NDArray[np.float64]

RADIUS_90_ACROSS = float(np.sqrt(-2.0 * np.log(0.1)))
"""90 % of a round normal spread in a plane lie within this many of its standard deviations in each direction (2.15)."""

RADIUS_90_IN_SPACE = 2.5002855
"""The same in space: the root of the 90 % quantile of chi squared with three degrees of freedom."""

_LIES_TURNED_DEG = 5.0
"""Standard deviation of how a patient lies turned on the table, about each axis, at most twice this: a choice."""


@dataclass(frozen=True)
class TargetMiss(Result):
    """One target of one spine.

    Attributes
    ----------
    seed, voxel_mm, nerve, bone, side
        Which.
    error_mm
        Distance from the found to the true target on bone, in space.
    across_mm
        Distance of the true nerve's middle line from the found one, where it is found to pass the target: the part
        that a lesion along the nerve cannot make up for.
    offset_mm
        Found minus true target in the true vertebra's frame: left, back, up.
    target_spread_mm
        The given standard deviation of the target, in each of three directions.
    """

    seed: int
    voxel_mm: float
    nerve: str
    bone: str
    side: Side
    error_mm: float
    across_mm: float
    offset_mm: Array = field(metadata=INTERNAL)
    target_spread_mm: float

    @property
    def covered(self) -> bool:
        """Whether the true target lies in the ball that holds 90 % by the given spread."""
        return self.error_mm <= RADIUS_90_IN_SPACE * self.target_spread_mm


@dataclass(frozen=True)
class TargetAccuracy(Result):
    """What the misses of many targets come to.

    Attributes
    ----------
    voxel_mm
        Side of the voxels.
    spines, targets
        How many.
    mean_mm, p95_mm, worst_mm
        Of the distance to the true target, in space.
    across_mean_mm, across_p95_mm
        Of the distance to the true nerve.
    spread_mm
        Mean of the given standard deviations of the target.
    covered
        Share of the true targets in the ball of 90 % that the given spread tells.
    """

    voxel_mm: float
    spines: int
    targets: int
    mean_mm: float
    p95_mm: float
    worst_mm: float
    across_mean_mm: float
    across_p95_mm: float
    spread_mm: float
    covered: float


def drawn_side(seed: int) -> Side:
    """The side on which the person of this seed is treated."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 2]))
    return tuple(Side)[int(rng.integers(2))]


def target_misses(
    seeds: Sequence[int], voxel_mm: float, progress: Progress = SILENT, *, one_side: bool = False
) -> tuple[TargetMiss, ...]:
    """Find every lumbar target of the spines of these `seeds`, T12 at L1 to L5 at the sacral ala.

    Parameters
    ----------
    seeds : sequence of int
        Spines, see :func:`~neurotomy.anatomy.spine.shape.varied_shape`.
    voxel_mm : float
        Side of the voxels of CT and label map.
    progress : Progress
        Told for each spine, about 8 s of one core.
    one_side : bool
        Only on the side that the seed draws, see :func:`drawn_side`; otherwise on both.
    """
    from neurotomy.anatomy.spine import make_spine, varied_shape

    misses: list[TargetMiss] = []
    for n, seed in enumerate(seeds):
        part = progress.part(n / len(seeds), (n + 1) / len(seeds), stage=f"spine {seed}")
        spine = make_spine(varied_shape(seed), voxel_mm, part.part(0.0, 0.3))
        true = [c for c in spine.courses if not one_side or c.target.side is drawn_side(seed)]
        misses += misses_of(spine.ct, spine.labels, true, seed, voxel_mm, part.part(0.3, 1.0))
    progress(1.0, "Targets measured")
    return tuple(misses)


def misses_of(
    ct: Volume, labels: Volume, true: Sequence[NerveCourse], seed: int, voxel_mm: float, progress: Progress = SILENT
) -> list[TargetMiss]:
    """Find the targets of these `true` courses from CT and label map alone, the person turned as this seed lies."""
    from neurotomy.anatomy.locate import locate_nerves

    turn = lies_turned(seed)
    found = locate_nerves(turn.volume(ct), turn.volume(labels), [c.target for c in true], progress=progress)
    misses = []
    for known, course in zip(true, found, strict=True):
        here = turn.back(course.landmarks_mm["target"][None])[0]
        off = known.lps_from_vertebra.rotation.T @ (here - known.landmarks_mm["target"])
        middle = turn.back(course.curve.at([0.5 * sum(course.neck_arc_mm), course.neck_arc_mm[1]]).points_mm[:1])[0]
        misses.append(
            TargetMiss(
                seed=seed,
                voxel_mm=voxel_mm,
                nerve=course.target.nerve,
                bone=course.target.bone,
                side=course.target.side,
                error_mm=float(np.linalg.norm(off)),
                across_mm=float(known.curve.closest(middle)[1]),
                offset_mm=off,
                target_spread_mm=course.target_spread_mm,
            )
        )
    return misses


def target_accuracy(misses: Sequence[TargetMiss]) -> TargetAccuracy:
    """What these misses, all at one voxel side, come to."""
    error = np.array([miss.error_mm for miss in misses])
    across = np.array([miss.across_mm for miss in misses])
    return TargetAccuracy(
        voxel_mm=misses[0].voxel_mm,
        spines=len({miss.seed for miss in misses}),
        targets=len(misses),
        mean_mm=float(error.mean()),
        p95_mm=float(np.quantile(error, 0.95)),
        worst_mm=float(error.max()),
        across_mean_mm=float(across.mean()),
        across_p95_mm=float(np.quantile(across, 0.95)),
        spread_mm=float(np.mean([miss.target_spread_mm for miss in misses])),
        covered=float(np.mean([miss.covered for miss in misses])),
    )


@dataclass(frozen=True)
class _Turn:
    """A patient who lies turned: ``turned = rotation @ lps``."""

    rotation: Array

    def volume(self, volume: Volume) -> Volume:
        turn = np.eye(4)
        turn[:3, :3] = self.rotation
        return Volume(volume.array, turn @ volume.lps_from_voxel)

    def back(self, points_mm: Array) -> Array:
        return points_mm @ self.rotation


def lies_turned(seed: int) -> _Turn:
    """How the person of this seed lies turned on the table."""
    from scipy.spatial.transform import Rotation

    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    angles = np.clip(rng.normal(size=3), -2.0, 2.0) * _LIES_TURNED_DEG
    return _Turn(np.asarray(Rotation.from_euler("xyz", angles, degrees=True).as_matrix()))


def targets_table(misses: Sequence[TargetMiss]) -> str:
    """These misses as a Markdown table, a row for each side of the voxels and one for each bone and nerve of all."""
    rows = [
        "| voxels | spines | targets | mean, mm | 95 % within, mm | largest, mm | across the nerve: mean, 95 %, mm "
        "| mean spread, mm | covered |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    groups = [(f"{v:g} mm", [m for m in misses if m.voxel_mm == v]) for v in sorted({m.voxel_mm for m in misses})]
    for nerve, bone in dict.fromkeys((m.nerve, m.bone) for m in misses):
        name = nerve if "lateral" in nerve else f"{nerve.removesuffix(' medial branch')} at {bone}"
        groups.append((f"all, {name}", [m for m in misses if (m.nerve, m.bone) == (nerve, bone)]))
    for name, group in groups:
        a = target_accuracy(group)
        rows.append(
            f"| {name} | {a.spines} | {a.targets} | {a.mean_mm:.2f} | {a.p95_mm:.2f} | {a.worst_mm:.2f} "
            f"| {a.across_mean_mm:.2f}, {a.across_p95_mm:.2f} | {a.spread_mm:.2f} | {100 * a.covered:.0f} % |"
        )
    return "\n".join(rows) + "\n"
