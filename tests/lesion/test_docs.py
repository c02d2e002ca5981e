"""docs/lesion.md says what the program computes."""

from pathlib import Path

import pytest

from neurotomy.equipment.catalogue import electrode_for, protocol
from neurotomy.lesion import simulate
from neurotomy.lesion.physics import Fluid, Physics, saline_s_per_m

TEXT = (Path(__file__).parents[2] / "docs" / "lesion.md").read_text(encoding="utf-8")
OPTIONS = {
    "--perfusion-shutdown": {"physics": Physics(perfusion_shutdown=True)},
    "--no-perfusion": {"perfusion": False},
    "--conduction-rise 0.1": {"physics": Physics(thermal_conductivity_per_k=0.001)},
    "--contact-ohm-mm2 20": {"physics": Physics(contact_ohm_mm2=20.0)},
    "--fluid-ml 1": {"physics": Physics(fluid=Fluid(1.0, saline_s_per_m()))},
    "--vaporisation": {"physics": Physics(vaporisation=True)},
}


def lesion(**options):
    return simulate(electrode_for(18, 10), protocol("standard-80c-90s"), **options)


@pytest.fixture(scope="module")
def plain():
    return lesion()


def test_the_plain_lesion(plain):
    assert f"({plain.isotherm_50c.width_mm:.2f} mm\nwide at 50 °C, {plain.necrosis.width_mm:.2f} mm by" in TEXT


@pytest.mark.parametrize("option", OPTIONS)
def test_what_each_option_does(plain, option):
    row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{option}`"))
    told = [float(cell.split()[0]) for cell in row.split("|")[2:4]]
    found = lesion(**OPTIONS[option])
    for value, name in zip(told, ("isotherm_50c", "necrosis"), strict=True):
        assert getattr(found, name).width_mm - getattr(plain, name).width_mm == pytest.approx(value, abs=0.011)
    if option == "--fluid-ml 1":
        assert f"{found.trace.impedance_ohm[0]:.0f} instead of {plain.trace.impedance_ohm[0]:.0f} Ω" in row
        assert f"{found.trace.power_w.max():.1f} instead of {plain.trace.power_w.max():.1f} W" in row
