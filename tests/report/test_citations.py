import pytest

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.report.citations import Citations


def test_sources_are_numbered_in_the_order_in_which_they_are_met():
    cite = Citations()
    assert cite("risk.neuritis") == [[1, 1]]
    assert cite("placement.at_nerve.ok") == [[2, 2]]
    assert cite("singh2019") == [[1, 1]]
    assert cite("risk.skin_burn", "risk.neuritis", "placement.at_nerve.ok") == [[1, 3]]
    assert [source["key"] for source in cite.listed()] == [
        evidence.get(key).source for key in ("risk.neuritis", "placement.at_nerve.ok", "risk.skin_burn")
    ]


def test_a_source_carries_the_tags_and_keys_of_all_its_entries():
    cite = Citations()
    cite(
        "outcome.lumbar.selection.facts_one", "outcome.lumbar.selection.facts_none", "block.positive_rate.facts_saline"
    )
    (source,) = cite.listed()
    assert source["entries"] == sorted(source["entries"])
    assert set(source["tags"]) == {evidence.get(key).tag.value for key in source["entries"]}
    assert len(source["tags"]) > 1


def test_the_case_file_is_a_source_too():
    cite = Citations()
    assert cite("case") == [[1, 1]]
    assert "case" in cite.listed()[0]["citation"]


def test_nothing_is_cited_that_does_not_exist():
    with pytest.raises(EvidenceError):
        Citations()("no.such.entry")
    with pytest.raises(EvidenceError):
        Citations()("nobody1999")
