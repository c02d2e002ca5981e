"""A damaged size in a compressed image is found before a decoder asks for gigabytes; a sound one passes."""

import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless

sys.path.insert(0, str(Path(__file__).parent))
from image_files import body, jpeg_lossless, stored_as, write_dicom

from neurotomy.imaging.dicom.codestream import check_codestreams


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """One image as JPEG 2000 and as lossless JPEG."""
    hu, affine = stored_as(*body(), "LPS")
    hu = np.pad(hu, [(0, 24), (0, 34), (0, 0)], constant_values=-1000)  # the coder wants at least 64 × 64
    folder = write_dicom(tmp_path_factory.mktemp("c") / "s", hu, affine)
    paths = sorted(folder.iterdir())
    wavelet, old = pydicom.dcmread(paths[10]), pydicom.dcmread(paths[10])
    stored = old.pixel_array
    wavelet.compress(JPEG2000Lossless, generate_instance_uid=False)
    old.PixelData = encapsulate([jpeg_lossless(stored)])
    old.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.70"
    return {"wavelet": wavelet, "old": old}


def with_byte(image, at, value):
    """A copy whose compressed frame has another byte at `at`."""
    copy = deepcopy(image)
    data = bytearray(next(generate_frames(image.PixelData, number_of_frames=1)))
    data[at] = value
    copy.PixelData = encapsulate([bytes(data)])
    return copy


@pytest.mark.parametrize("kind", ["wavelet", "old"])
def test_sound_images_pass(images, kind):
    check_codestreams(images[kind])


def test_damaged_numbers_of_jpeg_2000(images):
    image = images["wavelet"]
    data = next(generate_frames(image.PixelData, number_of_frames=1))
    size, coding = data.index(b"\xff\x51") + 4, data.index(b"\xff\x52") + 4
    for at, value, words in (
        (size + 2, 0x40, "compressed size"),  # 2^30 columns
        (size + 9, 0x01, "compressed size"),  # begins elsewhere
        (size + 35, 3, "compressed size"),  # colours
        (size + 21, 0, "tiles are empty"),
        (coding + 2, 0xFF, "layers"),
        (coding + 5, 200, "levels"),
        (size - 5, 0, "no JPEG 2000"),
    ):
        with pytest.raises(ValueError, match=words):
            check_codestreams(with_byte(image, at, value))


def test_damaged_size_of_jpeg(images):
    image = images["old"]
    data = next(generate_frames(image.PixelData, number_of_frames=1))
    at = data.index(b"\xff\xc3")
    for place, value in ((at + 5, 0xFF), (at + 8, 1), (at + 9, 3)):
        with pytest.raises(ValueError, match="compressed size"):
            check_codestreams(with_byte(image, place, value))
    with pytest.raises(ValueError, match="no JPEG"):
        check_codestreams(with_byte(image, 0, 0))
