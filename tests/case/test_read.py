"""Every kind of mistake is told with its line, what was expected and the nearest name; all of them at once."""

import re
from pathlib import Path

import pytest

from neurotomy.anatomy import JOINTS, Side, Target
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.spine.built_in import true_courses
from neurotomy.anatomy.spine.cervical.nerve import courses_of as cervical_courses
from neurotomy.anatomy.spine.cervical.shape import standard_neck
from neurotomy.anatomy.spine.sacral.nerve import courses_of as sacral_courses
from neurotomy.anatomy.spine.shape import standard_shape
from neurotomy.anatomy.spine.thoracic.nerve import courses_of as thoracic_courses
from neurotomy.anatomy.spine.thoracic.shape import standard_chest
from neurotomy.case import Case, example_toml, parse_case, read_case
from neurotomy.errors import CaseError

EXAMPLE = example_toml()
PLACEMENTS = """
[[placements]]
nerve = "L3 medial branch"
bone = "L4"
tip_lps_mm = [-22.0, 35.5, 12.0]
entry_lps_mm = [-30.0, 85.0, -10.0]
[[placements]]
nerve = "L4 medial branch"
bone = "L5"
tip_lps_mm = [-24.0, 36.5, -22.0]
entry_lps_mm = [-32.0, 85.0, -50.0]
"""
PLACED = EXAMPLE.replace("plan = true ", "# plan ") + PLACEMENTS


def mistakes(text: str, folder: Path | None = None) -> list[tuple[int, str]]:
    with pytest.raises(CaseError) as caught:
        parse_case(text, folder=folder, name="case.toml")
    first, *rows = str(caught.value).split("\n")
    count = int(re.fullmatch(r"case\.toml: (\d+) mistakes?\.", first)[1])
    assert count == len(rows)
    return [(int(m[1]), m[2]) for row in rows if (m := re.fullmatch(r"  line (\d+)(?:, |: )(.+)", row))]


def changed(old: str, new: str, text: str = EXAMPLE) -> tuple[str, int]:
    """`text` with `old` (once in it) replaced, and the line of the first difference."""
    assert text.count(old) == 1, old
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1


def test_the_example_reads():
    case = parse_case(EXAMPLE)
    assert case.side is Side.RIGHT
    assert case.joints == ("L4/5",)
    assert case.treated_targets == (
        Target("L3 medial branch", "L4", Side.RIGHT),
        Target("L4 medial branch", "L5", Side.RIGHT),
    )
    assert case.untreated_targets == ()
    assert case.electrode.active_tip_mm == 10.0
    assert case.protocol.set_c == 80.0
    assert [block.acts for block in case.blocks_of("L4/5")] == ["short", "long"]
    assert case.plan
    assert case.ct_path is None


CONFIRMED = 'levels_confirmed_by = "AB, from the sacrum"\nlevels_confirmed_on = 2025-03-20\nsource = "built-in spine" #'


def test_who_confirmed_the_levels_and_when():
    case = parse_case(changed('source = "built-in spine"       #', CONFIRMED)[0])
    assert case.imaging.levels_confirmed_by == "AB, from the sacrum"
    assert case.imaging.levels_confirmed_on.isoformat() == "2025-03-20"
    assert parse_case(EXAMPLE).imaging.levels_confirmed_on is None  # cases written before still read


def test_a_day_without_a_person_confirms_nothing():
    text, line = changed('source = "built-in spine"       #', CONFIRMED.split("\n", 1)[1])
    ((told, message),) = mistakes(text)
    assert told == line
    assert "a day without a person" in message


def test_given_placements_read():
    case = parse_case(PLACED)
    assert [p.target.bone for p in case.given_placements] == ["L4", "L5"]
    assert case.given_placements[0].origin == "given"
    assert case.given_placements[0].target.side is Side.RIGHT
    assert case.given_placements[0].tip_lps_mm.tolist() == [-22.0, 35.5, 12.0]


def test_what_the_example_mentions_in_remarks_is_valid():
    """Every commented-out key of the annotated case can be used as it stands."""
    text = re.sub(r"^# (\w+ = |\[\[)", r"\1", EXAMPLE, flags=re.MULTILINE)
    for gone in ('source = "built-in spine"', "\nseed = 3", "\nplan = true", "\nplacebo = true"):
        text, _ = changed(gone, "#" if gone[0] != "\n" else "\n#", text)
    folder_files = {"ct.nii.gz", "labels.nii.gz"}
    told = mistakes(text, Path("/nonexistent"))
    assert len(told) == 2
    assert all(any(name in message for name in folder_files) for _, message in told)


