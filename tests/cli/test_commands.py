"""What each command says, for people and as JSON."""

import json
from pathlib import Path

import pytest

from neurotomy import evidence
from neurotomy.case import example_toml, read_case
from neurotomy.equipment import catalogue
from neurotomy.lesion import simulate

LESION = ("lesion", "--gauge", 18, "--tip-mm", 10, "--set-c", 80, "--hold-s", 90)
EXTENT = {"width_mm", "length_mm", "beyond_tip_mm", "volume_mm3"}


def test_lesion_json_has_the_promised_keys(call):
    ended = call(*LESION, "--json")
    assert (ended.status, ended.err) == (0, "")
    found = ended.json
    for criterion in ("isotherm_50c", "isotherm_60c", "necrosis"):
        assert set(found[criterion]) >= EXTENT
        assert all(isinstance(found[criterion][key], float) for key in EXTENT)
    trace = found["trace"]
    assert set(trace) == {"time_s", "tip_c", "power_w", "impedance_ohm", "voltage_v", "current_a"}
    assert len({len(values) for values in trace.values()}) == 1
    assert max(trace["tip_c"]) == pytest.approx(80, abs=0.5)
    assert found["numerical_error_mm"] > 0
    assert found["solve_s"] > 0
    assert found["provenance"]["software"].startswith("neurotomy ")
    assert found["provenance"]["evidence"]


def test_lesion_options_reach_the_solver(call):
    by_command = call(
        *("lesion", "--electrode", "conventional-16g-5mm", "--protocol", "long-80c-120s"),
        *("--start-c", 25, "--no-perfusion", "--json"),
    ).json
    direct = simulate(
        catalogue.electrode("conventional-16g-5mm"),
        catalogue.protocol("long-80c-120s"),
        start_c=25.0,
        perfusion=False,
    ).to_dict()
    for key in ("electrode", "protocol", "tissue", "start_c", "perfusion", "isotherm_50c", "necrosis", "trace"):
        assert by_command[key] == direct[key], key


def test_lesion_gauge_set_and_ramp_are_those_given(call):
    found = call(*LESION, "--ramp-s", 20, "--json").json
    assert (found["electrode"]["gauge"], found["electrode"]["active_tip_mm"]) == (18, 10.0)
    assert [found["protocol"][key] for key in ("set_c", "hold_s", "ramp_s")] == [80.0, 90.0, 20.0]
    assert found["protocol"]["source"] == "case"
    assert evidence.source("case").citation
    assert call(*LESION, "--json").json["protocol"]["ramp_s"] == 10.0


def test_lesion_text_never_shows_a_size_without_its_criterion(call):
    text = call(*LESION).out
    direct = call(*LESION, "--json").json
    rows = [line for line in text.splitlines() if "mm³" in line]
    assert len(rows) == 3
    for row, key in zip(rows, ("isotherm_50c", "isotherm_60c", "necrosis"), strict=True):
        assert row.strip().startswith(direct[key]["criterion"])
        assert f"{direct[key]['width_mm']:.1f} mm" in row
    assert "numerical error" in text


def test_verify_fails_when_an_answer_is_missed(call, monkeypatch):
    from neurotomy.lesion.verification import KnownAnswer

    met = KnownAnswer("a resistance", 1.0, 1.0, "ohm", 0.0, 0.1, True, "closed form")
    missed = KnownAnswer("a width", 2.0, 1.0, "mm", 1.0, 0.1, False, "closed form")
    monkeypatch.setattr("neurotomy.lesion.verification.known_answers", lambda progress: (met,))
    ended = call("verify", "--json")
    assert (ended.status, ended.json["passed"]) == (0, True)
    assert ended.json["answers"][0]["tolerance"] == 0.1
    assert "1 of 1 known answers are met" in call("verify").out
    monkeypatch.setattr("neurotomy.lesion.verification.known_answers", lambda progress: (met, missed))
    ended = call("verify")
    assert ended.status == 1
    assert "MISSED" in ended.out
    assert "missed: a width" in ended.err


