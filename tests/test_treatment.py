"""The whole path on the built-in spine: what one room says must change what the next one says."""

import pytest

from neurotomy.case import example_toml, parse_case
from neurotomy.progress import Event, Progress
from neurotomy.treatment import Treatment, treat

ONE_NERVE = '\n[[targets]]\nnerve = "L3 medial branch"\nbone = "L4"\n'


def treated(*swaps: tuple[str, str], more: str = "") -> Treatment:
    text = example_toml() + more
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    return treat(parse_case(text))


@pytest.fixture(scope="module")
def standard() -> Treatment:
    return treated()


def test_every_room_has_spoken_about_the_same_two_nerves(standard):
    targets = [course.target for course in standard.anatomy.courses]
    assert [(t.nerve, t.bone, t.side.value) for t in targets] == [
        ("L3 medial branch", "L4", "right"),
        ("L4 medial branch", "L5", "right"),
    ]
    assert [needle.placement.target for needle in standard.guidance.needles] == targets
    assert [nerve.target for nerve in standard.coverage.nerves] == targets
    assert len(standard.lesion) == 2
    assert standard.lesion[0] is standard.lesion[1], "needles that are alike share one lesion"


def test_the_same_seed_gives_the_same_numbers(standard):
    again = treated()
    assert again.coverage.to_dict() == standard.coverage.to_dict()
    assert again.recovery.to_dict() == standard.recovery.to_dict()


def test_a_nerve_that_is_left_out_lowers_what_to_expect(standard):
    one = treated(more=ONE_NERVE)
    assert [n.target.bone for n in one.coverage.nerves] == ["L4"]
    assert one.recovery.significant < 0.5 * standard.recovery.significant


def test_a_thinner_shorter_tip_and_a_weaker_selection_lower_what_to_expect(standard):
    thin = treated(('"conventional-150mm-18g-10mm"', '"conventional-150mm-22g-5mm"'))
    assert thin.coverage.all_captured_probability < standard.coverage.all_captured_probability
    assert thin.recovery.significant < standard.recovery.significant
    doubtful = treated(("relief_percent = 90", "relief_percent = 20"))
    assert doubtful.selection.probability < standard.selection.probability
    assert doubtful.recovery.significant < standard.recovery.significant


def test_progress_runs_forward_from_stage_to_stage():
    seen: list[Event] = []
    treat(parse_case(example_toml()), Progress(seen.append))
    fractions = [event.fraction for event in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert list(dict.fromkeys(e.stage for e in seen if e.stage))[-4:] == [
        "needles",
        "radiographs",
        "lesion",
        "coverage",
    ]


def test_provenance_names_the_evidence_and_the_seed(standard):
    provenance = standard.provenance
    assert provenance.seed == 0
    assert any(key.startswith("tissue.muscle") for key in provenance.evidence)
    assert any(key.startswith("outcome.") for key in provenance.evidence)
    assert any(key.startswith("block.") for key in provenance.evidence)