@pytest.mark.parametrize("name", ["left", "LEFT", " Left "])
def test_side_is_carried_through(name):
    case = parse_case(EXAMPLE.replace('side = "right"  ', f'side = "{name}"'))
    assert case.side is Side.LEFT
    assert {t.side for t in case.treated_targets} == {Side.LEFT}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('side = "right"  ', "", ["[treatment] side: missing", "'left' or 'right'"]),
        ('side = "right"  ', 'side = "rihgt"', ["'rihgt'", "Did you mean 'right'?"]),
        ('side = "right"  ', 'side = "R"', ["Side 'R' is not known"]),
        ('side = "right"  ', 'side = "both"', ["Side 'both'", "left, right"]),
        ('joints = ["L4/5"]', 'joints = ["L4/6"]', ["Joint 'L4/6' is not known", "Did you mean 'L4/5'?"]),
        ('rule_set = "sis"', 'rule_set = "sis"\nlesions_per_nerve = 5', ["5 given", "1 to 4, or 'as needed'"]),
        ('rule_set = "sis"', 'rule_set = "sis"\nlesions_per_nerve = true', ["true given", "or 'as needed'"]),
        ('joints = ["L4/5"]', "joints = []", ["[] given", "a list of joints"]),
        ('joints = ["L4/5"]', 'joints = "L4/5"', ["'L4/5' given", "a list of joints"]),
        ('joints = ["L4/5"]', 'joints = ["L4/5", "L4-5"]', ["listed twice"]),
        ('joints = ["L4/5"]', 'joints = ["L4/5"]\nregion = "cervical"', ["L4/5 is lumbar"]),
        ('joints = ["L4/5"]', 'joints = ["L4/5"]\nregion = "lumber"', ["'lumber' given", "'lumbar'"]),
        ('rule_set = "sis"', 'rule_set = "siss"', ["Rule set 'siss'", "Did you mean 'sis'?"]),
        ('rule_set = "sis"', "", ["rule_set: missing"]),
        ('pseudonym = "Example"', 'pseudonym = ""', ["pseudonym: '' given", "does not identify"]),
        ('pseudonym = "Example"', 'name = "Jane"\npseudonym = "x"', ["could identify"]),
        ("# age_years = 58", "age_years = 158", ["158 given", "0 to 120"]),
        ("# age_years = 58", "age_years = 58.5", ["58.5 given", "a whole number"]),
        ("# age_years = 58", "age_yeers = 58", ["no such key", "Did you mean 'age_years'?"]),
        ("# age_years = 58", 'side = "left"', ["'side' belongs to [treatment]"]),
        ("# age_years = 58", "plan = true", ["'plan' stands at the top"]),
        ("# age_years = 58", "equipment = 1", ["'equipment' is a table of its own"]),
        ("date = 2025-02-24", "date = 2325-02-24", ["in the future"]),
        (
            'source = "built-in spine"       #',
            'levels_confirmed_on = 2325-02-24\nlevels_confirmed_by = "AB"\nsource = "built-in spine"       #',
            ["in the future", "counted"],
        ),
        ("date = 2025-02-03", 'date = "soon"', ["'soon' is not a date", "2025-01-31"]),
        ("date = 2025-02-03", "date = 20250203", ["'20250203' is not a date"]),
        ("date = 2025-02-03", "date = 2025-02-03T10:00:00", ["time of day"]),
        ("date = 2025-02-24", "date = 2025-01-24", ["stands after 2025-02-03", "order of time"]),
        ("relief_percent = 85", "relief_percent = 185", ["185 given", "0 to 100"]),
        ("relief_percent = 85", "relief_percent = nan", ["nan given", "0 to 100"]),
        ("relief_percent = 85", 'relief_percent = "85"', ["'85' given", "0 to 100"]),
        ("relief_percent = 85", "", ["[[blocks]] relief_percent: missing"]),
        ("relief_hours = 2.5", "relief_hours = -1", ["-1 given"]),
        ("# placebo = true", 'placebo = "no"', ["'no' given", "true or false"]),
        ("# placebo = true", "placebo = true", ["lidocaine 2 % is no placebo"]),
        ('agent = "lidocaine 2 %"', 'agent = "saline"', ["saline is a placebo"]),
        ("# joint = ", 'joint = "L3/4"  # ', ["L3/4 is not treated in this case"]),
        (
            "# targets = [{",
            'targets = [{ nerve = "L2 medial branch", bone = "L3" }] # ',
            ["supplied by", "left out the L3 medial branch at L4, right"],
        ),
        (
            "# targets = [{",
            'targets = [{ nerve = "L4 medial branch", bone = "L4" }] # ',
            ["the L4 medial branch crosses L5, not L4; at L4 runs the L3 medial branch"],
        ),
        (
            "# targets = [{",
            'targets = [{ nerve = "L3 medial branch", bone = "L4", side = "left" }] # ',
            ["other side"],
        ),
        ('source = "built-in spine"', 'source = "build-in spine"', ["'build-in spine' given", "'built-in spine'"]),
        ('source = "built-in spine"', "", ["no images"]),
        ("# ct = ", 'ct = "."\nlabels = "." # ', ["both the built-in spine and a CT"]),
        ("# labels = ", 'labels = "." # ', ["a label map without a CT"]),
        ("# label_scheme = ", 'label_scheme = "vers" # ', ["Label scheme 'vers'", "Did you mean 'verse'?"]),
        ("# seed = 3", "seed = -3", ["-3 given"]),
        (
            'electrode = "conventional-150mm-18g-10mm" ',
            'electrode = "conventional-150mm-18-10mm" ',
            ["conventional-150mm-18g-10mm"],
        ),
        ('electrode = "conventional-150mm-18g-10mm" ', "electrode = 18 ", ["18 given", "a catalogue name"]),
        (
            'electrode = "conventional-150mm-18g-10mm" ',
            "electrode = { gauge = 18, active_tip_mm = 8, cannula_length_mm = 100 } ",
            ["electrode.outer_diameter_mm: missing"],
        ),
        (
            'electrode = "conventional-150mm-18g-10mm" ',
            'electrode = { like = "conventional-18g-10mm", aktive_tip_mm = 8 } ',
            ["electrode.aktive_tip_mm: no such key", "Did you mean 'active_tip_mm'?"],
        ),
        (
            'electrode = "conventional-150mm-18g-10mm" ',
            'electrode = { like = "conventional-18g-10mm", active_tip_mm = 0.8 } ',
            ["active_tip_mm must be longer than outer_diameter_mm"],
        ),
        ('protocol = "standard-80c-90s" ', 'protocol = "standard-80c" ', ["Did you mean 'standard-80c-90s'?"]),
        ('protocol = "standard-80c-90s" ', "protocol = { set_c = 180, hold_s = 90 } ", ["protocol.set_c: 180 given"]),
        ('tissue = "muscle"', 'tissue = "muscel"', ["Did you mean 'muscle'?"]),
        ("start_c = 37.0", "start_c = 310", ["310 given", "0 to 42"]),
        ("perfusion = true", "perfusion = 1", ["1 given", "true or false"]),
        ("samples = 4000", "samples = 10", ["10 given", "100 to 1000000"]),
        ("views = true", "pictures = true", ["no such key"]),
        ("schema_version = 1", "schema_version = 7", ["7 given; expected 1"]),
        ("schema_version = 1", "schema_version = 1\nfoo = 3", ["foo: no such key"]),
        ("plan = true ", "plan = false ", ["no needle", "plan = true"]),
        ("plan = true ", 'plan = "true" ', ["'true' given"]),
        ('language = "en"', 'language = "fr"', ["Language 'fr' is not known", "en, es"]),
        ("procedure_date = 2025-03-24", "procedure_date = 2025-02-24", ["2025-02-24 is not after the block"]),
        ("procedure_date = 2025-03-24", "procedure_date = 24", ["'24' is not a date"]),
        ("procedure_date = 2025-03-24", "procedure_date = 9999-03-24", ["9999-03-24 given", "from 1990 to 2100"]),
        ('arrival_time = "08:30"', "arrival_time = 830", ["'830' is not a time of day", "'08:30'"]),
        ('arrival_time = "08:30"', 'arrival_time = "08:30+02:00"', ["time zone of its own"]),
        ('"Europe/Madrid"', '"Europe/Madird"', ["Did you mean 'Europe/Madrid'?"]),
        ('"Europe/Madrid"', '"new york"', ["Did you mean 'America/New_York'?"]),
        ('"Europe/Madrid"', '"CET"', ["'CET' is not an IANA name", "'America/New_York'"]),
        ('"Europe/Madrid"', "1", ["1 given", "IANA time zone"]),
        (
            'procedure_date = 2025-03-24     # without it there is no calendar\ntime_zone = "Europe/Madrid"',
            "procedure_date = 2025-03-24",
            ["needs the patient's time zone"],
        ),
        ("large_print = false", 'clinic_phone = "call me"', ["'call me' given", "digits and spaces"]),
        ("large_print = false", 'large_print = "no"', ["'no' given", "true or false"]),
        ("[output] ", "[outputs] ", ["no such key", "Did you mean 'output'?"]),
    ],
)
def test_one_mistake_one_line(old, new, told):
    text, line = changed(old, new)
    found = mistakes(text, Path(__file__).parent)
    assert len(found) == 1, found
    for words in told:
        assert words in found[0][1]
    if "missing" in told[0] or told[0].startswith(("no images", "no needle")):
        assert found[0][0] <= line  # the line of the table, or of the file
    else:
        assert line <= found[0][0] <= line + 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'nerve = "L3 medial branch"\nbone = "L4"\ntip',
            'nerve = "L2 medial branch"\nbone = "L3"\ntip',
            "no target",
        ),
        ('nerve = "L3 medial branch"\nbone = "L4"\ntip', 'nerve = "L3 medial branch"\nbone = "L3"\ntip', "crosses L4"),
        ('nerve = "L3 medial branch"\nbone = "L4"\ntip', 'nerve = "L3 dorsal horn"\nbone = "L4"\ntip', "Did you mean"),
        ('bone = "L4"\ntip', 'bone = "L4"\nside = "left"\ntip', "left given, and this treatment is of the right"),
        ("tip_lps_mm = [-22.0, 35.5, 12.0]\nentry", "tip_lps_mm = [-22.0, 35.5]\nentry", "2 of them given"),
        ("tip_lps_mm = [-22.0, 35.5, 12.0]\nentry", "tip_lps_mm = [-22.0, inf, 12.0]\nentry", "inf given"),
        (
            "tip_lps_mm = [-22.0, 35.5, 12.0]\nentry",
            "tip_lps_mm = [22.0, 35.5, 12.0]\nentry",
            "22 mm to the patient's left",
        ),
        ("entry_lps_mm = [-30.0, 85.0, -10.0]", "entry_lps_mm = [-22.0, 35.5, 12.0]", "0.0 mm apart"),
        ("entry_lps_mm = [-30.0, 85.0, -10.0]", "entry_lps_mm = [-22.0, 15.0, 12.0]", "exchanged"),
        ("entry_lps_mm = [-30.0, 85.0, -10.0]", "entry_lps_mm = [-30.0, 235.0, -10.0]", "cannula is 150 mm"),
    ],
)
def test_mistakes_in_placements(old, new, told):
    text, line = changed(old, new, PLACED)
    found = mistakes(text)
    at = [n for n, message in found if told in message]
    assert at
    assert line <= at[0] <= line + 2


