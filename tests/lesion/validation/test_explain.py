"""What moves the ratio of 16 G to 22 G, and in which direction."""

import pytest

from neurotomy.lesion.validation.explain import HYPOTHESIS, hypothesis, width_ratio


@pytest.fixture(scope="module")
def changes():
    return {change.change: change for change in width_ratio()}


def by(changes, words):
    return next(change for name, change in changes.items() if words in name)


def test_a_hotter_edge_raises_the_ratio_and_lowers_the_difference(changes):
    base, edge = by(changes, "untuned"), by(changes, "edge at 60 °C")
    assert edge.ratio > base.ratio + 0.1
    assert edge.difference_mm < base.difference_mm - 0.2


def test_metal_that_conducts_raises_both(changes):
    base, solid, copper = (by(changes, words) for words in ("untuned", "solid steel", "copper inside: "))
    assert base.ratio < solid.ratio < copper.ratio
    assert base.difference_mm < solid.difference_mm < copper.difference_mm


def test_a_sensor_at_the_same_place_in_both_does_nothing(changes):
    base = by(changes, "untuned")
    assert by(changes, "thermocouple 2 mm").ratio == pytest.approx(base.ratio, abs=0.02)


def test_tissue_within_its_spread_does_little(changes):
    base = by(changes, "untuned")
    assert all(abs(c.ratio - base.ratio) < 0.03 for c in changes.values() if c.part == "tissue")


def test_differences_and_ratios_are_those_of_the_widths(changes):
    for change in changes.values():
        assert change.difference_mm == pytest.approx(change.width_16g_mm - change.width_22g_mm)
        assert change.ratio == pytest.approx(change.width_16g_mm / change.width_22g_mm)


def test_the_hypothesis_is_put_to_rows_it_was_not_made_for():
    found = hypothesis()
    assert len(found) == 4
    assert HYPOTHESIS["core"] > 16
    assert all(c.untuned != pytest.approx(c.supposed, rel=1e-4) for c in found)
