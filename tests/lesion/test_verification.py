"""The known answers that `neurotomy verify` shows are met, and would not be if the physics were wrong."""

import pytest

from neurotomy.lesion import verification
from neurotomy.lesion.verification import known_answers


@pytest.fixture(scope="module")
def answers():
    return known_answers()


def test_every_known_answer_is_met(answers):
    assert [f"{a.name}: {a.computed} against {a.known} {a.unit}" for a in answers if not a.passed] == []


def test_answers_are_whole(answers):
    assert len({a.name for a in answers}) == len(answers) > 60
    for a in answers:
        assert a.error == pytest.approx(abs(a.computed - a.known))
        assert a.passed == (a.error <= a.tolerance)
        assert 0 < a.tolerance <= 0.02 * abs(a.known)
        assert a.source


@pytest.mark.parametrize(
    ("constant", "factor", "group"),
    [("K", 1.01, "_identity"), ("BLOOD", 1.05, "_perfused"), ("HEAT_CAPACITY", 1.03, "_heat_source"),
     ("SIGMA", 1.01, "_resistance"), ("ALPHA", 1.05, "_nonlinear")],
)  # fmt: skip
def test_a_property_that_is_a_little_wrong_is_caught(monkeypatch, constant, factor, group):
    monkeypatch.setattr(verification, constant, factor * getattr(verification, constant))
    assert not all(answer.passed for answer in getattr(verification, group)())
