"""What the fitted model expects of a whole group of patients: of a study, or of one who is like them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.recovery import fit
from neurotomy.recovery.fit import Choices
from neurotomy.recovery.survival import still, survival

__all__ = ["kept_samples", "share_samples"]

Array = NDArray[np.float64]

_SEED = 2012
_SAMPLES = 6000


def share_samples(region: str, selection: str, month: float, without: str = "", other: Choices | None = None) -> Array:
    """Share in significant relief at `month` of a new group of patients with these blocks: a sample.

    Parameters
    ----------
    region : str
        cervical, thoracic, lumbar or sacroiliac.
    selection : str
        none, one, two or placebo.
    month : float
        After the procedure.
    without : str
        Key of a source whose numbers are left out of the fits.
    other : Choices, optional
        Instead of those of the evidence.
    """
    generator = np.random.default_rng(_SEED)
    shares = fit.success(region, without, other).shares(selection)
    index = generator.integers(shares.size, size=_SAMPLES)
    return np.asarray(np.clip(shares[index] * kept_samples(region, month, without, generator, other), 0.0, 1.0))


def kept_samples(
    region: str, month: float, without: str, generator: np.random.Generator, other: Choices | None = None
) -> Array:
    """Share in relief at `month` for each one in relief at the horizon, of new groups; above 1 before the horizon."""
    horizon = evidence.value("outcome.model.horizon")
    try:
        length = fit.duration(region, without, other)
    except EvidenceError:  # nothing else tells how long relief lasts
        length = fit.duration(region, "", other)
    shape, scale, lasting = length.draw(generator, _SAMPLES)
    if month >= horizon:
        return still(np.full(_SAMPLES, month), horizon, shape, scale, lasting)
    then = np.maximum(survival(horizon, shape, scale, lasting), 1e-3)
    return np.asarray(survival(month, shape, scale, lasting) / then)
