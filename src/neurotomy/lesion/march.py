"""Heat through time: backward differences of second order, and a thermocouple held exactly on its set point.

In each step the temperature is A + V² B: A is what it would be without current, B what the heat of 1 V adds. Both have
the same matrix, so V² = (set - A at the thermocouple) / (B at the thermocouple) holds the set point exactly: no
controller to tune, no windup, no small steps. A generator that is at a limit gives the V² of that limit instead.

The grid is a :class:`~neurotomy.lesion.problem.Problem`: two- or three-dimensional, solved directly or by iteration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion.problem import Problem

__all__ = ["Phase", "Step", "march", "phases_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Phase:
    """A stretch of time, the set point running from `start_c` to `stop_c`; None is switched off.

    Steps are equal; with a `stretch` above 1 each is that much longer than the one before, up to `longest_s`. It ends
    early once nothing is hotter than `until_c`.
    """

    duration_s: float
    step_s: float
    start_c: float | None
    stop_c: float | None
    until_c: float = -np.inf
    stretch: float = 1.0
    longest_s: float = np.inf

    def steps(self) -> Array:
        """The length of each step, s; they add up to the duration."""
        if self.stretch <= 1:
            count = max(round(self.duration_s / self.step_s), 1)
            return np.full(count, self.duration_s / count)
        steps = [self.step_s]
        while sum(steps) < self.duration_s:
            steps.append(min(steps[-1] * self.stretch, self.longest_s))
        return np.array(steps) * (self.duration_s / sum(steps))


@dataclass(frozen=True)
class Step:
    """State after one step: temperature rise of the cells (K), what the generator shows, and the heat made (W).

    `impedance_ohm` is NaN while the generator is off; `limited` says that it was at one of its limits. The heat in the
    domain is a little less than the power: the rest is made beyond the domain, far away.
    """

    time_s: float
    step_s: float
    rise: Array
    tip_c: float
    power_w: float
    impedance_ohm: float
    voltage_v: float
    limited: bool
    heat_w: float

    @property
    def off(self) -> bool:
        """Whether the generator is switched off."""
        return bool(np.isnan(self.impedance_ohm))


def phases_of(protocol: Protocol, start_c: float, step_s: float, cool_down_s: float, until_c: float) -> list[Phase]:
    """Ramp, hold and cool-down of a protocol; the cool-down in short steps first, while it is quick."""
    ramp_step = min(step_s, protocol.ramp_s / 10)
    phases = [
        Phase(protocol.ramp_s, ramp_step, start_c, protocol.set_c),
        Phase(protocol.hold_s, step_s, protocol.set_c, protocol.set_c),
    ]
    quick_s = min(cool_down_s, 12.0)
    if quick_s > 0:
        phases.append(Phase(quick_s, step_s, None, None, until_c))
    if cool_down_s > quick_s:
        phases.append(Phase(cool_down_s - quick_s, 4 * step_s, None, None, until_c))
    return phases


def march(
    problem: Problem,
    phases: list[Phase],
    *,
    start_c: float,
    refresh: float,
    protocol: Protocol,
    watch: Callable[[Step], None],
) -> None:
    """Solve all phases and show every step to `watch`.

    Parameters
    ----------
    problem : Problem
        Cells, tissue and electrode.
    start_c : float
        Temperature at the start, far away, and of the blood that arrives.
    refresh : float
        The electric field is solved anew when a conductivity has changed by more than this share.
    protocol : Protocol
        For the generator's limits.
    """
    rise = previous = np.zeros(problem.shape)
    sigma = problem.sigma(start_c + rise)
    unit = problem.field(sigma, problem.links(sigma))
    time_s, last_s, voltage_squared = 0.0, 0.0, 0.0
    answer: Array | None = None
    watch(Step(0.0, 0.0, rise, start_c, 0.0, 1 / unit.conductance, 0.0, False, 0.0))
    for phase in phases:
        # The second-order formula would smear the kink of the set point: each phase starts with a first-order step.
        steps = phase.steps()
        factor, per_s, stale = None, 0.0, True
        elapsed = 0.0
        for n, step in enumerate(steps):
            if start_c + rise.max() < phase.until_c:
                break
            # Backward differences over unequal steps: w is the ratio of this step to the last.
            w = step / last_s if n else 0.0
            now, then = (1 + w), w * w / (1 + w)
            wanted_per_s = (1 + w / (1 + w)) / step
            history = now * rise - then * previous
            ahead = now * rise - w * previous
            if factor is None or abs(wanted_per_s / per_s - 1) > 1e-9:
                factor, per_s, stale = problem.heat_step(wanted_per_s), wanted_per_s, True
            guess = ahead if answer is None else ahead - voltage_squared * answer
            new = factor.solve(problem.capacity * (history / step), guess)
            elapsed += step
            voltage_squared, conductance, limited = 0.0, np.nan, False
            if phase.start_c is not None and phase.stop_c is not None:
                sigma = problem.sigma(start_c + ahead)
                links = problem.links(sigma)
                if np.abs(sigma / unit.sigma - 1).max(where=problem.tissue, initial=0.0) > refresh:
                    unit, stale = problem.field(sigma, links, unit), True
                if answer is None or stale:
                    answer, stale = factor.solve(unit.heat, answer), False
                goal = phase.start_c + (phase.stop_c - phase.start_c) * elapsed / phase.duration_s
                wanted = max(0.0, (goal - start_c - problem.thermocouple(new)) / problem.thermocouple(answer))
                conductance = problem.conductance_now(unit, links)
                voltage_squared = min(wanted, _limit(protocol, conductance))
                limited = voltage_squared < wanted * (1 - 1e-9)
                new = new + voltage_squared * answer
            previous, rise, last_s = rise, new, step
            time_s += step
            watch(
                Step(
                    time_s,
                    step,
                    rise,
                    start_c + problem.thermocouple(rise),
                    voltage_squared * conductance if voltage_squared else 0.0,
                    1 / conductance,
                    float(np.sqrt(voltage_squared)),
                    limited,
                    voltage_squared * float(unit.heat.sum()),
                )
            )


def _limit(protocol: Protocol, conductance: float) -> float:
    """The largest V² (RMS) that the generator can give into this conductance."""
    limits = [np.inf]
    if protocol.voltage_limit_v is not None:
        limits.append(protocol.voltage_limit_v**2)
    if protocol.power_limit_w is not None:
        limits.append(protocol.power_limit_w / conductance)
    if protocol.current_limit_a is not None:
        limits.append((protocol.current_limit_a / conductance) ** 2)
    return float(min(limits))
