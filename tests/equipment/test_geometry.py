"""Contract tests of shapes: they run over whatever the catalogue holds, so a new entry needs no new test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.equipment import catalogue
from neurotomy.equipment.electrode import Curve, Electrode, Tines
from neurotomy.equipment.electrode_set import Placed, bipolar_pair, palisade
from neurotomy.equipment.geometry import elements, elements_of, exposed_area_mm2, metal_volume_mm3
from neurotomy.errors import CatalogueError

SIGMA = 0.45e-3  # S/mm, muscle

every_electrode = pytest.mark.parametrize("name", catalogue.electrode_names())
every_set = pytest.mark.parametrize("name", catalogue.electrode_set_names())


def own(**fields):
    base = {"name": "own", "outer_diameter_mm": 1.0, "active_tip_mm": 10, "cannula_length_mm": 100}
    return Electrode.model_validate(base | {"source": "neurotomy", "tag": "choice"} | fields)


def slices(element, stop, count=40_001):
    """Arc length, radius of revolution, and the element's own radius, in many thin slices."""
    s = np.linspace(0.0, stop, count)
    return s, element.radius_at(s)


def area_by_slices(element):
    """Bare surface, added up slice by slice; of a bevel its slanting face is added as the ellipse that it is."""
    start, stop = element.bare_mm
    assert start == 0
    s, r = slices(element, stop)
    a, h = element.radius_mm, element.tip_length_mm
    if element.tip_shape == "bevel":
        share = np.clip(s / h, 0, 1)
        around = 2 * a * np.arccos(1 - 2 * share)
        return np.trapezoid(around, s) + np.pi * a * np.hypot(a, h / 2)
    # Frustums: right also where the profile stands upright.
    side = np.pi * (r[1:] + r[:-1]) * np.hypot(np.diff(s), np.diff(r))
    return side.sum() + np.pi * r[0] ** 2


@every_electrode
def test_area_and_volume_are_those_of_the_solid(name):
    for element in elements(catalogue.electrode(name)):
        stop = element.bare_mm[1]
        assert exposed_area_mm2(element) == pytest.approx(area_by_slices(element), rel=2e-4)
        s, r = slices(element, stop)
        assert metal_volume_mm3(element, stop) == pytest.approx(np.trapezoid(np.pi * r**2, s), rel=2e-4)


@every_electrode
def test_exposed_area_is_that_of_a_pain_electrode(name):
    area = sum(exposed_area_mm2(element) for element in elements(catalogue.electrode(name)))
    assert 5 < area < (100 if catalogue.electrode(name).gauge else 300)


@every_electrode
def test_orientation(name):
    electrode = catalogue.electrode(name)
    main, *tines = elements(electrode)
    assert main.centreline_mm[0] == pytest.approx([0, 0, 0])
    top = main.centreline_mm[-1] - main.centreline_mm[-2]
    assert top / np.linalg.norm(top) == pytest.approx([0, 0, 1], abs=1e-12)
    assert main.arc_mm[-1] == pytest.approx(electrode.cannula_length_mm, rel=1e-3)
    assert main.face @ main.direction() == pytest.approx(0, abs=1e-12)
    assert main.face[0] > 0.5
    for tine in tines:
        assert tine.centreline_mm[0, 2] < electrode.tines.exit_from_apex_mm + 2 * (electrode.tines.curve_radius_mm or 0)
        assert np.hypot(*tine.centreline_mm[0, :2]) > electrode.radius_mm, "its end lies outside the cannula"
        assert tine.centreline_mm[-1] == pytest.approx([0, 0, electrode.tines.exit_from_apex_mm])
        assert tine.arc_mm[-1] == pytest.approx(tine.bare_mm[1], rel=1e-3)
    ends = np.array([tine.centreline_mm[0, :2] for tine in tines])
    if tines and electrode.tines.spread_deg is None:
        assert ends.sum(axis=0) == pytest.approx([0, 0], abs=1e-9), "evenly spread"


@every_electrode
def test_sensor_lies_on_the_centreline(name):
    electrode = catalogue.electrode(name)
    main = elements(electrode)[0]
    assert main.sensors_mm.shape == (1, 3)
    assert main.sensors_mm[0] == pytest.approx(main.at(electrode.thermocouple_from_apex_mm))
    if electrode.curve is None:
        assert main.sensors_mm[0] == pytest.approx([0, 0, electrode.thermocouple_from_apex_mm])


