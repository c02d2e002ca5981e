"""What the generator is told to do: a list of phases, and limits that it never passes.

The usual lesion, a ramp and a hold, needs no list: ``set_c``, ``ramp_s`` and ``hold_s`` say it. Anything else is a list
of :data:`Phase`: temperature, power, voltage, current, pulsed, pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

__all__ = [
    "CurrentPhase",
    "PausePhase",
    "Phase",
    "PowerPhase",
    "Protocol",
    "PulsedPhase",
    "TemperaturePhase",
    "VoltagePhase",
]

_FROZEN = ConfigDict(frozen=True, extra="forbid")

BODY_C, LARGEST_SET_C = 37.0, 130.0


class _Phase(BaseModel):
    model_config = _FROZEN

    duration_s: float = Field(gt=0.0, le=1800.0)


class TemperaturePhase(_Phase):
    """Sensor held at `set_c`; with `ramp`, taken there in a straight line from wherever it is."""

    mode: Literal["temperature"] = "temperature"
    set_c: float = Field(gt=BODY_C, lt=LARGEST_SET_C)
    ramp: bool = False

    @property
    def told(self) -> str:
        """For people."""
        return f"{'to ' if self.ramp else ''}{self.set_c:g} °C {'in' if self.ramp else 'for'} {self.duration_s:g} s"


class PowerPhase(_Phase):
    """Constant power."""

    mode: Literal["power"] = "power"
    power_w: float = Field(gt=0.0, le=500.0)

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.power_w:g} W for {self.duration_s:g} s"


class VoltagePhase(_Phase):
    """Constant voltage, RMS."""

    mode: Literal["voltage"] = "voltage"
    voltage_v: float = Field(gt=0.0, le=500.0)

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.voltage_v:g} V for {self.duration_s:g} s"


class CurrentPhase(_Phase):
    """Constant current, RMS."""

    mode: Literal["current"] = "current"
    current_a: float = Field(gt=0.0, le=10.0)

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.current_a:g} A for {self.duration_s:g} s"


class PulsedPhase(_Phase):
    """Short bursts, so that the tissue stays cool on average: pulsed RF.

    Attributes
    ----------
    voltage_v
        During a burst, RMS. Published volts of pulsed RF are usually peak: divide by the square root of 2.
    rate_hz, burst_ms
        Bursts per second and the length of one.
    limit_c
        The generator lowers the voltage so that the sensor, averaged over bursts, does not pass this; None is no limit.
    """

    mode: Literal["pulsed"] = "pulsed"
    voltage_v: float = Field(gt=0.0, le=500.0)
    rate_hz: float = Field(default=2.0, gt=0.0, le=50.0)
    burst_ms: float = Field(default=20.0, gt=0.0, le=1000.0)
    limit_c: float | None = Field(default=42.0, gt=BODY_C, lt=LARGEST_SET_C)

    @model_validator(mode="after")
    def _pauses(self) -> PulsedPhase:
        if self.duty >= 1:
            raise ValueError(
                f"bursts of {self.burst_ms:g} ms at {self.rate_hz:g} Hz leave no pause: "
                "shorten burst_ms or lower rate_hz"
            )
        return self

    @property
    def duty(self) -> float:
        """Share of the time in which current flows."""
        return self.rate_hz * self.burst_ms / 1000

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.burst_ms:g} ms bursts of {self.voltage_v:g} V at {self.rate_hz:g} Hz for {self.duration_s:g} s"


class PausePhase(_Phase):
    """No current, for cooling or for moving the electrodes to the next place.

    Attributes
    ----------
    move_mm
        How far the electrodes go, in the frame of the needle or of the electrode set.
    roll_deg
        Turn about the shaft.
    stage
        The stage of an electrode set to go on with; None stays.
    """

    mode: Literal["pause"] = "pause"
    move_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    roll_deg: float = 0.0
    stage: int | None = Field(default=None, ge=0)

    @property
    def moves(self) -> bool:
        """Whether the electrodes move."""
        return any(self.move_mm) or self.roll_deg != 0

    @property
    def told(self) -> str:
        """For people."""
        what = "move" if self.moves else "pause" if self.stage is None else f"stage {self.stage}"
        return f"{what}, {self.duration_s:g} s"


Phase = Annotated[
    TemperaturePhase | PowerPhase | VoltagePhase | CurrentPhase | PulsedPhase | PausePhase, Field(discriminator="mode")
]


class Protocol(BaseModel):
    """A heat lesion as the generator makes it, then switched off.

    Attributes
    ----------
    name
        Catalogue name.
    phases
        What happens, one after another. Empty: a linear ramp to `set_c`, then a hold.
    set_c
        Set temperature of the sensor, °C; of a list of phases the highest that the generator lets the sensor reach.
    ramp_s, hold_s
        Duration of the ramp and of the hold after it, s; of a list of phases, its first ramp (0 without one) and all
        the rest. They follow from the phases and need not be given.
    power_limit_w, voltage_limit_v, current_limit_a
        Saturation of the generator (RMS); None is no limit.
    impedance_cutoff_ohm
        The generator switches off for good above this; None never does.
    temperature_limit_c
        Never passed under power, voltage or current control; None is the usual limit of generators
        (``generator.limit.set_temperature``).
    control
        ``exact`` follows the set temperature without error, as far as limits allow; ``pi`` is a proportional-integral
        controller with anti-windup, as in a real generator.
    pi_w_per_k, pi_w_per_k_s
        Its gains: power for each kelvin of error, and for each kelvin and second.
    """

    model_config = _FROZEN

    name: str = Field(min_length=1)
    description: str = ""
    phases: tuple[Phase, ...] = ()
    set_c: float = Field(gt=BODY_C, lt=LARGEST_SET_C)
    ramp_s: float = Field(default=10.0, ge=0.0, le=120.0)
    hold_s: float = Field(gt=0.0, le=1800.0)
    power_limit_w: float | None = Field(default=None, gt=0.0)
    voltage_limit_v: float | None = Field(default=None, gt=0.0)
    current_limit_a: float | None = Field(default=None, gt=0.0)
    impedance_cutoff_ohm: float | None = Field(default=None, gt=0.0)
    temperature_limit_c: float | None = Field(default=None, gt=BODY_C, lt=LARGEST_SET_C)
    control: Literal["exact", "pi"] = "exact"
    pi_w_per_k: float = Field(default=0.5, gt=0.0)
    pi_w_per_k_s: float = Field(default=0.2, ge=0.0)
    source: str = Field(min_length=1, description="key of a source in the evidence")
    tag: str = Field(default="read")
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        """Fill in what follows from the phases; what is wrong with a phase is found by its own checks."""
        if not isinstance(data, Mapping) or not data.get("phases"):
            return data
        return {**_summary(data["phases"], data.get("temperature_limit_c")), **data}

    @field_validator("ramp_s")
    @classmethod
    def _ramp(cls, value: float, info: Any) -> float:
        if value == 0 and info.data.get("phases", True) == ():
            raise PydanticCustomError("greater_than", "Input should be greater than 0")
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Protocol:
        if self.phases:
            expected = _summary(self.phases, self.temperature_limit_c)
            for field in ("set_c", "ramp_s", "hold_s"):
                if abs(getattr(self, field) - expected[field]) > 1e-6:
                    raise ValueError(
                        f"{field} {getattr(self, field):g} does not agree with the phases ({expected[field]:g}): with "
                        "phases leave set_c, ramp_s and hold_s out"
                    )
            if all(isinstance(phase, PausePhase) for phase in self.phases):
                raise ValueError("phases: the generator is never on")
        return self

    def program(self) -> tuple[Phase, ...]:
        """The phases; for the usual lesion, its ramp and hold.

        A study may shift `set_c` of a protocol (an error of the thermocouple): all set temperatures shift with it.
        """
        if self.phases:
            shift = self.set_c - _summary(self.phases, self.temperature_limit_c)["set_c"]
            return self.phases if abs(shift) < 1e-9 else tuple(_shifted(phase, shift) for phase in self.phases)
        # Not validated again: a study may go a little beyond what a person may enter.
        return (
            TemperaturePhase.model_construct(duration_s=self.ramp_s, set_c=self.set_c, ramp=True),
            TemperaturePhase.model_construct(duration_s=self.hold_s, set_c=self.set_c, ramp=False),
        )

    @property
    def told(self) -> str:
        """For people: ``80 °C for 90 s after a ramp of 15 s``."""
        if not self.phases:
            return f"{self.set_c:g} °C for {self.hold_s:g} s after a ramp of {self.ramp_s:g} s"
        return ", then ".join(phase.told for phase in self.phases)


def _shifted(phase: Phase, kelvin: float) -> Phase:
    if isinstance(phase, TemperaturePhase):
        return phase.model_copy(update={"set_c": phase.set_c + kelvin})
    if isinstance(phase, PulsedPhase) and phase.limit_c is not None:
        return phase.model_copy(update={"limit_c": phase.limit_c + kelvin})
    return phase


SHORTEST_S = 1e-9
"""Stands for a hold where no phase is left for it: of a ramp alone, and of phases that are refused for themselves."""
MANUAL_LIMIT = "generator.limit.set_temperature"


def _summary(phases: Any, limit_c: float | None) -> dict[str, float]:
    """set_c, ramp_s and hold_s of a list of phases, as given (tables) or as read; nonsense counts for nothing."""
    from neurotomy import evidence

    given = phases if isinstance(phases, (list, tuple)) else ()
    rows = [row if isinstance(row, Mapping) else getattr(row, "__dict__", {}) for row in given]
    ceilings, seconds = [], [0.0]
    for row in rows:
        mode, top = row.get("mode"), row.get("set_c")
        if mode == "pulsed":
            top = row.get("limit_c", PulsedPhase.model_fields["limit_c"].default)
        if mode != "pause" and mode != "temperature" and top is None:
            top = limit_c if limit_c is not None else evidence.value(MANUAL_LIMIT)
        if isinstance(top, (int, float)):
            ceilings.append(float(top))
        duration = row.get("duration_s")
        seconds.append(max(float(duration), 0.0) if isinstance(duration, (int, float)) else 0.0)
    first_ramp = seconds[1] if rows and rows[0].get("ramp") is True else 0.0
    return {
        "set_c": max(ceilings, default=evidence.value(MANUAL_LIMIT)),
        "ramp_s": first_ramp,
        "hold_s": sum(seconds) - first_ramp or SHORTEST_S,
    }
