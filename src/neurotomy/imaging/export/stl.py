"""Write a surface as binary STL. STL has no units and no frame, so the header says both."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurotomy.errors import OutputError
from neurotomy.files import write_atomically
from neurotomy.imaging.export.mesh import Mesh

__all__ = ["read_stl", "write_stl"]

_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
_HEADER = "neurotomy, LPS, mm. Research and teaching, not a medical device. "


def write_stl(mesh: Mesh, path: Path, name: str) -> None:
    """Write `mesh`, in LPS mm, to `path`.

    Parameters
    ----------
    mesh : Mesh
        The surface.
    path : Path
        Of the file.
    name : str
        What it is, with its side; goes into the header as far as its 80 characters reach.

    Raises
    ------
    OutputError
        When it cannot be written; what was there stays.
    """
    corners = mesh.points_lps_mm[mesh.triangles].astype(np.float32)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1, keepdims=True)
    whole = np.zeros(len(corners), dtype=_TRIANGLE)
    whole["normal"] = across / np.where(length > 0, length, 1.0)
    whole["corners"] = corners
    # "solid" at the start would make readers take it for text.
    header = (_HEADER + name.encode("ascii", "replace").decode()).encode("ascii")[:80].ljust(80)
    with write_atomically(path) as temporary:
        temporary.write_bytes(header + np.uint32(len(whole)).astype("<u4").tobytes() + whole.tobytes())


def read_stl(path: Path) -> Mesh:
    """A binary STL; corners in one place become one corner again.

    Raises
    ------
    OutputError
        When it is no binary STL.
    """
    data = path.read_bytes()
    count = int(np.frombuffer(data[80:84], "<u4")[0]) if len(data) >= 84 else -1
    if len(data) != 84 + count * _TRIANGLE.itemsize:
        raise OutputError(f"'{path.name}' is no binary STL: its length does not fit its number of triangles.")
    corners = np.frombuffer(data[84:], _TRIANGLE)["corners"].reshape(-1, 3)
    points, index = np.unique(corners, axis=0, return_inverse=True)
    return Mesh(points.astype(float), index.reshape(-1, 3).astype(np.int64))
