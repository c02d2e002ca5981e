"""A case of two joints along the whole path: L4/5 and L5/S1 share a nerve, and one nerve can be left out."""

import pytest

from neurotomy.case import example_toml, parse_case
from neurotomy.treatment import treat

LEFT_OUT = """
[[targets]]
nerve = "L3 medial branch"
bone = "L4"

[[targets]]
nerve = "L4 medial branch"
bone = "L5"
"""


def treated(joints, more=""):
    text = example_toml() + more
    assert 'joints = ["L4/5"]' in text
    return treat(parse_case(text.replace('joints = ["L4/5"]', f"joints = {list(joints)}").replace("'", '"')))


@pytest.fixture(scope="module")
def both():
    return treated(("L4/5", "L5/S1"))


def test_each_joint_and_all_together(both):
    r = both.recovery
    assert [one.joint for one in r.joints] == ["L4/5", "L5/S1"]
    assert len(both.coverage.nerves) == 3
    all_captured = both.coverage.all_captured_probability
    for one in r.joints:
        assert one.captured >= all_captured - 1e-12
        assert one.source == both.selection.probability  # the same blocks
        assert one.significant >= r.significant - 1e-12  # two joints need more nerves than one
    assert {risk.lesions for risk in r.risks} == {3}
    assert r.repeats == ()
    assert set(r.to_dict()) >= {"significant", "partial", "none", "timeline", "risks", "joints", "components"}


def test_a_nerve_left_out_spoils_the_joint_that_needs_it(both):
    r = treated(("L4/5", "L5/S1"), LEFT_OUT).recovery
    upper, lower = r.joints
    assert upper.captured > 0.5
    assert lower.captured == 0.0
    assert lower.significant < 0.2 < upper.significant
    assert r.significant < both.recovery.significant
