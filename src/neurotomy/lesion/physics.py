"""Which physics a lesion has beyond the plain one, and how tissue changes with temperature.

The plain lesion: conductivity rising with temperature, heat conduction and perfusion constant, no boiling. That is what
a temperature-controlled lesion below 100 °C needs. Everything here is an option, with its effect stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.errors import LesionError
from neurotomy.results import Result

__all__ = ["PLAIN", "Boiling", "Fluid", "Physics", "boiling", "relative_sigma", "saline_s_per_m"]

Array = NDArray[np.float64]

REFERENCE_C = 37.0
"""Temperature at which electrical and thermal conductivities are given."""
SALINE_C = 20.0
"""Temperature of the saline value in the evidence."""
SMALLEST_SIGMA = 0.05
"""Of the reference: a linear law would reach zero in cold tissue."""


@dataclass(frozen=True)
class Fluid(Result):
    """Fluid injected through the cannula: a region of another conductivity about the active tip.

    The region is the tissue within a spheroid about the active tip, which reaches as far beyond both of its ends as
    from the axis in its middle; `share` of it is fluid and the rest tissue, side by side (so conductivities add up).

    Attributes
    ----------
    volume_ml
        Of the fluid.
    conductivity_s_per_m
        Of the fluid, at 37 °C and 500 kHz.
    share
        Of the wetted region that is fluid; None takes the evidence (``material.injected.share``).
    """

    volume_ml: float
    conductivity_s_per_m: float
    share: float | None = None

    def __post_init__(self) -> None:
        if not self.volume_ml > 0:
            raise LesionError(f"Injected fluid of {self.volume_ml:g} mL: expected more than 0.")
        if not self.conductivity_s_per_m > 0:
            raise LesionError(f"Conductivity of the fluid {self.conductivity_s_per_m:g} S/m: expected more than 0.")
        if self.share is not None and not 0 < self.share <= 1:
            raise LesionError(f"Share of fluid {self.share:g}: expected above 0 and up to 1.")

    @property
    def share_of_region(self) -> float:
        """The share, from the evidence where none was given."""
        return evidence.value("material.injected.share") if self.share is None else self.share


@dataclass(frozen=True)
class Physics(Result):
    """What is computed beyond the plain lesion.

    Attributes
    ----------
    vaporisation
        Water boils between 99 and 105 °C: it takes its latent heat (and gives it back when it condenses; steam stays
        where it is), and the electrical conductivity falls a hundredfold. Needed when tissue passes 100 °C.
    perfusion_shutdown
        Blood flows only in the viable share of the tissue, exp(-Omega) of the Arrhenius integral. Off by default, so
        that perfusion is one number and the lesion is that of the published models: in muscle it makes the 50 °C
        isotherm of an 18 G, 10 mm tip 0.06 mm wider and its necrosis 0.15 mm, as one standard deviation of the
        published perfusion does.
    thermal_conductivity_per_k
        Relative rise of the heat conductivity of tissue with temperature, referred to 37 °C, up to 100 °C.
    contact_ohm_mm2
        Electrical resistance of the contact between bare metal and tissue, for 1 mm².
    fluid
        Injected before the lesion; None is none.
    """

    vaporisation: bool = False
    perfusion_shutdown: bool = False
    thermal_conductivity_per_k: float = 0.0
    contact_ohm_mm2: float = 0.0
    fluid: Fluid | None = None

    def __post_init__(self) -> None:
        if not self.contact_ohm_mm2 >= 0:
            raise LesionError(f"Contact resistance {self.contact_ohm_mm2:g} ohm·mm²: expected 0 or more.")
        if not -0.01 < self.thermal_conductivity_per_k <= 0.05:
            raise LesionError(
                f"Rise of the thermal conductivity {100 * self.thermal_conductivity_per_k:g} %/K: expected -1 to 5."
            )

    @property
    def nonlinear(self) -> bool:
        """Whether heat capacity or heat conduction change with temperature."""
        return self.vaporisation or self.thermal_conductivity_per_k != 0

    @property
    def evidence_keys(self) -> tuple[str, ...]:
        """What it rests on."""
        keys: tuple[str, ...] = ()
        if self.vaporisation:
            keys += tuple(f"material.boiling.{n}" for n in ("from", "to", "water_share", "latent_heat", "sigma_fall"))
        return keys + (("material.injected.share",) if self.fluid is not None else ())


PLAIN = Physics()


@dataclass(frozen=True)
class Boiling:
    """Water that boils over a range of temperature.

    Attributes
    ----------
    from_c, to_c
        The range.
    latent_j_per_kg
        Heat for 1 kg of tissue.
    sigma_fall
        How many times smaller the electrical conductivity is at its end.
    """

    from_c: float
    to_c: float
    latent_j_per_kg: float
    sigma_fall: float

    def share(self, celsius: Array) -> Array:
        """How much of the water is steam: from 0 to 1 in a straight line."""
        return np.asarray(np.clip((celsius - self.from_c) / (self.to_c - self.from_c), 0.0, 1.0))

    def share_per_k(self, celsius: Array) -> Array:
        """Its derivative, 1/K; at either end that of the range itself."""
        boils = (celsius >= self.from_c) & (celsius <= self.to_c)
        return np.where(boils, 1 / (self.to_c - self.from_c), 0.0)

    def step(self, before: Array, wanted: Array) -> Array:
        """A step of Newton's method that does not jump over an end of the range: there the slope changes fiftyfold."""
        ceiling = np.where(before < self.from_c, self.from_c, np.where(before < self.to_c, self.to_c, np.inf))
        floor = np.where(before > self.to_c, self.to_c, np.where(before > self.from_c, self.from_c, -np.inf))
        return np.asarray(np.clip(wanted, floor, ceiling))

    def sigma(self, celsius: Array) -> Array:
        """The factor on the electrical conductivity."""
        x = np.clip((celsius - self.from_c) / (self.to_c - self.from_c), 0.0, 1.0)
        return np.asarray(self.sigma_fall**-x)


def boiling() -> Boiling:
    """From the evidence (``material.boiling``)."""
    return Boiling(
        evidence.value("material.boiling.from"),
        evidence.value("material.boiling.to"),
        evidence.value("material.boiling.water_share") * evidence.value("material.boiling.latent_heat"),
        evidence.value("material.boiling.sigma_fall"),
    )


def saline_s_per_m() -> float:
    """Conductivity of 0.9 % saline at 37 °C, from that at 20 °C and 2 % for each kelvin."""
    at_20c = evidence.value("material.saline.electrical_conductivity")
    return at_20c * (1 + evidence.value("tissue.temperature_coefficient_rf") / 100 * (REFERENCE_C - SALINE_C))


def relative_sigma(celsius: Array, per_k: float | Array, boils: Boiling | None = None) -> Array:
    """Electrical conductivity relative to that at 37 °C: a straight line, and its fall where tissue boils."""
    found = np.maximum(1 + per_k * (celsius - REFERENCE_C), SMALLEST_SIGMA)
    if boils is None:
        return np.asarray(found)
    dry = 1 + np.asarray(per_k) * (boils.from_c - REFERENCE_C)
    return np.asarray(np.minimum(found, np.maximum(dry, SMALLEST_SIGMA)) * boils.sigma(celsius))
