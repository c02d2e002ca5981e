"""The room in a real browser: slices, C-arm by wheel and pinch, the needle in words, and what follows it."""

import re

from playwright.sync_api import expect
from tests.web.test_suite import READY, burn

expect.set_options(timeout=60_000)


def centre(page):
    return page.evaluate("[...neurotomy.slices.centre]")


def opened(server, page):
    page.goto(server.link)
    page.wait_for_selector(READY)
    expect(page.locator(".check[data-status]").first).to_be_visible()
    page.wait_for_function("neurotomy.slices.centre && Object.keys(neurotomy.slices.scene).length === 3")


def test_slices_fill_their_tiles_and_the_crosshair_goes_where_one_points(server, page):
    opened(server, page)
    box = page.locator("canvas[data-plane=axial]").bounding_box()
    assert box["width"] > 170
    assert box["height"] > 300
    letters = page.evaluate(
        "(({left, right, top, bottom}) => [left, right, top, bottom])(neurotomy.slices.scene.axial)"
    )
    assert letters == ["R", "L", "A", "P"]
    x, y, z = centre(page)
    # A point right of the middle of the picture is to the patient's left; below the middle it is to the back.
    page.mouse.click(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2 + 30)
    page.wait_for_function("x => neurotomy.slices.centre[0] > x + 5", arg=x)
    assert centre(page)[1] > y + 5
    page.mouse.move(box["x"] + 90, box["y"] + 200)
    page.mouse.wheel(0, -100)
    page.wait_for_function("z => neurotomy.slices.centre[2] === z + 1", arg=z)
    page.wait_for_function("neurotomy.slices.scene.axial.from_target === '1 mm to the head'")
    page.locator("canvas[data-plane=sagittal]").focus()
    page.keyboard.press("PageUp")
    page.wait_for_function("/ to the left/.test(neurotomy.slices.scene.sagittal.from_target)")
    page.keyboard.press("-")
    page.wait_for_function("neurotomy.slices.scene.sagittal.mm > 70")
    # One tile takes the room of all four, by keyboard too.
    page.get_by_role("button", name="Enlarge the coronal slice").focus()
    page.keyboard.press("Enter")
    assert page.locator("canvas[data-plane=coronal]").bounding_box()["width"] > 350
    expect(page.locator("canvas[data-plane=axial]")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("canvas[data-plane=axial]")).to_be_visible()


def test_the_needle_is_dragged_in_a_slice_and_typed_in_words(server, page):
    opened(server, page)
    to_nerve = page.locator("[data-glance='at the nerve'] .v")
    expect(to_nerve).to_contain_text(re.compile(r"✓ 0\.\d mm"))
    expect(page.locator("[data-glance=verdict] .v")).to_contain_text("✓ all")
    expect(page.locator(".id")).to_have_text("conventional-150mm-18g-10mm")
    expect(page.get_by_label("Electrode", exact=True).first).to_have_value("Conventional 18 G, 10 mm tip, 150 mm")
    canvas = page.locator("canvas[data-plane=axial]")
    box = canvas.bounding_box()
    tip = page.evaluate("neurotomy.slices.scene.axial.needles.find(n => n.here).line[0]")
    at = box["x"] + tip[0] * box["width"], box["y"] + tip[1] * box["height"]
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] - 15, at[1], steps=3)
    page.mouse.up()
    expect(to_nerve).not_to_contain_text("✓")
    page.get_by_role("button", name="Snap to plan").click()
    expect(to_nerve).to_contain_text("✓")
    # Words and numbers: a right-sided needle comes from the right and from the feet.
    aside = page.get_by_label("Hub aside as a number")
    assert 5 < float(aside.input_value()) < 40
    flip = page.get_by_role("button", name="Hub aside to the right")
    flip.click()
    expect(page.get_by_role("button", name="Hub aside to the left")).to_be_visible()
    page.get_by_role("button", name="Hub aside to the left").click()
    expect(flip).to_be_visible()
    expect(page.get_by_role("button", name="Hub tilted to the feet")).to_be_visible()
    aside.fill("30")
    expect(page.locator("[data-glance=verdict]")).not_to_have_class(re.compile("ok"))
    expect(aside).to_have_value(re.compile(r"^30(\.0)?$"))


