"""A hundred people in rows of ten: filled, half filled and empty, so that grey print and every eye can tell."""

from __future__ import annotations

__all__ = ["FULL", "HALF", "NONE", "array", "for_page", "one", "person"]

BLUE, LIGHT, MUTED = "#005a94", "#8fbbd9", "#4f5a64"
FULL, HALF, NONE = "full", "half", "none"
_WIDE, _HIGH, _ROW = 20.0, 23.0, 10
# Head and shoulders of one person in a box of 20 by 23.
_HEAD = '<circle cx="10" cy="6.2" r="4.2"/>'
_SHOULDERS = '<path d="M2.6 20.6v-2.2a5.8 5.8 0 0 1 5.8-5.8h3.2a5.8 5.8 0 0 1 5.8 5.8v2.2Z"/>'


def person(kind: str) -> str:
    """One person without a box, as SVG."""
    colour = MUTED if kind == NONE else BLUE
    lines = f'stroke="{colour}" stroke-width="1.3" stroke-linejoin="round"'
    head = BLUE if kind == FULL else "none"
    shoulders = {FULL: BLUE, HALF: LIGHT, NONE: "none"}[kind]  # three greys on paper without colour
    return f'<g {lines}><g fill="{head}">{_HEAD}</g><g fill="{shoulders}">{_SHOULDERS}</g></g>'


def array(good: int, some: int, none: int) -> str:
    """An ``<svg>`` of 100 people.

    Raises
    ------
    ValueError
        When they are not 100.
    """
    if good + some + none != _ROW * _ROW or min(good, some, none) < 0:
        raise ValueError(f"{good} + {some} + {none} people; an icon array has 100.")
    kinds = [FULL] * good + [HALF] * some + [NONE] * none
    # A little more room after each five, so that groups can be counted.
    people = []
    for n, kind in enumerate(kinds):
        row, column = divmod(n, _ROW)
        x = column * _WIDE + (column >= 5) * 5.0
        y = row * _HIGH + (row >= 5) * 5.0
        people.append(f'<g transform="translate({x:g} {y:g})">{person(kind)}</g>')
    return _svg(_ROW * _WIDE + 5.0, _ROW * _HIGH + 5.0, "".join(people))


def one(kind: str) -> str:
    """One person as an ``<svg>`` of its own, for the key."""
    return _svg(_WIDE, _HIGH, person(kind))


def _svg(width: float, height: float, inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">{inside}</svg>'


def for_page(svg: str) -> str:
    """For an HTML page: the colours are the page's, so that they follow its dark mode."""
    for colour, role in ((BLUE, "blue"), (LIGHT, "light"), (MUTED, "muted")):
        svg = svg.replace(colour, f"var(--{role})")
    return svg.replace(' xmlns="http://www.w3.org/2000/svg"', "")
