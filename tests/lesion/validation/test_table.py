"""Every published result stands in the table, read at its own edge, and only what was read may pass or fail."""

import csv
import math
import re
from pathlib import Path

import pytest

from neurotomy import evidence
from neurotomy.evidence import Tag
from neurotomy.lesion.validation.row import Verdict
from neurotomy.lesion.validation.table import experiments, inputs_sha256, validate
from neurotomy.lesion.validation.words import COMMAND, text

ROOT = Path(__file__).parents[3]
GIVEN = {
    "cosman2014_gauge", "cosman2014_gauge_abs", "cosman2014_temp", "cosman2014_t2", "cosman2014_t3", "cosman2014_len",
    "cosman2014_sign", "provenzano2013_area", "provenzano2010", "provenzano2015", "cosmangonzalez2011_trend",
    "linkoping_thesis_sigma", "linkoping_thesis_perf", "bogduk1987", "cohen2011_intro", "pmid32214295_lido",
    "pmid32214295_lido_ns", "tew2015", "ha2014_60s", "ha2014_120s", "goldberg1995", "cosmangonzalez2011_mem",
    "coolief_mem", "nimbus_mem", "conv18g_mem",
}  # fmt: skip


@pytest.fixture(scope="module")
def table():
    return validate(world_count=0, three_dimensional=False)


def test_every_row_of_the_evidence_is_there():
    names = {experiment.name for experiment in experiments()}
    assert {given for given in GIVEN if not any(name.startswith(given) for name in names)} == set()


def test_the_list_above_is_that_of_the_evidence_files():
    folder = ROOT.parent / "shared" / "evidence"
    if not folder.is_dir():
        pytest.skip("the files of evidence are not beside the repository")
    found = set()
    for name in ("lesion_relations.csv", "lesion_dimensions.csv"):
        with (folder / name).open(encoding="utf-8") as stream:
            found |= {row["source_id"] for row in csv.DictReader(stream)}
    assert found == GIVEN


def test_a_row_says_its_edge_and_where_it_is_outside_why(table):
    for row in table.rows:
        assert row.criterion
        assert row.source
        if row.verdict is not Verdict.INSIDE:
            assert re.search(r"[.)]$", row.explanation), row.name


def test_memory_and_calibration_decide_nothing(table):
    for row in table.rows:
        if evidence.get(row.evidence).tag is Tag.MEMORY or row.use != "holdout":
            assert row.verdict is Verdict.SHOWN, row.name
    assert table.calibration.startswith("none")


def test_verdicts_follow_from_the_numbers(table):
    for row in table.rows:
        if row.verdict in (Verdict.INSIDE, Verdict.OUTSIDE) and row.published_low is not None:
            high = math.inf if row.published_high is None else row.published_high
            values = (row.computed,) if row.published_high is not None else (row.computed_low, row.computed_high)
            assert (row.verdict is Verdict.INSIDE) == all(row.published_low <= v <= high for v in values), row.name


def test_an_untuned_model_differs_less_between_gauges_than_the_laboratory(table):
    """The known weakness: shown, not fitted away. An independent untuned model of a solid rod gave 1.40 to 1.42."""
    ratio = next(row for row in table.rows if row.name == "cosman2014_gauge")
    assert ratio.verdict is Verdict.OUTSIDE
    assert 1.38 < ratio.computed < 1.45
    assert "60 °C" in ratio.explanation


def test_growth_and_trends_are_those_of_the_laboratory(table):
    inside = {row.name for row in table.rows if row.verdict is Verdict.INSIDE}
    assert {"cosman2014_temp", "cosman2014_t2", "cosman2014_t3", "cosman2014_len", "cosman2014_sign"} <= inside
    assert {"provenzano2015", "linkoping_thesis_sigma", "linkoping_thesis_perf", "goldberg1995"} <= inside


def test_the_grid_is_no_part_of_any_verdict(table):
    for row in table.rows:
        if row.computed is not None and row.unit in ("mm", "ratio"):
            assert row.numerical_error < max(0.05, 0.1 * row.computed_high), row.name


def test_the_page_was_made_from_these_numbers():
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert f"<!-- inputs: {inputs_sha256()} -->" in page, f"published numbers changed: run `{COMMAND}`"
    for experiment in experiments():
        assert f"**{experiment.name}**" in page


def test_words_name_every_row(table):
    words = text(table)
    assert all(row.name in words for row in table.rows)
    assert "no parameter was fitted" in words
