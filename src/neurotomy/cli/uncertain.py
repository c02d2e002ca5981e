"""The uncertainty of a lesion, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurotomy.cli.terminal import table

if TYPE_CHECKING:
    from neurotomy.lesion.uncertainty import Interval, Uncertainty

__all__ = ["uncertainty_text"]

_LEAST = 0.01
"""Influences that make less than this share of the variance are left out."""


def uncertainty_text(found: Uncertainty) -> str:
    """90 % intervals, then for width and length what makes them, largest first."""
    extents = {
        "peak temperature ≥ 50 °C": found.isotherm_50c,
        "peak temperature ≥ 60 °C": found.isotherm_60c,
        "Arrhenius integral, its edge uncertain too": found.necrosis,
    }
    rows = [[f"90 % of {found.members} members", "width", "length", "beyond tip", "volume"]]
    rows += [
        [
            words,
            *(_interval(extent[name], "mm", 1) for name in ("width_mm", "length_mm", "beyond_tip_mm")),
            _interval(extent["volume_mm3"], "mm³", 0),
        ]
        for words, extent in extents.items()
    ]
    parts = [table(rows)]
    for words, name in (("width", "width_mm"), ("length", "length_mm")):
        interval = found.isotherm_50c[name]
        lines = [
            [f"what makes the {words} at 50 °C uncertain", "share", "5 to 95 % of the input", f"{words} changes by"]
        ]
        lines += [
            [
                influence.input,
                f"{100 * influence.total:.0f} %",
                f"{influence.low:.4g} to {influence.high:.4g} {influence.unit}",
                f"{influence.swing:+.2f} mm",
            ]
            for influence in interval.influences
            if influence.total >= _LEAST
        ]
        parts.append(table(lines, right=(1, 3)))
    parts.append(
        f"  Method: {found.method};\n  they explain {100 * found.isotherm_50c['width_mm'].explained:.1f} % of it. Seed "
        f"{found.seed}; grid error ± {found.grid_error_mm:.2f} mm; {found.solve_s:.0f} s on {found.workers} processes."
    )
    return "\n\n".join(parts)


def _interval(interval: Interval, unit: str, digits: int) -> str:
    return f"{interval.low:.{digits}f} to {interval.high:.{digits}f} {unit}"
