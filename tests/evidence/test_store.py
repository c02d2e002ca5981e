"""The loader refuses what has no source, and says what is nearest."""

import pytest

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.evidence import Source, Tag
from neurotomy.evidence.store import load_entries

SOURCES = {"smith2020": Source("smith2020", "Smith J. A journal 2020;1:1.")}
GOOD = 'value = 1.5, unit = "mm", source = "smith2020", tag = "read"'


def load(row):
    return load_entries(f"[room]\na = {{ {row} }}", "room", SOURCES)


def test_a_whole_entry():
    entry = load(GOOD)["room.a"]
    assert entry.number == 1.5
    assert entry.tag is Tag.READ


@pytest.mark.parametrize("field", ["source", "unit", "tag"])
def test_a_number_without_is_refused(field):
    row = ", ".join(part for part in GOOD.split(", ") if not part.startswith(field))
    with pytest.raises(EvidenceError, match=f"has no {field}"):
        load(row)


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (GOOD.replace("smith2020", "smith202"), "Did you mean 'smith2020'"),
        (GOOD.replace('"read"', '"raed"'), "Did you mean 'read'"),
        (GOOD + ", colour = 3", "unknown fields: colour"),
        (GOOD.replace('"smith2020"', '""'), "has no source"),
    ],
)
def test_a_wrong_entry_is_refused(row, match):
    with pytest.raises(EvidenceError, match=match):
        load(row)


def test_a_bare_number_is_refused():
    with pytest.raises(EvidenceError, match="bare number"):
        load_entries("[room]\na = 3.0", "room", SOURCES)


def test_keys_of_another_room_are_refused():
    with pytest.raises(EvidenceError, match="another room"):
        load_entries("[other.a]\nvalue = 1", "room", SOURCES)


def test_broken_toml_is_one_line():
    with pytest.raises(EvidenceError, match=r"room.toml is not valid TOML") as caught:
        load_entries("[room\n", "room", SOURCES)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("tissue.muscle.thermal_conductivty", "tissue.muscle.thermal_conductivity"),
        ("tisue.muscle.density", "tissue.muscle.density"),
        ("outcome.cervical.lord1996_medain", "outcome.cervical.lord1996_median"),
    ],
)
def test_unknown_key_names_the_nearest(key, meant):
    with pytest.raises(EvidenceError, match=meant):
        evidence.get(key)


def test_unknown_source_names_the_nearest():
    with pytest.raises(EvidenceError, match="cosman2014"):
        evidence.source("cosman2015x")


def test_select_takes_whole_words():
    assert set(evidence.select("damage.arrhenius_liver")) == {
        "damage.arrhenius_liver.frequency_factor",
        "damage.arrhenius_liver.activation_energy",
    }
    assert evidence.select("nothing.here") == {}


def test_a_text_is_no_number():
    with pytest.raises(TypeError, match="not a single number"):
        evidence.value("generator.thermocouple")
