"""Which nerves supply a joint, and over which bone each of them is met.

The table is evidence (``evidence/data/innervation.toml``): each joint with its source and how it was found.
"""

from __future__ import annotations

import re

from neurotomy import evidence
from neurotomy.anatomy.names import VERTEBRAE, Side, Target, parse_joint
from neurotomy.errors import EvidenceError

__all__ = ["targets_for"]

_ROW = re.compile(r"(?P<nerve>.+) at (?P<bone>[A-Z]\d+)")


def targets_for(joint: str, side: Side) -> tuple[Target, ...]:
    """The standard targets of one joint on one side, from the head down.

    Parameters
    ----------
    joint : str
        As in :data:`~neurotomy.anatomy.names.JOINTS`; other spellings as in
        :func:`~neurotomy.anatomy.names.parse_joint`.
    side : Side
        The patient's own side.

    Returns
    -------
    tuple of Target
        Nerve and bone kept apart: for ``L4/5`` the L3 medial branch at L4 and the L4 medial branch at L5. The bone
        ``S1`` stands for the sacrum.

    Raises
    ------
    AnatomyError
        When there is no such joint.
    """
    name = parse_joint(joint)
    return tuple(_target(row, name, side) for row in _rows(name))


def _rows(joint: str) -> list[object]:
    value = evidence.get(f"innervation.joint.{joint.replace('/', '_')}").value
    if not isinstance(value, list) or not value:
        raise EvidenceError(f"The innervation of {joint} is not a list of nerves; repair innervation.toml.")
    return value


def _target(row: object, joint: str, side: Side) -> Target:
    match = _ROW.fullmatch(str(row))
    if match is None or match["bone"] not in VERTEBRAE:
        raise EvidenceError(f"The innervation of {joint} holds '{row}'; write 'NERVE at BONE' in innervation.toml.")
    return Target(match["nerve"], match["bone"], side)
