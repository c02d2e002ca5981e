"""The projector against a plain numpy Joseph, and what does not fit into one number of test_radiograph_lines."""

import numpy as np
import pytest

from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume
from neurotomy.guidance.blobs import Blobs
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.density import DensityGrid
from neurotomy.guidance.radiograph import Beam, Projector

from .radiograph_lines import ORIGIN, centred, lumpy_ct, rms, six_blobs


def numpy_joseph(values, affine, carm, pixels):
    """Joseph's method, one ray at a time: the oracle of both kernels. Outside the voxels is air."""
    padded = np.pad(np.asarray(values, float), 1)
    inverse = np.linalg.inv(affine)
    source = inverse[:3, :3] @ carm.source_lps_mm + inverse[:3, 3] + 1
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    found = []
    for pixel in pixels:
        end = inverse[:3, :3] @ carm.pixel_lps_mm(pixel) + inverse[:3, 3] + 1
        ray = end - source
        axis = int(np.argmax(np.abs(ray)))
        step = ray / ray[axis]
        planes = np.arange(padded.shape[axis])
        low, high = sorted((source[axis], end[axis]))
        planes = planes[(planes >= low) & (planes <= high)]
        points = source + (planes[:, None] - source[axis]) * step
        total = 0.0
        for point in points:
            b, e = (n for n in range(3) if n != axis)
            if not (0 <= point[b] < padded.shape[b] - 1 and 0 <= point[e] < padded.shape[e] - 1):
                continue
            plane = padded.take(round(point[axis]), axis=axis)
            i, j = int(point[b]), int(point[e])
            s, t = point[b] - i, point[e] - j
            square = plane[i : i + 2, j : j + 2]
            total += np.array([1 - s, s]) @ square @ np.array([1 - t, t])
        found.append(total * np.linalg.norm(step * spacing))
    return np.array(found)


# -- the oracle --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["shear-warp", "joseph"])
@pytest.mark.parametrize("pose", [(180, 0), (-160, -40), (90, 5), (20, 52)])
def test_both_kernels_give_what_the_plain_joseph_gives(method, pose):
    # Smoothed noise: structure everywhere, coarse against the pixels so that the warp's interpolation is exact.
    rng = np.random.default_rng(3)
    values = rng.integers(0, 2000, (23, 30, 26)).astype(np.uint16)
    affine = centred(values.shape, (3.0, 2.5, 4.0), flips=(1, -1, 1))
    carm = CArm(np.array([3.0, -4.0, 5.0]), *pose, rows=200, columns=240, pixel_mm=0.6)
    image = DensityGrid.from_values(values, affine, 1.0).integrate(carm, method=method, over_sampling=3.0)
    pixels = rng.integers(0, [carm.columns, carm.rows], (60, 2))
    expected = numpy_joseph(values, affine, carm, pixels)
    error = np.abs(image[pixels[:, 1], pixels[:, 0]] - expected) / expected.max()
    assert error.max() < (2e-5 if method == "joseph" else 3e-3)
    if pose == (180, 0):
        assert np.median(error) < 3e-4


def test_blob_images_where_the_source_is_inside_the_volume():
    # The tube so near that it stands in the volume: the shear-warp cannot, Joseph can, and "auto" takes him.
    carm = CArm(ORIGIN, 30, 10, sdd_mm=300, sod_mm=80, rows=160, columns=160, pixel_mm=1.2)
    with pytest.raises(GuidanceError, match="joseph"):
        six_blobs()[1].integrate(carm, method="shear-warp")
    near = Blobs([[10, -20, 15]], [8.0], [1.0])
    grid = near.grid((192, 192, 192), centred((192, 192, 192)))
    exact = near.image(carm)
    assert rms(grid.integrate(carm) - exact) / exact.max() < 5e-4  # 1 mm voxels, 4 times magnified


