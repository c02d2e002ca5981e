"""Small drawings inside the text, written by hand: signs of a verdict, and a share with its interval."""

from __future__ import annotations

from neurotomy.report.figures.style import AMBER, BLUE, FAINT, GREEN, INK, MUTED, PAPER, VERMILLION

__all__ = ["SIGNS", "groups_bar", "interval_bar"]

SIGNS = {
    "ok": (
        f'<svg viewBox="0 0 20 20"><circle cx="10" cy="10" r="9" fill="{GREEN}"/>'
        f'<path d="M5.6 10.4l3 3 5.8-6.4" fill="none" stroke="{PAPER}" stroke-width="2.2" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    ),
    "warning": (
        f'<svg viewBox="0 0 20 20"><path d="M10 1.6l9 16.2H1z" fill="{AMBER}" stroke="{AMBER}" stroke-width="1.6" '
        f'stroke-linejoin="round"/><path d="M10 7v5" stroke="{PAPER}" stroke-width="2.2" stroke-linecap="round"/>'
        f'<circle cx="10" cy="15.2" r="1.3" fill="{PAPER}"/></svg>'
    ),
    "error": (
        f'<svg viewBox="0 0 20 20"><path d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" fill="{VERMILLION}"/>'
        f'<path d="M6.6 6.6l6.8 6.8M13.4 6.6l-6.8 6.8" stroke="{PAPER}" stroke-width="2.2" '
        'stroke-linecap="round"/></svg>'
    ),
    "info": (
        f'<svg viewBox="0 0 20 20"><circle cx="10" cy="10" r="9" fill="{BLUE}"/>'
        f'<path d="M10 9v5.4" stroke="{PAPER}" stroke-width="2.2" stroke-linecap="round"/>'
        f'<circle cx="10" cy="5.6" r="1.35" fill="{PAPER}"/></svg>'
    ),
}
"""One sign for each status; its shape says the same as its colour."""

_WIDE, _HIGH = 200.0, 12.0


def interval_bar(value: float, low: float, high: float, mark: float | None = None) -> str:
    """A share (0 to 1) as a dot on a line from 0 to 100 %, its interval as a thick line; `mark` is a small stroke."""

    def x(share: float) -> float:
        return 4.0 + (_WIDE - 8.0) * min(max(share, 0.0), 1.0)

    stroke = (
        f'<path d="M{x(mark):.1f} 1.5v9" stroke="{MUTED}" stroke-width="1.2" stroke-dasharray="2 1.6"/>'
        if mark is not None
        else ""
    )
    return (
        f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}"><path d="M4 6h{_WIDE - 8:g}" stroke="{FAINT}" stroke-width="4" '
        f'stroke-linecap="round"/>{stroke}<path d="M{x(low):.1f} 6H{max(x(high), x(low) + 0.6):.1f}" '
        f'stroke="{BLUE}" stroke-width="4"/><circle cx="{x(value):.1f}" cy="6" r="4.2" fill="{INK}"/></svg>'
    )


def groups_bar(significant: float, partial: float) -> str:
    """Three shares that sum to 1, side by side: full, half and empty."""
    whole = _WIDE
    a, b = whole * significant, whole * partial
    return (
        f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}"><path d="M0 6H{whole:g}" stroke="{FAINT}" stroke-width="10"/>'
        f'<path d="M0 6H{a:.1f}" stroke="{BLUE}" stroke-width="10"/>'
        f'<path d="M{a:.1f} 6H{a + b:.1f}" stroke="{BLUE}" stroke-opacity="0.42" stroke-width="10"/></svg>'
    )
