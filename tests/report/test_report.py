"""The written report: complete, self-contained, of one side only, and the same on page and paper."""

import dataclasses
import datetime
import json
import re
from html.parser import HTMLParser

import pytest
from pypdf import PdfReader

from neurotomy.anatomy import Side
from neurotomy.anatomy.course import NO_LABEL_MAP
from neurotomy.cli.summary import of_treatment
from neurotomy.errors import AnatomyError, Cancelled, OutputError
from neurotomy.progress import Progress
from neurotomy.report import write_report
from neurotomy.report.answer import answer, cautions
from neurotomy.report.citations import Citations
from neurotomy.report.context import NOT_A_DEVICE
from neurotomy.report.heading import heading
from neurotomy.report.html import html_of
from neurotomy.report.pdf import write_pdf
from neurotomy.report.pictures import Pictures

from .scene import case, treatment

ROOMS = {"case", "selection", "anatomy", "guidance", "lesion", "coverage", "recovery", "provenance"}
UNITS = (
    "_mm", "_mm3", "_ml", "_c", "_50c", "_60c", "_43c", "_s", "_deg", "_percent", "_hours", "_months", "_day", "_years",
    "_w", "_v", "_a", "_ohm", "_w_per_m_k", "_j_per_m3_k", "_w_per_k", "_w_per_k_s", "_per_k", "_ohm_mm2", "_k",
)  # fmt: skip
PURE = {  # counts, shares and probabilities, and a value whose unit stands beside it
    "schema_version", "seed", "samples", "gauge", "rows", "columns", "events", "of", "rate", "interval", "measured",
    "prior", "prior_interval", "probability", "capture_probability", "capture_interval", "cross_section_share",
    "all_captured_probability", "all_captured_interval", "significant", "partial", "none", "significant_interval",
    "number", "source", "captured", "if_all_worked", "if_all_failed", "if_all_worked_bounds", "if_all_failed_bounds",
    "source_if_all_worked", "source_if_all_failed", "lesions", "lesions_per_nerve", "per_patient_rate",
    "per_patient_interval",
}  # fmt: skip


class Page(HTMLParser):
    """What a reader sees and hears, and what the page asks of the world."""

    def __init__(self, text):
        super().__init__()
        self.text, self.alts, self.asked, self.ids, self.tags = [], [], [], [], []
        self._silent = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self._silent += tag == "style"
        self.alts += [given[name] for name in ("alt", "aria-label") if name in given]
        self.asked += [value for name, value in attrs if name in {"src", "href", "data", "action", "poster"}]
        self.ids += [given["id"]] if "id" in given else []

    def handle_endtag(self, tag):
        self._silent -= tag == "style"

    def handle_data(self, data):
        if not self._silent:
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join([*self.text, *self.alts]).split())


def page(written, side):
    return Page((written[side] / "report.html").read_text(encoding="utf-8"))


def paper(path):
    return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(path).pages).split())


def test_what_was_written(written):
    out = written[Side.RIGHT]
    files = {str(p.relative_to(out)) for p in out.rglob("*")}
    views = {
        f"views/{n}-{nerve}-medial-branch-at-{bone}-right-{view}.png"
        for n, (nerve, bone) in enumerate((("l3", "l4"), ("l4", "l5")), start=1)
        for view in ("ap", "ipsilateral-oblique", "declined", "lateral")
    }
    papers = {"patient.html", "patient.pdf"}  # the case has no date: no calendar
    assert files == {"treatment.json", "report.html", "report.pdf", "views", *views, *papers}


def test_json_has_a_key_for_every_room_and_a_unit_for_every_number(written):
    saved = json.loads((written[Side.RIGHT] / "treatment.json").read_text(encoding="utf-8"))
    assert set(saved) >= ROOMS
    found = 0

    def walk(value, key):
        nonlocal found
        if isinstance(value, dict):
            for name, child in value.items():
                walk(child, name)
        elif isinstance(value, list):
            for child in value:
                walk(child, key)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found += 1
            assert key in PURE or key.endswith(UNITS), f"no unit in '{key}'"

    walk(saved, "")
    assert found > 300
    for check in saved["guidance"]["needles"][0]["checks"]:
        assert check["unit"]


@pytest.mark.parametrize("side", Side)
def test_a_report_of_one_side_never_names_the_other(written, side):
    other = re.compile(rf"\b{side.opposite.value}\b", re.IGNORECASE)
    own = re.compile(rf"\b{side.value}\b", re.IGNORECASE)
    told = {
        "page": page(written, side).words,
        "paper": paper(written[side] / "report.pdf"),
        "json": (written[side] / "treatment.json").read_text(encoding="utf-8"),
    }
    for where, text in told.items():
        assert not other.findall(text), f"{where}: {text[max(0, other.search(text).start() - 80) :][:160]}"
        assert len(own.findall(text)) > 20
    for picture in (written[side] / "views").iterdir():
        assert f"-{side.value}-" in picture.name


