"""Run a study: chunks of patients on any number of workers, sums by world, intervals of two kinds.

Every number is a ratio of two means over patients (successes over treated, months over enrolled). Of each the study
keeps, for every world, the sums that its intervals need. *Sampling*: the spread of patients within worlds, by the delta
method. *Parameters*: the spread of worlds, from which the part that finite worlds have by chance is taken off (one-way
analysis of variance), so that few patients in each world do not look like doubt about the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.innervation import targets_for
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance
from neurotomy.selection import latent
from neurotomy.studies.capture import Capture, captures
from neurotomy.studies.model import Policy, Study, success_horizon_months
from neurotomy.studies.patients import CHUNK, Patients, Worlds, draw_patients, draw_worlds
from neurotomy.studies.policy import Outcome, block_answers, follow
from neurotomy.studies.result import Difference, Estimate, PolicyResult, StudyResult

__all__ = ["run_study"]

Array = NDArray[np.float64]

_Z_95 = 1.959963984540054
_COMPARED = ("success_per_enrolled", "months_per_enrolled", "neurotomies_per_enrolled", "blocks_per_enrolled")


@dataclass
class _Sums:
    """By world: patients, and of a ratio's numerator and denominator the sums of both, of squares and of products."""

    count: Array
    above: Array
    below: Array
    above_2: Array
    both: Array
    below_2: Array

    @classmethod
    def of(cls, above: Array, below: Array, world: NDArray[np.intp], worlds: int) -> _Sums:
        def total(values: Array) -> Array:
            return np.asarray(np.bincount(world, values, minlength=worlds), dtype=np.float64)

        ones = np.ones(world.size)
        return cls(total(ones), total(above), total(below), total(above**2), total(above * below), total(below**2))

    def add(self, more: _Sums) -> None:
        for name in ("count", "above", "below", "above_2", "both", "below_2"):
            setattr(self, name, getattr(self, name) + getattr(more, name))


