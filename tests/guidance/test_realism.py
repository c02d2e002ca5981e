"""What the screen shows: quanta, blur, scatter, exposure, polarity, window, collimation."""

import numpy as np
import pytest

from neurotomy.errors import GuidanceError
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.radiograph import Beam
from neurotomy.guidance.realism import (
    Collimator,
    Look,
    Polarity,
    collimated,
    detected,
    displayed,
    fluoroscopic_image,
    quanta_per_pixel,
)

from . import plain_display

CARM = CArm(np.zeros(3))
OPEN = np.ones((512, 512), dtype=bool)
CLEAN = {"dose_ugy": 0.0, "scatter_ratio": 0.0, "detector_blur_mm": 0.0, "focal_spot_mm": 0.0}


def flat(value):
    return np.full((512, 512), value, dtype=np.float32)


def test_quanta_have_the_variance_of_their_number():
    look = Look(**{**CLEAN, "dose_ugy": 0.04, "frames": 1})
    quanta = quanta_per_pixel(CARM, look)
    assert quanta == pytest.approx(270, rel=0.05)  # evidence/radiograph.md, section 4
    for level in (0.01, 0.3):  # the exposure control gives both the same dose
        counts = detected(flat(level), CARM, look, OPEN) / level * quanta
        assert counts.mean() == pytest.approx(quanta, rel=2e-3)
        assert counts.var() / counts.mean() == pytest.approx(1.0, rel=0.02)


def test_the_seed_repeats_the_noise():
    first, again, other = (detected(flat(0.1), CARM, Look(seed=s), OPEN) for s in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_more_dose_less_noise():
    noise = [
        detected(flat(0.1), CARM, Look(**{**CLEAN, "dose_ugy": d, "frames": n}), OPEN).std()
        for d, n in [(0.02, 1), (0.08, 1), (0.08, 4)]
    ]
    assert noise[0] / noise[1] == pytest.approx(2, rel=0.02)
    assert noise[1] / noise[2] == pytest.approx(2, rel=0.02)


def test_blur_keeps_brightness_and_follows_the_focal_spot():
    point = flat(0)
    point[256, 256] = 1
    sharp = detected(point, CARM, Look(**CLEAN), OPEN)
    assert sharp[256, 256] == 1
    image = detected(point, CARM, Look(**{**CLEAN, "focal_spot_mm": 3.0}), OPEN).astype(float)
    assert image.sum() == pytest.approx(1, rel=1e-3)
    columns = np.arange(512)
    spread = np.sqrt((image.sum(axis=0) * (columns - 256) ** 2).sum() / image.sum()) * CARM.pixel_mm
    assert spread == pytest.approx(3.0 * (1100 / 650 - 1) / np.sqrt(12), rel=0.05)


def test_scatter_lowers_contrast_by_its_share():
    step = flat(0.10)
    step[:, 250:262] = 0.05
    look = Look(**{**CLEAN, "scatter_ratio": 0.5})
    image = detected(step, CARM, look, OPEN)
    before = 0.05
    row = image[256]
    assert row[240] - row[256] == pytest.approx(before, rel=0.03)  # the offset is smooth
    assert row[256] == pytest.approx(0.05 + 0.5 * 0.097, rel=0.05)  # and half of the mean around


def test_polarity_and_needle():
    rng = np.random.default_rng(0)
    water = (200 + 5 * rng.standard_normal((512, 512))).astype(np.float32)
    bone, steel = flat(0), flat(0)
    bone[:, 200:300] = 25
    steel[250:254, 100:250] = 1.2
    dark = fluoroscopic_image(CARM, water, bone, steel, Look())
    bright = fluoroscopic_image(CARM, water, bone, steel, Look(polarity=Polarity.BONE_BRIGHT))
    tissue, shadow = (slice(300, 350), slice(130, 180)), (slice(300, 350), slice(220, 280))
    assert dark[shadow].mean() < dark[tissue].mean() - 40
    assert bright[shadow].mean() > bright[tissue].mean() + 40
    assert dark[251:253, 120:240].mean() < dark[shadow].mean() - 15  # metal is blacker than bone, in front of it too
    assert dark.dtype == np.uint8


@pytest.mark.parametrize("pixels", [256, 250, 512, 37])
def test_the_quick_chain_is_the_plain_one(pixels):
    rng = np.random.default_rng(pixels)
    carm = CARM.with_pixels(pixels)
    rows, columns = np.mgrid[:pixels, :pixels] / pixels
    water = (120 + 150 * columns + 40 * np.sin(9 * rows) + 4 * rng.standard_normal(rows.shape)).astype(np.float32)
    water[:, : pixels // 6] = 0  # bare beam beside the patient
    bone = np.where(np.hypot(rows - 0.4, columns - 0.6) < 0.2, np.float32(30), np.float32(0))
    steel = np.where(np.abs(rows - columns) < 0.01, np.float32(1.2), np.float32(0))
    for look in (Look(), Look(polarity=Polarity.BONE_BRIGHT, frames=1, scatter_ratio=2.0, seed=9)):
        lit = collimated(carm)
        quick = fluoroscopic_image(carm, water, bone, steel, look, lit=lit).astype(int)
        plain = plain_display.picture(carm, water, bone, steel, look, lit).astype(int)
        assert np.ptp(plain) > 150
        assert np.abs(quick - plain).max() <= 1
        assert np.mean(quick != plain) < 1e-3


def test_field_is_black_outside_the_collimator():
    circle = collimated(CARM)
    assert circle.mean() == pytest.approx(np.pi / 4, rel=0.01)
    assert collimated(CARM, Collimator.RECTANGLE).all()
    image = fluoroscopic_image(CARM, flat(200), flat(0), flat(0))
    assert not image[~circle].any()
    assert image[circle].min() > 0


def test_an_empty_beam_does_not_break_the_display():
    assert fluoroscopic_image(CARM, flat(0), flat(0), flat(0)).shape == (512, 512)
    assert not displayed(flat(0.1), CARM, Look(), np.zeros((512, 512), bool)).any()


def test_fixed_window_is_comparable_between_images():
    look = Look(**CLEAN, window=None, window_log=(1.0, 6.0), harmonise=0.0, edge_enhancement=0.0)
    thin, thick = (
        displayed(Beam.fluoroscopic().transmission(flat(depth)), CARM, look, OPEN)[256, 256] for depth in (100, 200)
    )
    assert thin > thick
    depth = -np.log(float(Beam.fluoroscopic().transmission(np.float32(200))))
    assert thick == pytest.approx(8 + 240 * (1 - (depth - 1) / 5), abs=1)


def test_looks_that_cannot_be():
    with pytest.raises(GuidanceError, match="window"):
        Look(window_log=(0, 1))
    with pytest.raises(GuidanceError, match="negative"):
        Look(dose_ugy=-1)
