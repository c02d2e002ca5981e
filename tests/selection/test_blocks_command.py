"""``neurotomy blocks`` as a person meets it: one clear line for each mistake, and rule sets side by side."""

import json

import pytest
from tests.selection.test_compare import OLD

from neurotomy.case import example_toml
from neurotomy.cli import main

ASKED = ("blocks", "--joint", "L4/5", "--side", "right", "--rule-set")


@pytest.fixture
def call(capsys):
    def run(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def test_side_by_side(call):
    status, out, _ = call(*ASKED, "sis", "--block", "lidocaine:85:2", "--compare", "--next", "--on", "2025-03-24")
    assert status == 0
    assert "Every rule set on 2025-03-24, L4/5 right" in out
    assert "nice-ng59" in out
    assert "A further block with bupivacaine" in out
    _, out, _ = call(*ASKED, "sis", "--block", "lidocaine:85:2", "--compare", "--next", "--json")
    told = json.loads(out)
    assert {row["verdict"]["proceed"] for row in told["rule_sets"]["L4/5"]["rows"]} == {True, False}
    assert told["further_blocks"]["L4/5"][0]["results"][0]["chance"] > 0


def test_an_expired_rule_set_is_seen(call, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(OLD, encoding="utf-8")
    status, out, _ = call(*ASKED, "clinic-2020", "--rules", own, "--block", "lidocaine:85", "--on", "2023-01-01")
    assert status == 0
    assert "do not proceed" in out
    assert "expired on 2022-12-31; the day asked is 2023-01-01" in out
    _, out, _ = call(*ASKED, "clinic-2020", "--rules", own, "--block", "lidocaine:85", "--on", "2022-06-01")
    assert "expired" not in out


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("sis", "--block", "lidocaine:101"), "0 to 100 %"),
        (("sis", "--block", "lidocaine:80@2025-02-02", "--block", "bupivacaine:80@2025-02-01"), "order of time"),
        (("sis", "--block", "lidocaine:80@2025-02-31"), "is not a date"),
        (("sis", "--kind", "lateral branch block", "--block", "lidocaine:80"), "does not reach L4/5"),
        (("sis", "--rules", "nowhere.toml"), "Cannot read the rule sets"),
        (("clinic-2020",), "is not known"),
    ],
)
def test_mistakes_are_one_line(call, arguments, match):
    status, out, err = call(*ASKED, *arguments)
    assert status == 1
    assert match in err
    assert out == ""
    assert len(err.strip().splitlines()) == 1


def test_a_block_of_the_wrong_nerve_in_a_case_file(call, tmp_path):
    """L4/5 is supplied by the L3 and L4 medial branches; the nerve of the joint's own number is one too low."""
    case = tmp_path / "case.toml"
    text = example_toml()
    wrong = '\ntargets = [{ nerve = "L4 medial branch", bone = "L5" }, { nerve = "L5 dorsal ramus", bone = "S1" }]'
    agent = next(line for line in text.splitlines() if line.startswith("agent"))
    lines = text.replace(agent, agent + wrong, 1)
    case.write_text(lines, encoding="utf-8")
    status, _, err = call("blocks", case)
    assert status == 1
    assert "left out the L3 medial branch" in err


def test_contrast_in_a_case_file(call, tmp_path):
    case = tmp_path / "case.toml"
    text = example_toml()
    agent = next(line for line in text.splitlines() if line.startswith("agent"))
    case.write_text(text.replace(agent, agent + "\nimage_guided = false\ncontrast_seen = true", 1), encoding="utf-8")
    status, _, err = call("blocks", case)
    assert status == 1
    assert "contrast was seen" in err


def test_the_questions_before(call):
    status, out, _ = call("blocks", "--checks")
    assert status == 0
    for word in ("pregnant", "pacemaker", "blood thinner", "infection", "allergy", "metal"):
        assert word in out
    _, out, _ = call("blocks", "--checks", "--json")
    assert all(check["citation"] for check in json.loads(out)["checks"])
