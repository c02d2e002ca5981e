"""The app in a real browser: open, orbit, place, burn, read, download, reload; own CT; stop; two at once."""

import io
import re
import zipfile

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests.imaging.image_files import body, write_dicom

expect.set_options(timeout=60_000)
READY = ".fluoro[data-size='512']"


def grey(page):
    """Mean grey and a fingerprint of the radiograph."""
    return page.evaluate(
        """() => { const c = document.querySelector('canvas.picture');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let sum = 0, mark = 0;
        for (let i = 0; i < d.length; i += 4) { sum += d[i]; mark = (mark * 31 + d[i]) % 1000003; }
        return [sum / (d.length / 4), mark]; }"""
    )


def burn(page):
    page.get_by_role("tab", name="Burn").click()
    page.get_by_role("button", name="Burn", exact=True).click()


def no_serious_violation(page):
    """Asked again where there is one: while a page fades in its colours are others."""
    for _ in range(3):
        found = Axe().run(page).response["violations"]
        serious = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in {"serious", "critical"}]
        if not serious:
            return
        page.wait_for_timeout(700)
    assert serious == []


def test_from_the_link_to_the_report_and_back(server, page):
    page.goto(server.link)
    page.wait_for_selector(READY)
    assert "token" not in page.url, "the secret does not stay in the address"
    expect(page.get_by_text("Research and teaching. Not a medical device.")).to_be_visible()
    expect(page.locator(".chip")).to_have_text("RIGHT L4")
    assert 60 < grey(page)[0] < 200
    no_serious_violation(page)

    # Orbit: with the keyboard, and with the hand.
    fluoro, pose = page.locator(".fluoro"), page.locator(".fluoro .pose")
    before = grey(page)[1]
    fluoro.focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    expect(pose).to_contain_text(re.compile("oblique to the (left|right)"))
    turned = pose.inner_text()
    page.wait_for_function("mark => document.querySelector('.fluoro').dataset.size === '512'", arg=0)
    assert grey(page)[1] != before
    box = fluoro.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 420)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 420, steps=6)
    page.mouse.up()
    expect(pose).not_to_have_text(turned)
    page.get_by_role("button", name="lateral", exact=True).click()
    expect(pose).to_contain_text("lateral")

    # Place: a needle too deep is an error, the plan is not.
    verdict = page.locator(".check[data-status=error]")
    expect(verdict).to_have_count(0)
    for _ in range(9):
        page.get_by_role("button", name="Advance 1 mm").click()
    expect(verdict.first).to_be_visible()
    page.get_by_role("button", name="Snap to plan").click()
    expect(verdict).to_have_count(0)

    # Burn, and read what is covered; the needle that moves takes the result with it.
    burn(page)
    captured = page.locator("[data-nerve='L3 medial branch at L4, right']")
    expect(captured).to_contain_text("% captured")
    assert int(re.search(r"(\d+) % captured", captured.inner_text())[1]) > 80
    expect(page.get_by_text("not treated")).to_be_visible()
    page.get_by_role("tab", name="Meaning").click()
    first = page.locator("[data-group=significant]")
    expect(first).to_contain_text("%")
    no_serious_violation(page)
    alone = int(first.inner_text().split()[0])
    page.get_by_role("tab", name="Needle").click()
    page.get_by_role("button", name="L4 medial branch at L5").click()
    expect(page.locator(".chip")).to_have_text("RIGHT L5")
    burn(page)
    expect(page.locator("[data-nerve]")).to_have_count(2)
    page.get_by_role("tab", name="Meaning").click()
    expect(page.get_by_text("Not treated yet")).to_have_count(0)
    assert int(first.inner_text().split()[0]) > alone

    # Where the numbers come from, by keyboard.
    for title, said in (("Relief over time", "phenomenological"), ("Diagnostic blocks", "Bayes")):
        page.get_by_role("button", name=f"{title}: where").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text(said)
        assert page.locator("li[data-source]").count() > 3
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)

    # Take it away.
    with page.expect_download() as case:
        page.get_by_role("button", name="Case file").click()
    assert "[[placements]]" in case.value.path().read_text(encoding="utf-8")
    with page.expect_download(timeout=120_000) as dicom:
        page.get_by_role("button", name="DICOM").click()
    names = zipfile.ZipFile(io.BytesIO(dicom.value.path().read_bytes())).namelist()
    assert sum(name.startswith("neurotomy/dicom/xray/") for name in names) == 8
    page.get_by_label("Language of the patient's papers").click()
    page.get_by_role("option", name="Español").click()
    with page.expect_download(timeout=120_000) as report:
        page.get_by_role("button", name="Report and patient's papers").click()
    taken = zipfile.ZipFile(io.BytesIO(report.value.path().read_bytes()))
    names = taken.namelist()
    papers = ("report.html", "patient.pdf", "aftercare.ics", "treatment.json")
    assert {f"neurotomy/{name}" for name in papers} <= set(names)
    assert '<html lang="es"' in taken.read("neurotomy/patient.html").decode()

    # Reload: nerve, needle and pose are as they were.
    said = pose.inner_text()
    page.reload()
    page.wait_for_selector(READY)
    expect(page.locator(".chip")).to_have_text("RIGHT L5")
    expect(pose).to_have_text(said)


