"""Bad input through the front door: one clear line, status 1, and an output directory that nobody touched."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nibabel
import numpy as np
import pytest

from neurotomy.case import example_toml
from neurotomy.cli import main

BUILT_IN = 'source = "built-in spine"'
PLACED = """
[[placements]]
nerve = "L3 medial branch"
bone = "L4"
tip_lps_mm = {tip}
entry_lps_mm = {entry}

[[placements]]
nerve = "L4 medial branch"
bone = "L5"
tip_lps_mm = [-29.0, 33.5, -53.5]
entry_lps_mm = [-45.0, 95.0, -110.0]
"""


def nifti(path: Path, array: np.ndarray, spacing: float = 4.0) -> Path:
    affine = np.diag([spacing, spacing, spacing, 1.0])
    nibabel.save(nibabel.Nifti1Image(array, affine), path)
    return path


@pytest.fixture(scope="module")
def ct(tmp_path_factory) -> Path:
    """A small CT that reads well: bone in water in air."""
    array = np.full((40, 40, 40), -1000, np.int16)
    array[8:32, 8:32, :] = 40
    array[16:24, 16:24, 8:28] = 700
    return nifti(tmp_path_factory.mktemp("ct") / "ct.nii.gz", array)


@pytest.fixture
def room(tmp_path) -> Path:
    """An output directory with an older report in it."""
    out = tmp_path / "out"
    (out / "views").mkdir(parents=True)
    (out / "report.html").write_text("the report of last week")
    (out / "treatment.json").write_text("{}")
    (out / "views" / "own.png").write_bytes(b"a picture of somebody")
    return out


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "folder"
        for p in sorted(folder.rglob("*"))
    }


def refused(arguments: list[object], capsys) -> str:
    """The one line of a refusal; a case file may have one more line for each mistake in it."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    said = capsys.readouterr()
    assert end.value.code == 1, said
    assert "Traceback" not in said.err
    assert said.out == ""
    first, *more = said.err.strip().splitlines()
    assert not more or first.endswith(f" {len(more)} mistake{'s' if len(more) > 1 else ''}."), said.err
    assert all(line.startswith("  line ") for line in more), said.err
    return said.err.strip()


def run_refused(text: str, room: Path, capsys) -> str:
    case = room.parent / "case.toml"
    case.write_text(text, encoding="utf-8")
    before = fingerprint(room)
    line = refused(["run", case, "--out", room], capsys)
    assert fingerprint(room) == before, "nothing that was there may change"
    return line


def on_ct(ct: Path, labels: Path | None = None) -> str:
    """The example on this CT; where the label map is of no importance, any file that is there."""
    imaging = f'ct = "{ct}"\nlabels = "{labels or ct.parent / "case.toml"}"'
    return example_toml().replace(BUILT_IN, imaging, 1)


def placed(tip: list[float], entry: list[float]) -> str:
    return example_toml().replace("plan = true", "plan = false", 1) + PLACED.format(tip=tip, entry=entry)


def test_unknown_electrode(room, capsys):
    text = example_toml().replace('"conventional-150mm-18g-10mm"', '"conventional-150mm-18g-11mm"', 1)
    line = run_refused(text, room, capsys)
    assert "conventional-150mm-18g-1" in line
    assert "Did you mean" in line


def test_contradictory_placement(room, capsys):
    """The needle of the right L4 lies on the left."""
    line = run_refused(placed([25.5, 31.0, -25.0], [35.0, 95.0, -80.0]), room, capsys)
    assert "left" in line
    assert "right" in line


def test_needle_that_never_enters_the_body(room, capsys):
    line = run_refused(placed([-160.0, 118.0, -25.0], [-170.0, 122.0, -90.0]), room, capsys)
    assert "L3 medial branch" in line or "needle" in line


def test_ct_without_the_level(room, ct, tmp_path, capsys):
    labels = np.zeros((40, 40, 40), np.uint8)
    labels[16:24, 16:24, 20:28] = 33  # T11
    labels[16:24, 16:24, 8:16] = 32  # T12
    line = run_refused(on_ct(ct, nifti(tmp_path / "labels.nii.gz", labels)), room, capsys)
    assert "L4" in line or "L5" in line


def test_label_map_of_another_shape(room, ct, tmp_path, capsys):
    labels = np.zeros((40, 40, 39), np.uint8)
    labels[16:24, 16:24, 8:16] = 28
    line = run_refused(on_ct(ct, nifti(tmp_path / "labels.nii.gz", labels)), room, capsys)
    assert "39" in line
    assert "40" in line


@pytest.mark.parametrize("keep", [0, 100, 352, 2000])
def test_truncated_nifti(room, ct, tmp_path, capsys, keep):
    whole = gzip.decompress(ct.read_bytes())
    cut = tmp_path / "cut.nii"
    cut.write_bytes(whole[:keep])
    assert "cut.nii" in run_refused(on_ct(cut), room, capsys)


def test_corrupted_gzip(room, ct, tmp_path, capsys):
    bad = bytearray(ct.read_bytes())
    bad[len(bad) // 2 :] = b"\0" * (len(bad) - len(bad) // 2)
    (tmp_path / "bad.nii.gz").write_bytes(bytes(bad))
    assert "bad.nii.gz" in run_refused(on_ct(tmp_path / "bad.nii.gz"), room, capsys)


def test_empty_dicom_folder(room, tmp_path, capsys):
    (tmp_path / "series").mkdir()
    assert "series" in run_refused(on_ct(tmp_path / "series"), room, capsys)


def test_ct_that_is_not_there(room, tmp_path, capsys):
    assert "nowhere.nii.gz" in run_refused(on_ct(tmp_path / "nowhere.nii.gz"), room, capsys)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\xff", "side = “right”".encode(), b"a = "])
def test_a_case_that_is_no_case(tmp_path, capsys, content):
    (tmp_path / "case.toml").write_bytes(content)
    before = fingerprint(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(["run", str(tmp_path / "case.toml"), "--out", str(tmp_path / "out")])
    said = capsys.readouterr()
    assert end.value.code == 1
    assert said.err.strip()
    assert "Traceback" not in said.err
    assert fingerprint(tmp_path) == before


def test_output_directory_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "case.toml").write_text(example_toml())
    (tmp_path / "taken").write_text("a file")
    for out in (tmp_path / "taken", tmp_path / "taken" / "below", Path("/proc/neurotomy")):
        line = refused(["run", tmp_path / "case.toml", "--out", out], capsys)
        assert "--out" in line or "Cannot write" in line
    assert (tmp_path / "taken").read_text() == "a file"


def test_ctrl_c_in_the_middle(room):
    case = room.parent / "case.toml"
    case.write_text(example_toml())
    before = fingerprint(room)
    process = subprocess.Popen(
        [sys.executable, "-m", "neurotomy", "-v", "run", str(case), "--out", str(room)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        # A test run in the background has Ctrl-C ignored, and hands that on; a person's terminal has not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    # The first step that it tells of proves that the work has begun; then stop it somewhere within.
    process.stderr.readline()
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert out == ""
    assert err.strip().splitlines()[-1].startswith("neurotomy: Stopped")
    assert fingerprint(room) == before
