"""Sides, vertebrae, joints and nerves by name. Nerve and bone are different things and are never one number.

A lumbar medial branch crosses the bone *below* its number: the L3 medial branch crosses L4. Naming a needle by the
bone alone ("an L4 block") is the commonest source of a wrong level, so every target here carries both.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from neurotomy.errors import AnatomyError, nearest
from neurotomy.results import Result

__all__ = ["JOINTS", "VERTEBRAE", "Side", "Target", "joint_between", "parse_joint", "parse_vertebra"]

VERTEBRAE: tuple[str, ...] = (
    *(f"C{n}" for n in range(1, 8)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
    "S1",
)
"""The vertebrae from the head down; S1 stands for the sacrum."""

JOINTS: tuple[str, ...] = (
    *(f"{a}/{b[1:] if a[0] == b[0] else b}" for a, b in zip(VERTEBRAE[1:], VERTEBRAE[2:], strict=False)),
    "SIJ",
)
"""Facet joints C2/3 to L5/S1 by the two bones that form them, and the sacroiliac joint."""


class Side(enum.Enum):
    """The patient's own left or right."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def sign(self) -> int:
        """+1 for left, -1 for right: the direction of this side along LPS x."""
        return 1 if self is Side.LEFT else -1

    @property
    def letter(self) -> str:
        """``L`` or ``R``, as stamped on images."""
        return self.value[0].upper()

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT

    @classmethod
    def parse(cls, text: str) -> Side:
        """``left`` or ``right`` (any case).

        Raises
        ------
        AnatomyError
            For anything else. ``L`` alone is refused: it could be a lumbar level.
        """
        try:
            return cls(text.strip().lower())
        except ValueError:
            raise AnatomyError(f"Side '{text}' is not known. {nearest(text, ('left', 'right'))}") from None


@dataclass(frozen=True, order=True)
class Target(Result):
    """One nerve where it crosses one bone, on one side.

    Attributes
    ----------
    nerve
        For instance ``L3 medial branch`` or ``L5 dorsal ramus``.
    bone
        The vertebra whose superior articular process it crosses, for instance ``L4``; ``S1`` is the sacral ala.
    side
        The patient's own side.
    """

    nerve: str
    bone: str
    side: Side

    @property
    def label(self) -> str:
        """For people: ``L3 medial branch at L4, right``."""
        return f"{self.nerve} at {self.bone_in_words}, {self.side.value}"

    @property
    def bone_in_words(self) -> str:
        """The bone's name; of the sacrum the part: ``the sacral ala``, and for lateral branches ``the sacrum``."""
        if self.bone != "S1":
            return self.bone
        return "the sacrum" if "lateral branch" in self.nerve else "the sacral ala"

    @property
    def slug(self) -> str:
        """For file names: ``l3-medial-branch-at-l4-right``."""
        return f"{self.nerve} at {self.bone} {self.side.value}".lower().replace(" ", "-")


def parse_vertebra(text: str) -> str:
    """A vertebra's name as in :data:`VERTEBRAE`; ``sacrum`` is ``S1``.

    Raises
    ------
    AnatomyError
        When there is no such vertebra.
    """
    name = text.strip().upper()
    name = "S1" if name in {"SACRUM", "S"} else name
    if name not in VERTEBRAE:
        raise AnatomyError(f"Vertebra '{text}' is not known. {nearest(name, VERTEBRAE)}")
    return name


def parse_joint(text: str) -> str:
    """A joint's name as in :data:`JOINTS`; ``L4-5``, ``l4/L5`` and ``L4/5`` are the same joint.

    Raises
    ------
    AnatomyError
        When there is no such joint.
    """
    name = text.strip().upper().replace("-", "/").replace("\\", "/").replace(" ", "")
    upper, _, lower = name.partition("/")
    if lower and upper[:1] == lower[:1]:
        lower = lower[1:]
    name = f"{upper}/{lower}" if lower else upper
    if name not in JOINTS:
        raise AnatomyError(f"Joint '{text}' is not known. {nearest(name, JOINTS)}")
    return name


def joint_between(joint: str) -> tuple[str, str]:
    """The upper and the lower bone of a facet joint: ``L4/5`` is (``L4``, ``L5``).

    Raises
    ------
    AnatomyError
        For the sacroiliac joint, which has no vertebra above and below.
    """
    name = parse_joint(joint)
    if name == "SIJ":
        raise AnatomyError("The sacroiliac joint lies between sacrum and ilium, not between two vertebrae.")
    upper, lower = name.split("/")
    return upper, lower if lower[0].isalpha() else upper[0] + lower
