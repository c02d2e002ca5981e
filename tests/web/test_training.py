"""The training mode: a run to its score in a real browser; the room behind it without one."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from neurotomy.errors import CaseError, GuidanceError
from neurotomy.training.attempt import parse_attempt
from neurotomy.training.task import find_task
from neurotomy.web.training.room import FIRST_DEPTH_MM, Room


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="module")
def room(folder):
    made = Room(folder)
    made.start(find_task("first-needle-l5"), "Anna")
    return made


def test_a_room_goes_from_pedal_to_score_and_keeps_what_was_handed_in(room, folder):
    with pytest.raises(GuidanceError, match="pedal"):
        room.put(256, 256)
    with pytest.raises(CaseError, match="no needle"):
        room.burn()
    room.turn(20, -10)
    assert room.carm.in_words.startswith("oblique to the right 20°")
    held = room.press()
    assert held.number == 1
    assert held.carm is room.carm
    needle = room.put(300, 256)
    # The skin of the back lies behind, and the needle goes along the beam of the image that was pointed at.
    assert needle.entry_lps_mm[1] > room.carm.isocentre_lps_mm[1] + 20
    assert needle.tipward @ held.carm.rays(np.array([300.0, 256.0])) == pytest.approx(-1.0)
    assert needle.depth_mm == FIRST_DEPTH_MM
    at = held.carm.project(needle.tip_lps_mm)
    assert at == pytest.approx([300, 256], abs=0.5)
    entry = needle.entry_lps_mm
    assert room.advance(15).depth_mm == FIRST_DEPTH_MM + 15
    assert room.steer(left_deg=5).tip_lps_mm[0] > room.needle.entry_lps_mm[0] - 100
    assert room.needle.entry_lps_mm == pytest.approx(entry)
    before = room.needle.tip_lps_mm
    assert room.steer(left_deg=3).tip_lps_mm[0] > before[0]
    before = room.needle.tip_lps_mm
    assert room.steer(head_deg=3).tip_lps_mm[2] > before[2]

    # A crash here loses nothing: another room goes on where this one was.
    other = Room(folder)
    left = other.unfinished()
    other.start(left.task, left.person, attempt=left)
    assert other.needle.depth_mm == pytest.approx(room.needle.depth_mm)
    assert other.needle.tip_lps_mm == pytest.approx(room.needle.tip_lps_mm)
    assert other.running.exposures_left == room.running.exposures_left == 29

    with pytest.raises(GuidanceError, match="finish"):
        room.replayed(0)
    room.burn()
    found = room.finish()
    assert 0 < found.points < 100
    assert found.exposures == 1
    assert room.unfinished() is None
    assert [a.person for a in room.attempts()] == ["Anna"]
    assert room.class_csv().count("\r\n") == 2
    grey, carm = room.replayed(1)
    assert grey.shape == (512, 512)
    assert carm.in_words == held.carm.in_words


def test_two_rooms_share_the_spine_and_nothing_else(tmp_path):
    first, second = Room(tmp_path / "a"), Room(tmp_path / "b")
    first.start(find_task("first-needle-l5"), "Anna")
    second.start(find_task("first-needle-l5"), "Bo")
    first.press()
    first.put(256, 256)
    assert first.running._answer is second.running._answer
    assert second.held is None
    assert second.needle is None
    assert second.running.exposures_left == 30
    assert second.unfinished().person == "Bo"


def _start(page, server, name="Bo"):
    page.goto(server.link)
    page.goto(re.sub(r"\?.*", "training", server.link))
    page.locator("[data-ready=yes]").wait_for(state="attached")
    page.get_by_label("Your name or pseudonym").fill(name)
    page.get_by_role("button", name="Start: Lay one needle").click()
    page.get_by_role("button", name="Pedal: take one image").wait_for()


def test_a_training_run_to_its_score(server, page):
    page.goto(server.link)
    page.goto(re.sub(r"\?.*", "training", server.link))
    page.locator("[data-ready=yes]").wait_for(state="attached")
    page.get_by_role("button", name="Start: Lay one needle").click()
    page.get_by_text("Write your name or a pseudonym").wait_for()
    _start(page, server)
    assert page.get_by_text("Research and teaching").is_visible()
    assert page.get_by_text("RIGHT L4/5").is_visible()
    page.get_by_text("30", exact=True).wait_for()
    box = page.get_by_role("application").bounding_box()
    # The pedal by key, the pointer and the needle by keys: the mouse is not needed.
    picture = page.get_by_role("application")
    picture.focus()
    page.keyboard.press("Space")
    page.get_by_text("29", exact=True).wait_for()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text(re.compile(r"20 mm under the skin")).wait_for()
    # The mouse points too.
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    page.wait_for_function(
        "Math.abs(document.querySelector('.train-picture circle').getAttribute('cx') - 384) < 3 &&"
        "Math.abs(document.querySelector('.train-picture circle').getAttribute('cy') - 128) < 3"
    )
    page.get_by_role("button", name="Advance 10 mm").click()
    page.get_by_text(re.compile(r"30 mm under the skin")).wait_for()
    page.get_by_role("button", name="Lateral, right").click()
    page.get_by_text(re.compile("The C-arm was moved since")).wait_for()
    page.get_by_role("button", name="Pedal: take one image").click()
    page.get_by_text("28", exact=True).wait_for()
    # Nothing of the answer is in the page before the end.
    before = page.content()
    assert "the plan" not in before
    assert "polyline" not in before
    page.reload()  # loses nothing
    page.get_by_text(re.compile(r"30 mm under the skin")).wait_for()
    page.get_by_text("28", exact=True).wait_for()
    page.get_by_role("button", name="Make the lesion of this needle").click()
    page.get_by_text("Lesions made: L4 medial branch at L5, right").wait_for()
    page.get_by_role("button", name="Hand in").click()
    page.get_by_text("of 100 points").wait_for()
    page.get_by_text("Replay beside the teacher's plan").wait_for()
    page.get_by_text(re.compile(r"step \d+ of \d+ · handed in")).wait_for()
    assert page.locator("polyline").count() >= 3
    for part in ("target", "parallel", "safety", "coverage", "exposures", "dose", "time"):
        assert page.get_by_role("rowheader", name=part).count() == 1
    page.get_by_role("button", name="Step back").click()
    page.get_by_text(re.compile(r"lesion made: L4 medial branch")).wait_for()
    with page.expect_download() as got:
        page.get_by_role("button", name="Attempt (JSON)").click()
    attempt = parse_attempt(got.value.path().read_text())
    assert attempt.person == "Bo"
    assert attempt.finished
    assert len(attempt.exposures) == 2
    json.loads(attempt.to_json())
    with page.expect_download() as got:
        page.get_by_role("button", name="Class results (CSV)").click()
    assert "Bo,first-needle-l5" in got.value.path().read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("30", exact=True).wait_for()


def test_the_pages_of_the_training_have_no_serious_barrier(server, page):
    from axe_playwright_python.sync_playwright import Axe

    def serious():
        return [
            (v["id"], [n["html"][:160] for n in v["nodes"]])
            for v in Axe().run(page).response["violations"]
            if v["impact"] in {"serious", "critical"}
        ]

    page.goto(server.link)
    page.goto(re.sub(r"\?.*", "training", server.link))
    page.get_by_role("button", name="Start: Lay one needle").wait_for()
    assert serious() == []
    _start(page, server, "Cy")
    page.keyboard.press("Space")
    page.get_by_text("29", exact=True).wait_for()
    assert serious() == []
    for width, height in ((1024, 768), (820, 1180)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("button", name="Yes, end it").click()
    page.get_by_text(re.compile("handed in")).wait_for()
    assert serious() == []
