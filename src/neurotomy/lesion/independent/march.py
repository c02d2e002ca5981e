"""The time loop of the independent codes: written anew from the equations, on whatever matrices a code brings.

Backward differences of second order with fixed steps; the sensor is held by splitting each step in what would be
without current and what one square volt adds; damage by the logarithmic mean of the rates at both ends of a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurotomy.progress import SILENT, Progress

__all__ = ["Elements", "History", "IndependentLesion", "run"]

Array = NDArray[np.float64]

START_C, SET_C, RAMP_S, HOLD_S = 37.0, 80.0, 10.0, 90.0
FREQUENCY_FACTOR, ACTIVATION_J_PER_MOL, GAS = 7.39e39, 2.577e5, 8.314462618


@dataclass(frozen=True)
class IndependentLesion:
    """What the benchmark compares.

    Attributes
    ----------
    extents_mm
        Width and length of 50 °C, of 60 °C and of Omega = 1.
    impedance_ohm
        At 100 s.
    unknowns
        Of one field.
    setup_s, solve_s
        Wall time of mesh and matrices, and of everything after.
    """

    extents_mm: tuple[float, ...]
    impedance_ohm: float
    unknowns: int
    setup_s: float
    solve_s: float


class Elements(Protocol):
    """Matrices and fields of a finite-element code."""

    def field(self, rise: Array) -> tuple[Array, float]:
        """(heat of 1 V, tested with every shape function; conductance) at these temperatures."""
        ...

    def factor(self, per_s: float) -> Callable[[Array], Array]:
        """A solver of ``per_s * mass + conduction``."""
        ...

    def mass(self, rise: Array) -> Array:
        """The mass matrix times a field."""
        ...

    def sensor(self, rise: Array) -> float:
        """Rise at the thermocouple."""
        ...

    def nodes(self, rise: Array) -> Array:
        """Rise where damage is summed."""
        ...


@dataclass
class History:
    """Peak temperature and damage at the nodes, and the last conductance."""

    peak_c: Array
    log_omega: Array
    conductance: float


def run(
    elements: Elements, start: Array, *, step_s: float, refresh: float = 0.02, progress: Progress = SILENT
) -> History:
    """March through the reference protocol; `start` is a field of zeros."""
    rise = previous = start
    at_nodes = elements.nodes(rise)
    peak, omega = at_nodes.copy(), np.zeros_like(at_nodes)
    log_rate = _log_rate(START_C + at_nodes)
    heat, conductance = elements.field(rise)
    shown = at_nodes
    time_s = 0.0
    for duration_s, step in ((RAMP_S, min(step_s, RAMP_S / 10)), (HOLD_S, step_s)):
        count = round(duration_s / step)
        step = duration_s / count
        answer: Array | None = None
        solve: Callable[[Array], Array] | None = None
        for n in range(count):
            if n < 2:  # the first step of a phase is of first order
                solve, answer = elements.factor((1.0 if n == 0 else 1.5) / step), None
            assert solve is not None
            history = rise if n == 0 else 2 * rise - 0.5 * previous
            ahead = elements.nodes(rise if n == 0 else 2 * rise - previous)
            if np.abs(0.02 * (ahead - shown) / (1 + 0.02 * shown)).max() > refresh:
                heat, conductance = elements.field(rise if n == 0 else 2 * rise - previous)
                shown, answer = ahead, None
            if answer is None:
                answer = solve(heat)
            free = solve(elements.mass(history) / step)
            time_s += step
            goal = (SET_C - START_C) * min(time_s / RAMP_S, 1.0)
            previous, rise = rise, free + max(0.0, (goal - elements.sensor(free)) / elements.sensor(answer)) * answer
            at_nodes = elements.nodes(rise)
            peak = np.maximum(peak, at_nodes)
            now = _log_rate(START_C + at_nodes)
            gap = np.where(np.abs(now - log_rate) < 1e-9, 1e-9, now - log_rate)
            omega += step * np.exp(log_rate) * np.expm1(gap) / gap
            log_rate = now
            progress(time_s / (RAMP_S + HOLD_S), f"{time_s:.0f} s")
    _, conductance = elements.field(rise)
    return History(START_C + peak, np.log(np.maximum(omega, 1e-12)), conductance)


def _log_rate(celsius: Array) -> Array:
    return np.asarray(np.log(FREQUENCY_FACTOR) - ACTIVATION_J_PER_MOL / (GAS * (celsius + 273.15)))
