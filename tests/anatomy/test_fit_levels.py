"""A label map whose count does not hold together says so: off by one is the commonest harm."""

import numpy as np
import pytest

from neurotomy.anatomy.fit_levels import level_warnings
from neurotomy.anatomy.fit_start import rough_bones
from neurotomy.geometry import Volume
from neurotomy.imaging import SACRUM_ID, VERTEBRA_IDS, read_ct, read_labels
from neurotomy.imaging.labels import RIB_IDS

LUMBAR = ("T11", "T12", "L1", "L2", "L3", "L4", "L5")
STEP_MM = 33.0


def column(names=LUMBAR, sacrum=True, ribs=(), places=None):
    """Blocks below each other, 3 mm voxels; ribs 11 and 12 as rods that touch the blocks at these places."""
    array = np.zeros((60, 25, 11 * len(LUMBAR) + 16), np.uint8)
    top = array.shape[2]
    places = range(len(names)) if places is None else places
    for name, place in zip(names, places, strict=True):
        array[25:36, 6:18, top - 11 * (place + 1) : top - 11 * place - 3] = VERTEBRA_IDS[name]
    if sacrum:
        array[22:39, 6:18, 2:14] = SACRUM_ID
    for number, place in ribs:
        z = top - 11 * place - 7
        array[37:55, 12:15, z : z + 3] = RIB_IDS["left"][number - 1]
        array[5:24, 12:15, z : z + 3] = RIB_IDS["right"][number - 1]
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    affine[:3, 3] = [-90.0, -40.0, 100.0]
    return Volume(array, affine)


def told(labels):
    return level_warnings(labels, rough_bones(labels))


RIBS = ((11, 0), (12, 1))


@pytest.mark.parametrize(("sacrum", "ribs"), [(True, ()), (False, RIBS), (True, RIBS)])
def test_a_map_that_holds_together(sacrum, ribs):
    assert told(column(sacrum=sacrum, ribs=ribs)) == ()


def test_a_vertebra_that_was_skipped():
    """L3 and L4 are two steps apart, but their numbers are one apart: all names above or below are wrong."""
    (warning,) = told(column(LUMBAR[1:], places=[0, 1, 2, 3, 5, 6]))
    assert "L3 and L4 of the label map lie 66 mm apart, 2.0 times" in warning
    assert "Count the levels" in warning


def test_a_number_that_is_missing():
    (warning,) = told(column(["T12", "L1", "L2", "L4", "L5"], places=[1, 2, 3, 5, 6]))
    assert "lacks L3 between L2 and L4" in warning


def test_a_number_that_is_missing_without_a_place_for_it():
    """The count jumps where the bones do not: names below or above are one off."""
    warnings = told(column(["T11", "T12", "L1", "L2", "L4", "L5"], places=range(1, 7)))
    assert "lacks L3" in warnings[0]
    assert "0.5 times" in warnings[1]
    assert "counted twice" in warnings[1]


def test_two_vertebrae_with_one_number():
    labels = column()
    joined = np.where(labels.array == VERTEBRA_IDS["L4"], VERTEBRA_IDS["L3"], labels.array)
    warnings = told(Volume(joined, labels.lps_from_voxel))
    assert any("lacks L4" in warning for warning in warnings)
    assert any("L2 and L3" in warning and "1.5 times" in warning for warning in warnings)


@pytest.mark.parametrize("shift", [-1, 1])
def test_ribs_at_other_vertebrae(shift):
    (warning,) = told(column(ribs=tuple((n, place + shift) for n, place in RIBS if place + shift >= 0)))
    meets = {-1: "the left rib 12 meets T11, not T12", 1: "the left rib 11 meets T12, not T11"}[shift]
    assert meets in warning
    assert "right rib" in warning


def test_nothing_to_count_from():
    (warning,) = told(column(sacrum=False))
    assert "neither the sacrum nor the ribs of T12" in warning


def test_a_vertebra_cut_by_the_image_is_no_measure():
    whole = column(ribs=RIBS)
    first = 4  # takes half of T11: its body's middle is not where it seems
    cut = Volume(whole.array[:, :, :-first], whole.lps_from_voxel)
    assert told(cut) == ()


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "skipped", "words"),
    [
        ("lumbar_totalseg_3mm", "L2", "L2 and L3 of the label map lie"),
        ("thoracolumbar_lidc0001", "L1", "meets L1, not T12"),
    ],
)
def test_real_maps_hold_together_until_a_vertebra_is_skipped(real_data, folder, skipped, words):
    ct = read_ct(real_data(f"{folder}/ct.nii.gz")).volume
    labels = read_labels(real_data(f"{folder}/labels_totalseg.nii.gz"), ct)
    assert told(labels) == ()
    # The error of a program that skips one: the vertebra above gets its name, and so on upwards.
    table = np.arange(256, dtype=np.uint8)
    table[VERTEBRA_IDS[skipped]] = 0
    for number in range(VERTEBRA_IDS[skipped] + 1, 45):
        table[number] = number - 1
    (warning,) = told(Volume(table[labels.array], labels.lps_from_voxel))
    assert words in warning
