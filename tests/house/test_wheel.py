"""The wheel holds everything: installed into an empty environment, the demo runs from it, away from the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_wheel_holds_the_data_and_nothing_of_others(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("py.typed", "evidence/data/sources.toml", "equipment/data/electrodes.toml"):
        assert f"neurotomy/{needed}" in names
    assert all(name.startswith("neurotomy") for name in names)
    assert not [name for name in names if name.endswith((".nii.gz", ".dcm"))]
    assert wheel.stat().st_size < 3_000_000


def test_demo_runs_from_the_wheel_away_from_the_checkout(wheel: Path, tmp_path: Path):
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    site = Path(
        subprocess.check_output(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    zipfile.ZipFile(wheel).extractall(site)
    # The dependencies are those of this environment; its editable neurotomy is not seen, because the .pth files of a
    # directory that is itself named in a .pth file are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    where = subprocess.check_output(
        [python, "-c", "import neurotomy; print(neurotomy.__file__)"], cwd=tmp_path, env=clean, text=True
    )
    assert str(site) in where
    done = subprocess.run(
        [python, "-m", "neurotomy", "demo", "--out", "result", "--json"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    treatment = json.loads((tmp_path / "result" / "treatment.json").read_text())
    assert set(treatment) >= {
        "case",
        "selection",
        "anatomy",
        "guidance",
        "lesion",
        "coverage",
        "recovery",
        "provenance",
    }
    assert (tmp_path / "result" / "report.html").stat().st_size > 10_000
    assert (tmp_path / "result" / "report.pdf").read_bytes().startswith(b"%PDF")
