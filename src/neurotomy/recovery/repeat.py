"""A second neurotomy: how likely it works after the first one did, or did not.

Nothing is fitted here. What the first procedure showed changes what is believed about the patient, by Bayes' rule:
one who had significant relief most likely has this joint as the source, and answers to a lesion; one who had none
less likely so. Whether the needles capture the nerves is a new question each time.

How far the answer to a lesion belongs to the patient is not known. Two bounds: it is the patient's own and the same
each time (`trait`), or it is new each time (`chance`). Relief as after sham is new each time. The expectation mixes
patients of both kinds by ``outcome.model.repeat_persistence``.

How long relief lasts is the same each time: 104 patients kept about 10 months over all repeats (Rambaransingh 2010),
and the means of a review are slightly longer after repeats than after first procedures (Smuck 2012).
"""

from __future__ import annotations

from dataclasses import dataclass

from neurotomy import evidence
from neurotomy.recovery.fit import success
from neurotomy.results import Result

__all__ = ["Repeat", "repeats"]


@dataclass(frozen=True)
class Repeat(Result):
    """What a further procedure of the same joint with the same technique can expect.

    Attributes
    ----------
    number
        2 for the first repeat, and so on.
    if_all_worked, if_all_failed
        P(significant relief) of this procedure when all before it gave it, and when none did.
    if_all_worked_bounds, if_all_failed_bounds
        The same if the patient's answer is new each time, and if it is always the same: lower and upper.
    source_if_all_worked, source_if_all_failed
        P(the joint is the source) then.
    """

    number: int
    if_all_worked: float
    if_all_failed: float
    if_all_worked_bounds: tuple[float, float]
    if_all_failed_bounds: tuple[float, float]
    source_if_all_worked: float
    source_if_all_failed: float


def repeats(region: str, source: float, captured: float, count: int = 3) -> tuple[Repeat, ...]:
    """The first `count` repeats of a patient with these probabilities.

    Parameters
    ----------
    region : str
        cervical, thoracic, lumbar or sacroiliac.
    source, captured : float
        P(the joint is the source) and P(all its nerves captured), 0 to 1.
    count : int
        How many repeats.

    Raises
    ------
    ValueError
        When a probability lies outside 0 to 1.
    """
    for name, p in (("source", source), ("captured", captured)):
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"{name} is {p:g}; a probability lies between 0 and 1.")
    rates = success(region)
    hit, sham = float(rates.success.mean()), float(rates.sham.mean())
    persistence = evidence.value("outcome.model.repeat_persistence")
    chance = _kinds(source, hit, sham, trait=False)
    trait = _kinds(source, hit, sham, trait=True)
    mixed = [((1.0 - persistence) * kind[0], *kind[1:]) for kind in chance]
    mixed += [(persistence * kind[0], *kind[1:]) for kind in trait]
    found = []
    for number in range(2, count + 2):
        worked, failed = (
            [_after(kinds, captured, number - 1, worked=outcome) for kinds in (chance, mixed, trait)]
            for outcome in (True, False)
        )
        found.append(
            Repeat(
                number=number,
                if_all_worked=worked[1][0],
                if_all_failed=failed[1][0],
                if_all_worked_bounds=_ordered(worked[0][0], worked[2][0]),
                if_all_failed_bounds=_ordered(failed[0][0], failed[2][0]),
                source_if_all_worked=worked[1][1],
                source_if_all_failed=failed[1][1],
            )
        )
    return tuple(found)


_Kind = tuple[float, bool, float, float]
"""A kind of patient: weight, whether the joint is the source, P(relief) with the nerves captured, and without."""


def _kinds(source: float, hit: float, sham: float, *, trait: bool) -> list[_Kind]:
    if not trait:
        return [(source, True, hit, sham), (1.0 - source, False, sham, sham)]
    # Some always answer to a lesion; the others answer as to sham, and the two together make the success rate.
    always = (hit - sham) / (1.0 - sham)
    return [
        (source * always, True, 1.0, sham),
        (source * (1.0 - always), True, sham, sham),
        (1.0 - source, False, sham, sham),
    ]


def _after(kinds: list[_Kind], captured: float, before: int, *, worked: bool) -> tuple[float, float]:
    """P(relief) of the next procedure and P(source), after `before` that all worked or all failed."""
    total = relieved = of_source = 0.0
    for weight, is_source, with_capture, without in kinds:
        p = captured * with_capture + (1.0 - captured) * without if is_source else without
        seen = weight * (p if worked else 1.0 - p) ** before
        total += seen
        relieved += seen * p
        of_source += seen * is_source
    return (relieved / total, of_source / total) if total > 0.0 else (0.0, 0.0)


def _ordered(a: float, b: float) -> tuple[float, float]:
    return min(a, b), max(a, b)
