"""Needle, C-arm, radiograph, named views, placement checks and the trajectory planner.

Read :mod:`~neurotomy.guidance.carm` first, then :mod:`~neurotomy.guidance.views`. The radiograph's kernels are compiled
on first use, so import what you need from its own module.
"""

from neurotomy.guidance.carm import CArm
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.result import Guidance, GuidedNeedle, View

__all__ = ["CArm", "Check", "Guidance", "GuidedNeedle", "Placement", "Status", "View"]
