"""Named points on one bone and side, and which of them a person must mark where there is no label map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import Side, Target, parse_vertebra
from neurotomy.errors import AnatomyError, nearest
from neurotomy.results import Result

__all__ = ["LANDMARKS", "MIDLINE", "NEEDED", "ON_SURFACE", "Landmark", "marks", "needed_for"]

Array = NDArray[np.float64]

LANDMARKS: dict[str, str] = {
    "target": "middle of the neck of the superior articular process, where the nerve lies on bone; for S1 the groove "
    "between sacral ala and superior articular process",
    "sap_tip": "top of the superior articular process",
    "neck_ventral": "ventral end of that neck at the height of the nerve, at the posterior margin of the foramen",
    "neck_dorsal": "dorsal end of that neck at the height of the nerve",
    "tp_root_superior": "upper border of the root of the transverse process where it meets that neck",
    "tp_tip": "tip of the transverse process; for S1 of the ala",
    "mamillo_accessory_notch": "notch between mamillary and accessory process",
    "pedicle_centre": "middle of the pedicle at its isthmus",
    "body_centre": "middle of the vertebral body",
    "superior_endplate_centre": "middle of the upper end plate",
    "spinous_tip": "tip of the spinous process",
    "iap_tip": "lower end of the inferior articular process",
    "pillar_waist": "lateral surface of the articular pillar at its waist",
    "pillar_anterior": "front edge of the articular pillar at the height of its waist",
    "pillar_posterior": "back edge of the articular pillar at the height of its waist",
    "tp_corner": "superolateral corner of the transverse process",
    "foramen_centre": "middle of the back opening of a sacral foramen",
    "foramen_lateral": "lateral edge of the back opening of a sacral foramen",
    "joint_above": "middle of the facet joint at the top of this bone's pillar or lamina",
    "joint_below": "middle of the facet joint at the lower end of this bone's pillar",
    "foramen_s1": "middle of the back opening of the first sacral foramen",
    "foramen_s2": "middle of the back opening of the second sacral foramen",
    "foramen_s3": "middle of the back opening of the third sacral foramen",
    "median_crest": "back of the sacrum in the midline at the height of a foramen",
}
"""Every landmark and what it is."""

MIDLINE: tuple[str, ...] = ("body_centre", "superior_endplate_centre", "spinous_tip")
"""Landmarks in the midline: the same point for both sides."""

ON_SURFACE: tuple[str, ...] = (
    "target", "sap_tip", "neck_ventral", "neck_dorsal", "tp_root_superior", "tp_tip", "mamillo_accessory_notch",
    "spinous_tip", "iap_tip", "pillar_waist", "pillar_anterior", "pillar_posterior", "tp_corner",
)  # fmt: skip
"""Landmarks that lie on the surface of the bone."""

NEEDED: tuple[str, ...] = ("target", "neck_ventral", "neck_dorsal")
"""What a person must mark where there is no label map, and one point of :data:`MIDLINE` besides."""

_NEEDED_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "pillar": ("pillar_waist", "joint_above", "joint_below"),
    "process": ("tp_corner", "tp_tip", "joint_above"),
    "sacrum": ("foramen_s1", "foramen_s2", "foramen_s3"),
}


def needed_for(target: Target) -> tuple[str, ...]:
    """What a person must mark on this bone and side where there is no label map, besides one midline point.

    :data:`NEEDED` for a nerve on the neck of a superior articular process (T12 to S1); of a pillar (C3 to C7) its waist
    and both joints; of a transverse process (T1 to T11) its corner, its tip and the joint above; for lateral branches
    the sacral foramina.
    """
    if "lateral branch" in target.nerve:
        return _NEEDED_ELSEWHERE["sacrum"]
    if target.bone[0] == "C":
        return _NEEDED_ELSEWHERE["pillar"]
    if target.bone[0] == "T" and target.bone != "T12":
        return _NEEDED_ELSEWHERE["process"]
    return NEEDED


def marks(name: str, target: Target) -> bool:
    """Whether a landmark of the target's bone and side is about this nerve.

    The sacrum (S1) carries two kinds: `target` and the ends of the neck are of the L5 dorsal ramus at the ala, foramina
    of the lateral branches.
    """
    if target.bone != "S1":
        return True
    lateral = "lateral branch" in target.nerve
    return not lateral if name in NEEDED else lateral if name.startswith("foramen") else True


@dataclass(frozen=True)
class Landmark(Result):
    """A point that a person has marked on the CT.

    Attributes
    ----------
    bone
        As in :data:`~neurotomy.anatomy.names.VERTEBRAE`.
    side
        The patient's own side; of no importance for a midline point.
    name
        One of :data:`LANDMARKS`.
    lps_mm
        The point.
    """

    bone: str
    side: Side
    name: str
    lps_mm: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "bone", parse_vertebra(self.bone))
        if self.name not in LANDMARKS:
            raise AnatomyError(f"Landmark '{self.name}' is not known. {nearest(self.name, LANDMARKS)}")
        point = np.array(self.lps_mm, dtype=float)
        if point.shape != (3,) or not np.all(np.isfinite(point)):
            raise AnatomyError(f"Landmark '{self.name}' of {self.bone} needs three numbers in mm (LPS).")
        point.setflags(write=False)
        object.__setattr__(self, "lps_mm", point)
