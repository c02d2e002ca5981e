import datetime
import re
import tomllib
from importlib.resources import files

import pytest

from neurotomy import evidence
from neurotomy.case.model import LANGUAGES
from neurotomy.errors import CatalogueError
from neurotomy.report.patient.catalogue import Speaker, claims, languages, placeholders, texts

OTHERS = [language for language in LANGUAGES if language != "en"]


def test_every_language_of_a_case_has_its_texts():
    assert set(languages()) == set(LANGUAGES)
    assert "es" in OTHERS


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_with_its_values(language):
    english, other = texts("en"), texts(language)
    assert set(other) == set(english)
    for key, text in english.items():
        if key.startswith("format."):
            assert type(other[key]) is type(text)
            assert not isinstance(text, list) or len(text) == len(other[key])
            continue
        assert placeholders(other[key]) == placeholders(text), key
        assert other[key].strip() == other[key] != "", key


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_was_left_in_english(language):
    english, other = texts("en"), texts(language)
    same = {
        key
        for key in english
        if english[key] == other[key] and re.search("[a-z]{3}", re.sub(r"\{.*?\}", "", str(other[key])))
    }
    assert not {key for key in same if not key.startswith("format.")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_in_a_text_are_the_same_in_every_language(language):
    """A number that a translator has changed is the gravest slip of a translation."""

    def numbers(text):
        words = re.sub(r"\{.*?\}", "", text).lower()
        for word, digits in (("two", "2"), ("dos", "2")):
            words = re.sub(rf"\b{word} (years|años)\b", rf"{digits} \1", words)
        return sorted(re.findall(r"\d+", words))

    for key, text in texts("en").items():
        if isinstance(text, str) and not key.startswith("format."):
            assert numbers(texts(language)[key]) == numbers(text), key


def test_every_claim_of_the_leaflet_has_an_answer():
    stated = {key.removeprefix("leaflet.") for key in evidence.select("leaflet")}
    assert set(claims()) == stated == {f"C{n}" for n in range(1, 40)}


@pytest.mark.parametrize(
    ("key", "sources"),
    [
        ("weeks.last", ("timeline.relief.literature",)),
        ("weeks.activity", ("timeline.return_to_activity.literature",)),
        ("chances.usual", ("leaflet.C9", "outcome.leaflet.significant")),
        ("worries.worse", ("leaflet.C30", "risk.worse_pain_leaflet", "risk.worse_long_term")),
        ("risks.worse_often", ("leaflet.C30", "risk.worse_pain_leaflet", "risk.worse_long_term")),
        ("day_arrange.work", ("leaflet.C18", "day.arrange.work")),
    ],
)
def test_numbers_written_into_a_text_are_those_of_the_evidence(key, sources):
    said = set(re.findall(r"\d+", re.sub(r"\{.*?\}", "", texts("en")[key]))) - {"100"}
    entries = [evidence.get(source) for source in sources]
    known = " ".join(f"{e.value} {e.note} {e.low} {e.high}" for e in entries)
    known += " 3 days" if "72 hours" in known else ""
    known += " 1 days" if "24 to" in known else ""
    assert said
    assert said <= set(re.findall(r"\d+", known)), (key, known)


def test_files_are_plain_and_whole():
    for language in LANGUAGES:
        text = (files("neurotomy.report.patient") / "texts" / f"{language}.toml").read_text(encoding="utf-8")
        table = tomllib.loads(text)
        assert len(table["format"]["months"]) == 12
        assert len(table["format"]["weekdays"]) == 7


@pytest.mark.parametrize(
    ("language", "percent", "number", "large", "date", "time", "joined"),
    [
        ("en", "85%", "1.5", "44,936", "Tuesday 24 March 2026", "08:05", "a, b and c"),
        ("es", "85\u00a0%", "1,5", "44.936", "martes, 24 de marzo de 2026", "8:05", "a, b y c"),
    ],
)
def test_numbers_and_dates_are_written_as_the_language_does(language, percent, number, large, date, time, joined):
    say = Speaker(language, "lumbar")
    assert say.percent(85) == percent
    assert say.number(1.5) == number
    assert say.number(2.0) == "2"
    assert say.whole(44936) == large
    assert say.date(datetime.date(2026, 3, 24)) == date
    assert say.time(datetime.time(8, 5)) == time
    assert say.joined(["a", "b", "c"]) == joined
    assert say.joined(["a"]) == "a"


def test_every_day_and_month_has_its_own_name():
    for language in LANGUAGES:
        say = Speaker(language, "lumbar")
        days = {say.date(datetime.date(2026, month, 1)).split()[-2] for month in range(1, 13)}
        assert len({say.date(datetime.date(2026, month, 1)) for month in range(1, 13)}) == 12
        assert days
        assert say.date(datetime.date(2026, 11, 23)).startswith({"en": "Monday", "es": "lunes"}[language])


def test_what_is_not_there_is_refused():
    with pytest.raises(CatalogueError, match="'fr'"):
        texts("fr")
    with pytest.raises(CatalogueError, match=r"no 'what\.nothing'"):
        Speaker("en", "lumbar")("what.nothing")
