"""The line of every key: known texts, and every TOML that the writer can make."""

import datetime
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.case.lines import line_numbers, line_of
from neurotomy.case.write import toml

TEXT = '''\
# a comment with [brackets] and key = value
top = 1   # more
"quoted key" = "a # no comment"
dotted.a.'b c' = true

[one]  # [[not this]]
x = """
[two]
y = 3 ""\\" still inside
"""
list = [
  1, # first
  "two, with ] bracket",

  [ 3, { deep = 4 } ],
]
inline = { a = 1, b.c = [5,
6], "d" = '}' }
date = 2025-01-02T03:04:05Z
literal = \'\'\'
it's
\'\'\'

[[many]]
name = "first"
[many.sub]
z = 1
[[many.rows]]
r = 1
[[many.rows]]
r = 2

[[ many ]]
name = "second"
  [[many.rows]]
  r = 3
[a.b]
c = ""'''


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("top",), 2),
        (("quoted key",), 3),
        (("dotted",), 4),
        (("dotted", "a", "b c"), 4),
        (("one",), 6),
        (("one", "x"), 7),
        (("one", "list"), 11),
        (("one", "list", 0), 12),
        (("one", "list", 1), 13),
        (("one", "list", 2), 15),
        (("one", "list", 2, 1, "deep"), 15),
        (("one", "inline", "a"), 17),
        (("one", "inline", "b", "c", 0), 17),
        (("one", "inline", "b", "c", 1), 18),
        (("one", "inline", "d"), 18),
        (("one", "date"), 19),
        (("one", "literal"), 20),
        (("many",), 24),
        (("many", 0), 24),
        (("many", 0, "name"), 25),
        (("many", 0, "sub", "z"), 27),
        (("many", 0, "rows", 1), 30),
        (("many", 0, "rows", 1, "r"), 31),
        (("many", 1), 33),
        (("many", 1, "name"), 34),
        (("many", 1, "rows", 0, "r"), 36),
        (("a", "b"), 37),
        (("a", "b", "c"), 38),
    ],
)
def test_known_text(loc, line):
    assert line_numbers(TEXT)[loc] == line


def test_every_place_is_found_and_no_other():
    assert set(line_numbers(TEXT)) == places(tomllib.loads(TEXT))


def test_windows_line_ends():
    assert line_numbers(TEXT.replace("\n", "\r\n")) == line_numbers(TEXT)


def test_line_of_falls_back_to_what_is_around():
    lines = line_numbers(TEXT)
    assert line_of(("many", 1, "missing"), lines) == 33
    assert line_of(("one", "inline", "missing", "deeper"), lines) == 17
    assert line_of(("missing", "deeper"), lines) == 1


def places(value, loc=()):
    """Every loc of a value that tomllib has read."""
    found = {loc} if loc else set()
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        found |= places(child, (*loc, key))
    return found


scalars = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.dates()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab .#\"'\\é", max_size=4), inner, max_size=3),
    max_leaves=6,
)
keys = st.text("abcXYZ09_- .[]=#\"'\\\né", max_size=6)
documents = st.dictionaries(keys, values | st.lists(st.dictionaries(keys, values, max_size=3), max_size=3), max_size=5)


@given(documents)
def test_writer_and_tomllib_agree(document):
    assert tomllib.loads(toml(document)) == document


@given(documents)
def test_every_key_of_any_document_is_found_on_its_line(document):
    text = toml(document)
    lines = line_numbers(text)
    assert set(lines) == places(document)
    rows = text.split("\n")
    for loc, line in lines.items():
        if isinstance(loc[-1], str) and loc[-1].isalnum():
            assert loc[-1] in rows[line - 1]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_gaps_and_comments_do_not_shift_lines(gaps, end):
    rows, expected = [], {}
    for n, gap in enumerate(gaps):
        rows += ["", "# [[blocks]] x = 1"] * gap + ["[[blocks]]"]
        expected[("blocks", n)] = len(rows)
        rows += ["agent = '''a", "b = 2'''", f"when = {datetime.date(2025, 1, 1)}"]
        expected[("blocks", n, "when")] = len(rows)
    lines = line_numbers(end.join(rows))
    assert {loc: lines[loc] for loc in expected} == expected
