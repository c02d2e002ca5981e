"""Contract tests: they run over whatever the catalogue holds, so a new entry needs no new test."""

import pytest

from neurotomy import evidence
from neurotomy.equipment import catalogue
from neurotomy.equipment.cannula import hollow_core, solid_core
from neurotomy.errors import CatalogueError, NeurotomyError

CANNULA = "[electrode.x]\nouter_diameter_mm = 1.0\ncannula_length_mm = 30\n"


@pytest.mark.parametrize("name", catalogue.electrode_names())
def test_every_electrode_keeps_the_contract(name):
    e = catalogue.electrode(name)
    assert e.name == name
    assert evidence.source(e.source).citation
    assert e.outer_diameter_mm < e.active_tip_mm < e.cannula_length_mm
    assert 0 <= e.thermocouple_from_apex_mm < e.active_tip_mm
    assert 0.5 < e.core_conductivity_w_per_m_k <= 18.0


@pytest.mark.parametrize("name", catalogue.protocol_names())
def test_every_protocol_keeps_the_contract(name):
    p = catalogue.protocol(name)
    assert p.name == name
    assert evidence.source(p.source).citation
    assert p.set_c < 100 or not any(phase.mode == "temperature" for phase in p.program())
    assert p.hold_s > 0
    assert sum(phase.duration_s for phase in p.program()) == pytest.approx(p.ramp_s + p.hold_s)
    assert p.told


def test_the_issue_sizes_are_all_there():
    for gauge in (16, 18, 20, 22, 23):
        for tip in (5, 6, 10, 15):
            e = catalogue.electrode_for(gauge, tip)
            assert (e.gauge, e.active_tip_mm) == (gauge, tip)
    assert catalogue.electrode_for(18, 10).outer_diameter_mm == pytest.approx(1.27)


def test_thicker_gauge_numbers_are_thinner():
    diameters = [catalogue.electrode_for(g, 10).outer_diameter_mm for g in (16, 18, 20, 22, 23)]
    assert diameters == sorted(diameters, reverse=True)


def test_errors_name_the_nearest():
    with pytest.raises(CatalogueError, match="Did you mean 'conventional-18g-10mm'"):
        catalogue.electrode("conventional-18g-10")
    with pytest.raises(CatalogueError, match="Gauges: 16, 18, 20, 22, 23; active tips: 5, 6, 10, 15 mm"):
        catalogue.electrode_for(19, 10)
    with pytest.raises(CatalogueError, match="Did you mean 'standard-80c-90s'"):
        catalogue.protocol("standard-80c-90")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[electrodes.x]", "Unknown catalogue table"),
        ("x = [", "not valid TOML"),
        (CANNULA + 'active_tip_mm = 40\nsource = "cosman2014"', "shorter than cannula_length_mm"),
        (CANNULA + "active_tip_mm = 10", "source: Field required"),
        (CANNULA + 'active_tip_mm = 10\nsource = "x"\ncore = "gold"', "core 'gold' is not known"),
        (CANNULA + 'active_tip_mm = 10\nsource = "x"\ncore = "hollow"', "needs inner_diameter_mm"),
        (CANNULA + 'active_tip_mm = 10\nsource = "nobody"', "No source 'nobody'"),
        ("[electrode]\nx = 1", "'x' is not a table"),
        ("[family.x]\ngauges = [18]\nactive_tips_mm = [10]", "has no cannula_length_mm"),
        ("[family.x]\ngauges = [18]\nactive_tips_mm = [10]\ncannula_length_mm = { 20 = 100 }", "no length for 18 G"),
    ],
)
def test_a_bad_entry_is_refused(text, message):
    with pytest.raises(NeurotomyError, match=message):
        catalogue.read_electrodes(text)


def test_a_hollow_cannula_conducts_less_than_a_rod_and_more_than_its_wall():
    k, capacity = hollow_core(1.27, 0.838)
    wall = 1 - (0.838 / 1.27) ** 2
    assert wall * 16 < k < solid_core()[0]
    assert 3.9e6 < capacity < 4.2e6
    assert hollow_core(0.6414, 0.337)[0] == pytest.approx(16.0), "the stylet fills the narrow bore"


def test_a_bad_protocol_is_refused():
    with pytest.raises(CatalogueError, match="'x' is not a table"):
        catalogue.read_protocols("x = 1")
    with pytest.raises(CatalogueError, match="set_c: Input should be less than 130"):
        catalogue.read_protocols('[x]\nset_c = 180\nhold_s = 90\nsource = "cosman2014"')


def test_an_electrode_of_ones_own_needs_no_code():
    text = CANNULA + 'inner_diameter_mm = 0.7\nactive_tip_mm = 10\nsource = "cosman2014"\ncore = "hollow"'
    own = catalogue.read_electrodes(text)["x"]
    assert own.core_conductivity_w_per_m_k == pytest.approx(hollow_core(1.0, 0.7)[0])