def test_a_ct_of_ones_own_with_its_level_confirmed(server, page, real_data):
    page.goto(server.link)
    page.goto(f"http://{server.host}/open")
    no_serious_violation(page)
    card = page.locator("section.card").nth(1)
    page.set_input_files("input[data-role=labels]", real_data("lumbar_totalseg_3mm/labels_totalseg.nii.gz"))
    page.set_input_files("input[data-role=ct]", real_data("lumbar_totalseg_3mm/ct.nii.gz"))
    expect(page.locator("#said-ct")).to_have_attribute("data-state", "done")
    expect(page.locator("#said-labels")).to_have_attribute("data-state", "done")
    expect(page.locator("img.levels")).to_be_visible()
    expect(card.get_by_text("T11, T12, L1, L2, L3, L4, L5, S1. Count them yourself.")).to_be_visible()
    no_serious_violation(page)
    go = card.get_by_role("button", name="Open this CT")
    go.click()
    expect(page.get_by_role("alert")).to_contain_text("Confirm the level and the side")
    card.get_by_label("Who counted").fill("A. B., from the sacrum up")
    card.get_by_role("checkbox").click()
    go.click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the side")
    card.get_by_role("button", name="Left").click()
    go.click()
    page.wait_for_selector(READY)
    expect(page.locator(".chip")).to_have_text("LEFT L4")
    expect(page.locator(".case")).to_contain_text("NIfTI")

    # A lesion in its tissue can be stopped: one that follows a controller takes four times as long as another.
    page.get_by_role("tab", name="Burn").click()
    page.get_by_label("Protocol").click()
    page.get_by_role("option", name="proportional-integral controller").click()
    page.get_by_role("button", name="Burn in this CT's tissue").click()
    expect(page.locator("[role=status]").filter(has_text=re.compile(r"\d s, \d+ °C")).first).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    expect(page.get_by_text("No lesion yet for the needles as they are.")).to_be_visible()
    page.get_by_role("button", name="Burn", exact=True).click()  # and another burn begins at once
    expect(page.locator("[data-nerve]")).to_have_count(1)


def test_a_corrupt_ct_is_refused_in_words(server, page, tmp_path):
    (tmp_path / "ct.nii.gz").write_bytes(b"\x1f\x8b not a gzip at all")
    page.goto(server.link)
    page.goto(f"http://{server.host}/open")
    card = page.locator("section.card").nth(1)
    for role in ("ct", "labels"):
        page.set_input_files(f"input[data-role={role}]", tmp_path / "ct.nii.gz")
        expect(page.locator(f"#said-{role}")).to_have_attribute("data-state", "done")
    card.get_by_role("button", name="Right").click()
    card.get_by_label("Who counted").fill("nobody")
    card.get_by_role("checkbox").click()
    card.get_by_role("button", name="Open this CT").click()
    expect(page.get_by_role("alert")).to_contain_text("ct.nii.gz")
    expect(page.get_by_role("button", name="Open this CT")).to_be_visible()


def refused(page, card, archive, words):
    page.set_input_files("input[data-role=ct]", archive)
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(card.get_by_role("button", name="Open this CT")).to_be_enabled()


def test_a_zip_that_leads_elsewhere_or_swells_is_refused_in_words(server, page, tmp_path):
    with zipfile.ZipFile(tmp_path / "elsewhere.zip", "w") as archive:
        archive.writestr("../../../../evil.dcm", b"DICM" * 100)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(3):
            with archive.open(f"{n}.dcm", "w") as member:
                for _ in range(60):
                    member.write(bytes(1 << 20))
    assert (tmp_path / "bomb.zip").stat().st_size < 400_000
    page.goto(server.link)
    page.goto(f"http://{server.host}/open")
    card = page.locator("section.card").nth(1)
    refused(page, card, tmp_path / "elsewhere.zip", "names a file outside its own folder")
    refused(page, card, tmp_path / "bomb.zip", "It was not unpacked")
    assert not list(server.data.parent.rglob("evil.dcm"))


