"""Frames, rigid transforms, volumes and curves. One frame everywhere: patient LPS (+x left, +y posterior, +z head), mm.

Read :mod:`~neurotomy.geometry.rigid` first. A transform's name says both of its frames: ``needle_from_lps`` takes LPS
points and gives needle points.
"""

from neurotomy.geometry.curve import Curve
from neurotomy.geometry.rigid import RigidTransform, unit
from neurotomy.geometry.volume import Volume

__all__ = ["Curve", "RigidTransform", "Volume", "unit"]
