"""Signs that a series is not what it says: told to the person, who alone can look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurotomy.imaging.dicom.frame import Frame

__all__ = ["patient_lay", "signs"]

_LAY = {"S": "supine", "P": "prone", "DR": "on the right side", "DL": "on the left side"}


def patient_lay(frame: Frame) -> str:
    """``, patient prone, feet first``; empty where the scanner did not say."""
    word = frame.patient_position
    lay = _LAY.get(word[2:])
    if not lay:
        return ""
    return f", patient {lay}, {'head' if word[0] == 'H' else 'feet'} first"


def signs(frames: Sequence[Frame], normal: NDArray[np.float64], step: float, tilted: bool) -> list[str]:
    """What a person must look at: in words.

    A CT states left and right once, so a wrong statement cannot be found for certain. But scanners write slices as seen
    from the feet, with what lay on the table at the bottom; images that are otherwise were turned by somebody, or their
    header was.
    """
    first = frames[0]
    told = []
    if all(frame.slope is None or frame.intercept is None for frame in frames):
        told.append("The images do not all say how stored values become Hounsfield units: check a CT number.")
    elif len({(frame.slope, frame.intercept) for frame in frames}) > 1:
        told.append("Rescale to Hounsfield units differs from image to image; each was taken as it says.")
    thickness = first.thickness_mm
    if thickness and step > 1.5 * thickness:
        told.append(f"Slices of {thickness:g} mm lie {step:g} mm apart: bone between them is not seen.")
    axial = abs(float(normal[2])) > 0.8
    if axial and normal[2] < 0:
        told.append("The slices are stored as seen from the head, the mirror of the usual: check left and right.")
    if axial and first.patient_position[2:] in {"S", "P"}:
        down = float(first.column[1]) * (1 if first.patient_position.endswith("S") else -1)
        if down < -0.5:
            told.append(
                f"The images stand upside down for a patient who lay {_LAY[first.patient_position[2:]]}: "
                "check left, right, front and back."
            )
    if len({frame.patient_position for frame in frames}) > 1:
        told.append("The images do not agree on how the patient lay; their stated places were believed.")
    if axial and not tilted and first.tilt_deg and abs(first.tilt_deg) > 0.5 and abs(float(normal[2])) > 0.9999:
        told.append(
            f"The scanner notes a gantry tilt of {first.tilt_deg:g}° that the places of the images do not show: "
            "untilted before, or lost? Look whether the spine is straight to the table."
        )
    return told
