"""Against ITK-RTK, written by others: the same source, detector and voxels must give the same image.

``scripts/crosscheck`` installs it. Without it these tests are skipped, and say so.
"""

import numpy as np
import pytest

from neurotomy.anatomy.spine import built_in_spine
from neurotomy.errors import GuidanceError
from neurotomy.guidance import itk_rtk
from neurotomy.guidance.blobs import Blobs
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.density import DensityGrid
from neurotomy.guidance.radiograph import Projector

needs_rtk = pytest.mark.skipif(
    not itk_rtk.installed(), reason="ITK-RTK IS NOT INSTALLED, the radiograph is not cross-checked: scripts/crosscheck"
)
LIMIT = 3e-4
"""RMS difference over the image's maximum (evidence/radiograph.md, section 6)."""

POSES = {
    "front": {"primary_deg": 0.0},
    "AP": {"primary_deg": 180.0},
    "lateral": {"primary_deg": 90.0},
    "oblique": {"primary_deg": -155.0},
    "declined": {"primary_deg": -160.0, "secondary_deg": -40.0},
    "compound": {"primary_deg": 45.0, "secondary_deg": 30.0},
    "steep": {"primary_deg": 0.0, "secondary_deg": 50.0},
    "shifted detector": {"primary_deg": 60.0, "secondary_deg": -20.0, "detector_shift_mm": (25.0, -12.0)},
    "turned detector": {"primary_deg": -135.0, "secondary_deg": 10.0, "rotation_deg": 33.0},
    "other distances": {"primary_deg": 25.0, "secondary_deg": -15.0, "sdd_mm": 950.0, "sod_mm": 600.0},
}


def rms(a, b):
    return float(np.sqrt(np.mean((a.astype(float) - b) ** 2)) / np.abs(b).max())


@pytest.fixture(scope="module")
def smooth():
    """Gaussian blobs on 1.2 mm voxels."""
    shape = (200, 200, 200)
    affine = np.diag([1.2, 1.2, 1.2, 1.0])
    affine[:3, 3] = -1.2 * 199 / 2
    blobs = Blobs.six()
    return blobs.grid(shape, affine), itk_rtk.RtkProjector(blobs.values(shape, affine), affine)


@pytest.fixture(scope="module")
def rough():
    """Noise on long voxels whose axes are turned and mirrored: no two neighbours alike, no two sides alike."""
    values = np.random.default_rng(5).integers(0, 2000, (40, 52, 33)).astype(np.uint16)
    turn, tilt = np.radians(17.0), np.radians(-11.0)
    axes = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    axes = axes @ np.array([[1.0, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    affine = np.eye(4)
    affine[:3, :3] = axes * [-3.0, 2.5, 4.0]
    affine[:3, 3] = [55.0, -70.0, -60.0]
    return DensityGrid.from_values(values, affine, 1e-3), itk_rtk.RtkProjector(values * 1e-3, affine)


@pytest.fixture(scope="module")
def spine():
    ct = built_in_spine().ct
    density = np.where(ct.array < -900, 0.0, 1.0 + ct.array / 1000.0)
    middle = ct.lps((np.array(ct.shape) - 1) / 2) + [8.0, 20.0, -15.0]
    return Projector(ct), itk_rtk.RtkProjector(density, ct.lps_from_voxel), middle


@needs_rtk
@pytest.mark.parametrize("pose", POSES)
def test_smooth_volume(smooth, pose):
    own, other = smooth
    carm = CArm(np.array([6.0, -4.0, 9.0]), **POSES[pose])
    expected = other.integrate(carm)
    assert expected.max() > 20
    assert rms(own.integrate(carm, method="shear-warp"), expected) < LIMIT
    assert rms(own.integrate(carm, method="joseph"), expected) < 5e-6  # own voxels are rounded to a 60000th


@needs_rtk
@pytest.mark.parametrize("pose", POSES)
def test_rough_volume_on_turned_mirrored_axes(rough, pose):
    own, other = rough
    carm = CArm(np.array([-3.0, 2.0, 5.0]), **POSES[pose]).with_pixels(256)
    expected = other.integrate(carm)
    assert rms(own.integrate(carm, method="joseph"), expected) < 1e-6
    assert rms(expected[:, ::-1], expected) > 0.05  # the noise tells one side from the other


@needs_rtk
@pytest.mark.parametrize("pose", POSES)
def test_spine(spine, pose):
    projector, other, middle = spine
    carm = CArm(middle, **POSES[pose])
    expected = other.integrate(carm)
    # Bone has edges, and at 45° the two take their samples across different axes over half of the field.
    assert rms(projector.water_mm(carm), expected) < (4e-4 if pose == "compound" else LIMIT)
    assert rms(projector.water_mm(carm, method="joseph"), expected) < 1e-6
    assert rms(expected[:, ::-1], expected) > 0.03


@pytest.mark.skipif(itk_rtk.installed(), reason="only without ITK-RTK")
def test_without_it_the_way_to_it_is_said():
    with pytest.raises(GuidanceError, match="itk-rtk"):
        itk_rtk.RtkProjector(np.zeros((3, 3, 3)), np.eye(4))
