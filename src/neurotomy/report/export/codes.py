"""Coded names (SNOMED CT, DICOM) of what is exported, and the words beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurotomy.anatomy import Target
from neurotomy.imaging.export.segmentation import Code

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["ANATOMY", "CHANGED", "DEVICE", "NECROSIS", "NEEDLE", "NERVE", "body_part", "bone_code", "subject"]

ANATOMY: Code = ("91723000", "SCT", "Anatomical Structure")
CHANGED: Code = ("49755003", "SCT", "Morphologically Abnormal Structure")
DEVICE: Code = ("260787004", "SCT", "Physical Object")
NERVE: Code = ("91728009", "SCT", "Nerve")
NECROSIS: Code = ("6574001", "SCT", "Necrosis")
NEEDLE: Code = ("79068005", "SCT", "Needle")


def bone_code(bone: str) -> Code:
    """The vertebra; S1 is the sacrum."""
    from pydicom.sr.codedict import codes

    code = codes.SCT.Sacrum if bone == "S1" else getattr(codes.SCT, f"{bone}Vertebra")
    return str(code.value), str(code.scheme_designator), str(code.meaning)


def body_part(target: Target) -> str:
    """DICOM's Body Part Examined (PS3.16 annex L) of the bone that a nerve crosses."""
    return {"C": "CSPINE", "T": "TSPINE", "L": "LSPINE", "S": "SSPINE"}[target.bone[0]]


def subject(treatment: Treatment) -> str:
    """Joints and side, which begin every description: ``L4/5 right``."""
    return f"{', '.join(treatment.case.joints)} {treatment.case.side.value}"
