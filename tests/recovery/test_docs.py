"""docs/recovery.md says what the program computes."""

import re
from pathlib import Path

import pytest
from tests.recovery.test_chain import block, expected

from neurotomy.recovery.report import fit_report

TEXT = (Path(__file__).parents[2] / "docs" / "recovery.md").read_text(encoding="utf-8")

SELECTIONS = {
    "none": (),
    "one": (block(90.0),),
    "two": (block(90.0), block(90.0, "bupivacaine")),
    "placebo-controlled, three": (
        block(90.0, hours=2.0),
        block(90.0, "bupivacaine", 7.0),
        block(0.0, "saline", placebo=True),
    ),
}


def test_counts_of_the_fit_report():
    report = fit_report()
    assert f"{report.inside} of {len(report.fitted)} fitted points ({100 * report.share_inside:.0f} %)" in TEXT
    assert f"{report.left_out_inside} of {report.left_out_of} lie inside the 95 % prediction" in TEXT
    lumbar = next(row for row in report.sensitivity if row.region == "lumbar")
    assert f"lumbar median of {lumbar.median_relief_months:.0f} months" in TEXT


def test_the_typical_case():
    r = expected(block())
    shares = [f"{100 * share:.0f} %" for share in (r.significant, r.partial, r.none)]
    assert f"{shares[0]} significant, {shares[1]} partial, {shares[2]} none" in " ".join(TEXT.split())


@pytest.mark.parametrize("name", SELECTIONS)
def test_the_table_of_selections(name):
    row = re.search(rf"^\| {name} \| ([\d.]+) \| (\d+) % \|$", TEXT, re.MULTILINE)
    assert row, name
    r = expected(*SELECTIONS[name])
    assert float(row[1]) == pytest.approx(1.0 - r.components[0].probability, abs=0.006)
    assert int(row[2]) == pytest.approx(100 * r.significant, abs=0.6)