def test_a_nerve_without_a_needle():
    text = PLACED[: PLACED.rindex("[[placements]]")]
    assert "no needle for the L4 medial branch at L5, right" in mistakes(text)[0][1]


def test_plan_and_placements_contradict():
    line = EXAMPLE[: EXAMPLE.index("plan = true ")].count("\n") + 1
    assert mistakes(EXAMPLE + PLACEMENTS) == [
        (line, "plan: plan = true and [[placements]] contradict each other; keep one.")
    ]


def test_targets():
    own = '\n[[targets]]\nnerve = "L3 medial branch"\nbone = "L4"\n'
    case = parse_case(EXAMPLE + own)
    assert [t.bone for t in case.treated_targets] == ["L4"]
    assert [t.bone for t in case.untreated_targets] == ["L5"]
    assert "listed twice" in mistakes(EXAMPLE + own + own)[0][1]
    assert "crosses L4, not L3" in mistakes(EXAMPLE + own.replace('"L4"', '"L3"'))[0][1]
    assert "left given" in mistakes(EXAMPLE + own + 'side = "left"\n')[0][1]
    above = own.replace("L3 m", "L2 m").replace('"L4"', '"L3"')
    assert "does not supply L4/5" in mistakes(EXAMPLE + above)[0][1]


def test_several_joints_share_a_nerve():
    case = parse_case(EXAMPLE.replace('joints = ["L4/5"]', 'joints = ["L4/5", "L3-4"]'))
    assert case.joints == ("L4/5", "L3/4")
    assert len(case.treated_targets) == len(set(case.treated_targets)) == 3