def impedance_ohm(parts):
    """Boundary elements of the slender kind: rings of charge on the bare surface, each on the potential of its pole.

    Insulation is left out, so it is a little low; independent of every grid of the program.
    """
    points, radii, lengths, poles = [], [], [], []
    for part in parts:
        if part.polarity == 0:
            continue
        count = max(int(part.bare_mm[1] / (2 * part.radius_mm)), 6)
        edges = np.linspace(0, part.bare_mm[1], count + 1)
        points.append(part.at(0.5 * (edges[1:] + edges[:-1])))
        radii.append(np.full(count, part.radius_mm))
        lengths.append(np.diff(edges))
        poles.append(np.full(count, float(part.polarity)))
    points, radii, lengths, poles = (np.concatenate(x) for x in (points, radii, lengths, poles))
    apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2) + radii[:, None] ** 2)
    potential = 1 / (4 * np.pi * SIGMA * apart)
    half = lengths / 2
    np.fill_diagonal(potential, np.arcsinh(half / radii) / (4 * np.pi * SIGMA * half))
    if (poles < 0).any():
        # Potentials ±½ and what floats: the sum of both currents is 0.
        n = len(poles)
        system = np.zeros((n + 1, n + 1))
        system[:n, :n], system[:n, n], system[n, :n] = potential, -1.0, 1.0
        current = np.linalg.solve(system, np.append(poles / 2, 0.0))[:n]
        return 1 / current[poles > 0].sum()
    return 1 / np.linalg.solve(potential, poles).sum()


@every_electrode
def test_impedance_is_finite_and_plausible(name):
    parts = elements(catalogue.electrode(name))
    ohm = impedance_ohm(parts)
    assert 15 < ohm < 400
    if len(parts) == 1 and parts[0].tip_shape == "hemispherical":
        # Between the prolate spheroid inside it and the one around it, which is larger by the square root of 2.
        c, b = parts[0].bare_mm[1] / 2, parts[0].radius_mm
        e = np.sqrt(1 - (b / c) ** 2)
        inside = np.arctanh(e) / (4 * np.pi * SIGMA * c * e)
        assert inside / np.sqrt(2) < ohm < 1.02 * inside


@every_set
def test_every_set_keeps_the_contract(name):
    found = catalogue.electrode_set(name)
    assert found.name == name
    for stage, polarities in enumerate(found.stages):
        parts = elements_of(found, stage)
        assert {part.electrode for part in parts} == set(range(len(found.members)))
        assert [part.polarity for part in parts if part.electrode == 0] == [polarities[0]]
        assert 15 < impedance_ohm(parts) < 800
        for part in parts:
            placed = found.members[part.electrode]
            assert part.centreline_mm[0] == pytest.approx(placed.apex_mm)
            up = np.asarray(placed.up) / np.linalg.norm(placed.up)
            assert part.direction() @ up == pytest.approx(1.0)
    assert found.bipolar == name.startswith(("bipolar", "palisade"))


def test_a_pair_opens_towards_the_hubs_and_is_measured_at_the_apexes():
    pair = bipolar_pair(catalogue.electrode("conventional-18g-10mm"), 10.0, angle_deg=30)
    left, right = elements_of(pair)
    assert right.centreline_mm[0] - left.centreline_mm[0] == pytest.approx([10, 0, 0])
    assert right.centreline_mm[1, 0] - left.centreline_mm[1, 0] == pytest.approx(10 + 2 * 100 * np.sin(np.radians(15)))
    assert left.direction() @ right.direction() == pytest.approx(np.cos(np.radians(30)))
    assert (left.polarity, right.polarity) == (1, -1)


def test_a_palisade_goes_from_neighbour_to_neighbour():
    row = palisade(catalogue.electrode("conventional-20g-10mm"), 4, 8.0)
    assert [placed.apex_mm[0] for placed in row.members] == [-12, -4, 4, 12]
    assert row.stages == ((1, -1, 0, 0), (0, 1, -1, 0), (0, 0, 1, -1))


@pytest.mark.parametrize("spacing_mm", [0.01, 0.5, 1.27])
def test_a_spacing_smaller_than_the_diameter_is_refused(spacing_mm):
    with pytest.raises(CatalogueError, match=r"electrodes 1 and 2 touch: .* larger than the diameter, 1.27 mm"):
        bipolar_pair(catalogue.electrode("conventional-18g-10mm"), spacing_mm)


