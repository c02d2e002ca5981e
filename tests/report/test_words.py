import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.report import words


@pytest.mark.parametrize(
    ("x", "decimals", "text"),
    [(-0.04, 1, "0.0"), (-1.25, 1, "−1.2"), (3.0, 0, "3"), (math.nan, 1, "–"), (math.inf, 0, "–")],
)
def test_a_number_has_a_real_minus_and_no_negative_zero(x, decimals, text):
    assert words.number(x, decimals) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0"), (0.003, "< 1"), (0.5, "50"), (0.994, "99"), (0.998, "> 99"), (1.0, "100")]
)
def test_a_percentage_is_never_falsely_none_or_all(share, text):
    assert words.percent(share).replace(words.SPACE, " ") == f"{text} %"


@given(st.floats(0, 1))
def test_a_share_is_told_within_half_a_percent(share):
    told = words.percent(share).replace(words.SPACE, "").rstrip("%").lstrip("<> ")
    assert abs(float(told) - 100 * share) <= 1.0


def test_a_small_rate_keeps_two_digits():
    assert words.rate(3 / 616).replace(words.SPACE, " ") == "0.49 %"
    assert words.rate(11 / 164).replace(words.SPACE, " ") == "6.7 %"


def test_a_level_keeps_its_capital_within_a_sentence():
    assert words.continued("Both nerves covered") == "both nerves covered"
    assert words.continued("L5 dorsal ramus left out") == "L5 dorsal ramus left out"


def test_every_unit_of_a_check_is_written_as_people_write_it():
    assert words.measured(12.3, "deg") == "12°"
    assert words.measured(0.83, "1") == f"83{words.SPACE}%"
    assert words.measured(-0.31, "mm") == f"−0.3{words.SPACE}mm"
