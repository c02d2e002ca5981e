"""What the generator does in one time step: from a set point, or a power, volts or amperes, to volts squared.

A drive is asked at the end of each step. It knows what the sensor would read without current (`free_c`), how much each
volt squared adds (`gain_k`), and the conductance; so a set temperature is met exactly and without a controller, unless
the controller itself is what is studied (:class:`Controller`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol as Interface

import numpy as np

from neurotomy.equipment.protocol import Protocol

__all__ = [
    "Ask",
    "Controller",
    "Current",
    "Drive",
    "Power",
    "Pulses",
    "SetPoint",
    "Voltage",
    "largest_voltage_squared",
]


@dataclass(frozen=True)
class Ask:
    """What is known when a drive is asked, at the end of a step.

    Attributes
    ----------
    elapsed_s, step_s, duration_s
        Time since the phase began, at the end of this step; the step; the phase.
    sensor_c
        What the sensor read at the end of the last step, °C.
    free_c
        What it would read at the end of this step without current, °C.
    gain_k
        How much one volt squared (RMS), on for the whole step, adds to that, K.
    conductance_s
        Current for one volt, S.
    limit_v2
        The largest volts squared that the generator can give.
    """

    elapsed_s: float
    step_s: float
    duration_s: float
    sensor_c: float
    free_c: float
    gain_k: float
    conductance_s: float
    limit_v2: float

    def reaching(self, celsius: float) -> float:
        """Volts squared that make the sensor read `celsius`; 0 when it is hotter already."""
        return max(0.0, (celsius - self.free_c) / self.gain_k)


class Drive(Interface):
    """One way to run the generator for one phase."""

    def begin(self, sensor_c: float) -> None:
        """The phase starts, the sensor reading `sensor_c`."""
        ...

    def voltage_squared(self, ask: Ask) -> float:
        """Volts squared (RMS, averaged over the step) that it wants; the generator's limits come after."""
        ...

    @property
    def burst_share(self) -> float:
        """Share of the time in which current flows: 1 but for pulses."""
        ...


@dataclass
class SetPoint:
    """The sensor follows a straight line of temperature exactly; a `start_c` of None is where the sensor is."""

    stop_c: float
    start_c: float | None = None
    ramp: bool = True
    burst_share: float = 1.0
    _from_c: float = field(default=np.nan, init=False)

    def begin(self, sensor_c: float) -> None:
        """Take note of where the ramp starts."""
        self._from_c = sensor_c if self.start_c is None else self.start_c

    def goal_c(self, ask: Ask) -> float:
        """Set temperature at the end of the step."""
        if not self.ramp:
            return self.stop_c
        return self._from_c + (self.stop_c - self._from_c) * ask.elapsed_s / ask.duration_s

    def voltage_squared(self, ask: Ask) -> float:
        """Just enough."""
        return ask.reaching(self.goal_c(ask))


@dataclass
class Controller:
    """A proportional-integral controller of power, sampled once a step, as in a real generator.

    Anti-windup by clamping: the integral stands still while the power is at a limit and the error would drive it
    further. The integral is carried over from phase to phase.
    """

    line: SetPoint
    w_per_k: float
    w_per_k_s: float
    anti_windup: bool = True
    burst_share: float = 1.0
    integral_k_s: float = 0.0

    def begin(self, sensor_c: float) -> None:
        """Pass it on."""
        self.line.begin(sensor_c)

    def voltage_squared(self, ask: Ask) -> float:
        """Power for the error that was read at the start of the step."""
        error = self.line.goal_c(ask) - ask.sensor_c
        ahead = self.integral_k_s + error * ask.step_s
        watt = self.w_per_k * error + self.w_per_k_s * ahead
        most = ask.limit_v2 * ask.conductance_s
        stuck = (watt > most and error > 0) or (watt < 0 and error < 0)
        if not (self.anti_windup and stuck):
            self.integral_k_s = ahead
        return float(np.clip(watt, 0.0, most)) / ask.conductance_s


@dataclass
class Power:
    """Constant power, never above a sensor temperature."""

    watt: float
    ceiling_c: float = np.inf
    burst_share: float = 1.0

    def begin(self, sensor_c: float) -> None:
        """Nothing to remember."""

    def voltage_squared(self, ask: Ask) -> float:
        """From the conductance of now."""
        return min(self.watt / ask.conductance_s, ask.reaching(self.ceiling_c))


@dataclass
class Voltage:
    """Constant voltage (RMS), never above a sensor temperature."""

    volt: float
    ceiling_c: float = np.inf
    burst_share: float = 1.0

    def begin(self, sensor_c: float) -> None:
        """Nothing to remember."""

    def voltage_squared(self, ask: Ask) -> float:
        """Whatever the tissue."""
        return min(self.volt**2, ask.reaching(self.ceiling_c))


@dataclass
class Current:
    """Constant current (RMS), never above a sensor temperature."""

    ampere: float
    ceiling_c: float = np.inf
    burst_share: float = 1.0

    def begin(self, sensor_c: float) -> None:
        """Nothing to remember."""

    def voltage_squared(self, ask: Ask) -> float:
        """From the conductance of now."""
        return min((self.ampere / ask.conductance_s) ** 2, ask.reaching(self.ceiling_c))


@dataclass
class Pulses:
    """Bursts, as the average over their period; `burst_share` of the time is on.

    What a single burst adds on top is the march's business (:class:`~neurotomy.lesion.march.Step`). The generator's
    limits hold during the burst, so they are larger for the average by 1 / `burst_share`: see
    :func:`largest_voltage_squared`.
    """

    volt: float
    burst_share: float
    burst_s: float
    ceiling_c: float = np.inf

    def begin(self, sensor_c: float) -> None:
        """Nothing to remember."""

    def voltage_squared(self, ask: Ask) -> float:
        """The mean of V² over bursts and pauses."""
        return min(self.volt**2 * self.burst_share, ask.reaching(self.ceiling_c))


def largest_voltage_squared(protocol: Protocol, conductance: float) -> tuple[float, str]:
    """The largest V² (RMS) that the generator can give into this conductance, and the name of the limit.

    Infinite and empty without a limit.
    """
    limits = [(np.inf, "")]
    if protocol.voltage_limit_v is not None:
        limits.append((protocol.voltage_limit_v**2, "voltage_limit_v"))
    if protocol.power_limit_w is not None:
        limits.append((protocol.power_limit_w / conductance, "power_limit_w"))
    if protocol.current_limit_a is not None:
        limits.append(((protocol.current_limit_a / conductance) ** 2, "current_limit_a"))
    return min(limits)
