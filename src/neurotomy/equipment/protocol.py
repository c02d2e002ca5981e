"""What the generator is told to do."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Protocol"]


class Protocol(BaseModel):
    """One temperature-controlled lesion: a linear ramp to the set temperature, a hold, then switched off.

    Attributes
    ----------
    name
        Catalogue name.
    set_c
        Set temperature of the thermocouple, °C.
    ramp_s, hold_s
        Duration of the linear ramp and of the hold after it, s.
    power_limit_w, voltage_limit_v, current_limit_a
        Saturation of the generator (RMS); None is no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    description: str = ""
    set_c: float = Field(gt=37.0, lt=100.0)
    ramp_s: float = Field(default=10.0, gt=0.0, le=120.0)
    hold_s: float = Field(gt=0.0, le=1800.0)
    power_limit_w: float | None = Field(default=None, gt=0.0)
    voltage_limit_v: float | None = Field(default=None, gt=0.0)
    current_limit_a: float | None = Field(default=None, gt=0.0)
    source: str = Field(min_length=1, description="key of a source in the evidence")
    tag: str = Field(default="read")
    note: str = ""
