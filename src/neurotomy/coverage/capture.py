"""The one verb of this room: lesions at their needles' poses cut with the nerves they are meant for.

Definitions, all by the criterion Arrhenius integral Ω ≥ 1:

- *share of the cross-section* at one place along the nerve: area inside the lesion(s) over area of the nerve;
- *coagulated length*: the longest unbroken stretch of the whole course over which the share is 1;
- *coagulated on the neck*: the longest such stretch within the neck of the superior articular process alone;
- *captured*: at least the capture length coagulated on the neck. Beyond the dorsal end of the neck the nerve has
  passed the mamillo-accessory notch and gives off its branches to the joints, so a stretch there does not count.

Several lesions on one nerve make a union: each place takes the largest Ω of any one lesion. Heat given in turn adds
up, so the true damage between two lesions is somewhat more than this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import NerveCourse, Target
from neurotomy.coverage.placed import FLOOR, PlacedLesion, place
from neurotomy.coverage.result import Coverage, NerveCoverage
from neurotomy.coverage.spreads import Spreads
from neurotomy.coverage.tube import DISC, RIM, NerveTube, share_inside, tube
from neurotomy.errors import GuidanceError
from neurotomy.guidance.placement import Placement
from neurotomy.lesion.result import Lesion
from neurotomy.lesion.volumetric import VolumeLesion
from neurotomy.progress import SILENT, Progress

__all__ = ["cover", "wilson"]

Array = NDArray[np.float64]

_FINE_MM = 0.1  # nodes for the values as placed and the figure
_COARSE_MM = 0.5  # nodes for the samples; ends of runs lie between nodes, so lengths are far better than this
_BATCH = 500  # samples between two reports of progress
_Z_95 = 1.959963984540054


def cover(
    courses: Sequence[NerveCourse],
    placements: Sequence[Placement],
    lesions: Sequence[Lesion | VolumeLesion],
    *,
    samples: int = 4000,
    seed: int = 0,
    spreads: Spreads | None = None,
    progress: Progress = SILENT,
) -> Coverage:
    """How much of each nerve its lesions take, as placed and under the spread of nerve, needle and tissue.

    Parameters
    ----------
    courses, placements, lesions
        One of each for every lesion, in the same order. A target that occurs several times has several lesions on one
        nerve.
    samples : int
        Number of random draws.
    seed : int
        Of the one SeedSequence all draws come from; every nerve and needle has a stream of its own, so the draws of
        one do not depend on the others, nor on the number of samples.
    spreads : Spreads, optional
        What varies; the project's values (``evidence/data/coverage.toml``) unless given.
    progress : Progress
        Told after each batch of samples.

    Returns
    -------
    Coverage
        One :class:`NerveCoverage` for each distinct target, in the order of first occurrence, and the probability that
        all are captured, sampled together with the tissue shared.

    Raises
    ------
    GuidanceError
        When the lists differ in length, are empty, or a placement is for another nerve than its course.
    LesionError
        When a lesion was computed for another electrode than the one placed.
    """
    _refuse_mismatch(courses, placements, lesions, samples)
    spread = Spreads.from_evidence() if spreads is None else spreads
    placed = [place(lesion, placement) for lesion, placement in zip(lesions, placements, strict=True)]
    members: dict[Target, list[int]] = {}
    for n, course in enumerate(courses):
        members.setdefault(course.target, []).append(n)

    needed = evidence.value("coverage.capture_length")
    results: list[NerveCoverage] = []
    all_captured = np.ones(samples, dtype=bool)
    for k, (target, which) in enumerate(members.items()):
        course = courses[which[0]]
        part = progress.part(k / len(members), (k + 1) / len(members))
        part(0.0, f"Nerve and lesion: {target.label}")
        as_placed = _as_placed(course, [placed[n] for n in which], [placements[n] for n in which])
        lengths, on_neck = _sampled(course, [(n, placed[n]) for n in which], k, spread, seed, samples, part)
        captured = on_neck >= needed
        all_captured &= captured
        results.append(
            NerveCoverage(
                target=target,
                criterion=lesions[which[0]].necrosis.criterion,
                coagulated_length_mm=as_placed.length_mm,
                coagulated_on_neck_mm=as_placed.on_neck_mm,
                touched_length_mm=as_placed.touched_mm,
                cross_section_share=float(as_placed.share.max()),
                capture_probability=float(captured.mean()),
                capture_interval=wilson(int(captured.sum()), samples),
                capture_length_mm=needed,
                length_quantiles_mm=_five_quantiles(lengths),
                samples=samples,
                nearest_mm=as_placed.nearest_mm,
                angle_deg=as_placed.angle_deg,
                arc_mm=as_placed.arc_mm,
                share_along=as_placed.share,
                neck_arc_mm=course.neck_arc_mm,
                note=_note(course, needed, len(which)),
            )
        )
    progress(1.0, "Nerves and lesions compared")
    return Coverage(
        nerves=tuple(results),
        all_captured_probability=float(all_captured.mean()),
        seed=seed,
        spreads=spread.sentences(tuple(courses[which[0]] for which in members.values())),
        all_captured_interval=wilson(int(all_captured.sum()), samples),
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson, J Am Stat Assoc 1927;22:209)."""
    p, z2 = hits / of, _Z_95**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z_95 / (1 + z2 / of) * np.sqrt(p * (1 - p) / of + z2 / (4 * of**2))
    low = 0.0 if hits == 0 else float(middle - half)
    high = 1.0 if hits == of else float(middle + half)
    return low, high


