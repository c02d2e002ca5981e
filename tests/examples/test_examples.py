"""The cases under examples/ on real CT: they run, and side and level are carried through to the last picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurotomy.anatomy import Side
from neurotomy.case import Case, parse_case, read_case
from neurotomy.errors import NeurotomyError
from neurotomy.guidance.check import Status
from neurotomy.treatment import Treatment, treat

ROOT = Path(__file__).resolve().parents[2]
SHARED = "../../shared/data/"

CASES = {
    "lumbar_ct": (Side.RIGHT, [("L3 medial branch", "L4", 28), ("L4 medial branch", "L5", 27)]),
    "thoracolumbar_ct": (Side.LEFT, [("L1 medial branch", "L2", 30), ("L2 medial branch", "L3", 29)]),
}


def case_of(name: str, real_data, swap: dict[str, str] | None = None) -> Case:
    """The example, with its data where this machine has them."""
    text = (ROOT / "examples" / f"{name}.toml").read_text(encoding="utf-8")
    folder = real_data("README.md").parent
    for old, new in ({SHARED: f"{folder}/"} | (swap or {})).items():
        assert old in text
        text = text.replace(old, new)
    return parse_case(text)


@pytest.fixture(scope="module", params=list(CASES))
def example(request, real_data) -> tuple[str, Treatment]:
    return request.param, treat(case_of(request.param, real_data))


def test_the_example_is_where_it_says(example, real_data):
    name, _ = example
    assert read_case(ROOT / "examples" / f"{name}.toml").side is CASES[name][0]


def test_nerve_and_needle_are_on_the_right_bone_and_side(example):
    name, treatment = example
    side, targets = CASES[name]
    anatomy = treatment.anatomy
    assert [(c.target.nerve, c.target.bone) for c in anatomy.courses] == [(n, b) for n, b, _ in targets]
    for course, (_, _, label), needle in zip(anatomy.courses, targets, treatment.guidance.needles, strict=True):
        assert course.target.side is side
        bone = np.argwhere(anatomy.labels.array == label)
        middle = anatomy.labels.lps(bone.mean(axis=0))
        neck = course.neck.points_mm
        assert np.all((neck[:, 0] - middle[0]) * side.sign > 10), "the neck of the process is lateral, on its own side"
        assert np.all(neck[:, 1] > middle[1] - 5), "and not in front of the middle of the bone"
        nearest = [np.linalg.norm(anatomy.labels.lps(bone) - point, axis=1).min() for point in neck]
        assert np.median(nearest) < 1.5 + anatomy.labels.spacing_mm.max() / 2, "and on the bone"
        tip = needle.placement.tip_lps_mm
        assert (tip[0] - middle[0]) * side.sign > 10
        assert np.linalg.norm(neck - tip, axis=1).min() < 8


def test_views_are_stamped_with_their_side_and_level(example):
    name, treatment = example
    side, targets = CASES[name]
    for needle, (nerve, bone, _) in zip(treatment.guidance.needles, targets, strict=True):
        assert [view.name for view in needle.views] == ["AP", "ipsilateral oblique", "declined", "lateral"]
        for view in needle.views:
            assert (view.side, view.level, view.target.nerve) == (side, bone, nerve)
            assert view.image.std() > 10, "something is to be seen"


def test_side_and_level_checks_pass(example):
    _, treatment = example
    for needle in treatment.guidance.needles:
        named = {check.name: check for check in needle.checks}
        for name in ("correct side", "correct level"):
            assert named[name].status is Status.OK, named[name].reason


def test_probabilities_and_groups_are_whole(example):
    _, treatment = example
    assert 0 < treatment.coverage.all_captured_probability <= 1
    recovery = treatment.recovery
    assert recovery.significant + recovery.partial + recovery.none == pytest.approx(1)


def test_the_other_side_is_carried_through_everything(real_data):
    right = treat(case_of("lumbar_ct", real_data))
    left = treat(case_of("lumbar_ct", real_data, {'side = "right"': 'side = "left"'}))
    for a, b in zip(right.guidance.needles, left.guidance.needles, strict=True):
        assert a.placement.tip_lps_mm[0] < b.placement.tip_lps_mm[0] - 20
        assert {view.side for view in b.views} == {Side.LEFT}
        assert "left" in b.views[1].carm.in_words
        assert "right" in a.views[1].carm.in_words


def test_a_level_that_the_ct_does_not_show_is_refused(real_data):
    with pytest.raises(NeurotomyError, match=r"L5|S1|sacrum"):
        treat(case_of("thoracolumbar_ct", real_data, {'joints = ["L2/3"]': 'joints = ["L5/S1"]'}))
