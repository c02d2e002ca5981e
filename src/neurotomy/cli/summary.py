"""A treatment in a few lines, the answer first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from neurotomy.cli.terminal import table

if TYPE_CHECKING:
    from neurotomy.guidance.check import Check
    from neurotomy.guidance.placement import Placement
    from neurotomy.selection import Selection
    from neurotomy.treatment import Treatment

__all__ = ["check_lines", "needle_rows", "of_selection", "of_treatment", "percent"]


def percent(share: float) -> str:
    """``0.534`` as ``53 %``; what is not certain is not called 0 or 100 %."""
    if 0.995 <= share < 1:
        return "over 99 %"
    if 0 < share < 0.005:
        return "under 1 %"
    return f"{100 * share:.0f} %"


def of_treatment(treatment: Treatment) -> str:
    """What a clinician wants to know first, and the warnings."""
    case, recovery, coverage = treatment.case, treatment.recovery, treatment.coverage
    lesion = treatment.lesion[0]
    low, high = recovery.significant_interval
    lines = [
        f"{' and '.join(case.joints)}, {case.side.value} — {case.patient.pseudonym} — {treatment.anatomy.source}",
        *([f"Quality: {treatment.anatomy.quality}"] if treatment.anatomy.quality else []),
        f"{lesion.electrode.name}, {lesion.protocol.set_c:g} °C for {lesion.protocol.hold_s:g} s",
        "",
        "Is it the source?",
    ]
    for joint, selection in zip(
        case.joints, (treatment.selection, *treatment.further_selections.values()), strict=True
    ):
        lines.append(f"  {joint}: {of_selection(selection)}")
    lines += [
        "Are the nerves covered?",
        f"  all of them with {percent(coverage.all_captured_probability)} probability",
        table(
            [
                [
                    nerve.target.label,
                    f"{nerve.coagulated_on_neck_mm:.1f} mm coagulated on the neck,",
                    f"captured with {percent(nerve.capture_probability)}",
                ]
                for nerve in coverage.nerves
            ],
            indent="    ",
        ),
        *(f"    {target.label}: NOT TREATED in this case" for target in case.untreated_targets),
        "Is it safe?",
        *_safety(treatment),
        "What to expect?",
        f"  {percent(recovery.significant)} ({percent(low)} to {percent(high)}) have significant relief, "
        f"{percent(recovery.partial)} partial, {percent(recovery.none)} none; "
        f"median {_months(recovery.median_relief_months)}",
        *(f"    {one.joint} by itself: {percent(one.significant)}" for one in recovery.joints),
    ]
    warnings = [
        *treatment.anatomy.warnings,
        *(warning for course in treatment.anatomy.courses for warning in course.warnings),
        *(warning for each in treatment.lesion_in_tissue or treatment.lesion for warning in each.warnings),
    ]
    if warnings:
        lines += ["", *(f"Warning: {warning}" for warning in dict.fromkeys(warnings))]
    return "\n".join(lines)


def _months(median: float) -> str:
    return f"{median:.0f} months" if math.isfinite(median) else "longer than studies followed patients"


def of_selection(selection: Selection) -> str:
    """Probability and verdict on one line."""
    low, high = selection.interval
    verdict = "proceed" if selection.verdict.proceed else "do not proceed"
    return (
        f"{percent(selection.probability)} ({percent(low)} to {percent(high)}) after the blocks, "
        f"{percent(selection.prior)} before; {selection.verdict.name}: {verdict}"
    )


def needle_rows(placements: Sequence[Placement]) -> list[list[str]]:
    """A table of needles: tip, entry and depth."""
    rows = [["", "tip (left, back, head) mm", "entry mm", "depth"]]
    for placement in placements:
        tip, entry = (", ".join(f"{x:.1f}" for x in p) for p in (placement.tip_lps_mm, placement.entry_lps_mm))
        rows.append([placement.target.label, tip, entry, f"{placement.insertion_depth_mm:.0f} mm"])
    return rows


def check_lines(checks: Sequence[Check], *, all_of_them: bool = False) -> list[str]:
    """Checks that are not ok, the worst first; or all."""
    order = {"error": 0, "warning": 1, "ok": 2}
    shown = [check for check in checks if all_of_them or check.status.value != "ok"]
    return [
        f"{check.status.value}: {check.name}: {check.reason}"
        for check in sorted(shown, key=lambda check: order[check.status.value])
    ]


def _safety(treatment: Treatment) -> list[str]:
    checks = [check for needle in treatment.guidance.needles for check in needle.checks]
    good = sum(check.status.value == "ok" for check in checks)
    lines = [f"  {good} of {len(checks)} checks of the needles are ok"]
    for needle in treatment.guidance.needles:
        lines += [f"    {needle.placement.target.label}: {line}" for line in check_lines(needle.checks)]
    return lines