@dataclass(frozen=True)
class _AsPlaced:
    arc_mm: Array
    share: Array
    length_mm: float
    on_neck_mm: float
    touched_mm: float
    nearest_mm: float
    angle_deg: float


def _as_placed(course: NerveCourse, placed: Sequence[PlacedLesion], placements: Sequence[Placement]) -> _AsPlaced:
    from neurotomy.coverage.kernel import longest_runs

    nerve = tube(course, _FINE_MM)
    damage = _damage(placed, nerve.points_lps_mm(DISC))
    least, most = damage.min(axis=1)[None, :], damage.max(axis=1)
    last = len(nerve.arc_mm) - 1
    nearest, angle = _nearest(nerve, placements)
    return _AsPlaced(
        arc_mm=nerve.arc_mm,
        share=share_inside(damage),
        length_mm=float(longest_runs(least, nerve.arc_mm, 0, last)[0]),
        on_neck_mm=float(longest_runs(least, nerve.arc_mm, *nerve.neck)[0]),
        touched_mm=_total(most, nerve.arc_mm),
        nearest_mm=nearest,
        angle_deg=angle,
    )


def _damage(placed: Sequence[PlacedLesion], points_lps_mm: Array) -> Array:
    found = placed[0].at(points_lps_mm)
    for lesion in placed[1:]:
        found = np.maximum(found, lesion.at(points_lps_mm))
    return found


def _total(values: Array, arc: Array) -> float:
    """Total length over which `values`, linear between nodes, is at least 0."""
    a, b, step = values[:-1], values[1:], np.diff(arc)
    span = np.where(a == b, 1.0, np.abs(a - b))
    part = np.where((a >= 0) & (b >= 0), 1.0, np.where((a < 0) & (b < 0), 0.0, np.maximum(a, b) / span))
    return float(np.sum(step * part))


def _nearest(nerve: NerveTube, placements: Sequence[Placement]) -> tuple[float, float]:
    """Distance between the axis of the nearest active tip and the nerve, and the angle between them there."""
    best = (np.inf, 0.0)
    for placement in placements:
        for line in placement.active_lps_mm:
            for start, stop in pairwise(line):
                step = stop - start
                t = np.clip((nerve.centre_lps_mm - start) @ step / (step @ step), 0.0, 1.0)
                gaps = np.linalg.norm(nerve.centre_lps_mm - (start + t[:, None] * step), axis=1)
                n = int(np.argmin(gaps))
                if gaps[n] < best[0]:
                    cosine = abs(float(nerve.tangent[n] @ step)) / float(np.linalg.norm(step))
                    best = (float(gaps[n]), float(np.degrees(np.arccos(min(cosine, 1.0)))))
    return best


