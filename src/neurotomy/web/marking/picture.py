"""A slice with the points that were marked near it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.web.frames import PLANES, Cut
from neurotomy.web.marking.state import Marking

__all__ = ["marking_picture"]

NEAR_MM = 4.0
BONE_WINDOW_HU = (-250.0, 1050.0)
"""Joint lines and end plates are told apart, and muscle from fat still."""


def marking_picture(
    marking: Marking, plane: str, centre: NDArray[np.float64], mm: float
) -> tuple[bytes, dict[str, Any]]:
    """(JPEG, what is drawn over it) of one slice, `mm` wide, seen as radiologists do."""
    assert marking.ct is not None
    cut = Cut(marking.ct, plane, centre, mm)
    normal = PLANES[plane][2]
    marks = [
        {"name": f"{bone} {name.replace('_', ' ')}", "at": cut.at(point)[0]}
        for (bone, name), point in tuple(marking.points.items())
        if abs(float(point[normal] - centre[normal])) <= NEAR_MM
    ]
    return cut.jpeg(BONE_WINDOW_HU), cut.scene | {"nerves": [], "needles": [], "lesions": [], "marks": marks}
