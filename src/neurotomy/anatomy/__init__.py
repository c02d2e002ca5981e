"""Joints, nerves, bones and the map between them; the built-in spine; nerve courses on a CT.

Read :mod:`~neurotomy.anatomy.names` first, then :mod:`~neurotomy.anatomy.course`.
"""

from neurotomy.anatomy.course import Anatomy, NerveCourse
from neurotomy.anatomy.names import JOINTS, VERTEBRAE, Side, Target, joint_between, parse_joint, parse_vertebra

__all__ = [
    "JOINTS",
    "VERTEBRAE",
    "Anatomy",
    "NerveCourse",
    "Side",
    "Target",
    "joint_between",
    "parse_joint",
    "parse_vertebra",
]
