"""Heat damage: the Arrhenius integral, equivalent minutes at 43 °C, and the peak temperature, summed over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence

__all__ = ["EVIDENCE", "Dose", "log_rate_per_s"]

Array = NDArray[np.float64]

GAS_CONSTANT_J_PER_MOL_K = 8.314462618
ZERO_CELSIUS_K = 273.15
EVIDENCE = (
    "damage.arrhenius_liver.frequency_factor",
    "damage.arrhenius_liver.activation_energy",
    "damage.cem43.reference_temperature",
    "damage.cem43.r_above",
    "damage.cem43.r_below",
)


def log_rate_per_s(celsius: Array) -> Array:
    """Natural logarithm of the Arrhenius rate, ln(A) - Ea / (R T), 1/s, with the liver kinetics of the evidence."""
    frequency_factor, activation_energy = (evidence.value(key) for key in EVIDENCE[:2])
    return np.asarray(
        np.log(frequency_factor) - activation_energy / (GAS_CONSTANT_J_PER_MOL_K * (celsius + ZERO_CELSIUS_K))
    )


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
        self._log_r_above, self._log_r_below = np.log(r_above), np.log(r_below)
        self.peak_c = celsius.copy()
        self.omega = np.zeros_like(celsius)
        self.cem43_min = np.zeros_like(celsius)
        self._log_rate = log_rate_per_s(celsius)
        self._log_cem = self._log_cem_rate(celsius)

    def add(self, celsius: Array, step_s: float) -> None:
        """Go on by `step_s` to the temperatures `celsius`."""
        log_rate, log_cem = log_rate_per_s(celsius), self._log_cem_rate(celsius)
        self.omega += step_s * _logarithmic_mean(self._log_rate, log_rate)
        self.cem43_min += step_s / 60 * _logarithmic_mean(self._log_cem, log_cem)
        np.maximum(self.peak_c, celsius, out=self.peak_c)
        self._log_rate, self._log_cem = log_rate, log_cem

    @property
    def log10_omega(self) -> Array:
        """log10 of the Arrhenius integral; 0 is the edge of necrosis (63 % of cells dead)."""
        return np.asarray(np.log10(np.maximum(self.omega, 1e-6)))

    def _log_cem_rate(self, celsius: Array) -> Array:
        """Natural logarithm of R^(43 - T) (Sapareto and Dewey 1984)."""
        above = celsius - self._reference_c
        return np.asarray(-above * np.where(above >= 0, self._log_r_above, self._log_r_below))


def _logarithmic_mean(log_a: Array, log_b: Array) -> Array:
    """(b - a) / (ln b - ln a), from the logarithms; the limit where they are equal."""
    d = log_b - log_a
    near = np.abs(d) < 1e-6
    safe = np.where(near, 1.0, d)
    return np.asarray(np.exp(log_a) * np.where(near, 1.0 + 0.5 * d, np.expm1(safe) / safe))
