"""P(every nerve of the joint is captured) for one technique: needles, lesions and nerves of the other rooms.

On the built-in spine each nerve of the joint gets its needle: ``parallel``, as the planner puts it, or
``perpendicular``, upright on the middle of the neck as in the technique of the first decades. The lesion is simulated,
and the coverage room cuts it with the nerve under the spread of nerve, needle and tissue. A simulated patient is then
captured with that probability; its error from the finite number of samples is carried as one of the study's unknowns.

The result is kept in the user's cache. Its key holds everything it depends on: equipment, joint, spine, samples, and
the text of this program and its evidence, so that a changed program computes it again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from neurotomy.anatomy import Anatomy, NerveCourse, Side
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import AnatomyError
from neurotomy.files import cache_dir, write_text
from neurotomy.geometry import unit
from neurotomy.guidance.placement import Placement
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result

__all__ = ["Capture", "captures", "upright_placement"]

_NOMINAL_DEPTH_MM = 60.0
"""Where the skin is not met: only the direction of the shaft counts for the lesion."""


@dataclass(frozen=True)
class Capture(Result):
    """How often one technique captures every nerve of the joint, on one spine.

    Attributes
    ----------
    technique, electrode, protocol
        What was done.
    spine
        Variation of the built-in spine, or None for the standard one.
    hits, samples
        Of so many samples so many captured every nerve.
    probability, interval
        Their ratio, and its 95 % interval from the finite number of samples (Wilson).
    angles_deg
        Angle between needle and nerve, as placed, for each nerve.
    coagulated_mm
        Length of each nerve's neck that is coagulated, as placed.
    """

    technique: str
    electrode: str
    protocol: str
    spine: int | None
    hits: int
    samples: int
    probability: float
    interval: tuple[float, float]
    angles_deg: tuple[float, ...]
    coagulated_mm: tuple[float, ...]


def captures(
    joint: str,
    side: Side,
    technique: str,
    electrode: Electrode,
    protocol: Protocol,
    *,
    tissue: str = "muscle",
    spines: Sequence[int] = (),
    samples: int = 4000,
    progress: Progress = SILENT,
) -> tuple[Capture, ...]:
    """Capture of one technique on each spine, computed now or read from the cache.

    Parameters
    ----------
    joint, side
        Which nerves.
    technique : str
        One of :data:`neurotomy.studies.model.TECHNIQUES`.
    electrode, protocol, tissue
        What heats, and in what.
    spines : sequence of int
        Variations of the built-in spine; the standard one when empty.
    samples : int
        For each spine.
    progress : Progress
        Told at each step.

    Raises
    ------
    AnatomyError
        When the built-in spine does not hold the nerves of this joint.
    GuidanceError
        When no needle of this kind can reach a nerve.
    """
    seeds: tuple[int | None, ...] = tuple(spines) or (None,)
    found = []
    for n, seed in enumerate(seeds):
        part = progress.part(n / len(seeds), (n + 1) / len(seeds))
        stated = {
            "joint": joint,
            "side": side.value,
            "technique": technique,
            "electrode": electrode.model_dump(mode="json"),
            "protocol": protocol.model_dump(mode="json"),
            "tissue": tissue,
            "spine": seed,
            "samples": samples,
            "program": _program(),
        }
        kept = (
            cache_dir() / "captures" / f"{hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()}.json"
        )
        capture = _read(kept)
        if capture is None:
            capture = _computed(joint, side, technique, electrode, protocol, tissue, seed, samples, part)
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_text(kept, json.dumps(capture.to_dict()))
            capture = _read(kept) or capture  # as every later run finds it, to the last digit
        found.append(capture)
        part(1.0, f"Nerves and lesions: {technique}, {electrode.name}")
    return tuple(found)


def _computed(
    joint: str,
    side: Side,
    technique: str,
    electrode: Electrode,
    protocol: Protocol,
    tissue: str,
    seed: int | None,
    samples: int,
    progress: Progress,
) -> Capture:
    from neurotomy.anatomy.innervation import targets_for
    from neurotomy.anatomy.spine import built_in_spine
    from neurotomy.coverage import cover
    from neurotomy.guidance.planner import plan
    from neurotomy.lesion import simulate

    spine = built_in_spine(seed, progress.part(0.0, 0.3))
    try:
        courses = tuple(spine.course(target) for target in targets_for(joint, side))
    except AnatomyError:
        raise AnatomyError(
            f"The built-in spine does not hold the nerves of {joint}: studies are of lumbar joints, L1/2 to L5/S1."
        ) from None
    anatomy = Anatomy(spine.ct, spine.labels, courses, "built-in spine", "known by construction")
    needles = []
    for k, course in enumerate(courses):
        part = progress.part(0.3 + 0.4 * k / len(courses), 0.3 + 0.4 * (k + 1) / len(courses))
        needles.append(
            plan(course, anatomy, electrode, part)
            if technique == "parallel"
            else upright_placement(course, anatomy, electrode)
        )
    lesion = simulate(electrode, protocol, tissue=tissue, progress=progress.part(0.7, 0.8))
    coverage = cover(courses, needles, [lesion] * len(courses), samples=samples, progress=progress.part(0.8, 1.0))
    return Capture(
        technique=technique,
        electrode=electrode.name,
        protocol=protocol.name,
        spine=seed,
        hits=round(coverage.all_captured_probability * samples),
        samples=samples,
        probability=coverage.all_captured_probability,
        interval=coverage.all_captured_interval,
        angles_deg=tuple(nerve.angle_deg for nerve in coverage.nerves),
        coagulated_mm=tuple(nerve.coagulated_on_neck_mm for nerve in coverage.nerves),
    )


def upright_placement(course: NerveCourse, anatomy: Anatomy, electrode: Electrode) -> Placement:
    """A needle at a right angle to the nerve, its apex on the middle of the neck, as dorsal as the angle allows."""
    from neurotomy.guidance.skin import skin_crossing

    neck = course.neck.points_mm
    along = unit(neck[-1] - neck[0])
    apex = neck[len(neck) // 2]
    dorsal = np.array([0.0, 1.0, 0.0])
    shaft = unit(dorsal - (dorsal @ along) * along)
    crossing = skin_crossing(anatomy.ct, apex, shaft)
    entry = apex + _NOMINAL_DEPTH_MM * shaft if crossing is None else crossing.point_lps_mm
    return Placement(course.target, electrode, apex, entry, "given")


@cache
def _program() -> str:
    """Hash of the program's own text in the rooms that a capture passes through."""
    root = Path(__file__).parents[1]
    rooms = ("anatomy", "coverage", "equipment", "evidence", "geometry", "guidance", "lesion")
    whole = hashlib.sha256()
    for room in rooms:
        for file in sorted((root / room).rglob("*")):
            if file.suffix in {".py", ".toml"}:
                whole.update(file.relative_to(root).as_posix().encode())
                whole.update(file.read_bytes())
    return whole.hexdigest()


def _read(path: Path) -> Capture | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Capture(
            **{
                **told,
                "interval": tuple(told["interval"]),
                "angles_deg": tuple(told["angles_deg"]),
                "coagulated_mm": tuple(told["coagulated_mm"]),
            }
        )
    except (OSError, ValueError, TypeError, KeyError):  # not there, or damaged: computed again
        return None
