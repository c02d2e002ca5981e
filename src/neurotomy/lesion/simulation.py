"""One heat lesion: an electrode, a protocol and a tissue in, extents and traces out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy.tissue import Tissue
from neurotomy.anatomy.tissue import tissue as tissue_of
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import PausePhase, Protocol, TemperaturePhase
from neurotomy.errors import LesionError
from neurotomy.lesion import damage, damage_models
from neurotomy.lesion.axisymmetric import Axisymmetric
from neurotomy.lesion.extents import Nodes, extents
from neurotomy.lesion.grid import Grid, needle_grid
from neurotomy.lesion.heat import Material, Water
from neurotomy.lesion.march import Step, march, phases_of
from neurotomy.lesion.physics import PLAIN, Physics, boiling
from neurotomy.lesion.reach import never_reaches
from neurotomy.lesion.result import DamageEdge, Extent, Lesion, LesionField, Trace
from neurotomy.lesion.sinks import exchange_w_per_m3_k
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance

__all__ = ["Numerics", "simulate"]

BOILING = "damage.validity.tissue_limit"
COOL = "damage.isotherm.clinical_border"
"""The lesion is over when no tissue is hotter than this border of irreversible damage.

The liver kinetics has no border: fitted to hotter tissue, it would kill at 37 °C within the hour, and goes on growing a
lesion through many minutes of lukewarm cooling (18 G, 10 mm, 80 °C, 90 s: 9.8 mm wide at switch-off, 11.5 at this
border, 12.6 ten minutes later).
"""
START_RANGE_C = (0.0, 42.0)
BURNT_C = 300.0
"""No use going on: far outside the model, and rates would overflow."""
BOILING_STEP_S = 0.25
"""Longest time step where tissue boils: its conductivity falls a hundredfold within a few kelvin."""
CRITERIA = (
    ("isotherm_50c", "peak temperature ≥ 50 °C"),
    ("isotherm_60c", "peak temperature ≥ 60 °C"),
    ("necrosis", "Arrhenius integral ≥ 1 (liver kinetics)"),
    ("cem43_240min", "≥ 240 equivalent minutes at 43 °C"),
)


@dataclass(frozen=True)
class Numerics:
    """How a lesion is computed. The defaults are for everyone; verification problems set their own domain.

    Attributes
    ----------
    first_mm, growth
        Cell size at the needle, and the ratio of neighbouring cells away from it.
    step_s
        Time step of the hold.
    refresh
        Share by which a conductivity may change before the electric field is solved anew.
    outer_radius_mm, below_mm, above_mm
        The domain: from the axis, from the apex down, and from the upper end of the active tip up.
    grounded
        0 V on the outer boundary instead of a far field.
    cool_down_s
        Longest time after switch-off in which damage still counts; it ends before, when no tissue is hotter than the
        border of irreversible damage (45 °C). 0 stops at switch-off.
    """

    first_mm: float = 0.1
    growth: float = 1.2
    step_s: float = 2.0
    refresh: float = 0.02
    outer_radius_mm: float = 60.0
    below_mm: float = 55.0
    above_mm: float = 70.0
    grounded: bool = False
    cool_down_s: float = 900.0

    def coarser(self) -> Numerics:
        """Twice the cell size and most of the squared growth: the second grid of the error estimate."""
        return replace(self, first_mm=2 * self.first_mm, growth=self.growth**1.65)


STEP_ERROR_MM = 0.01
"""Error of a time step of 2 s, measured against 0.25 s on the reference problem: a floor of the estimate."""


def simulate(
    electrode: Electrode,
    protocol: Protocol,
    *,
    tissue: str | Tissue = "muscle",
    start_c: float = 37.0,
    perfusion: bool = True,
    physics: Physics = PLAIN,
    numerics: Numerics | None = None,
    progress: Progress = SILENT,
    watch: Callable[[Step], None] | None = None,
) -> Lesion:
    """Compute a lesion around a straight needle in homogeneous tissue.

    Solves the quasi-static electric field and Pennes' bioheat equation on an axisymmetric finite-volume grid, twice:
    the second grid is coarser, and the result says how far the two differ.

    Parameters
    ----------
    electrode, protocol
        What is used; see :mod:`neurotomy.equipment.catalogue`. A bevel is solved as the cone with as much metal. Phases
        that move the electrode are carried out in the same place.
    tissue : str or Tissue
        Name in the evidence, or your own.
    start_c : float
        Temperature before the lesion, far away, and of the blood that arrives, °C.
    perfusion : bool
        Whether blood carries heat away.
    physics : Physics
        Boiling, blood that stops, contact resistance, injected fluid.
    numerics : Numerics, optional
        Grid, domain and time step.
    watch : callable, optional
        Called with each step of the finer grid, for who wants to see how the lesion grew
        (:func:`neurotomy.lesion.growth.growth`).

    Returns
    -------
    Lesion

    Raises
    ------
    LesionError
        When the electrode is not a body of revolution; when the start temperature is outside 0 to 42 °C or not below
        the set temperature; when the set temperature is that of boiling without vaporisation; when the thermocouple is
        not in the active tip, or warms so little that the tissue would burn; when a limit of the generator can never
        let it reach the set temperature, or its impedance cut-off would never let it start.
    Cancelled
        When the watcher of `progress` asks to stop.
    """
    began = time.perf_counter()
    numerics = numerics or Numerics()
    material = tissue_of(tissue) if isinstance(tissue, str) else tissue
    _check(electrode, protocol, start_c, physics)
    inputs = (electrode, protocol, material, start_c, perfusion)
    fine = _solve(*inputs, numerics, progress.part(0.0, 0.8), physics=physics, models=True, told=watch)
    coarse = _solve(*inputs, numerics.coarser(), progress.part(0.8, 1.0), physics=physics, models=True)
    found = {name: _with_error(fine.extents[name], coarse.extents[name]) for name, _ in CRITERIA}
    table = tuple(
        replace(edge, extent=_with_error(edge.extent, other.extent))
        for edge, other in zip(fine.damage, coarse.damage, strict=True)
    )
    return Lesion(
        electrode=electrode,
        protocol=protocol,
        tissue=material.name,
        start_c=start_c,
        perfusion=perfusion,
        **found,
        trace=fine.trace,
        peak_tissue_c=float(fine.field.peak_c.max()),
        numerical_error_mm=max(size.numerical_error_mm for size in found.values()),
        solve_s=time.perf_counter() - began,
        provenance=Provenance.now(evidence=_evidence(material, physics)),
        field=fine.field,
        warnings=_warnings(fine, electrode, protocol, physics),
        physics=physics,
        damage=table,
        burst_rise_k=fine.burst_rise_k,
    )


@dataclass(frozen=True)
class _Solution:
    extents: dict[str, Extent]
    border: Extent
    trace: Trace
    field: LesionField
    limited: bool
    damage: tuple[DamageEdge, ...] = ()
    burst_rise_k: float | None = None
    cut_off_s: float | None = None


def _check(electrode: Electrode, protocol: Protocol, start_c: float, physics: Physics) -> None:
    if not electrode.axisymmetric:
        what = "is curved" if electrode.curve is not None else "has tines"
        raise LesionError(
            f"'{electrode.name}' {what}: it is no body of revolution, and needs a three-dimensional grid. Choose a "
            "straight electrode without tines here."
        )
    low, high = START_RANGE_C
    if not low <= start_c <= high:
        raise LesionError(
            f"Start temperature {start_c:g} °C: expected {low:g} to {high:g} °C (37 in the body, 21 on a bench)."
        )
    if start_c >= protocol.set_c:
        raise LesionError(
            f"The set temperature {protocol.set_c:g} °C is not above the start temperature {start_c:g} °C."
        )
    boiling_c = evidence.value(BOILING)
    held = [phase.set_c for phase in protocol.program() if isinstance(phase, TemperaturePhase)]
    if held and max(held) >= boiling_c and not physics.vaporisation:
        raise LesionError(
            f"The set temperature {max(held):g} °C is at or above boiling ({boiling_c:g} °C): lower it, or turn "
            "vaporisation on."
        )
    if electrode.thermocouple_from_apex_mm > electrode.active_tip_mm:
        raise LesionError(
            f"The thermocouple is {electrode.thermocouple_from_apex_mm:g} mm from the apex, beyond the active tip of "
            f"{electrode.active_tip_mm:g} mm: it cannot hold the tip at a temperature. Move it into the active tip."
        )


def _evidence(material: Tissue, physics: Physics) -> tuple[str, ...]:
    keys = (*material.evidence_keys, *damage.EVIDENCE, BOILING, COOL, *damage_models.EVIDENCE, *physics.evidence_keys)
    return tuple(dict.fromkeys(keys))


def grid_for(electrode: Electrode, numerics: Numerics) -> Grid:
    """The cells about an electrode."""
    cooling = electrode.cooling
    cavity = None
    if cooling is not None:
        top_mm = cooling.cavity_from_apex_mm + cooling.cooled_length_mm
        cavity = (cooling.cavity_diameter_mm / 2 * 1e-3, cooling.cavity_from_apex_mm * 1e-3, top_mm * 1e-3)
    return needle_grid(
        electrode.radius_mm * 1e-3,
        electrode.active_tip_mm * 1e-3,
        round_tip=electrode.tip_shape == "hemispherical",
        cone=electrode.cone_mm * 1e-3,
        cavity=cavity,
        first=numerics.first_mm * 1e-3,
        growth=numerics.growth,
        outer_radius=numerics.outer_radius_mm * 1e-3,
        below=numerics.below_mm * 1e-3,
        above=(electrode.active_tip_mm + numerics.above_mm) * 1e-3,
    )


def problem_for(
    grid: Grid,
    electrode: Electrode,
    tissue: Tissue,
    start_c: float,
    perfusion: bool,
    grounded: bool,
    physics: Physics,
) -> Axisymmetric:
    """The problem that the march solves."""
    cooling = electrode.cooling
    water = None
    if cooling is not None:
        bottom = cooling.cavity_from_apex_mm
        water = Water(
            cooling.cavity_diameter_mm / 2 * 1e-3,
            bottom * 1e-3,
            (bottom + cooling.cooled_length_mm) * 1e-3,
            cooling.heat_transfer_w_per_m2_k,
            cooling.water_c - start_c,
        )
    return Axisymmetric(
        grid,
        Material(
            tissue.electrical_conductivity_s_per_m,
            tissue.temperature_coefficient_per_k,
            tissue.thermal_conductivity_w_per_m_k,
            tissue.heat_capacity_j_per_m3_k,
            electrode.core_conductivity_w_per_m_k,
            electrode.core_heat_capacity_j_per_m3_k,
            exchange_w_per_m3_k(tissue) if perfusion else 0.0,
            physics.thermal_conductivity_per_k,
            tissue.density_kg_per_m3,
        ),
        boils=boiling() if physics.vaporisation else None,
        thermocouple_m=electrode.thermocouple_from_apex_mm * 1e-3,
        grounded=grounded,
        physics=physics,
        water=water,
        start_c=start_c,
    )


def _solve(
    electrode: Electrode,
    protocol: Protocol,
    tissue: Tissue,
    start_c: float,
    perfusion: bool,
    numerics: Numerics,
    progress: Progress,
    *,
    physics: Physics = PLAIN,
    models: bool = False,
    told: Callable[[Step], None] | None = None,
) -> _Solution:
    """One solution on one grid; `models` adds the table of damage models, `told` hears of each step."""
    grid = grid_for(electrode, numerics)
    nodes = Nodes(grid)
    cool_c = evidence.value(COOL)
    step_s = min(numerics.step_s, BOILING_STEP_S) if physics.vaporisation else numerics.step_s
    phases = phases_of(protocol, start_c, step_s, numerics.cool_down_s, until_c=cool_c)
    total_s = sum(phase.duration_s for phase in phases)
    seen = _Seen(nodes, start_c, cool_c, models)
    steps: list[Step] = []

    def watch(step: Step) -> None:
        hottest = start_c + float(step.rise.max())
        if hottest > BURNT_C:
            raise LesionError(
                f"Tissue would reach {hottest:.0f} °C before the thermocouple reads {protocol.set_c:g} °C: lengthen "
                "the ramp, limit the power, or move the thermocouple closer to the apex."
            )
        seen.add(step)
        if told is not None:
            told(step)
        steps.append(step if step.spike is None else replace(step, spike=None))
        progress(step.time_s / total_s, f"{step.time_s:.0f} of {total_s:.0f} s, {step.tip_c:.0f} °C")

    problem = problem_for(grid, electrode, tissue, start_c, perfusion, numerics.grounded, physics)
    _check_cutoff(problem, protocol, start_c)
    march(
        problem,
        phases,
        start_c=start_c,
        refresh=numerics.refresh,
        protocol=protocol,
        watch=watch,
        stop_blood=physics.perfusion_shutdown,
    )
    limited = any(step.limited for step in steps)
    if limited and max(step.tip_c for step in steps) < protocol.set_c - SHORT_OF_SET_K:
        never_reaches(problem, protocol, start_c)
    dose = seen.finish()
    log_cem = np.log2(np.maximum(dose.cem43_min, 1e-12))
    levels = {
        "isotherm_50c": (dose.peak_c, 50.0),
        "isotherm_60c": (dose.peak_c, 60.0),
        "necrosis": (dose.log10_omega, 0.0),
        "cem43_240min": (log_cem, float(np.log2(240.0))),
    }
    border = (dose.peak_c, cool_c, "peak temperature ≥ border of irreversible damage")
    *sizes, outer = extents(nodes, [*((*levels[name], told) for name, told in CRITERIA), border])
    times, tips, powers, ohms, volts = (
        np.array([getattr(step, name) for step in steps])
        for name in ("time_s", "tip_c", "power_w", "impedance_ohm", "voltage_v")
    )
    return _Solution(
        extents={name: size for (name, _), size in zip(CRITERIA, sizes, strict=True)},
        trace=Trace(times, tips, powers, ohms, volts, np.nan_to_num(volts / ohms)),
        field=LesionField(nodes.z * 1e3, nodes.r * 1e3, dose.peak_c, dose.log10_omega, dose.cem43_min),
        border=outer,
        limited=limited,
        damage=_table(nodes, seen.history) if models else (),
        burst_rise_k=seen.burst_rise_k,
        cut_off_s=next((step.time_s for step in steps if step.cut_off), None),
    )


SHORT_OF_SET_K = 0.5
"""A sensor this close to the set temperature has reached it."""


class _Seen:
    """Damage at the nodes, step by step; many steps are taken at once, which is quicker than one by one."""

    AT_ONCE = 40

    def __init__(self, nodes: Nodes, start_c: float, cool_c: float, keep: bool) -> None:
        self._nodes, self._start_c, self._cool_c = nodes, start_c, cool_c
        self._celsius = nodes(np.full(nodes.grid.shape, start_c))
        self._dose = damage.Dose(self._celsius)
        self._waiting: list[Step] = []
        self._keep = keep
        self.history = damage_models.History()
        self.history.add(self._celsius, 0.0)
        self.burst_rise_k: float | None = None

    def add(self, step: Step) -> None:
        """Take note of a step; the first shows the start and has no length."""
        if step.step_s == 0:
            return
        self._waiting.append(step)
        if len(self._waiting) >= self.AT_ONCE:
            self._take()

    def finish(self) -> damage.Dose:
        """The damage after all steps."""
        if self._waiting:
            self._take()
        return self._dose

    def _take(self) -> None:
        steps, self._waiting = self._waiting, []
        celsius = self._nodes(self._start_c + np.stack([step.rise for step in steps]))
        lengths = np.array([step.step_s for step in steps])
        if steps[-1].off:
            # The last step of the cool-down counts only up to the moment at which the border was passed.
            hottest = [float(self._celsius.max()), *celsius.max(axis=(1, 2)).tolist()]
            for n, step in enumerate(steps):
                hot, cool = hottest[n], hottest[n + 1]
                if step.off and cool < self._cool_c < hot:
                    share = (hot - self._cool_c) / (hot - cool)
                    before = self._celsius if n == 0 else celsius[n - 1]
                    celsius[n] = before + share * (celsius[n] - before)
                    lengths[n] *= share
        spikes = [None if step.spike is None else self._nodes(step.spike) for step in steps]
        self._dose.add_all(celsius, lengths, spikes)
        for spike in spikes:
            if spike is not None:
                self.burst_rise_k = max(self.burst_rise_k or 0.0, float(spike.max()))
        if self._keep:
            for now, length in zip(celsius, lengths.tolist(), strict=True):
                self.history.add(now, length)
        self._celsius = celsius[-1]


def _table(nodes: Nodes, history: damage_models.History) -> tuple[DamageEdge, ...]:
    models = damage_models.edges()
    sizes = extents(nodes, [(edge(history), edge.level, edge.criterion) for edge in models])
    return tuple(
        DamageEdge(edge.name, edge.key, evidence.get(edge.key).tag.value, size)
        for edge, size in zip(models, sizes, strict=True)
    )


def _check_cutoff(problem: Axisymmetric, protocol: Protocol, start_c: float) -> None:
    cutoff = protocol.impedance_cutoff_ohm
    if cutoff is None:
        return
    sigma = problem.sigma(np.full(problem.shape, start_c))
    shown = 1 / problem.field(sigma, problem.links(sigma)).conductance
    if shown > cutoff:
        raise LesionError(
            f"The tip shows {shown:.0f} ohm at the start, above the impedance cut-off of {cutoff:g} ohm: the generator "
            "would switch off at once. Raise impedance_cutoff_ohm, or use a larger active tip."
        )


def _with_error(fine: Extent, coarse: Extent) -> Extent:
    difference = max(abs(fine.width_mm - coarse.width_mm), abs(fine.length_mm - coarse.length_mm))
    return replace(fine, numerical_error_mm=STEP_ERROR_MM + difference)


def _warnings(solution: _Solution, electrode: Electrode, protocol: Protocol, physics: Physics) -> tuple[str, ...]:
    found = []
    hottest = float(solution.field.peak_c.max())
    program = protocol.program()
    if hottest > evidence.value(BOILING) and not physics.vaporisation:
        found.append(
            f"Tissue reaches {hottest:.1f} °C: above 100 °C water boils, impedance jumps and this model is not valid."
        )
    if physics.vaporisation and hottest > evidence.value("material.boiling.to"):
        found.append(
            f"Tissue reaches {hottest:.1f} °C: its water has boiled away, and where the steam goes is not computed."
        )
    if solution.cut_off_s is not None:
        found.append(
            f"The generator switched off at {solution.cut_off_s:.0f} s: the impedance passed "
            f"{protocol.impedance_cutoff_ohm:g} ohm."
        )
    reached = float(solution.trace.tip_c.max())
    holds = any(isinstance(phase, TemperaturePhase) for phase in program)
    if holds and solution.limited and reached < protocol.set_c - SHORT_OF_SET_K:
        found.append(
            f"The generator's limit holds the tip at {reached:.1f} °C, below the set {protocol.set_c:g} °C: raise the "
            "limit, or use a smaller active tip."
        )
    elif holds and solution.limited:
        found.append("The generator was at its limit during the ramp, so the tip followed late.")
    elif solution.limited:
        found.append("The generator was at its limit and gave less than the protocol asks for.")
    if electrode.tip_shape == "bevel":
        found.append("The bevel is solved as the cone with as much metal.")
    if any(isinstance(phase, PausePhase) and phase.moves for phase in program):
        found.append("The protocol moves the electrode; here all of it happens in the same place.")
    if solution.extents["necrosis"].width_mm > solution.border.width_mm > 0:
        found.append(
            f"The necrosis reaches tissue that never got to {evidence.value(COOL):g} °C: the liver kinetics counts "
            "long lukewarm heating for too much. Use the equivalent minutes at 43 °C for so long a lesion."
        )
    return tuple(found)
