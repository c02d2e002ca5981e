"""Small images on disk: a body with one bright marker on the patient's left, in any storage order."""

from __future__ import annotations

import itertools

import nibabel
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

ORIENTATIONS = tuple(
    "".join(letters) for axes in itertools.permutations(("RL", "AP", "SI")) for letters in itertools.product(*axes)
)
"""All 48 ways to store three axes."""
LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
MARKER_LPS = np.array([24.0, -10.0, 12.0])
"""On the patient's left, in front, towards the head."""


def body():
    """RAS+ array and affine: air, soft tissue, and bone around the marker and nowhere else."""
    spacing = np.array([2.0, 2.5, 3.0])
    shape = (40, 30, 20)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = [-40.0, -36.0, -25.0]
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), -1)
    lps = (index * spacing + affine[:3, 3]) * [-1, -1, 1]
    hu = np.where(np.hypot(lps[..., 0] / 36, lps[..., 1] / 30) < 1, 40, -1000).astype(np.int16)
    hu[np.linalg.norm(lps - MARKER_LPS, axis=-1) < 6.0] = 900
    return hu, affine


def stored_as(array, affine, codes):
    """The same voxels in the same places, stored along other axes."""
    have = nibabel.orientations.io_orientation(affine)
    turn = nibabel.orientations.ornt_transform(have, nibabel.orientations.axcodes2ornt(codes))
    turned = nibabel.orientations.apply_orientation(array, turn)
    return turned, affine @ nibabel.orientations.inv_ornt_aff(turn, array.shape)


def write_nifti(path, array, affine):
    image = nibabel.Nifti1Image(array, affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    nibabel.save(image, path)
    return path


def centre_of(volume, wanted):
    """LPS centroid of the voxels where `wanted` is true."""
    return volume.lps(np.argwhere(wanted).mean(axis=0))


def write_dicom(folder, array, affine, *, change=None, names=None, uid=None):
    """A series of axial (or any) images: array axes are (columns, rows, slices) in the places `affine` (RAS) says."""
    folder.mkdir(exist_ok=True)
    lps = LPS_FROM_RAS @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    axes = lps[:3, :3] / spacing
    series = generate_uid() if uid is None else uid
    for k in range(array.shape[2]):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        image = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        image.SOPClassUID = CTImageStorage
        image.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        image.SeriesInstanceUID = series
        image.SeriesDescription = "synthetic"
        image.Modality = "CT"
        image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        image.Rows, image.Columns = array.shape[1], array.shape[0]
        image.PixelSpacing = [float(spacing[1]), float(spacing[0])]
        image.SliceThickness = float(spacing[2])
        image.ImageOrientationPatient = [float(v) for v in (*axes[:, 0], *axes[:, 1])]
        image.ImagePositionPatient = [float(v) for v in lps[:3] @ [0, 0, k, 1]]
        image.InstanceNumber = 1
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit, image.PixelRepresentation = 15, 1
        image.RescaleSlope, image.RescaleIntercept = 2, -1024
        image.PixelData = ((array[:, :, k].T.astype(int) + 1024) // 2).astype(np.int16).tobytes()
        if change is not None and change(image, k) is False:
            continue
        name = f"{k:03d}" if names is None else names[k]
        pydicom.dcmwrite(folder / f"{name}.dcm", image, enforce_file_format=True)
    return folder


def jpeg_lossless(image):
    """One grey 16-bit image as lossless JPEG (ITU-T T.81 process 14, predictor 1): no library here writes it."""
    stored = np.asarray(image, dtype=np.int64) & 0xFFFF
    predicted = np.empty_like(stored)
    predicted[:, 1:] = stored[:, :-1]  # the pixel to the left; in the first column the one above
    predicted[1:, 0] = stored[:-1, 0]
    predicted[0, 0] = 1 << 15
    difference = (stored - predicted + 32768) % 65536 - 32768
    bits = []
    for value in difference.ravel().tolist():
        size = abs(value).bit_length() if value != -32768 else 16
        bits.append(format(size, "05b"))  # 17 sizes, codes of 5 bits each
        if 0 < size < 16:
            bits.append(format(value if value > 0 else value + (1 << size) - 1, f"0{size}b"))
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    rows, columns = stored.shape
    huffman = bytes([0, 0, 0, 0, 0, 17, *[0] * 11, *range(17)])
    frame = bytes([16]) + rows.to_bytes(2, "big") + columns.to_bytes(2, "big") + bytes([1, 1, 0x11, 0])
    segments = [(0xC4, huffman), (0xC3, frame), (0xDA, bytes([1, 1, 0, 1, 0, 0]))]
    head = b"".join(bytes([0xFF, mark]) + (len(data) + 2).to_bytes(2, "big") + data for mark, data in segments)
    return b"\xff\xd8" + head + scan + b"\xff\xd9"
