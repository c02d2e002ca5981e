"""The picture on which a person confirms level and side: the CT from in front and from the left, with the names that
the label map gives its bones.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume

__all__ = ["levels_picture"]

Array = NDArray[np.float64]

HALF_MM, TALL_PX = 75.0, 460
"""Half of what is seen across, and how tall the picture is."""
SLAB_MM = (-36.0, -24.0, -12.0, 0.0)
"""Depths, in front of the middles of the vertebrae, whose brightest is shown from in front: bodies and pedicles."""
WINDOW_HU = (-100.0, 700.0)
BOX_MM = 3.0
"""Label maps are looked at this coarsely."""
ORANGE, PALE, LINE = (230, 159, 0), (232, 237, 242), (90, 110, 125)


def levels_picture(ct_path: Path, labels_path: Path, series: str | None = None) -> tuple[str, tuple[str, ...]]:
    """(data address of a JPEG, names of the vertebrae from the head down).

    Raises
    ------
    ImageError
        When CT or label map cannot be read, or no vertebra is labelled.
    """
    from neurotomy.imaging import read_ct, read_labels

    ct = read_ct(ct_path, series=series).volume
    middles = _middles(read_labels(labels_path, ct))
    if not middles:
        raise ImageError(f"'{labels_path.name}' names no vertebra.")
    return _drawn(ct, middles), tuple(middles)


def _middles(labels: Volume) -> Mapping[str, Array]:
    """Middle of each vertebra and of the sacrum, LPS mm, from the head down."""
    from neurotomy.imaging.labels import SACRUM_ID, VERTEBRA_IDS

    step = np.maximum(np.rint(BOX_MM / labels.spacing_mm), 1).astype(int)
    i, j, k = (slice(None, None, int(n)) for n in step)
    coarse = np.asarray(labels.array[i, j, k])
    found: dict[str, Array] = {}
    for name, number in {**VERTEBRA_IDS, "sacrum": SACRUM_ID}.items():
        voxels = np.argwhere(coarse == number)
        if len(voxels):
            found[name] = np.asarray(labels.lps(voxels.mean(axis=0) * step), dtype=float)
    return dict(sorted(found.items(), key=lambda item: -item[1][2]))


def _drawn(ct: Volume, middles: Mapping[str, Array]) -> str:
    import io

    from PIL import Image, ImageDraw, ImageFont

    points = np.array(list(middles.values()))
    low, high = points[:, 2].min() - 35.0, points[:, 2].max() + 35.0
    wide = max(round(TALL_PX * 2 * HALF_MM / (high - low)), 120)
    z = np.linspace(high, low, TALL_PX)
    order = np.argsort(points[:, 2])
    x0, y0 = (np.interp(z, points[order, 2], points[order, axis]) for axis in (0, 1))
    across = np.linspace(-HALF_MM, HALF_MM, wide)
    front = np.max([_cut(ct, x0[:, None] + across, (y0 + deep)[:, None], z) for deep in SLAB_MM], axis=0)
    side = _cut(ct, x0[:, None], y0[:, None] + across - 20.0, z)
    grey = np.concatenate([front, np.full((TALL_PX, 12), WINDOW_HU[0]), side], axis=1)
    eight = (np.clip((grey - WINDOW_HU[0]) / (WINDOW_HU[1] - WINDOW_HU[0]), 0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(eight).convert("RGB")
    draw = ImageDraw.Draw(image)
    font, small = ImageFont.load_default(size=25), ImageFont.load_default(size=22)
    for name, middle in middles.items():
        row = (high - middle[2]) / (high - low) * TALL_PX
        for column, anchor in ((4, "lm"), (wide + 16, "lm")):
            draw.text((column, row), name, ORANGE, font, anchor=anchor, stroke_width=2, stroke_fill=(0, 0, 0))
        draw.line([(56, row), (78, row)], LINE, 2)
    for column, letter in ((18, "R"), (wide - 14, "L"), (wide + 30, "A"), (2 * wide - 6, "P")):
        draw.text((column, 16), letter, PALE, small, anchor="mm", stroke_width=2, stroke_fill=(0, 0, 0))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=86)
    return "data:image/jpeg;base64," + b64encode(file.getvalue()).decode()


def _cut(ct: Volume, x: Array, y: Array, z: Array) -> Array:
    shape = np.broadcast_shapes(x.shape, y.shape, z[:, None].shape)
    points = np.stack([np.broadcast_to(axis, shape) for axis in (x, y, z[:, None])], axis=-1)
    return np.asarray(ct.sample(points, outside=-1000.0))
