"""How good a test is, with the two things called "false-positive rate" kept apart by type.

Of those whose joint is not the source, some have a positive block: that share is 1 - specificity and belongs in
Bayes' rule. Of all positive blocks, some are not confirmed: that share is 1 - PPV and depends on how common the source
is. Published "false-positive rates" are either. Here each is a type, and a function that needs one refuses the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.results import Result

__all__ = [
    "FalsePositiveOfNegatives",
    "FalsePositiveOfPositives",
    "false_positive",
    "likelihood_ratios",
    "negative_predictive_value",
    "positive_predictive_value",
]


def _share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise EvidenceError(f"The {name} is {value:g}; a share lies between 0 and 1.")


@dataclass(frozen=True)
class FalsePositiveOfNegatives(Result):
    """Of those whose joint is *not* the source, the share with a positive block: 1 - specificity."""

    rate: float

    def __post_init__(self) -> None:
        _share("false-positive rate", self.rate)

    @property
    def specificity(self) -> float:
        """Of those whose joint is not the source, the share with a negative block."""
        return 1.0 - self.rate

    def of_positives(self, prevalence: float, sensitivity: float) -> FalsePositiveOfPositives:
        """The other definition, where the source is as common as `prevalence`."""
        return FalsePositiveOfPositives(1.0 - positive_predictive_value(prevalence, sensitivity, self))


@dataclass(frozen=True)
class FalsePositiveOfPositives(Result):
    """Of all positive blocks, the share that is not confirmed: 1 - positive predictive value."""

    rate: float

    def __post_init__(self) -> None:
        _share("false-positive rate", self.rate)

    @property
    def predictive_value(self) -> float:
        """Of all positive blocks, the share that is confirmed."""
        return 1.0 - self.rate

    def of_negatives(self, positive_rate: float) -> FalsePositiveOfNegatives:
        """The other definition, from the share of first blocks that were positive in the same study.

        Confirmed patients are ``positive_rate * (1 - rate)`` of all; whoever is not confirmed counts as not the source.

        Raises
        ------
        EvidenceError
            When every patient would be confirmed, so that nobody is left to be a negative.
        """
        _share("rate of positive blocks", positive_rate)
        confirmed = positive_rate * (1.0 - self.rate)
        if confirmed >= 1.0:
            raise EvidenceError("Every patient is confirmed: there is no one whose joint is not the source.")
        return FalsePositiveOfNegatives(positive_rate * self.rate / (1.0 - confirmed))


def false_positive(key: str) -> FalsePositiveOfNegatives | FalsePositiveOfPositives:
    """A published false-positive rate, in the type of its own definition.

    Parameters
    ----------
    key : str
        An evidence key below ``block.false_positive_of_negatives`` or ``block.false_positive_of_positives``.

    Raises
    ------
    EvidenceError
        For any other key: its definition is not known.
    """
    rate = evidence.value(key)
    if "false_positive_of_negatives" in key:
        return FalsePositiveOfNegatives(rate)
    if "false_positive_of_positives" in key:
        return FalsePositiveOfPositives(rate)
    raise EvidenceError(f"Evidence '{key}' does not say of whom it is a false-positive rate: negatives or positives.")


def _specificity(false_positive_rate: FalsePositiveOfNegatives) -> float:
    if not isinstance(false_positive_rate, FalsePositiveOfNegatives):
        raise EvidenceError(
            f"Bayes' rule needs a false-positive rate of the negatives (1 - specificity); "
            f"{type(false_positive_rate).__name__} was given. Convert it with of_negatives(positive_rate)."
        )
    return false_positive_rate.specificity


def positive_predictive_value(
    prevalence: float, sensitivity: float, false_positive_rate: FalsePositiveOfNegatives
) -> float:
    """Probability of the source after a positive test: ``p Se / (p Se + (1 - p)(1 - Sp))``.

    Raises
    ------
    EvidenceError
        When a share is outside 0 to 1, or the false-positive rate is of the other definition.
    """
    _share("prevalence", prevalence)
    _share("sensitivity", sensitivity)
    true = prevalence * sensitivity
    false = (1.0 - prevalence) * (1.0 - _specificity(false_positive_rate))
    return true / (true + false) if true + false > 0.0 else prevalence


def negative_predictive_value(
    prevalence: float, sensitivity: float, false_positive_rate: FalsePositiveOfNegatives
) -> float:
    """Probability that the joint is not the source after a negative test: ``(1 - p) Sp / ((1 - p) Sp + p (1 - Se))``.

    Raises
    ------
    EvidenceError
        As :func:`positive_predictive_value`.
    """
    _share("prevalence", prevalence)
    _share("sensitivity", sensitivity)
    true = (1.0 - prevalence) * _specificity(false_positive_rate)
    missed = prevalence * (1.0 - sensitivity)
    return true / (true + missed) if true + missed > 0.0 else 1.0 - prevalence


def likelihood_ratios(sensitivity: float, false_positive_rate: FalsePositiveOfNegatives) -> tuple[float, float]:
    """LR+ = Se / (1 - Sp) and LR- = (1 - Se) / Sp. Never multiply those of two blocks in one patient: see latent.

    Raises
    ------
    EvidenceError
        As :func:`positive_predictive_value`; also when the specificity is 0 or 1 and a ratio has no value.
    """
    _share("sensitivity", sensitivity)
    specificity = _specificity(false_positive_rate)
    if not 0.0 < specificity < 1.0:
        raise EvidenceError(f"A likelihood ratio has no value at a specificity of {specificity:g}.")
    return sensitivity / (1.0 - specificity), (1.0 - sensitivity) / specificity