def test_a_joint_that_the_built_in_spine_does_not_hold():
    # Its blocks stay valid: they name no nerves.
    found = mistakes(EXAMPLE.replace('joints = ["L4/5"]', 'joints = ["T12/L1"]'))
    assert len(found) == 1
    assert "the T11 medial branch at T12 in the thoracic image; the T12 medial branch at L1 in the lumb" in found[0][1]


def test_joints_of_two_regions_do_not_share_an_image_of_the_built_in_spine():
    found = mistakes(EXAMPLE.replace('joints = ["L4/5"]', 'joints = ["L4/5", "C4/5"]'))
    assert len(found) == 1
    assert "Treat the regions in two cases" in found[0][1]


def test_the_built_in_spine_holds_just_the_nerves_that_a_case_may_ask_of_it():
    images = [true_courses(standard_shape()), cervical_courses(standard_neck()), thoracic_courses(standard_chest())]
    images.append(sacral_courses(standard_shape()))
    held = [{course.target for course in courses} for courses in images]
    for joint in JOINTS:
        text = EXAMPLE.replace('joints = ["L4/5"]', f'joints = ["{joint}"]')
        text = re.sub(r"^\[\[blocks\]\].*?(?=^\[imaging)", "", text, flags=re.MULTILINE | re.DOTALL)
        if any(set(targets_for(joint, Side.RIGHT)) <= image for image in held):
            parse_case(text)
        else:
            assert "give a CT" in mistakes(text)[0][1]


