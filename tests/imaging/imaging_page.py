"""What docs/imaging.md says happens to each kind of input: made by reading one. Run it to write the table anew."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nibabel
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from image_files import body, stored_as, write_dicom, write_nifti

from neurotomy.errors import ImageError
from neurotomy.imaging import read_ct

PAGE = Path(__file__).parents[2] / "docs" / "imaging.md"
BEGIN, END = "<!-- table: tests/imaging/imaging_page.py -->", "<!-- end of table -->"


def tags(**values):
    def change(image, k):
        for name, value in values.items():
            setattr(image, name, value)

    return change


def moved(of=None, **by):
    """Places moved by x, y, z mm; of slice `of`, or each slice k times as far."""

    def change(image, k):
        x, y, z = image.ImagePositionPatient
        far = (k == of) if of is not None else k
        image.ImagePositionPatient = [x + far * by.get("x", 0), y + far * by.get("y", 0), z + far * by.get("z", 0)]

    return change


def only(k0, change):
    return lambda image, k: change(image, k) if k == k0 else None


def without(*lost):
    return lambda image, k: k not in lost


def dicom(change=None, codes="LPS", also=None, **how):
    def make(folder):
        path = write_dicom(folder / "ct", *stored_as(*body(), codes), change=change, **how)
        if also is not None:
            also(path)
        return path

    return make


def copy(path):
    (path / "copy.dcm").write_bytes((path / "005.dcm").read_bytes())


def second(path):
    write_dicom(path, *stored_as(*body(), "LPS"), names=[f"b{k}" for k in range(20)])


def brighter(path):
    hu, affine = stored_as(*body(), "LPS")
    write_dicom(path, hu + np.int16(20), affine, uid="1.2.3", names=[f"b{k}" for k in range(20)])


def scouts(path):
    change = tags(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    write_dicom(path, *stored_as(*body(), "PSL"), change=change, names=[f"b{k}" for k in range(40)])


def few(path):
    write_dicom(path, *stored_as(*body(), "LPS"), change=without(*range(3, 20)), names=[f"b{k}" for k in range(20)])


def cut(path):
    (path / "007.dcm").write_bytes((path / "007.dcm").read_bytes()[:1500])


def cut_header(path):
    (path / "019.dcm").write_bytes((path / "019.dcm").read_bytes()[:200])


def nifti(change=None, codes="RAS", alter=None):
    def make(folder):
        hu, affine = stored_as(*body(), codes)
        path = write_nifti(folder / "ct.nii", hu if alter is None else alter(hu), affine)
        if change is not None:
            image = nibabel.load(path)
            image = nibabel.Nifti1Image(np.asarray(image.dataobj).copy(), image.affine, image.header)
            change(image)
            nibabel.save(image, path)
        return path

    return make


def shortened(folder):
    path = nifti()(folder)
    path.write_bytes(path.read_bytes()[:9000])
    return path


def unset(image):
    image.set_sform(None, 0)
    image.set_qform(None, 0)


def contradicting(image):
    image.set_qform(image.affine @ np.diag([-1, 1, 1, 1]), 1)


def sheared(image):
    affine = image.affine.copy()
    affine[1, 2] = 1.0
    image.set_sform(affine, 1)
    image.set_qform(None, 0)


ROWS = (
    (
        "DICOM: shuffled names, blank UIDs",
        dicom(tags(SeriesInstanceUID=""), names=[f"{k * 7 % 20}" for k in range(20)]),
    ),
    ("DICOM: slices from feet to head or head to feet, rows along any axis", dicom(codes="SAR")),
    ("DICOM: patient prone, head first", dicom(tags(PatientPosition="HFP"), codes="RAS")),
    ("DICOM: patient prone, feet first", dicom(tags(PatientPosition="FFP"), codes="RAS")),
    ("DICOM: stored as seen from the head", dicom(codes="RPS")),
    ("DICOM: upside down for how the patient lay", dicom(tags(PatientPosition="HFS"), codes="RAS")),
    ("DICOM: localizer images beside the series", dicom(also=scouts)),
    ("DICOM: another series of few slices", dicom(also=few)),
    ("DICOM: two series that fit", dicom(also=second)),
    ("DICOM: a series UID of its own in each image", dicom(lambda i, k: setattr(i, "SeriesInstanceUID", f"1.2.{k}"))),
    ("DICOM: gantry tilted", dicom(moved(y=3.0 * np.tan(np.radians(12.0))))),
    ("DICOM: a tilt noted that positions do not show", dicom(tags(GantryDetectorTilt=12))),
    ("DICOM: one image beside the others", dicom(moved(of=5, x=7.0))),
    ("DICOM: a missing slice", dicom(without(7))),
    ("DICOM: unevenly spaced", dicom(moved(of=5, z=0.4))),
    ("DICOM: an image twice, identical", dicom(also=copy)),
    ("DICOM: different images in one place", dicom(uid="1.2.3", also=brighter)),
    ("DICOM: gaps between thin slices", dicom(tags(SliceThickness=1.0))),
    ("DICOM: an image of another rescale", dicom(only(4, tags(RescaleIntercept=0)))),
    ("DICOM: no word on Hounsfield units in one image", dicom(only(4, lambda i, k: delattr(i, "RescaleIntercept")))),
    ("DICOM: padding value below air", dicom(tags(PixelPaddingValue=-2000))),
    ("DICOM: MONOCHROME1", dicom(tags(PhotometricInterpretation="MONOCHROME1"))),
    ("DICOM: an image without position", dicom(only(3, lambda i, k: delattr(i, "ImagePositionPatient")))),
    ("DICOM: pixels cut off", dicom(also=cut)),
    ("DICOM: a file that is none, or whose header is damaged", dicom(also=cut_header)),
    ("DICOM: no CT", dicom(tags(Modality="MR"))),
    ("NIfTI: axes in any order and direction", nifti(codes="SPL")),
    ("NIfTI: 4-D with one image", nifti(alter=lambda hu: hu[..., None])),
    ("NIfTI: 4-D with two images", nifti(alter=lambda hu: np.stack([hu, hu], -1))),
    ("NIfTI: only one of sform and qform is set", nifti(lambda image: image.set_sform(None, 0))),
    ("NIfTI: neither sform nor qform", nifti(unset)),
    ("NIfTI: sform and qform contradict each other", nifti(contradicting)),
    ("NIfTI: sheared axes", nifti(sheared)),
    ("NIfTI: cut off, or longer than its header says", shortened),
    ("Either: no Hounsfield units", nifti(alter=lambda hu: hu + np.int16(1024))),
    ("Either: no bone", nifti(alter=lambda hu: np.minimum(hu, np.int16(60)))),
)


def row(what, make):
    """One line: what it was, what became of it, and the words a person reads."""
    with tempfile.TemporaryDirectory() as name:
        path = make(Path(name))
        try:
            ct = read_ct(path)
        except ImageError as error:
            return f"| {what} | refused | {error} |"
    lay = ct.description.split(" mm")[-1].lstrip(", ")
    if not ct.warnings:
        return f"| {what} | read | {lay or '—'} |"
    corrected = any(word in " ".join(ct.warnings) for word in ("taken once", "were shifted", "put together"))
    return f"| {what} | {'corrected and said' if corrected else 'read and said'} | {' '.join(ct.warnings)} |"


def table():
    """The whole table, as it stands in the page."""
    return "\n".join(["| Input | What happens | What it says |", "|---|---|---|", *(row(*one) for one in ROWS)])


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}", encoding="utf-8")
