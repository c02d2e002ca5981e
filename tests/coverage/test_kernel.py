"""The compiled loops against plain numpy."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurotomy.coverage.kernel import longest_runs, raise_to_lesion
from neurotomy.coverage.placed import FLOOR, bilinear, place
from neurotomy.coverage.spreads import Spreads
from neurotomy.coverage.tube import DISC, RIM, share_inside, tube

from .scenes import lesion, needle, straight_nerve


def plain_values(rim, rotation, translation, scale, held):
    """Damage at the rim by plain numpy, without any cut-off by reach: (samples, nodes, k)."""
    p = np.einsum("sij,nkj->snki", rotation, rim) + translation[:, None, None, :]
    x, y, z = np.moveaxis(p, -1, 0)
    r = np.hypot(x, y)
    foot = np.clip(z, held.radius_mm, held.active_mm)
    d = np.hypot(r, z - foot)
    pull = np.where(
        d > held.radius_mm, (held.radius_mm + (d - held.radius_mm) / scale[:, None, None]) / np.maximum(d, 1e-12), 1.0
    )
    planes = held.log10_omega.shape[2]
    turn = np.arctan2(y, x) * planes / (2 * np.pi) if planes > 1 else np.zeros_like(r)
    first = np.floor(turn).astype(int)
    low, high = (
        bilinear(held.z_mm, held.r_mm, held.log10_omega, foot + (z - foot) * pull, r * pull, n % planes)
        for n in (first, first + 1)
    )
    found = (1 - turn + first) * low + (turn - first) * high
    return np.maximum(found, FLOOR)


def plain_run(least, arc):
    """The longest stretch at or above 0 of a piecewise linear function, by brute force on 10⁵ points."""
    fine = np.linspace(arc[0], arc[-1], 100001)
    inside = np.interp(fine, arc, least) >= 0
    edges = np.diff(np.concatenate([[0], inside.astype(int), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return float(max(stops - starts - 1, default=0)) * (fine[1] - fine[0])


def test_damage_equals_the_plain_version():
    nerve = tube(straight_nerve((1.0, 0.5, -1.0), (0.3, 1.0, 0.5)), 0.5)
    course = straight_nerve()
    held = place(lesion(), needle((0, -5, 0), (0.2, 1, 0.1)))
    spread = Spreads(1.0, 10.0, 1.5, 1.5, 8.0, 0.2, 0.2)
    samples = 40
    moved = spread.nerve_motion(nerve, course, 1, 0, samples)
    rotation, translation = moved.nerve_seen_from(
        spread.needle_motion(held.needle_from_lps, course, 1, 0, samples), held.needle_from_lps
    )
    assert np.allclose(rotation @ np.swapaxes(rotation, 1, 2), np.eye(3))
    scale = spread.depth_scales(1, 0, samples)
    rim = np.ascontiguousarray(nerve.points_lps_mm(RIM))
    values = np.full((samples, *rim.shape[:2]), FLOOR)
    raise_to_lesion(
        values, rim, nerve.centre_lps_mm, rotation, translation, scale, held.z_mm, held.r_mm, held.log10_omega,
        held.log10_omega.shape[2], held.radius_mm, held.active_mm, held.reach_mm, nerve.radius_mm,
    )  # fmt: skip
    plain = plain_values(rim, rotation, translation, scale, held)
    assert np.allclose(values, plain, atol=1e-12)
    assert (values > 0).any()
    assert (values == FLOOR).any()


def test_kernel_equals_plain_numpy_for_a_lesion_that_is_not_the_same_all_around():
    nerve = tube(straight_nerve((1.0, 0.5, -1.0), (0.3, 1.0, 0.5)), 0.5)
    held = place(lesion(), needle((0, -5, 0), (0.2, 1, 0.1)))
    angle = 2 * np.pi * np.arange(12) / 12
    held = replace(held, log10_omega=np.maximum(held.log10_omega + 2 * np.cos(angle - 0.7), FLOOR))
    rim = np.ascontiguousarray(nerve.points_lps_mm(RIM))
    pose = held.needle_from_lps
    rotation, translation = pose.rotation[None], pose.translation_mm[None]
    values = np.full((1, *rim.shape[:2]), FLOOR)
    raise_to_lesion(
        values, rim, nerve.centre_lps_mm, rotation, translation, np.ones(1), held.z_mm, held.r_mm, held.log10_omega,
        12, held.radius_mm, held.active_mm, 20.0, nerve.radius_mm,
    )  # fmt: skip
    assert np.allclose(values, plain_values(rim, rotation, translation, np.ones(1), held), atol=1e-12)
    # The same by the placed lesion's own reading, at the points that are outside the metal.
    read = held.at(rim)
    beside = np.hypot(*np.moveaxis(pose(rim), -1, 0)[:2]) > held.radius_mm
    assert np.allclose(values[0][beside], np.maximum(read, FLOOR)[beside], atol=1e-9)


def test_a_lesion_on_one_side_of_the_needle_takes_the_nerve_on_that_side_alone():
    held = place(lesion(), needle((0, 0, -5), (0, 0, 1)))
    angle = 2 * np.pi * np.arange(16) / 16
    held = replace(held, log10_omega=np.where(np.cos(angle) > 0.1, held.log10_omega, FLOOR))
    # +x of the needle's frame, in the patient.
    towards = held.needle_from_lps.inverse().direction(np.array([1.0, 0.0, 0.0]))
    middle = np.array([0.0, 0.0, 0.0])
    assert held.at(middle + 2.5 * towards) > 0
    assert held.at(middle - 2.5 * towards) == FLOOR


@settings(max_examples=60, deadline=None)
@given(arrays(float, 9, elements=st.floats(-3, 3)), arrays(float, 8, elements=st.floats(0.1, 1.0)))
def test_longest_run_equals_brute_force(least, steps):
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    found = longest_runs(least[None, :], arc, 0, 8)[0]
    # A single touching point, or a dip between two points of the brute force, is below its resolution.
    assert found == pytest.approx(plain_run(least, arc), abs=2e-4) or np.any(np.abs(least) < 1e-3)


def test_longest_run_knows_its_own_ends():
    arc = np.arange(6.0)
    least = np.array([[1.0, 1.0, -1.0, 1.0, 1.0, 1.0]])
    assert longest_runs(least, arc, 0, 5)[0] == pytest.approx(2.5)
    assert longest_runs(least, arc, 0, 2)[0] == pytest.approx(1.5)
    assert longest_runs(-np.ones((3, 6)), arc, 0, 5).tolist() == [0.0, 0.0, 0.0]
    assert longest_runs(np.ones((1, 6)), arc, 1, 4)[0] == 3.0


@pytest.mark.parametrize("offset", [-1.2, -0.9, -0.5, 0.0, 0.3, 0.77, 1.5])
@pytest.mark.parametrize("turn", [0.0, 0.13])
def test_share_of_a_disc_cut_by_a_straight_line(offset, turn):
    inside = offset - DISC @ [np.cos(turn), np.sin(turn)]
    h = np.clip(offset, -1, 1)
    exact = (np.pi - np.arccos(h) + h * np.sqrt(1 - h**2)) / np.pi
    assert share_inside(inside[None, :])[0] == pytest.approx(exact, abs=0.005)


def test_share_of_a_disc_with_a_smaller_disc_inside():
    inside = 0.6 - np.linalg.norm(DISC, axis=1)
    assert share_inside(inside) == pytest.approx(0.36)
    assert share_inside(-inside) == pytest.approx(0.64)
    assert share_inside(np.zeros(len(DISC))) == 1.0
    assert share_inside(-np.ones(len(DISC))) == 0.0


def test_tube_surface_stands_off_the_axis_by_its_radius():
    nerve = tube(straight_nerve((3, 2, 1), (0.3, 1.0, 0.5)), 0.5)
    offset = nerve.points_lps_mm(RIM) - nerve.centre_lps_mm[:, None, :]
    assert np.allclose(np.linalg.norm(offset, axis=2), 0.6)
    assert np.allclose(np.einsum("nki,ni->nk", offset, nerve.tangent), 0.0, atol=1e-12)
    assert nerve.arc_mm[list(nerve.neck)] == pytest.approx([10.0, 20.0])
    assert np.all(np.diff(nerve.arc_mm) > 0)
    assert np.diff(nerve.arc_mm).max() <= 0.5 + 1e-9
