"""A session without a browser: what changes, what is dropped, what is kept."""

import numpy as np
import pytest

from neurotomy.case import parse_case
from neurotomy.errors import CaseError, GuidanceError
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.realism import Polarity
from neurotomy.guidance.skin import skin_crossing
from neurotomy.progress import Progress
from neurotomy.web import frames
from neurotomy.web.burn.burning import burn_again, burn_preview, to_burn_again
from neurotomy.web.lesion_surface import damage, lesion_surface
from neurotomy.web.session import Session, first_case
from neurotomy.web.store import Store


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    session = Session(tmp_path_factory.mktemp("session"))
    session.open(session.case)
    return session


@pytest.fixture
def session(kept):
    kept.open(first_case())
    return kept


def test_it_opens_with_planned_needles_and_this_patients_views(session):
    assert [target.bone for target in session.targets] == ["L4", "L5"]
    assert all(placement.origin == "planned" for placement in session.placements.values())
    assert {"AP", "lateral"} <= set(session.named_views())
    assert session.target == session.targets[0]
    assert all(check.status.value == "ok" for check in session.checks())


def test_checks_are_those_of_the_library(session):
    session.move_needle(oblique_deg=6.0, along_mm=2.0)
    course = session.anatomy.course(session.target)
    slow = check_placement(session.placement, course, session.anatomy)
    assert [c.status for c in session.checks()] == [c.status for c in slow]


def test_turning_keeps_the_tip_and_advancing_follows_the_shaft(session):
    tip, up = np.array(session.placement.tip_lps_mm), session.placement.shaft_direction
    session.move_needle(along_mm=3.0)
    assert np.allclose(session.placement.tip_lps_mm, tip - 3.0 * up)
    before = session.needle_angles()["oblique_deg"]
    tip = np.array(session.placement.tip_lps_mm)
    session.move_needle(oblique_deg=5.0)
    assert np.allclose(session.placement.tip_lps_mm, tip)
    assert session.needle_angles()["oblique_deg"] == pytest.approx(before + 5.0, abs=0.01)


def test_nothing_stale_is_shown(session):
    burn_preview(session)
    assert session.coverage.nerves[0].capture_probability > 0.9
    assert session.forecast() is not None
    session.move_needle(shift_lps_mm=[0.0, 8.0, 0.0])
    assert session.lesions == {}
    assert session.coverage is None
    assert session.forecast() is None


def test_better_needles_mean_more_relief(session):
    for target in session.targets:
        session.select(target)
        burn_preview(session)
    assert session.untreated == ()
    good = session.forecast().significant
    session.move_needle(shift_lps_mm=[0.0, 12.0, 0.0])
    burn_preview(session)
    assert session.forecast().significant < good


def test_blocks_move_the_source_and_not_the_lesion(session):
    burn_preview(session)
    lesions = dict(session.lesions)
    before = session.selections()["L4/5"].probability
    row = {"kind": "medial branch block", "agent": "lidocaine 2 %", "relief_percent": 10}
    session.set_blocks([row])
    assert session.selections()["L4/5"].probability < before
    assert session.lesions == lesions
    with pytest.raises(CaseError):
        session.set_blocks([row | {"relief_percent": 120}])
    assert session.case.blocks[0].relief_percent == 10


def test_who_listens_is_told_and_can_stop(session):
    heard = []
    off = session.on("needle", lambda: heard.append(1))
    session.move_needle(along_mm=0.5)
    off()
    session.move_needle(along_mm=0.5)
    assert heard == [1]


def test_it_is_taken_up_again_where_it_was(session):
    session.select(session.targets[1])
    session.move_needle(along_mm=-2.0)
    session.set_carm(150.0, 20.0, 220.0)
    session.set_look(polarity=Polarity.BONE_BRIGHT)
    again = Session(session.folder)
    assert again.restore()
    again.open(again.case)
    assert again.target == session.target
    assert np.allclose(again.placement.tip_lps_mm, session.placement.tip_lps_mm, atol=1e-3)
    assert (again.carm.primary_deg, again.carm.secondary_deg) == (150.0, 20.0)
    assert again.look.polarity is Polarity.BONE_BRIGHT
    assert parse_case((session.folder / "case.toml").read_text(encoding="utf-8")).placements


