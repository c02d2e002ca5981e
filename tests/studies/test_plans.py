"""The bar of the planner, measured as docs/guidance.md reports it."""

from dataclasses import replace

import pytest

from neurotomy.anatomy import Anatomy, Side
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.equipment.catalogue import electrode, protocol
from neurotomy.studies.plans import PlanQuality, plan_qualities, plans_summary, plans_table

NEEDLE, PROTOCOL = electrode("conventional-150mm-18g-10mm"), protocol("standard-80c-90s")


@pytest.fixture(scope="module")
def measured():
    made = built_in_spine(3)
    both = tuple(c for c in made.courses if c.target.bone == "L4")
    assert {c.target.side for c in both} == set(Side)
    return plan_qualities("seed 3", Anatomy(made.ct, made.labels, both, "seed 3"), NEEDLE, PROTOCOL)


def test_plans_of_both_sides_hold_the_bar(measured):
    assert [plan.target.side for plan in measured] == [Side.LEFT, Side.RIGHT]
    for plan in measured:
        assert (plan.refused, plan.errors) == ("", ())
        assert plan.to_nerve_deg <= 10.0
        assert 8.0 <= plan.coagulated_mm <= plan.neck_mm + 0.01
        assert plan.coagulated_course_mm >= plan.coagulated_mm
        assert plan.capture_probability > 0.95


def test_a_cannula_too_short_is_a_row_with_its_reason():
    made = built_in_spine(3)
    one = tuple(c for c in made.courses if c.target.bone == "L4" and c.target.side is Side.LEFT)
    stub = NEEDLE.model_copy(update={"cannula_length_mm": 40.0})
    (plan,) = plan_qualities("seed 3", Anatomy(made.ct, made.labels, one, "seed 3"), stub, PROTOCOL)
    assert "longer cannula" in plan.refused
    assert "longer cannula" in plans_table([plan])


def test_tables_count_what_fails(measured):
    good, other = measured
    steep = replace(other, to_nerve_deg=14.0, errors=("parallel to the nerve: turn it",), coagulated_mm=4.25)
    row = plans_summary([("lumbar", [good, steep])]).splitlines()[2]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:6] == ["lumbar", "1", "2", "0", "1", "1"]
    assert cells[6].endswith("14.0°")
    assert cells[7].endswith("4.2 mm")
    assert "**error** parallel to the nerve: turn it" in plans_table([steep])
    upright = PlanQuality("x", good.target, "", (), (), None, 60.0, 7.0, 12.5, 10.0, 1.0, 0.5)
    assert "| upright | 7.0, 7.0 mm | 12.5 mm |" in plans_summary([("sacrum", [upright])])