def test_nerves_keep_nerve_and_bone_apart(call):
    told = call("nerves", "l4-5", "--side", "left", "--json").json
    assert {key: told[key] for key in ("joint", "side", "targets")} == {
        "joint": "L4/5",
        "side": "left",
        "targets": [
            {"nerve": "L3 medial branch", "bone": "L4", "side": "left"},
            {"nerve": "L4 medial branch", "bone": "L5", "side": "left"},
        ],
    }
    assert [(n["nerve"], n["bone"]) for n in told["nerves"]] == [("L3 medial branch", "L4"), ("L4 medial branch", "L5")]
    assert call("nerves", "L5/S1", "--json").json["side"] is None
    text = call("nerves", "L5/S1").out
    assert "L5 dorsal ramus" in text
    assert "sacral ala" in text


def test_nerves_tell_what_is_to_be_seen_and_where_to_stop(call):
    text = call("nerves", "L4/5", "--side", "right").out
    assert "L3 medial branch at L4, right" in text
    assert "left" not in text.split("Studies disagree")[0]
    for word in ("AP ", "ipsilateral oblique", "declined", "lateral ", "STOP", "diameter", "liu2024", "kaplan1998"):
        assert word in text
    assert "S1 lateral branch at the sacrum, left" in call("nerves", "SIJ", "--side", "left").out
    told = call("nerves", "C4/5", "--side", "left", "--json").json
    assert [n["variants"][0]["probability"] for n in told["nerves"]] == [0.27, 0.15]
    assert {v["name"] for v in told["nerves"][0]["views"]} >= {"AP", "lateral", "foraminal oblique"}


def test_evidence(call):
    one = call("evidence", "tissue.muscle.perfusion")
    assert evidence.source(evidence.get("tissue.muscle.perfusion").source).citation in one.out
    many = call("evidence", "tissue.muscle").out
    assert "tissue.muscle.perfusion" in many
    assert "tissue.muscle.density" in many
    assert "tissue.blood" not in many
    found = call("evidence", "tissue.muscle.perfusion", "--json").json["tissue.muscle.perfusion"]
    assert found["value"] == pytest.approx(evidence.value("tissue.muscle.perfusion"), rel=1e-6)
    assert found["source"]["citation"]


def test_evidence_without_a_key_lists_all(call):
    every = set(evidence.keys())
    assert set(call("evidence", "--json").json) == every
    listed = {line.split()[0] for line in call("evidence").out.splitlines() if line.startswith("  ")}
    assert listed == every


def test_new_writes_a_case_that_reads(call, tmp_path):
    path = tmp_path / "mine.toml"
    assert call("new", path).status == 0
    assert path.read_text(encoding="utf-8") == example_toml()
    assert read_case(path).joints == ("L4/5",)


