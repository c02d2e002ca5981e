"""``neurotomy study`` from a file to JSON, CSV and figure."""

import csv
import json

import pytest
from PIL import Image

from neurotomy.cli import main
from neurotomy.studies.example import example_study_toml

SMALL = """title = "small"
joint = "L4/5"
side = "left"
patients = 2000
worlds = 50
follow_up_months = 12
seed = 4
capture_samples = 500

[[policies]]
name = "one"
blocks = 1
cutoff_percent = 50
technique = "perpendicular"
electrode = "conventional-22g-5mm"

[[policies]]
name = "two, with repeats"
rule_set = "sis"
repeats = 2
technique = "perpendicular"
electrode = "conventional-22g-5mm"
"""


@pytest.fixture
def call(capsys):
    def run(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_text_files_and_json_agree(call, small, tmp_path):
    status, out, _ = call("study", small, "--out", tmp_path / "out")
    assert status == 0
    assert "L4/5, left: 2000 simulated patients in 50 worlds" in out
    assert "two, with repeats, against one" in out
    saved = json.loads((tmp_path / "out" / "study.json").read_text(encoding="utf-8"))
    _, printed, _ = call("study", small, "--json", "--workers", "2")
    told = json.loads(printed)
    assert {**told, "provenance": 0} == {**saved, "provenance": 0}
    assert told["provenance"]["seed"] == 4
    assert [policy["name"] for policy in told["policies"]] == ["one", "two, with repeats"]
    rows = list(csv.DictReader((tmp_path / "out" / "study.csv").open(encoding="utf-8")))
    success = next(row for row in rows if row["policy"] == "one" and row["number"] == "success_per_treated")
    value = told["policies"][0]["estimates"]["success_per_treated"]["value"]
    assert float(success["value"]) == pytest.approx(value, rel=1e-5)
    assert any(row["number"] == "success_per_enrolled_difference" for row in rows)
    with Image.open(tmp_path / "out" / "study.png") as picture:
        assert picture.size[0] > 1200


@pytest.mark.parametrize("kind", ["csv", "json", "png", "svg"])
def test_one_file_by_its_ending(call, small, tmp_path, kind):
    status, out, _ = call("study", small, "--out", tmp_path / f"result.{kind}")
    assert status == 0
    assert (tmp_path / f"result.{kind}").stat().st_size > 300
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("result")] == [f"result.{kind}"]
    assert "Wrote" in out


def test_the_example_is_printed(call):
    status, out, _ = call("study", "--example")
    assert status == 0
    assert out == example_study_toml()


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("follow_up_months = 12\n", "", "follow_up_months: missing"),
        ('rule_set = "sis"', 'rule_set = "six"', "Did you mean 'sis'"),
        ("cutoff_percent = 50", "cutoff_percent = 120", "line 13, [[policies]] cutoff_percent: 120 given"),
        ('joint = "L4/5"', 'joint = "T6/7"', "studies are of lumbar joints"),
    ],
)
def test_mistakes_end_with_status_one_and_write_nothing(call, small, tmp_path, old, new, match):
    small.write_text(SMALL.replace(old, new), encoding="utf-8")
    status, out, err = call("study", small, "--out", tmp_path / "out")
    assert status == 1
    assert match in err
    assert out == ""
    assert "Traceback" not in err
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_an_output_of_no_known_kind(call, small, tmp_path):
    status, _, err = call("study", small, "--out", tmp_path / "result.xlsx")
    assert status == 1
    assert "of no kind that a study writes" in err


def test_without_a_file(call):
    assert call("study")[0] == 2
