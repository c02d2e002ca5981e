"""Numbers as people read them: with their unit, a real minus sign, and no more digits than are known."""

from __future__ import annotations

import math

__all__ = [
    "SPACE",
    "capitalised",
    "continued",
    "degrees",
    "joined",
    "measured",
    "millimetres",
    "number",
    "percent",
    "percent_range",
    "rate",
    "rate_range",
    "span",
]

SPACE = "\u00a0"
"""No-break space: a number and its unit stay on one line."""


def number(x: float, decimals: int = 1) -> str:
    """`x` with `decimals` places and a real minus sign; ``–`` for what is not a finite number."""
    if not math.isfinite(x):
        return "–"
    text = f"{x:.{decimals}f}"
    if float(text) == 0.0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def millimetres(x: float, decimals: int = 1) -> str:
    """``8.2 mm``."""
    return f"{number(x, decimals)}{SPACE}mm"


def degrees(x: float) -> str:
    """``12°``."""
    return f"{number(x, 0)}°"


def percent(share: float) -> str:
    """A share as whole percent; never a false 0 or 100."""
    value = 100.0 * share
    if 0.0 < value < 0.5:
        return f"< 1{SPACE}%"
    if 99.5 <= value < 100.0:
        return f"> 99{SPACE}%"
    return f"{number(value, 0)}{SPACE}%"


def percent_range(low: float, high: float) -> str:
    """``42–88 %``."""
    return f"{number(100 * low, 0)}–{number(100 * high, 0)}{SPACE}%"


def rate(share: float) -> str:
    """A rate that may be small, two digits: ``0.49 %``, ``6.7 %``."""
    value = 100.0 * share
    return f"{number(value, 0 if value >= 10 else 1 if value >= 1 or value == 0 else 2)}{SPACE}%"


def rate_range(low: float, high: float) -> str:
    """``0.4–2.1 %``."""
    return f"{number(100 * low, 1)}–{number(100 * high, 1)}{SPACE}%"


def span(values: list[float], decimals: int = 1) -> str:
    """``8.2`` or ``8.2 to 9.1``, without unit."""
    low, high = number(min(values), decimals), number(max(values), decimals)
    return low if low == high else f"{low} to {high}"


def measured(value: float, unit: str) -> str:
    """A measured value with the unit of its check: degrees and shares as people write them."""
    if unit == "deg":
        return degrees(value)
    if unit == "1":
        return percent(value)
    return f"{number(value, 1)}{SPACE}{unit}"


def joined(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def continued(text: str) -> str:
    """`text` as it goes on within a sentence: a first word loses its capital, a level (``L5``) keeps it."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def capitalised(text: str) -> str:
    """First letter large, the rest as it is (``str.capitalize`` would make ``l4`` of ``L4``)."""
    return text[:1].upper() + text[1:]
