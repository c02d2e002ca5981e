"""Heat through time: backward differences of second order, and a sensor held exactly on its set point.

In each step the temperature is A + V² B: A is what it would be without current, B what the heat of 1 V adds. Both have
the same matrix, so V² = (set - A at the sensor) / (B at the sensor) holds the set point exactly: no controller to tune,
no windup, no small steps. A generator that is at a limit gives the V² of that limit instead. Other ways to run the
generator (power, voltage, current, bursts, a real controller) only ask for another V²:
:mod:`~neurotomy.lesion.control`.

Where heat capacity or heat conduction change with temperature (boiling), the step is solved by Newton's method on the
stored heat itself, so that no joule is lost.

The grid is a :class:`~neurotomy.lesion.problem.Problem`: two- or three-dimensional, solved directly or by iteration.
Water cooling and boiling need additional methods (``flow``; ``nonlinear``, ``enthalpy``, ``heat_step_at``,
``newton_step``); a problem without them has neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import LesionError
from neurotomy.lesion.control import Ask, Drive, Pulses, largest_voltage_squared
from neurotomy.lesion.damage import arrhenius, mean_rate
from neurotomy.lesion.problem import HeatStep, Problem
from neurotomy.lesion.schedule import Phase, phases_of

__all__ = ["Phase", "Step", "march", "phases_of"]

Array = NDArray[np.float64]

VIABLE_CHANGE = 0.05
"""Blood flow is taken anew when the viable share of a cell has changed by this much."""
NEWTON_K, NEWTON_STEPS = 1e-3, 60
"""Temperature change at which Newton's method stops, and after how many steps it gives up."""


@dataclass(frozen=True)
class Step:
    """State after one step: temperature rise of the cells (K), what the generator shows, and the heat made (W).

    Attributes
    ----------
    impedance_ohm
        NaN while the generator is off.
    voltage_v
        RMS; of pulses, during a burst.
    power_w
        Averaged over bursts and pauses.
    limited, limit
        Whether it was at one of its limits, and the name of that field of the protocol.
    heat_w
        In the domain; a little less than the power, the rest is made beyond the domain, far away.
    spike
        Rise that one burst adds in each cell, K; None without bursts.
    cut_off
        The generator has switched off for good: the impedance passed its limit.
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
    spike: Array | None = None
    limit: str = ""
    cut_off: bool = False

    @property
    def off(self) -> bool:
        """Whether the generator is switched off."""
        return bool(np.isnan(self.impedance_ohm))


def march(
    problem: Problem,
    phases: list[Phase],
    *,
    start_c: float,
    refresh: float,
    protocol: Protocol,
    watch: Callable[[Step], None],
    stop_blood: bool = False,
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
    stop_blood : bool
        Blood flows in the viable share of each cell only, exp(-Omega).

    Raises
    ------
    LesionError
        When a step of boiling tissue finds no solution.
    """
    rise = previous = np.zeros(problem.shape)
    sigma = problem.sigma(start_c + rise)
    unit = problem.field(sigma, problem.links(sigma))
    unit_heat_w = float(unit.heat.sum())
    time_s, last_s, voltage_squared = 0.0, 0.0, 0.0
    answer: Array | None = None
    blood = _Blood(start_c + rise) if stop_blood else None
    nonlinear = getattr(problem, "nonlinear", False)
    cut_off = False
    watch(Step(0.0, 0.0, rise, start_c, 0.0, 1 / unit.conductance, 0.0, False, 0.0))
    for phase in phases:
        if cut_off and not phase.cool_down:
            continue
        # The second-order formula would smear the kink of the set point: each phase starts with a first-order step.
        steps = phase.steps()
        factor: HeatStep | None = None
        per_s, stale = 0.0, True
        elapsed = 0.0
        inflow = _flow(problem, phase.water)
        drive = phase.driver()
        if drive is not None:
            drive.begin(start_c + problem.thermocouple(rise))
        for n, step in enumerate(steps):
            if start_c + rise.max() < phase.until_c:
                break
            # Backward differences over unequal steps: w is the ratio of this step to the last.
            w = step / last_s if n else 0.0
            now, then = (1 + w), w * w / (1 + w)
            wanted_per_s = (1 + w / (1 + w)) / step
            ahead = now * rise - w * previous
            viable = None if blood is None else blood.viable
            if drive is not None:
                sigma = problem.sigma(start_c + ahead)
                links = problem.links(sigma)
                ratio = sigma / unit.sigma
                if max(ratio.max() - 1, 1 - ratio.min()) > refresh:
                    unit, stale = problem.field(sigma, links, unit), True
                    unit_heat_w = float(unit.heat.sum())
                conductance = problem.conductance_now(unit, links)
                if protocol.impedance_cutoff_ohm is not None and 1 / conductance > protocol.impedance_cutoff_ohm:
                    cut_off, drive = True, None
            elapsed += step
            generator = _Generator(problem, protocol, drive, start_c, problem.thermocouple(rise))
            if drive is not None:
                generator.ask(elapsed, step, phase.duration_s, conductance)
            if nonlinear:
                history = (now * problem.enthalpy(rise) - then * problem.enthalpy(previous)) / step  # type: ignore[attr-defined]
                new, voltage_squared = _newton(
                    problem, generator, history, ahead, wanted_per_s, unit.heat, inflow, viable
                )
            else:
                if factor is None or abs(wanted_per_s / per_s - 1) > 1e-9 or (blood is not None and blood.changed):
                    factor, per_s, stale = problem.heat_step(wanted_per_s, viable), wanted_per_s, True
                    if blood is not None:
                        blood.taken()
                guess = ahead if answer is None else ahead - voltage_squared * answer
                stored = problem.capacity * ((now * rise - then * previous) / step)
                new = factor.solve(stored if inflow is None else stored + inflow, guess)
                voltage_squared = 0.0
                if drive is not None:
                    if answer is None or stale:
                        answer, stale = factor.solve(unit.heat, answer), False
                    voltage_squared = generator.voltage_squared(new, answer)
                    new = new + voltage_squared * answer
            previous, rise, last_s = rise, new, step
            time_s += step
            if blood is not None:
                blood.add(start_c + rise, step)
            share = 1.0 if drive is None else drive.burst_share
            spike = None
            if isinstance(drive, Pulses):
                spike = unit.heat * (voltage_squared / share * drive.burst_s) / problem.capacity
            watch(
                Step(
                    time_s,
                    step,
                    rise,
                    start_c + problem.thermocouple(rise),
                    voltage_squared * conductance if drive is not None and voltage_squared else 0.0,
                    1 / conductance if drive is not None else np.nan,
                    float(np.sqrt(voltage_squared / share)),
                    generator.limited,
                    voltage_squared * unit_heat_w,
                    spike,
                    generator.limit,
                    cut_off,
                )
            )
            if cut_off and not phase.cool_down:
                break


