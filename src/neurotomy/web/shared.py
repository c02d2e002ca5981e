"""What sessions may share because nobody changes it: a CT with its nerves, ready for X-rays, and bones as surfaces.

Twenty trainees on the same built-in spine hold one copy of it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from neurotomy.anatomy import Anatomy
from neurotomy.case import Case
from neurotomy.guidance.live import LivePicture
from neurotomy.guidance.placement import Placement
from neurotomy.imaging.export.mesh import Mesh, region_surface
from neurotomy.progress import SILENT, Progress

__all__ = ["Opened", "opened"]

KEPT = 3
"""CTs that are kept for the next who opens them."""
BONE_HU, BONE_STEP_MM, AROUND_MM = 220.0, 2.0, 75.0

T = TypeVar("T")


@dataclass
class Opened:
    """A case's anatomy with the needles it starts with."""

    anatomy: Anatomy
    placements: tuple[Placement, ...]
    live: LivePicture
    _made: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """`make` it the first time it is asked for, and keep it."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            found: T = self._made[name]
            return found

    def bones(self) -> Mesh:
        """The surface of the bone around the nerves of the case."""
        return self.once("bones", lambda: _bones(self.anatomy))


_kept: OrderedDict[str, Opened] = OrderedDict()
_making: dict[str, threading.Lock] = {}
_guard = threading.Lock()


def opened(case: Case, progress: Progress = SILENT) -> Opened:
    """Find the nerves of `case` and its needles, or take what an equal case has found.

    Raises
    ------
    NeurotomyError
        As :func:`neurotomy.treatment.find_nerves` and :func:`~neurotomy.treatment.place_needles`.
    """
    key = _key(case)
    with _guard:
        making = _making.setdefault(key, threading.Lock())
    progress(0.0, "Opening the case")
    with making:  # who comes second waits for the first
        return _found(key) or _make(key, case, progress)


def _found(key: str) -> Opened | None:
    with _guard:
        if key in _kept:
            _kept.move_to_end(key)
        return _kept.get(key)


def _make(key: str, case: Case, progress: Progress) -> Opened:
    from neurotomy.treatment import find_nerves, place_needles

    anatomy = find_nerves(case, progress.part(0.0, 0.6))
    placements = place_needles(case, anatomy, progress.part(0.6, 0.85))
    progress(0.85, "Preparing the CT for X-rays")
    live = LivePicture(anatomy.ct)
    live.prepare()
    with _guard:
        found = _kept[key] = Opened(anatomy, placements, live)
        while len(_kept) > KEPT:
            old, _ = _kept.popitem(last=False)
            _making.pop(old, None)
    return found


def _key(case: Case) -> str:
    said = [
        case.imaging.model_dump_json(),
        repr(case.treated_targets),
        repr(case.landmarks),
        case.electrode.model_dump_json(),
        repr(case.placements),
        repr(case.plan),
    ]
    for path in (case.ct_path, case.labels_path):
        said.append("" if path is None else f"{path.resolve()}{_changed(path)}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


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
