"""Where a needle comes from: its angles beside the published ones, and the C-arm with its beam down the needle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy import NerveCourse
from neurotomy.guidance.aim import region_of
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.scene import neck_direction
from neurotomy.guidance.technique_checks import approach_angles
from neurotomy.results import Result

__all__ = ["Approach", "PublishedAngles", "approach_of"]


@dataclass(frozen=True)
class PublishedAngles(Result):
    """Published angles of one technique, and how far this needle lies outside them.

    Attributes
    ----------
    technique
        For instance ``middle two quarters``: where on the neck the active tip was laid.
    lateral_deg, caudal_deg, oblique_deg
        Published range, as the angles of the same names in :class:`Approach`; None where none was published.
    lateral_off_deg, caudal_off_deg, oblique_off_deg
        How far this needle lies above (positive) or below (negative) that range; 0 within it.
    evidence
        Keys of the entries.
    """

    technique: str
    lateral_deg: tuple[float, float] | None
    caudal_deg: tuple[float, float] | None
    oblique_deg: tuple[float, float] | None
    lateral_off_deg: float
    caudal_off_deg: float
    oblique_off_deg: float
    evidence: tuple[str, ...]

    @property
    def in_words(self) -> str:
        """For instance ``middle two quarters: 29 to 47° lateral (here 9° less), 34 to 49° caudal (here within)``."""
        parts = []
        for what in ("lateral", "caudal", "oblique"):
            published: tuple[float, float] | None = getattr(self, f"{what}_deg")
            if published is None:
                continue
            off: float = getattr(self, f"{what}_off_deg")
            here = "within" if abs(off) < 0.5 else f"{abs(off):.0f}° {'more' if off > 0 else 'less'}"
            low, high = published
            span = f"{low:.0f} to {high:.0f}°" if high > low else f"{low:.0f}°"
            parts.append(f"{span} {what} (here {here})")
        return f"{self.technique}: {', '.join(parts)}"


@dataclass(frozen=True)
class Approach(Result):
    """Where a needle comes from, in the frame of the bone it goes to.

    Attributes
    ----------
    lateral_deg
        Angle to the parasagittal plane in the posterior view; positive when the needle comes from the lateral side.
        It says little of a needle that comes nearly straight from behind: see `oblique_deg`.
    caudal_deg
        Angle to the superior end plate in the lateral view; positive when it comes from below.
    oblique_deg
        Turn to the lateral side about the bone's own axis, from straight behind: the C-arm's oblique angle to the
        squared AP view.
    to_nerve_deg
        Angle of the active tip to the nerve on the neck.
    beam
        The C-arm with its beam down the needle, within its reach.
    off_beam_deg
        Angle between the needle and that beam: above 0 where the needle is steeper than a C-arm tilts.
    published
        What was published for this kind of nerve.
    """

    lateral_deg: float
    caudal_deg: float
    oblique_deg: float
    to_nerve_deg: float
    beam: CArm
    off_beam_deg: float
    published: tuple[PublishedAngles, ...]

    @property
    def in_words(self) -> str:
        """The angles as said to a person who is to hold the needle."""
        return (
            f"from {self.lateral_deg:.0f}° lateral of the sagittal plane and {self.caudal_deg:.0f}° caudal of the end "
            f"plate, turned {self.oblique_deg:.0f}° from straight behind"
        )


def approach_of(placement: Placement, course: NerveCourse) -> Approach:
    """Angles of a needle to sagittal plane, end plate and nerve, the beam down it, and the published angles.

    The published angles are those of bone studies of lumbar necks (Tran 2022, Tran 2023) and of the passes of a
    cervical technique (MacVicar 2012); for chest and sacrum none was found.

    Raises
    ------
    GuidanceError
        When needle and nerve are not of the same target.
    """
    from neurotomy.guidance.views import view_poses

    shaft = placement.shaft_direction
    lateral, caudal = approach_angles(-shaft, course)
    x, y, _ = course.lps_from_vertebra.rotation.T @ shaft
    oblique = float(np.degrees(np.arctan2(course.target.side.sign * x, y)))
    along = abs(float(placement.active_direction @ neck_direction(course.neck.points_mm)))
    views = view_poses(placement, course)
    beam = views.get("declined") or views["trajectory"]
    return Approach(
        lateral_deg=lateral,
        caudal_deg=caudal,
        oblique_deg=oblique,
        to_nerve_deg=float(np.degrees(np.arccos(min(along, 1.0)))),
        beam=beam,
        off_beam_deg=float(np.degrees(np.arccos(np.clip(beam.to_detector @ shaft, -1.0, 1.0)))),
        published=_published(course, {"lateral": lateral, "caudal": caudal, "oblique": oblique}),
    )


_TECHNIQUES = {
    "lumbar": ("middle two quarters", "posterior half"),
    "cervical": ("sagittal pass", "oblique pass"),
}


def _published(course: NerveCourse, here_deg: dict[str, float]) -> tuple[PublishedAngles, ...]:
    region = region_of(course.target)
    if region == "lumbar" and not course.target.bone.startswith("L"):
        return ()  # the bone studies are of L1 to L5
    found = []
    for technique in _TECHNIQUES.get(region, ()):
        entries = evidence.select(f"anatomy.{region}.needle_angle.{technique.replace(' ', '_')}")
        ranges: dict[str, tuple[float, float] | None] = dict.fromkeys(here_deg)
        off = dict.fromkeys(here_deg, 0.0)
        for key, entry in entries.items():
            what, value = key.rsplit(".", 1)[1], float(evidence.value(key))
            low = value if entry.low is None else float(entry.low)
            high = value if entry.high is None else float(entry.high)
            ranges[what] = (low, high)
            off[what] = max(here_deg[what] - high, 0.0) + min(here_deg[what] - low, 0.0)
        found.append(
            PublishedAngles(
                technique,
                **{f"{what}_deg": span for what, span in ranges.items()},  # type: ignore[arg-type]
                **{f"{what}_off_deg": degrees for what, degrees in off.items()},  # type: ignore[arg-type]
                evidence=tuple(entries),
            )
        )
    return tuple(found)
