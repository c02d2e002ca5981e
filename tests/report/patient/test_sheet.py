import dataclasses
import json
import re
from xml.etree import ElementTree

import pytest

from neurotomy.anatomy import Side
from neurotomy.case.model import LANGUAGES
from neurotomy.evidence import select
from neurotomy.recovery import Risk
from neurotomy.recovery.risks import risks_of
from neurotomy.report.patient import icons
from neurotomy.report.patient.frequency import people_of, per_hundred
from neurotomy.report.patient.page import page_of
from neurotomy.report.patient.risks import ROWS
from neurotomy.report.patient.sheet import sheet
from neurotomy.report.patient.weeks import TICK_DAYS, place_of

from .people import WHO, facts
from .reading import Reader


def words(who, **papers):
    return " ".join(Reader(page_of(sheet(facts(who, **papers)))).texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", WHO)
def test_side_and_level_are_those_of_the_treatment_and_no_others(who, language):
    """The worst mistake there is."""
    about = facts(who, language=language)
    text = words(who, language=language)
    own = {"en": {"left": "left", "right": "right"}, "es": {"left": "izquierd", "right": "derech"}}[language]
    assert own[about.side.value] in text.lower()
    assert own[about.side.opposite.value] not in text.lower()
    levels = set(re.findall(r"\b[CTL]\d{1,2}/(?:[CTLS]?\d{1,2})\b", text))
    assert levels == {joint for joint in about.joints if joint != "SIJ"}
    for target in about.targets:
        assert target.bone in text


def test_a_mirrored_patient_differs_only_in_side():
    right = facts("lumbar, good")
    left = dataclasses.replace(
        right, side=Side.LEFT, targets=tuple(dataclasses.replace(t, side=Side.LEFT) for t in right.targets)
    )
    a, b = (page_of(sheet(about)).split("</style>")[1] for about in (right, left))
    assert a != b
    assert a.replace("right", "left").replace("RIGHT", "LEFT") == b


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_once_and_first_what_it_is_not(language):
    said = sheet(facts("lumbar, good", language=language))
    texts = Reader(page_of(said)).texts
    assert texts.count(said["head"]["device"]) == 1
    assert texts.index(said["head"]["device"]) < 5


@pytest.mark.parametrize("who", WHO)
def test_chances_are_those_of_the_forecast(who):
    about, said = facts(who), sheet(facts(who))
    good, some, none = said["chances"]["counts"]
    assert good + some + none == 100
    assert abs(good - 100 * about.recovery.significant) < 1
    assert abs(some - 100 * about.recovery.partial) < 1
    low, high = (per_hundred(share) for share in about.recovery.significant_interval)
    assert f"as small as {low} or as large as {high}" in said["chances"]["texts"][0]
    probability = about.selections[about.joints[0]].probability
    assert f"In about {per_hundred(probability)} of them" in " ".join(said["why"]["texts"])


def test_poor_chances_are_told_plainly():
    good, poor = sheet(facts("lumbar, good")), sheet(facts("lumbar, poor"))
    assert poor["chances"]["counts"][0] < 15 < good["chances"]["counts"][0]
    assert "not likely" in " ".join(poor["why"]["texts"])
    assert "do not yet meet" in " ".join(poor["why"]["texts"])
    assert "more likely than not" in " ".join(good["why"]["texts"])
    assert "not had a test shot" in " ".join(sheet(facts("lumbar, no block"))["why"]["texts"])


def test_each_joint_has_its_own_sentence():
    said = " ".join(sheet(facts("lumbar, two joints"))["why"]["texts"])
    assert "(L4/5)" in said
    other = facts("lumbar, two joints").selections["L5/S1"].probability
    assert f"For L5/S1 it is about {per_hundred(other)} (" in said
    assert sheet(facts("lumbar, two joints"))["head"]["levels"] == "L4/5, L5/S1"


@pytest.mark.parametrize("region", ["cervical", "thoracic", "lumbar", "sacroiliac"])
def test_every_risk_of_the_recovery_room_is_spoken_of(region):
    told = {key for rows in ROWS.values() for _, keys in rows for key in keys}
    joint = {"cervical": "C2/3", "thoracic": "T6/7", "lumbar": "L4/5", "sacroiliac": "SIJ"}[region]
    assert {risk.evidence for risk in risks_of(joint, region)} <= told


def test_a_risk_without_a_row_is_still_told():
    about = facts("lumbar, good")
    new = Risk(
        "a thing not heard of before", None, None, "case reports", None, None, "A thing.", "risk.radiation.block_ap"
    )
    more = dataclasses.replace(about, recovery=dataclasses.replace(about.recovery, risks=(*about.recovery.risks, new)))
    assert "a thing not heard of before" in " ".join(Reader(page_of(sheet(more))).texts)


def test_counts_carry_their_denominator_and_interval():
    text = words("lumbar, good")
    assert "about 7 in 100 people (4 to 12; 11 of 164)" in text
    assert "none in 616 spots; it could still be 6 in 1,000" in text
    assert "ninguno en 616 puntos; aún podrían ser 6 de cada 1.000" in words("lumbar, good", language="es")
    assert "about 7 in 100 people (2 to 23; 2 of 27)" in words("sacroiliac, good")
    assert "164" not in words("cervical, good"), "no count of another region"


def test_regions_get_what_is_theirs():
    assert "behind the ear" in words("cervical, third occipital")
    assert "behind the ear" not in words("cervical, good")
    assert "headache" in words("cervical, good")
    assert "headache" not in words("lumbar, good")
    assert "chest" in words("thoracic")
    assert "no such study of the upper back" in words("thoracic")
    assert "chest" not in words("lumbar, good")
    assert "your neck" in words("cervical, good")
    assert "your lower back" in words("lumbar, good")


def test_date_time_phone_and_their_absence():
    text = words("lumbar, good", clinic_phone="+1 555 0100")
    assert "Tuesday 24 March 2026 at 08:30" in text
    assert "Clinic phone: +1 555 0100" in text
    bare = words("lumbar, good", procedure_date=None, time_zone=None, arrival_time=None)
    assert "2026" not in bare
    assert "Your clinic will tell you." in bare
    assert "24 Mar" in text
    assert "24 Mar" not in bare


@pytest.mark.parametrize("who", WHO)
def test_the_team_can_see_where_the_numbers_come_from(who):
    said = sheet(facts(who))
    for part in said["sources"]["parts"]:
        assert part["citations"], part["name"]
        assert len(set(part["citations"])) == len(part["citations"])
    assert {part["name"] for part in said["sources"]["parts"]} >= {"My chances", "Risks", "The day"}
    page = page_of(said)
    assert page.count("<details>") == 1
    assert "founding patient leaflet" in page


def test_letters_that_mean_something_elsewhere_are_letters():
    about = dataclasses.replace(facts("lumbar, good"), pseudonym="<script>alert(1)</script> & co")
    page = page_of(sheet(about))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_sheet_is_plain_values():
    json.dumps(sheet(facts("lumbar, good")), allow_nan=False)


# --- frequencies ---


@pytest.mark.parametrize(
    "shares", [(1.0, 0.0, 0.0), (0.333333, 0.333333, 0.333334), (0.605, 0.1975, 0.1975), (0.005, 0.4975, 0.4975)]
)
def test_people_add_up(shares):
    counts = people_of(shares)
    assert sum(counts) == 100
    assert all(abs(n - 100 * share) < 1 for n, share in zip(counts, shares, strict=True))


def test_a_tie_is_not_rounded_into_a_promise():
    assert people_of((0.605, 0.395)) == (60, 40)


def test_shares_that_are_none_are_refused():
    with pytest.raises(ValueError, match="sum to 1"):
        people_of((0.5, 0.6))


def test_no_false_certainty():
    assert per_hundred(0.001) == 1
    assert per_hundred(0.999) == 99
    assert per_hundred(0.0) == 0


# --- pictures ---


def test_a_hundred_people_in_three_shapes():
    svg = ElementTree.fromstring(icons.array(60, 25, 15))
    people = svg.findall("{*}g")
    assert len(people) == 100
    filled = [sum(part.get("fill") != "none" for part in person.findall(".//{*}g[@fill]")) for person in people]
    assert filled == [2] * 60 + [1] * 25 + [0] * 15, "told apart by what is filled, without colour"
    places = {person.get("transform") for person in people}
    assert len(places) == 100
    with pytest.raises(ValueError, match="has 100"):
        icons.array(60, 25, 16)


def test_the_scale_of_weeks_runs_on():
    places = [place_of(day) for day in range(800)]
    assert places == sorted(places)
    assert [place_of(day) for day in TICK_DAYS] == pytest.approx(
        [n / (len(TICK_DAYS) - 1) for n in range(len(TICK_DAYS))]
    )
    assert places[-1] == 1.0


@pytest.mark.parametrize("who", WHO)
def test_bars_lie_on_their_scale(who):
    rows = sheet(facts(who))["weeks"]["rows"]
    assert [row["key"] for row in rows] == ["activity", "sore", "die", "odd", "start", "last", "return"]
    for row in rows:
        assert 0.0 <= row["whole"][0] <= row["sure"][0] <= row["sure"][1] <= row["whole"][1] <= 1.0


def test_every_timeline_phase_that_patients_ask_about_is_there():
    covered = {claim for phase in facts("lumbar, good").recovery.timeline for claim in phase.claims}
    assert {"C9", "C18", "C19", "C21", "C22", "C23", "C25", "C26"} <= covered
    assert select("timeline")
