"""Both sides of every level of two real CTs: the left nerve lies on the patient's left, and levels stand in order."""

import numpy as np
import pytest

from neurotomy.anatomy.locate import locate_nerves
from neurotomy.anatomy.names import VERTEBRAE, Side, Target
from neurotomy.imaging import VERTEBRA_IDS, read_ct, read_labels

BONES = {"lumbar_totalseg_3mm": ("L1", "L2", "L3", "L4", "L5", "S1"), "thoracolumbar_lidc0001": ("L1", "L2", "L3")}


def nerve_at(bone):
    return "L5 dorsal ramus" if bone == "S1" else f"{VERTEBRAE[VERTEBRAE.index(bone) - 1]} medial branch"


@pytest.mark.data
@pytest.mark.parametrize("folder", BONES)
def test_sides_and_levels_of_every_pair(real_data, folder):
    ct = read_ct(real_data(f"{folder}/ct.nii.gz")).volume
    labels = read_labels(real_data(f"{folder}/labels_totalseg.nii.gz"), ct)
    targets = [Target(nerve_at(bone), bone, side) for bone in BONES[folder] for side in Side]
    found = {(c.target.bone, c.target.side): c for c in locate_nerves(ct, labels, targets)}
    heights = []
    for bone in BONES[folder]:
        left, right = (found[bone, side] for side in (Side.LEFT, Side.RIGHT))
        assert (left.target.side, right.target.side) == (Side.LEFT, Side.RIGHT)
        a, b = left.landmarks_mm["target"], right.landmarks_mm["target"]
        middle = float(np.median(labels.lps(np.argwhere(labels.array == VERTEBRA_IDS[bone]))[:, 0]))
        assert a[0] > middle + 12.0  # LPS: +x is the patient's left
        assert b[0] < middle - 12.0
        assert all(left.points_lps_mm[:, 0] > middle - 5.0)  # no part of a course crosses over
        assert all(right.points_lps_mm[:, 0] < middle + 5.0)
        # Alike on both sides, in the vertebra's own frame: height, depth and distance from the midline.
        own = [
            c.lps_from_vertebra.inverse()(c.landmarks_mm["target"]) * [c.target.side.sign, 1, 1] for c in (left, right)
        ]
        assert np.abs(own[0] - own[1]).max() < 9.0
        heights.append(0.5 * (a[2] + b[2]))
        for course in (left, right):
            assert 1.2 < course.spread_mm < 3.0
            assert 0.4 < course.target_spread_mm < 2.6
    assert np.all(np.diff(heights) < -15.0)
