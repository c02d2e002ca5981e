"""Lesions in three dimensions through the front door: against two dimensions, in bone, and what is refused."""

import numpy as np
import pytest

from neurotomy.anatomy.tissue import tissue
from neurotomy.equipment import catalogue
from neurotomy.equipment.electrode_set import bipolar_pair
from neurotomy.errors import Cancelled, LesionError
from neurotomy.geometry import Volume
from neurotomy.lesion import simulate
from neurotomy.lesion.physics import Fluid, Physics
from neurotomy.lesion.volumetric import TissueMap, VolumeNumerics, homogeneous, simulate_in_tissue

MUSCLE = homogeneous(tissue("muscle"))
COARSE = VolumeNumerics(first_mm=0.3, growth=1.5, planes=16)
PROTOCOL = catalogue.protocol("standard-80c-90s")
NEEDLE = catalogue.electrode("conventional-18g-10mm")


@pytest.fixture(scope="module")
def flat():
    return simulate(NEEDLE, PROTOCOL)


@pytest.fixture(scope="module")
def round_():
    return simulate_in_tissue(NEEDLE, PROTOCOL, MUSCLE)


@pytest.mark.parametrize("criterion", ["isotherm_50c", "isotherm_60c", "necrosis", "cem43_240min"])
def test_cylinder_against_the_axisymmetric_grid(flat, round_, criterion):
    one, other = getattr(flat, criterion), getattr(round_, criterion)
    assert other.width_mm == pytest.approx(one.width_mm, abs=0.05)
    assert other.length_mm == pytest.approx(one.length_mm, abs=0.05)
    assert other.beyond_tip_mm == pytest.approx(one.beyond_tip_mm, abs=0.03)
    assert other.volume_mm3 == pytest.approx(one.volume_mm3, rel=0.01)
    assert other.high_mm[0] == pytest.approx(-other.low_mm[1], abs=0.02)
    assert round_.numerical_error_mm < 0.1


def test_cartesian_against_the_axisymmetric_grid(flat):
    block = simulate_in_tissue(NEEDLE, PROTOCOL, MUSCLE, numerics=VolumeNumerics(cartesian=True))
    for criterion in ("isotherm_50c", "isotherm_60c", "necrosis"):
        one, other = getattr(flat, criterion), getattr(block, criterion)
        assert other.width_mm == pytest.approx(one.width_mm, abs=0.06)
        assert other.length_mm == pytest.approx(one.length_mm, abs=0.06)
        assert other.volume_mm3 == pytest.approx(one.volume_mm3, rel=0.02)
    assert block.grid == "cartesian"


def test_the_field_is_read_where_it_is(flat, round_):
    """Along the needle's side and anywhere around it, in a frame that is turned and moved."""
    turn = np.eye(4)
    turn[:3, :3] = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    turn[:3, 3] = (10.0, -20.0, 30.0)
    moved = simulate_in_tissue(NEEDLE, PROTOCOL, MUSCLE, turn, numerics=COARSE)
    in_frame = np.array([[2.0, 1.0, 5.0], [-3.0, 2.0, 8.0], [0.5, 0.5, -1.5]])
    there = in_frame @ turn[:3, :3].T + turn[:3, 3]
    z, r = flat.field.z_mm, flat.field.r_mm
    for point, place in zip(in_frame, there, strict=True):
        row = [np.interp(np.hypot(*point[:2]), r, flat.field.peak_c[n]) for n in range(len(z))]
        known = np.interp(point[2], z, row)
        assert moved.field.sample("peak_c", place) == pytest.approx(known, abs=1.0)
        assert round_.field.sample("peak_c", point) == pytest.approx(known, abs=0.5)
    assert moved.field.sample("peak_c", [500.0, 0.0, 0.0]) == 37.0


