"""An installed TotalSegmentator, played by a small program that checks how it is called and writes a label map."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from image_files import body

from neurotomy.errors import Cancelled, ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging.nifti import LPS_FROM_RAS
from neurotomy.imaging.totalsegmentator import label_with_totalsegmentator
from neurotomy.progress import Progress

PLAYED = """#!{python}
import os, sys, time
import numpy as np
if sys.argv[1:] == ["--version"]:
    print("{version}")
    sys.exit(0)
args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert sys.argv[1::2][:2] == ["-i", "-o"], sys.argv
assert sys.argv[5:] in (["--ml", "--task", "total"], ["--ml", "--task", "total", "--fast"]), sys.argv
print("Resampling...", flush=True)
{also}
import nibabel
image = nibabel.load(args["-i"])
hu = np.asarray(image.dataobj)
labels = np.zeros(hu.shape, np.uint8)
labels[hu > 500] = 28  # L4 where the bone is
labels[:, :, :6] = np.where(hu[:, :, :6] > 0, 27, 0)
nibabel.save(nibabel.Nifti1Image(labels, image.affine), args["-o"])
print("Saved", flush=True)
"""


@pytest.fixture
def ct():
    hu, affine = body()
    return Volume(hu, LPS_FROM_RAS @ affine)


@pytest.fixture
def install(tmp_path, monkeypatch):
    def installed(version="2.4.0", also=""):
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "TotalSegmentator"
        program.write_text(PLAYED.format(python=sys.executable, version=version, also=also))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return program

    monkeypatch.setenv("PATH", str(tmp_path))
    return installed


def test_labels_lie_on_the_ct(ct, install):
    install()
    events = []
    labels = label_with_totalsegmentator(ct, Progress(events.append))
    assert labels.same_grid(ct)
    assert np.array_equal(labels.array == 28, ct.array > 500)
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert label_with_totalsegmentator(ct, fast=True).array.max() == 28


def test_it_is_not_installed(ct, install):
    with pytest.raises(ImageError, match=r"not installed here.*pip install TotalSegmentator.*landmarks"):
        label_with_totalsegmentator(ct)


@pytest.mark.parametrize("version", ["1.5.7", "no number"])
def test_old_versions_number_otherwise(ct, install, version):
    install(version)
    with pytest.raises(ImageError, match="2.0 or later"):
        label_with_totalsegmentator(ct)


def test_it_fails(ct, install):
    install(also='print("out of memory", file=sys.stderr); sys.exit(3)')
    with pytest.raises(ImageError, match=r"status 3 \(out of memory\)") as caught:
        label_with_totalsegmentator(ct)
    assert "\n" not in str(caught.value)


def test_it_writes_nothing(ct, install):
    install(also='print("done?"); sys.exit(0)')
    with pytest.raises(ImageError, match=r"without a label map \(done\?\)"):
        label_with_totalsegmentator(ct)


def test_stopping_ends_it_and_what_it_started(ct, install, tmp_path):
    note = tmp_path / "pid"
    install(also=f'open({str(note)!r}, "w").write(str(os.getpid())); print("waiting", flush=True); time.sleep(600)')
    progress = Progress(lambda event: progress.cancel() if "waiting" in event.message else None)
    with pytest.raises(Cancelled):
        label_with_totalsegmentator(ct, progress)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_a_case_asks_for_it(tmp_path, install, ct):
    from neurotomy.case import read_case

    install()
    from neurotomy.imaging.export.nifti import write_nifti

    write_nifti(ct, tmp_path / "ct.nii.gz")
    from neurotomy.case import example_toml

    text = example_toml().replace('source = "built-in spine"', 'ct = "ct.nii.gz"\nlabels = "totalsegmentator"')
    (tmp_path / "case.toml").write_text(text)
    case = read_case(tmp_path / "case.toml")
    assert case.labels_made_by == "totalsegmentator"
    assert case.labels_path is None
    from neurotomy.errors import AnatomyError
    from neurotomy.treatment import find_nerves

    messages = []
    with pytest.raises(AnatomyError):  # the played map is no spine; that it was made and read is what counts
        find_nerves(case, Progress(lambda event: messages.append(event.message)))
    assert "Bones labelled" in messages
