"""An RF cannula as data."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Electrode", "TipShape"]

TipShape = Literal["hemispherical", "flat"]


class Electrode(BaseModel):
    """A straight monopolar cannula with an active (bare) tip and an insulated shaft.

    All lengths in mm. `thermocouple_from_apex_mm` is measured on the axis from the apex up the shaft, inside the
    metal. `core_conductivity_w_per_m_k` is the effective axial heat conductivity of what fills the cannula's outer
    diameter (steel wall, probe, air), and `core_heat_capacity_j_per_m3_k` its volumetric heat capacity: the largest
    model uncertainty of the lesion, so both are explicit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    description: str = ""
    gauge: int | None = Field(default=None, ge=10, le=30)
    outer_diameter_mm: float = Field(gt=0.2, lt=4.0)
    inner_diameter_mm: float | None = Field(default=None, gt=0.0)
    active_tip_mm: float = Field(gt=0.5, le=60.0)
    cannula_length_mm: float = Field(gt=10.0, le=300.0)
    tip_shape: TipShape = "hemispherical"
    thermocouple_from_apex_mm: float = Field(default=0.5, ge=0.0)
    core_conductivity_w_per_m_k: float = Field(default=16.0, gt=0.0)
    core_heat_capacity_j_per_m3_k: float = Field(default=3.95e6, gt=0.0)
    source: str = Field(min_length=1, description="key of a source in the evidence")
    tag: str = Field(default="read")
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Electrode:
        if self.inner_diameter_mm is not None and self.inner_diameter_mm >= self.outer_diameter_mm:
            raise ValueError("inner_diameter_mm must be smaller than outer_diameter_mm")
        if self.active_tip_mm >= self.cannula_length_mm:
            raise ValueError("active_tip_mm must be shorter than cannula_length_mm")
        if self.active_tip_mm <= self.outer_diameter_mm:
            raise ValueError("active_tip_mm must be longer than outer_diameter_mm")
        if self.thermocouple_from_apex_mm >= self.cannula_length_mm:
            raise ValueError("thermocouple_from_apex_mm must lie inside the cannula")
        return self

    @property
    def radius_mm(self) -> float:
        """Half the outer diameter."""
        return self.outer_diameter_mm / 2