def mark(bone: str, name: str, x: float, side: str = "right") -> str:
    return f'\n[[landmarks]]\nbone = "{bone}"\nside = "{side}"\nname = "{name}"\nlps_mm = [{x}, 30, 1]\n'


def test_ct_without_labels_needs_landmarks(tmp_path):
    (tmp_path / "ct.nii.gz").touch()
    text = EXAMPLE.replace('source = "built-in spine"', 'ct = "ct.nii.gz"')
    found = mistakes(text, tmp_path)
    assert [("of L4, right" in m, "of L5, right" in m) for _, m in found] == [(True, False), (False, True)]
    for bone in ("L4", "L5"):
        text += mark(bone, "target", -20) + mark(bone, "neck_ventral", -21)
        assert "right for: neck_dorsal; one of body_centre" in mistakes(text, tmp_path)[0][1]
        text += mark(bone, "neck_dorsal", -19) + mark(bone, "body_centre", 3)
    assert parse_case(text, folder=tmp_path).ct_path == tmp_path / "ct.nii.gz"
    wrong = text.replace('\nname = "target"', '\nname = "taget"', 1)
    assert any("Did you mean 'target'?" in message for _, message in mistakes(wrong, tmp_path))
    crossed = text.replace("[-21, 30, 1]", "[21, 30, 1]", 1)
    assert "18 mm to the patient's left of the body_centre and is said to be right" in mistakes(crossed, tmp_path)[0][1]


def test_a_landmark_on_the_other_side(tmp_path):
    (tmp_path / "ct.nii.gz").touch()
    (tmp_path / "labels.nii.gz").touch()
    text = EXAMPLE.replace('source = "built-in spine"', 'ct = "ct.nii.gz"\nlabels = "labels.nii.gz"')
    text += mark("L4", "target", 20, "left")
    assert "left given, and this treatment is of the right side" in mistakes(text, tmp_path)[0][1]


