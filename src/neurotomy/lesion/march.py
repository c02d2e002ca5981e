"""Heat through time: backward differences of second order, and a thermocouple held exactly on its set point.

In each step the temperature is A + V² B: A is what it would be without current, B what the heat of 1 V adds. Both have
the same matrix, so V² = (set - A at the thermocouple) / (B at the thermocouple) holds the set point exactly: no
controller to tune, no windup, no small steps. A generator that is at a limit gives the V² of that limit instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.electric import Electric, UnitField
from neurotomy.lesion.grid import Grid
from neurotomy.lesion.heat import Heat, Material

__all__ = ["Phase", "Step", "march", "phases_of"]

Array = NDArray[np.float64]

REFERENCE_C = 37.0
"""Temperature at which electrical conductivities are given."""
SMALLEST_SIGMA = 0.05
"""Of the reference: a linear law would reach zero in cold tissue."""


@dataclass(frozen=True)
class Phase:
    """A stretch of time with equal steps, the set point running from `start_c` to `stop_c`; None is switched off.

    It ends early once nothing is hotter than `until_c`.
    """

    duration_s: float
    step_s: float
    start_c: float | None
    stop_c: float | None
    until_c: float = -np.inf


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
    grid: Grid,
    material: Material,
    phases: list[Phase],
    *,
    start_c: float,
    thermocouple_m: float,
    refresh: float,
    grounded: bool,
    protocol: Protocol,
    watch: Callable[[Step], None],
) -> None:
    """Solve all phases and show every step to `watch`.

    Parameters
    ----------
    start_c : float
        Temperature at the start, far away, and of the blood that arrives.
    thermocouple_m : float
        Place of the sensor on the axis, from the apex up, m.
    refresh : float
        The electric field is solved anew when a conductivity has changed by more than this share.
    grounded : bool
        0 V on the outer boundary instead of a far field.
    protocol : Protocol
        For the generator's limits.
    """
    faces = geometry_of(grid)
    share = faces[2].share_into_metal(material.k_tissue, material.k_metal)
    electric, heat = Electric(grid, grounded=grounded, share_into_metal=share), Heat(grid, faces, material)
    at_thermocouple = _reader(grid, thermocouple_m)
    tissue = ~grid.inside

    def sigma_at(rise: Array) -> Array:
        relative = 1 + material.sigma_per_k * (start_c + rise - REFERENCE_C)
        return np.asarray(material.sigma_s_per_m * np.maximum(relative, SMALLEST_SIGMA))

    rise = previous = np.zeros(grid.shape)
    unit: UnitField = electric.solve(sigma_at(rise))
    time_s = 0.0
    watch(Step(0.0, 0.0, rise, start_c, 0.0, 1 / unit.conductance, 0.0, False, 0.0))
    for phase in phases:
        count = max(round(phase.duration_s / phase.step_s), 1)
        step = phase.duration_s / count
        # The second-order formula would smear the kink of the set point: each phase starts with a first-order step.
        factor = heat.factor(1 / step)
        answer: Array | None = None
        for n in range(count):
            if start_c + rise.max() < phase.until_c:
                break
            if n == 0:
                history, ahead = rise, rise
            else:
                history, ahead = 2 * rise - 0.5 * previous, 2 * rise - previous
            if n == 1:
                factor, answer = heat.factor(1.5 / step), None
            new = factor.solve(heat.capacity * (history / step))
            voltage_squared, conductance, limited = 0.0, np.nan, False
            if phase.start_c is not None and phase.stop_c is not None:
                sigma = sigma_at(ahead)
                links = electric.links(sigma)
                if np.abs(sigma / unit.sigma - 1).max(where=tissue, initial=0.0) > refresh:
                    unit, answer = electric.solve(sigma, links), None
                if answer is None:
                    answer = factor.solve(unit.heat)
                goal = phase.start_c + (phase.stop_c - phase.start_c) * (n + 1) / count
                wanted = max(0.0, (goal - start_c - at_thermocouple(new)) / at_thermocouple(answer))
                conductance = electric.conductance(unit, links)
                voltage_squared = min(wanted, _limit(protocol, conductance))
                limited = voltage_squared < wanted * (1 - 1e-9)
                new = new + voltage_squared * answer
            previous, rise = rise, new
            time_s += step
            watch(
                Step(
                    time_s,
                    step,
                    rise,
                    start_c + at_thermocouple(rise),
                    voltage_squared * conductance if voltage_squared else 0.0,
                    1 / conductance,
                    float(np.sqrt(voltage_squared)),
                    limited,
                    voltage_squared * float(unit.heat.sum()),
                )
            )


def _reader(grid: Grid, height_m: float) -> Callable[[Array], float]:
    """What a sensor on the axis at this height reads, from values of the cells."""
    below = int(np.searchsorted(grid.z, height_m)) - 1
    share = (height_m - grid.z[below]) / (grid.z[below + 1] - grid.z[below])
    return lambda cells: float((1 - share) * cells[below, 0] + share * cells[below + 1, 0])


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