def test_new_never_replaces_unasked(call, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("precious")
    ended = call("new", path)
    assert ended.status == 1
    assert "there already" in ended.err
    assert path.read_text() == "precious"
    assert call("new", path, "--force", "--json").json == {"written": str(path)}
    assert read_case(path)
    assert call("new", tmp_path / "missing" / "x.toml").status == 1


def test_blocks_by_case_and_by_options_agree(call, case_file):
    by_case = call("blocks", case_file, "--json").json
    by_options = call(
        *("blocks", "--joint", "L4/5", "--side", "right", "--rule-set", "sis", "--json"),
        *("--block", "lidocaine 2 %:85:2.5", "--block", "bupivacaine 0.5 %: 90 % : 7 h"),
    ).json
    assert by_case["side"] == by_options["side"] == "right"
    a, b = by_case["selection"]["L4/5"], by_options["selection"]["L4/5"]
    assert a["probability"] == b["probability"]
    assert a["prior"] < a["probability"]
    assert a["verdict"]["proceed"] is True
    text = call("blocks", case_file).out
    assert "L4/5, right" in text
    assert "proceed" in text


def test_blocks_know_a_placebo(call):
    args = ("blocks", "--joint", "C5/6", "--side", "left", "--rule-set", "placebo-controlled", "--json")
    calm = call(*args, "--block", "lidocaine:90:2", "--block", "saline:0", "--block", "bupivacaine:90:5").json
    fooled = call(*args, "--block", "lidocaine:90:2", "--block", "saline:90", "--block", "bupivacaine:90:5").json
    assert calm["selection"]["C5/6"]["probability"] > fooled["selection"]["C5/6"]["probability"]
    assert not fooled["selection"]["C5/6"]["verdict"]["proceed"]


def test_plan_gives_ranked_alternatives_of_each_nerve(call, case_file, placed_once):
    found = call("plan", case_file, "--alternatives", "2", "--json").json["alternatives"]
    assert [one["target"]["bone"] for one in found] == ["L4"]
    first, second = found[0]["ways"]
    assert (first["rank"], second["rank"]) == (1, 2)
    assert "oblique to the right" in first["beam_in_words"]
    assert second["from_first_deg"] >= 8.0
    assert second["placement"]["target"]["side"] == "right"
    assert {p["technique"] for p in first["approach"]["published"]} == {"middle two quarters", "posterior half"}
    text = call("plan", case_file, "--alternatives", "2").out
    assert "Ways to the L3 medial branch at L4, right" in text
    assert second["why"] in text


@pytest.mark.parametrize("side", ["right", "left"])
def test_plan_carries_side_and_level_through(call, case_file, placed_once, side):
    case_file.write_text(case_file.read_text().replace('side = "right" ', f'side = "{side}" '))
    found = call("plan", case_file, "--json").json
    assert found["side"] == side
    needles = found["needles"]
    assert [(n["placement"]["target"]["nerve"], n["placement"]["target"]["bone"]) for n in needles] == [
        ("L3 medial branch", "L4")
    ]
    for needle in needles:
        assert needle["placement"]["target"]["side"] == side
        to_left = needle["placement"]["tip_lps_mm"][0]
        assert to_left > 10 if side == "left" else to_left < -10
        assert set(needle["views"]) == {"AP", "ipsilateral oblique", "declined", "lateral"}
        assert f"oblique to the {side}" in needle["views"]["ipsilateral oblique"]["in_words"]
        assert needle["checks"]
        assert {check["status"] for check in needle["checks"]} <= {"ok", "warning", "error"}
    text = call("plan", case_file).out
    other = "left" if side == "right" else "right"
    assert f"L3 medial branch at L4, {side}" in text
    assert f", {other}" not in text
    assert f"to the {other}" not in text
    assert f"patient's {other}" not in text


def test_views_are_stamped_pictures(call, case_file, tmp_path, placed_once):
    from PIL import Image

    out = tmp_path / "pictures"
    found = call("views", case_file, "--out", out, "--json").json["views"]
    assert len(found) == 4
    assert {Path(view["file"]).name for view in found} == {path.name for path in out.iterdir()}
    for view in found:
        assert (view["side"], view["level"]) == ("right", view["target"]["bone"])
        assert f"at-{view['level'].lower()}-right" in view["file"]
        with Image.open(view["file"]) as picture:
            assert min(picture.size) >= 256
            assert picture.convert("L").getextrema()[1] > picture.convert("L").getextrema()[0]


def test_run_prints_the_answer_and_what_was_written(call, case_file, tmp_path, placed_once):
    out = tmp_path / "out"
    ended = call("run", case_file, "--out", out)
    assert ended.status == 0, ended.err
    treatment = json.loads((out / "treatment.json").read_text())
    assert treatment["case"]["treatment"]["side"] == "right"
    assert ended.out.startswith("L4/5, right")
    order = [ended.out.index(f"{question}?") for question in ("source", "covered", "safe", "expect")]
    assert order == sorted(order)
    for nerve in treatment["coverage"]["nerves"]:
        assert f"{nerve['coagulated_on_neck_mm']:.1f} mm coagulated on the neck" in ended.out
    assert "L4 medial branch at L5, right: NOT TREATED" in ended.out
    assert ended.out.rstrip().endswith(str(out / "treatment.json"))
    assert [path.name for path in out.iterdir()] == ["treatment.json"]


def test_demo_is_the_example_case(call, tmp_path, monkeypatch):
    seen = []

    def treat(case, progress):
        seen.append(case)
        raise KeyboardInterrupt

    monkeypatch.setattr("neurotomy.treatment.treat", treat)
    assert call("demo", "--out", tmp_path / "demo").status == 130
    assert (seen[0].joints, seen[0].side.value) == (("L4/5",), "right")
    assert not (tmp_path / "demo").exists()


def test_plan_tells_what_is_checked_of_a_palisade_as_a_whole(call):
    case = Path(__file__).parents[2] / "examples" / "sacroiliac.toml"
    needles = json.loads(call("plan", case, "--json").out)["needles"]
    of_row = [n for n in needles if n["placement"]["technique"] == "palisade"]
    assert len(of_row) >= 4
    names = [{check["name"] for check in n["checks"]} for n in of_row]
    assert {"spacing of the palisade", "S3 lateral branch crosses the row"} <= names[0]
    assert not any("spacing of the palisade" in of_one for of_one in names[1:])
