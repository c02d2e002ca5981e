"""Training: a task from start to score; nothing of the answer leaks; files are held to what can be."""

from __future__ import annotations

import csv
import datetime
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from neurotomy.anatomy import Anatomy, Side, Target
from neurotomy.errors import CaseError, CatalogueError, GuidanceError
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.check import Status
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.realism import Look
from neurotomy.guidance.views import view_poses
from neurotomy.training.attempt import Attempt, parse_attempt
from neurotomy.training.class_table import safe_cell, tabulate_class
from neurotomy.training.dose import dose_of
from neurotomy.training.exercise import Exercise, solve
from neurotomy.training.replay import replay_attempt
from neurotomy.training.score import SAFETY_CHECKS, budget_share, graded_share, score_attempt
from neurotomy.training.task import PARTS, Task, find_task, parse_tasks, shipped_tasks


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def answer():
    return solve(find_task("first-needle-l5"))


@pytest.fixture
def exercise(answer):
    clock = Clock()
    made = Exercise(find_task("first-needle-l5"), "Anna", clock=clock, answer=answer)
    made.clock = clock
    return made


def _do(exercise, placement, shift=(0.0, 0.0, 0.0), exposures=4, seconds=120.0):
    """Put the needle beside `placement` by `shift`, burn and hand in."""
    label = exercise.targets[0].label
    for _ in range(exposures):
        exercise.expose(exercise.first_view(64))
    exercise.clock.now += seconds
    shift = np.asarray(shift)
    exercise.move(label, placement.entry_lps_mm + shift, placement.tip_lps_mm + shift)
    exercise.burn(label)
    return exercise.finish()


def test_the_plan_itself_scores_full_where_it_is_within_limits_and_passes(exercise, answer):
    found = score_attempt(_do(exercise, answer.plan[0]), answer=answer)
    assert found.passed
    assert found.reasons == ()
    assert [part.name for part in found.parts] == list(PARTS)
    assert sum(part.weight for part in found.parts) == pytest.approx(1.0)
    assert found.points == pytest.approx(sum(part.points for part in found.parts))
    assert found.part("target").share == 1.0
    assert found.part("coverage").share == 1.0
    assert found.part("exposures").share == found.part("time").share == 1.0
    assert found.needles[0].plan_tip_mm == pytest.approx(0.0, abs=1e-9)
    assert found.points > 90.0


def test_the_same_needle_on_the_other_side_fails_for_safety_whatever_else(exercise, answer):
    planned = answer.plan[0]
    mirror = np.array([-1.0, 1.0, 1.0])
    wrong = replace(planned, tip_lps_mm=planned.tip_lps_mm * mirror, entry_lps_mm=planned.entry_lps_mm * mirror)
    found = score_attempt(_do(exercise, wrong), answer=answer)
    assert not found.passed
    assert found.part("safety").share == 0.0
    assert any("left" in reason for reason in found.reasons)


def test_a_needle_one_level_too_high_fails_and_takes_nothing(exercise, answer):
    found = score_attempt(_do(exercise, answer.plan[0], shift=(0.0, 0.0, 35.0)), answer=answer)
    assert not found.passed
    assert found.part("coverage").share == 0.0
    assert found.part("safety").share == 0.0
    assert found.part("exposures").share == found.part("time").share == 0.0  # no merit in sparing what did not treat


def test_farther_from_the_nerve_is_never_better(answer):
    points = []
    away = np.array([-1.0, 0.4, 0.0]) / np.hypot(1.0, 0.4)
    for off in (0.0, 3.0, 6.0, 12.0):
        clock = Clock()
        one = Exercise(find_task("first-needle-l5"), "Anna", clock=clock, answer=answer)
        one.clock = clock
        found = score_attempt(_do(one, answer.plan[0], shift=off * away), answer=answer)
        points.append(found.part("target").points + found.part("coverage").points)
    assert all(a >= b for a, b in zip(points, points[1:], strict=False))
    assert points[0] - points[-1] > 30


def test_handing_in_nothing_gives_no_points(exercise, answer):
    found = score_attempt(exercise.finish(), answer=answer)
    assert found.points == 0.0
    assert not found.passed
    assert "No lesion" in found.reasons[0]


def test_the_answer_is_refused_before_the_end_and_given_after(exercise):
    with pytest.raises(GuidanceError, match="finish"):
        _ = exercise.answer
    with pytest.raises(CaseError, match="not finished"):
        score_attempt(exercise.attempt)
    with pytest.raises(CaseError, match="not finished"):
        replay_attempt(exercise.attempt)
    exercise.finish()
    assert len(exercise.answer.plan) == 1


