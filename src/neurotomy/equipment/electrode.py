"""An RF electrode as data: a cannula, straight or curved, with tines or water cooling where it has them.

The needle frame: the apex at the origin, +z up the (straight part of the) shaft, the face of a bevel and the bend of a
curved tip towards +x. :mod:`~neurotomy.equipment.geometry` turns this data into centrelines for the grids, and
:mod:`~neurotomy.equipment.electrode_set` puts several electrodes together.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Cooling", "Curve", "Electrode", "Tines", "TipShape"]

TipShape = Literal["hemispherical", "flat", "conical", "bevel"]

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Cooling(BaseModel):
    """Water that flows inside the metal: a convective boundary on the wall of its cavity.

    Attributes
    ----------
    water_c
        Temperature of the water, °C. At the flows in use it hardly warms on its way, so one number does.
    heat_transfer_w_per_m2_k
        From the wall of the cavity to the water.
    cavity_diameter_mm
        Of the round cavity on the axis.
    cavity_from_apex_mm
        Where it begins: the metal below is solid.
    cooled_length_mm
        From there up the shaft.
    """

    model_config = _FROZEN

    water_c: float = Field(ge=0.0, le=40.0)
    heat_transfer_w_per_m2_k: float = Field(gt=0.0, le=1e6)
    cavity_diameter_mm: float = Field(gt=0.0)
    cavity_from_apex_mm: float = Field(gt=0.0)
    cooled_length_mm: float = Field(gt=0.0)


class Curve(BaseModel):
    """The end of the cannula, bent into an arc towards +x: its radius, and its length along the arc from the apex."""

    model_config = _FROZEN

    radius_mm: float = Field(gt=1.0)
    length_mm: float = Field(gt=0.0)

    @property
    def angle_rad(self) -> float:
        """Angle between the direction at the apex and the straight shaft."""
        return self.length_mm / self.radius_mm


class Tines(BaseModel):
    """Thin bare wires that leave the cannula, evenly spaced around it, on its potential.

    Attributes
    ----------
    count
        How many; the first lies in the plane of +x unless `first_deg` turns it.
    length_mm
        Of each, from the cannula's axis to its own end.
    diameter_mm
        Of each.
    exit_from_apex_mm
        Where it leaves the cannula, from the apex up the shaft.
    angle_deg
        Between the wire and the direction ahead (-z) where it leaves: 0 straight ahead, 90 to the side.
    curve_radius_mm
        Of its bend back towards the hub (a hook); None is straight.
    spread_deg
        Angle around the axis between neighbours; None is even, 360 / count.
    first_deg
        Angle around the axis of the first, from +x towards +y.
    """

    model_config = _FROZEN

    count: int = Field(ge=1, le=12)
    length_mm: float = Field(gt=0.0)
    diameter_mm: float = Field(gt=0.0)
    exit_from_apex_mm: float = Field(ge=0.0)
    angle_deg: float = Field(ge=0.0, lt=180.0)
    curve_radius_mm: float | None = Field(default=None, gt=0.0)
    spread_deg: float | None = Field(default=None, gt=0.0, le=180.0)
    first_deg: float = 0.0

    def azimuths_rad(self) -> tuple[float, ...]:
        """Angle of each wire around the axis, from +x towards +y."""
        step = 360.0 / self.count if self.spread_deg is None else self.spread_deg
        return tuple(math.radians(self.first_deg + n * step) for n in range(self.count))


class Electrode(BaseModel):
    """A cannula with an active (bare) tip and an insulated shaft.

    Attributes
    ----------
    gauge, outer_diameter_mm, inner_diameter_mm
        Of the tube.
    active_tip_mm
        Bare length, measured along the centreline from the apex.
    cannula_length_mm
        From the apex to the hub.
    tip_shape
        ``hemispherical``, ``flat``, ``conical`` (a cone of revolution) or ``bevel`` (cut by one slanting plane; its
        face looks to +x, its point lies on the other side). Axisymmetric grids solve the first three as they are, and a
        bevel as the cone with as much metal: three quarters of its height, on the same apex.
    tip_length_mm
        Height of the cone or of the bevel along the shaft; None for the shapes that need none.
    thermocouple_from_apex_mm
        On the centreline, from the apex up the shaft, inside the metal: the sensor that the generator follows.
    core_conductivity_w_per_m_k, core_heat_capacity_j_per_m3_k
        Effective axial heat conductivity of what fills the outer diameter (steel wall, probe, fluid) and its volumetric
        heat capacity: the largest model uncertainty of a lesion, so both are explicit.
    curve, tines, cooling
        None where there is none.
    source, tag, note
        Where it comes from: key of a source in the evidence, how it was found, and remarks.
    """

    model_config = _FROZEN

    name: str = Field(min_length=1)
    description: str = ""
    gauge: int | None = Field(default=None, ge=10, le=30)
    outer_diameter_mm: float = Field(gt=0.2, lt=4.0)
    inner_diameter_mm: float | None = Field(default=None, gt=0.0)
    active_tip_mm: float = Field(gt=0.5, le=60.0)
    cannula_length_mm: float = Field(gt=10.0, le=300.0)
    tip_shape: TipShape = "hemispherical"
    tip_length_mm: float | None = Field(default=None, gt=0.0)
    thermocouple_from_apex_mm: float = Field(default=0.5, ge=0.0)
    core_conductivity_w_per_m_k: float = Field(default=16.0, gt=0.0)
    core_heat_capacity_j_per_m3_k: float = Field(default=3.95e6, gt=0.0)
    curve: Curve | None = None
    tines: Tines | None = None
    cooling: Cooling | None = None
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
        pointed = self.tip_shape in ("conical", "bevel")
        if pointed and self.tip_length_mm is None:
            raise ValueError(f"a {self.tip_shape} tip needs tip_length_mm, its height along the shaft")
        if not pointed and self.tip_length_mm is not None:
            raise ValueError(f"tip_length_mm belongs to conical and bevel tips, not to a {self.tip_shape} one")
        if self.tip_length_mm is not None and self.tip_length_mm >= self.active_tip_mm:
            raise ValueError("tip_length_mm must be shorter than active_tip_mm")
        if self.curve is not None:
            _check_curve(self, self.curve)
        if self.tines is not None and self.tines.exit_from_apex_mm >= self.active_tip_mm:
            raise ValueError("tines.exit_from_apex_mm must lie in the active tip: wires leave the bare metal")
        if self.tines is not None and self.tines.diameter_mm >= self.outer_diameter_mm:
            raise ValueError("tines.diameter_mm must be smaller than outer_diameter_mm")
        if self.cooling is not None:
            _check_cooling(self, self.cooling)
        return self

    @property
    def told(self) -> str:
        """For people: ``Conventional 18 G, 10 mm tip, 150 mm``."""
        kind = re.sub(r"(-\d+mm|-\d+g)+$", "", self.name).replace("-", " ")
        gauge = f"{self.gauge} G" if self.gauge is not None else f"{self.outer_diameter_mm:g} mm"
        return f"{kind[0].upper()}{kind[1:]} {gauge}, {self.active_tip_mm:g} mm tip, {self.cannula_length_mm:g} mm"

    @property
    def radius_mm(self) -> float:
        """Half the outer diameter."""
        return self.outer_diameter_mm / 2

    @property
    def axisymmetric(self) -> bool:
        """Whether it is a body of revolution, or is solved as one (a bevel)."""
        return self.curve is None and self.tines is None

    @property
    def cone_mm(self) -> float:
        """Height of the cone that an axisymmetric grid solves; 0 without one.

        A bevel of height h takes half of a cylinder of height h away, a cone of height h two thirds: three quarters of
        the height leave as much metal.
        """
        if self.tip_length_mm is None:
            return 0.0
        return self.tip_length_mm if self.tip_shape == "conical" else 0.75 * self.tip_length_mm


def _check_curve(electrode: Electrode, curve: Curve) -> None:
    if curve.radius_mm <= electrode.outer_diameter_mm:
        raise ValueError("curve.radius_mm must be larger than outer_diameter_mm")
    if curve.length_mm >= electrode.cannula_length_mm:
        raise ValueError("curve.length_mm must be shorter than cannula_length_mm")
    if curve.angle_rad > math.pi / 2:
        raise ValueError("the curve bends by more than 90°: raise curve.radius_mm or shorten curve.length_mm")


def _check_cooling(electrode: Electrode, cooling: Cooling) -> None:
    if cooling.cavity_diameter_mm >= electrode.outer_diameter_mm:
        raise ValueError("cooling.cavity_diameter_mm must be smaller than outer_diameter_mm")
    if cooling.cavity_from_apex_mm >= electrode.active_tip_mm:
        raise ValueError("cooling.cavity_from_apex_mm must lie in the active tip")
    if cooling.cavity_from_apex_mm + cooling.cooled_length_mm > electrode.cannula_length_mm:
        raise ValueError("cooling.cooled_length_mm reaches beyond the cannula")
    # The cavity must stay inside the tip's metal.
    at, cone = cooling.cavity_from_apex_mm, electrode.cone_mm
    inside = electrode.radius_mm
    if cone > 0:
        inside *= min(at / cone, 1.0)
    elif electrode.tip_shape == "hemispherical" and at < inside:
        inside = math.sqrt(inside**2 - (inside - at) ** 2)
    if cooling.cavity_diameter_mm / 2 >= inside:
        raise ValueError("the cavity breaks through the tip: raise cooling.cavity_from_apex_mm or narrow the cavity")
