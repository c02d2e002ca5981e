"""Coverage by simulated lesions: the rooms agree on sizes, and technique matters as a consequence of geometry."""

from functools import cache

import numpy as np
import pytest

from neurotomy.coverage import Spreads, cover
from neurotomy.equipment.catalogue import electrode_for, protocol
from neurotomy.lesion import simulate

from .scenes import needle, straight_nerve

FEW = {"samples": 20, "spreads": Spreads.none()}


@cache
def lesion(gauge=18, active_tip_mm=10.0):
    return simulate(electrode_for(gauge, active_tip_mm), protocol("standard-80c-90s"))


def held(tip, shaft, heat):
    return needle(tip, shaft, electrode=heat.electrode)


def test_a_thin_nerve_on_the_needles_axis_is_coagulated_over_the_lesions_length():
    heat = lesion()
    thin = straight_nerve(diameter_mm=1e-3)
    found = cover([thin], [held((0, -5, 0), (0, 1, 0), heat)], [heat], **FEW).nerves[0]
    assert found.coagulated_length_mm == pytest.approx(heat.necrosis.length_mm, abs=0.15)
    assert found.criterion == heat.necrosis.criterion


def test_a_thin_nerve_across_the_middle_is_coagulated_over_the_lesions_width():
    heat = lesion()
    thin = straight_nerve(diameter_mm=1e-3)
    widest = max(
        cover([thin], [held((0, 0, -z), (0, 0, 1), heat)], [heat], **FEW).nerves[0].coagulated_length_mm
        for z in np.arange(0.0, 10.1, 0.5)
    )
    assert widest == pytest.approx(heat.necrosis.width_mm, abs=0.1)


def test_nothing_is_coagulated_further_past_the_tip_than_the_lesion_reaches():
    heat = lesion()
    beyond = heat.necrosis.beyond_tip_mm
    for z, taken in ((beyond - 0.3, True), (beyond + 0.3, False)):
        thin = straight_nerve(diameter_mm=1e-3)
        found = cover([thin], [held((0, 0, z), (0, 0, 1), heat)], [heat], **FEW).nerves[0]
        assert (found.coagulated_length_mm > 0) is taken


@pytest.mark.parametrize("gauge", [22, 18, 16])
def test_laying_the_needle_along_the_nerve_takes_more_than_pointing_at_it(gauge):
    # Both needles touch the nerve: one with its side, one with its apex.
    heat = lesion(gauge)
    touch = heat.electrode.radius_mm + 0.6
    nerve = straight_nerve()
    along = cover([nerve], [held((touch, -5, 0), (0, 1, 0), heat)], [heat], seed=1).nerves[0]
    upright = cover([nerve], [held((0, 0, 0.6), (0, 0, 1), heat)], [heat], seed=1).nerves[0]
    assert along.coagulated_length_mm > 1.5 * upright.coagulated_length_mm
    assert along.coagulated_on_neck_mm > upright.coagulated_on_neck_mm
    assert along.capture_probability > upright.capture_probability


def test_a_thicker_needle_takes_more():
    nerve = straight_nerve((3.5, 0, 0))
    lengths = []
    for gauge in (22, 20, 18, 16):
        heat = lesion(gauge)
        found = cover([nerve], [held((0, -5, 0), (0, 1, 0), heat)], [heat], samples=1000).nerves[0]
        lengths.append((found.coagulated_length_mm, found.capture_probability))
    assert lengths == sorted(lengths)
    assert lengths[0][0] < lengths[-1][0]