def test_a_left_marker_is_on_the_left_of_a_pa_image():
    hu = np.full((60, 60, 60), -1000, np.int16)
    hu[44:48, 28:32, 28:32] = 2000  # patient left (x grows to the left)
    projector = Projector(Volume(hu, centred(hu.shape)))
    pa = projector.water_mm(CArm(ORIGIN, 180))
    assert pa[:, :230].max() > 5 > 1e-6 > pa[:, 256:].max()
    from_front = projector.water_mm(CArm(ORIGIN, 0))
    assert from_front[:, 282:].max() > 5 > 1e-6 > from_front[:, :256].max()


def test_bands_and_threads_do_not_change_the_image():
    grid = six_blobs()[1]
    carm = CArm(ORIGIN, -155, -30, rows=200, columns=250)
    one = grid.integrate(carm, threads=1)
    assert np.array_equal(one, grid.integrate(carm, threads=4))
    assert np.array_equal(one, grid.integrate(carm, threads=1))


def test_a_volume_that_is_missed_is_black():
    grid = DensityGrid.from_values(np.full((20, 20, 20), 1000, np.uint16), centred((20, 20, 20)), 1e-3)
    assert not np.any(grid.integrate(CArm(np.array([0.0, 0.0, 300.0]), 180)))


def test_preview_looks_the_same():
    ct = lumpy_ct()
    carm = CArm(ORIGIN, 160, -20, rows=128, columns=128, pixel_mm=300 / 128)
    projector = Projector(ct)
    fine, coarse = projector.water_mm(carm), projector.preview.water_mm(carm, over_sampling=0.7)
    inner = (slice(20, -20), slice(20, -20))
    assert np.abs(fine - coarse)[inner].mean() < 0.01 * fine.max()
    odd = Projector(Volume(ct.array[:-1, :-1, :-1], ct.lps_from_voxel))
    assert np.abs(odd.water_mm(carm) - odd.preview.water_mm(carm))[inner].mean() < 0.01 * fine.max()


# -- materials ---------------------------------------------------------------------------------------------------------


def uniform(hu):
    return Projector(Volume(np.full((100, 100, 100), hu, np.int16), centred((100, 100, 100), (2.0, 2.0, 2.0))))


def test_ct_numbers_become_materials():
    carm = CArm(ORIGIN, 180, rows=3, columns=3)

    def paths(hu):
        soft, bone = uniform(hu).soft_and_bone_mm(carm)
        return soft[1, 1], bone[1, 1]

    assert paths(0) == pytest.approx((200, 0), abs=0.01)
    assert paths(-950) == (0, 0)
    assert paths(100) == pytest.approx((220, 0), abs=0.01)
    assert paths(1559) == pytest.approx((0, 200), abs=0.2)
    assert uniform(500).water_mm(carm)[1, 1] == pytest.approx(300, abs=0.02)
    assert uniform(-2000).water_mm(carm)[1, 1] == 0  # padding outside the scanner's circle


def test_missing_voxels_are_air():
    array = np.full((10, 10, 10), np.nan)
    array[5] = 0.4  # float HU are rounded
    projector = Projector(Volume(array, centred((10, 10, 10))))
    assert projector.water_mm(CArm(ORIGIN, 90, rows=3, columns=3))[1, 1] == pytest.approx(1.0, abs=1e-3)


def test_beer_and_lambert():
    water = Beam.mono().water_per_mm[0]
    assert Beam.mono().transmission(200.0) == pytest.approx(np.exp(-water * 200), abs=1e-6)
    beam = Beam.fluoroscopic()
    assert sum(beam.signal_share) == pytest.approx(1, abs=1e-12)
    mean = np.dot(beam.signal_share, beam.water_per_mm)
    for depth in (1.0, 50.0, 200.0, 400.0):
        assert beam.transmission(depth) >= np.exp(-mean * depth) * (1 - 1e-6)  # Jensen: the beam hardens
    assert beam.transmission(0.0) == pytest.approx(1)
    # Over the same path: steel stops more than bone, bone more than water.
    assert beam.transmission(0, 0, 2) < beam.transmission(0, 2, 0) < beam.transmission(2, 0, 0)
    paths = np.linspace(0, 300, 50)
    assert np.all(np.diff(beam.transmission(paths)) < 0)
