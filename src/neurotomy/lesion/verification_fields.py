"""Closed forms for two electrodes, for electrodes of any shape, and for heat from a point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.electric import Electric
from neurotomy.lesion.grid import Grid, graded, needle_grid, spheroid_grid
from neurotomy.lesion.heat import Heat, Material
from neurotomy.lesion.known_answer import KnownAnswer, answer
from neurotomy.lesion.needle import Spheroid

__all__ = ["any_shape", "point_source", "two_spheres"]

Array = NDArray[np.float64]

SIGMA, K, HEAT_CAPACITY, BLOOD = 0.45, 0.495, 1090.4 * 3421.2, 2535.8


def two_spheres() -> Iterator[KnownAnswer]:
    """Two equal spheres at opposite voltages: by symmetry one sphere over a plane at 0 V."""
    radius = 1e-3
    source = "bispherical coordinates: R = 1 / (2 pi sigma a sinh(b) sum 1 / sinh(n b)), cosh(b) = d / 2a"
    for distance_mm in (4.0, 10.0, 20.0):
        gap = distance_mm * 0.5e-3 - radius
        first, growth = 0.05e-3, 1.1
        across = np.linspace(0.0, radius, round(radius / first) + 1)
        along = np.linspace(0.0, 2 * radius, 2 * round(radius / first) + 1)
        r_face = np.concatenate([across, graded(radius, 5.0, first, growth)[1:]])
        down = graded(0.0, -gap, first, growth)[::-1]
        grid = Grid(
            r_face,
            np.concatenate([down, along[1:], graded(2 * radius, 5.0, first, growth)[1:]]),
            Spheroid(radius, radius),
        )
        half = 1 / Electric(grid, grounded=True).solve(np.full(grid.shape, SIGMA)).conductance
        b = np.arccosh(distance_mm * 0.5e-3 / radius)
        n = np.arange(1, 400)
        terms = 2 * np.exp(-n * b) / -np.expm1(-2 * n * b)  # 1 / sinh(n b), without overflow
        known = 2 / (4 * np.pi * SIGMA * radius * np.sinh(b) * terms.sum())
        name = f"Resistance between two spheres of 1 mm, {distance_mm:g} mm apart"
        yield answer(name, 2 * half, float(known), "ohm", 0.002 * known, source)


def any_shape() -> Iterator[KnownAnswer]:
    """Steady rise of electrodes that conduct no heat away: the same for any shape."""
    volts = 9.7262531
    source = "potential-temperature identity: rise = sigma V² / 2k for an electrode of any shape"
    for name, radius, active, shape in (
        ("a flat 22 G needle, 5 mm", 0.3588e-3, 5e-3, {"round_tip": False}),
        ("a round 16 G needle, 15 mm", 0.8255e-3, 15e-3, {"round_tip": True}),
        ("a conical 20 G needle, 10 mm", 0.454e-3, 10e-3, {"round_tip": False, "cone": 1.2e-3}),
    ):
        grid = needle_grid(
            radius, active, first=0.05e-3, growth=1.1, outer_radius=80e-3, below=80e-3, above=100e-3, **shape
        )
        material = Material(SIGMA, 0.0, K, HEAT_CAPACITY, 1e-6, 4e6, 0.0)
        faces = geometry_of(grid)
        share = faces[2].share_into_metal(material.k_tissue, material.k_metal)
        unit = Electric(grid, grounded=True, share_into_metal=share).solve(np.full(grid.shape, SIGMA))
        rise = Heat(grid, faces, material).factor(0.0).solve(volts**2 * unit.heat)
        bare = grid.inside & (grid.z < 0.95 * active)[:, None] & (grid.z > 0.1 * active)[:, None]
        yield answer(f"Steady rise of {name} that conducts no heat", rise[bare].mean(), 43.0, "K", 0.1, source)


def point_source() -> Iterator[KnownAnswer]:
    """Pennes' equation: 1 W from a point, and a Gaussian source with perfusion."""
    small = 0.25e-3
    grid = spheroid_grid(small, small, first=0.05e-3, growth=1.08, outer=0.4)
    heat = Heat(grid, geometry_of(grid), Material(SIGMA, 0.0, K, HEAT_CAPACITY, K, HEAT_CAPACITY, BLOOD))
    distance = np.hypot(grid.r[None, :], grid.z[:, None] - small)
    shape = np.exp(-0.5 * (distance / small) ** 2) * grid.volume
    source = "Green function: P / (8 pi k r) [exp(-l r) erfc(..) + exp(l r) erfc(..)], perfused"
    step_s = 0.5
    rise = previous = np.zeros(grid.shape)
    factor, found = heat.factor(1 / step_s), {}
    for n in range(240):
        if n == 1:
            factor = heat.factor(1.5 / step_s)
        history = rise if n == 0 else 2 * rise - 0.5 * previous
        # One watt. The little ball counts as metal, without blood: a ten-thousandth of the volume that matters.
        previous, rise = rise, factor.solve(heat.capacity * (history / step_s) + shape / shape.sum())
        found[(n + 1) * step_s] = rise
    row = int(np.argmin(np.abs(grid.z - small)))
    for distance_mm, time_s, known in ((3.0, 60.0, 23.805616), (5.0, 120.0, 11.609537)):
        value = float(np.exp(np.interp(np.log(distance_mm * 1e-3), np.log(distance[row]), np.log(found[time_s][row]))))
        name = f"Point source of 1 W, perfused: rise at {distance_mm:g} mm after {time_s:g} s"
        yield answer(name, value, known, "K", 0.005 * known, source)
