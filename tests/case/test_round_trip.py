"""What is written reads back to the same case; JSON keeps the folders of this machine to itself."""

import datetime
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from neurotomy.anatomy import Side
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.tissue import tissue_names
from neurotomy.case import Case, example_toml, parse_case, read_case
from neurotomy.results import to_json_value

JOINTS = ("L1/2", "L2/3", "L3/4", "L4/5", "L5/S1")
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
millimetres = st.floats(-200, 200)


@st.composite
def cases(draw):
    joints = draw(st.lists(st.sampled_from(JOINTS), min_size=1, max_size=3, unique=True))
    side = draw(st.sampled_from(Side))
    standard = list(dict.fromkeys(t for joint in joints for t in targets_for(joint, side)))
    own = draw(st.lists(st.sampled_from(standard), unique=True))
    days = sorted(draw(st.lists(st.none() | st.dates(datetime.date(2000, 1, 1), datetime.date(2024, 1, 1))
                                , max_size=3)), key=lambda d: d or datetime.date.min)  # fmt: skip
    blocks = [
        {
            "date": day,
            "kind": draw(st.sampled_from(["medial branch block", "intra-articular injection"])),
            "agent": draw(st.sampled_from(["lidocaine 2 %", 'bupivacaine "0.5" %', "articaine\t4 %"])),
            "volume_ml": draw(st.none() | st.floats(0.1, 20)),
            "relief_percent": draw(st.integers(0, 100) | st.floats(0, 100)),
            "relief_hours": draw(st.none() | st.floats(0, 100)),
            "image_guided": draw(st.booleans()),
            "joint": draw(st.none() | st.sampled_from(joints)),
        }
        for day in days
    ]
    placed = draw(st.booleans())
    tip = draw(st.tuples(st.floats(0, 200).map(lambda x: x * side.sign), millimetres, millimetres))
    return Case.model_validate(
        {
            "plan": not placed,
            "patient": {"pseudonym": draw(texts), "age_years": draw(st.none() | st.integers(0, 120))},
            "treatment": {"joints": joints, "side": side, "rule_set": draw(st.sampled_from(["sis", "nice-ng59"]))},
            "blocks": blocks,
            "imaging": {
                "source": "built-in spine",
                "seed": draw(st.none() | st.integers(0, 2**62)),
                "levels_confirmed_by": draw(texts),
                "levels_confirmed_on": draw(st.none() | st.dates(datetime.date(2000, 1, 1), datetime.date(2024, 1, 1))),
            },
            "equipment": {
                "electrode": draw(
                    st.sampled_from(
                        [
                            "conventional-18g-10mm",
                            {"like": "conventional-16g-10mm", "active_tip_mm": 8.5, "note": 'a"b'},
                        ]
                    )
                ),
                "protocol": draw(st.sampled_from(["standard-80c-90s", {"set_c": 75.5, "hold_s": 60}])),
                "tissue": draw(st.sampled_from(tissue_names())),
                "start_c": draw(st.floats(0, 42)),
                "perfusion": draw(st.booleans()),
            },
            "targets": [{"nerve": t.nerve, "bone": t.bone, "side": draw(st.none() | st.just(side))} for t in own],
            "placements": [
                {
                    "nerve": t.nerve,
                    "bone": t.bone,
                    "tip_lps_mm": tip,
                    "entry_lps_mm": (tip[0], tip[1] + 50, tip[2] - 20),
                }
                for t in (own or standard if placed else ())
            ],
            "uncertainty": {"samples": draw(st.integers(100, 1000)), "seed": draw(st.integers(0, 2**62))},
            "output": {"views": draw(st.booleans())},
        }
    )


@given(cases())
def test_a_case_reads_back_as_it_was_written(case):
    again = parse_case(case.to_toml())
    assert again == case
    assert hash(again) == hash(case)
    assert again.to_toml() == case.to_toml()
    assert again.treated_targets == case.treated_targets
    assert again.side is case.side


@given(cases())
def test_json_has_the_side_and_plain_values_only(case):
    value = json.loads(json.dumps(to_json_value(case)))
    assert value["treatment"]["side"] == case.side.value
    assert value["treatment"]["joints"] == list(case.joints)


def test_the_other_side_is_another_case():
    text = example_toml()
    other = text.replace('side = "right"', 'side = "left"', 1)
    assert parse_case(text) != parse_case(other)


def test_paths_start_at_the_folder_of_the_case(tmp_path):
    (tmp_path / "ct").mkdir()
    (tmp_path / "labels.nii").touch()
    text = example_toml().replace('source = "built-in spine"', 'ct = "ct"\nlabels = "labels.nii"')
    (tmp_path / "case.toml").write_text(text)
    case = read_case(tmp_path / "case.toml")
    assert case.ct_path == tmp_path / "ct"
    assert case.labels_path == tmp_path / "labels.nii"
    assert case == parse_case(text, folder=tmp_path)


def test_folders_of_this_machine_stay_out_of_json(tmp_path):
    (tmp_path / "ct.nii").touch()
    (tmp_path / "labels.nii").touch()
    text = example_toml().replace(
        'source = "built-in spine"', f"ct = '{tmp_path / 'ct.nii'}'\nlabels = '{tmp_path / 'labels.nii'}'"
    )
    case = parse_case(text, folder=Path("/elsewhere"))
    assert case.ct_path == tmp_path / "ct.nii"
    assert str(tmp_path) not in json.dumps(to_json_value(case))
    assert str(tmp_path) in case.to_toml()
