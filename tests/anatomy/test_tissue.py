"""Contract tests over every tissue the evidence holds."""

import pytest

from neurotomy import evidence
from neurotomy.anatomy.tissue import tissue, tissue_names
from neurotomy.errors import CatalogueError


@pytest.mark.parametrize("name", tissue_names())
def test_every_tissue_keeps_the_contract(name):
    t = tissue(name)
    if name == "air":  # what lies outside the body: holds no current and next to no heat
        assert t.electrical_conductivity_s_per_m < 1e-3 * tissue("muscle").electrical_conductivity_s_per_m
        assert t.heat_capacity_j_per_m3_k < 2e3
        return
    assert 1e-4 < t.electrical_conductivity_s_per_m < 5 or name == "water"
    assert 0.1 < t.thermal_conductivity_w_per_m_k < 0.7
    assert 1.5e6 < t.heat_capacity_j_per_m3_k < 4.5e6
    assert 0 <= t.perfusion_per_s < 0.1
    for key in t.evidence_keys:
        assert evidence.source(evidence.get(key).source).citation


def test_muscle_is_as_in_its_source():
    t = tissue("muscle")
    assert t.electrical_conductivity_s_per_m == pytest.approx(0.446, abs=5e-4)
    assert t.temperature_coefficient_per_k == pytest.approx(0.0182)
    assert t.temperature_coefficient_sd_per_k == pytest.approx(0.0028)
    assert t.thermal_conductivity_sd_w_per_m_k == pytest.approx(0.0421, abs=1e-4)
    assert t.perfusion_per_s == pytest.approx(36.7383 * 1090.4e-6 / 60, rel=1e-3)


def test_an_unknown_tissue_names_the_nearest():
    with pytest.raises(CatalogueError, match="Did you mean 'cartilage'"):
        tissue("cartilige")
