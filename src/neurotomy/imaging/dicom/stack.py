"""Images of one series as a block: sorted by place, each once, evenly spaced, tilt of the gantry taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.imaging.dicom.frame import Frame
from neurotomy.imaging.dicom.tilt import untilted

__all__ = ["block", "place", "sorted_along", "without_duplicates"]

Array = NDArray[np.float64]

_SAME_PLACE_MM = 0.01
"""Two images closer than this along the normal lie in the same place."""
_MOST_TILT_DEG = 45.0
"""Gantries tilt by at most 30°; more is a slip of the writer."""


def sorted_along(frames: Sequence[Frame]) -> tuple[list[Frame], Array]:
    """The images from one end to the other, and the direction across them."""
    normal = np.asarray(np.mean([frame.normal for frame in frames], axis=0))
    normal = normal / np.linalg.norm(normal)
    return sorted(frames, key=lambda frame: (float(frame.position_mm @ normal), frame.name)), normal


def without_duplicates(
    frames: list[Frame], pixels: list[NDArray[Any]], normal: Array
) -> tuple[list[Frame], list[NDArray[Any]], list[str]]:
    """Each place once, and in words what was dropped.

    Raises
    ------
    ImageError
        When two different images lie in one place.
    """
    kept, images = [frames[0]], [pixels[0]]
    dropped: list[str] = []
    for frame, image in zip(frames[1:], pixels[1:], strict=True):
        if float((frame.position_mm - kept[-1].position_mm) @ normal) > _SAME_PLACE_MM:
            kept.append(frame)
            images.append(image)
        elif np.array_equal(image, images[-1]):
            dropped.append(frame.name)
        else:
            raise ImageError(
                f"'{kept[-1].name}' and '{frame.name}' are different images in the same place "
                f"({place(frame.position_mm)}): two reconstructions in one series? Put one into a folder of its own."
            )
    if not dropped:
        return kept, images, []
    shown = ", ".join(dropped[:3]) + (", …" if len(dropped) > 3 else "")
    images_were = "1 image was" if len(dropped) == 1 else f"{len(dropped)} images were"
    return kept, images, [f"{images_were} there twice and taken once ({shown})."]


def block(frames: list[Frame], pixels: list[NDArray[Any]], normal: Array, name: str) -> tuple[Any, Array, list[str]]:
    """Array (columns, rows, slices), ``lps_from_voxel``, and in words what was corrected.

    Raises
    ------
    ImageError
        When images are missing, uneven, or shifted beside each other; the message names the place.
    """
    if len(frames) < 2:
        raise ImageError(f"All images in '{name}' lie in one place. Export the whole series.")
    first = frames[0]
    positions = np.array([frame.position_mm for frame in frames])
    along = (positions - positions[0]) @ normal
    step = _step(frames, along, normal, name)
    rows = np.stack(pixels, axis=-1).transpose(1, 0, 2)  # rows of an image are its j, columns its i
    # Each image's first pixel beside the line through the first image, along its rows and columns.
    beside = (positions - positions[0]) @ np.stack([first.row, first.column]).T
    shear = np.median(np.diff(beside, axis=0) / np.diff(along)[:, None], axis=0)
    rest = beside - along[:, None] * shear
    rest -= np.median(rest, axis=0)
    off = np.linalg.norm(rest, axis=1)
    if off.max() > 0.5 * min(first.spacing_mm):
        n = int(np.argmax(off))
        raise ImageError(
            f"'{frames[n].name}' at {place(positions[n])} lies {off[n]:.1f} mm beside the line of the other images. "
            "Export the series again."
        )
    told: list[str] = []
    tilt = float(np.degrees(np.arctan(np.linalg.norm(shear))))
    if tilt > _MOST_TILT_DEG:
        raise ImageError(f"The images in '{name}' are sheared by {tilt:.0f}°, which no gantry does. Export it again.")
    affine = np.eye(4)
    affine[:3, 0] = first.row * first.spacing_mm[1]
    affine[:3, 1] = first.column * first.spacing_mm[0]
    affine[:3, 2] = normal * step
    affine[:3, 3] = first.position_mm
    spread = np.linalg.norm(beside, axis=1).max()
    if spread > 0.5 * min(first.spacing_mm) and tilt > 0.1:
        voxels = shear * step / np.array([first.spacing_mm[1], first.spacing_mm[0]])
        rows, before = untilted(rows, voxels)
        affine[:3, 3] -= affine[:3, :2] @ before
        told.append(
            f"The gantry was tilted by {tilt:.1f}°: the slices were shifted within their planes to perpendicular axes."
        )
    return rows, affine, told


def _step(frames: list[Frame], along: Array, normal: Array, name: str) -> float:
    """Distance between slices, the same everywhere."""
    steps = np.diff(along)
    step = float(np.median(steps))
    if len(steps) <= 3:  # the median of few is no witness: the smallest tells what was scanned
        step = float(steps.min())
    gaps = np.flatnonzero(steps > 1.5 * step)
    if len(gaps):
        places = ", ".join(
            f"{place(frames[n].position_mm + normal * step)} (after '{frames[n].name}'{_instance(frames[n])})"
            for n in gaps[:4]
        )
        count = int(sum(round(float(steps[n]) / step) - 1 for n in gaps))
        raise ImageError(
            f"{count} slice{'s are' if count > 1 else ' is'} missing from '{name}', at {places}"
            f"{', …' if len(gaps) > 4 else ''}. Export the whole series."
        )
    if np.max(np.abs(steps - step)) > max(0.02 * step, 0.02):
        n = int(np.argmax(np.abs(steps - step)))
        raise ImageError(
            f"Slices in '{name}' lie unevenly: {step:g} mm apart, but {steps[n]:g} mm at "
            f"{place(frames[n].position_mm)} ('{frames[n].name}'). Export one evenly spaced series."
        )
    return float(along[-1] / (len(frames) - 1))


def _instance(frame: Frame) -> str:
    return "" if frame.instance is None else f", instance {frame.instance}"


def place(position_mm: Array) -> str:
    """Where along the body."""
    return f"z = {float(position_mm[2]):.2f} mm"
