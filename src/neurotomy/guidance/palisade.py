"""A row of upright needles on the back of the sacrum, with bipolar lesions between neighbours.

Lateral branches leave the posterior sacral foramina at places that differ between people and run laterally, flat on
bone. A needle cannot be laid along them from the skin; a strip of heat that all of them must cross can be made by a
palisade (Cosman & Gonzalez 2011). The row is worked out on this patient's bone:

- **where**: beside the lateral edges of the posterior foramina, as far off as is taught
  (``placement.palisade.from_foramen``), so that half the width of the lesion stays out of them; from the level of the
  middle of the uppermost foramen to that of the lowest (branches leave the S1 foramen below its middle and the S3
  foramen above it, Roberts 2014), and at least half a spacing beyond the places where the branches are to be lesioned;
- **how many**: as few as keep neighbours within the published spacing, evenly spread;
- **each apex** on the surface of bone, clear of the opening of every foramen as seen from behind;
- **direction**: one for all, as upright on the bone as ways free of bone to the skin allow. A needle whose own way is
  barred is turned by itself, and the angle to its neighbours is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, NerveCourse, Target
from neurotomy.anatomy.innervation import place_of
from neurotomy.equipment.electrode import Electrode
from neurotomy.errors import GuidanceError
from neurotomy.geometry import unit
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.poses import across
from neurotomy.guidance.scene import grade
from neurotomy.guidance.skin import rough_depths, skin_crossing
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result

__all__ = ["TECHNIQUE", "Palisade", "PalisadePair", "of_palisade", "pairs_of", "palisade_courses", "plan_palisade"]

Array = NDArray[np.float64]

TECHNIQUE = "palisade"
"""``technique`` of the placements of a row."""

_SEARCHED_MM = 14.0  # above and below the expected surface
_STEP_MM = 0.25
_SLOPE_MM = 3.0  # over which the slope of the bone is taken
_MOST_TILT_DEG = 45.0
_TILT_STEP_DEG = 2.5
_FOLLOWED_MM = 200.0
_OUTWARD_MM = np.arange(0.0, 12.01, 0.5)  # how far a needle is moved laterally to be clear of a foramen


@dataclass(frozen=True)
class PalisadePair(Result):
    """Two neighbours between which a bipolar lesion is made.

    Attributes
    ----------
    first, second
        Numbers of the needles in the row, from 0, the upper one first.
    spacing_mm
        Between their apexes.
    shafts_deg
        Angle between their shafts.
    crossed_by
        Branches that run between them on their way.
    """

    first: int
    second: int
    spacing_mm: float
    shafts_deg: float
    crossed_by: tuple[Target, ...]


@dataclass(frozen=True)
class Palisade(Result):
    """A row of needles over the lateral branches of the sacrum.

    Attributes
    ----------
    needles
        From the head down.
    pairs
        Neighbours, in the same order; one bipolar lesion each.
    checks
        Of the row as a whole: spacing, shafts, and how each branch crosses it. Those of single needles are in
        :func:`neurotomy.guidance.checks.check_placement`.
    """

    needles: tuple[Placement, ...]
    pairs: tuple[PalisadePair, ...]
    checks: tuple[Check, ...]


def palisade_courses(courses: Sequence[NerveCourse]) -> tuple[NerveCourse, ...]:
    """Those of `courses` that a palisade is for: lateral branches at posterior foramina of the sacrum."""
    return tuple(c for c in courses if place_of(c.target).startswith("sacral_foramen"))


def plan_palisade(
    courses: Sequence[NerveCourse], anatomy: Anatomy, electrode: Electrode, progress: Progress = SILENT
) -> Palisade:
    """A palisade over the lateral branches among `courses`.

    Parameters
    ----------
    courses : sequence of NerveCourse
        Lateral branches of one side of the sacrum, with the landmarks of their foramina; other nerves are left out.
    anatomy : Anatomy
        CT and labels they lie in.
    electrode : Electrode
        Of every needle.
    progress : Progress
        Told at each stage.

    Raises
    ------
    GuidanceError
        When there is no lateral branch among the nerves, when they are of both sides, when their foramina are not
        known, or when a needle of the row has no way to the skin.
    """
    branches = palisade_courses(courses)
    if not branches:
        raise GuidanceError("A palisade is for the lateral branches of the sacrum (S1 to S3); none was given.")
    if len({c.target.side for c in branches}) > 1:
        raise GuidanceError("A palisade lies on one side: plan left and right one after the other.")
    progress(0.0, "Line of the palisade on the sacrum")
    bone = Bone.of(anatomy)
    row = _Row(branches, bone, electrode)
    apexes = row.apexes()
    progress(0.4, f"Ways to the skin of {len(apexes)} needles")
    normals = np.stack([row.normal(p) for p in apexes])
    entries = _ways(apexes, normals, row, anatomy, electrode, bone)
    needles = tuple(
        Placement(row.nearest(apex).target, electrode, apex, entry, "planned", TECHNIQUE)
        for apex, entry in zip(apexes, entries, strict=True)
    )
    progress(1.0, f"Palisade of {len(needles)} needles")
    return of_palisade(needles, branches)


def of_palisade(needles: Sequence[Placement], courses: Sequence[NerveCourse]) -> Palisade:
    """The pairs of a row of needles, from the head down, and its checks."""
    branches = palisade_courses(courses)
    pairs = pairs_of(needles, branches)
    return Palisade(tuple(needles), pairs, _row_checks(needles, pairs, branches))


def pairs_of(needles: Sequence[Placement], branches: Sequence[NerveCourse]) -> tuple[PalisadePair, ...]:
    """Neighbours of a row, and the branches that cross between them."""
    apexes = np.stack([np.asarray(needle.tip_lps_mm, dtype=float) for needle in needles])
    crossing = {branch.target: _crossing(branch, apexes)[0] for branch in branches}
    found = []
    for n in range(len(needles) - 1):
        cosine = float(np.clip(needles[n].shaft_direction @ needles[n + 1].shaft_direction, -1.0, 1.0))
        found.append(
            PalisadePair(
                n,
                n + 1,
                float(np.linalg.norm(apexes[n + 1] - apexes[n])),
                float(np.degrees(np.arccos(cosine))),
                tuple(target for target, pair in crossing.items() if pair == n),
            )
        )
    return tuple(found)


def _crossing(branch: NerveCourse, apexes: Array) -> tuple[int, float]:
    """Between which neighbours a branch runs, -1 for none, and how near it comes to the line between them, mm."""
    points = branch.curve.points_mm
    best = (-1, np.inf)
    for n in range(len(apexes) - 1):
        step = apexes[n + 1] - apexes[n]
        t = (points - apexes[n]) @ step / (step @ step)
        within = (t >= 0.0) & (t <= 1.0)
        if not within.any():
            continue
        gap = float(np.linalg.norm(points[within] - (apexes[n] + t[within, None] * step), axis=1).min())
        if gap < best[1]:
            best = (n, gap)
    return best


# -- the row -----------------------------------------------------------------------------------------------------------


class _Row:
    """The line of a palisade in the frame of the sacrum: x towards its side, y dorsal, z to the head."""

    def __init__(self, branches: Sequence[NerveCourse], bone: Bone, electrode: Electrode) -> None:
        self.branches, self.bone, self.electrode = branches, bone, electrode
        self.frame = branches[0].lps_from_vertebra
        self.sign = np.array([branches[0].target.side.sign, 1.0, 1.0])
        if any(not {"target", "foramen_centre", "foramen_lateral"} <= set(b.landmarks_mm) for b in branches):
            raise GuidanceError(
                "The posterior foramina of this sacrum are not known, so a palisade cannot be laid beside them. "
                "Mark foramen_centre and foramen_lateral of each, or give the needles in the case file."
            )
        self.foramina = [
            (self.own(b.landmarks_mm["foramen_centre"]), self.own(b.landmarks_mm["foramen_lateral"])) for b in branches
        ]
        on_bone = [self.own(b.landmarks_mm["target"]) for b in branches]
        self.targets = np.array(sorted(on_bone, key=lambda p: -float(p[2])))

    def own(self, lps_mm: Array) -> Array:
        """LPS points in the row's frame."""
        return np.asarray(self.frame.inverse()(np.asarray(lps_mm, dtype=float)) * self.sign)

    def lps(self, points: Array) -> Array:
        """Points of the row's frame in LPS."""
        return np.asarray(self.frame(np.asarray(points) * self.sign))

    def apexes(self) -> Array:
        """Apexes from the head down, LPS (n, 3): evenly spread along bone, neighbours within the published spacing."""
        most = evidence.value("placement.palisade.spacing")
        levels = [centre[2] for centre, _ in self.foramina]
        top = max(*levels, self.targets[0][2] + most / 2)
        bottom = min(*levels, self.targets[-1][2] - most / 2)
        z = np.arange(top, bottom - 1e-9, -0.5)
        line = np.stack([self._on_bone(np.array([self._clear(self._lateral(level), level), level])) for level in z])
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        count = max(int(np.ceil(along[-1] / most)), 1) + 1
        while True:
            places = np.linspace(0.0, along[-1], count)
            found = np.stack([np.interp(places, along, line[:, k]) for k in range(3)], axis=1)
            found = np.stack([self._on_bone(p[[0, 2]]) for p in found])
            if np.linalg.norm(np.diff(found, axis=0), axis=1).max() <= most:
                return self.lps(found)
            count += 1

    def normal(self, apex_lps: Array) -> Array:
        """Outward normal of the back of the sacrum around an apex, LPS."""
        x, _, z = self.own(apex_lps)
        h = _SLOPE_MM
        by_x = (self._height(x + h, z) - self._height(x - h, z)) / (2 * h)
        by_z = (self._height(x, z + h) - self._height(x, z - h)) / (2 * h)
        # A pit or an edge is not the slope of the bone.
        by_x, by_z = np.clip([by_x, by_z], -1.0, 1.0)
        return unit(self.frame.direction(np.array([-by_x, 1.0, -by_z]) * self.sign))

    def nearest(self, apex_lps: Array) -> NerveCourse:
        """The branch that comes nearest to an apex."""
        return min(self.branches, key=lambda b: float(np.linalg.norm(b.curve.points_mm - apex_lps, axis=1).min()))

    def clear_of_foramina(self, lps_mm: Array) -> NDArray[np.bool_]:
        """Whether active tips (..., k, 3) stay off every opening as seen from behind: (...)."""
        seen = self.own(lps_mm)[..., [0, 2]]
        found = np.ones(seen.shape[:-2], dtype=bool)
        for centre, rim in self.foramina:
            off = np.linalg.norm(seen - centre[[0, 2]], axis=-1).min(axis=-1)
            found &= off >= np.linalg.norm((rim - centre)[[0, 2]])
        return found

    def _lateral(self, level: float) -> float:
        """Where the line runs at a level: beside the edges of the foramina, going straight from one to the next."""
        from_edge = evidence.value("placement.palisade.from_foramen")
        edges = sorted(((rim[2], rim[0] + from_edge) for _, rim in self.foramina), key=lambda edge: edge[0])
        z, x = np.array(edges).T
        if len(z) == 1:
            return float(x[0])
        k = int(np.clip(np.searchsorted(z, level) - 1, 0, len(z) - 2))
        return float(x[k] + (level - z[k]) * (x[k + 1] - x[k]) / (z[k + 1] - z[k]))

    def _clear(self, x: float, level: float) -> float:
        """The first x at or lateral to this one whose needle is clear of all foramina."""
        spare = evidence.value("placement.plan.ventral_margin") + self.electrode.radius_mm
        for outward in _OUTWARD_MM:
            at = np.array([x + outward, level])
            if all(
                np.linalg.norm(at - centre[[0, 2]]) >= np.linalg.norm((rim - centre)[[0, 2]]) + spare
                for centre, rim in self.foramina
            ):
                return float(at[0])
        return float(x + _OUTWARD_MM[-1])

    def _on_bone(self, xz: Array) -> Array:
        return np.array([xz[0], self._height(float(xz[0]), float(xz[1])), xz[1]])

    def _height(self, x: float, z: float) -> float:
        """Where the surface of bone is at (x, z): the way from outside into bone nearest to where the branches lie."""
        order = np.argsort(self.targets[:, 2])
        expected = float(np.interp(z, self.targets[order, 2], self.targets[order, 1]))
        y = expected + np.arange(_SEARCHED_MM, -_SEARCHED_MM - 1e-9, -_STEP_MM)
        points = np.stack([np.full_like(y, x), y, np.full_like(y, z)], axis=1)
        within = self.bone.within(self.lps(points))
        entering = np.flatnonzero(within[1:] & ~within[:-1])
        if len(entering) == 0:
            return expected
        heights = y[entering] - _STEP_MM / 2
        return float(heights[np.argmin(np.abs(heights - expected))])


