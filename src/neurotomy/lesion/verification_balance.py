"""What must be conserved to the last digits: current, power and heat, on the grid of a real lesion."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurotomy.lesion.axisymmetric import Axisymmetric
from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.electric import Electric
from neurotomy.lesion.grid import needle_grid
from neurotomy.lesion.heat import Heat, Material
from neurotomy.lesion.known_answer import KnownAnswer, answer
from neurotomy.lesion.march import Step, march, phases_of
from neurotomy.lesion.reference_problem import PROTOCOL, TISSUE

__all__ = ["balance"]

ROUND_OFF = 1e-9


def balance() -> Iterator[KnownAnswer]:
    """Current in against current out, heat against power, and heat stored and lost against heat made."""
    grid = needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=0.2e-3, growth=1.35, outer_radius=50e-3, below=45e-3, above=55e-3
    )
    material = Material(
        TISSUE.electrical_conductivity_s_per_m,
        TISSUE.temperature_coefficient_per_k,
        TISSUE.thermal_conductivity_w_per_m_k,
        TISSUE.heat_capacity_j_per_m3_k,
        16.0,
        3.95e6,
        TISSUE.perfusion_per_s * TISSUE.blood_heat_capacity_j_per_m3_k,
    )
    problem = Axisymmetric(grid, material, thermocouple_m=0.5e-3)
    heat = Heat(grid, geometry_of(grid), material)
    steps: list[Step] = []
    phases = phases_of(PROTOCOL, 37.0, 2.0, 60.0, until_c=45.0)
    march(problem, phases, start_c=37.0, refresh=0.02, protocol=PROTOCOL, watch=steps.append)

    # Each step of the march must store and lose exactly what it makes. Its formula is that of march.py, written anew.
    residual = made = stored_j = lost_j = made_j = 0.0
    lengths = [(n, step) for phase in phases for n, step in enumerate(phase.steps())]
    for i in range(1, len(steps)):
        n, step = lengths[i - 1]
        w = step / steps[i - 1].step_s if n else 0.0
        before = steps[i - 2].rise if n else steps[i - 1].rise
        stored = heat.capacity * (
            (1 + w / (1 + w)) * steps[i].rise - (1 + w) * steps[i - 1].rise + w * w / (1 + w) * before
        )
        lost = float((heat.loss * steps[i].rise).sum())
        residual = max(residual, abs(float(stored.sum()) / step + lost - steps[i].heat_w))
        made = max(made, steps[i].heat_w)
        made_j, lost_j = made_j + step * steps[i].heat_w, lost_j + step * lost
    stored_j = float((heat.capacity * steps[-1].rise).sum())
    source = "conservation of heat: in every step what is stored and lost is what was made"
    yield answer(
        "Heat stored and lost over heat made, worst step of a lesion", 1 + residual / made, 1.0, "1", ROUND_OFF, source
    )
    source = "conservation of heat: over ramp, hold and cool-down, in time steps of 1 to 2 s"
    share = (stored_j + lost_j) / made_j
    yield answer("Joules stored and lost over joules made, whole lesion", share, 1.0, "1", 0.01, source)

    hot = next(step for step in reversed(steps) if not step.off)
    electric = Electric(
        grid, share_into_metal=geometry_of(grid)[2].share_into_metal(material.k_tissue, material.k_metal)
    )
    sigma = problem.sigma(37.0 + hot.rise)
    links = electric.links(sigma)
    unit = electric.solve(sigma, links)
    out = float((links.ground * unit.potential).sum())
    source = "conservation of charge: current of the electrode is the current far away"
    yield answer(
        "Current far away over current of the electrode, hot tissue",
        out / unit.conductance,
        1.0,
        "1",
        ROUND_OFF,
        source,
    )
    source = "power of 1 V is the conductance"
    heat_w = float(unit.heat.sum()) + unit.heat_outside
    yield answer("Heat over volts times amperes, hot tissue", heat_w / unit.conductance, 1.0, "1", ROUND_OFF, source)
    power = hot.voltage_v**2 / hot.impedance_ohm
    yield answer("Displayed power over V² / Z", hot.power_w / power, 1.0, "1", ROUND_OFF, "definition")
    assert np.isfinite(residual)