def test_shafts_that_cross_above_the_apexes_are_refused():
    with pytest.raises(CatalogueError, match="touch"):
        bipolar_pair(catalogue.electrode("conventional-18g-10mm"), 10.0, angle_deg=-30)


@given(st.floats(5.0, 60.0), st.floats(2.0, 30.0))
def test_a_bend_is_an_arc_of_its_radius_and_length(radius_mm, length_mm):
    if length_mm / radius_mm > np.pi / 2:
        return
    bent = own(curve=Curve(radius_mm=radius_mm, length_mm=length_mm))
    main = elements(bent)[0]
    points = main.centreline_mm
    assert np.linalg.norm(points[1] - points[0]) > 0
    centre = points[-2] + [radius_mm, 0, 0]
    assert np.linalg.norm(points[:-1] - centre, axis=1) == pytest.approx(radius_mm, rel=1e-9)
    assert points[0, 0] > points[-1, 0], "the apex is bent towards +x of the shaft"
    angle = np.arccos(np.clip(main.direction()[2], -1, 1))
    assert angle == pytest.approx(length_mm / radius_mm, abs=np.radians(3.1))


@given(st.floats(-180, 180), st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1))
def test_a_pose_is_a_rotation_and_rolls_about_the_shaft(roll_deg, up):
    placed = Placed(electrode=own(), up=up, roll_deg=roll_deg)
    turn = placed.rotation()
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(turn) == pytest.approx(1)
    assert turn @ [0, 0, 1] == pytest.approx(np.asarray(up) / np.linalg.norm(up))
    straight = Placed(electrode=own(), up=up).rotation()
    about = straight.T @ turn
    assert about[:2, :2] == pytest.approx(
        np.array([[np.cos(t := np.radians(roll_deg)), -np.sin(t)], [np.sin(t), np.cos(t)]]), abs=1e-9
    )


def test_the_first_tine_lies_to_x_and_counts_towards_y():
    electrode = own(tines=Tines(count=4, length_mm=3, diameter_mm=0.3, exit_from_apex_mm=1, angle_deg=90))
    ends = np.array([part.centreline_mm[0] for part in elements(electrode)[1:]])
    assert ends == pytest.approx(np.array([[3, 0, 1], [0, 3, 1], [-3, 0, 1], [0, -3, 1]]), abs=1e-9)


def test_a_hook_comes_back():
    electrode = own(
        tines=Tines(count=1, length_mm=np.pi * 2, diameter_mm=0.3, exit_from_apex_mm=1, angle_deg=0, curve_radius_mm=2)
    )
    hook = elements(electrode)[1].centreline_mm
    assert hook[0] == pytest.approx([4, 0, 1], abs=1e-9), "half a circle ends beside its start"
    assert hook[:, 2].min() == pytest.approx(1 - 2, abs=0.01)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tip_shape": "conical"}, "needs tip_length_mm"),
        ({"tip_length_mm": 2.0}, "belongs to conical and bevel"),
        ({"tip_shape": "bevel", "tip_length_mm": 12.0}, "shorter than active_tip_mm"),
        ({"curve": {"radius_mm": 5, "length_mm": 20}}, "more than 90°"),
        ({"curve": {"radius_mm": 90, "length_mm": 120}}, "shorter than cannula_length_mm"),
        (
            {"tines": {"count": 2, "length_mm": 3, "diameter_mm": 0.3, "exit_from_apex_mm": 12, "angle_deg": 30}},
            "must lie in the active tip",
        ),
        (
            {
                "cooling": {
                    "water_c": 20,
                    "heat_transfer_w_per_m2_k": 3000,
                    "cavity_diameter_mm": 0.9,
                    "cavity_from_apex_mm": 0.1,
                    "cooled_length_mm": 10,
                }
            },
            "breaks through the tip",
        ),
    ],
)
def test_impossible_electrodes_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        own(**fields)


def test_a_bevel_in_two_dimensions_is_the_cone_with_as_much_metal():
    bevel = own(tip_shape="bevel", tip_length_mm=2.0)
    cone = own(tip_shape="conical", tip_length_mm=bevel.cone_mm)
    volumes = [metal_volume_mm3(elements(e)[0], 10.0) for e in (bevel, cone)]
    assert volumes[0] == pytest.approx(volumes[1])
