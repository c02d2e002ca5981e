"""What sessions may share because nobody changes it: a CT with its nerves, ready for X-rays, and bones as surfaces.

Twenty trainees on the same built-in spine hold one copy of it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Anatomy, Target
from neurotomy.case import Case
from neurotomy.guidance.bearings import bearings_of, remember_bearings
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.live import Checker, LivePicture
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.realism import Look
from neurotomy.imaging.export.mesh import Mesh, region_surface
from neurotomy.progress import SILENT, Progress
from neurotomy.web.early import EarlyPictures
from neurotomy.web.kept import keep, kept

__all__ = ["FIRST_PAGE", "Ground", "Opened", "opened"]

KEPT = 3
"""CTs that are kept for the next who opens them."""
FIRST_PAGE = threading.Event()
"""Set when the first page of a case is with its browser."""
_LAYOUT = "nerves, plans, preview, bearings; arrays mapped"
LATER_S = 2.0
"""What the first picture does not need waits so long for it."""
BONE_HU, BONE_STEP_MM, AROUND_MM = 220.0, 2.0, 75.0


@dataclass
class Ground:
    """A CT with the nerves on it, ready for X-rays, and the needles that were planned for it.

    `early` takes its pictures until the kernels of this process are there; `keep` keeps it for the next start.
    """

    anatomy: Anatomy
    live: LivePicture
    planned: dict[str, tuple[Placement, ...]] = field(default_factory=dict)
    early: EarlyPictures | None = None
    keep: Callable[[], None] = lambda: None
    _checkers: dict[str, Checker] = field(default_factory=dict)
    _bones: Mesh | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def checker(self, target: Target) -> Checker:
        """What grades a needle for this nerve; the first check of each takes a second or two."""
        with self._lock:
            if target.label not in self._checkers:
                self._checkers[target.label] = Checker(self.anatomy.course(target), self.anatomy)
            return self._checkers[target.label]

    def bones(self) -> Mesh:
        """The surface of the bone around the nerves of the case; made when it is first asked for."""
        with self._lock:
            if self._bones is None:
                self._bones = _bones(self.anatomy)
            return self._bones


@dataclass
class Opened:
    """A case's ground with the needles it starts with."""

    ground: Ground
    placements: tuple[Placement, ...]

    @property
    def anatomy(self) -> Anatomy:
        """CT and nerves."""
        return self.ground.anatomy

    @property
    def live(self) -> LivePicture:
        """The CT under the C-arm."""
        return self.ground.live

    def picture(
        self, carm: CArm, placements: Sequence[Placement], look: Look, *, pixels: int, refined: bool
    ) -> tuple[NDArray[np.uint8], bool]:
        """As :meth:`LivePicture.picture`, and whether it was refined: not yet in the first second of a start."""
        early = self.ground.early
        taken = early and early.picture(carm, placements, look, pixels=pixels, refined=refined)
        return taken or (self.live.picture(carm, placements, look, pixels=pixels, refined=refined), refined)

    def bones(self) -> Mesh:
        """The surface of the bone around the nerves of the case."""
        return self.ground.bones()


_grounds: OrderedDict[str, Ground] = OrderedDict()
_making: dict[str, threading.Lock] = {}
_guard, _writing = threading.Lock(), threading.Lock()


def opened(case: Case, progress: Progress = SILENT, early: EarlyPictures | None = None) -> Opened:
    """Find the nerves of `case` and its needles, or take what an equal case has found.

    With `early`, that takes the first pictures, and its caller prepares the CT for X-rays.

    Raises
    ------
    NeurotomyError
        As :func:`neurotomy.treatment.find_nerves` and :func:`~neurotomy.treatment.place_needles`.
    """
    key, plan = _key(case), _plan_key(case)
    with _guard:
        making = _making.setdefault(key, threading.Lock())
    progress(0.0, "Opening the case")
    if early is not None:
        early.open(key)
    with making:  # who comes second waits for the first
        ground = _found(key) or _make(key, case, progress.part(0.0, 0.7), early)
        courses, given = ground.anatomy.courses, case.given_placements
        placements = ground.planned.get(plan)
        if all(any(p.target == course.target for p in given) for course in courses):  # without loading the planner
            placements = tuple(p for course in courses for p in given if p.target == course.target)
        elif placements is None:
            from neurotomy.treatment import place_needles

            placements = place_needles(case, ground.anatomy, progress.part(0.7, 1.0))
            if case.plan:
                ground.planned[plan] = placements
                ground.keep()
    return Opened(ground, placements)