def test_wheel_pinch_and_buttons_move_the_c_arm(server, page):
    opened(server, page)
    box = page.locator(".fluoro").bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 300)
    pose = "({...neurotomy.fluoro.pose})"
    before = page.evaluate(pose)
    page.mouse.wheel(0, 200)
    page.wait_for_function("t => neurotomy.fluoro.pose.secondary > t + 1", arg=before["secondary"])
    page.mouse.wheel(200, 0)
    page.wait_for_function("p => neurotomy.fluoro.pose.primary !== p", arg=before["primary"])
    page.evaluate(
        """() => { const o = document.querySelector('.fluoro canvas.over'), b = o.getBoundingClientRect();
        const send = (what, id, x, y) => o.dispatchEvent(new PointerEvent(what, { pointerId: id, clientX: b.left + x,
          clientY: b.top + y, bubbles: true, pointerType: 'touch' }));
        o.setPointerCapture = () => {};
        send('pointerdown', 11, 200, 200); send('pointerdown', 12, 300, 200);
        send('pointermove', 12, 400, 200); send('pointerup', 11, 200, 200); send('pointerup', 12, 400, 200); }"""
    )
    assert abs(page.evaluate(pose)["field"] - before["field"] / 2) < 2
    page.get_by_role("button", name="Larger field").click()
    page.wait_for_function("f => neurotomy.fluoro.pose.field > f / 2 + 10", arg=before["field"])


def test_every_input_moves_the_curve(server, page):
    opened(server, page)
    for nerve in ("L3 medial branch at L4", "L4 medial branch at L5"):
        page.get_by_role("tab", name="Needle").click()
        page.get_by_role("button", name=nerve).click()
        burn(page)
        expect(page.locator(f"[data-nerve^='{nerve}']")).to_contain_text("captured")
    page.get_by_role("tab", name="Meaning").click()
    share = page.locator("[data-group=significant]")
    expect(share).to_contain_text("%")

    def changed(act):
        before = share.inner_text()
        act()
        expect(share).not_to_have_text(before)
        expect(share).to_contain_text("%")

    changed(lambda: page.get_by_label("Relief in per cent").first.fill("20"))
    changed(lambda: page.get_by_label("Relief in per cent").first.fill("95"))
    changed(lambda: page.get_by_role("button", name="Remove block 2").click())
    expect(page.get_by_label("Relief in per cent")).to_have_count(1)
    # A needle that is moved away takes its relief with it, and the curve comes back by itself.
    before = share.inner_text()
    page.get_by_role("tab", name="Needle").click()
    for _ in range(14):
        page.get_by_role("button", name="Back 1 mm").click()
    page.get_by_role("tab", name="Meaning").click()
    expect(share).to_contain_text("%")
    expect(share).not_to_have_text(before)


def test_a_curved_needle_is_rolled_and_its_case_opened_again(server, page):
    opened(server, page)
    expect(page.locator("[data-row=roll_deg]")).to_be_hidden()
    # One that is too short for the needle as it lies is refused in words, and the old one stays.
    electrode = page.get_by_label("Electrode", exact=True).first
    electrode.fill("curved 18 g, 10")
    page.get_by_role("option", name="Curved 18 G, 10 mm tip, 100 mm").click()
    expect(page.get_by_text("the cannula is 100 mm long")).to_be_visible()
    expect(electrode).to_have_value("Conventional 18 G, 10 mm tip, 150 mm")
    page.get_by_label("Hub tilted as a number").fill("15")
    expect(page.get_by_label("Depth as a number")).to_have_value(re.compile(r"^\d\d\.\d$"))
    electrode.fill("curved 18 g, 10")
    page.get_by_role("option", name="Curved 18 G, 10 mm tip, 100 mm").click()
    expect(page.get_by_text("The tip bends to the head")).to_be_visible()
    page.get_by_label("Roll as a number").fill("180")
    expect(page.get_by_text(re.compile("The tip bends to the (feet|front)"))).to_be_visible()
    with page.expect_download() as case:
        page.get_by_role("tab", name="Meaning").click()
        page.get_by_role("button", name="Case file").click()
    text = case.value.path().read_text(encoding="utf-8")
    assert re.search(r"roll_deg = -?180", text)
    page.goto(f"http://{server.host}/open")
    page.set_input_files(
        "input[accept='.toml']", {"name": "case.toml", "mimeType": "text/plain", "buffer": text.encode()}
    )
    expect(page.get_by_label("Case file")).to_have_value(re.compile("roll_deg"))
    page.get_by_role("button", name="Open this case").click()
    page.wait_for_selector(READY)
    expect(page.get_by_text(re.compile("The tip bends to the (feet|front)"))).to_be_visible()