def test_of_several_series_one_is_chosen(server, page, tmp_path):
    hu, affine = body()
    folder = write_dicom(tmp_path / "study", hu, affine)
    write_dicom(folder, hu + np.int16(20), affine, names=[f"b{k}" for k in range(hu.shape[2])])
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    page.goto(server.link)
    page.goto(f"http://{server.host}/open")
    page.set_input_files("input[data-role=ct]", tmp_path / "study.zip")
    page.get_by_label("Series").click()
    expect(page.get_by_role("option")).to_have_count(2)
    expect(page.get_by_role("option").first).to_contain_text("20 images")


def test_other_regions_open_with_views_of_their_own(server, page):
    page.goto(server.link)
    page.goto(f"http://{server.host}/open")
    card = page.locator("section.card").nth(0)
    card.locator(".q-select").click()
    page.get_by_role("option", name="L4/5", exact=True).click()
    page.get_by_role("option", name="C4/5", exact=True).click()
    page.keyboard.press("Escape")
    card.get_by_role("button", name="Left").click()
    card.get_by_role("button", name="Open the built-in spine").click()
    page.wait_for_selector(READY)
    expect(page.locator(".chip")).to_have_text("LEFT C4")
    expect(page.get_by_role("button", name="pillar")).to_be_visible()
    expect(page.locator(".check[data-status]").first).to_be_visible()
    expect(page.locator(".check[data-status=error]")).to_have_count(0)


def test_a_page_that_is_lost_in_the_middle_of_a_burn(server, page):
    page.goto(server.link)
    page.wait_for_selector(READY)
    page.get_by_role("tab", name="Burn").click()
    page.get_by_role("button", name="Burn in this CT's tissue").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.goto(f"http://{server.host}/open")
    page.goto(f"http://{server.host}/")
    page.wait_for_selector(READY)
    page.get_by_role("tab", name="Burn").click()
    expect(page.locator("[data-nerve]")).to_have_count(1)  # it went on, and this page was told
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    page.get_by_role("button", name="Burn", exact=True).click()
    expect(page.get_by_text("of 105 s")).to_be_visible()


def test_a_case_cannot_name_files_of_the_machine(server, page):
    page.goto(server.link)
    page.goto(f"http://{server.host}/open")
    text = 'plan = true\n[patient]\npseudonym = "x"\n[treatment]\njoints = ["L4/5"]\nside = "left"\nrule_set = "sis"\n'
    text += '[imaging]\nct = "/etc/passwd"\nlabels = "/etc/passwd"\n'
    text += '[equipment]\nelectrode = "conventional-18g-10mm"\nprotocol = "standard-80c-90s"\n'
    page.get_by_label("Case file").fill(text)
    page.get_by_role("button", name="Open this case").click()
    expect(page.get_by_role("alert")).to_contain_text("passwd")
    expect(page.get_by_role("alert")).to_contain_text("which is not here")


def test_two_browsers_do_not_see_each_others_case(server, chromium):
    contexts = [chromium.new_context() for _ in range(2)]
    for context in contexts:
        context.add_init_script("localStorage.setItem('neurotomy-tour', 'seen')")
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.set_default_timeout(90_000)
        page.goto(server.link)
        page.wait_for_selector(READY)
    pages[0].get_by_role("button", name="L4 medial branch at L5").click()
    expect(pages[0].locator(".chip")).to_have_text("RIGHT L5")
    burn(pages[0])
    expect(pages[0].locator("[data-nerve]")).to_have_count(1)
    pages[1].get_by_role("tab", name="Burn").click()
    expect(pages[1].get_by_text("No lesion yet")).to_be_visible()
    expect(pages[1].locator(".chip")).to_have_text("RIGHT L4")
    for context in contexts:
        context.close()


def test_four_hints_the_first_time_and_never_again(server, chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(server.link)
    hints = page.get_by_role("dialog", name="Hints")
    for title in ("Turn the C-arm", "Place the needle", "Burn", "What it means"):
        expect(hints.get_by_role("heading", name=title)).to_be_visible()
        page.keyboard.press("Enter")
    expect(hints).to_have_count(0)
    page.reload()
    page.wait_for_selector(READY)
    expect(hints).to_have_count(0)
    context.close()


def test_it_fits_the_screen(server, page):
    page.goto(server.link)
    page.wait_for_selector(READY)
    for size in ((1280, 800), (1024, 768), (820, 1180)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        expect(page.locator(".panel")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.locator(".fluoro").bounding_box()["width"] > 0.4 * min(size)
        if size == (1280, 800):
            assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
