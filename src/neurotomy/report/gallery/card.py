"""What one picture of the gallery shows: a lesion in homogeneous muscle, sampled on a plane, and how it grew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.tissue import tissue
from neurotomy.equipment import catalogue
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.electrode_set import ElectrodeSet
from neurotomy.equipment.geometry import Element, elements, elements_of
from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion import simulate
from neurotomy.lesion.result import Extent, Trace
from neurotomy.progress import SILENT, Progress

__all__ = ["Card", "Growth", "card_of", "family_of", "protocol_for"]

Array = NDArray[np.float64]

START_C = 37.0
TISSUE = "muscle"
OTHERS = "Others"
STEP_MM, ROOM_MM = 0.1, 2.5
"""Of the sampled plane, and around the lesion."""
CELL_MM, GROWTH, SMOOTH_GROWTH = 0.3, 1.4, 1.25
"""Of three-dimensional grids: coarse enough for a page of pictures; the error is printed on each."""
HOLDS_S = (5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0)


@dataclass(frozen=True)
class Growth:
    """Width of the lesion when it is switched off after so many seconds at the set temperature.

    Attributes
    ----------
    hold_s, width_50c_mm, width_necrosis_mm
        One value for each hold.
    """

    hold_s: Array
    width_50c_mm: Array
    width_necrosis_mm: Array


@dataclass(frozen=True)
class Card:
    """One picture.

    Attributes
    ----------
    name
        In the catalogue.
    title, told
        In words: the electrode; protocol and tissue.
    x_mm, z_mm
        Columns and rows of the plane y = 0 of the needle's (or the set's) frame.
    peak_c, log10_omega
        Highest temperature and damage, (len(z), len(x)).
    metal
        Pieces of metal, to be drawn over the field.
    isotherm_50c, necrosis
        Extents.
    trace
        Of the generator.
    growth
        None where a lesion takes too long to be computed many times.
    grid
        Which grid solved it.
    numerical_error_mm
        Of the extents.
    """

    name: str
    title: str
    told: str
    protocol: Protocol
    x_mm: Array
    z_mm: Array
    peak_c: Array
    log10_omega: Array
    metal: tuple[Element, ...]
    isotherm_50c: Extent
    necrosis: Extent
    trace: Trace
    growth: Growth | None
    grid: str
    numerical_error_mm: float


def family_of(name: str) -> str:
    """The group of the gallery that an electrode or set stands in."""
    if name in catalogue.electrode_set_names():
        return "Several electrodes"
    electrode = catalogue.electrode(name)
    if electrode.tines is not None:
        return "Tined"
    if electrode.cooling is not None:
        return "Cooled"
    if electrode.curve is not None:
        return "Curved"
    first = name.split("-")[0]
    return {
        "conventional": "Conventional, 150 mm" if "150mm" in name else "Conventional",
        "blunt": "Blunt",
        "conical": "Conical",
        "bevel": "Bevelled",
        "solid": "Solid, for comparison",
    }.get(first, OTHERS)


def protocol_for(thing: Electrode | ElectrodeSet) -> Protocol:
    """The protocol of the catalogue that this kind of electrode is used with."""
    electrode = thing.members[0].electrode if isinstance(thing, ElectrodeSet) else thing
    if electrode.cooling is not None:
        return catalogue.protocol("cooled-60c-150s")
    if electrode.tines is not None:
        return catalogue.protocol("three-tined-80c-120s")
    return catalogue.protocol("standard-80c-90s")


def card_of(name: str, progress: Progress = SILENT) -> Card:
    """Compute one picture: about half a second for a straight needle, some seconds for anything else.

    Raises
    ------
    CatalogueError
        When neither an electrode nor a set has this name.
    """
    is_set = name in catalogue.electrode_set_names()
    thing: Electrode | ElectrodeSet = catalogue.electrode_set(name) if is_set else catalogue.electrode(name)
    protocol = protocol_for(thing)
    if isinstance(thing, Electrode) and thing.axisymmetric:
        return _straight(name, thing, protocol, progress)
    return _volume(name, thing, protocol, progress)


def _straight(name: str, electrode: Electrode, protocol: Protocol, progress: Progress) -> Card:
    from scipy.interpolate import RegularGridInterpolator

    lesion = simulate(electrode, protocol, tissue=TISSUE, start_c=START_C, progress=progress.part(0.0, 0.4))
    growth = _growth(electrode, protocol, progress.part(0.4, 0.95))
    x, z = _plane(lesion.isotherm_50c, lesion.necrosis)
    at = np.stack(np.meshgrid(z, np.abs(x), indexing="ij"), axis=-1)
    nodes = (lesion.field.z_mm, lesion.field.r_mm)
    peak, omega = (
        RegularGridInterpolator(nodes, values, bounds_error=False, fill_value=None)(at)
        for values in (lesion.field.peak_c, lesion.field.log10_omega)
    )
    return Card(
        name,
        _title(electrode),
        _told(protocol),
        protocol,
        x,
        z,
        peak,
        omega,
        elements(electrode),
        lesion.isotherm_50c,
        lesion.necrosis,
        lesion.trace,
        growth,
        "axisymmetric grid",
        lesion.numerical_error_mm,
    )


def _growth(electrode: Electrode, protocol: Protocol, progress: Progress) -> Growth:
    """Widths of lesions that are switched off earlier; each is solved by itself, with its cool-down."""
    from neurotomy.lesion.member import Edge, Inputs, necrosis, solve

    holds = [hold_s for hold_s in HOLDS_S if hold_s < protocol.hold_s] + [protocol.hold_s]
    widths = []
    for n, hold_s in enumerate(holds):
        progress(n / len(holds))
        shorter = protocol.model_copy(update={"hold_s": hold_s})
        member = solve(Inputs(electrode, shorter, tissue(TISSUE), START_C, True))
        widths.append((member.width_mm(Edge(celsius=50.0)), member.width_mm(necrosis())))
    warm, dead = np.array(widths).T
    return Growth(np.array(holds), warm, dead)


def _volume(name: str, thing: Electrode | ElectrodeSet, protocol: Protocol, progress: Progress) -> Card:
    from neurotomy.lesion.volumetric import VolumeNumerics, homogeneous, simulate_in_tissue

    tined = isinstance(thing, Electrode) and thing.tines is not None  # thin wires need very many cells as it is
    numerics = VolumeNumerics(first_mm=CELL_MM, growth=GROWTH if tined else SMOOTH_GROWTH)
    one_tissue = homogeneous(tissue(TISSUE))
    lesion = simulate_in_tissue(thing, protocol, one_tissue, start_c=START_C, numerics=numerics, progress=progress)
    low = np.minimum(lesion.isotherm_50c.low_mm, lesion.necrosis.low_mm)
    high = np.maximum(lesion.isotherm_50c.high_mm, lesion.necrosis.high_mm)
    x, z = _axis(low[0], high[0]), _axis(low[2], high[2])
    across, along = np.meshgrid(x, z)
    peak, omega = (
        lesion.field.sample_in_frame(which, across, np.zeros_like(across), along) for which in ("peak_c", "log10_omega")
    )
    metal = elements_of(thing) if isinstance(thing, ElectrodeSet) else elements(thing)
    return Card(
        name,
        _title(thing),
        _told(protocol),
        protocol,
        x,
        z,
        peak,
        omega,
        metal,
        lesion.isotherm_50c,
        lesion.necrosis,
        lesion.trace,
        None,
        f"{lesion.grid} grid, {lesion.cells} cells",
        lesion.numerical_error_mm,
    )


def _plane(*extents: Extent) -> tuple[Array, Array]:
    reach = max(extent.width_mm for extent in extents) / 2
    beyond = max(extent.beyond_tip_mm for extent in extents)
    top = max(extent.length_mm - extent.beyond_tip_mm for extent in extents)
    return _axis(-reach, reach), _axis(-beyond, top)


def _axis(low: float, high: float) -> Array:
    low, high = low - ROOM_MM, high + ROOM_MM
    return np.linspace(low, high, max(round((high - low) / STEP_MM), 8) + 1)


def _title(thing: Electrode | ElectrodeSet) -> str:
    if isinstance(thing, ElectrodeSet):
        words = thing.description.replace(" cannulae", "") or thing.name
        return words[0].upper() + words[1:]
    size = f"{thing.gauge} G" if thing.gauge else f"{thing.outer_diameter_mm:.3g} mm"
    kind = {
        "Conventional": "conventional",
        "Conventional, 150 mm": "conventional, 150 mm long",
        "Blunt": "blunt",
        "Conical": "pencil point",
        "Bevelled": "bevel",
        "Solid, for comparison": "solid rod",
        "Cooled": "internally cooled",
        "Curved": "curved",
        "Tined": f"{thing.tines.count} tines" if thing.tines is not None else "",
        OTHERS: thing.name,
    }[family_of(thing.name)]
    return f"{size}, {thing.active_tip_mm:g} mm tip, {kind}"


def _told(protocol: Protocol) -> str:
    run = f"{protocol.set_c:g} °C for {protocol.hold_s:g} s after a ramp of {protocol.ramp_s:g} s"
    return f"{run}; {TISSUE} at {START_C:g} °C, perfused"
