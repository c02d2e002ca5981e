"""Two needles, in three dimensions: the trends of Cosman & Gonzalez 2011, read midway between the tips.

Each setting is solved once, at the best estimate of every input: a world of other inputs would cost half a minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy.tissue import tissue
from neurotomy.equipment.electrode_set import ElectrodeSet, Placed
from neurotomy.lesion.validation.bench import Bench, cannula, protocol_of, room_c
from neurotomy.lesion.validation.experiment import Experiment
from neurotomy.lesion.validation.relations import photographic
from neurotomy.lesion.volumetric import VolumeLesion, VolumeNumerics, homogeneous

__all__ = ["HARDLY_PERCENT", "bipolar"]

HARDLY_PERCENT = 10.0
"""A rise between the tips that changes by less than this hardly changes."""
SPACING_MM = 10.0
NUMERICS = VolumeNumerics(first_mm=0.4, growth=1.5)
"""Within 0.2 mm of the finest grid, about a second a lesion; trends are twenty times larger."""


def bipolar() -> Iterator[Experiment]:
    """Growth with four factors, hardly any effect of angle and offset, and the size that is remembered."""
    base = f"two 18 G, 10 mm tips, {SPACING_MM:g} mm apart, 80 °C, 120 s"
    setting = f"{base} and one factor at a time, meat at {room_c():g} °C"
    entry = evidence.get("validation.sign.bipolar")
    sweeps: dict[str, tuple[tuple[int, float, float, float], ...]] = {
        "gauge 22 to 16 G": ((22, 10, 80, 120), (18, 10, 80, 120), (16, 10, 80, 120)),
        "tip 5 to 15 mm": ((18, 5, 80, 120), (18, 10, 80, 120), (18, 15, 80, 120)),
        "temperature 70 to 90 °C": ((18, 10, 70, 120), (18, 10, 80, 120), (18, 10, 90, 120)),
        "time 60 to 180 s": ((18, 10, 80, 60), (18, 10, 80, 120), (18, 10, 80, 180)),
    }
    yield Experiment(
        "cosmangonzalez2011_trend",
        "smallest step of the peak temperature midway between the tips, in sweeps of gauge, tip, temperature and time",
        setting,
        "peak temperature midway between the middles of the tips",
        entry.key,
        "grows with each",
        {name: _smallest_step(settings) for name, settings in sweeps.items()},
        low=0.0,
        unit="K",
        dimensions=3,
    )
    yield Experiment(
        "cosmangonzalez2011_trend_angle",
        "change of the rise midway when the shafts make 30° or one tip lies 3 mm deeper",
        f"{setting}; the middles of the tips stay as far apart",
        "peak temperature midway between the middles of the tips",
        entry.key,
        f"hardly any (here: at most {HARDLY_PERCENT:g} %)",
        {"angle 30°": _change(angle_deg=30.0), "offset 3 mm": _change(offset_mm=3.0)},
        high=HARDLY_PERCENT,
        unit="%",
        outside=lambda bench: (
            f"'Insensitive' was published without a number, the {HARDLY_PERCENT:g} % are this table's: the angle "
            f"changes the rise by {_change(angle_deg=30.0)(bench):.0f} %, the offset by "
            f"{_change(offset_mm=3.0)(bench):.0f} %."
        ),
        dimensions=3,
    )
    entry = evidence.get("validation.context.bipolar_20g")
    yield Experiment(
        "cosmangonzalez2011_mem",
        "width across the pair",
        f"two 20 G, 10 mm tips, 10 mm apart, 90 °C, 180 s, meat at {room_c():g} °C",
        photographic().words,
        entry.key,
        "12 mm (memory; across, along the tips 12, through 8)",
        {"20 G": lambda bench: _lesion(20, 10, 90, 180).isotherm_50c.width_mm},
        outside="From memory: for orientation.",
        dimensions=3,
    )


def _smallest_step(settings: tuple[tuple[int, float, float, float], ...]) -> Callable[[Bench], float]:
    return lambda bench: float(np.diff([_midway_c(*setting) for setting in settings]).min())


def _change(*, angle_deg: float = 0.0, offset_mm: float = 0.0) -> Callable[[Bench], float]:
    def change(bench: Bench) -> float:
        usual = _midway_c(18, 10, 80, 120) - room_c()
        return 100 * abs(_midway_c(18, 10, 80, 120, angle_deg, offset_mm) - room_c() - usual) / usual

    return change


def _midway_c(
    gauge: int, tip_mm: float, set_c: float, hold_s: float, angle_deg: float = 0.0, offset_mm: float = 0.0
) -> float:
    field = _lesion(gauge, tip_mm, set_c, hold_s, angle_deg, offset_mm).field
    return float(field.sample_in_frame("peak_c", [0.0], [0.0], [tip_mm / 2])[0])


@cache
def _lesion(
    gauge: int, tip_mm: float, set_c: float, hold_s: float, angle_deg: float = 0.0, offset_mm: float = 0.0
) -> VolumeLesion:
    from neurotomy.lesion.volumetric import simulate_in_tissue

    needle = cannula(gauge, tip_mm)
    half = math.radians(angle_deg) / 2
    members = []
    for side in (-1.0, 1.0):
        up = np.array([side * math.sin(half), 0.0, math.cos(half)])
        middle = np.array([side * SPACING_MM / 2, 0.0, tip_mm / 2 + side * offset_mm / 2])
        x, y, z = (middle - up * tip_mm / 2).tolist()
        members.append(Placed(electrode=needle, apex_mm=(x, y, z), up=(float(up[0]), 0.0, float(up[2]))))
    pair = ElectrodeSet(name="pair", members=tuple(members), stages=((1, -1),), source="neurotomy", tag="choice")
    return simulate_in_tissue(
        pair,
        protocol_of(set_c, hold_s),
        homogeneous(tissue("muscle")),
        start_c=room_c(),
        perfusion=False,
        numerics=NUMERICS,
    )
