"""What the guidance room gives: needles, checks of each, and the radiographs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Side, Target
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.check import Check
from neurotomy.guidance.palisade import Palisade
from neurotomy.guidance.placement import Placement
from neurotomy.results import INTERNAL, Result

__all__ = ["Guidance", "GuidedNeedle", "View"]


@dataclass(frozen=True)
class View(Result):
    """One radiograph of one target, with all it is stamped with.

    Attributes
    ----------
    name
        For instance ``AP`` or ``lateral``; :data:`neurotomy.guidance.aim.VIEWS_OF_REGION` has them all.
    target, side, level
        Stamped on the image: the nerve, the patient's side, the bone.
    carm
        Pose of the C-arm.
    image
        8-bit grey radiograph with needle, no text: (rows, columns), row 0 at the top.
    must_show
        What has to be seen in this view before going on, and the safety stop: sentences.
    """

    name: str
    target: Target
    side: Side
    level: str
    carm: CArm
    must_show: tuple[str, ...]
    image: NDArray[np.uint8] = field(metadata=INTERNAL)


@dataclass(frozen=True)
class GuidedNeedle(Result):
    """One needle with its checks and views."""

    placement: Placement
    checks: tuple[Check, ...]
    views: tuple[View, ...]


@dataclass(frozen=True)
class Guidance(Result):
    """All needles of a treatment.

    Attributes
    ----------
    needles
        In the order of the nerves.
    palisades
        Rows among them, with their pairs.
    """

    needles: tuple[GuidedNeedle, ...]
    palisades: tuple[Palisade, ...] = ()
