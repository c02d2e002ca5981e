"""What is covered as placed: answers known from the geometry of an ellipsoid and a straight tube."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.coverage import Spreads, cover
from neurotomy.errors import GuidanceError, LesionError
from neurotomy.geometry import Curve

from .scenes import LEFT, NEEDLE, RIGHT, lesion, needle, straight_nerve

FEW = {"samples": 50, "spreads": Spreads.none()}


def ellipsoid_span(offset_mm, half_length_mm=8.0, half_width_mm=4.0):
    """Length of a line parallel to the axis, `offset_mm` from it, inside the ellipsoid."""
    return 2 * half_length_mm * np.sqrt(1 - (offset_mm / half_width_mm) ** 2)


@pytest.mark.parametrize("gap", [0.0, 1.0, 2.5])
def test_nerve_parallel_to_needle_is_coagulated_where_its_far_side_is_inside(gap):
    nerve = straight_nerve((gap, 0, 0))
    result = cover([nerve], [needle((0, -5, 0), (0, 1, 0))], [lesion()], **FEW).nerves[0]
    assert result.coagulated_length_mm == pytest.approx(ellipsoid_span(max(gap + 0.6, NEEDLE.radius_mm)), abs=0.02)
    # The side towards the needle is inside over a longer way; within the metal the value of its surface holds.
    assert result.touched_length_mm == pytest.approx(ellipsoid_span(max(gap - 0.6, NEEDLE.radius_mm)), abs=0.02)
    assert result.coagulated_on_neck_mm == pytest.approx(10.0, abs=1e-6)
    assert result.nearest_mm == pytest.approx(gap, abs=1e-9)
    assert result.angle_deg == pytest.approx(0.0, abs=1e-4)
    assert result.cross_section_share == 1.0


def test_perpendicular_needle_takes_less_because_of_geometry_alone():
    nerve = straight_nerve()
    along = cover([nerve], [needle((0, -5, 0), (0, 1, 0))], [lesion()], **FEW).nerves[0]
    upright = cover([nerve], [needle((0, 0, 0), (0, 0, 1))], [lesion()], **FEW).nerves[0]
    assert upright.angle_deg == pytest.approx(90.0, abs=1e-6)
    # The nerve passes the apex, z = 0, where the ellipsoid's section has radius 4 sqrt(1 - (5/8)²). The nerve's lower
    # side (z = -0.6) is inside least.
    assert upright.coagulated_length_mm == pytest.approx(2 * 4 * np.sqrt(1 - (5.6 / 8) ** 2), abs=0.05)
    assert along.coagulated_length_mm > 2 * upright.coagulated_length_mm


def lens_share(nerve_radius, lesion_radius, apart):
    """Share of a disc's area inside a larger circle whose centre is `apart` away."""
    r, R, d = nerve_radius, lesion_radius, apart
    near = np.arccos((d**2 + r**2 - R**2) / (2 * d * r))
    far = np.arccos((d**2 + R**2 - r**2) / (2 * d * R))
    kite = 0.5 * np.sqrt((-d + r + R) * (d + r - R) * (d - r + R) * (d + r + R))
    return (r**2 * near + R**2 * far - kite) / (np.pi * r**2)


@pytest.mark.parametrize(("apart", "tolerance"), [(3.7, 0.004), (3.9, 0.004), (4.0, 0.015), (4.1, 0.004), (4.3, 0.004)])
def test_share_of_a_cross_section_cut_by_the_edge_of_the_lesion(apart, tolerance):
    # A very long lesion of radius 4 mm, its edge parallel to the nerve. Where it passes exactly through the nerve's
    # axis every spoke is all in or all out, and the share is only as fine as the spokes.
    nerve = straight_nerve((apart, 0, 0), diameter_mm=1.0)
    wide = lesion(half_length_mm=2000.0)
    result = cover([nerve], [needle((0, -5, 0), (0, 1, 0))], [wide], **FEW).nerves[0]
    assert result.cross_section_share == pytest.approx(lens_share(0.5, 4.0, apart), abs=tolerance)
    assert result.coagulated_length_mm == 0.0
    assert result.touched_length_mm > 10.0


def test_nothing_is_touched_far_away_and_everything_says_so():
    result = cover([straight_nerve((30.0, 0, 0))], [needle((0, -5, 0), (0, 1, 0))], [lesion()], **FEW)
    nerve = result.nerves[0]
    assert (nerve.coagulated_length_mm, nerve.touched_length_mm, nerve.cross_section_share) == (0.0, 0.0, 0.0)
    assert nerve.capture_probability == 0.0
    assert result.all_captured_probability == 0.0
    assert nerve.nearest_mm == pytest.approx(30.0)