def test_bone_on_the_left_is_not_bone_on_the_right():
    """Half the tissue is bone, 3 mm from the needle: the lesion is shorter of breath where the current does not go."""
    affine = np.eye(4)
    affine[0, 3] = -0.5 + 3.0
    halves = Volume(np.array([[[0]], [[1]]], np.uint8), affine)
    boundary = TissueMap(halves, (tissue("muscle"), tissue("bone_cortical")))
    left = simulate_in_tissue(NEEDLE, PROTOCOL, boundary, numerics=COARSE)
    mirrored = np.diag([-1.0, -1.0, 1.0, 1.0])  # half a turn about the needle
    right = simulate_in_tissue(NEEDLE, PROTOCOL, boundary, mirrored, numerics=COARSE)
    assert abs(left.necrosis.high_mm[0] + left.necrosis.low_mm[0]) > 0.05
    assert right.necrosis.low_mm[0] == pytest.approx(-left.necrosis.high_mm[0], abs=0.02)
    assert right.necrosis.high_mm[0] == pytest.approx(-left.necrosis.low_mm[0], abs=0.02)
    assert left.trace.impedance_ohm[0] > 1.1 * simulate(NEEDLE, PROTOCOL).trace.impedance_ohm[0]


def test_a_pair_joins_its_lesions_and_a_wider_one_does_less():
    near, far = (
        simulate_in_tissue(bipolar_pair(NEEDLE, spacing), PROTOCOL, MUSCLE, numerics=COARSE) for spacing in (8.0, 16.0)
    )
    middle = [0.0, 0.0, 5.0]
    assert near.field.sample("peak_c", middle) > 55.0
    assert far.field.sample("peak_c", middle) < near.field.sample("peak_c", middle) - 8.0
    box = near.isotherm_50c
    assert box.low_mm[0] == pytest.approx(-box.high_mm[0], abs=0.05)
    assert box.width_mm > 8.0 + 8.0


def test_stages_of_a_palisade_add_up():
    row = catalogue.electrode_set("palisade-20g-10mm-4x10mm")
    two = row.model_copy(update={"members": row.members[:3], "stages": ((1, -1, 0), (0, 1, -1))})
    found = simulate_in_tissue(two, PROTOCOL, MUSCLE, numerics=COARSE)
    places = [member.apex_mm[0] for member in two.members]
    for x in places:
        assert found.field.sample("log10_omega", [x, 1.0, 5.0]) > 0
    assert len(found.trace.time_s) > 60
    assert np.all(np.diff(found.trace.time_s) >= 0)
    assert "stages" in found.warnings[0]


