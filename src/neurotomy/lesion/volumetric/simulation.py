"""One heat lesion in three dimensions: electrodes, a protocol and a tissue map in, extents and traces out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.electrode_set import ElectrodeSet
from neurotomy.equipment.geometry import Element, elements, elements_of
from neurotomy.equipment.protocol import PausePhase, Protocol, TemperaturePhase
from neurotomy.errors import LesionError
from neurotomy.lesion import damage
from neurotomy.lesion.grid import needle_grid
from neurotomy.lesion.march import Step, march
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.result import Trace
from neurotomy.lesion.schedule import Phase, phases_of
from neurotomy.lesion.simulation import BOILING, BOILING_STEP_S, BURNT_C, COOL, CRITERIA, START_RANGE_C, STEP_ERROR_MM
from neurotomy.lesion.volumetric.block import box, volume
from neurotomy.lesion.volumetric.cartesian import Cartesian, graded_grid
from neurotomy.lesion.volumetric.cylinder import Cylinder
from neurotomy.lesion.volumetric.result import LesionVolume, VolumeExtent, VolumeLesion
from neurotomy.lesion.volumetric.surface import CylinderNodes, Surface
from neurotomy.lesion.volumetric.tissue_map import TissueMap
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance

__all__ = ["VolumeNumerics", "simulate_in_tissue"]

Array = NDArray[np.float64]

LEVELS = {"isotherm_50c": ("peak_c", 50.0), "isotherm_60c": ("peak_c", 60.0), "necrosis": ("log10_omega", 0.0)}
NEAR_MM = 16.0
"""Damage is counted this far from the active tip: beyond, no lesion of a pain electrode reaches."""
UP_THE_SHAFT_MM = 22.0
USUAL_COOL_S = 120.0


@dataclass(frozen=True)
class VolumeNumerics:
    """How a three-dimensional lesion is computed.

    Attributes
    ----------
    first_mm, growth
        Cell size at the metal, and the ratio of neighbouring cells away from it. Thin wires get smaller cells.
    planes
        Half-planes about the needle (cylinder).
    step_s, stretch, longest_s
        First time step of a hold, how much longer each is than the last, and the longest.
    refresh
        Share by which a conductivity may change before the electric field is solved anew.
    reach_mm
        From the active tip to the end of the domain.
    grounded
        0 V on the outer boundary instead of a far field.
    cool_down_s
        Longest time after switch-off in which damage still counts.
    cartesian
        Take the Cartesian grid also where the cylinder would do.
    """

    first_mm: float = 0.2
    growth: float = 1.35
    planes: int = 48
    step_s: float = 1.0
    stretch: float = 1.2
    longest_s: float = 6.0
    refresh: float = 0.02
    reach_mm: float = 30.0
    grounded: bool = False
    cool_down_s: float = 900.0
    cartesian: bool = False

    def coarser(self) -> VolumeNumerics:
        """The second grid of the error estimate: half as many cells and fewer."""
        return replace(self, first_mm=1.6 * self.first_mm, growth=self.growth**1.3, planes=2 * (self.planes // 3))


def simulate_in_tissue(
    electrode: Electrode | ElectrodeSet,
    protocol: Protocol,
    tissue_map: TissueMap,
    lps_from_frame: Array | None = None,
    *,
    start_c: float = 37.0,
    perfusion: bool = True,
    physics: Physics = PLAIN,
    numerics: VolumeNumerics | None = None,
    progress: Progress = SILENT,
) -> VolumeLesion:
    """Compute a lesion in tissue of any kind.

    A straight needle is solved on a cylinder about its axis; bent and tined electrodes, cooled ones and sets on a
    Cartesian grid with the electrodes immersed in it. Either is solved twice: the second grid is coarser, and the
    result says how far the two differ.

    Parameters
    ----------
    electrode : Electrode or ElectrodeSet
        The stages of a set are computed one after the other, each from `start_c`: the tissue is taken to have cooled
        between them. Their damage adds up.
    protocol : Protocol
        The same for every stage.
    tissue_map : TissueMap
        Which tissue is where; :func:`~neurotomy.lesion.volumetric.tissue_map.homogeneous` for one tissue.
    lps_from_frame : (4, 4) array, optional
        Place of the needle's frame (apex at the origin, +z up the shaft) or of the set's frame, mm.
    start_c, perfusion
        Temperature before the lesion and of the blood that arrives; whether blood carries heat away.
    physics : Physics
        Beyond the plain lesion: boiling, blood that stops, contact, injected fluid (as much through every active tip).
    numerics : VolumeNumerics, optional
        Grid, domain, time steps.

    Raises
    ------
    LesionError
        When the start temperature is outside 0 to 42 °C or not below the set temperature, when the set temperature is
        that of boiling, when the protocol moves the electrode, or when the tissue would burn.
    Cancelled
        When the watcher of `progress` asks to stop.
    """
    began = time.perf_counter()
    numerics = numerics or VolumeNumerics()
    frame = np.eye(4) if lps_from_frame is None else np.asarray(lps_from_frame, float)
    _check(electrode, protocol, start_c, physics)
    inputs = (electrode, protocol, tissue_map, frame, start_c, perfusion, physics)
    fine = _solve(*inputs, numerics, progress.part(0.0, 0.75))
    coarse = _solve(*inputs, numerics.coarser(), progress.part(0.75, 1.0))
    extents = {name: _with_error(fine.extents[name], coarse.extents[name]) for name, _ in CRITERIA}
    keys = [key for tissue in tissue_map.tissues for key in tissue.evidence_keys]
    keys += [*damage.EVIDENCE, BOILING, COOL, *physics.evidence_keys]
    return VolumeLesion(
        electrode=electrode,
        protocol=protocol,
        tissues=tuple(tissue.name for tissue in tissue_map.tissues),
        start_c=start_c,
        perfusion=perfusion,
        grid=fine.field.kind,
        cells=fine.cells,
        **extents,
        trace=fine.trace,
        peak_tissue_c=float(fine.field.peak_c.max()),
        numerical_error_mm=max(found.numerical_error_mm for found in extents.values()),
        solve_s=time.perf_counter() - began,
        provenance=Provenance.now(evidence=tuple(dict.fromkeys(keys))),
        field=fine.field,
        warnings=_warnings(electrode, fine, physics, mixed=len(tissue_map.tissues) > 1),
        physics=physics,
    )


@dataclass
class _Solution:
    extents: dict[str, VolumeExtent]
    trace: Trace
    field: LesionVolume
    cells: int
    limited: bool


def _check(electrode: Electrode | ElectrodeSet, protocol: Protocol, start_c: float, physics: Physics) -> None:
    low, high = START_RANGE_C
    if not low <= start_c <= high:
        raise LesionError(
            f"Start temperature {start_c:g} °C: expected {low:g} to {high:g} °C (37 in the body, 21 on a bench)."
        )
    held = [phase.set_c for phase in protocol.program() if isinstance(phase, TemperaturePhase)]
    if held and start_c >= max(held):
        raise LesionError(f"The set temperature {max(held):g} °C is not above the start temperature {start_c:g} °C.")
    boiling_c = evidence.value(BOILING)
    if held and max(held) >= boiling_c and not physics.vaporisation:
        raise LesionError(
            f"The set temperature {max(held):g} °C is at or above boiling ({boiling_c:g} °C): lower it, or turn "
            "vaporisation on."
        )
    if any(isinstance(phase, PausePhase) and (phase.moves or phase.stage is not None) for phase in protocol.program()):
        raise LesionError(
            "The protocol moves the electrodes: compute each place as a lesion of its own, or use an electrode set "
            "with stages."
        )
    for single in [electrode] if isinstance(electrode, Electrode) else [m.electrode for m in electrode.members]:
        if single.thermocouple_from_apex_mm > single.active_tip_mm:
            raise LesionError(
                f"The thermocouple of '{single.name}' is {single.thermocouple_from_apex_mm:g} mm from the apex, beyond "
                f"the active tip of {single.active_tip_mm:g} mm. Move it into the active tip."
            )


def _solve(
    electrode: Electrode | ElectrodeSet,
    protocol: Protocol,
    tissue_map: TissueMap,
    frame: Array,
    start_c: float,
    perfusion: bool,
    physics: Physics,
    numerics: VolumeNumerics,
    progress: Progress,
) -> _Solution:
    if (
        isinstance(electrode, Electrode)
        and electrode.axisymmetric
        and electrode.cooling is None
        and not numerics.cartesian
    ):
        return _on_cylinder(electrode, protocol, tissue_map, frame, start_c, perfusion, physics, numerics, progress)
    if isinstance(electrode, Electrode):
        stages: list[tuple[Element, ...]] = [elements(electrode)]
    else:
        stages = [elements_of(electrode, stage) for stage in range(len(electrode.stages))]
    return _on_block(stages, protocol, tissue_map, frame, start_c, perfusion, physics, numerics, progress)


def _phases(protocol: Protocol, start_c: float, physics: Physics, numerics: VolumeNumerics) -> list[Phase]:
    """The usual phases with steps that grow during a hold: without a factor to renew, any step costs the same."""
    if physics.vaporisation:  # a front of steam that moves: no step may be long
        return phases_of(protocol, start_c, BOILING_STEP_S, numerics.cool_down_s, evidence.value(COOL))
    found = []
    for phase in phases_of(protocol, start_c, 2 * numerics.step_s, numerics.cool_down_s, evidence.value(COOL)):
        if phase.stretch <= 1 and phase.duration_s > 10 * phase.step_s and protocol.control != "pi":
            phase = replace(phase, step_s=numerics.step_s, stretch=numerics.stretch, longest_s=numerics.longest_s)
        found.append(phase)
    return found


def _about(phases: Sequence[Phase]) -> float:
    """How long it will take in the tissue, s, for the bar: cool-down ends long before its limit."""
    return sum(min(phase.duration_s, USUAL_COOL_S) if phase.cool_down else phase.duration_s for phase in phases)


@dataclass
class _Watch:
    """Counts damage on `nodes` of the march and remembers what the generator showed."""

    nodes: Callable[[Array], Array]
    start_c: float
    set_c: float
    shape: tuple[int, ...]
    total_s: float
    progress: Progress
    steps: list[Step] = field(default_factory=list)
    dose: Any = None

    def __post_init__(self) -> None:
        self._celsius = self.nodes(np.full(self.shape, self.start_c))
        self._cool_c = evidence.value(COOL)
        self.dose = damage.Dose(self._celsius)

    def __call__(self, step: Step) -> None:
        before, self._celsius = self._celsius, self.nodes(self.start_c + step.rise)
        hot, cool = float(before.max()), float(self._celsius.max())
        if cool > BURNT_C:
            raise LesionError(
                f"Tissue would reach {cool:.0f} °C before the thermocouple reads {self.set_c:g} °C: lengthen the ramp, "
                "limit the power, or move the thermocouple closer to the apex."
            )
        share = (hot - self._cool_c) / (hot - cool) if step.off and cool < self._cool_c < hot else 1.0
        if self.steps:
            spike = None if step.spike is None else self.nodes(step.spike)
            self.dose.add(before + share * (self._celsius - before), share * step.step_s, spike)
        self.steps.append(step)
        self.progress(min(step.time_s / self.total_s, 1.0), f"{step.time_s:.0f} s, {step.tip_c:.0f} °C")


def _on_cylinder(
    electrode: Electrode,
    protocol: Protocol,
    tissue_map: TissueMap,
    frame: Array,
    start_c: float,
    perfusion: bool,
    physics: Physics,
    numerics: VolumeNumerics,
    progress: Progress,
) -> _Solution:
    grid = needle_grid(
        electrode.radius_mm * 1e-3,
        electrode.active_tip_mm * 1e-3,
        round_tip=electrode.tip_shape == "hemispherical",
        cone=electrode.cone_mm * 1e-3,
        first=numerics.first_mm * 1e-3,
        growth=numerics.growth,
        outer_radius=numerics.reach_mm * 1e-3,
        below=numerics.reach_mm * 1e-3,
        above=(electrode.active_tip_mm + numerics.reach_mm) * 1e-3,
    )
    problem = Cylinder(
        grid,
        numerics.planes,
        tissue_map,
        frame,
        metal=(electrode.core_conductivity_w_per_m_k, electrode.core_heat_capacity_j_per_m3_k),
        thermocouple_m=electrode.thermocouple_from_apex_mm * 1e-3,
        perfusion=perfusion,
        grounded=numerics.grounded,
        physics=physics,
        start_c=start_c,
        progress=progress,
    )
    nodes = CylinderNodes(grid, numerics.planes)
    rows = _between(nodes.z, -NEAR_MM * 1e-3, (electrode.active_tip_mm + UP_THE_SHAFT_MM) * 1e-3)
    columns = _between(nodes.r, -1.0, NEAR_MM * 1e-3)
    phases = _phases(protocol, start_c, physics, numerics)
    watch = _Watch(
        lambda cells: nodes(cells)[rows, columns],
        start_c,
        protocol.set_c,
        problem.shape,
        _about(phases),
        progress,
    )
    march(
        problem,
        phases,
        start_c=start_c,
        refresh=numerics.refresh,
        protocol=protocol,
        watch=watch,
        stop_blood=physics.perfusion_shutdown,
    )
    found = {
        "peak_c": np.full(nodes.shape, start_c),
        "log10_omega": np.full(nodes.shape, -6.0),
        "cem43_min": np.zeros(nodes.shape),
    }
    for name, values in found.items():
        values[rows, columns] = getattr(watch.dose, name)
    extents = {}
    for name, criterion in CRITERIA:
        values, level = _level(found, name)
        surface = Surface(nodes, values, level)
        if surface.empty:
            extents[name] = VolumeExtent(criterion, 0.0, 0.0, 0.0, 0.0)
            continue
        high = 1e3 * np.array([surface.reach(axis) for axis in np.eye(3)])
        low = -1e3 * np.array([surface.reach(-axis) for axis in np.eye(3)])
        extents[name] = VolumeExtent(
            criterion,
            width_mm=1e3 * surface.width(),
            length_mm=float(high[2] - low[2]),
            beyond_tip_mm=max(-float(low[2]), 0.0),
            volume_mm3=1e9 * surface.volume(),
            low_mm=_corner(low),
            high_mm=_corner(high),
        )
    theta = 2 * np.pi * np.arange(numerics.planes) / numerics.planes
    field_ = LesionVolume(
        "cylinder",
        (nodes.z[rows] * 1e3, nodes.r[columns] * 1e3, theta),
        frame,
        found["peak_c"][rows, columns],
        found["log10_omega"][rows, columns],
        found["cem43_min"][rows, columns],
        start_c,
    )
    return _Solution(extents, _trace(watch.steps), field_, int(np.prod(problem.shape)), _limited(watch.steps))


def _on_block(
    stages: Sequence[Sequence[Element]],
    protocol: Protocol,
    tissue_map: TissueMap,
    frame: Array,
    start_c: float,
    perfusion: bool,
    physics: Physics,
    numerics: VolumeNumerics,
    progress: Progress,
) -> _Solution:
    active = [element for stage in stages for element in stage if element.polarity]
    bare = np.concatenate([element.at(np.linspace(*element.bare_mm, 9)) for element in active])
    thinnest = min(element.radius_mm for element in active)
    grid = graded_grid(
        stages[0],
        bare.min(axis=0) - numerics.reach_mm,
        bare.max(axis=0) + numerics.reach_mm,
        first_mm=min(numerics.first_mm, THINNEST * thinnest),
        growth=numerics.growth,
    )
    near = tuple(
        _between(c * 1e3, bare[:, axis].min() - UP_THE_SHAFT_MM, bare[:, axis].max() + UP_THE_SHAFT_MM)
        for axis, c in enumerate(grid.centres)
    )
    phases = _phases(protocol, start_c, physics, numerics)
    total_s = _about(phases)
    steps: list[Step] = []
    whole: dict[str, Array] = {}
    later_s, metal = 0.0, np.zeros(grid.shape)
    for number, stage in enumerate(stages):
        part = progress.part(number / len(stages), (number + 1) / len(stages))
        problem = Cartesian(
            grid,
            stage,
            tissue_map,
            frame,
            perfusion=perfusion,
            grounded=numerics.grounded,
            start_c=start_c,
            physics=physics,
            progress=part,
        )
        metal = problem.metal_share
        watch = _Watch(lambda cells: cells[near], start_c, protocol.set_c, problem.shape, total_s, part)
        march(
            problem,
            phases,
            start_c=start_c,
            refresh=numerics.refresh,
            protocol=protocol,
            watch=watch,
            stop_blood=physics.perfusion_shutdown,
        )
        steps += [replace(step, time_s=step.time_s + later_s) for step in watch.steps]
        later_s = steps[-1].time_s
        dose = watch.dose
        if not whole:
            whole = {"peak_c": dose.peak_c, "omega": dose.omega, "cem43_min": dose.cem43_min}
        else:
            whole["peak_c"] = np.maximum(whole["peak_c"], dose.peak_c)
            whole["omega"] = whole["omega"] + dose.omega
            whole["cem43_min"] = whole["cem43_min"] + dose.cem43_min
    found = {
        "peak_c": whole["peak_c"],
        "log10_omega": np.log10(np.maximum(whole["omega"], 1e-6)),
        "cem43_min": whole["cem43_min"],
    }
    x, y, z = (1e3 * c[part] for c, part in zip(grid.centres, near, strict=True))
    fx, fy, fz = (1e3 * f[part.start : part.stop + 1] for f, part in zip(grid.faces, near, strict=True))
    apex = min(float(element.centreline_mm[0, 2]) for element in active)
    extents = {}
    for name, criterion in CRITERIA:
        values, level = _level(found, name)
        corners = box((x, y, z), values, level)
        if corners is None:
            extents[name] = VolumeExtent(criterion, 0.0, 0.0, 0.0, 0.0)
            continue
        low, high = corners
        extents[name] = VolumeExtent(
            criterion,
            width_mm=float(max(high[0] - low[0], high[1] - low[1])),
            length_mm=float(high[2] - low[2]),
            beyond_tip_mm=max(apex - float(low[2]), 0.0),
            volume_mm3=volume((x, y, z), (fx, fy, fz), values, level, metal[near]),
            low_mm=_corner(low),
            high_mm=_corner(high),
        )
    field_ = LesionVolume("cartesian", (x, y, z), frame, **found, outside_c=start_c)
    return _Solution(extents, _trace(steps), field_, int(np.prod(grid.shape)), _limited(steps))


THINNEST = 0.7
"""Largest cell at the metal, of its radius: coarser, and the surface is not seen."""


def _between(places: Array, low: float, high: float) -> slice:
    first, last = np.searchsorted(places, low), np.searchsorted(places, high, side="right")
    return slice(int(first), int(last))


def _level(found: dict[str, Array], name: str) -> tuple[Array, float]:
    if name == "cem43_240min":
        return np.log2(np.maximum(found["cem43_min"], 1e-12)), float(np.log2(240.0))
    which, level = LEVELS[name]
    return found[which], level


def _corner(values: Array) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _trace(steps: Sequence[Step]) -> Trace:
    times, tips, powers, ohms, volts = (
        np.array([getattr(step, name) for step in steps])
        for name in ("time_s", "tip_c", "power_w", "impedance_ohm", "voltage_v")
    )
    return Trace(times, tips, powers, ohms, volts, np.nan_to_num(volts / ohms))


def _limited(steps: Sequence[Step]) -> bool:
    return any(step.limited for step in steps)


def _with_error(fine: VolumeExtent, coarse: VolumeExtent) -> VolumeExtent:
    difference = max(abs(fine.width_mm - coarse.width_mm), abs(fine.length_mm - coarse.length_mm))
    return replace(fine, numerical_error_mm=STEP_ERROR_MM + difference)


def _warnings(
    electrode: Electrode | ElectrodeSet, found: _Solution, physics: Physics, *, mixed: bool
) -> tuple[str, ...]:
    warnings = []
    hottest = float(found.field.peak_c.max())
    if hottest > evidence.value(BOILING) and not physics.vaporisation:
        warnings.append(
            f"Tissue reaches {hottest:.0f} °C: above 100 °C water boils, impedance jumps and this model is not valid."
            + mixed * " Probably the sensor lies in tissue that heats less (fat, bone) than what is hottest."
        )
    if physics.vaporisation and hottest > evidence.value("material.boiling.to"):
        warnings.append(
            f"Tissue reaches {hottest:.1f} °C: its water has boiled away, and where the steam goes is not computed."
        )
    if found.limited:
        warnings.append("The generator was at its limit, so the tip followed late.")
    if isinstance(electrode, ElectrodeSet) and len(electrode.stages) > 1:
        warnings.append("Between stages the tissue is taken to cool to its start temperature; their damage adds up.")
    if isinstance(electrode, Electrode) and electrode.tip_shape == "bevel" and found.field.kind == "cylinder":
        warnings.append("The bevel is solved as the cone with as much metal.")
    return tuple(warnings)
