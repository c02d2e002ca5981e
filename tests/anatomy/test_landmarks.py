import numpy as np
import pytest

from neurotomy.anatomy.landmarks import LANDMARKS, MIDLINE, NEEDED, ON_SURFACE, Landmark
from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine import template_vertebra
from neurotomy.errors import AnatomyError

ELSEWHERE = {
    "iap_tip", "pillar_waist", "pillar_anterior", "pillar_posterior", "tp_corner", "foramen_centre", "foramen_lateral",
    "joint_above", "joint_below", "median_crest", "foramen_s1", "foramen_s2", "foramen_s3",
}  # fmt: skip
"""Landmarks of neck, chest and sacrum."""


def test_the_template_has_every_landmark():
    for bone in ("L4", "S1"):
        for side in Side:
            assert set(template_vertebra(bone).landmarks_mm[side]) == set(LANDMARKS) - ELSEWHERE
    assert set(MIDLINE) | set(NEEDED) | set(ON_SURFACE) <= set(LANDMARKS)


def test_a_landmark():
    mark = Landmark("l4", Side.LEFT, "target", [1, 2, 3])
    assert mark.bone == "L4"
    assert mark.lps_mm == pytest.approx([1.0, 2.0, 3.0])
    assert mark.to_dict()["lps_mm"] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("bone", "name", "point", "words"),
    [
        ("L4", "targt", [0, 0, 0], "Did you mean 'target'"),
        ("L9", "target", [0, 0, 0], "Vertebra 'L9'"),
        ("L4", "target", [0, 0], "three numbers"),
        ("L4", "target", [0, 0, np.nan], "three numbers"),
    ],
)
def test_a_wrong_landmark(bone, name, point, words):
    with pytest.raises(AnatomyError, match=words):
        Landmark(bone, Side.LEFT, name, point)
