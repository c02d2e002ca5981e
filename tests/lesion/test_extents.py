"""Extents of fields whose extents are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotomy.lesion.extents import Nodes, extent
from neurotomy.lesion.grid import needle_grid

RADIUS_MM = 0.635


def grid_of(first_mm=0.1, growth=1.2, round_tip=True):
    return needle_grid(
        RADIUS_MM * 1e-3, 10e-3, round_tip=round_tip, first=first_mm * 1e-3, growth=growth,
        outer_radius=60e-3, below=55e-3, above=80e-3,
    )  # fmt: skip


def level_of(grid, shape):
    """The nodes' values of a function of (r, z) in mm that is given on cells."""
    nodes = Nodes(grid)
    r, z = grid.r[None, :] * 1e3, grid.z[:, None] * 1e3
    return nodes, nodes(shape(r, z))


@settings(max_examples=30, deadline=None)
@given(st.floats(2.0, 9.0), st.floats(3.0, 12.0), st.floats(2.0, 8.0), st.booleans())
def test_an_ellipsoid_about_the_needle(half_width, half_length, centre, round_tip):
    grid = grid_of(round_tip=round_tip)
    # The logarithm of a damage that falls off like a field does: not a polynomial.
    nodes, values = level_of(
        grid, lambda r, z: -3 * np.log(np.sqrt((r / half_width) ** 2 + ((z - centre) / half_length) ** 2))
    )
    found = extent(nodes, values, 0.0, "test")
    reach = half_length * np.sqrt(1 - (RADIUS_MM / half_width) ** 2)  # at the needle's surface, above
    below = half_length - centre
    assert found.width_mm == pytest.approx(2 * half_width, abs=0.03)
    if below > 0.5:  # the ellipsoid passes the apex: read on the axis below, on the metal's surface above
        assert found.beyond_tip_mm == pytest.approx(below, abs=0.02)
        assert found.length_mm == pytest.approx(below + centre + reach, abs=0.04)
        # All of the needle from the apex to the upper end is metal; the hemisphere's corners are not.
        needle = np.pi * RADIUS_MM**2 * (centre + reach) - (np.pi * RADIUS_MM**3 / 3 if round_tip else 0)
        ellipsoid = 4 / 3 * np.pi * half_width**2 * half_length
        cap = np.pi * half_width**2 * half_length * (2 / 3 - reach / half_length + (reach / half_length) ** 3 / 3)
        assert found.volume_mm3 == pytest.approx(ellipsoid - cap - needle, rel=0.02)


def test_nothing_above_the_level_is_zero():
    nodes, values = level_of(grid_of(), lambda r, z: -1 - r - 0 * z)
    found = extent(nodes, values, 0.0, "test")
    assert (found.width_mm, found.length_mm, found.beyond_tip_mm, found.volume_mm3) == (0, 0, 0, 0)


def test_a_lesion_that_does_not_pass_the_tip():
    nodes, values = level_of(grid_of(), lambda r, z: 2.0 - np.hypot(r, z - 5.0))
    found = extent(nodes, values, 0.0, "test")
    assert found.width_mm == pytest.approx(4.0, abs=0.02)
    assert found.beyond_tip_mm == 0
    upper = np.sqrt(4 - RADIUS_MM**2)
    assert found.length_mm == pytest.approx(2 * upper, abs=0.03), "of tissue, from the lowest to the highest point"


def test_extents_follow_the_level():
    nodes, values = level_of(grid_of(), lambda r, z: 10 - np.hypot(r, z - 5.0))
    widths = [extent(nodes, values, level, "test").width_mm for level in (1, 2, 3, 4, 5)]
    assert np.allclose(np.diff(widths), -2.0, atol=0.02)


def test_extents_together_are_those_one_by_one():
    from neurotomy.lesion.extents import extents

    grid = needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=0.2e-3, growth=1.3, outer_radius=50e-3, below=45e-3, above=55e-3
    )
    nodes = Nodes(grid)
    away = np.hypot(grid.r[None, :] / 1.2, np.maximum(np.maximum(-grid.z, grid.z - 10e-3), 0)[:, None])
    cells = 100 * np.exp(-away / 4e-3)
    both = nodes(np.stack([cells, 0.5 * cells]))
    assert both[0] == pytest.approx(nodes(cells)), "a stack of fields is read field by field"
    wanted = [(both[0], 50.0, "a"), (both[1], 45.0, "b"), (both[0], 300.0, "nowhere"), (both[0], 20.0, "c")]
    high = np.where(nodes.z[:, None] > 3e-3, both[0], 0.0)
    wanted.append((high, 60.0, "beside the shaft only"))
    for found, (values, level, criterion) in zip(extents(nodes, wanted), wanted, strict=True):
        known = extent(nodes, values, level, criterion)
        for name in ("width_mm", "length_mm", "beyond_tip_mm", "volume_mm3"):
            assert getattr(found, name) == pytest.approx(getattr(known, name), abs=1e-9), (criterion, name)
        assert found.criterion == criterion