def test_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "scan.nii.gz").touch()
    text = EXAMPLE.replace('source = "built-in spine"', 'ct = "scann.nii.gz"\nlabels = "x/labels.nii.gz"')
    found = mistakes(text, tmp_path)
    assert "Did you mean 'scan.nii.gz'?" in found[0][1]
    assert "There is no folder" in found[1][1]


def test_all_mistakes_at_once_in_the_order_of_lines():
    text = EXAMPLE
    for old, new in (
        ('side = "right"  ', 'side = "rihgt"'),
        ('rule_set = "sis"', 'rule_set = "siss"'),
        ("relief_percent = 85", "relief_percent = 185"),
        ("date = 2025-02-24", "date = 2025-01-24"),
        ('electrode = "conventional-150mm-18g-10mm" ', 'electrode = "conventional" '),
        ('tissue = "muscle"', 'tissue = "muscel"'),
        ("samples = 4000", "sample = 4000"),
    ):
        text, _ = changed(old, new, text)
    found = mistakes(text)
    assert len(found) == 7
    assert [line for line, _ in found] == sorted(line for line, _ in found)


def test_several_lesions_are_for_planned_needles():
    planned = parse_case(EXAMPLE.replace('rule_set = "sis"', 'lesions_per_nerve = "as needed"\nrule_set = "sis"', 1))
    assert planned.treatment.lesions_per_nerve == "as needed"
    assert parse_case(planned.to_toml()) == planned
    assert parse_case(EXAMPLE).treatment.lesions_per_nerve == 1
    given = PLACED.replace('rule_set = "sis"', 'lesions_per_nerve = 2\nrule_set = "sis"', 1)
    assert any("one [[placements]] for each lesion" in message for _, message in mistakes(given))


@pytest.mark.parametrize("table", ["patient", "treatment", "imaging", "equipment"])
def test_a_missing_table(table):
    text = re.sub(rf"^\[{table}\].*?(?=^\[|\Z)", "", EXAMPLE, flags=re.MULTILINE | re.DOTALL)
    found = mistakes(text)
    assert len(found) == 1
    assert f"expected a table [{table}]" in found[0][1]


def test_wrong_kinds_of_table():
    found = mistakes("blocks = 3\npatient = 4\n[[treatment]]\n[equipment]\n[[imaging]]\n")
    assert (1, "[[blocks]]: 3 given; expected tables [[blocks]].") in found
    assert (2, "[patient]: 4 given; expected a table [patient] with pseudonym.") in found
    assert any(line == 3 and "[treatment]" in message for line, message in found)


def test_an_empty_file():
    assert {message.split("]")[0] for _, message in mistakes("")} >= {
        "[patient",
        "[treatment",
        "[imaging",
        "[equipment",
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('side = "right"  ', "side = right", "not TOML"),
        ("date = 2025-02-03", "date = 2025-02-31", "not TOML"),
        ('rule_set = "sis"', 'side = "left"', "not TOML"),
        ("[patient]", "[patient", "not TOML"),
    ],
)
def test_broken_toml_has_its_line(old, new, told):
    text, line = changed(old, new)
    found = mistakes(text)
    assert len(found) == 1
    assert told in found[0][1]
    assert line <= found[0][0] <= line + 1


def test_files_that_are_no_case(tmp_path):
    with pytest.raises(CaseError, match="No case file"):
        read_case(tmp_path / "case.toml")
    with pytest.raises(CaseError, match="directory"):
        read_case(tmp_path)
    with pytest.raises(CaseError, match="directory"):
        (tmp_path / "file").touch()
        read_case(tmp_path / "file" / "case.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CaseError, match="not UTF-8"):
        read_case(tmp_path / "binary.toml")
    (tmp_path / "ct.toml").write_bytes(b"\0" * 1_000_001)
    with pytest.raises(CaseError, match="too large"):
        read_case(tmp_path / "ct.toml")


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "case.toml").write_bytes(b"\xef\xbb\xbf" + EXAMPLE.encode())
    assert read_case(tmp_path / "case.toml") == parse_case(EXAMPLE)


def test_a_case_made_in_python_is_checked_too():
    given = parse_case(EXAMPLE).model_dump()
    given["targets"] = [{"nerve": "L4 medial branch", "bone": "L4"}]
    with pytest.raises(CaseError, match="crosses L5, not L4"):
        Case.model_validate(given)
