"""On which line of a TOML text each key stands: ``tomllib`` reads values and forgets where they were.

:func:`line_numbers` takes a text that ``tomllib`` has accepted, so this scanner checks nothing: it only walks over
keys, strings, arrays and tables, and counts lines.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Mapping

__all__ = ["Loc", "line_numbers", "line_of"]

Loc = tuple[str | int, ...]
"""The way to a value: ``("blocks", 1, "agent")`` is `agent` of the second ``[[blocks]]``."""

_BLANK = " \t"
_BLANK_LINES = " \t\r\n"
_ENDS_BARE = ",]}#\r\n"


def line_numbers(text: str) -> dict[Loc, int]:
    """The line (from 1) of every table header, key and array element of `text`.

    Parameters
    ----------
    text : str
        Valid TOML.
    """
    return _Scanner(text).document()


def line_of(loc: Loc, lines: Mapping[Loc, int]) -> int:
    """The line of `loc`, or of the nearest table or key around it; 1 when nothing around it is there."""
    for length in range(len(loc), 0, -1):
        if loc[:length] in lines:
            return lines[loc[:length]]
    return 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.newlines = [n for n, c in enumerate(text) if c == "\n"]
        self.lines: dict[Loc, int] = {}
        self.arrays: dict[Loc, int] = {}  # how many tables each array of tables has so far

    def document(self) -> dict[Loc, int]:
        table: Loc = ()
        self.skip(_BLANK_LINES)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.assignment(table)
            self.skip(_BLANK_LINES)
        return self.lines

    def header(self) -> Loc:
        line = self.line()
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        keys = self.keys()
        self.at += 2 if double else 1
        loc: Loc = ()
        for n, key in enumerate(keys):
            loc += (key,)
            self.lines.setdefault(loc, line)
            if double and n == len(keys) - 1:
                self.arrays[loc] = self.arrays.get(loc, 0) + 1
            if loc in self.arrays:
                loc += (self.arrays[loc] - 1,)
                self.lines.setdefault(loc, line)
        return loc

    def assignment(self, table: Loc) -> None:
        line = self.line()
        loc = table
        for key in self.keys():
            loc += (key,)
            self.lines.setdefault(loc, line)
        self.at += 1  # the equals sign
        self.skip(_BLANK)
        self.value(loc)

    def keys(self) -> list[str]:
        """A dotted key; stops at what follows it (``=`` or ``]``)."""
        keys = []
        while True:
            self.skip(_BLANK)
            start = self.at
            if self.text[start] in "'\"":
                self.string()
                keys.append(str(tomllib.loads(f"k = {self.text[start : self.at]}")["k"]))
            else:
                while self.text[self.at] not in " \t.=]":
                    self.at += 1
                keys.append(self.text[start : self.at])
            self.skip(_BLANK)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def value(self, loc: Loc) -> None:
        c = self.text[self.at]
        if c in "'\"":
            self.string()
        elif c == "[":
            self.array(loc)
        elif c == "{":
            self.inline_table(loc)
        else:
            while self.at < len(self.text) and self.text[self.at] not in _ENDS_BARE:
                self.at += 1

    def string(self) -> None:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while not self.text.startswith(fence, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(fence)
        # Up to two quotes may stand inside, just before the closing fence.
        while len(fence) == 3 and self.text.startswith(quote, self.at):
            self.at += 1

    def array(self, loc: Loc) -> None:
        self.at += 1
        n = 0
        while True:
            self.skip(_BLANK_LINES + ",")
            if self.text[self.at] == "]":
                self.at += 1
                return
            self.lines[(*loc, n)] = self.line()
            self.value((*loc, n))
            n += 1

    def inline_table(self, loc: Loc) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK_LINES + ",")
            if self.text[self.at] == "}":
                self.at += 1
                return
            self.assignment(loc)

    def skip(self, what: str) -> None:
        """Go on to the next character that is neither in `what` nor, where lines may end, part of a comment."""
        while self.at < len(self.text):
            if self.text[self.at] in what:
                self.at += 1
            elif self.text[self.at] == "#" and "\n" in what:
                while self.at < len(self.text) and self.text[self.at] != "\n":
                    self.at += 1
            else:
                return

    def line(self) -> int:
        return bisect_right(self.newlines, self.at - 1) + 1
