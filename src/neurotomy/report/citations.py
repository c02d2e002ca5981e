"""Numbers for sources, in the order in which a reader meets them, with how each was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from neurotomy import evidence
from neurotomy.evidence import Source, Tag

__all__ = ["Citations"]

_CASE = Source("case", "The case file itself.")
_NOT_READ = (Tag.MEMORY, Tag.CHOICE, Tag.LEAFLET, Tag.SECONDARY, Tag.DERIVED, Tag.READ)


@dataclass
class _Cited:
    source: Source
    number: int
    tags: set[Tag] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)


class Citations:
    """Collects what is cited while a report is put together."""

    def __init__(self) -> None:
        self._cited: dict[str, _Cited] = {}

    def __call__(self, *keys: str) -> list[list[int]]:
        """The numbers of the sources behind these keys as runs: ``[[2, 2], [4, 7]]`` is read "2, 4–7".

        Parameters
        ----------
        *keys : str
            Keys of evidence entries or of sources; ``case`` is the case file.

        Raises
        ------
        EvidenceError
            When a key is neither.
        """
        runs: list[list[int]] = []
        for number in sorted({self._number(key) for key in keys if key}):
            if runs and runs[-1][1] == number - 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        return runs

    def number(self, key: str) -> int:
        """The number of the one source behind `key`."""
        return self._number(key)

    def _number(self, key: str) -> int:
        if key == _CASE.key:
            return self._add(_CASE).number
        if "." in key:
            entry = evidence.get(key)
            cited = self._add(evidence.source(entry.source))
            cited.tags.add(entry.tag)
            cited.entries.add(key)
            return cited.number
        return self._add(evidence.source(key)).number

    def _add(self, source: Source) -> _Cited:
        return self._cited.setdefault(source.key, _Cited(source, len(self._cited) + 1))

    def listed(self) -> list[dict[str, Any]]:
        """All sources as plain values, in the order of their numbers."""
        return [
            {
                "number": cited.number,
                "key": cited.source.key,
                "citation": cited.source.citation,
                "marks": [f"doi:{cited.source.doi}"] * bool(cited.source.doi)
                + [f"PMID {cited.source.pmid}"] * bool(cited.source.pmid),
                "tags": [tag.value for tag in sorted(cited.tags, key=_NOT_READ.index)],
                "entries": sorted(cited.entries),
            }
            for cited in self._cited.values()
        ]
