"""From blocks and needles to relief: better selection and placement raise success, and no parameter is touched."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotomy import evidence
from neurotomy.anatomy.names import Side
from neurotomy.recovery import forecast
from neurotomy.selection import Block, assess

RELIEF = st.floats(0.0, 100.0)
TYPICAL_CAPTURE = evidence.value("outcome.model.study_capture")


@dataclass(frozen=True)
class Captured:
    all_captured_probability: float


def block(relief=80.0, agent="lidocaine", hours=None, placebo=False):
    return Block(None, "medial branch block", agent, None, relief, hours, placebo, ())


def expected(*blocks, captured=TYPICAL_CAPTURE, joint="L4/5"):
    return forecast(joint, assess(joint, Side.RIGHT, blocks, "sis"), Captured(captured))


def test_a_typical_lumbar_case_lies_in_the_ranges_of_the_leaflet():
    """One block of 80 %, the usual technique. Only the share of partial relief was taken from the leaflet."""
    r = expected(block())
    assert 0.30 <= r.significant <= 0.50
    for name in ("significant", "partial", "none"):
        stated = evidence.get(f"outcome.leaflet.{name}")
        assert stated.low <= getattr(r, name) <= stated.high, name


def test_each_step_of_selection_raises_success():
    none, one = expected(), expected(block(90.0))
    two = expected(block(90.0), block(90.0, "bupivacaine"))
    controlled = expected(block(90.0, hours=2.0), block(90.0, "bupivacaine", 7.0), block(0.0, "saline", placebo=True))
    shares = [r.significant for r in (none, one, two, controlled)]
    assert np.all(np.diff(shares) > 0.02)


@settings(max_examples=30, deadline=None)
@given(a=RELIEF, b=RELIEF, second=st.none() | RELIEF)
def test_more_relief_in_a_block_never_lowers_success(a, b, second):
    rest = () if second is None else (block(second, "bupivacaine"),)
    less, more = (expected(block(relief), *rest) for relief in sorted((a, b)))
    assert less.significant <= more.significant + 1e-12
    assert (less.still_significant <= more.still_significant + 1e-12).all()
    assert less.none >= more.none - 1e-12


@settings(max_examples=30, deadline=None)
@given(relief=RELIEF, a=st.floats(0, 1), b=st.floats(0, 1), month=st.floats(0, 36), later=st.floats(0, 36))
def test_capture_and_time(relief, a, b, month, later):
    less, more = (expected(block(relief), captured=c) for c in sorted((a, b)))
    assert less.significant <= more.significant + 1e-12
    first, last = sorted((month, later))
    at = np.interp((first, last), more.month, more.still_significant)
    assert at[0] >= at[1] - 1e-12


@pytest.mark.parametrize(("gauge", "tip_mm"), [(18, 10.0), (20, 10.0)])
def test_a_needle_along_the_nerve_gives_more_relief_than_one_upright_on_it(gauge, tip_mm):
    """The same blocks, electrode and protocol: only the direction differs, through lesion and coverage."""
    from neurotomy.anatomy import NerveCourse, Target
    from neurotomy.coverage import cover
    from neurotomy.equipment.catalogue import electrode_for, protocol
    from neurotomy.geometry import Curve, RigidTransform
    from neurotomy.guidance.placement import Placement
    from neurotomy.lesion import simulate

    electrode = electrode_for(gauge, tip_mm)
    heat = simulate(electrode, protocol("standard-80c-90s"))
    target = Target("L3 medial branch", "L4", Side.RIGHT)
    y = np.linspace(-15.0, 15.0, 61)
    course = NerveCourse(
        target=target,
        curve=Curve(np.column_stack([np.zeros_like(y), y, np.zeros_like(y)])),
        neck_arc_mm=(10.0, 20.0),
        diameter_mm=1.2,
        spread_mm=1.0,
        method="test",
        lps_from_vertebra=RigidTransform.identity(),
    )
    touch = electrode.radius_mm + 0.6
    found = {}
    for name, tip, shaft in (("along", (touch, -5.0, 0.0), (0.0, 1.0, 0.0)), ("upright", (0, 0, 0.6), (0, 0, 1.0))):
        tip_mm_lps = np.array(tip, dtype=float)
        placement = Placement(target, electrode, tip_mm_lps, tip_mm_lps + 80.0 * np.array(shaft), "given")
        coverage = cover([course], [placement], [heat], samples=400, seed=1)
        found[name] = expected(block(), captured=coverage.all_captured_probability).significant
    assert found["along"] > found["upright"] + 0.05
