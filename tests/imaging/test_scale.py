"""CT numbers must lie where Hounsfield's scale has them."""

import numpy as np
import pytest

from neurotomy.errors import ImageError
from neurotomy.imaging import read_ct
from neurotomy.imaging.scale import check_scale


def person(noise=15.0, seed=5):
    """Air, lung, fat, muscle, marrow and cortex in the shares of a chest."""
    rng = np.random.default_rng(seed)
    parts = [(-1000, 30), (-850, 10), (-100, 22), (50, 28), (200, 7), (900, 3)]
    hu = np.concatenate([np.full(1000 * share, float(value)) for value, share in parts])
    return hu + noise * rng.normal(size=len(hu))


def test_a_person_passes_with_and_without_padding_noise_and_air():
    assert check_scale(person(), "ct") == ()
    assert check_scale(person(60.0), "ct") == ()
    padded = person()
    padded[:20_000] = -3024.0
    assert check_scale(padded, "ct") == ()
    assert check_scale(person()[40_000:], "ct") == ()  # no air in the picture


@pytest.mark.parametrize(
    ("slope", "intercept", "words"),
    [(2, 0, "air lies"), (0.5, 0, "air lies"), (1, 700, "within 150 HU"), (1, -300, "within 150 HU"), (2, 1024, "150")],
)
def test_a_wrong_scale_is_refused(slope, intercept, words):
    with pytest.raises(ImageError, match=words):
        check_scale(slope * person() + intercept, "ct")


@pytest.mark.parametrize(("slope", "intercept"), [(1.2, 0), (0.8, 0), (1, 150), (1, 120)])
def test_a_doubtful_scale_is_told(slope, intercept):
    (told,) = check_scale(slope * person() + intercept, "ct")
    assert "check a CT number" in told


def test_half_the_scale_without_air_in_the_picture():
    """Nothing shows it when only fat, muscle and bone are there: it cannot be found out, and the docs say so."""
    assert check_scale(0.5 * person()[40_000:], "ct") == ()


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [
        "lumbar_totalseg_3mm/ct.nii.gz",
        "thoracolumbar_lidc0001/ct.nii.gz",
        "thoracic_rider_0p8mm/ct.nii.gz",
        "cervical_cerr_3mm/ct.nii.gz",
        "dicom_messy_totalseg",
    ],
)
def test_real_ct_is_not_doubted(real_data, name):
    """Nothing is said about the scale of a real CT; said or refused when it is a third off."""
    hu = read_ct(real_data(name)).volume.array
    assert check_scale(hu, name) == ()
    for slope in (1.35, 0.7):
        try:
            assert check_scale(slope * hu.astype(np.float32), name) != ()
        except ImageError as error:
            assert "CT numbers" in str(error)  # noqa: PT017
