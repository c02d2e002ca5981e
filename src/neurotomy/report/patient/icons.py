"""A hundred people in rows of ten: dark, half filled and empty, so that print without colour and every eye can tell."""

from __future__ import annotations

__all__ = ["FULL", "HALF", "NONE", "array", "for_page", "one", "person"]

BLUE, MUTED = "#005a94", "#4f5a64"
FULL, HALF, NONE = "full", "half", "none"
_WIDE, _HIGH, _ROW = 20.0, 34.0, 10
# Head and body of one person in a box of 20 by 34.
_HEAD = '<circle cx="10" cy="6.4" r="4"/>'
_SLEEVE = "1.6 1.6 0 0 1-3 .6v7.4a1.8 1.8 0 0 1-1.8 1.8H7.8A1.8 1.8 0 0 1 6 30.2v-7.4a1.6 1.6 0 0 1-3-.6"
_BODY = f'<path d="M5.4 12.6h9.2a2.4 2.4 0 0 1 2.4 2.4v7.2a{_SLEEVE}V15a2.4 2.4 0 0 1 2.4-2.4Z"/>'
# The lower half of the body, cut at y = 21.
_LOWER = f'<path d="M3 21h14v1.2a{_SLEEVE}Z"/>'


def person(kind: str) -> str:
    """One person without a box, as SVG."""
    if kind == FULL:
        return f'<g fill="{BLUE}" stroke="{BLUE}" stroke-width="1">{_HEAD}{_BODY}</g>'
    colour = BLUE if kind == HALF else MUTED
    outline = f'<g fill="none" stroke="{colour}" stroke-width="1.3">{_HEAD}{_BODY}</g>'
    return f'<g fill="{colour}">{_LOWER}</g>{outline}' if kind == HALF else outline


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
    return (
        svg.replace(BLUE, "var(--blue)")
        .replace(MUTED, "var(--muted)")
        .replace(' xmlns="http://www.w3.org/2000/svg"', "")
    )
