"""The validation table: every published result that was found, beside what an untuned model computes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from neurotomy import evidence
from neurotomy.evidence import Tag
from neurotomy.lesion.simulation import Numerics
from neurotomy.lesion.validation.bench import Bench, Computed, computed, worlds
from neurotomy.lesion.validation.bipolar import bipolar
from neurotomy.lesion.validation.experiment import Experiment
from neurotomy.lesion.validation.relations import relations
from neurotomy.lesion.validation.row import Row, Verdict
from neurotomy.lesion.validation.signs import signs
from neurotomy.lesion.validation.sizes import sizes
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance
from neurotomy.results import Result, to_json_value

__all__ = ["CALIBRATION", "WORLDS", "Validation", "experiments", "inputs_sha256", "validate"]

CALIBRATION = "none: no parameter was fitted to any row"
WORLDS = 20
SEED = 20261123


@dataclass(frozen=True)
class Validation(Result):
    """The whole table.

    Attributes
    ----------
    rows
        In the order ratios, trends, sizes, what is quoted.
    calibration
        What was fitted before.
    worlds
        Draws of the uncertain inputs behind each 90 % interval.
    inputs_sha256
        Hash of the published results the table was made from.
    """

    rows: tuple[Row, ...]
    calibration: str
    worlds: int
    inputs_sha256: str
    provenance: Provenance

    def count(self, verdict: Verdict) -> int:
        """How many rows ended so."""
        return sum(row.verdict is verdict for row in self.rows)


def experiments() -> Iterator[Experiment]:
    """All published results, in the order of the table."""
    yield from relations()
    yield from signs()
    yield from bipolar()
    yield from sizes()


def inputs_sha256() -> str:
    """Hash of all published results and uncertain inputs; it changes when one of them does."""
    text = {
        key: entry.to_dict() for room in ("validation", "uncertainty") for key, entry in evidence.select(room).items()
    }
    return hashlib.sha256(json.dumps(to_json_value(text), sort_keys=True).encode()).hexdigest()


def validate(*, world_count: int = WORLDS, three_dimensional: bool = True, progress: Progress = SILENT) -> Validation:
    """Compute every row.

    Parameters
    ----------
    world_count : int
        Draws of the uncertain inputs; 0 leaves the 90 % intervals out.
    three_dimensional : bool
        Whether to compute the rows of two needles too (about half a minute).
    """
    found = list(experiments())
    best = Bench(progress=progress.part(0.0, 0.1, "best estimate"))
    fine = Bench(numerics=Numerics(), progress=progress.part(0.1, 0.2, "finer grid"))
    quantiles = worlds(world_count, SEED) if world_count else []
    others = [
        Bench(
            world,
            progress=progress.part(0.2 + 0.8 * n / world_count, 0.2 + 0.8 * (n + 1) / world_count, f"world {n + 1}"),
        )
        for n, world in enumerate(quantiles)
    ]
    flat = [experiment for experiment in found if experiment.dimensions == 2]
    for bench in (best, fine, *others):  # one bench after the other, so that the progress runs forward
        for experiment in flat:
            for quantity in experiment.quantities.values():
                quantity(bench)
    if not three_dimensional:
        found = [replace(e, quantities={}, outside="Left out.") if e.dimensions == 3 else e for e in found]
    rows = []
    for experiment in found:
        if experiment.dimensions == 3:
            progress(0.98, experiment.quantity)
        rows.append(_row(experiment, best, fine, others))
    progress(1.0, f"{sum(row.verdict is Verdict.INSIDE for row in rows)} of {len(rows)} rows inside")
    keys = tuple(dict.fromkeys(row.evidence for row in rows))
    return Validation(tuple(rows), CALIBRATION, world_count, inputs_sha256(), Provenance.now(seed=SEED, evidence=keys))


def _row(experiment: Experiment, best: Bench, fine: Bench, others: list[Bench]) -> Row:
    entry = evidence.get(experiment.evidence)
    use = entry.used_for[0] if entry.used_for else "context"
    decides = use == "holdout" and entry.tag is not Tag.MEMORY
    again = (fine, others) if experiment.dimensions == 2 else (best, [])
    value = computed(experiment.quantities, best, *again) if experiment.quantities else None
    verdict = _verdict(experiment, value, entry.value, decides)
    explained = experiment.outside if verdict is not Verdict.INSIDE else ""
    explanation = explained(best) if callable(explained) else explained
    if value is not None and verdict is Verdict.INSIDE and not _within(value.low, value.high, experiment):
        explanation = "The median is inside, single electrodes are not. " + (
            experiment.outside if isinstance(experiment.outside, str) else ""
        )
    return Row(
        name=experiment.name,
        quantity=experiment.quantity,
        setting=experiment.setting,
        criterion=experiment.criterion,
        unit=experiment.unit or entry.unit,
        published_low=experiment.low,
        published_high=experiment.high,
        published=experiment.published,
        computed=value.value if value else None,
        computed_low=value.low if value else None,
        computed_high=value.high if value else None,
        numerical_error=value.numerical_error if value and experiment.dimensions == 2 else None,
        spread_low=value.spread_low if value and not math.isnan(value.spread_low) else None,
        spread_high=value.spread_high if value and not math.isnan(value.spread_high) else None,
        verdict=verdict,
        explanation=explanation,
        use=use,
        evidence=entry.key,
        source=evidence.source(entry.source).citation,
    )


def _verdict(experiment: Experiment, value: Computed | None, published: object, decides: bool) -> Verdict:
    if value is None:
        return Verdict.NOT_COMPUTED if decides else Verdict.SHOWN
    if not decides:
        return Verdict.SHOWN
    if experiment.low is None and experiment.high is None:
        assert isinstance(published, (int, float))
        inside = value.spread_low <= published <= value.spread_high
    elif experiment.low is None or experiment.high is None:
        inside = _within(value.low, value.high, experiment)  # a trend or a bound must hold for every electrode
    else:
        inside = _within(value.value, value.value, experiment)
    return Verdict.INSIDE if inside else Verdict.OUTSIDE


def _within(low: float, high: float, experiment: Experiment) -> bool:
    return (experiment.low is None or low >= experiment.low) and (experiment.high is None or high <= experiment.high)
