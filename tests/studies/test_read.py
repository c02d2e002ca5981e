"""A study file: what it may say, and every mistake with its line and the nearest name."""

from pathlib import Path

import pytest

from neurotomy.errors import CaseError
from neurotomy.studies import parse_study, read_study
from neurotomy.studies.example import example_study_toml

ROOT = Path(__file__).resolve().parents[2]
TEXT = """schema_version = 1
title = "a study"
joint = "L4/5"
side = "right"
patients = 2000
follow_up_months = 12
seed = 1

[[policies]]
name = "none"
blocks = 0

[[policies]]
name = "one"
blocks = 1
cutoff_percent = 50
"""


def test_the_example_is_the_one_in_the_repository():
    shown = (ROOT / "examples" / "lumbar_study.toml").read_text(encoding="utf-8")
    assert shown.replace("examples/lumbar_study.toml", "study.toml") == example_study_toml()
    study = read_study(ROOT / "examples" / "lumbar_study.toml")
    assert study.policies[0].rules.blocks == 0
    assert len({policy.technique for policy in study.policies}) == 2


def test_a_rule_set_gives_selection_and_repeats():
    text = TEXT.replace("blocks = 1\ncutoff_percent = 50", 'rule_set = "cms"\nrepeats = 3\nrepeat_after_months = 4')
    rules = parse_study(text).policies[1].rules
    assert (rules.blocks, rules.cutoff_percent) == (2, 80)
    assert (rules.repeat_relief_percent, rules.repeat_relief_months) == (50, 6)
    assert rules.repeat_sessions_in_12_months == 2
    assert rules.repeat_after_months == 4


@pytest.mark.parametrize(
    ("old", "new", "line", "match"),
    [
        ("follow_up_months = 12\n", "", 1, "follow_up_months: missing; expected how long each patient is followed"),
        ("follow_up_months = 12", "follow_up_months = 2", 6, "3 to 240 months"),
        ('joint = "L4/5"', 'joint = "L4-L6"', 3, "joint"),
        ('side = "right"', 'side = "rihgt"', 4, "Did you mean 'right'"),
        ("patients = 2000", "patients = 20", 5, "20 given; expected a whole number, 1000 or more"),
        ("seed = 1\n", "", 1, "seed: missing"),
        ("seed = 1", "sead = 1", 7, "Did you mean 'seed'"),
        ("cutoff_percent = 50", "cutoff_percent = 150", 16, "[[policies]] cutoff_percent: 150 given; expected relief"),
        ("cutoff_percent = 50", "cut_off_percent = 50", 16, "Did you mean 'cutoff_percent'"),
        ("\ncutoff_percent = 50", "", 15, "no cutoff_percent"),
        ("blocks = 1", "blocks = 3", 15, "0, 1 or 2 blocks"),
        ("blocks = 1\n", "", 14, "neither blocks nor rule_set"),
        ("cutoff_percent = 50", "cutoff_percent = 50\ncomparative = true", 17, "needs two blocks"),
        ("blocks = 0", "blocks = 0\ncutoff_percent = 50", 12, "there is no block"),
        ("blocks = 0", 'rule_set = "siss"', 11, "Did you mean 'sis'"),
        ("blocks = 0", 'rule_set = "sis"\nblocks = 2', 12, "says this already"),
        ("blocks = 0", 'rule_set = "multisociety-cervical"', 11, "does not cover the lumbar region"),
        ("blocks = 0", 'blocks = 0\ntechnique = "paralel"', 12, "Did you mean 'parallel'"),
        ("blocks = 0", 'blocks = 0\nelectrode = "conventional-18g-11mm"', 12, "Did you mean"),
        ("blocks = 0", "blocks = 0\nrepeat_after_months = 3", 12, "repeats is 0"),
        ('name = "one"', 'name = "none"', 14, "two policies are called 'none'"),
        ("[[policies]]", "[[policy]]", 9, "Did you mean 'policies'"),
        ('title = "a study"', "title = a study", 2, "not TOML"),
    ],
)
def test_each_mistake_has_its_line(old, new, line, match):
    with pytest.raises(CaseError) as found:
        parse_study(TEXT.replace(old, new, 1), name="x.toml")
    told = [row for row in str(found.value).splitlines()[1:] if row.startswith(f"  line {line},") or "not TOML" in row]
    assert any(match in row for row in told), str(found.value)


def test_all_mistakes_at_once():
    text = TEXT.replace("patients = 2000", "patients = 1.5").replace('"right"', '"up"').replace("= 50", "= 0")
    with pytest.raises(CaseError, match="3 mistakes") as found:
        parse_study(text)
    assert [row.split(",")[0].strip() for row in str(found.value).splitlines()[1:]] == ["line 4", "line 5", "line 16"]


def test_a_rule_set_that_is_not_in_force(monkeypatch):
    import datetime

    from neurotomy.selection import rules

    own = rules.rule_set("sis")
    expired = rules.RuleSet(**{**vars(own), "valid_until": datetime.date(2022, 12, 31)})
    monkeypatch.setitem(rules._rule_sets(), "sis", expired)
    text = TEXT.replace("blocks = 0", 'rule_set = "sis"')
    with pytest.raises(CaseError, match="expired on 2022-12-31"):
        parse_study(text)
    parse_study(text.replace("seed = 1", "seed = 1\ndecided_on = 2022-06-01"))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(CaseError, match="No study file"):
        read_study(tmp_path / "nowhere.toml")
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CaseError, match="not UTF-8"):
        read_study(bad)
