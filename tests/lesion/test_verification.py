"""The known answers that `neurotomy verify` shows are met, and would not be if the physics were wrong."""

from pathlib import Path

import numpy as np
import pytest

from neurotomy.lesion import verification, verification_balance, verification_orders
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
        # Three-dimensional grids: 0.06 mm for a reach of any length, 3 % for an impedance.
        widest = {"order": 0.2, "mm": max(0.06, 0.02 * abs(a.known)), "ohm": 0.03 * abs(a.known)}
        assert 0 < a.tolerance <= widest.get(a.unit, 0.02 * abs(a.known)) * (1 + 1e-9)
        assert a.source


@pytest.mark.parametrize(
    ("constant", "factor", "group"),
    [("K", 1.01, "_identity"), ("BLOOD", 1.05, "_perfused"), ("HEAT_CAPACITY", 1.03, "_heat_source"),
     ("SIGMA", 1.01, "_resistance"), ("ALPHA", 1.05, "_nonlinear")],
)  # fmt: skip
def test_a_property_that_is_a_little_wrong_is_caught(monkeypatch, constant, factor, group):
    monkeypatch.setattr(verification, constant, factor * getattr(verification, constant))
    assert not all(answer.passed for answer in getattr(verification, group)())


def test_every_kind_of_known_answer_is_there(answers):
    names = " | ".join(a.name for a in answers)
    for words in ("sphere, radius", "spheroid 22 G", "between two spheres", "flat 22 G needle", "conical",
                  "Perfused sphere", "Point source", "Gaussian", "held at", "Omega of", "Equivalent minutes", "Joules",
                  "Current far away",
                  "Order in space", "interface", "Order in time", "Needle, hemispherical tip"):  # fmt: skip
        assert words in names, words


def test_orders_fall_when_the_scheme_is_spoilt(monkeypatch):
    """A source at cell corners instead of centres is of first order, and the table would say so."""
    real = verification_orders._coordinates

    def shifted(grid):
        r, z = real(grid)
        return r + 0.5 * np.diff(grid.r_face)[None, :], z

    monkeypatch.setattr(verification_orders, "_coordinates", shifted)
    assert not all(a.passed for a in verification_orders.orders())


def test_heat_that_is_lost_is_noticed(monkeypatch):
    real = verification_balance.Heat

    def leaking(*args, **kwargs):
        heat = real(*args, **kwargs)
        heat.loss = heat.loss * 1.001
        return heat

    monkeypatch.setattr(verification_balance, "Heat", leaking)
    assert not all(a.passed for a in verification_balance.balance())


def test_the_page_names_every_answer(answers):
    page = (Path(__file__).parents[2] / "docs" / "verification.md").read_text(encoding="utf-8")
    missing = [a.name for a in answers if f"| {a.name} |" not in page and "NGSolve" not in a.name]
    assert missing == [], "run `neurotomy verify --out docs/verification.md`"
    assert "MISSED" not in page
