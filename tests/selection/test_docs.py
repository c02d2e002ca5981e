"""docs/selection.md says what the program says."""

import re
from pathlib import Path

import pytest

from neurotomy.cli import main
from neurotomy.selection.accuracy import (
    FalsePositiveOfNegatives,
    negative_predictive_value,
    positive_predictive_value,
)

TEXT = (Path(__file__).parents[2] / "docs" / "selection.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (0\.\d\d) \| (0\.\d\d) \| (0\.\d\d) \| (0\.\d\d) \|$", TEXT, flags=re.MULTILINE)


def test_the_example(capsys):
    line = next(line for line in TEXT.splitlines() if "--block lidocaine:85:2 --block bupivacaine:90:7" in line)
    with pytest.raises(SystemExit) as ended:
        main(line.removeprefix("$ neurotomy ").split())
    assert not ended.value.code
    said = capsys.readouterr().out
    shown = TEXT.split("```text\n")[1].split("```")[0]
    assert said.startswith(shown)


def test_the_table_is_whole():
    assert len(ROWS) == 4


@pytest.mark.parametrize("row", ROWS)
def test_the_table(row):
    prior, one, two, negative = map(float, row)
    assert round(positive_predictive_value(prior, 1.0, FalsePositiveOfNegatives(1 - 0.62)), 2) == one
    assert round(positive_predictive_value(prior, 0.54, FalsePositiveOfNegatives(1 - 0.88)), 2) == two
    assert round(negative_predictive_value(prior, 0.54, FalsePositiveOfNegatives(1 - 0.88)), 2) == negative
