"""``neurotomy lesion``: its options reach the solver, and bad input gets one clear line."""

import pytest

from neurotomy.case import example_toml
from neurotomy.equipment import catalogue
from neurotomy.lesion import simulate
from neurotomy.lesion.physics import Fluid, Physics, saline_s_per_m

NEEDLE = ("--gauge", 18, "--tip-mm", 10)
STANDARD = ("--protocol", "standard-80c-90s")
USUAL = (*NEEDLE, *STANDARD)


def test_options_of_physics_reach_the_solver(call):
    found = call(
        *("lesion", *USUAL, "--perfusion-shutdown", "--conduction-rise", 0.1, "--contact-ohm-mm2", 20),
        *("--fluid-ml", 0.5, "--fluid-share", 0.4, "--json"),
    ).json
    physics = Physics(
        perfusion_shutdown=True,
        thermal_conductivity_per_k=0.001,
        contact_ohm_mm2=20.0,
        fluid=Fluid(0.5, saline_s_per_m(), 0.4),
    )
    direct = simulate(
        catalogue.electrode_for(18, 10), catalogue.protocol("standard-80c-90s"), physics=physics
    ).to_dict()
    for key in ("physics", "necrosis", "trace", "damage"):
        assert found[key] == direct[key]
    assert found["physics"]["fluid"]["conductivity_s_per_m"] == pytest.approx(1.876)


def test_limits_reach_the_generator(call):
    found = call("lesion", *USUAL, "--power-limit-w", 4, "--voltage-limit-v", 30, "--current-limit-a", 1, "--json").json
    limits = [found["protocol"][k] for k in ("power_limit_w", "voltage_limit_v", "current_limit_a")]
    assert limits == [4, 30, 1]
    assert max(found["trace"]["power_w"]) == pytest.approx(4)
    assert "at its limit" in found["warnings"][0]


def test_every_model_of_damage_is_listed_with_its_criterion(call):
    text = call("lesion", *USUAL, "--models").out
    found = call("lesion", *USUAL, "--json").json
    rows = [line for line in text.splitlines() if "mm³" in line]
    assert len(rows) == len(found["damage"]) >= 10
    for row, model in zip(rows, found["damage"], strict=True):
        assert row.strip().startswith(model["extent"]["criterion"])
        assert f"{model['extent']['width_mm']:.1f} mm" in row
        assert model["evidence"].startswith("damage.")


@pytest.mark.parametrize(
    ("electrode", "protocol"),
    [
        ("cooled-18g-2mm", "cooled-60c-150s"),
        ("conical-22g-6mm", "three-cycles-80c-90s"),
        ("bevel-16g-15mm", "power-3w-60s"),
        ("blunt-20g-10mm", "pulsed-42c-120s"),
    ],
)
def test_electrodes_and_protocols_by_name(call, electrode, protocol):
    ended = call("lesion", "--electrode", electrode, "--protocol", protocol)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"{electrode}: ")
    assert catalogue.protocol(protocol).told in ended.out.splitlines()[0]


def test_what_one_burst_adds_is_told(call):
    assert "one burst" in call("lesion", *NEEDLE, "--protocol", "pulsed-42c-120s").out
    assert "one burst" not in call("lesion", *USUAL).out


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--gauge", 19, "--tip-mm", 10, *STANDARD], "No conventional cannula of 19 G"),
        (["--gauge", 18, "--tip-mm", 120, *STANDARD], "active tips: 5, 6, 10, 15 mm"),
        ([*NEEDLE, "--set-c", 100, "--hold-s", 90], "at or above boiling (100 °C): lower it, or turn vaporisation on"),
        ([*NEEDLE, "--set-c", 180, "--hold-s", 90], "--set-c 180: expected less than 130"),
        ([*NEEDLE, "--set-c", 80, "--hold-s", -90], "--hold-s -90: expected greater than 0"),
        ([*NEEDLE, "--set-c", 80, "--hold-s", 90, "--ramp-s", 0], "--ramp-s 0: expected greater than 0"),
        ([*USUAL, "--power-limit-w", 1], "The power limit of 1 W can never reach 80 °C"),
        ([*USUAL, "--voltage-limit-v", 5], "The voltage limit of 5 V can never reach 80 °C"),
        ([*USUAL, "--current-limit-a", 0.05], "The current limit of 0.05 A can never reach 80 °C"),
        ([*USUAL, "--impedance-cutoff-ohm", 40], "above the impedance cut-off of 40 ohm"),
        ([*USUAL, "--power-limit-w", -1], "--power-limit-w -1: expected greater than 0"),
        ([*USUAL, "--spacing-mm", 1.2], "the spacing must be larger than the diameter, 1.27 mm"),
        ([*USUAL, "--spacing-mm", -10], "Spacing -10 mm: expected more than 0"),
        ([*USUAL, "--spacing-mm", 10, "--angle-deg", -30], "electrodes 1 and 2 touch"),
        (["--electrode", "bipolar-18g-10mm-10mm", *STANDARD, "--spacing-mm", 8], "is a set already"),
        (["--electrode", "curved-18g-10mm", *STANDARD, "--contact-ohm-mm2", 20], "about one straight needle only"),
        (["--electrode", "bipolar-18g-10mm-10", *STANDARD], "is not in the catalogue"),
        ([*USUAL, "--fluid-ml", -1], "Injected fluid of -1 mL"),
        ([*USUAL, "--fluid-ml", 1, "--fluid-share", 2], "Share of fluid 2"),
        ([*USUAL, "--contact-ohm-mm2", -1], "Contact resistance -1"),
        ([*USUAL, "--conduction-rise", 50], "Rise of the thermal conductivity 50 %/K"),
        ([*USUAL, "--start-c", 60], "Start temperature 60 °C"),
    ],
)
def test_bad_input_is_refused_with_one_line(call, args, reason):
    ended = call("lesion", *args)
    assert ended.status == 1
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert reason in ended.err


def test_a_pair_is_computed_in_three_dimensions_and_told(call):
    ended = call("lesion", *NEEDLE, "--set-c", 70, "--hold-s", 20, "--spacing-mm", 5)
    assert ended.status == 0
    assert ended.out.startswith("bipolar conventional-18g-10mm, 5 mm apart, 70 °C for 20 s")
    rows = [line for line in ended.out.splitlines() if "mm³" in line]
    assert len(rows) == 3
    assert "numerical error" in ended.out


def test_an_angle_without_a_spacing_is_wrong_usage(call):
    ended = call("lesion", *USUAL, "--angle-deg", 10)
    assert ended.status == 2
    assert "belongs to --spacing-mm" in ended.err


def test_a_fluid_without_a_volume_is_wrong_usage(call):
    ended = call("lesion", *USUAL, "--fluid-share", 0.5)
    assert ended.status == 2
    assert "belong to --fluid-ml" in ended.err


def test_a_tip_longer_than_its_cannula_is_refused_in_a_case(call, tmp_path):
    text = example_toml()
    line = next(line for line in text.splitlines() if line.startswith("electrode = "))
    own = 'electrode = { like = "conventional-18g-10mm", active_tip_mm = 55, cannula_length_mm = 50 }'
    (tmp_path / "case.toml").write_text(text.replace(line, own), encoding="utf-8")
    ended = call("run", tmp_path / "case.toml", "--out", tmp_path / "out")
    assert ended.status == 1
    assert "active_tip_mm must be shorter than cannula_length_mm" in ended.err
    assert "Traceback" not in ended.err