def _ways(apexes: Array, normals: Array, row: _Row, anatomy: Anatomy, electrode: Electrode, bone: Bone) -> Array:
    """Entries (n, 3) of a row: one direction for all where there is one."""
    mean = unit(normals.mean(axis=0))
    directions = _cone(mean)
    off = np.degrees(np.arccos(np.clip(directions @ mean, -1.0, 1.0)))
    usable = np.stack([_usable(apex, directions, row, anatomy, electrode, bone) for apex in apexes])
    common = np.flatnonzero(usable.all(axis=0))
    # Where nothing serves all, the direction that serves most, and the nearest to it for the others.
    served = usable.sum(axis=0)
    best = int(common[0]) if len(common) else int(np.lexsort((off, -served))[0])
    entries = []
    for n, apex in enumerate(apexes):
        turned = np.argsort(-(directions @ directions[best]), kind="stable")
        for k in turned[usable[n, turned]]:
            crossing = skin_crossing(anatomy.ct, apex, directions[k])
            if crossing is not None and crossing.depth_mm <= electrode.cannula_length_mm:
                entries.append(crossing.point_lps_mm)
                break
        else:
            raise GuidanceError(
                f"Needle {n + 1} of the palisade has no way to the skin within {_MOST_TILT_DEG:.0f}° of upright that "
                f"is free of bone, clear of the foramina and within the {electrode.cannula_length_mm:g} mm of the "
                "cannula. Give the needles in the case file, or choose a longer cannula."
            )
    return np.stack(entries)


