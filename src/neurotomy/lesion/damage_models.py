"""Models of heat damage side by side: each gives its own edge of the same lesion.

Nothing measured on nerve was found (``evidence`` room ``damage``), so which edge is right is an open question; their
spread is part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.lesion.damage import arrhenius, mean_rates

__all__ = ["EVIDENCE", "Edge", "History", "ThreeState", "alive_and_dead", "edges"]

Array = NDArray[np.float64]

KINETICS = ("liver", "artery_collagen", "liver_conductivity_change", "liver_permittivity_change")
"""Kinetics of ``damage.arrhenius_*`` that are meant for the edge of a lesion. Those for skin burns, and the two that
the evidence says not to use (fat, prostate), are not among them."""
LONGEST_STEP_S = 2.0
"""Of the three-state model: its rates are below 0.05 per second."""
WARM_C = 40.0
"""Cooler nodes are left out: none of these models knows damage there within an hour."""


@dataclass
class History:
    """Temperatures of the nodes at the end of each step, as the march shows them."""

    celsius: list[Array] = field(default_factory=list)
    steps_s: list[float] = field(default_factory=list)

    def add(self, celsius: Array, step_s: float) -> None:
        """Remember one step; the first has a length of 0."""
        self.celsius.append(celsius)
        self.steps_s.append(step_s)


@dataclass(frozen=True)
class ThreeState:
    """Cells alive, vulnerable and dead (O'Neill 2011): alive ⇄ vulnerable → dead, faster the more are hurt already."""

    forward_per_s: float
    forward_c: float
    backward_per_s: float
    start_alive: float

    @classmethod
    def of_evidence(cls) -> ThreeState:
        """With the numbers of ``damage.three_state``."""
        names = ("forward_rate", "forward_temperature", "backward_rate", "start_alive")
        return cls(*(evidence.value(f"damage.three_state.{name}") for name in names))

    def rates(self, celsius: Array, alive: Array, dead: Array) -> tuple[Array, Array]:
        """(d alive / dt, d dead / dt), 1/s."""
        forward = self.forward_per_s * np.exp(celsius / self.forward_c) * (1 - alive)
        vulnerable = 1 - alive - dead
        return self.backward_per_s * vulnerable - forward * alive, forward * vulnerable


def alive_and_dead(
    model: ThreeState, history: History, at: NDArray[np.intp] | slice = slice(None)
) -> tuple[Array, Array]:
    """Shares alive and dead at the end, by Runge-Kutta of fourth order, temperatures linear within a step."""
    celsius = np.ravel(history.celsius[0])[at]
    alive = np.full(celsius.shape, model.start_alive)
    dead = np.zeros(celsius.shape)
    for following, step_s in zip(history.celsius[1:], history.steps_s[1:], strict=True):
        end_c = np.ravel(following)[at]
        count = max(int(np.ceil(step_s / LONGEST_STEP_S)), 1)
        h = step_s / count
        for n in range(count):
            a, b = (celsius + (end_c - celsius) * share for share in (n / count, (n + 1) / count))
            middle = 0.5 * (a + b)
            k1 = model.rates(a, alive, dead)
            k2 = model.rates(middle, alive + 0.5 * h * k1[0], dead + 0.5 * h * k1[1])
            k3 = model.rates(middle, alive + 0.5 * h * k2[0], dead + 0.5 * h * k2[1])
            k4 = model.rates(b, alive + h * k3[0], dead + h * k3[1])
            alive = alive + h / 6 * (k1[0] + 2 * (k2[0] + k3[0]) + k4[0])
            dead = dead + h / 6 * (k1[1] + 2 * (k2[1] + k3[1]) + k4[1])
        celsius = end_c
    return alive, dead


@dataclass(frozen=True)
class Edge:
    """One model: what it makes of a history, and the level at which tissue counts as dead.

    Attributes
    ----------
    name, criterion
        For programs and for people.
    key
        Of the evidence that it rests on.
    values
        From the history and the nodes to look at, flat, to values that rise with damage and are smooth enough to
        interpolate.
    floor
        Value of nodes that were never warm.
    level
        The edge.
    """

    name: str
    criterion: str
    key: str
    values: Callable[[History, NDArray[np.intp]], Array]
    floor: float
    level: float

    def __call__(self, history: History) -> Array:
        """Values at all nodes, in their shape."""
        peak = np.max(history.celsius, axis=0)
        warm = np.flatnonzero(peak > WARM_C)
        found = np.full(peak.size, self.floor)
        if len(warm):
            found[warm] = self.values(history, warm)
        return found.reshape(peak.shape)


def _peak(history: History, at: NDArray[np.intp]) -> Array:
    return np.asarray(np.max([np.ravel(c)[at] for c in history.celsius], axis=0))


def _log10_omega(kinetics: str) -> Callable[[History, NDArray[np.intp]], Array]:
    def values(history: History, at: NDArray[np.intp]) -> Array:
        model = arrhenius(kinetics)
        rates = model.log_rate_per_s(np.stack([np.ravel(c)[at] for c in history.celsius]))
        steps = np.asarray(history.steps_s[1:])
        return np.asarray(np.log10(np.maximum(steps @ mean_rates(rates), 1e-12)))

    return values


def _log2_cem43(history: History, at: NDArray[np.intp]) -> Array:
    reference_c, above, below = (
        evidence.value(f"damage.cem43.{n}") for n in ("reference_temperature", "r_above", "r_below")
    )
    over = np.stack([np.ravel(c)[at] for c in history.celsius]) - reference_c
    rates = -over * np.where(over >= 0, np.log(above), np.log(below))
    steps = np.asarray(history.steps_s[1:]) / 60
    return np.asarray(np.log2(np.maximum(steps @ mean_rates(rates), 1e-12)))


def _logit_dead(history: History, at: NDArray[np.intp]) -> Array:
    _, dead = alive_and_dead(ThreeState.of_evidence(), history, at)
    dead = np.clip(dead, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(dead / (1 - dead)))


def edges() -> tuple[Edge, ...]:
    """All models, with the thresholds of the evidence."""
    low, high = evidence.get("damage.cem43.threshold").low, evidence.value("damage.cem43.threshold")
    dead = evidence.value("damage.three_state.dead_threshold")
    isotherms = tuple(
        Edge(f"isotherm_{c:g}c", f"peak temperature ≥ {c:g} °C", key, _peak, WARM_C, c)
        for key in ("damage.isotherm.clinical_border", "damage.isotherm.photographic", "damage.isotherm.egg_white")
        for c in (evidence.value(key),)
    )
    integrals = tuple(
        Edge(
            f"arrhenius_{name}",
            f"Arrhenius integral ≥ 1 ({name.replace('_', ' ')} kinetics)",
            f"damage.arrhenius_{name}.activation_energy",
            _log10_omega(name),
            -12.0,
            0.0,
        )
        for name in KINETICS
    )
    minutes = tuple(
        Edge(
            f"cem43_{m:g}min",
            f"≥ {m:g} equivalent minutes at 43 °C",
            "damage.cem43.threshold",
            _log2_cem43,
            float(np.log2(1e-12)),
            float(np.log2(m)),
        )
        for m in (high, low)
        if m is not None
    )
    three = Edge(
        "three_state",
        f"dead share ≥ {dead:g} (three-state model)",
        "damage.three_state.dead_threshold",
        _logit_dead,
        float(np.log(1e-9)),
        float(np.log(dead / (1 - dead))),
    )
    return (*isotherms, *integrals, *minutes, three)


EVIDENCE = (
    *(f"damage.arrhenius_{name}.{part}" for name in KINETICS for part in ("frequency_factor", "activation_energy")),
    *(f"damage.isotherm.{name}" for name in ("clinical_border", "photographic", "egg_white")),
    "damage.cem43.threshold",
    *(
        f"damage.three_state.{name}"
        for name in ("forward_rate", "forward_temperature", "backward_rate", "start_alive", "dead_threshold")
    ),
)