def test_longest_stretch_is_not_the_sum_of_two():
    nerve = straight_nerve()
    small = lesion(half_length_mm=2.0, half_width_mm=3.0, centre_z_mm=0.0)
    first, second = needle((0, -6, 0), (0, 0, 1)), needle((0, 4, 0), (0, 0, 1))
    one = cover([nerve], [first], [small], **FEW).nerves[0]
    both = cover([nerve, nerve], [first, second], [small, small], **FEW)
    assert len(both.nerves) == 1
    assert both.nerves[0].coagulated_length_mm == pytest.approx(one.coagulated_length_mm, abs=1e-6)
    assert both.nerves[0].touched_length_mm == pytest.approx(2 * one.touched_length_mm, abs=1e-6)
    assert "union" in both.nerves[0].note


def test_two_lesions_end_to_end_make_one_longer_stretch():
    nerve = straight_nerve()
    small = lesion(half_length_mm=3.0, half_width_mm=3.0, centre_z_mm=0.0)
    placements = [needle((0, y, 0), (0, 0, 1)) for y in (-2.0, 2.0)]
    one = cover([nerve], placements[:1], [small], **FEW).nerves[0]
    both = cover([nerve] * 2, placements, [small] * 2, **FEW).nerves[0]
    assert both.coagulated_length_mm == pytest.approx(one.coagulated_length_mm + 4.0, abs=0.02)


def test_captured_asks_for_the_neck_not_for_a_stretch_beyond_it():
    # The lesion takes 12 mm of nerve, but all of it dorsal to the neck.
    nerve = straight_nerve(neck_arc_mm=(0.5, 8.5))
    result = cover([nerve], [needle((0, 0, 0), (0, 1, 0))], [lesion()], **FEW).nerves[0]
    assert result.coagulated_length_mm > 12.0
    assert result.coagulated_on_neck_mm == 0.0
    assert result.capture_probability == 0.0


def test_a_bent_nerve_is_measured_along_its_own_arc():
    turn = np.linspace(0, np.pi, 200)
    arc = 10.0 * np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], axis=1)
    nerve = replace(straight_nerve(), curve=Curve(arc), neck_arc_mm=(5.0, 25.0))
    everything = lesion(half_length_mm=1e4, half_width_mm=1e4)
    result = cover([nerve], [needle((0, 0, 0), (0, 1, 0))], [everything], **FEW).nerves[0]
    assert result.coagulated_length_mm == pytest.approx(10 * np.pi, rel=1e-3)
    assert result.arc_mm[-1] == pytest.approx(nerve.curve.length_mm)


@pytest.mark.parametrize(
    ("courses", "placements", "lesions", "words"),
    [
        (0, 0, 0, "0 nerve courses"),
        (1, 2, 1, "same order"),
    ],
)
def test_lists_that_do_not_match_are_refused(courses, placements, lesions, words):
    with pytest.raises(GuidanceError, match=words):
        cover([straight_nerve()] * courses, [needle((0, 0, 0), (0, 1, 0))] * placements, [lesion()] * lesions)


def test_a_needle_for_the_other_side_is_refused():
    with pytest.raises(GuidanceError, match=r"L4, left.*L4, right"):
        cover([straight_nerve(target=RIGHT)], [needle((0, 0, 0), (0, 1, 0), target=LEFT)], [lesion()])


def test_a_lesion_of_another_electrode_is_refused():
    other = NEEDLE.model_copy(update={"name": "other", "active_tip_mm": 5.0})
    with pytest.raises(LesionError, match="other"):
        cover([straight_nerve()], [needle((0, 0, 0), (0, 1, 0))], [lesion(electrode=other)])


def test_a_neck_off_the_course_and_no_samples_are_refused():
    with pytest.raises(GuidanceError, match="neck"):
        cover([straight_nerve(neck_arc_mm=(10.0, 40.0))], [needle((0, 0, 0), (0, 1, 0))], [lesion()])
    with pytest.raises(GuidanceError, match="at least 1"):
        cover([straight_nerve()], [needle((0, 0, 0), (0, 1, 0))], [lesion()], samples=0)


def test_a_neck_shorter_than_the_capture_length_says_so():
    nerve = straight_nerve(neck_arc_mm=(13.0, 17.0))
    result = cover([nerve], [needle((0, -5, 0), (0, 1, 0))], [lesion()], **FEW).nerves[0]
    assert result.coagulated_on_neck_mm == pytest.approx(4.0)
    assert result.capture_probability == 0.0
    assert "can never count" in result.note
