"""The radiograph as it is printed: side, level, nerve, view and angles on the picture, the needle and nerve marked.

A picture without its side is how the wrong side is treated. So every picture that leaves the program goes through here,
and the letters at its edges are computed from the C-arm's pose.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import NerveCourse
from neurotomy.errors import GuidanceError
from neurotomy.files import write_atomically
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.result import View

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

__all__ = ["ACTIVE_TIP_RGB", "NERVE_RGB", "NOT_FOR_CLINICAL_USE", "stamp", "write_png"]

NOT_FOR_CLINICAL_USE = "Research and teaching, not for clinical use"
NERVE_RGB = (255, 214, 10)
"""Yellow: the nerve's colour in anatomy."""
ACTIVE_TIP_RGB = (0, 190, 255)
"""Cyan: told from yellow and from greys with every kind of colour vision."""

_INK = (235, 235, 235)
_FAINT = (165, 165, 165)
_HEADER, _FOOTER = 0.095, 0.045  # heights of the strips, shares of the width
_SMOOTH = 3  # overlay lines are drawn this much larger and reduced: PIL's own lines are jagged


def stamp(
    view: View, *, placement: Placement | None = None, course: NerveCourse | None = None, size: int = 1024
) -> NDArray[np.uint8]:
    """The view with all that must be read on it, RGB, (height, size, 3).

    Parameters
    ----------
    view : View
        From :func:`neurotomy.guidance.views.standard_views`.
    placement : Placement or None
        Marks this needle's active tip.
    course : NerveCourse or None
        Marks this nerve, its part on the neck of the superior articular process in a strong line.
    size : int
        Width of the picture, pixels. Its height is that of the radiograph, a strip above it and one below.

    Raises
    ------
    GuidanceError
        When needle or nerve belong to another target than the view: a picture must not say two things.
    """
    from PIL import Image, ImageDraw

    for what, marked in (("needle", placement), ("nerve", course)):
        if marked is not None and marked.target != view.target:
            raise GuidanceError(
                f"The view is of the {view.target.label}, the {what} to be marked is of the {marked.target.label}."
            )
    top, bottom = round(_HEADER * size), round(_FOOTER * size)
    height = round(size * view.carm.rows / view.carm.columns)
    grey = Image.fromarray(view.image).resize((size, height), Image.Resampling.BICUBIC)
    radiograph = grey.convert("RGB")
    if placement is not None or course is not None:
        overlay = _overlay(view.carm, placement, course, size, height)
        radiograph.paste(overlay.convert("RGB"), mask=overlay.getchannel("A"))
    picture = Image.new("RGB", (size, top + height + bottom))
    picture.paste(radiograph, (0, top))
    draw = ImageDraw.Draw(picture)
    _header(draw, view, size)
    _edge_markers(draw, view, size, top + height // 2)
    _footer(draw, view.carm, placement is not None, course is not None, size, top + height + bottom // 2)
    return np.asarray(picture)


def write_png(picture: NDArray[np.uint8], path: Path) -> None:
    """Write a picture to `path`, whole or not at all.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    from PIL import Image

    with write_atomically(path) as temporary:
        Image.fromarray(picture).save(temporary, format="PNG", optimize=True)


def _header(draw: ImageDraw.ImageDraw, view: View, size: int) -> None:
    """Level, side and nerve on the left; view and pose on the right."""
    edge = round(0.018 * size)
    level = view.target.bone_in_words.removeprefix("the ").capitalize() if view.level == "S1" else view.level
    rows = (round(0.033 * size), round(0.072 * size))  # middles of the two lines
    large, small = _font(0.046 * size), _font(0.0255 * size)
    draw.text((edge, rows[0]), f"{level} {view.side.value.upper()}", font=large, fill=_INK, anchor="lm")
    draw.text((edge, rows[1]), view.target.nerve, font=small, fill=_FAINT, anchor="lm")
    right = size - edge
    draw.text((right, rows[0]), view.name, font=_font(0.036 * size), fill=_INK, anchor="rm")
    draw.text((right, rows[1]), view.carm.in_words, font=small, fill=_FAINT, anchor="rm")


def _edge_markers(draw: ImageDraw.ImageDraw, view: View, size: int, y: int) -> None:
    """The patient's directions at the left and right edge; the treated side's letter is filled, as a lead marker."""
    font = _font(0.043 * size)
    half = round(0.031 * size)
    letters = view.carm.edge_letters
    for edge, x in (("left", round(0.05 * size)), ("right", size - round(0.05 * size))):
        letter = letters[edge]
        treated = letter == view.side.letter
        for grow, fill in ((3, (0, 0, 0)), (0, _INK if treated else (25, 25, 25))):
            box = (x - half - grow, y - half - grow, x + half + grow, y + half + grow)
            draw.rounded_rectangle(box, round(0.3 * half), fill=fill, outline=None if grow else _INK, width=2)
        draw.text((x, y), letter, font=font, fill=(15, 15, 15) if treated else _INK, anchor="mm")


def _footer(draw: ImageDraw.ImageDraw, carm: CArm, tip: bool, nerve: bool, size: int, y: int) -> None:
    """Legend on the left, what the picture is not on the right, DICOM's angles in the middle of what is left."""
    edge, font = round(0.018 * size), _font(0.0205 * size)
    x = edge
    for shown, colour, words in ((tip, ACTIVE_TIP_RGB, "active tip"), (nerve, NERVE_RGB, "nerve")):
        if shown:
            draw.line((x, y, x + round(0.03 * size), y), fill=colour, width=max(round(0.005 * size), 2))
            x += round(0.037 * size)
            draw.text((x, y), words, font=font, fill=_INK, anchor="lm")
            x += round(draw.textlength(words, font=font) + 0.022 * size)
    angles = f"DICOM {carm.primary_deg:+.1f}° / {carm.secondary_deg:+.1f}°"
    right = size - edge - draw.textlength(NOT_FOR_CLINICAL_USE, font=font)
    if right - x > draw.textlength(angles, font=font) + 2 * edge:  # on a very small picture there is no room
        draw.text((round((x - edge + right) / 2), y), angles, font=font, fill=_FAINT, anchor="mm")
    draw.text((size - edge, y), NOT_FOR_CLINICAL_USE, font=font, fill=_FAINT, anchor="rm")


def _overlay(
    carm: CArm, placement: Placement | None, course: NerveCourse | None, size: int, height: int
) -> Image.Image:
    """Active tip and nerve as projected lines on a clear RGBA picture."""
    from PIL import Image, ImageDraw

    whole, tall = size * _SMOOTH, height * _SMOOTH
    layer = Image.new("RGBA", (whole, tall), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    scale = np.array([whole / carm.columns, tall / carm.rows])

    def on_picture(points_lps_mm: NDArray[np.float64]) -> list[tuple[float, float]]:
        at = (carm.project(points_lps_mm) + 0.5) * scale
        return [(float(x), float(y)) for x, y in at]

    def line(points: list[tuple[float, float]], colour: tuple[int, int, int], width: float, alpha: int) -> None:
        draw.line(points, fill=(*colour, alpha), width=max(round(width), 1), joint="curve")

    unit = whole / 1024
    if course is not None:
        path = on_picture(course.curve.resampled(0.5).points_mm)
        neck = on_picture(course.neck.points_mm)
        line(path, (20, 20, 20), 4.5 * unit, 130)
        line(path, NERVE_RGB, 2.2 * unit, 200)
        line(neck, (20, 20, 20), 7.0 * unit, 140)
        line(neck, NERVE_RGB, 4.0 * unit, 255)
    if placement is not None:
        ends = placement.active_tip_lps_mm
        tip, end = on_picture(ends)
        width = placement.electrode.outer_diameter_mm * carm.magnification_at(ends).mean() / carm.pixel_mm * scale[0]
        if np.hypot(tip[0] - end[0], tip[1] - end[1]) < 2.5 * width:  # down the barrel: a ring round the dot
            middle, radius = ((tip[0] + end[0]) / 2, (tip[1] + end[1]) / 2), 1.9 * float(width)
            box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
            draw.ellipse(box, outline=(*ACTIVE_TIP_RGB, 255), width=round(3.5 * unit))
        else:
            _outline(draw, tip, end, float(width) / 2 + 3.0 * unit, round(2.6 * unit))
    return layer.resize((size, height), Image.Resampling.LANCZOS)


def _outline(
    draw: ImageDraw.ImageDraw, tip: tuple[float, float], end: tuple[float, float], half: float, width: int
) -> None:
    """A line round the active tip, so that the metal inside stays visible; open towards the shaft."""
    along = np.subtract(end, tip)
    along = along / np.hypot(*along)
    across = np.array([-along[1], along[0]])
    angles = np.linspace(-np.pi / 2, np.pi / 2, 25)
    cap = np.asarray(tip) - half * (np.cos(angles)[:, None] * along + np.sin(angles)[:, None] * across)
    points = np.vstack([np.asarray(end) + half * across, cap, np.asarray(end) - half * across])
    draw.line([(float(x), float(y)) for x, y in points], fill=(*ACTIVE_TIP_RGB, 255), width=width, joint="curve")


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size=max(round(size), 8))