def _usable(
    apex: Array, directions: Array, row: _Row, anatomy: Anatomy, electrode: Electrode, bone: Bone
) -> NDArray[np.bool_]:
    """Which directions take this needle to the skin: free of bone, clear of the foramina, short enough."""
    from neurotomy.guidance.ways import free_of_bone  # the compiler is not loaded for those who only read results

    starts = apex + max(1.0, bone.blur_mm) * directions
    allowed = 0.5 * max(evidence.value("placement.path.ok"), bone.blur_mm)
    found = free_of_bone(bone, starts, directions, _FOLLOWED_MM, allowed)
    t = np.linspace(0.0, electrode.active_tip_mm, 6)
    found &= row.clear_of_foramina(apex + t[:, None] * directions[:, None, :])
    depth = np.full(len(directions), np.inf)
    if found.any():
        depth[found] = rough_depths(anatomy.ct, np.broadcast_to(apex, directions[found].shape), directions[found])
    long_enough = electrode.cannula_length_mm - depth > evidence.value("placement.cannula.spare")
    # A needle that stands in the air with part of its active tip burns the skin.
    return np.asarray(found & long_enough & (depth > electrode.active_tip_mm))


def _cone(axis: Array) -> Array:
    """Directions about `axis`, nearest first."""
    first, second = across(axis)
    found = [axis]
    for tilt in np.radians(np.arange(_TILT_STEP_DEG, _MOST_TILT_DEG + 1e-9, _TILT_STEP_DEG)):
        count = max(int(np.ceil(2 * np.pi * np.sin(tilt) / np.radians(_TILT_STEP_DEG * 1.5))), 6)
        for turn in 2 * np.pi * np.arange(count) / count:
            found.append(np.cos(tilt) * axis + np.sin(tilt) * (np.cos(turn) * first + np.sin(turn) * second))
    return unit(np.array(found))