@pytest.mark.parametrize("side", Side)
def test_every_picture_of_the_patient_says_side_and_level(written, side):
    alts = [alt for alt in page(written, side).alts if "radiograph" in alt or "Lesion" in alt]
    assert len(alts) == 2 * 4 + 2
    for alt in alts:
        assert re.search(rf"L[34] medial branch at L[45], {side.value}", alt)
    html = (written[side] / "report.html").read_text(encoding="utf-8")
    captions = re.findall(r'<p class="stamp">(.*?)</p>', html, re.DOTALL)
    assert len(captions) == len(alts)
    for caption in captions:
        assert re.search(rf"\bL[45],? {side.value}", caption)
    # and inside the drawing itself, as a lead marker would
    for level in ("L4", "L5"):
        assert f">{level} {side.value.upper()}<" in html


def test_the_page_asks_for_nothing_from_outside(written):
    html = (written[Side.RIGHT] / "report.html").read_text(encoding="utf-8")
    seen = Page(html)
    assert all(wanted.startswith(("data:image/", "#")) for wanted in seen.asked)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", re.sub(r"data:image/[^\"]+", "", html))
    assert not {"script", "link", "iframe", "object", "form"} & set(seen.tags)
    inner = [wanted[1:] for wanted in seen.asked if wanted.startswith("#")]
    assert set(inner) <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))


def test_dark_light_and_print_are_all_styled(written):
    html = (written[Side.RIGHT] / "report.html").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_what_it_is_not_is_said_once_and_visibly(written):
    assert page(written, Side.RIGHT).words.count(NOT_A_DEVICE) == 1
    assert NOT_A_DEVICE in paper(written[Side.RIGHT] / "report.pdf")


def test_the_answer_comes_first(written):
    words = page(written, Side.RIGHT).words
    places = [
        words.index(text)
        for text in (
            "Is the joint the source?",
            "Is each nerve covered?",
            "Is it safe?",
            "What can the patient expect?",
            "Radiographs",
            "Coverage of the nerves",
            "Checks of the placement",
            "Sources",
        )
    ]
    assert places == sorted(places)


def test_the_numbers_on_the_page_are_those_of_the_treatment(written):
    done = treatment(Side.RIGHT)
    words = page(written, Side.RIGHT).words.replace("\u00a0", " ")
    assert f"{100 * done.selection.probability:.0f} %" in words
    assert f"{100 * done.recovery.significant:.0f} %" in words
    necrosis = done.lesion[0].necrosis
    for value in (necrosis.width_mm, necrosis.length_mm, necrosis.beyond_tip_mm):
        assert f"{value:.1f} mm" in words
    for needle in done.guidance.needles:
        for check in needle.checks:
            assert check.reason in words
            assert check.limit in words


def test_every_risk_has_its_denominator(told):
    context, _ = told[Side.RIGHT]
    risks = {risk["name"]: risk for risk in context["recovery"]["risks"]}
    counted = [risk for risk in risks.values() if risk["counted"]]
    assert len(counted) >= 5
    for risk in counted:
        assert re.fullmatch(r"\d+ of \d+ (lesions|patients|procedures)", risk["count"])
        assert risk["interval"].endswith("%")
        assert risk["denominator"]
    assert all(risk["cites"] for risk in risks.values())


def test_every_value_that_is_shown_has_its_unit(told):
    context, _ = told[Side.LEFT]
    unit = re.compile(r"[<>±−\d.,–\s()of]*\d[\d.,–\s)]*(mm³|mm|%|°C|°|s|months|G\b.*)")
    shown = [tile["number"] for tile in context["answer"]["tiles"] if " of " not in tile["number"]]
    shown += [row[k] for row in context["nerves"]["rows"] for k in ("on_neck", "whole", "distance", "angle", "spread")]
    shown += [
        row[k]
        for lesion in context["lesions"]["different"]
        for row in lesion["extents"]
        for k in ("width", "length", "beyond_tip", "volume")
    ]
    shown += [row["measured"] for needle in context["checks"] for row in needle["rows"]]
    shown += [group["value"] for group in context["recovery"]["groups"]]
    assert len(shown) > 40
    for text in shown:
        assert unit.fullmatch(text.replace("\u00a0", " ")), text


