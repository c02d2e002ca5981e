"""The reference lesion by codes of other people: finite elements of scikit-fem, and of NGSolve where it is installed.

They share with the solver of this program the numbers of the problem and nothing else: their own mesh, elements, time
loop, damage and reading of extents. scikit-fem comes with the optional group ``verify``; NGSolve is used when found.
"""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["installed"]


def installed() -> tuple[str, ...]:
    """Which of the two can be used here."""
    return tuple(name for name in ("skfem", "ngsolve") if find_spec(name) is not None)