def test_a_broken_file_is_not_taken_up(tmp_path):
    (tmp_path / "case.toml").write_text("plan = [", encoding="utf-8")
    assert not Session(tmp_path).restore()


def test_a_refused_case_leaves_the_open_one(session):
    was = session.case
    with pytest.raises(CaseError):
        session.change(equipment={"electrode": "no-such-needle"})
    assert session.case == was
    with pytest.raises(GuidanceError, match="No view"):
        session.named_view("from the moon")


def test_the_overlay_lies_where_the_needle_is(session):
    jpeg, scene = frames.radiograph(session, 180.0, 0.0, 300.0, 256, False)
    assert jpeg[:2] == b"\xff\xd8"
    needle = next(n for n in scene["needles"] if n["here"])
    carm = session.posed(180.0, 0.0, 300.0)
    column, row = carm.project(session.placement.tip_lps_mm)
    assert needle["tip"] == pytest.approx([(column + 0.5) / 512, (row + 0.5) / 512], abs=1e-3)
    assert (scene["letter"], scene["level"]) == ("R", "L4")
    assert scene["edges"]["right"] == "R", "seen from behind, the patient's right is on the right"


def test_slices_show_the_patients_right_on_the_left(session):
    centre = np.asarray(session.carm.isocentre_lps_mm)
    _, scene = frames.slice_picture(session, "axial", centre)
    assert (scene["left"], scene["right"]) == ("R", "L")
    needle = next(n for n in scene["needles"] if n["here"])
    tip, _, entry = needle["line"]
    assert entry[0] < tip[0], "a needle on the right comes from the right: the left of the picture"
    assert entry[1] > tip[1], "and from the back: the bottom"


def test_a_dragged_needle_enters_through_the_skin(session):
    tip, up = np.array(session.placement.tip_lps_mm), session.placement.shaft_direction
    for which, to in (("tip", tip + [3.0, 0.0, 4.0]), ("entry", tip + 60.0 * up + [5.0, 0.0, 0.0])):
        session.drag_needle(which, to)
        now = session.placement
        skin = skin_crossing(session.anatomy.ct, np.asarray(now.tip_lps_mm), now.shaft_direction)
        assert np.allclose(now.entry_lps_mm, skin.point_lps_mm, atol=0.6)
    assert np.allclose(session.placement.tip_lps_mm, tip + [3.0, 0.0, 4.0])
    with pytest.raises(GuidanceError, match="same point"):
        session.drag_needle("entry", session.placement.tip_lps_mm)


def test_a_roll_is_kept_and_an_electrode_that_is_too_short_is_not_taken(session, tmp_path):
    before = session.case
    with pytest.raises(CaseError, match="100 mm long"):
        session.change(equipment={"electrode": "curved-18g-10mm"})
    assert session.case is before
    session.move_needle(cranial_deg=26.0)
    for target in session.targets[1:]:
        session.select(target)
        session.move_needle(cranial_deg=26.0)
    session.change(equipment={"electrode": "curved-18g-10mm"})
    session.move_needle(roll_deg=200.0)
    assert session.placement.roll_deg == pytest.approx(-160.0)
    session.move_needle(along_mm=2.0)
    assert session.placement.roll_deg == pytest.approx(-160.0)
    again = parse_case(session.saved_case().to_toml())
    assert [p.roll_deg for p in again.given_placements if p.target == session.target] == [pytest.approx(-160.0)]


def test_a_lesion_is_told_before_what_it_takes_and_can_be_watched_while_it_grows(session):
    label, seen = session.target.label, []
    session.on("lesion", lambda: seen.append((label in session.lesions, session.coverage is None)))
    burn_preview(session)
    assert seen == [(True, True), (True, False)]
    apex, upper = session.placement.active_tip_lps_mm
    inside = np.array([0.5 * (apex + upper)])
    assert damage(session, label, inside)[0] > 0
    whole = lesion_surface(session, label)
    session.play(0.0)
    assert damage(session, label, inside)[0] < 0
    assert lesion_surface(session, label) is None
    session.play(None)
    assert np.array_equal(lesion_surface(session, label).points_lps_mm, whole.points_lps_mm)
    session.move_needle(along_mm=1.0)
    assert lesion_surface(session, label) is None
    assert damage(session, label, inside)[0] < 0


