"""The cylinder about a needle: equal to the axisymmetric grid where it must be, and turning with the tissue."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.geometry import Volume
from neurotomy.lesion.axisymmetric import Axisymmetric
from neurotomy.lesion.grid import needle_grid
from neurotomy.lesion.heat import Material
from neurotomy.lesion.reference_problem import TISSUE
from neurotomy.lesion.volumetric.cylinder import Cylinder
from neurotomy.lesion.volumetric.surface import CylinderNodes, Surface
from neurotomy.lesion.volumetric.tissue_map import TissueMap, homogeneous

METAL = (16.0, 3.95e6)
PLANES = 16
BONE = replace(TISSUE, name="bone", electrical_conductivity_s_per_m=0.02, thermal_conductivity_w_per_m_k=0.32)


def cells(first=0.3, growth=1.5):
    return needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=first * 1e-3, growth=growth, outer_radius=30e-3, below=30e-3, above=40e-3
    )


def cylinder(tissue_map, planes=PLANES, frame=None, **changes):
    options = {"metal": METAL, "thermocouple_m": 0.5e-3, "grounded": True} | changes
    return Cylinder(cells(), planes, tissue_map, np.eye(4) if frame is None else frame, **options)


def half_space(normal):
    """Bone on the side of `normal` of a plane 1.5 mm from the needle's axis, in the needle's frame."""
    i, j, k = np.meshgrid(*(np.arange(-40, 41),) * 3, indexing="ij")
    where = 0.5 * (i * normal[0] + j * normal[1] + k * normal[2])
    affine = np.diag([0.5, 0.5, 0.5, 1.0])
    affine[:3, 3] = -20.0
    return TissueMap(Volume((where > 1.5).astype(np.uint8), affine), (TISSUE, BONE))


def solved(problem, celsius=37.0):
    sigma = problem.sigma(np.full(problem.shape, celsius))
    return problem.field(sigma, problem.links(sigma))


def test_in_one_tissue_it_is_the_axisymmetric_grid():
    """Same cells, so the same equations: what differs is the iteration, and the single precision of its steps."""
    material = Material(
        TISSUE.electrical_conductivity_s_per_m,
        TISSUE.temperature_coefficient_per_k,
        TISSUE.thermal_conductivity_w_per_m_k,
        TISSUE.heat_capacity_j_per_m3_k,
        *METAL,
        TISSUE.perfusion_per_s * TISSUE.blood_heat_capacity_j_per_m3_k,
    )
    flat = Axisymmetric(cells(), material, thermocouple_m=0.5e-3, grounded=True)
    round_ = cylinder(homogeneous(TISSUE))
    one, other = solved(flat), solved(round_)
    assert other.conductance == pytest.approx(one.conductance, rel=1e-5)
    assert other.heat.sum(axis=2) == pytest.approx(one.heat, rel=2e-3, abs=1e-7)
    assert round_.capacity.sum(axis=2) == pytest.approx(flat.capacity, rel=1e-12)
    rise = flat.heat_step(0.5).solve(one.heat)
    turned = round_.heat_step(0.5).solve(np.repeat(one.heat[..., None], PLANES, axis=2) / PLANES)
    assert turned.mean(axis=2) == pytest.approx(rise, abs=1e-4 * rise.max())
    assert np.ptp(turned, axis=2).max() < 1e-4 * rise.max()
    assert round_.thermocouple(turned) == pytest.approx(flat.thermocouple(rise), rel=1e-4)


def test_heat_made_is_the_power():
    problem = cylinder(half_space((1.0, 0.0, 0.0)))
    sigma = problem.sigma(np.full(problem.shape, 37.0))
    links = problem.links(sigma)
    field = problem.field(sigma, links)
    at_the_boundary = (links.ground * field.potential**2).sum()
    assert field.heat.sum() + at_the_boundary == pytest.approx(field.conductance, rel=1e-5)
    assert problem.conductance_now(field, links) == pytest.approx(field.conductance, rel=1e-5)


def test_bone_on_one_side_makes_less_heat_there_and_more_ohms():
    free, beside = solved(cylinder(homogeneous(TISSUE))), solved(cylinder(half_space((1.0, 0.0, 0.0))))
    assert beside.conductance < 0.85 * free.conductance
    towards, away = beside.heat[..., 0].sum(), beside.heat[..., PLANES // 2].sum()
    assert towards < 0.7 * away


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_the_lesion_turns_with_the_tissue(quarter):
    """+x to +y is a quarter of the planes: an angle the wrong way round would be seen here."""
    normals = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
    first, turned = (solved(cylinder(half_space(normals[n]))).heat for n in (0, quarter))
    assert np.roll(first, quarter * PLANES // 4, axis=2) == pytest.approx(turned, abs=2e-3 * first.max())


def test_a_turned_frame_sees_the_same_tissue_from_another_side():
    """The needle's own frame rolled by 90°: its +x is then the map's +y."""
    frame = np.eye(4)
    frame[:3, 0], frame[:3, 1] = (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0)
    rolled = solved(cylinder(half_space((0.0, 1.0, 0.0)), frame=frame)).heat
    straight = solved(cylinder(half_space((1.0, 0.0, 0.0)))).heat
    assert rolled == pytest.approx(straight, abs=2e-3 * straight.max())


def test_surface_reads_an_ellipsoid():
    nodes = CylinderNodes(needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=0.2e-3, growth=1.3, outer_radius=30e-3, below=30e-3, above=40e-3
    ), 32)  # fmt: skip
    z, r, t = nodes.z[:, None, None], nodes.r[None, :, None], nodes.theta[None, None, :]
    x, y = r * np.cos(t), r * np.sin(t)
    level = 1 - ((x - 0.3e-3) / 4e-3) ** 2 - (y / 5e-3) ** 2 - ((z - 5e-3) / 8e-3) ** 2
    surface = Surface(nodes, level, 0.0)
    east, west = surface.reach(np.array([1.0, 0, 0])), surface.reach(np.array([-1.0, 0, 0]))
    assert (1e3 * east, 1e3 * west) == (pytest.approx(4.3, abs=0.03), pytest.approx(3.7, abs=0.03))
    assert 1e3 * surface.reach(np.array([0, 1.0, 0])) == pytest.approx(5.0, abs=0.03)
    assert 1e3 * surface.reach(np.array([0, 0, -1.0])) == pytest.approx(3.0, abs=0.03)
    assert 1e3 * surface.reach(np.array([0, 0, 1.0])) == pytest.approx(13.0, abs=0.05)
    assert 1e3 * surface.width() == pytest.approx(10.0, abs=0.05)
    needle = np.pi * 0.635**2 * 13.0 - np.pi * 0.635**3 / 3
    assert 1e9 * surface.volume() == pytest.approx(4 / 3 * np.pi * 4 * 5 * 8 - needle, rel=0.01)


def test_a_level_reached_nowhere_is_empty():
    nodes = CylinderNodes(cells(), 16)
    assert Surface(nodes, np.zeros(nodes.shape), 1.0).empty