def test_neither_pictures_nor_the_record_depend_on_the_plan(exercise, answer):
    carm = view_poses(answer.plan[0], answer.anatomy.courses[0], rows=64)["AP"]
    bare = exercise.expose(carm)
    record = exercise.attempt.to_json()
    for point in (*answer.plan[0].tip_lps_mm, *answer.plan[0].entry_lps_mm):
        assert f"{point:.3f}" not in record
    # No steel in the picture: nothing is as dark as a needle drawn at the plan's place.
    with_needle_at = np.rint(carm.project(answer.plan[0].tip_lps_mm)).astype(int)
    exercise.move(exercise.targets[0].label, answer.plan[0].entry_lps_mm, answer.plan[0].tip_lps_mm)
    own = exercise.expose(carm)
    at = (with_needle_at[1], with_needle_at[0])
    assert int(bare.image[at]) - int(own.image[at]) > 20
    # The first view turns about the midline, so it tells no side.
    assert abs(exercise.first_view().isocentre_lps_mm[0]) < 5.0


def test_the_pedal_dies_with_the_last_exposure(answer):
    few = find_task("first-needle-l5").model_copy(update={"exposures": 2})
    one = Exercise(few, "Anna", answer=answer)
    one.expose(one.first_view(64))
    one.expose(one.first_view(64))
    assert one.exposures_left == 0
    with pytest.raises(CaseError, match="allows 2"):
        one.expose(one.first_view(64))
    assert len(one.attempt.exposures) == 2


def test_a_burn_needs_a_needle_and_nothing_follows_the_end(exercise):
    with pytest.raises(CaseError, match="no needle"):
        exercise.burn(exercise.targets[0].label)
    exercise.finish()
    with pytest.raises(CaseError, match="finishes"):
        exercise.expose(exercise.first_view(64))


def test_dose_follows_the_beam_through_the_patient_and_the_square_of_distance(exercise, answer):
    projector = exercise._projector
    view = exercise.first_view()
    lateral = CArm(view.isocentre_lps_mm, 90.0, 0.0)
    ap = dose_of(view, projector)
    assert dose_of(lateral, projector).kerma_mgy > 1.5 * ap.kerma_mgy
    # By hand: detector dose of the averaged frames, backwards through patient and distance.
    look = Look()
    reference = view.sod_mm - 150.0
    by_hand = look.dose_ugy * look.frames / 1000 / (1 + look.scatter_ratio) / ap.transmission
    assert ap.kerma_mgy == pytest.approx(by_hand * (view.sdd_mm / reference) ** 2, rel=1e-9)
    doubled = dose_of(view, projector, replace(look, dose_ugy=2 * look.dose_ugy))
    assert doubled.kerma_mgy == pytest.approx(2 * ap.kerma_mgy)
    # A field of 300 mm at the detector, a circle, taken back to the reference point.
    area_cm2 = np.pi / 4 * (300.0 * reference / view.sdd_mm) ** 2 / 100
    assert ap.area_kerma_mgy_cm2 == pytest.approx(ap.kerma_mgy * area_cm2, rel=0.03)


def test_the_exposure_control_stops_at_the_largest_rate(exercise):
    view = exercise.first_view()
    steep = CArm(view.isocentre_lps_mm, 180.0, -60.0)
    strong = dose_of(steep, exercise._projector, replace(Look(), dose_ugy=100.0))
    assert strong.kerma_mgy == pytest.approx(88.0 / 60 * Look().frames / 15)


def test_an_attempt_reads_back_and_scores_the_same(exercise, answer):
    attempt = _do(exercise, answer.plan[0], shift=(1.0, 0.0, 1.0))
    again = parse_attempt(attempt.to_json())
    assert again == attempt
    first, second = (score_attempt(each, answer=answer).to_dict() for each in (attempt, again))
    first.pop("provenance"), second.pop("provenance")
    assert first == second


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["events"].reverse(), "comes after|finishes"),
        (lambda d: d["events"][4].update(target="L9 medial branch at L5, right"), "names"),
        (lambda d: d["events"][4].update(tip_lps_mm=[1, 2, float("1e9")]), "less than"),
        (lambda d: d["task"].update(exposures=1), "exposures were taken"),
        (lambda d: d.update(schema_version=2), "schema_version"),
        (lambda d: d.update(plan="x"), "plan"),
        (lambda d: d.update(person=""), "person"),
        (lambda d: d["events"].pop(4), "no needle"),
    ],
)
def test_a_record_of_what_cannot_be_is_refused(exercise, answer, change, said):
    plain = json.loads(_do(exercise, answer.plan[0]).to_json())
    change(plain)
    with pytest.raises(CaseError, match=said):
        parse_attempt(json.dumps(plain))


