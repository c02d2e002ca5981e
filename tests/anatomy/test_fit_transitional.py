"""Built-in spines whose label maps are numbered wrongly, or whose anatomy is transitional: each mistake is told."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurotomy.anatomy.fit_checks import check_map
from neurotomy.anatomy.fit_levels import level_warnings
from neurotomy.anatomy.fit_start import rough_bones
from neurotomy.anatomy.fit_transitional import _outermost
from neurotomy.anatomy.spine import make_spine, varied_shape
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Volume
from neurotomy.imaging.labels import RIB_IDS, SACRUM_ID, VERTEBRA_IDS

LEFT_RIB_12, RIGHT_RIB_12 = RIB_IDS["left"][11], RIB_IDS["right"][11]


@cache
def labels(seed=3):
    return make_spine(varied_shape(seed), 2.0).labels


def told(changed):
    array = np.array(labels().array)
    changed(array)
    return warnings_of(Volume(array, labels().lps_from_voxel))


def warnings_of(map_):
    bones = rough_bones(map_)
    check_map(map_, bones)
    return level_warnings(map_, bones)


def renamed(array, names):
    """Every label named anew at once; None is no label."""
    before = array.copy()
    for old, new in names.items():
        array[before == VERTEBRA_IDS[old]] = 0 if new is None else VERTEBRA_IDS[new]


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_right_labels_raise_no_doubt(seed):
    assert warnings_of(labels(seed)) == ()


def test_numbers_shifted_up_by_one():
    """T12 is called T11 and L5 is L4: the sacrum lies where L5 is missing, and the ribs are at another vertebra."""
    names = {"T12": "T11", "L1": "T12", "L2": "L1", "L3": "L2", "L4": "L3", "L5": "L4"}
    warnings = told(lambda array: renamed(array, names))
    assert any("lacks L5 between L4 and S1" in w and "fewer than five lumbar vertebrae" in w for w in warnings)
    assert any("rib 12 meets T11, not T12" in w for w in warnings)


def test_numbers_shifted_down_by_one():
    """L1 is called L2, L5 is called S1: two bones bear the sacrum's names and stand apart."""

    def changed(array):
        renamed(array, {"T12": "L1", "L1": "L2", "L2": "L3", "L3": "L4", "L4": "L5", "L5": "S1", "S1": None})

    warnings = told(changed)
    assert any("S1 of the label map stands" in w and "lumbarised" in w for w in warnings)


def test_two_numbers_swapped_are_refused():
    with pytest.raises(AnatomyError, match="puts L2 below L3"):
        told(lambda array: renamed(array, {"L2": "L3", "L3": "L2"}))


def test_l5_left_out():
    warnings = told(lambda array: renamed(array, {"L5": None}))
    assert any("lacks L5 between L4 and S1" in w for w in warnings)


def test_a_number_skipped_in_the_middle():
    """L3 is nobody's: the map names L2 twice as high up."""
    warnings = told(lambda array: renamed(array, {"L3": None, "L2": "L3", "L1": "L2", "T12": "L1"}))
    assert any("L3 and L4 of the label map lie" in w and "far apart" in w for w in warnings)


def test_l5_joined_to_the_sacrum_in_the_map():
    """A sacralised L5 that the map gives to the sacrum: four lumbar vertebrae are left."""

    def changed(array):
        array[array == VERTEBRA_IDS["L5"]] = SACRUM_ID

    warnings = told(changed)
    assert any("lacks L5" in w for w in warnings)


def test_a_transverse_process_grown_to_the_sacrum():
    """Left only; bone between process and ala is L5's."""
    for side, sign in (("left", 1), ("right", -1)):

        def changed(array, sign=sign):
            x, y, z = np.nonzero(array == VERTEBRA_IDS["L5"])
            lps = labels().lps(np.stack([x, y, z], axis=1))
            outer = (lps[:, 0] - lps[:, 0].mean()) * sign > 32.0
            for i, j in {(a, b) for a, b in zip(x[outer], y[outer], strict=True)}:
                top = z[(x == i) & (y == j)].min()
                below = np.flatnonzero(np.isin(array[i, j, :top], (SACRUM_ID, VERTEBRA_IDS["S1"])))
                if len(below):
                    array[i, j, below.max() + 1 : top] = VERTEBRA_IDS["L5"]

        warnings = told(changed)
        assert any(f"touches the sacrum on the {side}:" in w and "sacralised" in w for w in warnings)


def test_s1_apart_from_the_sacrum():
    """A disc below S1: what of the sacrum lies within 9 mm of it is not bone."""

    def changed(array):
        from scipy.ndimage import distance_transform_edt

        gap = distance_transform_edt(array != VERTEBRA_IDS["S1"], sampling=tuple(labels().spacing_mm))
        array[(gap < 9.0) & (array == SACRUM_ID)] = 0

    assert any("S1 of the label map stands" in w and "lumbarised" in w for w in told(changed))


@given(arrays(np.uint8, (7, 6, 5), elements=st.sampled_from([0, 0, 0, VERTEBRA_IDS["S1"], SACRUM_ID])))
def test_the_outermost_voxels_are_as_near_as_all(array):
    volume = Volume(array, np.diag([0.7, 1.0, 3.0, 1.0]))
    numbers = (VERTEBRA_IDS["S1"], SACRUM_ID)
    outer = [_outermost(volume, number) for number in numbers]
    every = [np.argwhere(array == number) for number in numbers]
    assert [found is None for found in outer] == [not len(voxels) for voxels in every]
    if all(len(voxels) for voxels in every):
        near, truth = (np.linalg.norm(volume.lps(a)[:, None] - volume.lps(b), axis=-1).min() for a, b in (outer, every))
        assert near == truth


def test_half_a_vertebra():
    def changed(array):
        z = np.flatnonzero((array == VERTEBRA_IDS["L3"]).any(axis=(0, 1)))
        x = np.flatnonzero((array == VERTEBRA_IDS["L3"]).any(axis=(1, 2)))
        part = array[: (x[0] + x[-1]) // 2 + 4, :, z[0] : z[-1] + 1]
        part[part == VERTEBRA_IDS["L3"]] = 0

    (warning,) = [w for w in told(changed) if "times the volume of its neighbours" in w]
    assert warning.startswith("L3 of the label map has 0.")


@pytest.mark.parametrize(("gone", "word"), [(LEFT_RIB_12, "left"), (RIGHT_RIB_12, "right")])
def test_one_rib_of_two(gone, word):
    """With one rib 12 missing T12 and L1 are easily confused."""

    def changed(array):
        array[array == gone] = 0

    (warning,) = told(changed)
    assert f"no {word} rib 12 at T12" in warning