def test_every_citation_has_its_source_and_every_entry_used_is_listed(told):
    done = treatment(Side.RIGHT)
    context, _ = told[Side.RIGHT]
    numbers = [source["number"] for source in context["sources"]]
    assert numbers == list(range(1, len(numbers) + 1))

    def runs(value):
        if isinstance(value, dict):
            for name, child in value.items():
                yield from child if name.endswith("cites") else runs(child)
        elif isinstance(value, list):
            for child in value:
                yield from runs(child)

    cited = list(runs(context))
    assert cited
    assert all(first in numbers and last in numbers for first, last in cited)
    listed = {key for source in context["sources"] for key in source["entries"]}
    assert set(done.recovery.evidence) | set(done.selection.evidence) <= listed
    assert all(source["tags"] for source in context["sources"] if source["entries"])


def test_the_context_is_plain_and_the_same_for_page_and_paper(told):
    context, pictures = told[Side.RIGHT]
    assert json.loads(json.dumps(context)) == context
    text = json.dumps(context)
    for name in pictures.by_name:
        assert f'"{name}"' in text


def test_the_paper_is_a_pdf_of_a_handful_of_sheets_with_the_same_words(written, told):
    path = written[Side.RIGHT] / "report.pdf"
    assert path.read_bytes().startswith(b"%PDF-")
    assert 5 <= len(PdfReader(path).pages) <= 15
    text = paper(path).replace("\u00a0", " ")
    context, _ = told[Side.RIGHT]
    for wanted in (
        context["heading"]["title"],
        *(tile["question"] for tile in context["answer"]["tiles"]),
        *(tile["number"].replace("\u00a0", " ") for tile in context["answer"]["tiles"]),
        *(risk["name"] for risk in context["recovery"]["risks"]),
    ):
        assert " ".join(wanted.split()) in text, wanted


HOSTILE = '<script>alert("x")</script> & #panic("x") *bold* $1$ @nobody \\ "quoted" </title>'


def test_a_hostile_name_is_only_a_name(tmp_path, told):
    done = dataclasses.replace(treatment(Side.RIGHT), case=case(Side.RIGHT, HOSTILE))
    context, pictures = told[Side.RIGHT]
    context = {**context, "heading": heading(done)}
    html = html_of(context, pictures)
    seen = Page(html)
    assert "script" not in seen.tags
    assert seen.tags.count("title") == 1
    assert HOSTILE in seen.words
    (tmp_path / "scratch").mkdir()
    write_pdf(context, pictures, tmp_path / "report.pdf", tmp_path / "scratch")
    assert '#panic("x") *bold* $1$ @nobody' in paper(tmp_path / "report.pdf").replace("“", '"').replace("”", '"')


MIX_UPS = (
    "needles",
    "anatomy",
    "coverage",
    "one nerve",
    "case",
    "radiographs of the other side",
    "radiographs of another level",
)


def mixed_up(done):
    """Parts of `done` as they would be after a mix-up of sides or levels."""
    wrong = treatment(done.case.side.opposite)
    nerve = done.coverage.nerves[0]
    needle = done.guidance.needles[0]
    swapped = dataclasses.replace(needle, views=wrong.guidance.needles[0].views)
    shifted = dataclasses.replace(needle, views=done.guidance.needles[1].views)
    return {
        "needles": {"guidance": wrong.guidance},
        "anatomy": {"anatomy": wrong.anatomy},
        "coverage": {"coverage": wrong.coverage},
        "one nerve": {
            "coverage": dataclasses.replace(
                done.coverage,
                nerves=(dataclasses.replace(nerve, target=wrong.coverage.nerves[0].target), *done.coverage.nerves[1:]),
            )
        },
        "case": {"case": wrong.case},
        "radiographs of the other side": {
            "guidance": dataclasses.replace(done.guidance, needles=(swapped, *done.guidance.needles[1:]))
        },
        "radiographs of another level": {
            "guidance": dataclasses.replace(done.guidance, needles=(shifted, *done.guidance.needles[1:]))
        },
    }


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("mistake", MIX_UPS)
def test_a_report_that_would_say_two_things_is_not_written(tmp_path, side, mistake):
    done = treatment(side)
    mixed = dataclasses.replace(done, **mixed_up(done)[mistake])
    (tmp_path / "report.html").write_text("the old one")
    with pytest.raises(AnatomyError, match="No report is written"):
        write_report(mixed, tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"report.html"}
    assert (tmp_path / "report.html").read_text() == "the old one"


@pytest.mark.parametrize("at", [0.0, 0.95])
def test_stopped_in_the_middle_nothing_changes(tmp_path, at):
    (tmp_path / "treatment.json").write_text("the old one")

    def stop(event):
        if event.fraction >= at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(treatment(Side.RIGHT), tmp_path, Progress(stop))
    assert {p.name for p in tmp_path.iterdir()} == {"treatment.json"}
    assert (tmp_path / "treatment.json").read_text() == "the old one"


def test_cancelled_before_it_begins(tmp_path):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        write_report(treatment(Side.RIGHT), tmp_path / "out", progress)
    assert not (tmp_path / "out").exists()


