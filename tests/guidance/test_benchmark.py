"""The benchmark of the radiograph measures what it says; how long anything took is no test."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from neurotomy.anatomy.spine import built_in_spine
from neurotomy.guidance import benchmark as room
from neurotomy.guidance.benchmark import OWN, RTK, RadiographBenchmark, Ratio, Speed, Truth, _body, _ratios, _timed
from neurotomy.guidance.blobs import Blobs
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.radiograph import Projector
from neurotomy.provenance import Provenance


def speed(code, method, cpu_ms, *, pixels=512, cores=1):
    return Speed(code, method, "256 x 256 x 256", f"{pixels} x {pixels}", cores, cpu_ms, cpu_ms, cpu_ms, 1e3 / cpu_ms)


def test_only_the_same_image_on_one_core_is_compared():
    speeds = [
        speed(OWN, "shear-warp", 40.0), speed(OWN, "shear-warp", 20.0, cores=2),
        speed(OWN, "preview", 5.0, pixels=256), speed(RTK, "Joseph", 400.0),
    ]  # fmt: skip
    assert list(_ratios(speeds)) == [Ratio(OWN, "shear-warp", f"{RTK}, Joseph", 10.0)]
    assert list(_ratios(speeds[:3])) == []


def test_the_table_of_the_page_holds_every_speed_and_ratio():
    speeds = (speed(OWN, "shear-warp", 40.0), speed(OWN, "shear-warp", 20.0, cores=2), speed(RTK, "Joseph", 400.0))
    found = RadiographBenchmark(speeds, (), tuple(_ratios(list(speeds))), 0.1, 2, (), Provenance.now())
    lines = room.speed_table(found).splitlines()
    assert [line.split(" | ")[3:] for line in lines[2:5]] == [
        ["512 x 512", "1", "40.0", "25", "25.0 |"],
        ["512 x 512", "2", "20.0", "", "50.0 |"],
        ["512 x 512", "1", "400.0", "2", "2.5 |"],
    ]
    assert lines[-1] == (
        "shear-warp: 10.0 times the speed of ITK-RTK, Joseph. "
        "Measured with 2 cores and a load of 0.1 in the minute before."
    )


def test_every_pose_is_taken_and_the_best_run_counts():
    taken = []
    ct = _body((16, 12, 10), (16.0, 20.0, 25.0))
    found = _timed(OWN, "a method", ct, 64, 1, taken.append, 2)
    assert [(c.primary_deg, c.secondary_deg) for c in taken[::3]] == list(room.POSES)
    assert len(taken) == 3 * len(room.POSES)
    assert all(np.allclose(c.isocentre_lps_mm, 0) and (c.rows, c.columns) == (64, 64) for c in taken)
    assert (found.voxels, found.pixels, found.cores) == ("16 x 12 x 10", "64 x 64", 1)
    assert found.images_per_s == pytest.approx(1e3 / found.wall_ms)
    assert found.slowest_cpu_ms >= found.cpu_ms


def test_the_body_measured_on_is_the_spine_itself():
    ct = built_in_spine().ct
    body = _body((192, 134, 170), (1.8, 1.8, 1.8))
    middle = ct.lps((np.array(ct.shape) - 1) / 2)
    view = {"rows": 64, "columns": 64, "pixel_mm": 300 / 64}
    a = Projector(ct).water_mm(CArm(middle, 155, -20, **view))
    b = Projector(body).water_mm(CArm(np.zeros(3), 155, -20, **view))
    inner = (slice(20, -20), slice(20, -20))
    assert np.abs(a - b)[inner].mean() < 0.01 * a.max()
    assert np.abs(a - b[:, ::-1])[inner].mean() > 0.03 * a.max()


def test_own_codes_are_true_to_the_closed_form():
    truths = [truth for truth in room._truths() if truth.code == OWN]
    assert len(truths) == 3
    for truth in truths:
        assert 0 < truth.rms_percent < 0.02  # evidence/radiograph.md, section 6
        assert truth.largest_percent < 0.6


def test_blobs_have_the_mass_that_they_should():
    blobs = Blobs([[3.0, -2.0, 5.0]], [6.0], [0.7])
    values = blobs.values((80, 70, 60), np.array([[1.0, 0, 0, -40], [0, 1, 0, -35], [0, 0, 1, -30], [0, 0, 0, 1]]))
    assert values.sum() == pytest.approx(0.7 * (2 * np.pi * 36) ** 1.5, rel=1e-4)
    assert np.unravel_index(values.argmax(), values.shape) == (43, 33, 35)


@pytest.fixture
def measured(monkeypatch):
    found = RadiographBenchmark(
        (speed(OWN, "shear-warp", 40.0), speed(RTK, "Joseph", 400.0)),
        (Truth(OWN, "shear-warp", 0.0115, 0.31),),
        (Ratio(OWN, "shear-warp", "ITK-RTK, Joseph", 10.0),),
        0.4, 2, ("NGSolve",), Provenance.now(),
    )  # fmt: skip
    monkeypatch.setattr(room, "benchmark", lambda **_: found)


def test_the_command_prints_the_radiograph_alone(measured):
    from neurotomy.cli.benchmark import app

    text = CliRunner().invoke(app, ["radiograph"], catch_exceptions=False).stdout
    assert "LESION" not in text
    for words in ("RADIOGRAPH", "25.0", "40.0 ms", "10.0", "0.0115 %", "Load of the minute before: 0.4", "NGSolve"):
        assert words in text


def test_the_command_gives_json(measured):
    from neurotomy.cli.benchmark import app

    found = json.loads(CliRunner().invoke(app, ["radiograph", "--json"], catch_exceptions=False).stdout)
    assert list(found) == ["radiograph"]
    assert found["radiograph"]["ratios"][0]["times"] == 10.0
    assert CliRunner().invoke(app, ["heart"]).exit_code == 2
