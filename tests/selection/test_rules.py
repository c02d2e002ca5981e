"""Rule sets are data: each reads, differs where the texts differ, and a wrong one is refused."""

import datetime

import pytest

from neurotomy import evidence
from neurotomy.errors import CatalogueError, EvidenceError
from neurotomy.evidence import Tag
from neurotomy.selection import Block, rule_set, rule_set_names
from neurotomy.selection.rules import judge_blocks, judge_repeat, read_rule_sets

DAY = datetime.date(2025, 3, 1)


def block(relief, agent="lidocaine", hours=None, days=0, kind="medial branch block", *, placebo=False, guided=True):
    day = DAY + datetime.timedelta(days=days)
    return Block(day, kind, agent, 0.5, relief, hours, placebo, (), guided)


def proceed(key, *blocks, region="lumbar"):
    return judge_blocks(rule_set(key), region, blocks).proceed


@pytest.mark.parametrize("key", rule_set_names())
def test_each_has_source_year_and_tag(key):
    rules = rule_set(key)
    assert evidence.source(rules.source).citation
    assert rules.dated.isdigit()
    assert rules.blocks >= 1
    assert 0 < rules.relief_percent <= 100
    assert rules.note


def test_they_differ_as_their_texts_do():
    one_at_60 = (block(60),)
    assert proceed("multisociety-lumbar", *one_at_60)
    assert proceed("tricare", *one_at_60)
    assert not proceed("sis", *one_at_60)
    assert not proceed("bcbs-nd", *one_at_60)  # two are needed
    two_at_60 = (block(60), block(60, days=14))
    assert proceed("bcbs-nd", *two_at_60)
    assert not proceed("sis", *two_at_60)
    two_at_80 = (block(80), block(80, days=14))
    assert proceed("sis", *two_at_80)
    assert not proceed("asipp", *two_at_80)  # not compared
    compared = (block(80, hours=2), block(80, "bupivacaine", hours=5, days=14))
    assert proceed("asipp", *compared)
    assert not proceed("asipp", block(80, hours=5), block(80, "bupivacaine", hours=2, days=14))
    assert not proceed("placebo-controlled", *compared)
    assert proceed("placebo-controlled", *compared, block(0, "saline", days=28, placebo=True))
    assert not proceed("placebo-controlled", *compared, block(90, "saline", days=28, placebo=True))


def test_regions_and_kinds():
    assert not proceed("tricare", block(90), region="thoracic")
    injection = block(90, kind="intra-articular injection")
    assert not proceed("multisociety-lumbar", injection)
    assert proceed("facts-trial", injection)
    assert not proceed("multisociety-lumbar", block(90, guided=False))


def test_relief_from_saline_never_counts_as_a_positive_block():
    saline = block(100, "saline", placebo=True)
    assert not proceed("multisociety-lumbar", saline)


def test_memory_is_told():
    assert rule_set("cms").tag is Tag.MEMORY
    assert any("from memory" in r for r in judge_blocks(rule_set("cms"), "lumbar", ()).reasons)


def test_repeats():
    good = {"relief_percent": 60, "relief_months": 7, "months_since_last": 8, "sessions_in_12_months": 0}
    assert judge_repeat(rule_set("cms"), **good).proceed
    assert not judge_repeat(rule_set("nice-ng59"), **good).proceed  # 16 months
    assert not judge_repeat(rule_set("cms"), **{**good, "relief_months": 5}).proceed
    assert not judge_repeat(rule_set("cms"), **{**good, "sessions_in_12_months": 2}).proceed
    assert judge_repeat(rule_set("cms"), **{**good, "sessions_in_12_months": 1}).proceed


def test_a_wrong_rule_set_is_refused():
    good = (
        'a = { name = "A", source = "sis_guideline", dated = "2020", tag = "read", '
        'regions = ["lumbar"], blocks = 1, relief_percent = 50 }'
    )
    assert read_rule_sets(good)["a"].blocks == 1
    with pytest.raises(EvidenceError, match="sis_guideline"):
        read_rule_sets(good.replace("sis_guideline", "sis_guidelin"))
    with pytest.raises(CatalogueError, match="Did you mean 'blocks'"):
        read_rule_sets(good.replace("blocks =", "block ="))
    with pytest.raises(CatalogueError, match="no source"):
        read_rule_sets(good.replace('source = "sis_guideline",', ""))
    with pytest.raises(CatalogueError, match="Did you mean 'lumbar'"):
        read_rule_sets(good.replace('"lumbar"', '"lumba"'))
