"""Each check on a phantom with known nerves and bone: what it measures, and the mistake it is there for."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, Side
from neurotomy.errors import GuidanceError
from neurotomy.geometry import RigidTransform, Volume, unit
from neurotomy.guidance.check import Status
from neurotomy.guidance.checks import approach_angles, check_placement

from .needle_phantom import LEVELS, NEEDLE, anatomy, course, good_needle, moved, target, tipward


def checks(placement, nerve=None, scene=None):
    nerve = nerve or course(placement.target.bone, placement.target.side)
    return {check.name: check for check in check_placement(placement, nerve, scene or anatomy())}


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("bone", LEVELS)
@pytest.mark.parametrize("side", Side)
def test_a_good_needle_passes_every_check(bone, side, labels):
    found = checks(good_needle(bone, side), scene=anatomy(with_labels=labels))
    assert {name for name, check in found.items() if check.status is not Status.OK} == set()
    assert len(found) == 11


def test_every_check_names_an_evidence_entry_a_unit_and_a_limit():
    for check in checks(good_needle()).values():
        assert evidence.get(check.source).note
        assert check.unit in {"mm", "deg", "1"}
        assert check.limit
        assert check.reason.endswith(".")


def test_left_and_right_measure_the_same():
    right, left = checks(good_needle(side=Side.RIGHT)), checks(good_needle(side=Side.LEFT))
    for name in right:
        assert left[name].measured == pytest.approx(right[name].measured, abs=0.05), name


def test_the_order_and_direction_of_the_voxels_change_nothing():
    usual = checks(good_needle())
    scene = anatomy()

    def turned(volume):
        affine = np.array(volume.lps_from_voxel)
        corner = volume.lps([volume.shape[0] - 1, 0, 0])
        flipped = affine[:, [2, 0, 1, 3]]
        flipped[:, 1] *= -1
        flipped[:3, 3] = corner
        return Volume(np.ascontiguousarray(volume.array[::-1].transpose(2, 0, 1)), flipped)

    other = Anatomy(turned(scene.ct), turned(scene.labels), scene.courses, "phantom, turned")
    for name, check in checks(good_needle(), scene=other).items():
        assert check.status is Status.OK
        assert check.measured == pytest.approx(usual[name].measured, abs=0.3), name


# --- side and level: the worst mistakes ------------------------------------------------------------------------------


@pytest.mark.parametrize("side", Side)
def test_a_needle_on_the_other_side_is_an_error(side):
    other = replace(good_needle(side=side.opposite), target=target("L4", side))
    check = checks(other)["correct side"]
    assert check.status is Status.ERROR
    assert check.measured < 0
    assert "WRONG SIDE" in check.reason
    assert f"the target is on the {side.value}" in check.reason


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize(("asked", "placed", "word"), [("L4", "L5", "below"), ("L5", "L4", "above")])
def test_a_needle_one_level_off_is_an_error(asked, placed, word, labels):
    other = replace(good_needle(placed), target=target(asked))
    check = checks(other, scene=anatomy(with_labels=labels))["correct level"]
    assert check.status is Status.ERROR
    assert "WRONG LEVEL" in check.reason
    assert (placed in check.reason and asked in check.reason) if labels else (word in check.reason)


def test_a_nerve_of_another_side_or_level_is_refused_outright():
    for other in (course("L5"), course("L4", Side.LEFT)):
        with pytest.raises(GuidanceError, match="Check side and level"):
            check_placement(good_needle("L4"), other, anatomy())


def test_a_shifted_label_map_is_seen_by_the_level_check():
    # The landmarks say L4, the label map calls the same bone L5: one of them is wrong, and nobody may go on.
    scene = anatomy()
    relabelled = replace(
        scene, labels=Volume(np.where(scene.labels.array == 28, 27, 0).astype(np.uint8), scene.labels.lps_from_voxel)
    )
    assert checks(good_needle("L4"), scene=relabelled)["correct level"].status is Status.ERROR


# --- safety ----------------------------------------------------------------------------------------------------------


def test_a_tip_past_the_neck_is_ventral_and_told_how_far_to_draw_back():
    forward = moved(good_needle(), 6.0 * tipward(Side.RIGHT))
    check = checks(forward)["not ventral"]
    usual = checks(good_needle())["not ventral"]
    assert usual.measured - check.measured == pytest.approx(6.0 * -tipward(Side.RIGHT)[1])
    assert check.status is Status.ERROR
    assert check.reason.startswith("STOP")
    assert f"{1.0 - check.measured:.1f} mm" in check.reason


def test_the_ventral_rule_follows_the_vertebra_not_the_scanner():
    # The patient lies turned by 30° about the body's long axis: the image rule turns with the bone.
    turn = np.radians(30.0)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    motion = RigidTransform(about_z, np.array([5.0, -3.0, 2.0]))
    nerve = course()
    rolled = replace(
        nerve,
        curve=type(nerve.curve)(motion(nerve.curve.points_mm)),
        landmarks_mm={k: motion(v) for k, v in nerve.landmarks_mm.items()},
        lps_from_vertebra=motion @ nerve.lps_from_vertebra,
    )
    needle = good_needle()
    held = replace(needle, tip_lps_mm=motion(needle.tip_lps_mm), entry_lps_mm=motion(needle.entry_lps_mm))
    before, after = checks(needle), checks(held, rolled)
    for name in ("not ventral", "not medial", "correct side", "parallel to the nerve", "along the neck"):
        assert after[name].measured == pytest.approx(before[name].measured, abs=1e-6), name


def test_a_tip_over_the_canal_is_an_error():
    check = checks(moved(good_needle(), (14.0, 0, 0)))["not medial"]
    assert check.status is Status.ERROR
    assert check.measured == pytest.approx(14.0 + checks(good_needle())["not medial"].measured)
    assert checks(moved(good_needle(), (10.0, 0, 0)))["not medial"].status is Status.WARNING


def with_wall(thickness_mm):
    """The phantom with a plate of bone across the way in."""
    scene = anatomy()
    needle = good_needle()
    middle = needle.tip_lps_mm + 45.0 * needle.shaft_direction
    labels = scene.labels.array.copy()
    i, j, k = np.meshgrid(*(np.arange(n) for n in labels.shape), indexing="ij", sparse=True)
    affine = scene.labels.lps_from_voxel
    depth = sum(
        (affine[a, a] * index + affine[a, 3] - middle[a]) * needle.shaft_direction[a]
        for a, index in enumerate((i, j, k))
    )
    beside = (affine[0, 0] * i + affine[0, 3] - middle[0]) ** 2 + (affine[2, 2] * k + affine[2, 3] - middle[2]) ** 2
    labels[(np.abs(depth) < thickness_mm / 2) & (beside < 40.0**2) & (j > 0)] = 78
    return replace(scene, labels=Volume(labels, affine))


def test_bone_on_the_way_is_measured():
    check = checks(good_needle(), scene=with_wall(8.0))["path free of bone"]
    assert check.measured == pytest.approx(8.0, abs=1.0)
    assert check.status is Status.ERROR
    assert checks(good_needle(), scene=with_wall(3.0))["path free of bone"].status is Status.WARNING


# --- technique -------------------------------------------------------------------------------------------------------


def outward(side=Side.RIGHT):
    """Away from the axis of the neck, at the good needle."""
    d = tipward(side)
    nerve = course("L4", side)
    axis = nerve.landmarks_mm["target"] - 5.6 * unit(nerve.landmarks_mm["target"] - _foot(nerve, d))
    off = good_needle(side=side).tip_lps_mm - axis
    return unit(off - (off @ d) * d)


def _foot(nerve, d):
    from .needle_phantom import neck_centre

    centre = neck_centre("L4", nerve.target.side)
    return centre + ((nerve.landmarks_mm["target"] - centre) @ d) * d


@pytest.mark.parametrize(("off_mm", "status"), [(0.0, Status.OK), (2.0, Status.WARNING), (5.0, Status.ERROR)])
def test_gap_to_bone(off_mm, status):
    check = checks(moved(good_needle(), off_mm * outward()))["on bone"]
    assert check.measured == pytest.approx(off_mm, abs=0.75)  # a voxel of 1 mm and a grid of 0.6 mm
    assert check.status is status


def test_a_tip_deep_in_bone_is_an_error():
    check = checks(moved(good_needle(), -4.0 * outward()))["on bone"]
    assert check.status is Status.ERROR
    assert "deep in bone" in check.reason


@pytest.mark.parametrize(("turn_deg", "status"), [(5.0, Status.OK), (20.0, Status.WARNING), (60.0, Status.ERROR)])
def test_angle_to_the_nerve(turn_deg, status):
    needle = good_needle()
    shaft = needle.shaft_direction
    sideways = unit(np.cross(shaft, outward()))
    turned = np.cos(np.radians(turn_deg)) * shaft + np.sin(np.radians(turn_deg)) * sideways
    check = checks(replace(needle, entry_lps_mm=needle.tip_lps_mm + 80.0 * turned))["parallel to the nerve"]
    assert check.measured == pytest.approx(turn_deg, abs=0.01)
    assert check.status is status


@pytest.mark.parametrize("side", Side)
def test_approach_angles_are_those_of_the_bone_studies(side):
    assert approach_angles(tipward(side), course("L4", side)) == pytest.approx((20.0, 45.0))
    straight_from_behind = approach_angles(np.array([0.0, -1.0, 0.0]), course("L4", side))
    assert straight_from_behind[1] == pytest.approx(0.0)


def test_distance_from_the_nerve_is_counted_from_the_metal():
    check = checks(good_needle())["at the nerve"]
    chord = 2 * 5.6 * np.sin((0.6 + 0.635) / 5.0 / 2)  # both lie on circles about the neck's axis, 5.6 and 5.635 mm
    assert check.measured == pytest.approx(chord - 0.635, abs=0.02)
    assert checks(moved(good_needle(), 6.0 * outward()))["at the nerve"].status is Status.ERROR


def test_a_tip_too_far_back_is_told_how_far_to_advance():
    check = checks(moved(good_needle(), -9.0 * tipward(Side.RIGHT)))["along the neck"]
    assert check.status is Status.ERROR
    assert "advance it by about" in check.reason
    assert checks(good_needle())["along the neck"].measured > 0.85


def test_entry_off_the_skin():
    needle = good_needle()
    shaft = needle.shaft_direction
    outside = checks(moved(needle, entry_by=30.0 * shaft))["entry at the skin"]
    assert outside.status is Status.WARNING
    assert outside.measured == pytest.approx(30.0, abs=1.0)
    under = checks(moved(needle, entry_by=-30.0 * shaft))["entry at the skin"]
    assert under.status is Status.ERROR
    assert "under the skin" in under.reason


def test_an_image_without_skin_says_so():
    found = checks(good_needle(), scene=anatomy(skin=False))
    assert found["entry at the skin"].status is Status.WARNING
    assert "not on this CT" in found["entry at the skin"].reason


@pytest.mark.parametrize(("length_mm", "status"), [(110.0, Status.OK), (90.0, Status.WARNING), (70.0, Status.ERROR)])
def test_cannula_against_the_depth_of_the_skin(length_mm, status):
    short = NEEDLE.model_copy(update={"cannula_length_mm": length_mm})
    needle = good_needle(electrode=short)
    check = checks(needle)["cannula long enough"]
    assert check.measured == pytest.approx(length_mm - needle.insertion_depth_mm, abs=1.0)
    assert check.status is status


# --- what cannot be --------------------------------------------------------------------------------------------------


def test_a_tip_outside_the_ct_is_refused():
    with pytest.raises(GuidanceError, match=r"outside the CT.*patient LPS"):
        checks(moved(good_needle(), (0, 0, 400.0)))


def test_a_needle_that_never_enters_the_body_is_refused():
    beside_the_patient = replace(
        good_needle(), tip_lps_mm=np.array([-76.0, 60.0, 0.0]), entry_lps_mm=np.array([-76.0, 100.0, 0.0])
    )
    with pytest.raises(GuidanceError, match="never enters the body"):
        checks(beside_the_patient)


def test_tip_and_entry_swapped_are_refused():
    needle = good_needle()
    swapped = replace(
        needle, tip_lps_mm=needle.entry_lps_mm + 3 * needle.shaft_direction, entry_lps_mm=needle.tip_lps_mm
    )
    with pytest.raises(GuidanceError, match="swapped"):
        checks(swapped)


def test_an_entry_from_the_front_is_refused():
    needle = good_needle()
    with pytest.raises(GuidanceError, match="from the front"):
        checks(replace(needle, entry_lps_mm=needle.tip_lps_mm + np.array([-30.0, -50.0, 0.0])))


def test_an_entry_inside_bone_is_refused():
    from .needle_phantom import neck_centre

    needle = good_needle()
    entry = neck_centre("L4", Side.RIGHT)
    tip = np.array([entry[0], entry[1] - 12.0, entry[2] + 10.0])
    with pytest.raises(GuidanceError, match="inside bone"):
        checks(replace(needle, tip_lps_mm=tip, entry_lps_mm=entry))


def test_tip_and_entry_at_one_point_are_refused():
    needle = good_needle()
    with pytest.raises(GuidanceError, match="same"):
        checks(replace(needle, entry_lps_mm=needle.tip_lps_mm))
