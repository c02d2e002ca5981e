"""From a protocol to stretches of time with steps and a drive: what the march goes through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.equipment.protocol import (
    MANUAL_LIMIT,
    CurrentPhase,
    PausePhase,
    PowerPhase,
    Protocol,
    PulsedPhase,
    TemperaturePhase,
    VoltagePhase,
)
from neurotomy.lesion.control import Controller, Current, Drive, Power, Pulses, SetPoint, Voltage

__all__ = ["Phase", "phases_of"]

Array = NDArray[np.float64]

CONTROLLER_STEP_S = 0.1
"""A controller acts on what it reads, so its period is the time step."""
SUDDEN_SHARE, SUDDEN_STRETCH = 1 / 16, 1.4
"""Where power sets in at once the rise goes with the root of time: the first step is this much of the usual one."""
QUICK_COOL_S = 12.0


@dataclass(frozen=True)
class Phase:
    """A stretch of time, the set point running from `start_c` to `stop_c`; None is switched off.

    Steps are equal; with a `stretch` above 1 each is that much longer than the one before, up to `longest_s`. It ends
    early once nothing is hotter than `until_c`. A `drive` other than a set point takes the place of `start_c` and
    `stop_c`. With `water` the electrode's cooling flows.
    """

    duration_s: float
    step_s: float
    start_c: float | None
    stop_c: float | None
    until_c: float = -np.inf
    stretch: float = 1.0
    longest_s: float = np.inf
    drive: Drive | None = None
    water: bool = True
    cool_down: bool = False

    def driver(self) -> Drive | None:
        """What runs the generator; None while it is off."""
        if self.drive is not None or self.start_c is None or self.stop_c is None:
            return self.drive
        return SetPoint(self.stop_c, self.start_c)

    def steps(self) -> Array:
        """The length of each step, s; they add up to the duration."""
        if self.stretch <= 1:
            count = max(round(self.duration_s / self.step_s), 1)
            return np.full(count, self.duration_s / count)
        steps = [self.step_s]
        while sum(steps) < self.duration_s:
            steps.append(min(steps[-1] * self.stretch, self.longest_s))
        return np.array(steps) * (self.duration_s / sum(steps))


def phases_of(protocol: Protocol, start_c: float, step_s: float, cool_down_s: float, until_c: float) -> list[Phase]:
    """Phases of a protocol and its cool-down; the cool-down in short steps first, while it is quick.

    Moves of the electrodes are left to the caller: here everything happens in the same place.
    """
    ceiling_c = protocol.temperature_limit_c
    if ceiling_c is None:
        ceiling_c = evidence.value(MANUAL_LIMIT)
    longest_step_s = min(step_s, CONTROLLER_STEP_S) if protocol.control == "pi" else step_s
    controller: Controller | None = None
    phases: list[Phase] = []
    held_c: float | None = None
    for wanted in protocol.program():
        duration_s, held_before_c, held_c = wanted.duration_s, held_c, None
        longest_s = min(longest_step_s, duration_s / 10)
        sudden = True
        drive: Drive | None
        if isinstance(wanted, TemperaturePhase):
            held_c = wanted.set_c
            first = not phases
            line = SetPoint(wanted.set_c, start_c if wanted.ramp and first else None, wanted.ramp)
            sudden = not wanted.ramp and held_before_c != wanted.set_c
            drive = line
            if protocol.control == "pi":
                carried = 0.0 if controller is None else controller.integral_k_s
                controller = Controller(line, protocol.pi_w_per_k, protocol.pi_w_per_k_s, integral_k_s=carried)
                drive, sudden = controller, False
            if not wanted.ramp:
                longest_s = longest_step_s
        elif isinstance(wanted, PowerPhase):
            drive = Power(wanted.power_w, ceiling_c)
        elif isinstance(wanted, VoltagePhase):
            drive = Voltage(wanted.voltage_v, ceiling_c)
        elif isinstance(wanted, CurrentPhase):
            drive = Current(wanted.current_a, ceiling_c)
        elif isinstance(wanted, PulsedPhase):
            top = np.inf if wanted.limit_c is None else wanted.limit_c
            drive = Pulses(wanted.voltage_v, wanted.duty, wanted.burst_ms / 1000, top)
        else:
            assert isinstance(wanted, PausePhase)
            drive = None
        phases.append(
            Phase(
                duration_s,
                longest_s * SUDDEN_SHARE if sudden else longest_s,
                None,
                None,
                stretch=SUDDEN_STRETCH if sudden else 1.0,
                longest_s=longest_s,
                drive=drive,
                water=drive is not None,
            )
        )
    quick_s = min(cool_down_s, QUICK_COOL_S)
    if quick_s > 0:
        phases.append(Phase(quick_s, step_s, None, None, until_c, water=False, cool_down=True))
    if cool_down_s > quick_s:
        phases.append(Phase(cool_down_s - quick_s, 4 * step_s, None, None, until_c, water=False, cool_down=True))
    return phases