def test_progress_runs_forward_to_the_end(tmp_path):
    told = []
    write_report(treatment(Side.RIGHT), tmp_path, Progress(told.append))
    fractions = [event.fraction for event in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert all(event.message for event in told)


def test_only_what_the_case_asks_for_is_written(tmp_path):
    asked = case(Side.RIGHT)
    quiet = asked.model_copy(
        update={"output": asked.output.model_copy(update=dict.fromkeys(type(asked.output).model_fields, False))}
    )
    paths = write_report(dataclasses.replace(treatment(Side.RIGHT), case=quiet), tmp_path / "out")
    assert [path.name for path in paths] == ["treatment.json"]


def test_a_place_that_is_a_file_is_refused(tmp_path):
    place = tmp_path / "file"
    place.write_text("mine")
    with pytest.raises(OutputError):
        write_report(treatment(Side.RIGHT), place)
    assert place.read_text() == "mine"


def test_the_report_says_who_confirmed_the_levels_and_when():
    done = treatment(Side.RIGHT)
    facts = {fact["name"]: fact["value"] for fact in heading(done)["facts"]}
    assert facts["Levels confirmed by"] == "the maker of the shapes"
    dated = dataclasses.replace(done.anatomy, levels_confirmed_on=datetime.date(2025, 3, 20))
    facts = {fact["name"]: fact["value"] for fact in heading(dataclasses.replace(done, anatomy=dated))["facts"]}
    assert facts["Levels confirmed by"] == "the maker of the shapes; on 2025-03-20"
    assert dated.to_dict()["levels_confirmed_on"] == "2025-03-20"


def test_a_ct_without_a_label_map_says_so_on_page_paper_and_in_numbers(tmp_path, written):
    done = treatment(Side.RIGHT)
    marked = dataclasses.replace(done, anatomy=dataclasses.replace(done.anatomy, labels=None))
    assert {"name": "Quality", "value": NO_LABEL_MAP} in heading(marked)["facts"]
    assert cautions(marked)[0] == {
        "status": "warning",
        "text": f"{NO_LABEL_MAP}. Count the levels, and look at each nerve on the CT.",
    }
    write_report(marked, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    paper_text = paper(tmp_path / "out" / "report.pdf").replace("\u00a0", " ")
    assert page.count(NO_LABEL_MAP) == 2
    assert paper_text.count(NO_LABEL_MAP) == 2
    numbers = json.loads((tmp_path / "out" / "treatment.json").read_text(encoding="utf-8"))
    assert numbers["anatomy"]["quality"] == NO_LABEL_MAP
    assert f"\nQuality: {NO_LABEL_MAP}\n" in of_treatment(marked)
    assert "label map" not in (written[Side.RIGHT] / "report.html").read_text(encoding="utf-8")
    assert "Quality" not in of_treatment(done)


def test_a_missed_nerve_and_unconfirmed_levels_are_told_first(told):
    done = treatment(Side.RIGHT)
    nerve = done.coverage.nerves[0]
    missed = dataclasses.replace(nerve, coagulated_on_neck_mm=nerve.capture_length_mm - 1.0)
    worse = dataclasses.replace(
        done,
        anatomy=dataclasses.replace(done.anatomy, levels_confirmed_by=""),
        coverage=dataclasses.replace(done.coverage, nerves=(missed, *done.coverage.nerves[1:])),
    )
    said = answer(worse, Pictures(), Citations())
    covered = said["tiles"][1]
    assert covered["status"] == "error"
    assert covered["word"] == "L3 medial branch not covered"
    assert "L3 medial branch not covered" in said["verdict"]
    assert "confirmed level and side" in cautions(worse)[0]["text"]
    assert told[Side.RIGHT][0]["answer"]["tiles"][1]["status"] == "ok"


@pytest.mark.parametrize(
    ("probability", "interval", "proceed", "status", "word"),
    [
        (0.85, (0.6, 0.95), True, "ok", "Likely the source"),
        (0.51, (0.3, 0.7), True, "ok", "More likely than not the source"),
        (0.85, (0.6, 0.95), False, "warning", "Not certain to be the source"),
        (0.30, (0.1, 0.5), True, "warning", "Not certain to be the source"),
        (0.30, (0.1, 0.5), False, "error", "Not shown to be the source"),
    ],
)
def test_the_first_answer_follows_probability_and_rule_set(probability, interval, proceed, status, word):
    done = treatment(Side.RIGHT)
    verdict = dataclasses.replace(done.selection.verdict, proceed=proceed)
    selection = dataclasses.replace(done.selection, probability=probability, interval=interval, verdict=verdict)
    tile = answer(dataclasses.replace(done, selection=selection), Pictures(), Citations())["tiles"][0]
    assert (tile["status"], tile["word"]) == (status, word)
