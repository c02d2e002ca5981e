"""Numbers of bones in label maps. Inside the library there is one numbering: TotalSegmentator v2."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["HIP_IDS", "PAIRED_IDS", "RIB_IDS", "SACRUM_ID", "VERSE_NAMES", "VERTEBRA_IDS", "VERTEBRA_NAMES"]

_HEAD_DOWN = (*(f"C{n}" for n in range(1, 8)), *(f"T{n}" for n in range(1, 13)), *(f"L{n}" for n in range(1, 6)), "S1")

VERTEBRA_IDS: Mapping[str, int] = {name: 50 - n for n, name in enumerate(_HEAD_DOWN)}
"""TotalSegmentator v2 (task "total"): C1 is 50, numbers fall towards the feet, S1 is 26."""

VERTEBRA_NAMES: Mapping[int, str] = {number: name for name, number in VERTEBRA_IDS.items()}
"""The same the other way round."""

SACRUM_ID = 25
"""The sacrum: without S1 in TotalSegmentator's maps, with it in those converted from VerSe."""

HIP_IDS: Mapping[str, int] = {"left": 77, "right": 78}
"""Hip bones of TotalSegmentator v2 by the patient's own side: what a map says about left and right."""

RIB_IDS: Mapping[str, tuple[int, ...]] = {"left": tuple(range(92, 104)), "right": tuple(range(104, 116))}
"""Ribs 1 to 12 of each side, TotalSegmentator v2."""

PAIRED_IDS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "hip": {side: (number,) for side, number in HIP_IDS.items()},
    "rib cage": RIB_IDS,
    "back muscle": {"left": (86,), "right": (87,)},
    "iliopsoas": {"left": (88,), "right": (89,)},
}
"""What a TotalSegmentator v2 map names by side and no body has on the other side (a kidney may lie there)."""

VERSE_NAMES: Mapping[int, str] = {
    **{n + 1: name for n, name in enumerate(_HEAD_DOWN[:-1])},
    25: "L6",
    26: "sacrum",
    27: "coccyx",
    28: "T13",
}
"""VerSe: C1 is 1, numbers rise towards the feet."""
