"""A patient must be able to read it.

English: Flesch-Kincaid grade at most 8 on every sheet, aimed at 6 (NIH and AMA ask for 6 to 8).

Spanish: Szigriszt-Pazos perspicuity of at least 65, which the INFLESZ scale (Barrio-Cantalejo 2008) calls "fairly
easy"; 55 is its line for patients' leaflets, and 65 to 80 is the popular press, the place that grade 6 to 8 has in
English. textstat counts syllables by hyphenation, which leaves out a few, so the same measure is also taken with
syllables counted by the rules of Spanish.
"""

import pytest
import textstat

from neurotomy.report.patient.page import page_of
from neurotomy.report.patient.sheet import sheet

from .people import WHO, facts
from .reading import grade, perspicuity, pronounced, prose, spanish_syllables  # noqa: F401

_GRADE, _AIM = 8.0, 6.0
_PERSPICUITY = 65.0


@pytest.mark.parametrize("who", WHO)
def test_english_is_for_everybody(who, pronounced):  # noqa: F811
    text = prose(page_of(sheet(facts(who))))
    assert len(text.split()) > 500
    assert grade(text) <= _GRADE
    assert grade(text) <= _AIM, "the aim, not the bar: shorten sentences"


def test_each_part_can_be_read_on_its_own(pronounced):  # noqa: F811
    said = sheet(facts("lumbar, good"))["said"]
    for room in ("what", "why", "weeks", "chances", "worries", "call"):
        text = "\n".join(words for key, words in said.items() if key.startswith(f"{room}.") and words.endswith("."))
        assert grade(text) <= _GRADE, room


@pytest.mark.parametrize("who", WHO)
def test_spanish_is_for_everybody(who):
    text = prose(page_of(sheet(facts(who, language="es"))))
    textstat.set_lang("es")
    assert textstat.szigriszt_pazos(text) >= _PERSPICUITY
    assert perspicuity(text) >= _PERSPICUITY


def test_the_measure_can_fail(pronounced):  # noqa: F811
    hard = (
        "Percutaneous radiofrequency denervation of the medial branches is contraindicated in patients with "
        "uncorrected coagulopathy or systemic infection."
    )
    assert grade(hard) > 14
    assert perspicuity("La denervación percutánea por radiofrecuencia está contraindicada en la coagulopatía.") < 40


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("nervio", 2), ("médico", 3), ("día", 2), ("quemadura", 4), ("guía", 2), ("aguja", 3), ("neurotomía", 5),
     ("yo", 1), ("articulación", 5), ("muy", 1), ("duele", 2), ("sacroilíaca", 5)],
)  # fmt: skip
def test_syllables_of_spanish(word, syllables):
    assert spanish_syllables(word) == syllables
