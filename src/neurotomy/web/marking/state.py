"""What is marked so far: the joints, and for each bone the points that place its nerve. It knows no browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.landmarks import LANDMARKS, MIDLINE, needed_for
from neurotomy.anatomy.names import Side
from neurotomy.errors import AnatomyError
from neurotomy.files import write_text
from neurotomy.geometry import Volume

__all__ = ["Marking", "Wanted"]

FILE = "marking.json"

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Wanted:
    """One point to be marked: on which bone, its name, what it is; whether it can be left out."""

    bone: str
    name: str
    words: str
    optional: bool


class Marking:
    """Points on the bones of one CT, for the nerves of some joints.

    Parameters
    ----------
    folder : Path
        The session's; the points are kept there.
    joints : sequence of str
        To be treated.
    side : Side
        The patient's own.
    imaging : mapping
        The case's table of this name: the CT, and who confirmed level and side.
    """

    def __init__(self, folder: Path, joints: Sequence[str], side: Side, imaging: Mapping[str, Any]) -> None:
        self.folder, self.joints, self.side, self.imaging = folder, tuple(joints), side, dict(imaging)
        self.ct: Volume | None = None
        self.points: dict[tuple[str, str], Array] = {}
        targets = dict.fromkeys(target for joint in self.joints for target in targets_for(joint, side))
        names: dict[str, dict[str, None]] = {}
        for target in targets:
            names.setdefault(target.bone, {}).update(dict.fromkeys(needed_for(target)))
        self.wanted: tuple[Wanted, ...] = tuple(
            Wanted(bone, name, LANDMARKS[name], name in MIDLINE)
            for bone, own in names.items()
            for name in (*own, *MIDLINE)
        )

    @classmethod
    def kept(cls, folder: Path) -> Marking | None:
        """The marking that was begun in this folder, without its CT; None when there is none that can be read."""
        try:
            plain = json.loads((folder / FILE).read_text(encoding="utf-8"))
            found = cls(folder, plain["joints"], Side(plain["side"]), plain["imaging"])
            for bone, name, point in plain["points"]:
                found.points[(bone, name)] = np.asarray(point, dtype=float)
        except (OSError, ValueError, KeyError, TypeError, AnatomyError):
            return None
        return found

    def keep(self) -> None:
        """Write everything to the folder."""
        plain = {
            "joints": list(self.joints),
            "side": self.side.value,
            "imaging": self.imaging,
            "points": [[bone, name, [float(v) for v in point]] for (bone, name), point in self.points.items()],
        }
        write_text(self.folder / FILE, json.dumps(plain))

    def mark(self, wanted: Wanted, lps_mm: ArrayLike) -> None:
        """Set a point.

        Raises
        ------
        AnatomyError
            When it lies outside the CT, or on the other side of the midline that is marked on this bone.
        """
        point = np.round(np.asarray(lps_mm, dtype=float), 2)
        if self.ct is not None:
            voxel = self.ct.voxels(point)
            if np.any(voxel < -0.5) or np.any(voxel > np.array(self.ct.shape) - 0.5):
                raise AnatomyError("This point lies outside the CT.")
        if not wanted.optional:
            middle = [self.points[(wanted.bone, name)] for name in MIDLINE if (wanted.bone, name) in self.points]
            # The midline of a turned patient: far on the wrong side is a mistake, near it is none.
            if middle and self.side.sign * float(point[0] - np.mean(middle, axis=0)[0]) < -5.0:
                raise AnatomyError(
                    f"This point lies on the patient's other side: the {self.side.value} side of {wanted.bone} is "
                    "to be treated."
                )
        self.points[(wanted.bone, wanted.name)] = point
        self.keep()

    def forget(self, wanted: Wanted) -> None:
        """Take a point away."""
        self.points.pop((wanted.bone, wanted.name), None)
        self.keep()

    def at(self, wanted: Wanted) -> Array | None:
        """Where it was marked."""
        return self.points.get((wanted.bone, wanted.name))

    def next(self) -> Wanted | None:
        """The first that is not marked yet."""
        return next((wanted for wanted in self.wanted if self.at(wanted) is None), None)

    @property
    def missing(self) -> tuple[Wanted, ...]:
        """What must still be marked: all that cannot be left out, and of each bone one point in the midline."""
        found = [wanted for wanted in self.wanted if not wanted.optional and self.at(wanted) is None]
        for bone in dict.fromkeys(wanted.bone for wanted in self.wanted):
            middle = [wanted for wanted in self.wanted if wanted.bone == bone and wanted.optional]
            if all(self.at(wanted) is None for wanted in middle):
                found.append(middle[0])
        return tuple(found)

    def landmarks(self) -> list[dict[str, Any]]:
        """The case's rows ``[[landmarks]]``."""
        return [
            {"bone": bone, "side": self.side.value, "name": name, "lps_mm": [float(v) for v in point]}
            for (bone, name), point in self.points.items()
        ]
