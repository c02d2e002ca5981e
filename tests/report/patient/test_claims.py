"""Every claim of the founding leaflet is answered on every sheet, and corrected where the literature corrects it."""

import re
from importlib.resources import files

import pytest
from pypdf import PdfReader

from neurotomy.case.model import LANGUAGES
from neurotomy.report.patient.catalogue import claims
from neurotomy.report.patient.page import page_of
from neurotomy.report.patient.paper import write_paper
from neurotomy.report.patient.sheet import sheet

from .people import WHO, facts
from .reading import Reader


def plain(text):
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", WHO)
def test_every_claim_is_answered_on_the_page(who, language):
    said = sheet(facts(who, language=language))
    page = plain(" ".join(Reader(page_of(said)).texts))
    for claim, keys in claims().items():
        for key in keys:
            for text in said["said"][key].split("\n"):
                assert plain(text) in page or plain(text).lower() in page.lower(), (claim, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_said_is_on_page_and_paper(language, tmp_path):
    """Page and paper say the same; only the words of pictures are for screen readers, and the page number for paper."""
    found = sheet(facts("lumbar, good", language=language))
    (tmp_path / "scratch").mkdir()
    write_paper(found, tmp_path / "patient.pdf", tmp_path / "scratch")
    squeezed = re.sub(r"\W", "", "".join(page.extract_text() for page in PdfReader(tmp_path / "patient.pdf").pages))
    reader = Reader(page_of(found))
    page = re.sub(r"\W", "", "".join([*reader.texts, *reader.labels]))
    parts = {
        "sheet.sources",
        "weeks.day_at",
        "weeks.week_at",
        "weeks.month_at",
    }  # folded up, or within a text
    for key, texts in found["said"].items():
        room = key.split(".")[0]
        if key in parts:
            continue
        for text in texts.split("\n"):
            words = re.sub(r"\W", "", text).lower()
            if key != "sheet.page":
                assert words in page.lower(), key
            if key not in {"sheet.page", "chances.alt", "weeks.alt"} and room != "side":
                assert words in squeezed.lower(), key


CORRECTED = {
    ("C6", "en"): ["too strong", "leg nerve injury", "spinal cord"],
    ("C6", "es"): ["demasiado", "nervio de la pierna", "médula"],
    ("C10", "en"): ["guess", "No study"],
    ("C10", "es"): ["no se sabe bien", "Ningún estudio"],
    ("C22", "en"): ["leaflet says 4 to 6 weeks", "sooner", "3 weeks"],
    ("C22", "es"): ["folleto", "4 a 6 semanas", "antes", "3 semanas"],
    ("C28", "en"): ["out of date", "discs", "muscle", "studied"],
    ("C28", "es"): ["ya no vale", "discos", "músculo", "estudiando"],
    ("C30", "en"): ["5 in 100", "1 in 100", "11 of 164", "about 7 in 100"],
    ("C30", "es"): ["5 de cada 100", "1 de cada 100", "11 de 164", "cerca de 7 de cada 100"],
}


@pytest.mark.parametrize(("claim", "language"), CORRECTED)
def test_what_the_literature_corrects_is_corrected(claim, language):
    said = sheet(facts("lumbar, good", language=language))["said"]
    text = plain(" ".join(said[key] for key in claims()[claim]))
    for words in CORRECTED[claim, language]:
        assert words in text, (claim, words)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", WHO)
def test_nothing_absolute_is_promised(who, language):
    text = " ".join(Reader(page_of(sheet(facts(who, language=language)))).texts).lower()
    for word in ("guarantee", "cure", "safe ", "garantiza", "curar", "seguro que"):
        assert word not in text


def test_the_claims_file_names_only_texts_that_exist():
    from neurotomy.report.patient.catalogue import texts

    keys = {re.sub(r"_(one|other|lumbar|counted|uncounted)$", "", key) for key in texts("en")} | set(texts("en"))
    assert {key for keys_ in claims().values() for key in keys_} <= keys
    assert (files("neurotomy.report.patient") / "texts" / "claims.toml").is_file()