def _found(key: str) -> Ground | None:
    with _guard:
        if key in _grounds:
            _grounds.move_to_end(key)
        return _grounds.get(key)


def _make(key: str, case: Case, progress: Progress, early: EarlyPictures | None) -> Ground:
    before = kept(key) if case.ct_path is None else None
    if before is not None:
        anatomy, planned, preview, bearings = before
        for course, measured in zip(anatomy.courses, bearings, strict=True):
            remember_bearings(course, anatomy, measured)
        ground = Ground(anatomy, LivePicture(anatomy.ct, preview), planned)
    else:
        from neurotomy.treatment import find_nerves

        anatomy = find_nerves(case, progress.part(0.0, 0.8))
        progress(0.8, "Preparing the CT for X-rays")
        ground = Ground(anatomy, LivePicture(anatomy.ct))
        _ = ground.live.preview
    ground.keep = lambda: _keep(key, case, ground)
    with _guard:
        _grounds[key] = ground
        while len(_grounds) > KEPT:
            old, _ = _grounds.popitem(last=False)
            _making.pop(old, None)
    ground.early = early
    if early is None:  # full resolution, from two sides, while the first pictures at half of it are looked at
        later = threading.Timer(LATER_S, ground.live.prepare)
        later.daemon = True
        later.start()
    return ground


def _keep(key: str, case: Case, ground: Ground) -> None:
    """Keep the built-in spine for the next start; a person's own CT is kept nowhere but in its session."""
    if case.ct_path is None:
        threading.Thread(target=_write, args=(key, ground), daemon=True).start()


def _write(key: str, ground: Ground) -> None:
    with _writing:
        bearings = [bearings_of(course, ground.anatomy) for course in ground.anatomy.courses]
        keep(key, (ground.anatomy, dict(ground.planned), ground.live.preview, bearings))


def _key(case: Case) -> str:
    """What the nerves depend on, and how they are kept."""
    said = [_LAYOUT, case.imaging.model_dump_json(), repr(case.treated_targets), repr(case.landmarks)]
    for path in (case.ct_path, case.labels_path):
        said.append("" if path is None else f"{path.resolve()}{_changed(path)}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _plan_key(case: Case) -> str:
    """What the needles depend on besides."""
    return f"{case.electrode.model_dump_json()}{case.placements!r}{case.plan!r}"


def _changed(path: Path) -> float:
    return max((file.stat().st_mtime for file in (path, *path.rglob("*"))), default=0.0) if path.exists() else 0.0


def _bones(anatomy: Anatomy) -> Mesh:
    from neurotomy.geometry import Volume
    from neurotomy.guidance.bone import Bone

    necks = np.concatenate([course.neck.points_mm for course in anatomy.courses])
    bone = Bone.of(anatomy)
    around = bone.image.crop(necks.min(axis=0), necks.max(axis=0), AROUND_MM)
    step = np.maximum(np.rint(BONE_STEP_MM / around.spacing_mm), 1).astype(int)
    affine = np.array(around.lps_from_voxel)
    affine[:3, :3] = affine[:3, :3] * step
    i, j, k = (slice(None, None, int(s)) for s in step)
    level = bone.level if anatomy.labels is not None else BONE_HU
    return region_surface(Volume(around.array[i, j, k] > level, affine), 0.7)