def run_study(
    study: Study,
    *,
    workers: int = 1,
    progress: Progress = SILENT,
    capture: Callable[[Policy], tuple[Capture, ...]] | None = None,
) -> StudyResult:
    """Simulate the patients of `study` under each of its policies.

    Parameters
    ----------
    study : Study
        From :func:`neurotomy.studies.read_study`.
    workers : int
        Threads; the result is the same for any number.
    progress : Progress
        Told after each chunk; cancels between them.
    capture : callable, optional
        P(captured) of a policy, instead of computing it with needles and lesions on the built-in spine.

    Raises
    ------
    AnatomyError
        When the built-in spine does not hold the nerves of the joint.
    GuidanceError, LesionError
        When a policy's needle cannot reach a nerve, or its lesion cannot be computed.
    """
    captured = _captures(study, capture, progress.part(0.0, 0.5, "needles and lesions"))
    simulated = progress.part(0.5, 1.0, "patients")
    simulated(0.0, "What is not known is drawn")
    nerves = len(targets_for(study.joint, study.side))
    worlds = draw_worlds(study.region, study.joint == "SIJ", study.worlds, study.seed)
    chances = [_of_worlds(each, worlds) for each in captured]
    months = np.unique(np.append(np.linspace(0.0, study.follow_up_months, 49), success_horizon_months()))
    # So that each world has its patients, and the same number of them.
    patients = -(-study.patients // worlds.count) * worlds.count
    chunks = -(-patients // CHUNK)

    def work(chunk: int) -> tuple[list[dict[str, _Sums]], list[dict[str, _Sums]], list[Array]]:
        return _chunk(study, worlds, chances, nerves, chunk, patients, months)

    total: tuple[list[dict[str, _Sums]], list[dict[str, _Sums]], list[Array]] | None = None
    with ThreadPoolExecutor(max(workers, 1)) as pool:
        # In the order of the chunks, whoever is ready first: sums of floats depend on their order.
        for n, part in enumerate(pool.map(work, range(chunks))):
            total = part if total is None else _joined(total, part)
            try:
                simulated((n + 1) / chunks, f"{min((n + 1) * CHUNK, patients)} of {patients} patients")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    assert total is not None
    sums, differences, relieved = total
    policies = []
    values: dict[str, dict[str, Array]] = {}
    for policy, each, curve, of in zip(study.policies, sums, relieved, captured, strict=True):
        estimates, values[policy.name] = {}, {}
        for name, ratio in each.items():
            estimates[name], values[policy.name][name] = _estimate(ratio, share=_is_share(name))
        treated = each["success_per_treated"].below.sum()
        policies.append(
            PolicyResult(
                name=policy.name,
                selection=_selection_words(policy),
                technique=f"{policy.technique}, {of[0].electrode}, {of[0].protocol}",
                repeat=_repeat_words(policy),
                capture=of,
                estimates=estimates,
                relieved=tuple(float(share) for share in curve / max(treated, 1.0)),
            )
        )
    first = study.policies[0].name
    return StudyResult(
        title=study.title,
        joint=study.joint,
        side=study.side.value,
        region=study.region,
        patients=patients,
        worlds=worlds.count,
        follow_up_months=study.follow_up_months,
        horizon_months=success_horizon_months(),
        policies=tuple(policies),
        differences=tuple(
            Difference(policy.name, first, {name: _estimate(ratio, share=False)[0] for name, ratio in each.items()})
            for policy, each in zip(study.policies[1:], differences, strict=True)
        ),
        months=tuple(float(month) for month in months),
        notes=_notes(study, captured),
        provenance=Provenance.now({}, study.seed, (*latent.evidence_keys(study.region), *_EVIDENCE)),
        world_values=values,
    )


_EVIDENCE = (
    "block.cohort.relief_shape",
    "outcome.model.horizon",
    "outcome.model.repeat_persistence",
    "coverage.capture_length",
)


def _chunk(
    study: Study, worlds: Worlds, chances: list[Array], nerves: int, chunk: int, patients: int, months: Array
) -> tuple[list[dict[str, _Sums]], list[dict[str, _Sums]], list[Array]]:
    them = draw_patients(worlds, chunk, patients, study.seed)
    answers = {shown: block_answers(them, nerves, shown=shown) for shown in {p.contrast for p in study.policies}}
    sums: list[dict[str, _Sums]] = []
    differences: list[dict[str, _Sums]] = []
    relieved: list[Array] = []
    reference: dict[str, tuple[Array, Array]] = {}
    for policy, chance in zip(study.policies, chances, strict=True):
        spine = np.minimum((them.of_spine * chance.shape[0]).astype(int), chance.shape[0] - 1)
        outcome = follow(
            them, answers[policy.contrast], policy.rules, chance[spine, them.world], study.follow_up_months, months
        )
        ratios = _ratios(outcome, them)
        sums.append({name: _Sums.of(*ratio, them.world, worlds.count) for name, ratio in ratios.items()})
        relieved.append(outcome.relieved.sum(axis=0).astype(float))
        if not reference:
            reference = ratios
            continue
        differences.append(
            {
                name: _Sums.of(ratios[name][0] - reference[name][0], ratios[name][1], them.world, worlds.count)
                for name in _COMPARED
            }
        )
    return sums, differences, relieved


def _ratios(outcome: Outcome, them: Patients) -> dict[str, tuple[Array, Array]]:
    """Numerator and denominator of each number, patient by patient."""
    one = np.ones(them.count)
    treated, source = outcome.treated.astype(float), them.source.astype(float)
    success = outcome.success.astype(float)
    blocks, neurotomies = outcome.blocks.astype(float), outcome.neurotomies.astype(float)
    return {
        "success_per_treated": (success, treated),
        "success_per_enrolled": (success, one),
        "treated_per_enrolled": (treated, one),
        "missed_per_source": (source * (1.0 - treated), source),
        "source_per_treated": (source * treated, treated),
        "captured_per_treated": (outcome.captured.astype(float), treated),
        "blocks_per_enrolled": (blocks, one),
        "neurotomies_per_enrolled": (neurotomies, one),
        "procedures_per_success": (blocks + neurotomies, success),
        "months_per_treated": (outcome.months, treated),
        "months_per_enrolled": (outcome.months, one),
    }


def _joined(
    total: tuple[list[dict[str, _Sums]], list[dict[str, _Sums]], list[Array]],
    part: tuple[list[dict[str, _Sums]], list[dict[str, _Sums]], list[Array]],
) -> tuple[list[dict[str, _Sums]], list[dict[str, _Sums]], list[Array]]:
    for mine, more in zip((*total[0], *total[1]), (*part[0], *part[1]), strict=True):
        for name, sums in mine.items():
            sums.add(more[name])
    return total[0], total[1], [a + b for a, b in zip(total[2], part[2], strict=True)]


def _estimate(sums: _Sums, *, share: bool) -> tuple[Estimate, Array]:
    """A ratio with its two intervals, and its value in each world, freed from chance as far as it can be."""
    below = float(sums.below.sum())
    if below <= 0.0:  # nobody was treated, or nobody had success
        nothing = (float("nan"), float("nan"))
        return Estimate(float("nan"), nothing, nothing), np.full(sums.count.size, np.nan)
    value = float(sums.above.sum()) / below
    residual = sums.above - value * sums.below
    squares = sums.above_2 - 2.0 * value * sums.both + value**2 * sums.below_2
    inside = np.clip(squares - residual**2 / sums.count, 0.0, None) * sums.count / np.maximum(sums.count - 1.0, 1.0)
    sampling = float(np.sqrt(inside.sum())) / below
    # Each world's own ratio, as far from the common one as patients of that world say; 0 where none of them counts.
    own = np.where(sums.below > 0.0, sums.below, np.inf)
    deviation = residual / own
    by_chance = float(np.mean(inside / own**2))
    observed = float(np.var(deviation, ddof=1))
    kept = np.sqrt(max(0.0, 1.0 - by_chance / observed)) if observed > 0.0 else 0.0
    of_worlds = value + kept * deviation
    if share:
        of_worlds = np.clip(of_worlds, 0.0, 1.0)
    low, high = value - _Z_95 * sampling, value + _Z_95 * sampling
    if share:
        low, high = max(low, 0.0), min(high, 1.0)
    first, last = (float(q) for q in np.quantile(of_worlds, [0.025, 0.975]))
    return Estimate(value, (low, high), (first, last)), of_worlds


def _is_share(name: str) -> bool:
    return name.startswith(("success", "treated", "missed", "source", "captured"))


def _captures(
    study: Study, given: Callable[[Policy], tuple[Capture, ...]] | None, progress: Progress
) -> list[tuple[Capture, ...]]:
    """Capture of each policy; policies with the same technique share theirs."""
    made: dict[object, tuple[Capture, ...]] = {}
    found = []
    for n, policy in enumerate(study.policies):
        part = progress.part(n / len(study.policies), (n + 1) / len(study.policies))
        key = (policy.technique, policy.needle, policy.heating)
        if given is not None:
            found.append(given(policy))
            continue
        if key not in made:
            made[key] = captures(
                study.joint,
                study.side,
                policy.technique,
                policy.needle,
                policy.heating,
                tissue=study.tissue,
                spines=study.spines,
                samples=study.capture_samples,
                progress=part,
            )
        found.append(made[key])
        part(1.0, policy.name)
    return found


def _of_worlds(found: tuple[Capture, ...], worlds: Worlds) -> Array:
    """P(captured) in each world, (spines, worlds): what the finite number of samples leaves open."""
    from scipy.special import betaincinv

    return np.array([betaincinv(c.hits + 0.5, c.samples - c.hits + 0.5, worlds.of_capture) for c in found])


def _selection_words(policy: Policy) -> str:
    rules = policy.rules
    if rules.blocks == 0:
        words = "no block"
    else:
        words = f"{rules.blocks} block{'s' if rules.blocks > 1 else ''}, {rules.cutoff_percent:g} %"
        words += ", comparative" * rules.comparative + ", with placebo" * rules.placebo_controlled
        words += "" if policy.contrast else ", without contrast"
    return words + (f" ({policy.rule_set})" if policy.rule_set else "")


def _repeat_words(policy: Policy) -> str:
    rules = policy.rules
    if not rules.repeats:
        return "no repeat"
    words = [f"up to {rules.repeats} repeat{'s' if rules.repeats > 1 else ''}"]
    if rules.repeat_relief_percent:
        words.append(f"after {rules.repeat_relief_percent:g} % relief for {rules.repeat_relief_months:g} months")
    if rules.repeat_after_months:
        words.append(f"not before {rules.repeat_after_months:g} months")
    if rules.repeat_sessions_in_12_months:
        words.append(f"at most {rules.repeat_sessions_in_12_months} in 12 months")
    return ", ".join(words)


def _notes(study: Study, captured: list[tuple[Capture, ...]]) -> tuple[str, ...]:
    spines = ", ".join(str(n) for n in study.spines)
    where = f"variations {spines} of the built-in spine" if spines else "the standard built-in spine, one anatomy"
    notes = [
        "Simulated patients, for methods research: what follows from the model, not what was observed.",
        f"P(captured) was computed with the planned or upright needle on {where}, {captured[0][0].samples} samples "
        "each; whether a repeat captures the nerves is a new question each time.",
        "The relief model is phenomenological and fitted to published follow-up; success and accuracy of blocks are "
        "drawn independently of each other.",
        "Relief of a simulated block follows a chosen shape (block.cohort.relief_shape): the cut-offs of 50 and 80 % "
        "differ by that choice.",
    ]
    if study.region in {"thoracic", "sacroiliac"}:
        notes.append("Evidence for this region is thin.")
    return tuple(notes)
