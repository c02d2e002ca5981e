"""A held radiograph with letters at its edges and marks, as an interactive image."""

from __future__ import annotations

import io
from base64 import b64encode

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.guidance.carm import CArm

__all__ = ["NAMES", "cross", "data_url", "letters", "line"]

SIZE = 512
NAMES = """<script>new MutationObserver(() => document.querySelectorAll('.train-image img:not([alt])').forEach(
  (i) => { i.alt = i.closest('.train-image').dataset.alt; })).observe(document.documentElement,
  { childList: true, subtree: true });</script>"""
"""Gives a picture its name (``data-alt``) for screen readers: NiceGUI's element has no room for one."""


def data_url(grey: NDArray[np.uint8]) -> str:
    """An 8-bit picture as a data address: nothing is fetched, nothing is kept on the server."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=92)
    return "data:image/jpeg;base64," + b64encode(file.getvalue()).decode()


def letters(carm: CArm) -> str:
    """The patient's directions at the edges, as SVG."""
    place = {"left": (16, 262), "right": (496, 262), "top": (256, 26), "bottom": (256, 504)}
    return "".join(
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="20" font-weight="700" fill="#e8edf2" stroke="#000" '
        f'stroke-width="3" paint-order="stroke">{carm.edge_letters[edge]}</text>'
        for edge, (x, y) in place.items()
    )


def cross(column: float, row: float) -> str:
    """Where a person points."""
    return (
        f'<g stroke="#e69f00" stroke-width="1.4" fill="none"><circle cx="{column:.1f}" cy="{row:.1f}" r="9"/>'
        f'<path d="M{column - 16:.1f} {row:.1f}h10M{column + 6:.1f} {row:.1f}h10'
        f'M{column:.1f} {row - 16:.1f}v10M{column:.1f} {row + 6:.1f}v10"/></g>'
    )


def line(carm: CArm, points_lps_mm: ArrayLike, colour: str, width: float, dashes: str = "") -> str:
    """A line through LPS points."""
    at = carm.project(np.asarray(points_lps_mm, dtype=float)) + 0.5
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"'
        f"{dashed}/>"
    )
