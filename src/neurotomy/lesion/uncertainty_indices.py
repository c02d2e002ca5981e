"""Which input matters: variance-based indices from a polynomial through the members of an ensemble.

Polynomial chaos (Sudret, Reliab Eng Syst Saf 2008;93:964): a polynomial of second order in all inputs, orthonormal
under their distributions, is fitted by least squares. The squares of its coefficients are shares of the variance: those
of an input alone make its first-order index, those of all terms with it its total index. What the polynomial leaves
unexplained is reported, so that nobody trusts indices of a fit that does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Indices", "indices"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Indices:
    """Shares of the variance of one output.

    Attributes
    ----------
    first_order, total
        For each input; first-order indices add up to at most 1.
    swing
        Change of the output from the 5 % to the 95 % quantile of each input, all others at their middle.
    explained
        Share of the variance that the polynomial predicts for members it was not fitted to (leave one out).
    """

    first_order: Array
    total: Array
    swing: Array
    explained: float


def indices(quantiles: Array, outputs: Array, gaussian: Sequence[bool]) -> Indices:
    """Fit and split.

    Parameters
    ----------
    quantiles : array
        (members, inputs), within 0 to 1.
    outputs : array
        (members,).
    gaussian : sequence of bool
        For each input: whether it is a function of a normal variable (Hermite polynomials) or of a uniform one.

    Raises
    ------
    ValueError
        When there are fewer members than twice the terms.
    """
    count, inputs = quantiles.shape
    pairs = list(combinations(range(inputs), 2))
    terms = 1 + 2 * inputs + len(pairs)
    if count < 2 * terms:
        raise ValueError(f"{count} members are too few for {inputs} inputs: at least {2 * terms}")
    linear, square = _polynomials(quantiles, gaussian)
    columns = [np.ones(count), *linear.T, *square.T, *(linear[:, i] * linear[:, j] for i, j in pairs)]
    basis = np.stack(columns, axis=1)
    q, r = np.linalg.qr(basis)
    coefficients = np.linalg.solve(r, q.T @ outputs)
    # Leave-one-out residuals of least squares come from the diagonal of the hat matrix.
    residual = (outputs - basis @ coefficients) / np.maximum(1 - (q**2).sum(axis=1), 1e-9)
    spread = float(np.var(outputs))
    if spread < 1e-24:
        nothing = np.zeros(inputs)
        return Indices(nothing, nothing.copy(), nothing.copy(), 1.0)
    one, two = coefficients[1 : 1 + inputs], coefficients[1 + inputs : 1 + 2 * inputs]
    alone = one**2 + two**2
    mixed = np.zeros(inputs)
    for (i, j), c in zip(pairs, coefficients[1 + 2 * inputs :], strict=True):
        mixed[[i, j]] += c**2
    whole = float((coefficients[1:] ** 2).sum())
    low, high = (_polynomials(np.full((1, inputs), quantile), gaussian) for quantile in (0.05, 0.95))
    swing = one * (high[0] - low[0])[0] + two * (high[1] - low[1])[0]
    return Indices(alone / whole, (alone + mixed) / whole, swing, 1 - float(np.mean(residual**2)) / spread)


def _polynomials(quantiles: Array, gaussian: Sequence[bool]) -> tuple[Array, Array]:
    """Orthonormal polynomials of first and second order of each input, both (members, inputs)."""
    from scipy.special import ndtri

    z, x = ndtri(quantiles), 2 * quantiles - 1
    normal = np.asarray(gaussian)[None, :]
    linear = np.where(normal, z, np.sqrt(3.0) * x)
    square = np.where(normal, (z**2 - 1) / np.sqrt(2.0), np.sqrt(5.0) * (1.5 * x**2 - 0.5))
    return linear, square
