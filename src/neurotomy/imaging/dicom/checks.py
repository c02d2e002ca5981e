"""Signs that a series is not what it says: told to the person, who alone can look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.imaging.dicom.frame import Frame

__all__ = ["check_rescale", "patient_lay", "signs"]

_JUMP_HU = 100.0
"""From one image to the next some part of the picture, air at least, changes by less than this."""

_LAY = {"S": "supine", "P": "prone", "DR": "on the right side", "DL": "on the left side"}


def patient_lay(frame: Frame) -> str:
    """``, patient prone, feet first``; empty where the scanner did not say."""
    word = frame.patient_position
    lay = _LAY.get(word[2:])
    if not lay:
        return ""
    return f", patient {lay}, {'head' if word[0] == 'H' else 'feet'} first"


def check_rescale(frames: Sequence[Frame], pixels: Sequence[NDArray[np.int16]]) -> None:
    """Where rescale differs from image to image: no image may as a whole be lighter or darker than the one before.

    Raises
    ------
    ImageError
        Naming the image whose rescale is wrong.
    """
    stated = [(frame.slope, frame.intercept) for frame in frames]
    if len(set(stated)) == 1:
        return
    levels = np.array([np.percentile(image, (1, 25, 50, 75, 99)) for image in pixels])
    change = np.diff(levels, axis=0)
    jumps = np.all(change > _JUMP_HU, axis=1) | np.all(change < -_JUMP_HU, axis=1)
    for n in np.flatnonzero(jumps).tolist():
        if stated[n] != stated[n + 1]:
            rarer = n if stated.count(stated[n]) < stated.count(stated[n + 1]) else n + 1
            raise ImageError(
                f"'{frames[rarer].name}' is lighter or darker as a whole than the image beside it, and states another "
                "rescale to Hounsfield units. Export the series again."
            )


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