def test_burning_again_elsewhere_judges_technique_on_the_last_and_safety_on_all(exercise, answer):
    label, planned = exercise.targets[0].label, answer.plan[0]
    up = np.array([0.0, 0.0, 35.0])
    exercise.move(label, planned.entry_lps_mm + up, planned.tip_lps_mm + up)
    exercise.burn(label)
    exercise.move(label, planned.entry_lps_mm, planned.tip_lps_mm)
    exercise.burn(label)
    exercise.move(label, planned.entry_lps_mm + up, planned.tip_lps_mm + up)  # moved after: no lesion there
    found = score_attempt(exercise.finish(), answer=answer)
    assert found.part("target").share == 1.0
    assert found.part("safety").share == 0.0
    assert not found.passed


def test_the_replay_has_a_frame_for_each_event_and_measures_from_the_plan(exercise, answer):
    attempt = _do(exercise, answer.plan[0], shift=(0.0, 0.0, 3.0))
    found = replay_attempt(attempt, answer=answer)
    assert len(found.frames) == len(attempt.events)
    assert found.frames[0].needles == ()
    assert found.frames[3].exposures == 4
    last = found.frames[-1].needles[0]
    assert last.burned
    assert last.plan_tip_mm == pytest.approx(3.0)
    assert last.plan_angle_deg == pytest.approx(0, abs=1e-5)
    json.dumps(found.to_dict(), allow_nan=False)


def test_points_of_a_check_and_of_a_budget():
    values = [graded_share(v, 2.0, 4.0) for v in (0, 2, 3, 4, 5, 6, 9)]
    assert values == pytest.approx([1, 1, 0.75, 0.5, 0.25, 0, 0])
    assert graded_share(None, 2.0, 4.0) == graded_share(float("nan"), 2.0, 4.0) == 0.0
    assert [budget_share(v, 20) for v in (0, 10, 15, 20, 30)] == pytest.approx([1, 1, 0.5, 0, 0])


def test_a_class_has_one_row_a_person_with_the_best_attempt_and_no_formula(answer):
    results = []
    for person, off in (("=HYPERLINK(1)", 0.0), ("Bo", 8.0), ("Bo", 1.0), ("  Bo ", 12.0)):
        clock = Clock()
        one = Exercise(find_task("first-needle-l5"), person, clock=clock, answer=answer)
        one.clock = clock
        attempt = _do(one, answer.plan[0], shift=(-off, 0.0, 0.0))
        results.append((attempt, score_attempt(attempt, answer=answer)))
    found = tabulate_class(results)
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert [(row["person"], row["attempts"]) for row in rows] == [("'=HYPERLINK(1)", "1"), ("Bo", "3")]
    assert float(rows[1]["points"]) == pytest.approx(results[2][1].points, abs=0.01)
    summary = found.summaries[0]
    assert summary.people == 2
    assert summary.median_points == pytest.approx((results[0][1].points + results[2][1].points) / 2)


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "+1", "-1", "@x", "\t=1", "\n=1", "＝1"])
def test_a_cell_cannot_start_a_formula(text):
    assert safe_cell(text).startswith("'")


def test_numbers_keep_their_sign_and_plain_text_stays():
    assert safe_cell(-1.5) == "-1.5"
    assert safe_cell("Anna") == "Anna"
    assert safe_cell(float("nan")) == ""


def test_shipped_tasks_go_from_easy_to_hard_with_both_sides():
    found = shipped_tasks()
    assert len(found) >= 5
    assert [t.difficulty for t in found] == sorted(t.difficulty for t in found)
    assert {t.side.value for t in found} == {"left", "right"}
    with pytest.raises(CatalogueError, match="right-l4-5"):
        find_task("right-l4-6")


def test_a_teachers_task_is_checked_like_a_case():
    row = """[[task]]
name = "mine"
title = "Mine"
difficulty = 1
joints = ["L4/5"]
side = "left"
exposures = 10
kerma_mgy = 5
time_s = 600
"""
    (mine,) = parse_tasks(row)
    assert isinstance(mine, Task)
    assert mine.needles == 2
    assert mine.case().side.value == "left"
    for wrong in (
        row.replace('side = "left"\n', ""),
        row.replace("L4/5", "L4/6"),
        row + "plan = true\n",
        row + row,
        row + "weights = { target = 0, parallel = 0, safety = 0, coverage = 0, exposures = 0, dose = 0, time = 0 }\n",
        "x = 1",
        "[[task]",
    ):
        with pytest.raises(CaseError):
            parse_tasks(wrong)
    assert mine.sha256 != mine.model_copy(update={"time_s": 601.0}).sha256


