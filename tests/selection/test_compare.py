"""Rule sets side by side, in force or expired; own rule sets; and what is asked before a neurotomy."""

import datetime

import pytest

from neurotomy import evidence
from neurotomy.anatomy import Side
from neurotomy.errors import CaseError, CatalogueError
from neurotomy.selection import (
    Block,
    assess,
    compare_rule_sets,
    pre_procedure_checks,
    read_rule_sets,
    rule_set,
    rule_set_names,
    screen,
)
from neurotomy.selection.checks import Weight, read_checks

DAY = datetime.date(2025, 3, 1)
OLD = """
[clinic-2020]
name = "Our clinic, old"
source = "Handbook of the clinic, page 12"
dated = "2020"
regions = ["lumbar"]
blocks = 1
relief_percent = 50
valid_from = 2020-01-01
valid_until = 2022-12-31
replaced_by = "sis"
levels_per_session = 2
"""


def block(relief=85.0, agent="lidocaine", day=DAY, hours=None):
    return Block(day, "medial branch block", agent, 0.5, relief, hours, False, ())


def rows(comparison):
    return {row.verdict.rule_set: row for row in comparison.rows}


def test_one_good_block_divides_the_rule_sets():
    comparison = compare_rule_sets("L4/5", Side.RIGHT, (block(85.0),), on=DAY)
    found = rows(comparison)
    assert set(found) == set(rule_set_names())
    assert set(comparison.proceed) == {"multisociety-lumbar", "nice-ng59", "uk-hull", "tricare", "facts-trial"}
    assert not found["sis"].verdict.proceed
    assert any("Two positive blocks" in reason for reason in found["sis"].verdict.reasons)
    assert not found["multisociety-cervical"].covers
    assert comparison.to_dict()["rows"][0]["verdict"]["reasons"]


def test_two_blocks_of_sixty_percent():
    both = (block(60.0), block(60.0, "bupivacaine", DAY + datetime.timedelta(days=14)))
    proceed = set(compare_rule_sets("L4/5", Side.RIGHT, both, on=datetime.date(2025, 4, 1)).proceed)
    assert "bcbs-nd" in proceed
    assert not proceed & {"sis", "asipp", "cms", "evicore"}


def test_each_verdict_is_the_one_asked_alone():
    blocks = (block(85.0, hours=2.0), block(90.0, "bupivacaine", DAY + datetime.timedelta(days=14), 8.0))
    day = datetime.date(2025, 6, 1)
    for row in compare_rule_sets("L4/5", Side.LEFT, blocks, on=day).rows:
        assert assess("L4/5", Side.LEFT, blocks, row.verdict.rule_set, on=day).verdict == row.verdict


@pytest.mark.parametrize(("on", "proceed"), [(datetime.date(2025, 8, 31), True), (datetime.date(2025, 9, 10), False)])
def test_a_block_grows_too_old(on, proceed):
    verdict = rows(compare_rule_sets("L4/5", Side.LEFT, (block(),), on=on))["uk-hull"].verdict
    assert verdict.proceed is proceed
    assert any("months old" in reason for reason in verdict.reasons)


def test_levels_in_one_session():
    two = (block(), block(85.0, "bupivacaine", DAY + datetime.timedelta(days=14)))
    verdicts = [rows(compare_rule_sets("L4/5", Side.LEFT, two, on=DAY, levels=n))["cms"].verdict for n in (2, 3)]
    assert [verdict.proceed for verdict in verdicts] == [True, False]
    assert any("3 joints" in reason for reason in verdicts[1].reasons)


@pytest.mark.parametrize(
    ("on", "in_force"),
    [("2019-12-31", False), ("2020-01-01", True), ("2022-12-31", True), ("2023-01-01", False)],
)
def test_a_rule_set_that_is_not_in_force_decides_nothing(on, in_force):
    own = read_rule_sets(OLD, own=True)
    day = datetime.date.fromisoformat(on)
    asked = rule_set("clinic-2020", own)
    found = assess("L4/5", Side.LEFT, (block(day=None),), asked, on=day)
    assert found.verdict.proceed is in_force
    assert any("not in force" in warning for warning in found.warnings) is not in_force
    if day.year == 2023:
        assert "expired on 2022-12-31; the day asked is 2023-01-01. Ask 'sis'" in found.verdict.reasons[0]
    row = rows(compare_rule_sets("L4/5", Side.LEFT, (block(day=None),), on=day, own=own))["clinic-2020"]
    assert row.in_force is in_force


def test_without_a_day_the_rule_set_must_be_in_force_today():
    assert not assess("L4/5", Side.LEFT, (block(),), read_rule_sets(OLD, own=True)["clinic-2020"]).verdict.proceed


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("valid_until = 2022-12-31", "valid_until = 2019-12-31", "before it is in force"),
        ("valid_until = 2022-12-31", 'valid_until = "2022"', "expected a date"),
        ("relief_percent = 50", "relief_percent = 150", "at most 100"),
        ("blocks = 1", "blocks = -1", "above 0"),
        ('source = "Handbook of the clinic, page 12"', "", "no source"),
        ("relief_percent", "relief_per_cent", "Did you mean 'relief_percent'"),
        ('["lumbar"]', '["lumber"]', "Did you mean 'lumbar'"),
        ("[clinic-2020]", "[clinic-2020", "not TOML"),
    ],
)
def test_own_rule_sets_that_cannot_be(old, new, match):
    with pytest.raises(CatalogueError, match=match):
        read_rule_sets(OLD.replace(old, new, 1), own=True)


def test_checks_have_sources_and_cover_what_must_be_asked():
    found = {check.key: check for check in pre_procedure_checks()}
    assert set(found) >= {"infection", "pregnancy", "anticoagulant", "cardiac-device", "allergy", "metal", "bleeding"}
    for check in found.values():
        assert check.question.endswith("?")
        assert evidence.source(check.source).citation == check.citation
    weights = [check.weight for check in pre_procedure_checks()]
    assert weights == sorted(weights, key=lambda weight: weight is Weight.PLAN)


def test_screening():
    nothing = {check.key: False for check in pre_procedure_checks()}
    assert screen(nothing).may_proceed
    pacemaker = screen({**nothing, "cardiac-device": True})
    assert pacemaker.may_proceed
    assert [check.key for check in pacemaker.plans] == ["cardiac-device"]
    assert not screen({**nothing, "infection": True}).may_proceed
    unasked = screen({**nothing, "pregnancy": None})
    assert not unasked.may_proceed
    assert [check.key for check in unasked.open] == ["pregnancy"]
    assert not screen({}).may_proceed
    with pytest.raises(CaseError, match="Did you mean 'pregnancy'"):
        screen({"pregnant": True})


def test_a_check_without_a_source_is_refused():
    row = '[a]\nquestion = "x?"\nif_yes = "y"\nweight = "stop"\ntag = "read"\n'
    with pytest.raises(CatalogueError, match="must have"):
        read_checks(row)
    with pytest.raises(CatalogueError, match="Did you mean 'stop'"):
        read_checks(row.replace("stop", "stopp") + 'source = "asra2018"\n')
