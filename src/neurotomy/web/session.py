"""One person's open case: what the pages show and change. Pure Python over the library; it knows no browser.

Results that a change makes stale are dropped at once, so that nothing computed for an older needle is ever shown beside
a newer one. Whoever shows something listens to a topic; topics are :data:`TOPICS`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy import Anatomy, Target
from neurotomy.case import Case, example_toml, parse_case
from neurotomy.errors import CaseError, GuidanceError, NeurotomyError
from neurotomy.files import write_text
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.check import Check
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.realism import Look, Polarity
from neurotomy.guidance.shaft import shaft_angles_deg, turned_shaft
from neurotomy.lesion import Lesion
from neurotomy.progress import SILENT, Progress

if TYPE_CHECKING:
    from neurotomy.coverage import Coverage
    from neurotomy.guidance.live import Checker
    from neurotomy.lesion.growth import Growth
    from neurotomy.lesion.volumetric import VolumeLesion
    from neurotomy.recovery import Recovery
    from neurotomy.selection import Selection
    from neurotomy.treatment import Treatment
    from neurotomy.web.shared import Opened

__all__ = ["TOPICS", "Session", "first_case"]

TOPICS = ("case", "anatomy", "target", "needle", "carm", "look", "lesion", "growing", "meaning")
"""What can change."""
_KEPT = ("case", "target", "needle", "carm", "look")
"""What is on disk: lesions are made again."""

CASE_FILE, VIEW_FILE = "case.toml", "view.json"
_AHEAD_MM = 1e-6

Array = NDArray[np.float64]


class Session:
    """A case with its anatomy, needles, picture and results.

    Parameters
    ----------
    folder : Path
        Where the case is kept as it changes; files of an earlier session there are taken up.

    Attributes
    ----------
    case
        Always valid; its needles are in `placements`.
    anatomy
        After :meth:`open`.
    placements
        One needle for each nerve, by the nerve's label.
    target
        The nerve that is worked on.
    carm, look
        The picture.
    growth, grown, playing_s
        The last lesion while it grew, the nerve it is for, and the moment of it that is shown now; None shows its end.
    follow
        Whether what was burnt in one tissue is burnt again when needle or protocol change; whoever listens does it.
    burnt_before
        Labels of nerves that had a lesion in one tissue, though the needle may have been moved since.
    lesions
        One for each needle that has burnt, by the nerve's label; in this CT's tissue where it was computed so.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.case: Case = first_case()
        self.anatomy: Anatomy | None = None
        self.placements: dict[str, Placement] = {}
        self.target: Target | None = None
        self.carm = CArm(np.zeros(3))
        self.look = Look()
        self.lesions: dict[str, Lesion | VolumeLesion] = {}
        self.growth: Growth | None = None
        self.playing_s: float | None = None
        self.grown = ""
        self.follow = True
        self.coverage: Coverage | None = None
        self.recovery: Recovery | None = None
        self.burnt_before: set[str] = set()
        self.opened: Opened | None = None
        self._listeners: dict[str, list[Callable[[], None]]] = {topic: [] for topic in TOPICS}
        self._restored: dict[str, Any] = {}
        self._remembered: dict[str, tuple[Any, Any]] = {}
        self._making: dict[str, threading.Lock] = {}
        self._version = 0

    # -- listening -----------------------------------------------------------------------------------------------------

    def on(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each change of `topic`; returns what takes it off again."""
        self._listeners[topic].append(callback)

        def off() -> None:
            if callback in self._listeners[topic]:
                self._listeners[topic].remove(callback)

        return off

    def tell(self, *topics: str) -> None:
        """Tell who listens, and keep the state."""
        self._version += 1
        if not set(topics).isdisjoint(_KEPT):
            self.save()
        for topic in topics:
            for callback in tuple(self._listeners[topic]):
                callback()

    # -- opening and keeping -------------------------------------------------------------------------------------------

    def restore(self) -> bool:
        """Take up the case kept in the folder, without its anatomy; False when there is none that can be read."""
        try:
            self.case = parse_case((self.folder / CASE_FILE).read_text(encoding="utf-8"), folder=self.folder)
            self._restored = json.loads((self.folder / VIEW_FILE).read_text(encoding="utf-8"))
        except (OSError, NeurotomyError, ValueError):
            return False
        return True

    def open(self, case: Case, progress: Progress = SILENT) -> None:
        """Find the nerves of `case` on its CT, take or plan its needles, and show the first nerve.

        Raises
        ------
        NeurotomyError
            As :func:`neurotomy.treatment.find_nerves` and :func:`~neurotomy.treatment.place_needles`; what was open
            before stays open.
        """
        from neurotomy.web.shared import opened

        found = opened(case, progress.part(0.0, 0.95))
        anatomy = found.anatomy
        with self.lock:
            self.case, self.anatomy, self.opened = case, anatomy, found
            self.placements = {placement.target.label: placement for placement in found.placements}
            self._drop()
            self.burnt_before.clear()
            kept, self._restored = self._restored, {}
            targets = {course.target.label: course.target for course in anatomy.courses}
            self.target = targets.get(kept.get("target", ""), anatomy.courses[0].target)
            self.look = _look_of(kept.get("look", {}))
            poses = self.named_views()
            self.carm = _carm_of(kept["carm"]) if "carm" in kept else next(iter(poses.values()))
        progress(1.0, "Ready")
        self.tell(*TOPICS)

    def reopen(self) -> None:
        """Open the case if it is not: a page of before asks on after the server was started again."""
        with self.lock:
            if self.anatomy is None:
                self.open(self.case)

    def change(self, **tables: Mapping[str, Any]) -> None:
        """Change values of the case, for instance ``change(equipment={"electrode": "conventional-16g-10mm"})``.

        Raises
        ------
        CaseError
            When the case would contradict itself; it is then left as it was.
        """
        with self.lock:
            self.case = self._changed(self.saved_case(), tables)  # with the needles as they are: they may not fit
            self._drop()
            if "equipment" in tables:
                electrode = self.case.electrode
                self.placements = {k: replace(p, electrode=electrode) for k, p in self.placements.items()}
        self.tell("case", "needle", "lesion", "meaning")

    def set_blocks(self, blocks: list[dict[str, Any]]) -> None:
        """Replace the diagnostic blocks; lesions stay, for they do not depend on them.

        Raises
        ------
        CaseError
            When a block is not possible.
        """
        with self.lock:
            self.case = self._changed(self.case, {"blocks": blocks})
            self.recovery = None
        self.tell("case", "meaning")

    def set_rule_set(self, name: str) -> None:
        """Judge the blocks by another rule set; lesions stay, for they do not depend on it.

        Raises
        ------
        CaseError
            When there is none of this name.
        """
        with self.lock:
            self.case = self._changed(self.case, {"treatment": {"rule_set": name}})
            self.recovery = None
        self.tell("case", "meaning")

    def set_language(self, language: str) -> None:
        """Write the patient's papers in another language.

        Raises
        ------
        CaseError
            When there is none of this name.
        """
        with self.lock:
            self.case = self._changed(self.case, {"papers": {"language": language}})
        self.tell("case")

    def _changed(self, case: Case, tables: Mapping[str, Any]) -> Case:
        from pydantic import ValidationError

        plain = case.model_dump(exclude_none=True)
        for name, values in tables.items():
            plain[name] = {**plain[name], **values} if isinstance(values, Mapping) else values
        try:
            return Case.model_validate(plain).in_folder(case.folder)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise CaseError(f"{where}: {first['msg'].removeprefix('Value error, ')}.") from None

    def _drop(self) -> None:
        """Forget what was computed for another needle, protocol or case."""
        self.lesions, self.coverage, self.recovery = {}, None, None
        self.growth = self.playing_s = None
        self.grown = ""
        self._remembered.clear()

    def remember(self, name: str, state: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """`make` something once for each `state`; a lesion that is gone takes with it what was made of it.

        Words of the state are compared by what they say, all else by what it is.
        """
        with self.lock:
            making = self._making.setdefault(name, threading.Lock())
        with making:  # who asks meanwhile waits for the first
            before = self._remembered.get(name)
            if before is None or not _same(before[0], state):
                before = self._remembered[name] = (state, make())
            return before[1]

    def saved_case(self) -> Case:
        """The case with its needles as they are now."""
        if not self.placements:
            return self.case
        rows = [
            {
                "nerve": p.target.nerve,
                "bone": p.target.bone,
                "tip_lps_mm": [round(float(v), 3) for v in p.tip_lps_mm],
                "entry_lps_mm": [round(float(v), 3) for v in p.entry_lps_mm],
            }
            | ({} if p.electrode.axisymmetric else {"roll_deg": round(p.roll_deg, 1)})
            for p in self.placements.values()
        ]
        return self._changed(self.case, {"plan": False, "placements": rows})

    def save(self) -> None:
        """Keep the case and the view in the folder; what was there stays when the disk is full."""
        if self.anatomy is None:
            return
        with self.lock:
            write_text(self.folder / CASE_FILE, self.saved_case().to_toml())
            write_text(self.folder / VIEW_FILE, json.dumps(self.view()))

    def view(self) -> dict[str, Any]:
        """What is looked at, as plain values."""
        carm, look = self.carm, self.look
        return {
            "target": self.target.label if self.target else "",
            "carm": {
                "isocentre_lps_mm": [float(v) for v in carm.isocentre_lps_mm],
                "primary_deg": carm.primary_deg,
                "secondary_deg": carm.secondary_deg,
                "field_mm": carm.pixel_mm * carm.columns,
            },
            "look": {
                "polarity": look.polarity.value,
                "dose_ugy": look.dose_ugy,
                "window": list(look.window or (0.5, 99.7)),
                "collimator": look.collimator.value,
            },
        }

    # -- the nerve and its needle --------------------------------------------------------------------------------------

    @property
    def targets(self) -> tuple[Target, ...]:
        """The nerves of the case, in its order; empty before it is open."""
        return () if self.anatomy is None else tuple(course.target for course in self.anatomy.courses)

    @property
    def placement(self) -> Placement | None:
        """The needle of the nerve that is worked on."""
        return None if self.target is None else self.placements.get(self.target.label)

    def select(self, target: Target) -> None:
        """Work on another nerve: the C-arm goes to it in the same direction."""
        with self.lock:
            self.target = target
            self.carm = replace(self.carm, isocentre_lps_mm=self._isocentre())
        self.tell("target")
        self.tell("carm")

    def set_needle(self, tip_lps_mm: ArrayLike, entry_lps_mm: ArrayLike, roll_deg: float | None = None) -> None:
        """Move the needle of the nerve that is worked on; its roll stays unless one is given.

        Raises
        ------
        GuidanceError
            When tip and entry are the same point.
        """
        placement = self.needle()
        tip, entry = np.asarray(tip_lps_mm, float), np.asarray(entry_lps_mm, float)
        if np.linalg.norm(entry - tip) < _AHEAD_MM:
            raise GuidanceError("Tip and entry of the needle are the same point.")
        roll = placement.roll_deg if roll_deg is None else (float(roll_deg) + 180.0) % 360.0 - 180.0
        self._put(replace(placement, tip_lps_mm=tip, entry_lps_mm=entry, origin="given", roll_deg=roll))

    def move_needle(
        self,
        *,
        along_mm: float = 0.0,
        oblique_deg: float = 0.0,
        cranial_deg: float = 0.0,
        roll_deg: float = 0.0,
        shift_lps_mm: ArrayLike = (0.0, 0.0, 0.0),
    ) -> None:
        """Advance the needle (towards the tip), turn it about its tip, roll it about itself, or shift it.

        Turning is in the patient's axes: `oblique_deg` swings the hub towards the patient's left, `cranial_deg` lifts
        it towards the head. `roll_deg` is counter-clockwise seen from the hub. The entry is found on the skin anew.
        """
        placement = self.needle()
        tip, entry = np.asarray(placement.tip_lps_mm, float), np.asarray(placement.entry_lps_mm, float)
        length = float(np.linalg.norm(entry - tip))
        up = turned_shaft((entry - tip) / length, oblique_deg, cranial_deg)
        moved = tip - along_mm * up + np.asarray(shift_lps_mm, float)
        self.set_needle(moved, self._skin(moved, up, length + along_mm), placement.roll_deg + roll_deg)

    def drag_needle(self, which: str, to_lps_mm: ArrayLike) -> None:
        """Bring the needle's ``tip`` to a point, in the direction it has, or let it come from an ``entry``.

        The entry is where that line passes the skin.

        Raises
        ------
        GuidanceError
            When tip and entry are the same point.
        """
        placement, to = self.needle(), np.asarray(to_lps_mm, float)
        tip, entry = np.asarray(placement.tip_lps_mm, float), np.asarray(placement.entry_lps_mm, float)
        tip, entry = (to, entry + to - tip) if which == "tip" else (tip, to)
        length = float(np.linalg.norm(entry - tip))
        if length < _AHEAD_MM:
            raise GuidanceError("Tip and entry of the needle are the same point.")
        self.set_needle(tip, self._skin(tip, (entry - tip) / length, length))

    def needle_angles(self) -> dict[str, float]:
        """Of the needle: `oblique_deg` from the sagittal plane (to the left), `cranial_deg`, `depth_mm`, `roll_deg`."""
        placement = self.needle()
        oblique_deg, cranial_deg = shaft_angles_deg(placement.shaft_direction)
        return {
            "oblique_deg": oblique_deg,
            "cranial_deg": cranial_deg,
            "depth_mm": placement.insertion_depth_mm,
            "roll_deg": placement.roll_deg,
        }

    def snap_to_plan(self, progress: Progress = SILENT) -> None:
        """Put the needle where the planner would.

        Raises
        ------
        GuidanceError
            When no needle can reach the nerve.
        """
        from neurotomy.guidance.planner import plan

        anatomy, target = self.at_work()
        self._put(plan(anatomy.course(target), anatomy, self.case.electrode, progress))

    def _put(self, placement: Placement) -> None:
        """A needle elsewhere: what was computed for where it was is gone."""
        label = placement.target.label
        with self.lock:
            self.placements[label] = placement
            self.lesions.pop(label, None)
            self.coverage = self.recovery = None
        self.tell("needle", "lesion", "meaning")

    def checks(self) -> tuple[Check, ...]:
        """The checks of the needle that is worked on.

        Raises
        ------
        GuidanceError
            When the needle cannot be: outside the patient, from the front.
        """
        placement = self.needle()
        found: tuple[Check, ...] = self.remember("checks", (placement,), lambda: self.checker().check(placement))
        return found

    def checker(self) -> Checker:
        """What grades the needle that is worked on; until it is prepared its first check takes a second or two."""
        _, target = self.at_work()
        assert self.opened is not None
        return self.opened.ground.checker(target)

    def _skin(self, tip: Array, up: Array, otherwise_mm: float) -> Array:
        from neurotomy.guidance.skin import skin_crossing

        anatomy, _ = self.at_work()
        crossing = skin_crossing(anatomy.ct, tip, up)
        return np.asarray(tip + otherwise_mm * up if crossing is None else crossing.point_lps_mm)

    # -- the picture ---------------------------------------------------------------------------------------------------

    def named_views(self) -> dict[str, CArm]:
        """The C-arm's poses for the nerve that is worked on, set for this patient, by name."""
        from neurotomy.guidance.views import view_poses

        anatomy, target = self.at_work()
        poses = view_poses(self.needle(), anatomy.course(target), anatomy)
        return {name: replace(pose, isocentre_lps_mm=self._isocentre()) for name, pose in poses.items()}

    def named_view(self, name: str) -> None:
        """Turn the C-arm to a named view.

        Raises
        ------
        GuidanceError
            When there is none of this name.
        """
        poses = self.named_views()
        if name not in poses:
            raise GuidanceError(f"No view '{name}' of this nerve; there are: {', '.join(poses)}.")
        self.set_carm(poses[name].primary_deg, poses[name].secondary_deg)

    def set_carm(self, primary_deg: float, secondary_deg: float, field_mm: float | None = None) -> None:
        """Turn the C-arm, by DICOM angles; the tilt stops at its limit."""
        with self.lock:
            self.carm = self.posed(primary_deg, secondary_deg, field_mm)
        self.tell("carm")

    def posed(self, primary_deg: float, secondary_deg: float, field_mm: float | None = None) -> CArm:
        """The C-arm at other angles about the same isocentre."""
        from neurotomy.guidance.carm import SECONDARY_LIMIT_DEG

        tilt = float(np.clip(secondary_deg, -SECONDARY_LIMIT_DEG, SECONDARY_LIMIT_DEG))
        wide = float(np.clip(field_mm, 80.0, 400.0)) if field_mm else self.carm.pixel_mm * self.carm.columns
        return replace(
            self.carm, primary_deg=primary_deg, secondary_deg=tilt, rows=512, columns=512, pixel_mm=wide / 512
        )

    def set_look(self, **changes: Any) -> None:
        """Change how the picture is taken and shown: fields of :class:`~neurotomy.guidance.realism.Look`.

        Raises
        ------
        GuidanceError
            When a value is not possible.
        """
        with self.lock:
            self.look = replace(self.look, **changes)
        self.tell("look")

    def picture(
        self, carm: CArm, *, pixels: int, refined: bool, needles: bool = True
    ) -> tuple[NDArray[np.uint8], bool]:
        """The radiograph at a pose, 8 bit, (pixels, pixels), and whether it was refined."""
        self.at_work()
        assert self.opened is not None
        shown = tuple(self.placements.values()) if needles else ()
        return self.opened.picture(carm, shown, self.look, pixels=pixels, refined=refined)

    def _isocentre(self) -> Array:
        anatomy, target = self.at_work()
        course = anatomy.course(target)
        neck = course.neck.points_mm
        return np.asarray(course.landmarks_mm.get("target", neck[len(neck) // 2]), dtype=float)

    # -- what the lesions mean ----------------------------------------------------------------------------------------

    def play(self, time_s: float | None) -> None:
        """Show the last lesion as it was at `time_s` of its protocol; None shows its end."""
        self.playing_s = time_s
        self.tell("growing")

    @property
    def untreated(self) -> tuple[Target, ...]:
        """Nerves of the case without a lesion yet."""
        return tuple(target for target in self.targets if target.label not in self.lesions)

    def selections(self) -> dict[str, Selection]:
        """Is the joint the source of the pain: for each joint of the case."""
        from neurotomy.selection import assess

        case = self.case
        return {
            joint: assess(joint, case.side, case.blocks_of(joint), case.treatment.rule_set) for joint in case.joints
        }

    def forecast(self) -> Recovery | None:
        """What the patient can expect with the lesions made so far; None before the first."""
        from neurotomy.recovery import forecast_joints

        if self.coverage is None:
            return None
        if self.recovery is None:
            self.recovery = forecast_joints(
                self.selections(), self.coverage, self.case.side, seed=self.case.uncertainty.seed
            )
        return self.recovery

    def treatment(self, progress: Progress = SILENT) -> Treatment:
        """The whole path, as ``neurotomy run`` walks it, with the needles as they are now."""
        from neurotomy.treatment import treat

        return treat(self.saved_case(), progress)

    def needle(self) -> Placement:
        """The needle that is worked on.

        Raises
        ------
        GuidanceError
            Before there is one.
        """
        placement = self.placement
        if placement is None:
            raise GuidanceError("No needle yet: open a case first.")
        return placement

    def at_work(self) -> tuple[Anatomy, Target]:
        """The CT with its nerves, and the nerve that is worked on.

        Raises
        ------
        GuidanceError
            Before :meth:`open`.
        """
        if self.anatomy is None or self.target is None:
            raise GuidanceError("No case is open yet.")
        return self.anatomy, self.target


def first_case() -> Case:
    """What a new browser is shown: the example on the built-in spine."""
    return parse_case(example_toml(), name="the example")


def _same(before: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    return len(before) == len(now) and all(
        a is b or (isinstance(a, str) and a == b) for a, b in zip(before, now, strict=True)
    )


def _carm_of(kept: Mapping[str, Any]) -> CArm:
    return CArm(
        np.array(kept["isocentre_lps_mm"], float),
        float(kept["primary_deg"]),
        float(kept["secondary_deg"]),
        pixel_mm=float(kept["field_mm"]) / 512,
    )


def _look_of(kept: Mapping[str, Any]) -> Look:
    from neurotomy.guidance.realism import Collimator

    usual = Look()
    if not kept:
        return usual
    low, high = kept["window"]
    return replace(
        usual,
        polarity=Polarity(kept["polarity"]),
        dose_ugy=float(kept["dose_ugy"]),
        window=(float(low), float(high)),
        collimator=Collimator(kept["collimator"]),
    )