def test_an_exercise_goes_on_from_its_record(answer):
    first = Exercise(find_task("first-needle-l5"), "Anna", answer=answer)
    first.expose(first.first_view(64))
    again = Exercise(first.task, "Anna", attempt=first.attempt, answer=answer)
    assert again.kerma_mgy == pytest.approx(first.kerma_mgy)
    assert again.exposures_left == first.exposures_left
    assert isinstance(again.attempt, Attempt)
    assert again.attempt.started_at.tzinfo is not None
    assert again.attempt.started_at <= datetime.datetime.now(datetime.UTC)


def test_safety_is_told_by_names_that_the_checks_have(exercise, answer):
    from neurotomy.guidance.checks import check_placement

    names = {c.name for c in check_placement(answer.plan[0], answer.anatomy.courses[0], answer.anatomy)}
    assert set(SAFETY_CHECKS) - {"possible needle", "lateral to the foramen"} < names


def test_at_the_sacrum_a_needle_over_a_foramen_is_a_failed_safety_check():
    """Side by side with the plan: the apex of the right S1 needle over the opening, and that of the left one."""
    from neurotomy.anatomy.spine import built_in_spine
    from neurotomy.guidance.checks import check_placement

    sacrum = built_in_spine(region="sacral")
    anatomy = Anatomy(sacrum.ct, sacrum.labels, sacrum.courses, "built-in sacral spine")
    electrode = find_task("first-needle-l5").case().electrode
    for side in Side:
        course = anatomy.course(Target("S1 lateral branch", "S1", side))
        hole, beside = (course.landmarks_mm[name] for name in ("foramen_centre", "foramen_lateral"))
        states = []
        for tip in (hole, beside + (beside - hole)):
            tip = tip + [0.0, 1.5, 0.0]
            needle = Placement(course.target, electrode, tip, tip + [0.0, 60.0, -20.0], "given")
            told = {c.name: c.status for c in check_placement(needle, course, anatomy) if c.name in SAFETY_CHECKS}
            states.append(told["lateral to the foramen"])
        assert states == [Status.ERROR, Status.OK]


def test_a_needle_beside_the_patient_is_a_failed_attempt_and_not_a_crash(exercise, answer):
    found = score_attempt(_do(exercise, answer.plan[0], shift=(0.0, 400.0, 0.0)), answer=answer)
    assert found.points == 0.0
    assert not found.passed
    assert found.needles[0].gap_mm is None


def test_the_neck_is_trained_too():
    one = Exercise(find_task("left-c4-5"), "Anna")
    plan = {p.target.label: p for p in one._answer.plan}
    one.expose(one.first_view(64))
    for target in one.targets:
        one.move(target.label, plan[target.label].entry_lps_mm, plan[target.label].tip_lps_mm)
        one.burn(target.label)
    attempt = one.finish()
    found = score_attempt(attempt, answer=one.answer)
    assert found.passed
    assert {needle.target for needle in found.needles} == {
        "C4 medial branch at C4, left",
        "C5 medial branch at C5, left",
    }


def test_the_commands(exercise, answer, tmp_path, capsys):
    from neurotomy.cli.app import main
    from neurotomy.training.attempt import write_attempt

    write_attempt(_do(exercise, answer.plan[0]), tmp_path / "a.json")

    def run(*args):
        try:
            main(["training", *map(str, args)])
        except SystemExit as end:
            return end.code or 0, capsys.readouterr()
        return 0, capsys.readouterr()

    status, told = run("tasks", "--json")
    assert status == 0
    assert json.loads(told.out)["tasks"][0]["name"] == "first-needle-l5"
    status, told = run("score", tmp_path / "a.json", "--replay", "--json")
    found = json.loads(told.out)
    assert status == 0
    assert found["score"]["passed"] is True
    assert len(found["replay"]["frames"]) == 7
    status, told = run("class", tmp_path / "a.json", "--out", tmp_path / "class.csv")
    assert status == 0
    rows = list(csv.DictReader((tmp_path / "class.csv").read_text().splitlines()))
    assert rows[0]["person"] == "Anna"
    assert float(rows[0]["points"]) == pytest.approx(found["score"]["points"], abs=0.01)
    (tmp_path / "b.json").write_text("{}")
    status, told = run("score", tmp_path / "b.json")
    assert status == 1
    assert "not a training attempt" in told.err
    assert told.err.count("\n") == 1
