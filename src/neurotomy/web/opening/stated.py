"""From what a person chose on a page to a case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurotomy.case import Case, example_toml, parse_case
from neurotomy.errors import CaseError

__all__ = ["joint_and_side", "stated_case"]


def stated_case(
    joints: Sequence[str],
    side: str | None,
    imaging: dict[str, Any],
    folder: Path,
    landmarks: Sequence[dict[str, Any]] = (),
) -> Case:
    """The example's blocks, electrode and protocol with these joints, this side and this CT.

    Raises
    ------
    CaseError
        When side or joint is missing.
    """
    joint_and_side(joints, side)
    plain = parse_case(example_toml(), name="the example").model_dump(exclude_none=True)
    plain["treatment"] = {**plain["treatment"], "joints": list(joints), "side": side}
    if set(joints) == {"SIJ"}:  # the example's blocks are of medial branches
        for block in plain["blocks"]:
            block["kind"] = "lateral branch block"
    plain["imaging"] = imaging
    plain["landmarks"] = list(landmarks)
    return Case.model_validate(plain).in_folder(folder)


def joint_and_side(joints: Sequence[str], side: str | None) -> None:
    """Refuse what was not chosen.

    Raises
    ------
    CaseError
        When side or joint is missing.
    """
    if side is None:
        raise CaseError("Choose the side: the patient's own left or right.")
    if not joints:
        raise CaseError("Choose a joint.")