def test_a_needle_that_moves_during_a_burn_has_no_lesion(session):
    planned = session.placement

    def moves(event):
        if session.placement is planned:
            session.move_needle(along_mm=0.5)

    with pytest.raises(GuidanceError, match="moved while"):
        burn_preview(session, Progress(moves))
    assert session.lesions == {}


def test_what_was_burnt_can_follow_the_needle(session):
    burn_preview(session)
    alone = session.coverage.nerves[0].capture_probability
    assert to_burn_again(session) == ()
    session.move_needle(along_mm=-9.0)
    assert to_burn_again(session) == (session.target.label,)
    burn_again(session)
    assert to_burn_again(session) == ()
    assert session.coverage.nerves[0].capture_probability < alone


def test_a_rule_set_and_a_language_leave_the_lesion(session):
    burn_preview(session)
    lesions = dict(session.lesions)
    session.set_rule_set("nice-ng59")
    session.set_language("es")
    assert session.lesions == lesions
    assert session.case.treatment.rule_set == "nice-ng59"
    assert session.case.papers.language == "es"
    with pytest.raises(CaseError):
        session.set_language("xx")


def test_a_slice_is_cut_anew_where_it_differs_and_only_there(session):
    centre = np.asarray(session.carm.isocentre_lps_mm)

    def cut(at=centre, mm=66.0, ratio=1.0):
        return frames.slice_picture(session, "axial", at, mm, ratio)[0]

    whole = cut()
    session.move_needle(along_mm=2.0)
    assert cut() is whole  # the needle is drawn over it by the browser
    for other in (cut(at=centre + [0, 0, 1]), cut(mm=70.0), cut(ratio=1.1)):
        assert other != whole
    assert cut() == whole


def test_a_slice_of_any_shape_is_drawn_to_one_scale(session):
    centre = np.asarray(session.carm.isocentre_lps_mm)
    cut = frames.Cut(session.anatomy.ct, "sagittal", centre, 60.0, 2.0)
    rows, columns = cut.points.shape[:2]
    assert rows / columns == pytest.approx(2.0, rel=0.02)
    assert cut.at(centre + [0.0, 15.0, 30.0])[0] == pytest.approx([0.75, 0.25])
    assert [cut.scene[edge] for edge in ("left", "right", "top", "bottom")] == ["A", "P", "H", "F"]
    across, down = (
        np.linalg.norm(np.diff(cut.points[:2, :2], axis=1)[0, 0]),
        np.linalg.norm(np.diff(cut.points[:2, 0], axis=0)[0]),
    )
    assert across == pytest.approx(down, rel=0.02)


def test_the_browser_projects_as_the_c_arm_does(session):
    scene = frames.scene_of(session, session.carm)
    point = np.asarray(session.carm.isocentre_lps_mm) + [21.0, -33.0, 17.0]
    x, y, depth = np.asarray(scene["project"]) @ [*point, 1.0]
    assert [x / depth, y / depth] == pytest.approx((session.carm.project(point) + 0.5) / session.carm.rows, abs=1e-4)


def test_a_store_keeps_sessions_apart_and_private(tmp_path):
    store = Store(tmp_path)
    one, other = "a" * 43, "b" * 43
    assert store.get(one) is store.get(one)
    assert store.get(one) is not store.get(other)
    assert store.get(one).folder != store.get(other).folder
    assert store.folder(one).stat().st_mode & 0o077 == 0
    assert one not in str(store.folder(one)), "the name is a secret"
    assert Store(tmp_path).known(one)
    assert not Store(tmp_path).known("c" * 43)
    assert not Store(tmp_path).known("..")