CHANGES = {
    "blood that stops": Physics(perfusion_shutdown=True),
    "rising conduction": Physics(thermal_conductivity_per_k=0.005),
    "injected fluid": Physics(fluid=Fluid(0.5, 2.0)),
    "contact": Physics(contact_ohm_mm2=200.0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_tissue_that_changes_against_the_axisymmetric_grid(flat, name):
    """Every law beyond the plain lesion: the cylinder finds what the axisymmetric grid finds, and it matters."""
    one = simulate(NEEDLE, PROTOCOL, physics=CHANGES[name])
    other = simulate_in_tissue(NEEDLE, PROTOCOL, MUSCLE, physics=CHANGES[name])
    for criterion in ("isotherm_50c", "isotherm_60c", "necrosis"):
        assert getattr(other, criterion).width_mm == pytest.approx(getattr(one, criterion).width_mm, abs=0.05)
        assert getattr(other, criterion).length_mm == pytest.approx(getattr(one, criterion).length_mm, abs=0.05)
    assert other.trace.impedance_ohm[0] == pytest.approx(one.trace.impedance_ohm[0], rel=0.005)
    assert abs(one.necrosis.width_mm - flat.necrosis.width_mm) > 0.1
    assert other.physics == CHANGES[name]


def test_tissue_that_changes_on_the_block():
    changes = Physics(perfusion_shutdown=True, thermal_conductivity_per_k=0.005, fluid=Fluid(0.5, 2.0))
    one = simulate(NEEDLE, PROTOCOL, physics=changes)
    other = simulate_in_tissue(NEEDLE, PROTOCOL, MUSCLE, physics=changes, numerics=VolumeNumerics(cartesian=True))
    for criterion in ("isotherm_50c", "necrosis"):
        assert getattr(other, criterion).width_mm == pytest.approx(getattr(one, criterion).width_mm, abs=0.06)
        assert getattr(other, criterion).length_mm == pytest.approx(getattr(one, criterion).length_mm, abs=0.06)
    with pytest.raises(LesionError, match="about one straight needle only"):
        simulate_in_tissue(
            bipolar_pair(NEEDLE, 10.0), PROTOCOL, MUSCLE, physics=Physics(contact_ohm_mm2=20.0), numerics=COARSE
        )


def test_water_that_boils_takes_its_heat_on_every_grid():
    hot = PROTOCOL.model_copy(update={"set_c": 103.0, "hold_s": 8.0})
    with pytest.raises(LesionError, match="turn vaporisation on"):
        simulate_in_tissue(NEEDLE, hot, MUSCLE, numerics=COARSE)
    flat = simulate(NEEDLE, hot, physics=Physics(vaporisation=True))
    found = simulate_in_tissue(NEEDLE, hot, MUSCLE, physics=Physics(vaporisation=True), numerics=COARSE)
    assert 99.0 < found.peak_tissue_c < 108.0
    assert found.isotherm_60c.width_mm == pytest.approx(flat.isotherm_60c.width_mm, abs=0.3)
    # The shell of steam conducts a hundred times less.
    assert np.nanmax(found.trace.impedance_ohm) > 1.3 * np.nanmin(found.trace.impedance_ohm)
    assert np.nanmax(found.trace.impedance_ohm) == pytest.approx(np.nanmax(flat.trace.impedance_ohm), rel=0.15)


@pytest.mark.parametrize("name", ["curved-20g-10mm", "three-tined-18g-5mm", "cooled-17g-4mm"])
def test_electrodes_that_need_the_block(name):
    cooled = name.startswith("cooled")
    protocol = catalogue.protocol("cooled-60c-150s") if cooled else PROTOCOL
    found = simulate_in_tissue(catalogue.electrode(name), protocol, MUSCLE, numerics=COARSE)
    assert found.grid == "cartesian"
    assert found.isotherm_50c.volume_mm3 > 100
    assert np.nanmin(found.trace.impedance_ohm) > 20
    if cooled:
        assert found.peak_tissue_c > found.trace.tip_c.max() + 10  # the metal is held back, tissue gets hotter
    if name.startswith("curved"):  # towards +x, where the tip bends
        assert found.isotherm_50c.high_mm[0] != pytest.approx(-found.isotherm_50c.low_mm[0], abs=0.5)


def test_same_answer_twice():
    one, other = (simulate_in_tissue(NEEDLE, PROTOCOL, MUSCLE, numerics=COARSE) for _ in range(2))
    assert np.array_equal(one.field.log10_omega, other.field.log10_omega)
    assert one.necrosis == other.necrosis


def test_it_stops_when_asked():
    seen = []

    class Watcher:
        def __call__(self, fraction, message=""):
            seen.append(fraction)
            if len(seen) > 12:
                raise Cancelled("stopped")

        def part(self, low, high, stage=""):
            return self

    with pytest.raises(Cancelled):
        simulate_in_tissue(NEEDLE, PROTOCOL, MUSCLE, progress=Watcher())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start_c": 50.0}, "Start temperature 50"),
        ({"protocol": catalogue.protocol("two-lesions-80c-90s")}, "moves the electrodes"),
    ],
)
def test_what_cannot_be(changes, words):
    options = {"protocol": PROTOCOL, "start_c": 37.0} | changes
    with pytest.raises(LesionError, match=words):
        simulate_in_tissue(NEEDLE, options["protocol"], MUSCLE, start_c=options["start_c"], numerics=COARSE)


def test_a_label_without_a_tissue_is_refused():
    with pytest.raises(LesionError, match="name a tissue for every label"):
        TissueMap(Volume(np.full((2, 2, 2), 3, np.uint8), np.eye(4)), (tissue("muscle"),))
    with pytest.raises(LesionError, match="whole numbers"):
        TissueMap(Volume(np.zeros((2, 2, 2)), np.eye(4)), (tissue("muscle"),))
