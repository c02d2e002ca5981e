"""Coverage of the nerves as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy.coverage.result import NerveCoverage
from neurotomy.report.answer import is_captured
from neurotomy.report.citations import Citations
from neurotomy.report.figures.nerve_coverage import coverage_figure
from neurotomy.report.pictures import Pictures
from neurotomy.report.words import SPACE, degrees, joined, millimetres, number, percent

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["nerves"]


def nerves(treatment: Treatment, pictures: Pictures, cite: Citations) -> dict[str, Any]:
    """One row for each nerve, the figure, and what was varied."""
    coverage = treatment.coverage
    labels = joined([nerve.target.label for nerve in coverage.nerves])
    return {
        "picture": pictures.figure(
            "coverage", coverage_figure(coverage.nerves), f"Share of the cross-section coagulated along the {labels}"
        ),
        "rows": [_row(nerve) for nerve in coverage.nerves],
        "all": f"{percent(coverage.all_captured_probability)} "
        f"(95{SPACE}% interval of the sample {_interval(coverage.all_captured_interval)})",
        "count": len(coverage.nerves),
        "criterion": coverage.nerves[0].criterion,
        "notes": _notes([nerve.note for nerve in coverage.nerves if nerve.note]),
        "spreads": list(coverage.spreads),
        "samples": f"{coverage.nerves[0].samples} samples, seed {coverage.seed}",
        "cites": cite("coverage.capture_length"),
    }


def _notes(notes: list[str]) -> list[str]:
    """Sentences that several nerves share are told once."""
    parts = [note.split(". ", 1) for note in notes]
    first = [f"{part[0].rstrip('.')}." for part in parts]
    return list(dict.fromkeys([*first, *(part[1] for part in parts if len(part) == 2)]))


def _row(nerve: NerveCoverage) -> dict[str, str]:
    low, high = nerve.length_quantiles_mm[0], nerve.length_quantiles_mm[-1]
    return {
        "nerve": nerve.target.label,
        "status": "ok" if is_captured(nerve) else "error",
        "on_neck": millimetres(nerve.coagulated_on_neck_mm),
        "whole": millimetres(nerve.coagulated_length_mm),
        "share": percent(nerve.cross_section_share),
        "distance": millimetres(nerve.nearest_mm),
        "angle": degrees(nerve.angle_deg),
        "spread": f"{number(low)}–{number(high)}{SPACE}mm",
        "probability": percent(nerve.capture_probability),
        "interval": _interval(nerve.capture_interval),
    }


def _interval(interval: tuple[float, float]) -> str:
    return f"{number(100 * interval[0], 1)}–{number(100 * interval[1], 1)}{SPACE}%"
