"""The needle's shadow: exact chords, the tip where it projects, the same in front of the spine as behind it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotomy.anatomy import Side, Target
from neurotomy.equipment.electrode import Electrode
from neurotomy.errors import GuidanceError
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.needle import needle_mm, rod_mm
from neurotomy.guidance.placement import Placement

ORIGIN = np.zeros(3)


def marched(carm, tip, hub, radius, round_tip, pixel, step=5e-3):
    """The chord by walking along the ray: the oracle."""
    axis = (hub - tip) / np.linalg.norm(hub - tip)
    length = np.linalg.norm(hub - tip)
    ray = carm.rays(pixel)
    middle = (tip - carm.source_lps_mm) @ ray
    t = np.arange(middle - 1.3 * length, middle + 1.3 * length, step)
    points = carm.source_lps_mm + t[:, None] * ray - tip
    z = points @ axis
    off2 = (points**2).sum(axis=1) - z**2
    inside = (off2 < radius**2) & (z < length) & (z > (radius if round_tip else 0.0))
    if round_tip:
        inside |= ((points - radius * axis) ** 2).sum(axis=1) < radius**2
    return inside.sum() * step


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_chords_are_those_of_a_walk_along_the_ray(seed, round_tip):
    rng = np.random.default_rng(seed)
    carm = CArm(ORIGIN, rng.uniform(-180, 180), rng.uniform(-50, 50), rows=201, columns=201, pixel_mm=0.4)
    tip = rng.uniform(-5, 5, 3)
    hub = tip + rng.uniform(4, 20) * (lambda v: v / np.linalg.norm(v))(rng.normal(size=3))
    radius = rng.uniform(0.3, 1.2)
    image = rod_mm(carm, tip, hub, radius, round_tip=round_tip, samples=1)
    rows, columns = np.nonzero(image)
    assert len(rows) > 0
    for n in rng.choice(len(rows), 4):
        expected = marched(carm, tip, hub, radius, round_tip, [columns[n], rows[n]])
        assert image[rows[n], columns[n]] == pytest.approx(expected, abs=0.02)
    # what the image leaves at zero is truly off the needle
    for pixel in rng.integers(60, 140, (6, 2)):
        if image[pixel[1], pixel[0]] == 0:
            assert marched(carm, tip, hub, radius, round_tip, pixel) < 0.01


@pytest.mark.parametrize("depth", [-120.0, 0.0, 150.0])
def test_a_ray_across_the_axis_crosses_one_diameter(depth):
    carm = CArm(ORIGIN, 180, rows=3, columns=3, pixel_mm=0.5)
    middle = carm.back_project([1, 1], depth)
    image = rod_mm(carm, middle - [0, 0, 10], middle + [0, 0, 10], 0.41, round_tip=True, samples=1)
    assert image[1, 1] == pytest.approx(0.82, abs=1e-6)


def test_down_the_barrel_the_ray_crosses_its_length():
    carm = CArm(ORIGIN, 180, rows=5, columns=5)
    image = rod_mm(carm, [0, 0, 0], 30 * carm.to_detector, 0.6, round_tip=True, samples=1)
    assert image[2, 2] == pytest.approx(30, abs=1e-5)
    flat = rod_mm(carm, [0, 0, 0], 30 * carm.to_detector, 0.6, round_tip=False, samples=1)
    assert flat[2, 2] == pytest.approx(30, abs=1e-5)


@pytest.mark.parametrize("offset", [0.0, 0.11, 0.23, 0.31])
@pytest.mark.parametrize("pose", [(180, 0, 0), (-160, -40, 20), (90, 10, -70)])
def test_the_drawn_tip_is_the_projected_tip(pose, offset):
    # A flat rod along a row: from the tip to a column in its middle there is as much metal as columns lie between.
    carm = CArm(ORIGIN, *pose)
    tip = offset * carm.right + 3.0 * carm.up - 8.0 * carm.to_detector
    image = rod_mm(carm, tip, tip + 60.0 * carm.right, 0.635, round_tip=False).astype(float)
    column, row = carm.project(tip)
    profile = image.sum(axis=0)
    middle = int(column) + 40
    reached = profile[: middle + 1].sum() / profile[middle - 5 : middle + 6].mean()
    assert middle + 0.5 - reached == pytest.approx(column, abs=0.1)
    slab = image[:, int(column) + 10 : middle]
    rows = np.arange(carm.rows)[:, None]
    assert (slab * rows).sum() / slab.sum() == pytest.approx(row, abs=0.1)


def test_thin_needles_do_not_flicker():
    # Sliding a 22 G needle by fractions of a pixel hardly changes the sum of metal, nor its darkest pixel.
    carm = CArm(ORIGIN, 180)
    sums, peaks = [], []
    for shift in np.linspace(0, 1, 9) * carm.pixel_at_isocentre_mm:
        image = rod_mm(carm, [shift, 0, -30], [shift + 3, 0, 30], 0.36, round_tip=True)
        sums.append(image.sum())
        peaks.append(np.median(image[180:330].max(axis=1)))
    assert np.ptp(sums) < 0.002 * np.mean(sums)
    assert np.ptp(peaks) < 0.03 * np.mean(peaks)


def test_metal_conserves_its_volume():
    # Parallel beam: the sum over pixels of chord × pixel area is the volume of the rod.
    far = CArm(ORIGIN, 150, -25, sod_mm=1e6, sdd_mm=1e6 + 1, rows=300, columns=300, pixel_mm=0.2)
    length, radius = 20.0, 0.8
    image = rod_mm(far, [0, 0, 0], [0, 0, length], radius, round_tip=True)
    volume = np.pi * radius**2 * (length - radius) + 2 / 3 * np.pi * radius**3
    assert image.sum(dtype=float) * 0.2**2 == pytest.approx(volume, rel=2e-3)


def test_a_placement_is_drawn_to_its_hub():
    electrode = Electrode(
        name="test-18g-10mm", gauge=18, outer_diameter_mm=1.27, active_tip_mm=10, cannula_length_mm=100, source="test"
    )
    target = Target("L3 medial branch", "L4", Side.RIGHT)
    placement = Placement(target, electrode, np.zeros(3), np.array([0.0, 60.0, -30.0]), "given")
    carm = CArm(ORIGIN, 90, detector_shift_mm=(40, -20))
    image = needle_mm(carm, placement)
    hub = 100 * placement.shaft_direction
    for depth, visible in [(1.0, True), (50.0, True), (99.0, True), (101.0, False), (-1.0, False)]:
        column, row = np.rint(carm.project(depth * placement.shaft_direction)).astype(int)
        assert (image[row, column] > 0.5) == visible
    assert np.linalg.norm(hub) == pytest.approx(100)


def test_needles_that_cannot_be():
    with pytest.raises(GuidanceError, match="cannot be drawn"):
        rod_mm(CArm(ORIGIN), [0, 0, 0], [0, 0, 1], 0.6, round_tip=True)
    with pytest.raises(GuidanceError, match="behind the X-ray source"):
        rod_mm(CArm(ORIGIN, 0), [0, 0, 0], [0, 700, 0], 0.6, round_tip=True)
    assert not np.any(rod_mm(CArm(ORIGIN), [0, 0, 200], [0, 0, 260], 0.6, round_tip=True))
