"""Simulated patients: what is true of each, and the random numbers that every policy meets them with.

Patients come in chunks of a fixed size. Each chunk has random streams of its own, spawned from the study's one
SeedSequence by the chunk's number, so that a patient is the same whoever computes the chunk, and each patient meets
every policy with the same uniforms (common random numbers).

A patient lives in one of the *worlds*: draws of everything that is not known exactly (how common the source is, how
often blocks err, how often a lesion works, how long relief lasts). Worlds differ by what is not known, patients of one
world by chance; :mod:`~neurotomy.studies.run` tells the two apart.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurotomy.recovery.draw import UNIFORMS, CourseParameters, sample_parameters
from neurotomy.selection import latent

__all__ = ["CHUNK", "Patients", "Worlds", "draw_patients", "draw_worlds"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

P = TypeVar("P", latent.Rates, CourseParameters)

CHUNK = 2000
"""Patients in one chunk. Part of what makes a result: another size gives other patients."""

_WORLDS, _CHUNKS = 0, 1  # first part of a spawn key
_TRUTH, _BLOCKS, _SESSIONS = 0, 1, 2
BLOCKS = 3
"""A short-acting, a long-acting and an inert block."""


@dataclass(frozen=True)
class Worlds:
    """Draws of what is not known, arrays (worlds,).

    Attributes
    ----------
    rates
        Accuracy of blocks and how common the source is.
    courses
        Success, sham and duration.
    of_capture
        Uniform: where in its distribution P(captured) of each technique lies.
    """

    rates: latent.Rates
    courses: CourseParameters
    of_capture: Array

    @property
    def count(self) -> int:
        """How many."""
        return self.of_capture.size


@dataclass(frozen=True)
class Patients:
    """One chunk of patients, arrays (patients,) unless said otherwise.

    Attributes
    ----------
    world
        Which world each lives in.
    source, responder, reached
        Truth: the joint is the source; a placebo responder; the source's nerves lie where needles go.
    of_spine, of_trait, of_always
        Uniforms: which spine, whether the answer to a lesion is the patient's own, and which it is.
    of_positive, of_relief
        Uniforms of each block, (patients, BLOCKS): positive or not, and how much relief.
    of_longer
        Uniform: which of two anaesthetics lasts longer.
    rates, courses
        Parameters of each patient's world.
    """

    world: Index
    source: Mask
    responder: Mask
    reached: Mask
    of_spine: Array
    of_trait: Array
    of_always: Array
    of_positive: Array
    of_relief: Array
    of_longer: Array
    rates: latent.Rates
    courses: CourseParameters
    _seed: int
    _chunk: int

    @property
    def count(self) -> int:
        """How many."""
        return self.world.size

    def session(self, number: int) -> Array:
        """Uniforms of the course after the neurotomy `number` (from 0), (patients, UNIFORMS): the same each time."""
        return _generator(self._seed, _CHUNKS, self._chunk, _SESSIONS, number).random((self.count, UNIFORMS))


def draw_worlds(region: str, lateral: bool, count: int, seed: int) -> Worlds:
    """Draw `count` worlds for one region; `lateral` where the nerves are lateral branches."""
    first, second, third = np.random.SeedSequence(seed, spawn_key=(_WORLDS,)).spawn(3)
    rates = latent.sample_rates(region, count, int(first.generate_state(1)[0]))
    if lateral:
        rates = dataclasses.replace(rates, aberrant_medial=rates.aberrant_lateral)
    return Worlds(
        rates=rates,
        courses=sample_parameters(region, np.random.default_rng(second), count),
        of_capture=np.random.default_rng(third).random(count),
    )


def draw_patients(worlds: Worlds, chunk: int, patients: int, seed: int) -> Patients:
    """The patients of chunk number `chunk` of a study of `patients` in all."""
    start = chunk * CHUNK
    number = np.arange(start, min(start + CHUNK, patients))
    world = number % worlds.count
    rates = _of(worlds.rates, world)
    truth = _generator(seed, _CHUNKS, chunk, _TRUTH).random((number.size, 6))
    of_blocks = _generator(seed, _CHUNKS, chunk, _BLOCKS).random((number.size, 2 * BLOCKS + 1))
    return Patients(
        world=world,
        source=truth[:, 0] < rates.prior,
        responder=truth[:, 1] < rates.responder,
        reached=truth[:, 2] >= rates.aberrant_medial,
        of_spine=truth[:, 3],
        of_trait=truth[:, 4],
        of_always=truth[:, 5],
        of_positive=of_blocks[:, :BLOCKS],
        of_relief=of_blocks[:, BLOCKS : 2 * BLOCKS],
        of_longer=of_blocks[:, -1],
        rates=rates,
        courses=_of(worlds.courses, world),
        _seed=seed,
        _chunk=chunk,
    )


def _of(parameters: P, world: Index) -> P:
    """`parameters` with a value for each patient where there was one for each world."""
    values: dict[str, Any] = {f.name: getattr(parameters, f.name) for f in dataclasses.fields(parameters)}
    of_patients: dict[str, Any] = {
        name: value[world] for name, value in values.items() if isinstance(value, np.ndarray)
    }
    return dataclasses.replace(parameters, **of_patients)


def _generator(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
