"""Which part of the spine a joint belongs to: the studies of blocks and of outcome are told apart by it."""

from __future__ import annotations

from neurotomy.anatomy.names import joint_between, parse_joint

__all__ = ["REGIONS", "region_of"]

REGIONS: tuple[str, ...] = ("cervical", "thoracic", "lumbar", "sacroiliac")
"""The regions of the evidence on blocks and outcomes."""

_REGION_OF_LETTER = {"C": "cervical", "T": "thoracic", "L": "lumbar"}


def region_of(joint: str) -> str:
    """The region of `joint`, by the bone above it: C7/T1 is cervical, T12/L1 thoracic, L5/S1 lumbar.

    Raises
    ------
    AnatomyError
        When there is no such joint.
    """
    if parse_joint(joint) == "SIJ":
        return "sacroiliac"
    return _REGION_OF_LETTER[joint_between(joint)[0][0]]
