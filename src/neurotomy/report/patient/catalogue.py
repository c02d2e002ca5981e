"""Texts of one language, filled with values, and written down as they are said so that a sheet can be checked."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from neurotomy.errors import CatalogueError, nearest

__all__ = ["Speaker", "claims", "languages", "placeholders", "texts"]

_FOLDER = files("neurotomy.report.patient") / "texts"
_CLAIMS = "claims.toml"
FORMAT = "format"
"""The table of a language file that says how numbers and dates are written; it is no text."""


def languages() -> tuple[str, ...]:
    """The languages that have a file."""
    names = (file.name for file in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml") and name != _CLAIMS))


@cache
def texts(language: str) -> Mapping[str, Any]:
    """All texts of a language by ``table.key``.

    Raises
    ------
    CatalogueError
        When there is no such language.
    """
    if language not in languages():
        raise CatalogueError(f"The patient's papers have no language '{language}'. {nearest(language, languages())}")
    table = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return MappingProxyType({f"{room}.{key}": text for room, rows in table.items() for key, text in rows.items()})


@cache
def claims() -> Mapping[str, tuple[str, ...]]:
    """Claim of the founding leaflet -> texts that answer it, together."""
    table = tomllib.loads((_FOLDER / _CLAIMS).read_text(encoding="utf-8"))
    return MappingProxyType({claim: tuple(keys) for claim, keys in table["claims"].items()})


def placeholders(text: str) -> frozenset[str]:
    """Names of the values that `text` wants."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


class Speaker:
    """Says texts of one language for one region of the spine.

    Parameters
    ----------
    language : str
        As in :func:`languages`.
    region : str
        cervical, thoracic, lumbar or sacroiliac.

    Attributes
    ----------
    said : dict
        Every text that was said, by its plain key.
    """

    def __init__(self, language: str, region: str) -> None:
        self.language, self.region = language, region
        self.said: dict[str, str] = {}
        self._texts = texts(language)

    def __call__(self, key: str, variant: str = "", /, **values: Any) -> str:
        """The text of `key`, or of its `variant`, or the one for this region, filled.

        Raises
        ------
        CatalogueError
            When there is no such text.
        """
        ways = [f"{key}_{variant}"] if variant else [f"{key}_{self.region}", key]
        for way in ways:
            if way in self._texts:
                filled = str(self._texts[way]).format(**values)
                self.said[key] = f"{self.said[key]}\n{filled}" if key in self.said else filled
                return filled
        raise CatalogueError(f"The texts of language '{self.language}' have no '{ways[-1]}'.")

    def has(self, key: str) -> bool:
        """Whether there is a text `key`."""
        return key in self._texts

    def counted(self, key: str, count: int, /, **values: Any) -> str:
        """The text for exactly one or for another number, which goes in as ``count``."""
        return self(key, "one" if count == 1 else "other", count=self.whole(count), **values)

    # --- numbers and dates ---

    def whole(self, number: float) -> str:
        """A whole number."""
        return f"{number:,.0f}".replace(",", str(self._texts["format.thousand"]))

    def number(self, number: float) -> str:
        """A number with at most one decimal place."""
        text = f"{number:.1f}".removesuffix(".0")
        return text.replace(".", str(self._texts["format.decimal"]))

    def percent(self, percent: float) -> str:
        """Whole percent."""
        return str(self._texts["format.percent"]).format(number=self.whole(percent))

    def range(self, low: float, high: float) -> str:
        """``30 to 60``; a range of nothing is one number."""
        a, b = self.number(low), self.number(high)
        return a if a == b else str(self._texts["format.range"]).format(low=a, high=b)

    def joined(self, words: Iterable[str]) -> str:
        """``a``, ``a and b``, ``a, b and c``."""
        *first, last = words
        return f"{', '.join(first)} {self._texts['format.and']} {last}" if first else last

    def date(self, date: Any) -> str:
        """A date in full, with its day of the week."""
        return self._date("format.date", date)

    def short_date(self, date: Any) -> str:
        """Day and month."""
        return self._date("format.short_date", date)

    def month_year(self, date: Any) -> str:
        """Month and year."""
        return self._date("format.month_year", date)

    def time(self, time: Any) -> str:
        """Hours and minutes of a day of 24 hours."""
        return str(self._texts["format.time"]).format(hour=time.hour, minute=time.minute)

    def _date(self, pattern: str, date: Any) -> str:
        return str(self._texts[pattern]).format(
            weekday=self._texts["format.weekdays"][date.weekday()],
            day=date.day,
            month=self._texts["format.months"][date.month - 1],
            short_month=self._texts["format.short_months"][date.month - 1],
            year=date.year,
        )