def _sampled(
    course: NerveCourse,
    placed: Sequence[tuple[int, PlacedLesion]],
    k: int,
    spread: Spreads,
    seed: int,
    samples: int,
    progress: Progress,
) -> tuple[Array, Array]:
    """Coagulated length on the whole course and on the neck, in each sample."""
    from neurotomy.coverage.kernel import longest_runs, raise_to_lesion

    nerve = tube(course, _COARSE_MM)
    rim = np.ascontiguousarray(nerve.points_lps_mm(RIM))
    centre = np.ascontiguousarray(nerve.centre_lps_mm)
    moved = spread.nerve_motion(nerve, course, seed, k, samples)
    poses = []
    for n, lesion in placed:
        needle = spread.needle_motion(lesion.needle_from_lps, course, seed, n, samples)
        rotation, translation = moved.nerve_seen_from(needle, lesion.needle_from_lps)
        poses.append((lesion, rotation, translation, spread.depth_scales(seed, n, samples)))
    lengths, on_neck = np.empty(samples), np.empty(samples)
    last = len(nerve.arc_mm) - 1
    for start in range(0, samples, _BATCH):
        rows = slice(start, min(start + _BATCH, samples))
        values = np.full((rows.stop - start, *rim.shape[:2]), FLOOR)
        for lesion, rotation, translation, depth in poses:
            raise_to_lesion(
                values,
                rim,
                centre,
                rotation[rows],
                translation[rows],
                depth[rows],
                lesion.z_mm,
                lesion.r_mm,
                lesion.log10_omega,
                lesion.log10_omega.shape[2],
                lesion.radius_mm,
                lesion.active_mm,
                lesion.reach_mm,
                nerve.radius_mm,
            )
        least = values.min(axis=2)
        lengths[rows] = longest_runs(least, nerve.arc_mm, 0, last)
        on_neck[rows] = longest_runs(least, nerve.arc_mm, *nerve.neck)
        progress(rows.stop / samples, f"{rows.stop} of {samples} samples: {course.target.label}")
    return lengths, on_neck


def _five_quantiles(lengths: Array) -> tuple[float, float, float, float, float]:
    a, b, c, d, e = (float(q) for q in np.quantile(lengths, [0.05, 0.25, 0.5, 0.75, 0.95]))
    return a, b, c, d, e


def _note(course: NerveCourse, needed: float, lesions: int) -> str:
    start, stop = course.neck_arc_mm
    words = [
        f"Captured means at least {needed:g} mm of the {stop - start:.1f} mm on the neck coagulated over the whole "
        f"cross-section. {evidence.get('coverage.capture_length').note}"
    ]
    if stop - start < needed:
        words.append(f"This neck is only {stop - start:.1f} mm long, so it can never count as captured.")
    if lesions > 1:
        words.append(
            f"{lesions} lesions are joined as a union: each place takes the largest damage of any one of them; heat "
            "given in turn adds up, so between them the true damage is somewhat more."
        )
    return " ".join(words)


def _refuse_mismatch(
    courses: Sequence[NerveCourse],
    placements: Sequence[Placement],
    lesions: Sequence[Lesion | VolumeLesion],
    samples: int,
) -> None:
    if not courses or not len(courses) == len(placements) == len(lesions):
        raise GuidanceError(
            f"{len(courses)} nerve courses, {len(placements)} placements and {len(lesions)} lesions were given; "
            "coverage needs one of each for every lesion, in the same order."
        )
    if samples < 1:
        raise GuidanceError(f"samples = {samples} was given; at least 1 is needed.")
    for course, placement in zip(courses, placements, strict=True):
        if course.target != placement.target:
            raise GuidanceError(
                f"A needle for the {placement.target.label} was given with the course of the {course.target.label}. "
                "Check side and level of the placement."
            )