# -- checks of the row -------------------------------------------------------------------------------------------------


def _row_checks(
    needles: Sequence[Placement], pairs: Sequence[PalisadePair], branches: Sequence[NerveCourse]
) -> tuple[Check, ...]:
    apexes = np.stack([np.asarray(needle.tip_lps_mm, dtype=float) for needle in needles])
    entry = evidence.get("placement.palisade.spacing")
    most, beyond = evidence.value("placement.palisade.spacing"), float(entry.high or 0.0)
    widest = max(pairs, key=lambda p: p.spacing_mm)
    status = grade(widest.spacing_mm, most + 1e-6, beyond)
    words = f"Neighbours stand at most {widest.spacing_mm:.1f} mm apart."
    if status is not Status.OK:
        words += f" Needles {widest.first + 1} and {widest.second + 1} leave a gap: add a needle between them."
    found = [
        Check(
            "spacing of the palisade",
            status,
            widest.spacing_mm,
            "mm",
            f"≤ {most:g} mm ok, ≤ {beyond:g} mm warning",
            words,
            "placement.palisade.spacing",
        )
    ]
    angle, ok = max(p.shafts_deg for p in pairs), evidence.value("placement.palisade.shafts_ok")
    found.append(
        Check(
            "parallel shafts",
            grade(angle, ok, np.inf),
            angle,
            "deg",
            f"≤ {ok:g}° ok",
            f"Neighbouring shafts make at most {angle:.0f}° with each other.",
            "placement.palisade.shafts_ok",
        )
    )
    near, far = evidence.value("placement.palisade.branch_ok"), evidence.value("placement.palisade.branch_warning")
    for branch in branches:
        pair, gap = _crossing(branch, apexes)
        name = f"{branch.target.nerve} crosses the row"
        limit = f"≤ {near:g} mm ok, ≤ {far:g} mm warning (from the line between two apexes)"
        if pair < 0:
            words = f"The {branch.target.label} runs past the end of the row: add a needle there."
            found.append(Check(name, Status.ERROR, np.inf, "mm", limit, words, "placement.palisade.branch_ok"))
            continue
        words = (
            f"The {branch.target.label} crosses between needles {pair + 1} and {pair + 2}, {gap:.1f} mm from the line "
            "between their apexes."
        )
        found.append(Check(name, grade(gap, near, far), gap, "mm", limit, words, "placement.palisade.branch_ok"))
    return tuple(found)
