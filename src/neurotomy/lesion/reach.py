"""Whether a generator can ever reach its set temperature: the steady state at its limit."""

from __future__ import annotations

import numpy as np

from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import LesionError
from neurotomy.lesion.axisymmetric import Axisymmetric
from neurotomy.lesion.control import largest_voltage_squared

__all__ = ["never_reaches"]

_ROUNDS, _SETTLED_K, _DAMPING = 60, 0.02, 0.7
_LIMITS = {"power_limit_w": ("power", "W"), "voltage_limit_v": ("voltage", "V"), "current_limit_a": ("current", "A")}


def never_reaches(problem: Axisymmetric, protocol: Protocol, start_c: float) -> None:
    """Refuse a protocol whose limit holds the sensor below the set temperature even after an endless time.

    Raises
    ------
    LesionError
        Which limit, what it reaches, and what would do.
    """
    ever_c, limit, _ = _steady(problem, protocol, start_c, np.inf)
    if ever_c >= protocol.set_c:
        return
    _, _, needed = _steady(problem, protocol, start_c, protocol.set_c)
    name, unit = _LIMITS[limit]
    given = getattr(protocol, limit)
    raise LesionError(
        f"The {name} limit of {given:g} {unit} can never reach {protocol.set_c:g} °C: it would hold the tip at "
        f"{ever_c:.0f} °C for ever, and {needed[limit]:.2g} {unit} are needed for that temperature. Raise {limit}, or "
        "use a smaller active tip."
    )


def _steady(
    problem: Axisymmetric, protocol: Protocol, start_c: float, hold_c: float
) -> tuple[float, str, dict[str, float]]:
    """(sensor °C, the limit, power, volts and amperes) when nothing changes any more, at the limit or at `hold_c`.

    Warmer tissue conducts better, so the round is repeated; a sensor that passes the set temperature is reported so.
    """
    inflow = problem.flow(True)
    factor = problem.heat_step(0.0)
    cold = np.zeros(problem.shape)
    free = factor.solve(cold if inflow is None else inflow)
    rise, limit, taken = free, "", {}
    for _ in range(_ROUNDS):
        sigma = problem.sigma(start_c + rise)
        field = problem.field(sigma, problem.links(sigma))
        answer = factor.solve(field.heat)
        v2, limit = largest_voltage_squared(protocol, field.conductance)
        if np.isfinite(hold_c):
            v2 = (hold_c - start_c - problem.thermocouple(free)) / problem.thermocouple(answer)
        taken = {
            "power_limit_w": v2 * field.conductance,
            "voltage_limit_v": float(np.sqrt(v2)),
            "current_limit_a": float(np.sqrt(v2)) * field.conductance,
        }
        new = free + v2 * answer
        change = float(np.abs(new - rise).max())
        rise = rise + _DAMPING * (new - rise)
        if change < _SETTLED_K:
            break
        if not np.isfinite(hold_c) and start_c + problem.thermocouple(rise) > protocol.set_c:
            break
    return start_c + problem.thermocouple(rise), limit, taken
