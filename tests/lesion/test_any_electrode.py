"""The lesion of any electrode in one tissue, and its place in a patient."""

import numpy as np
import pytest

from neurotomy.anatomy import Side, Target
from neurotomy.equipment import catalogue
from neurotomy.guidance.placement import Placement
from neurotomy.lesion import Lesion, simulate
from neurotomy.lesion.any_electrode import simulate_in_one_tissue

PROTOCOL = catalogue.protocol("standard-80c-90s")


@pytest.fixture(scope="module")
def bent():
    return simulate_in_one_tissue(catalogue.electrode("curved-22g-5mm"), PROTOCOL)


def test_a_straight_needle_takes_the_axisymmetric_grid():
    electrode = catalogue.electrode("conventional-22g-5mm")
    found, known = simulate_in_one_tissue(electrode, PROTOCOL), simulate(electrode, PROTOCOL)
    assert isinstance(found, Lesion)
    assert found.necrosis.width_mm == known.necrosis.width_mm


def test_a_bend_of_a_short_tip_changes_the_size_little(bent):
    """5 mm of a 30 mm circle: the lesion is as wide as that of a straight tip, and leans to the shaft's side."""
    straight = simulate(catalogue.electrode("conventional-22g-5mm"), PROTOCOL)
    assert bent.necrosis.low_mm[1] == pytest.approx(-bent.necrosis.high_mm[1], abs=0.05)
    assert bent.necrosis.high_mm[1] == pytest.approx(straight.necrosis.width_mm / 2, abs=0.35)
    assert -bent.necrosis.low_mm[0] > bent.necrosis.high_mm[0] + 0.5


@pytest.mark.parametrize("roll", [0.0, 70.0, 180.0])
def test_posed_it_lies_where_the_metal_is(bent, roll):
    target = Target("L3 medial branch", "L4", Side.LEFT)
    tip, entry = np.array([20.0, 30.0, -40.0]), np.array([35.0, 90.0, -60.0])
    needle = Placement(target, bent.electrode, tip, entry, "given", roll_deg=roll)
    posed = bent.posed(needle.needle_from_lps)
    along = needle.active_lps_mm[0]
    assert posed.field.sample("log10_omega", along).min() > 1.0
    # Mirrored to the other side of the shaft it is not.
    far = along[0] - 6.0 * needle.bend_direction
    near = along[0] + 6.0 * needle.bend_direction
    shaft = needle.metal_lps_mm[0][-2]
    assert np.linalg.norm(shaft - far) < np.linalg.norm(shaft - near)
    points = tip + np.random.default_rng(3).uniform(-6, 6, (50, 3))
    local = needle.needle_from_lps(points)
    assert posed.field.sample("log10_omega", points) == pytest.approx(
        bent.field.sample_in_frame("log10_omega", *local.T)
    )
    assert posed.necrosis == bent.necrosis
