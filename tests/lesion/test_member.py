"""A member of an ensemble is the lesion of the full solver, on a quicker grid."""

import pytest

from neurotomy.anatomy.tissue import tissue
from neurotomy.equipment import catalogue
from neurotomy.lesion import Numerics, simulate
from neurotomy.lesion.member import QUICK, Edge, Inputs, necrosis, solve


@pytest.fixture(scope="module", params=["conventional-22g-5mm", "conventional-16g-15mm"])
def inputs(request):
    return Inputs(
        catalogue.electrode(request.param), catalogue.protocol("standard-80c-90s"), tissue("muscle"), 37.0, True
    )


@pytest.fixture(scope="module")
def lesion(inputs):
    return simulate(inputs.electrode, inputs.protocol, tissue=inputs.tissue, start_c=37.0, perfusion=True)


EDGES = (("isotherm_50c", Edge(celsius=50.0)), ("isotherm_60c", Edge(celsius=60.0)), ("necrosis", necrosis()))


@pytest.mark.parametrize(("name", "edge"), EDGES)
def test_on_the_same_grid_it_is_the_same(inputs, lesion, name, edge):
    member, extent = solve(inputs, Numerics()), getattr(lesion, name)
    assert member.width_mm(edge) == pytest.approx(extent.width_mm, abs=1e-9)
    assert member.length_mm(edge) == pytest.approx(extent.length_mm, abs=1e-9)
    assert member.beyond_tip_mm(edge) == pytest.approx(extent.beyond_tip_mm, abs=1e-9)


@pytest.mark.parametrize(("name", "edge"), EDGES)
def test_on_the_quick_grid_it_is_within_five_hundredths_of_a_millimetre(inputs, lesion, name, edge):
    member, extent = solve(inputs, QUICK), getattr(lesion, name)
    assert member.width_mm(edge) == pytest.approx(extent.width_mm, abs=0.05)
    assert member.length_mm(edge) == pytest.approx(extent.length_mm, abs=0.05)


def test_an_edge_that_is_nowhere_reached_has_no_size(inputs):
    member = solve(inputs, QUICK)
    assert member.width_mm(Edge(celsius=150.0)) == 0.0
    assert member.length_mm(Edge(celsius=150.0)) == 0.0


def test_a_hotter_edge_lies_further_in(inputs):
    member = solve(inputs, QUICK)
    widths = [member.width_mm(Edge(celsius=celsius)) for celsius in (45, 50, 55, 60, 65, 70)]
    assert widths == sorted(widths, reverse=True)
    assert member.thickness_mm(Edge(celsius=50.0)) == pytest.approx(widths[1] / 2 - inputs.electrode.radius_mm)
