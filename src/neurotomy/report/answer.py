"""The answer first: four questions, each with a number, its interval, one plain sentence and a status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from neurotomy import evidence
from neurotomy.coverage.result import NerveCoverage
from neurotomy.guidance.check import Check, Status
from neurotomy.lesion.result import Lesion
from neurotomy.lesion.volumetric import VolumeLesion
from neurotomy.report.citations import Citations
from neurotomy.report.figures.marks import groups_bar, interval_bar
from neurotomy.report.pictures import Pictures
from neurotomy.report.words import (
    SPACE,
    continued,
    joined,
    measured,
    millimetres,
    number,
    percent,
    percent_range,
    rate,
    rate_range,
    span,
)

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["answer", "cautions", "is_captured"]

_VENTRAL = "not ventral"
_NEURITIS = "neuritis"


def answer(treatment: Treatment, pictures: Pictures, cite: Citations) -> dict[str, Any]:
    """The verdict as one sentence, and the four tiles."""
    tiles = [
        _source(treatment, pictures, cite),
        _covered(treatment, pictures, cite),
        _safe(treatment, cite),
        _expected(treatment, pictures, cite),
    ]
    words = [tile["word"] for tile in tiles[:3]]
    relief = treatment.recovery.significant
    return {
        "verdict": f"{words[0]}; {continued(words[1])}; {continued(words[2])}.",
        "outlook": f"About {round(10 * relief)} in 10 such patients have at least half of their pain gone at "
        f"{number(evidence.value('outcome.model.horizon'), 0)}{SPACE}months.",
        "tiles": tiles,
    }


def _source(treatment: Treatment, pictures: Pictures, cite: Citations) -> dict[str, Any]:
    selection = treatment.selection
    every = [selection, *treatment.further_selections.values()]
    likely = all(found.probability >= evidence.value("presentation.tile.likely") for found in every)
    proceed = all(found.verdict.proceed for found in every)
    status = "ok" if likely and proceed else "warning" if likely or proceed else "error"
    sure = all(found.interval[0] >= evidence.value("presentation.tile.likely") for found in every)
    word = {
        "ok": "Likely the source" if sure else "More likely than not the source",
        "warning": "Not certain to be the source",
        "error": "Not shown to be the source",
    }
    met = "is met" if selection.verdict.proceed else "is not met"
    count = len(selection.steps) - 1
    many = {2: "Two", 3: "Three"}.get(count, str(count))
    blocks = {0: "No block was done", 1: "One block moved this"}.get(count, f"{many} blocks moved this")
    sentence = f"{blocks}{'' if count == 0 else f' from {percent(selection.prior)}'}. The rule set {met}."
    others = [
        f"{joint} {percent(found.probability)}, {'met' if found.verdict.proceed else 'not met'}"
        for joint, found in treatment.further_selections.items()
    ]
    if others:
        sentence = f"This is {treatment.case.joints[0]}. {sentence} Others: {'; '.join(others)}."
    low, high = selection.interval
    return {
        "question": "Is the joint the source?",
        "number": percent(selection.probability),
        "interval": f"90{SPACE}% interval {percent_range(low, high)}",
        "sentence": sentence,
        "status": status,
        "word": word[status],
        "picture": pictures.svg(
            "bar-source",
            interval_bar(selection.probability, low, high, mark=selection.prior),
            f"{percent(selection.probability)} of 100 %; before the blocks {percent(selection.prior)}",
        ),
        "cites": cite(selection.verdict.source, "presentation.tile.likely"),
    }


def is_captured(nerve: NerveCoverage) -> bool:
    """Whether the nerve is captured as placed: enough of it is coagulated on the neck."""
    length = nerve.coagulated_on_neck_mm
    return bool((length if length == length else nerve.coagulated_length_mm) >= nerve.capture_length_mm)


def _covered(treatment: Treatment, pictures: Pictures, cite: Citations) -> dict[str, Any]:
    coverage = treatment.coverage
    missed = [nerve for nerve in coverage.nerves if not is_captured(nerve)]
    untreated = treatment.case.untreated_targets
    reliable = coverage.all_captured_probability >= evidence.value("presentation.tile.reliable")
    every = {1: "The nerve", 2: "Both nerves"}.get(len(coverage.nerves), f"All {len(coverage.nerves)} nerves")
    is_are = "is" if len(coverage.nerves) == 1 else "are"
    if missed:
        status, word = "error", f"{joined([_short(nerve) for nerve in missed])} not covered"
        found = joined([f"{millimetres(nerve.coagulated_on_neck_mm)} of the {_short(nerve)}" for nerve in missed])
        sentence = (
            f"As placed, only {found} lie in dead tissue on the neck of the bone; "
            f"{millimetres(missed[0].capture_length_mm, 0)} count as captured."
        )
    else:
        status, word = ("ok", f"{every} covered") if reliable else ("warning", f"{every} covered, not reliably")
        lengths = span([nerve.coagulated_on_neck_mm for nerve in coverage.nerves])
        each = "" if len(coverage.nerves) == 1 else " of each"
        sentence = (
            f"As placed, {lengths}{SPACE}mm{each} lie in dead tissue on the neck of the bone; "
            f"{millimetres(coverage.nerves[0].capture_length_mm, 0)} count as captured."
        )
    if untreated:
        left_out = f"{joined([target.nerve for target in untreated])} left out"
        word = f"{word}; {left_out}" if missed else left_out
        status = "error"
    low, high = coverage.all_captured_interval  # of the finite sample
    return {
        "question": f"Is {'the' if len(coverage.nerves) == 1 else 'each'} nerve covered?",
        "number": percent(coverage.all_captured_probability),
        "interval": f"chance that {continued(every)} {is_are} captured; sampled to {percent_range(low, high)}",
        "sentence": sentence,
        "status": status,
        "word": word,
        "picture": pictures.svg(
            "bar-covered",
            interval_bar(
                coverage.all_captured_probability, low, high, mark=evidence.value("presentation.tile.reliable")
            ),
            f"{percent(coverage.all_captured_probability)} of 100 %",
        ),
        "cites": cite("coverage.capture_length", "presentation.tile.reliable"),
    }


def _short(nerve: NerveCoverage) -> str:
    return nerve.target.nerve


def _safe(treatment: Treatment, cite: Citations) -> dict[str, Any]:
    checks = [check for needle in treatment.guidance.needles for check in needle.checks]
    errors = sorted((check for check in checks if check.status is Status.ERROR), key=_gravity)
    warnings = [check for check in checks if check.status is Status.WARNING]
    passed = len(checks) - len(errors) - len(warnings)
    status = "error" if errors else "warning" if warnings else "ok"
    word = {
        "error": f"Stop: {_count(errors, 'check')} failed",
        "warning": f"{_count(warnings, 'warning')}",
        "ok": "No warning",
    }[status]
    first = (errors + warnings)[:1]
    where = next((n.placement.target for n in treatment.guidance.needles if first and first[0] in n.checks), None)
    risk = next((risk for risk in treatment.recovery.risks if risk.name.startswith(_NEURITIS) and risk.interval), None)
    if first:
        sentence = f"{where.nerve}: {first[0].reason}" if where else first[0].reason
    elif risk is not None and risk.rate is not None and risk.interval is not None:
        sentence = (
            f"Burning nerve pain follows in {rate(risk.rate)} of {risk.per}s (95{SPACE}% interval "
            f"{rate_range(*risk.interval)}); serious harm is published as single cases."
        )
    else:
        sentence = "Risks with their denominators are listed below."
    ventral = [check for check in checks if check.name == _VENTRAL]
    return {
        "question": "Is it safe?",
        "number": f"{passed} of {len(checks)}",
        "interval": f"checks passed{_ventral(ventral)}",
        "sentence": sentence,
        "status": status,
        "word": word,
        "picture": "",
        "cites": cite(*([first[0].source] if first else [risk.evidence] if risk else [])),
    }


_GRAVEST = ("WRONG", "STOP")


def _gravity(check: Check) -> int:
    """0 for the wrong side or level, 1 for a tip that endangers, 2 for the rest."""
    return next((n for n, word in enumerate(_GRAVEST) if check.reason.startswith(word)), len(_GRAVEST))


def _ventral(checks: list[Check]) -> str:
    """How far the tips stay from the foramen: the one distance that everybody asks for."""
    if not checks:
        return ""
    spare = min(check.measured for check in checks)
    where = "dorsal" if spare >= 0 else "ventral"
    return f"; tip {measured(abs(spare), checks[0].unit)} {where} to the foramen"


def _count(found: list[Check], noun: str) -> str:
    return f"{len(found)} {noun}{'s' * (len(found) != 1)}"


def _expected(treatment: Treatment, pictures: Pictures, cite: Citations) -> dict[str, Any]:
    recovery = treatment.recovery
    low, high = recovery.significant_interval
    median = recovery.median_relief_months
    lasting = f"{number(median, 0)}{SPACE}months" if median < 240 else "longer than studies followed them"
    return {
        "question": "What can the patient expect?",
        "number": percent(recovery.significant),
        "interval": f"at least half of the pain gone; 90{SPACE}% interval {percent_range(low, high)}",
        "sentence": f"Half of those keep it for {lasting}. {percent(recovery.partial)} have less or shorter relief, "
        f"{percent(recovery.none)} none.",
        "status": "info",
        "word": f"{percent(recovery.significant)} significant relief",
        "picture": pictures.svg(
            "bar-expected",
            groups_bar(recovery.significant, recovery.partial),
            f"{percent(recovery.significant)} significant, {percent(recovery.partial)} partial, "
            f"{percent(recovery.none)} no relief",
        ),
        "cites": [],
    }


def cautions(treatment: Treatment) -> list[dict[str, str]]:
    """What a reader must know before trusting the answer, each once, gravest first, with its status."""
    case, anatomy = treatment.case, treatment.anatomy
    checks = [(n.placement.target.label, check) for n in treatment.guidance.needles for check in n.checks]
    errors = sorted((pair for pair in checks if pair[1].status is Status.ERROR), key=lambda pair: _gravity(pair[1]))
    graver = [f"{label}: {check.reason}" for label, check in errors]
    graver += [f"The {t.label} supplies the joint too and is not treated in this case." for t in case.untreated_targets]
    found = list(anatomy.warnings)
    unconfirmed = not anatomy.levels_confirmed_by and not found
    if anatomy.quality:
        found.insert(0, f"{anatomy.quality}. Count the levels, and look at each nerve on the CT.")
    if unconfirmed:
        found.append("Nobody has confirmed level and side on this CT. Count the levels before using any of this.")
    found += [f"{course.target.label}: {warning}" for course in anatomy.courses for warning in course.warnings]
    found += [f"{label}: {check.reason}" for label, check in checks if check.status is Status.WARNING]
    burnt: Sequence[Lesion | VolumeLesion] = treatment.lesion_in_tissue or treatment.lesion
    found += [warning for lesion in burnt for warning in lesion.warnings]
    return [
        *({"status": "error", "text": text} for text in dict.fromkeys(graver)),
        *({"status": "warning", "text": text} for text in dict.fromkeys(found)),
    ]
