"""Heat damage: the Arrhenius integral, equivalent minutes at 43 °C, and the peak temperature, summed over time.

Other models of the evidence stand side by side in :mod:`~neurotomy.lesion.damage_models`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence

__all__ = ["EVIDENCE", "Arrhenius", "Dose", "arrhenius", "log_rate_per_s", "mean_rate", "mean_rates"]

Array = NDArray[np.float64]

UNCHANGED_K = 1e-3
"""A node that changes by less goes on at the rate that it had."""
GAS_CONSTANT_J_PER_MOL_K = 8.314462618
ZERO_CELSIUS_K = 273.15
EVIDENCE = (
    "damage.arrhenius_liver.frequency_factor",
    "damage.arrhenius_liver.activation_energy",
    "damage.cem43.reference_temperature",
    "damage.cem43.r_above",
    "damage.cem43.r_below",
)


@dataclass(frozen=True)
class Arrhenius:
    """First-order kinetics: rate = A exp(-Ea / (R T)).

    Attributes
    ----------
    log_a
        Natural logarithm of A in 1/s.
    kelvin
        Ea / R.
    """

    log_a: float
    kelvin: float

    def log_rate_per_s(self, celsius: Array) -> Array:
        """Natural logarithm of the rate, 1/s."""
        return np.asarray(self.log_a - self.kelvin / (celsius + ZERO_CELSIUS_K))


@cache
def arrhenius(name: str) -> Arrhenius:
    """The kinetics ``damage.arrhenius_NAME`` of the evidence."""
    key = f"damage.arrhenius_{name}"
    return Arrhenius(
        float(np.log(evidence.value(f"{key}.frequency_factor"))),
        evidence.value(f"{key}.activation_energy") / GAS_CONSTANT_J_PER_MOL_K,
    )


def log_rate_per_s(celsius: Array) -> Array:
    """Natural logarithm of the Arrhenius rate, ln(A) - Ea / (R T), 1/s, with the liver kinetics of the evidence."""
    return arrhenius("liver").log_rate_per_s(celsius)


class Dose:
    """Damage so far, at each node of a temperature field; :meth:`add` it one time step after another.

    Between two times the logarithm of a rate is taken as linear, so the mean rate is the logarithmic mean of the end
    rates: at steps of 2 s far better than the trapezoid, because rates change by orders of magnitude.

    Parameters
    ----------
    celsius : array
        Temperatures at the start, any shape.
    """

    def __init__(self, celsius: Array) -> None:
        self._reference_c, r_above, r_below = (evidence.value(key) for key in EVIDENCE[2:5])
        self._log_r_above, self._log_r_below = float(np.log(r_above)), float(np.log(r_below))
        self._model = arrhenius("liver")
        self.peak_c = celsius.copy()
        self.omega = np.zeros_like(celsius)
        self.cem43_min = np.zeros_like(celsius)
        self._celsius = celsius
        self._log_rate = self._model.log_rate_per_s(celsius)
        self._log_cem = self._log_cem_rate(celsius)

    def add_all(self, celsius: Array, steps_s: Array, spikes_k: Sequence[Array | None] = ()) -> None:
        """Go on by several steps at once: temperatures at their ends, (steps, ...), and their lengths, (steps,).

        `spikes_k` is what one burst adds in each step, None without bursts; with any, steps are added one by one.
        """
        if any(spike is not None for spike in spikes_k):
            for now, length, spike in zip(celsius, steps_s.tolist(), spikes_k, strict=True):
                self.add(now, length, spike)
            return
        at = np.flatnonzero(np.ptp(celsius, axis=0) + np.abs(celsius[0] - self._celsius) > UNCHANGED_K)
        seconds = float(steps_s.sum())
        omega, cem = np.exp(self._log_rate) * seconds, np.exp(self._log_cem) * seconds
        moving = celsius.reshape(len(celsius), -1)[:, at]
        for total, log_rate, of in ((omega, self._log_rate, self._rate), (cem, self._log_cem, self._log_cem_rate)):
            log_rates = np.concatenate([log_rate.ravel()[None, at], of(moving)])
            total.ravel()[at] = steps_s @ mean_rates(log_rates)
            log_rate.ravel()[at] = log_rates[-1]
        self.omega += omega
        self.cem43_min += cem / 60
        self.peak_c.ravel()[at] = np.maximum(self.peak_c.ravel()[at], moving.max(axis=0))
        self._celsius = celsius[-1]

    def add(self, celsius: Array, step_s: float, spike_k: Array | None = None) -> None:
        """Go on by `step_s` to the temperatures `celsius`; `spike_k` is what one burst of pulsed current adds.

        Between bursts the temperature falls from half of the spike above its mean to half of it below, so the rate is
        averaged over that saw tooth.
        """
        log_rate, log_cem = self._model.log_rate_per_s(celsius), self._log_cem_rate(celsius)
        if spike_k is None:
            np.maximum(self.peak_c, celsius, out=self.peak_c)
        else:
            log_rate, log_cem = (_over_saw_tooth(rate, celsius, spike_k) for rate in (self._rate, self._log_cem_rate))
            np.maximum(self.peak_c, celsius + spike_k / 2, out=self.peak_c)
        self.omega += step_s * mean_rate(self._log_rate, log_rate)
        self.cem43_min += step_s / 60 * mean_rate(self._log_cem, log_cem)
        self._log_rate, self._log_cem, self._celsius = log_rate, log_cem, celsius

    @property
    def log10_omega(self) -> Array:
        """log10 of the Arrhenius integral; 0 is the edge of necrosis (63 % of cells dead)."""
        return np.asarray(np.log10(np.maximum(self.omega, 1e-6)))

    def _rate(self, celsius: Array) -> Array:
        return self._model.log_rate_per_s(celsius)

    def _log_cem_rate(self, celsius: Array) -> Array:
        """Natural logarithm of R^(43 - T) (Sapareto and Dewey 1984)."""
        above = celsius - self._reference_c
        return np.asarray(-above * np.where(above >= 0, self._log_r_above, self._log_r_below))


def mean_rate(log_a: Array, log_b: Array) -> Array:
    """(b - a) / (ln b - ln a), from the logarithms; the limit where they are equal."""
    d = log_b - log_a
    near = np.abs(d) < 1e-6
    safe = np.where(near, 1.0, d)
    return np.asarray(np.exp(log_a) * np.where(near, 1.0 + 0.5 * d, np.expm1(safe) / safe))


def mean_rates(log_rates: Array) -> Array:
    """:func:`mean_rate` between each of a series and the next, along the first axis; one exponential for each."""
    rates, d = np.exp(log_rates), log_rates[1:] - log_rates[:-1]
    # Where they hardly differ the mean of both ends is right to 1e-9, and the quotient would lose digits.
    found = 0.5 * (rates[1:] + rates[:-1])
    np.divide(rates[1:] - rates[:-1], d, out=found, where=np.abs(d) > 1e-4)
    return np.asarray(found)


_GAUSS = ((-np.sqrt(0.6) / 2, 5 / 18), (0.0, 8 / 18), (np.sqrt(0.6) / 2, 5 / 18))


def _over_saw_tooth(log_rate, celsius: Array, spike_k: Array) -> Array:  # type: ignore[no-untyped-def]
    """Logarithm of the mean rate while the temperature runs evenly through `celsius` ± half of `spike_k`."""
    parts = np.array([log_rate(celsius + place * spike_k) + np.log(weight) for place, weight in _GAUSS])
    return np.asarray(np.logaddexp.reduce(parts, axis=0))