class _Generator:
    """One step of the generator: what the drive wants, kept within the limits."""

    def __init__(
        self, problem: Problem, protocol: Protocol, drive: Drive | None, start_c: float, sensor_rise: float
    ) -> None:
        self._problem, self._protocol, self._drive = problem, protocol, drive
        self._start_c, self._sensor_rise = start_c, sensor_rise
        self.limited, self.limit = False, ""

    @property
    def on(self) -> bool:
        """Whether it gives current at all."""
        return self._drive is not None

    def state(self) -> dict[str, Any]:
        """What the drive remembers."""
        return {} if self._drive is None else dict(vars(self._drive))

    def restore(self, state: dict[str, Any]) -> None:
        """Let the drive remember this instead."""
        if self._drive is not None:
            vars(self._drive).update(state)

    def ask(self, elapsed_s: float, step_s: float, duration_s: float, conductance: float) -> None:
        """Take note of what the drive needs to know."""
        self._times, self._conductance = (elapsed_s, step_s, duration_s), conductance
        most, self._limit_name = largest_voltage_squared(self._protocol, conductance)
        self._most = most * (self._drive.burst_share if self._drive is not None else 1.0)

    def voltage_squared(self, free: Array, answer: Array) -> float:
        """V² for this step, from the rise without current and what 1 V² adds to it."""
        if self._drive is None:
            return 0.0
        wanted = self._drive.voltage_squared(
            Ask(
                *self._times,
                self._start_c + self._sensor_rise,
                self._start_c + self._problem.thermocouple(free),
                self._problem.thermocouple(answer),
                self._conductance,
                self._most,
            )
        )
        given = min(wanted, self._most)
        self.limited = given < wanted * (1 - 1e-9)
        self.limit = self._limit_name if self.limited else ""
        return given


class _Blood:
    """Arrhenius integral of the cells while the lesion grows: where blood still flows."""

    def __init__(self, celsius: Array) -> None:
        self._model = arrhenius("liver")
        self._log_rate = self._model.log_rate_per_s(celsius)
        self._omega = np.zeros_like(celsius)
        self.viable = np.ones_like(celsius)
        self._taken = self.viable

    def add(self, celsius: Array, step_s: float) -> None:
        """Go on by a step."""
        log_rate = self._model.log_rate_per_s(celsius)
        self._omega += step_s * mean_rate(self._log_rate, log_rate)
        self._log_rate = log_rate
        self.viable = np.exp(-self._omega)

    @property
    def changed(self) -> bool:
        """Whether it differs from what the heat equation was last made with."""
        return bool(np.abs(self.viable - self._taken).max() > VIABLE_CHANGE)

    def taken(self) -> None:
        """The heat equation was made with it."""
        self._taken = self.viable


def _newton(
    problem: Any,
    generator: _Generator,
    history_w: Array,
    guess: Array,
    per_s: float,
    unit_heat: Array,
    inflow: Array | None,
    viable: Array | None,
) -> tuple[Array, float]:
    """(rise, V²) with per_s × stored heat(rise) + conduction(rise) + loss = history + V² × heat of 1 V + inflow."""
    before = generator.state()
    rise, last = guess, np.inf
    voltage_squared, answer = 0.0, None
    for _ in range(NEWTON_STEPS):
        generator.restore(before)  # a controller integrates once a step, not once an iteration
        factor, capacity = problem.heat_step_at(rise, per_s, viable)
        right = history_w - per_s * (problem.enthalpy(rise) - capacity * rise)
        without = rise if answer is None else rise - voltage_squared * answer
        free = factor.solve(right if inflow is None else right + inflow, without)
        found = free
        if generator.on:
            answer = factor.solve(unit_heat, answer)
            voltage_squared = generator.voltage_squared(free, answer)
            found = free + voltage_squared * answer
        found = problem.newton_step(rise, found)
        last = float(np.abs(found - rise).max())
        if last < NEWTON_K:
            return found, voltage_squared
        rise = found
    raise LesionError(
        f"Boiling tissue: no solution in a step (still changing by {last:.2g} K). Lower the power or set temperature."
    )


def _flow(problem: Problem, on: bool) -> Array | None:
    flow = getattr(problem, "flow", None)
    return None if flow is None else flow(on)
