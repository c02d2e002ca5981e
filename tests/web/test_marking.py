"""Bones marked by hand: what is asked for, what is refused, what is kept, and in a real browser on a real neck."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from neurotomy.anatomy import Side
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Volume
from neurotomy.web.frames import SLICE_PX, Cut
from neurotomy.web.marking.picture import marking_picture
from neurotomy.web.marking.state import Marking

expect.set_options(timeout=60_000)
IMAGING = {"ct": "upload/ct/ct.nii.gz", "levels_confirmed_by": "A. B.", "levels_confirmed_on": "2026-01-31"}


@pytest.fixture
def marking(tmp_path):
    return Marking(tmp_path, ["C4/5"], Side.RIGHT, IMAGING)


def point_of(marking, bone, name):
    return next(w for w in marking.wanted if (w.bone, w.name) == (bone, name))


def test_every_bone_asks_for_what_its_nerve_needs(marking):
    assert [w.bone for w in marking.wanted] == ["C4"] * 6 + ["C5"] * 6
    assert [w.name for w in marking.wanted[:3]] == ["pillar_waist", "joint_above", "joint_below"]
    assert all(w.optional == (n % 6 > 2) for n, w in enumerate(marking.wanted))


def test_one_point_of_the_midline_is_needed(marking):
    for wanted in marking.wanted:
        if not wanted.optional:
            marking.mark(wanted, [-20.0, 0.0, 0.0])
    assert [w.name for w in marking.missing] == ["body_centre", "body_centre"]
    marking.mark(point_of(marking, "C4", "spinous_tip"), [0.0, 30.0, 0.0])
    assert [w.bone for w in marking.missing] == ["C5"]
    assert all(row["side"] == "right" for row in marking.landmarks())


@pytest.mark.parametrize(("side", "wrong"), [(Side.RIGHT, 12.0), (Side.LEFT, -12.0)])
def test_the_other_side_is_refused(tmp_path, side, wrong):
    """Right lies at smaller x in LPS: a point 12 mm to the patient's left of the midline is not on the right."""
    marking = Marking(tmp_path, ["C4/5"], side, IMAGING)
    marking.mark(point_of(marking, "C4", "body_centre"), [100.0, 0.0, 0.0])
    with pytest.raises(AnatomyError, match="other side"):
        marking.mark(point_of(marking, "C4", "pillar_waist"), [100.0 + wrong, 0.0, 0.0])
    marking.mark(point_of(marking, "C4", "pillar_waist"), [100.0 - wrong, 0.0, 0.0])


def test_a_point_beside_the_ct_is_refused(marking):
    marking.ct = Volume(np.zeros((10, 12, 14), np.int16), np.eye(4))
    with pytest.raises(AnatomyError, match="outside the CT"):
        marking.mark(marking.wanted[0], [11.0, 5.0, 5.0])


def test_a_reload_finds_everything_again(marking):
    marking.mark(marking.wanted[0], [-20.0, 1.5, 3.0])
    again = Marking.kept(marking.folder)
    assert (again.joints, again.side, again.imaging) == (marking.joints, marking.side, marking.imaging)
    np.testing.assert_array_equal(again.at(again.wanted[0]), [-20.0, 1.5, 3.0])
    assert again.next() == again.wanted[1]
    (marking.folder / "marking.json").write_text("{", encoding="utf-8")
    assert Marking.kept(marking.folder) is None


@pytest.mark.parametrize(
    ("plane", "right_of_it", "below_it"),
    [("axial", [1, 0, 0], [0, 1, 0]), ("coronal", [1, 0, 0], [0, 0, -1]), ("sagittal", [0, 1, 0], [0, 0, -1])],
)
def test_slices_lie_as_radiologists_have_them(plane, right_of_it, below_it):
    """Patient's left on the right, back below in axial slices; head above; back on the right in sagittal ones."""
    cut = Cut(Volume(np.zeros((9, 9, 9), np.int16), np.eye(4)), plane, np.array([4.0, 4.0, 4.0]), 8.0)
    x, y = cut.at(np.array([4.0, 4.0, 4.0]) + 2.0 * np.array(right_of_it) + 1.0 * np.array(below_it))[0]
    assert (x, y) == (0.75, 0.625)
    assert cut.points.shape == (SLICE_PX, SLICE_PX, 3)


def test_only_points_near_the_slice_are_drawn(marking):
    marking.ct = Volume(np.zeros((40, 40, 40), np.int16), np.eye(4))
    marking.mark(marking.wanted[0], [20.0, 20.0, 20.0])
    near, far = (marking_picture(marking, "axial", np.array([20.0, 20.0, z]), 30.0)[1] for z in (23.0, 25.0))
    assert near["marks"] == [{"name": "C4 pillar waist", "at": [0.5, 0.5]}]
    assert far["marks"] == []


def test_a_real_neck_without_a_label_map(server, page, real_data):
    case = tomllib.loads(Path("examples/cervical_ct.toml").read_text(encoding="utf-8"))
    page.goto(server.link)
    page.goto(f"http://{server.host}/open")
    card = page.locator("section.card").nth(1)
    page.set_input_files("input[data-role=ct]", real_data("cervical_cerr_3mm/ct.nii.gz"))
    expect(page.locator("#said-ct")).to_have_attribute("data-state", "done")
    card.locator(".q-select").last.click()
    page.get_by_role("option", name="L4/5", exact=True).click()
    page.get_by_role("option", name="C4/5", exact=True).click()
    page.keyboard.press("Escape")
    card.get_by_role("button", name="Right").click()
    card.get_by_label("Who counted").fill("A. B., from the dens down")
    card.get_by_role("checkbox").click()
    card.get_by_role("button", name="Open this CT").click()
    go = page.get_by_role("button", name="Open this CT")
    expect(go).to_be_disabled()

    # A click brings what is there to the crosshair: 30 mm of the 300 to the patient's left and 30 up.
    page.wait_for_function("window.neurotomy.slices && window.neurotomy.slices.centre")
    before = page.evaluate("[...window.neurotomy.slices.centre]")
    box = page.locator("canvas[data-plane=coronal]").bounding_box()
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    after = page.evaluate("[...window.neurotomy.slices.centre]")
    np.testing.assert_allclose(np.subtract(after, before), [30.0, 0.0, 30.0], atol=1.5)

    marks = [mark for mark in case["landmarks"] if mark["bone"] in {"C4", "C5"}]
    for n, mark in enumerate(marks):
        page.evaluate(f"window.neurotomy.slices.go({mark['lps_mm']})")
        page.wait_for_timeout(200)  # the server is told 60 ms after the crosshair stands still
        name = f"{mark['bone']} {mark['name']}"
        page.get_by_role("button", name=f"Set {name.replace('_', ' ')} at the crosshair").click()
        expect(page.locator(f"[data-point='{name}']")).to_contain_text(f"LPS {mark['lps_mm'][0]:.1f}")
        if n == 3:
            page.reload()
            expect(page.locator(".point.done")).to_have_count(4)
            page.wait_for_function("window.neurotomy.slices && window.neurotomy.slices.centre")
    go.click()
    page.wait_for_selector(".fluoro[data-size='512']")
    expect(page.locator(".chip")).to_have_text("RIGHT C4")
