"""Probability of capture: exact limits, invariants, convergence, and streams that do not depend on each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from scipy.stats import ncx2, norm

from neurotomy.coverage import Spreads, cover
from neurotomy.coverage.capture import wilson
from neurotomy.errors import Cancelled
from neurotomy.geometry import RigidTransform
from neurotomy.progress import Event, Progress

from .scenes import (
    LEFT,
    lesion,
    mirrored_course,
    mirrored_placement,
    moved_course,
    moved_placement,
    needle,
    straight_nerve,
)

PARALLEL = needle((1.5, -5, 0.5), (0.1, 1, 0.2))
OBLIQUE = straight_nerve((0.5, 0.0, 0.2), (0.2, 1.0, -0.3))


def probability(result):
    return result.nerves[0].capture_probability


def test_without_spread_the_plan_is_certain():
    for middle, expected in (((0, 0, 0), 1.0), ((20, 0, 0), 0.0)):
        result = cover([straight_nerve(middle)], [PARALLEL], [lesion()], samples=40, spreads=Spreads.none()).nerves[0]
        assert result.capture_probability == expected
        assert len(set(result.length_quantiles_mm)) == 1
        assert result.length_quantiles_mm[0] == pytest.approx(result.coagulated_length_mm, abs=0.05)


def test_shift_of_the_nerve_alone_has_the_probability_of_its_normal_distribution():
    # A very long lesion of radius 4 mm; the nerve of radius 0.6 mm is parallel to it, 2 mm from the axis. It is
    # captured while it stays within 3.4 mm of the axis: a shift in two directions makes that a non-central chi-square.
    spreads = Spreads(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    nerve = straight_nerve((2.0, 0, 0), spread_mm=0.8)
    wide = lesion(half_length_mm=3000.0)
    result = cover([nerve], [needle((0, -5, 0), (0, 1, 0))], [wide], samples=20000, spreads=spreads)
    exact = ncx2.cdf((3.4 / 0.8) ** 2, df=2, nc=(2.0 / 0.8) ** 2)
    low, high = result.nerves[0].capture_interval
    assert low - 0.005 < exact < high + 0.005
    assert high - low < 0.015


def test_depth_alone_has_the_probability_of_its_log_normal_distribution():
    # Nerve parallel at 4.5 mm, lesion edge at 4 mm: captured when 0.635 + (4 - 0.635) s >= 4.5 + 0.6.
    spreads = Spreads(0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.4)
    result = cover(
        [straight_nerve((4.5, 0, 0))],
        [needle((0, -5, 0), (0, 1, 0))],
        [lesion(half_length_mm=3000.0)],
        samples=20000,
        spreads=spreads,
    )
    needed = (5.1 - 0.635) / (4.0 - 0.635)
    exact = norm.sf(np.log(needed) / 0.5)
    # The lesion is not infinitely long in its own scaling near the tip's ends, hence a wider margin below.
    assert probability(result) == pytest.approx(exact, abs=0.02)


def test_shared_tissue_makes_two_nerves_fail_together():
    nerves = [straight_nerve((4.0, 0, 0)), straight_nerve((4.0, 0, 0), target=LEFT)]
    needles = [needle((0, -5, 0), (0, 1, 0)), needle((0, -5, 0), (0, 1, 0), target=LEFT)]
    heat = [lesion(half_length_mm=300.0)] * 2
    shared = cover(nerves, needles, heat, spreads=Spreads(0, 0, 0, 0, 0, 0.3, 0.0))
    own = cover(nerves, needles, heat, spreads=Spreads(0, 0, 0, 0, 0, 0.0, 0.3))
    p = probability(shared)
    assert 0.05 < p < 0.95
    assert shared.all_captured_probability == p
    a, b = (n.capture_probability for n in own.nerves)
    assert own.all_captured_probability == pytest.approx(a * b, abs=0.03)
    assert own.all_captured_interval[0] < own.all_captured_probability < own.all_captured_interval[1]


def test_samples_converge_as_their_square_root():
    exact = probability(cover([OBLIQUE], [PARALLEL], [lesion(half_width_mm=3.0)], samples=20000, seed=99))
    assert 0.1 < exact < 0.9
    errors = {}
    for samples in (50, 800):
        found = [
            probability(cover([OBLIQUE], [PARALLEL], [lesion(half_width_mm=3.0)], samples=samples, seed=s))
            for s in range(20)
        ]
        errors[samples] = np.sqrt(np.mean((np.array(found) - exact) ** 2))
    # Sixteen times the samples: a quarter of the error, to within what 20 seeds can tell.
    assert 2.5 < errors[50] / errors[800] < 6.5
    assert errors[800] < 0.03


def test_interval_covers_the_truth_about_as_often_as_it_says():
    truth = probability(cover([OBLIQUE], [PARALLEL], [lesion(half_width_mm=3.0)], samples=20000, seed=99))
    inside = 0
    for seed in range(60):
        found = cover([OBLIQUE], [PARALLEL], [lesion(half_width_mm=3.0)], samples=150, seed=seed)
        low, high = found.nerves[0].capture_interval
        inside += low <= truth <= high
    assert inside >= 52  # 95 % of 60 is 57; fewer than 52 has a probability below 1 %


def test_wilson_interval_against_published_values():
    # Newcombe, Stat Med 1998;17:857, method 3: 81/263 and 0/20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    low, high = wilson(0, 20)
    assert low == 0.0
    assert high == pytest.approx(0.1611, abs=5e-5)
    assert wilson(20, 20) == pytest.approx((1 - high, 1.0))


def test_a_nerve_draws_the_same_numbers_whoever_is_beside_it():
    alone = cover([OBLIQUE], [PARALLEL], [lesion()], seed=5, samples=300)
    other = straight_nerve((3, 0, 0), target=LEFT)
    beside = cover(
        [OBLIQUE, other], [PARALLEL, needle((0, -5, 0), (0, 1, 0), target=LEFT)], [lesion()] * 2, seed=5, samples=300
    )
    assert beside.nerves[0].length_quantiles_mm == alone.nerves[0].length_quantiles_mm
    assert cover([OBLIQUE], [PARALLEL], [lesion()], seed=6, samples=300).nerves[0].length_quantiles_mm != (
        alone.nerves[0].length_quantiles_mm
    )


motions = st.builds(
    lambda quaternion, shift: RigidTransform(Rotation.from_quat(quaternion).as_matrix(), np.array(shift)),
    st.tuples(*[st.floats(-1, 1) for _ in range(4)]).filter(lambda q: np.linalg.norm(q) > 0.1),
    st.tuples(*[st.floats(-300, 300) for _ in range(3)]),
)


@settings(max_examples=25, deadline=None)
@given(motions)
def test_moving_the_patient_with_needle_and_nerve_changes_nothing(motion):
    # The reach of the lesion is cut at a floor, so that a point on a cell's edge may fall into the next cell: rounding.
    before = cover([OBLIQUE], [PARALLEL], [lesion()], samples=60, seed=3)
    after = cover([moved_course(OBLIQUE, motion)], [moved_placement(PARALLEL, motion)], [lesion()], samples=60, seed=3)
    a, b = before.nerves[0], after.nerves[0]
    assert b.coagulated_length_mm == pytest.approx(a.coagulated_length_mm, abs=1e-6)
    assert b.touched_length_mm == pytest.approx(a.touched_length_mm, abs=1e-6)
    assert b.length_quantiles_mm == pytest.approx(a.length_quantiles_mm, abs=1e-6)
    assert b.nearest_mm == pytest.approx(a.nearest_mm, abs=1e-6)
    assert b.angle_deg == pytest.approx(a.angle_deg, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3)),
    st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
)
def test_left_is_the_mirror_image_of_right(offset, slope):
    nerve = straight_nerve(np.array([-20.0, 0, 0]) + offset, (slope[0], 1.0, slope[1]))
    held = needle((-20.5, -5, 0.5), (-0.2, 1, -0.3))
    a = cover([nerve], [held], [lesion()], samples=60).nerves[0]
    b = cover([mirrored_course(nerve)], [mirrored_placement(held)], [lesion()], samples=60).nerves[0]
    assert b.target.side is not a.target.side
    assert b.coagulated_length_mm == pytest.approx(a.coagulated_length_mm, abs=1e-6)
    assert b.length_quantiles_mm == pytest.approx(a.length_quantiles_mm, abs=1e-6)
    assert b.capture_probability == a.capture_probability
    assert b.cross_section_share == a.cross_section_share


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.0, 3.0),
    st.tuples(st.floats(-4, 4), st.floats(-4, 4), st.floats(-4, 4)),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)).filter(lambda d: np.linalg.norm(d) > 0.2),
)
def test_a_thicker_lesion_never_takes_less(more, middle, direction):
    nerve = straight_nerve(middle, direction)
    thin = cover([nerve], [PARALLEL], [lesion()], samples=60).nerves[0]
    thick = cover([nerve], [PARALLEL], [lesion(shift=more)], samples=60).nerves[0]
    assert thick.coagulated_length_mm >= thin.coagulated_length_mm - 1e-9
    assert thick.coagulated_on_neck_mm >= thin.coagulated_on_neck_mm - 1e-9
    assert thick.touched_length_mm >= thin.touched_length_mm - 1e-9
    assert thick.cross_section_share >= thin.cross_section_share
    assert thick.capture_probability >= thin.capture_probability
    assert np.all(np.array(thick.length_quantiles_mm) >= np.array(thin.length_quantiles_mm) - 1e-9)


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 90))
def test_a_second_lesion_never_takes_away(angle):
    second = needle((0, 3, 1), (0, np.cos(np.radians(angle)), np.sin(np.radians(angle))))
    one = cover([OBLIQUE], [PARALLEL], [lesion()], samples=60).nerves[0]
    two = cover([OBLIQUE] * 2, [PARALLEL, second], [lesion()] * 2, samples=60).nerves[0]
    assert two.coagulated_length_mm >= one.coagulated_length_mm - 1e-9
    assert two.capture_probability >= one.capture_probability


def test_progress_is_told_and_can_stop_it():
    seen: list[Event] = []
    cover([OBLIQUE], [PARALLEL], [lesion()], samples=2000, progress=Progress(seen.append))
    fractions = [e.fraction for e in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(seen) > 4
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        cover([OBLIQUE], [PARALLEL], [lesion()], progress=stopped)


def test_the_spreads_are_told_in_words_with_units():
    told = " ".join(cover([OBLIQUE], [PARALLEL], [lesion()], samples=20).spreads)
    assert "L3 medial branch at L4, right 1 mm" in told
    assert "°" in told
    assert "%" in told
