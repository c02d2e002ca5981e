"""Several electrodes used together: bipolar pairs, palisades, two monopolar needles at once."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from neurotomy.equipment.electrode import Electrode
from neurotomy.errors import CatalogueError

__all__ = ["ElectrodeSet", "Placed", "bipolar_pair", "palisade"]

Array = NDArray[np.float64]
Vector = tuple[float, float, float]

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Placed(BaseModel):
    """An electrode and where it enters, in the frame of its set, mm.

    Attributes
    ----------
    apex_mm
        Where the apex lies.
    up
        Direction up the shaft; any length but 0.
    roll_deg
        Turn about the shaft, counter-clockwise seen from the hub. At 0 the face of a bevel or the bend of a curved tip
        looks as nearly as it can to +x of the set (to +y where the shaft runs along x).
    """

    model_config = _FROZEN

    electrode: Electrode
    apex_mm: Vector = (0.0, 0.0, 0.0)
    up: Vector = (0.0, 0.0, 1.0)
    roll_deg: float = 0.0

    @model_validator(mode="after")
    def _has_direction(self) -> Placed:
        if not np.linalg.norm(self.up) > 1e-9:
            raise ValueError("up must be a direction: not all three numbers may be 0")
        return self

    def rotation(self) -> Array:
        """(3, 3): from the needle frame to that of the set."""
        z = np.asarray(self.up) / np.linalg.norm(self.up)
        x = np.array([1.0, 0.0, 0.0]) - z[0] * z
        if np.linalg.norm(x) < 1e-6:
            x = np.array([0.0, 1.0, 0.0]) - z[1] * z
        x /= np.linalg.norm(x)
        y = np.cross(z, x)
        c, s = math.cos(math.radians(self.roll_deg)), math.sin(math.radians(self.roll_deg))
        return np.stack([c * x + s * y, c * y - s * x, z], axis=1)


class ElectrodeSet(BaseModel):
    """Electrodes with their poses, and what each is connected to, stage by stage.

    Attributes
    ----------
    members
        Electrodes and poses.
    stages
        For each stage of the treatment the polarity of each member: +1 and -1 are the two poles of the generator, 0 is
        not connected (a piece of metal that finds its own potential). A stage with +1 alone returns by a pad far away.
    """

    model_config = _FROZEN

    name: str = Field(min_length=1)
    description: str = ""
    members: tuple[Placed, ...] = Field(min_length=1)
    stages: tuple[tuple[int, ...], ...] = Field(min_length=1)
    source: str = Field(min_length=1, description="key of a source in the evidence")
    tag: str = "read"
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> ElectrodeSet:
        for number, stage in enumerate(self.stages, 1):
            if len(stage) != len(self.members):
                raise ValueError(f"stage {number} has {len(stage)} polarities for {len(self.members)} electrodes")
            if set(stage) - {-1, 0, 1}:
                raise ValueError(f"stage {number}: a polarity is 1, -1 or 0")
            if not any(stage):
                raise ValueError(f"stage {number} connects nothing")
        for (m, a), (n, b) in combinations(enumerate(self.members, 1), 2):
            gap = _distance_mm(a, b)
            touching = a.electrode.radius_mm + b.electrode.radius_mm
            if gap <= touching:
                raise ValueError(
                    f"electrodes {m} and {n} touch: their axes come as near as {gap:.2f} mm, the spacing must be "
                    f"larger than the diameter, {touching:.2f} mm"
                )
        return self

    @property
    def bipolar(self) -> bool:
        """Whether current flows between members in every stage, and none to a pad."""
        return all({1, -1} <= set(stage) for stage in self.stages)


def bipolar_pair(electrode: Electrode, spacing_mm: float, *, angle_deg: float = 0.0, name: str = "") -> ElectrodeSet:
    """Two like electrodes, apexes `spacing_mm` apart along x, in one plane, as the two poles.

    `angle_deg` is the angle between the shafts: positive when the hubs lie further apart than the apexes.

    Raises
    ------
    CatalogueError
        When they would touch: the spacing must be larger than the diameter.
    """
    _positive(spacing_mm)
    half = math.radians(angle_deg) / 2
    members = tuple(
        Placed(
            electrode=electrode,
            apex_mm=(side * spacing_mm / 2, 0.0, 0.0),
            up=(side * math.sin(half), 0.0, math.cos(half)),
        )
        for side in (-1.0, 1.0)
    )
    told = f"bipolar {electrode.name}, {spacing_mm:g} mm apart" + (f", {angle_deg:g}°" if angle_deg else "")
    return _made(name or told, electrode, members, ((1, -1),))


def palisade(electrode: Electrode, count: int, spacing_mm: float, *, name: str = "") -> ElectrodeSet:
    """`count` parallel electrodes along x; each stage is a bipolar lesion between two neighbours, from -x to +x.

    Raises
    ------
    CatalogueError
        When there are fewer than two, or they would touch.
    """
    if count < 2:
        raise CatalogueError(f"A palisade of {count} electrodes: expected 2 or more.")
    _positive(spacing_mm)
    x = (np.arange(count) - (count - 1) / 2) * spacing_mm
    stages = tuple(tuple(1 if k == n else -1 if k == n + 1 else 0 for k in range(count)) for n in range(count - 1))
    members = tuple(Placed(electrode=electrode, apex_mm=(float(at), 0.0, 0.0)) for at in x)
    return _made(name or f"palisade of {count} {electrode.name}, {spacing_mm:g} mm apart", electrode, members, stages)


def _positive(spacing_mm: float) -> None:
    if not spacing_mm > 0:
        raise CatalogueError(f"Spacing {spacing_mm:g} mm: expected more than 0.")


def _made(
    name: str, electrode: Electrode, members: tuple[Placed, ...], stages: tuple[tuple[int, ...], ...]
) -> ElectrodeSet:
    try:
        return ElectrodeSet(name=name, members=members, stages=stages, source=electrode.source, tag=electrode.tag)
    except ValidationError as error:
        raise CatalogueError(f"{name}: {error.errors()[0]['msg'].removeprefix('Value error, ')}.") from None


def _distance_mm(a: Placed, b: Placed) -> float:
    """Smallest distance between two shafts, as straight lines from apex to hub."""
    p, q = np.asarray(a.apex_mm), np.asarray(b.apex_mm)
    u = np.asarray(a.up) / np.linalg.norm(a.up) * a.electrode.cannula_length_mm
    v = np.asarray(b.up) / np.linalg.norm(b.up) * b.electrode.cannula_length_mm
    # Closest points of two segments: along one, clamp, then along the other, and once more.
    w = p - q
    uu, uv, vv = u @ u, u @ v, v @ v
    uw, vw = u @ w, v @ w
    square = uu * vv - uv**2
    s = float(np.clip((uv * vw - vv * uw) / square, 0, 1)) if square > 1e-9 * uu * vv else 0.0
    t = float(np.clip((uv * s + vw) / vv, 0, 1))
    s = float(np.clip((uv * t - uw) / uu, 0, 1))
    return float(np.linalg.norm(w + s * u - t * v))
