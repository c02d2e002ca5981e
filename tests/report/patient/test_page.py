"""The page works alone, for everybody: screen readers, dark rooms, small screens, paper without colour."""

import dataclasses
import re
from importlib.resources import files

import pytest
from pypdf import PdfReader

from neurotomy.case.model import LANGUAGES
from neurotomy.report.patient.page import page_of
from neurotomy.report.patient.paper import write_paper
from neurotomy.report.patient.sheet import sheet

from .people import WHO, facts
from .reading import Reader

CSS = (files("neurotomy.report.patient") / "templates" / "patient.css").read_text(encoding="utf-8")


def pages(who, tmp_path, **papers):
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    write_paper(sheet(facts(who, **papers)), tmp_path / "patient.pdf", scratch)
    return PdfReader(tmp_path / "patient.pdf")


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_file_that_needs_nothing(language):
    page = page_of(sheet(facts("lumbar, good", language=language)))
    assert not re.findall(r"(?:src|href)=|url\(|@import|https?://(?!www\.w3\.org)|<script", page)
    assert len(page) < 150_000
    reader = Reader(page)
    assert reader.language == language


def test_headings_pictures_and_parts_are_named():
    page = page_of(sheet(facts("cervical, good")))
    reader = Reader(page)
    levels = [level for level, _ in reader.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), "no level is skipped"
    assert levels.count(2) == 9
    for svg in re.findall(r"<(?:span|div)[^>]*>\s*<svg", page):
        assert "aria-hidden" in svg or ('role="img"' in svg and "aria-label" in svg), svg
    for name in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert f'id="{name}"' in page
    assert any("dark" in label for label in reader.labels)


def colours(block):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


LIGHT = colours(CSS.split("@media", 1)[0])
DARK = {**LIGHT, **colours(re.search(r"prefers-color-scheme: dark\) \{(.*?)\n\}", CSS, re.DOTALL)[1])}
PRINT = {**LIGHT, **colours(CSS[CSS.index("@media print") :])}


def contrast(a, b):
    """WCAG 2: ratio of relative luminances."""

    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_contrast_is_aa_or_better(theme):
    for text, ground in (
        ("ink", "paper"), ("ink", "soft"), ("muted", "paper"), ("muted", "soft"), ("blue", "paper"), ("blue", "soft"),
        ("alarm", "alarm-soft"), ("ink", "alarm-soft"), ("alarm", "soft"), ("paper", "ink"),
    ):  # fmt: skip
        assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
    assert contrast(theme["blue"], theme["tint"]) >= 3.0, "the two bars of the weeks"
    assert theme["paper"] != theme["ink"]


def test_themes_differ():
    assert LIGHT["paper"] != DARK["paper"]
    assert PRINT == LIGHT
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)


@pytest.mark.parametrize(("who", "language"), [*((who, "es") for who in WHO), ("lumbar, two joints", "en")])
def test_paper_is_two_pages(who, language, tmp_path):
    paper = pages(who, tmp_path, language=language)
    assert len(paper.pages) == 2
    about = facts(who)
    for page in paper.pages:
        text = page.extract_text()
        assert {"en": about.side.value.upper(), "es": {"left": "IZQUIERDO", "right": "DERECHO"}[about.side.value]}[
            language
        ] in text
    assert "Blue heron" in paper.pages[0].extract_text()


def test_a_long_name_does_not_squeeze_the_rest(tmp_path):
    about = dataclasses.replace(facts("lumbar, four joints"), pseudonym="Case " * 39)
    (tmp_path / "scratch").mkdir()
    write_paper(sheet(about), tmp_path / "patient.pdf", tmp_path / "scratch")
    assert len(PdfReader(tmp_path / "patient.pdf").pages) == 2


def test_paper_can_be_read_aloud(tmp_path):
    """Tagged, in its language, with a title and words for the picture."""
    paper = pages("lumbar, good", tmp_path, language="es")
    root = paper.trailer["/Root"]
    assert root["/Lang"] == "es"
    assert root["/MarkInfo"]["/Marked"]
    assert "L4/5" in paper.metadata.title
    assert "DERECHO" in paper.metadata.title

    def words(node):
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, dict):
            if "/Alt" in node:
                yield node["/Alt"]
            kids = node.get("/K", [])
            for kid in kids if isinstance(kids, list) else [kids]:
                yield from words(kid)

    assert any("100 personas" in text for text in words(root["/StructTreeRoot"]))


def test_large_print_is_larger_and_longer(tmp_path):
    def sizes(paper):
        found = []
        for page in paper.pages:
            page.extract_text(
                visitor_text=lambda text, cm, tm, font, size: found.extend([abs(size * tm[3])] * len(text.strip()))
            )
        return sorted(found)

    plain, large = pages("lumbar, good", tmp_path), pages("lumbar, good", tmp_path, large_print=True)
    a, b = sizes(plain), sizes(large)
    assert b[len(b) // 2] >= 16.0, "large print begins at 16 points"
    assert a[len(a) // 2] >= 9.5
    assert len(plain.pages) < len(large.pages) <= 8
    assert 'class="large"' in page_of(sheet(facts("lumbar, good", large_print=True)))
