"""The projector against closed forms and against a plain numpy Joseph (evidence/radiograph.md, section 6)."""

import numpy as np
import pytest

from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.density import DensityGrid
from neurotomy.guidance.radiograph import Beam, Projector

POSES = [(0, 0), (25, 0), (-35, 15), (90, 0), (60, -20), (0, 30), (45, 30), (45, -35), (0, 50), (-135, 10), (180, 0)]
ORIGIN = np.zeros(3)


# -- phantoms with closed forms ----------------------------------------------------------------------------------------


def centred(shape, spacing=(1.0, 1.0, 1.0), rotation=None, flips=(1, 1, 1)):
    """A 4×4 affine whose volume's middle is at the origin."""
    columns = (np.eye(3) if rotation is None else rotation) * (np.array(spacing) * flips)
    affine = np.eye(4)
    affine[:3, :3] = columns
    affine[:3, 3] = -columns @ (np.array(shape) - 1) / 2
    return affine


class Blobs:
    """Gaussian blobs: their line integrals are exact, and voxels hardly add an error."""

    def __init__(self, centres, sigmas, heights):
        self.centres, self.sigmas, self.heights = np.asarray(centres, float), np.asarray(sigmas, float), heights

    def grid(self, shape, affine):
        inverse, spacing = np.linalg.inv(affine), np.linalg.norm(affine[:3, :3], axis=0)
        values = np.zeros(shape)
        for centre, sigma, height in zip(self.centres, self.sigmas, self.heights, strict=True):
            at = inverse[:3, :3] @ centre + inverse[:3, 3]  # the axes are perpendicular: a product of three profiles
            profiles = [np.exp(-(((np.arange(shape[k]) - at[k]) * spacing[k] / sigma) ** 2) / 2) for k in range(3)]
            values += height * np.einsum("i,j,k->ijk", *profiles)
        unit = values.max() / 60000
        return DensityGrid.from_values(np.rint(values / unit).astype(np.uint16), affine, unit)

    def image(self, carm):
        rows, columns = np.mgrid[: carm.rows, : carm.columns]
        rays = carm.rays(np.stack([columns, rows], axis=-1))
        image = np.zeros((carm.rows, carm.columns))
        for centre, sigma, height in zip(self.centres, self.sigmas, self.heights, strict=True):
            to = centre - carm.source_lps_mm
            across = to @ to - (rays @ to) ** 2
            image += height * np.sqrt(2 * np.pi) * sigma * np.exp(-across / (2 * sigma**2))
        return image


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(7)
    sigmas = np.array([3, 5, 8, 12, 16, 20])
    room = np.minimum(60, 118 - 5.0 * sigmas)[:, None]  # to stay inside the voxels
    return Blobs(room * rng.uniform(-1, 1, (6, 3)), sigmas, rng.uniform(0.5, 1.0, 6))


@pytest.fixture(scope="module")
def blob_grid(blobs):
    shape = (240, 240, 240)
    return blobs.grid(shape, centred(shape))


def relative_rms(image, exact):
    return np.sqrt(np.mean((image - exact) ** 2)) / exact.max()


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


# -- accuracy against closed forms -------------------------------------------------------------------------------------


@pytest.mark.parametrize("pose", POSES)
def test_blob_images(blobs, blob_grid, pose):
    carm = CArm(ORIGIN, *pose)
    exact = blobs.image(carm)
    image = blob_grid.integrate(carm, method="shear-warp")
    assert relative_rms(image, exact) < 2e-4
    assert np.abs(image - exact).max() < 6e-3 * exact.max()


def test_blob_images_where_the_source_is_inside_the_volume(blobs, blob_grid):
    # The tube so near that it stands in the volume: the shear-warp cannot, Joseph can, and "auto" takes him.
    carm = CArm(ORIGIN, 30, 10, sdd_mm=300, sod_mm=80, rows=160, columns=160, pixel_mm=1.2)
    with pytest.raises(GuidanceError, match="joseph"):
        blob_grid.integrate(carm, method="shear-warp")
    near = Blobs([[10, -20, 15]], [8.0], [1.0])
    grid = near.grid((192, 192, 192), centred((192, 192, 192)))
    assert relative_rms(grid.integrate(carm), near.image(carm)) < 5e-4  # 1 mm voxels, 4 times magnified


@pytest.mark.parametrize("seed", range(4))
def test_a_point_lands_on_its_pixel(seed):
    rng = np.random.default_rng(seed)
    point, centre = rng.uniform(-40, 40, 3), rng.uniform(-15, 15, 3)
    shape = (128, 128, 128)
    grid = Blobs([point], [2.0], [1.0]).grid(shape, centred(shape))
    for _ in range(4):
        carm = CArm(centre, rng.uniform(-180, 180), rng.uniform(-50, 50), rotation_deg=rng.uniform(-30, 30))
        image = grid.integrate(carm).astype(float)
        rows, columns = np.mgrid[: carm.rows, : carm.columns]
        found = np.array([(image * columns).sum(), (image * rows).sum()]) / image.sum()
        assert np.abs(found - carm.project(point)).max() < 0.05


@pytest.mark.parametrize("method", ["shear-warp", "joseph"])
@pytest.mark.parametrize("primary", [0, 90, 180, -90])
def test_the_central_ray_of_a_box_is_as_long_as_the_box(method, primary):
    shape = (256, 256, 128)
    box = DensityGrid.from_values(np.full(shape, 1000, np.uint16), centred(shape), 1e-3)
    carm = CArm(ORIGIN, primary, rows=33, columns=33)
    assert box.integrate(carm, method=method)[16, 16] == pytest.approx(256.0, abs=0.01)


def test_ellipsoids_within_the_error_of_their_voxels():
    # Partial-volume voxels of 2 mm by 4×4×4 sub-samples; the closed form is the chord.
    centres, axes, heights = np.array([[0, 0, 0], [20, -10, 15]]), np.array([[60, 40, 70], [12, 15, 10]]), [1.0, 0.8]
    errors = []
    for spacing in (4.0, 2.0):
        n = int(176 / spacing)
        affine = centred((n,) * 3, (spacing,) * 3)
        fine = (np.arange(n * 4) - (n * 4 - 1) / 2) * spacing / 4
        volume = np.zeros((n,) * 3)
        for centre, axis, height in zip(centres, axes, heights, strict=True):
            r2 = sum(
                (((fine - centre[k]) / axis[k]) ** 2).reshape([-1 if m == k else 1 for m in range(3)]) for k in range(3)
            )
            volume += height * (r2 < 1).reshape(n, 4, n, 4, n, 4).mean(axis=(1, 3, 5))
        grid = DensityGrid.from_values(np.rint(volume * 20000).astype(np.uint16), affine, 1 / 20000)
        carm = CArm(ORIGIN, 155, -20, rows=256, columns=256, pixel_mm=300 / 256)
        rows, columns = np.mgrid[:256, :256]
        rays = carm.rays(np.stack([columns, rows], axis=-1))
        exact = np.zeros((256, 256))
        for centre, axis, height in zip(centres, axes, heights, strict=True):
            d, o = rays / axis, (carm.source_lps_mm - centre) / axis
            a, b, c = (d * d).sum(-1), d @ o, o @ o - 1
            exact += height * 2 * np.sqrt(np.maximum(b * b - a * c, 0)) / a
        image = grid.integrate(carm)
        errors.append(relative_rms(image, exact))
        assert abs((image - exact).mean()) < 2e-4 * exact.max()
    assert errors[1] < 0.6e-2
    assert errors[1] < 0.6 * errors[0]


# -- invariants --------------------------------------------------------------------------------------------------------


def phantom():
    """Left-right, front-back and head-foot asymmetric CT numbers on 2 mm voxels, in LPS order."""
    rng = np.random.default_rng(11)
    lump = Blobs(rng.uniform(-40, 40, (5, 3)), [9, 11, 14, 10, 12], [900, 700, 400, 800, 600])
    shape = (80, 72, 64)
    affine = centred(shape, (2.0, 2.0, 2.0))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    lps = index @ affine[:3, :3].T + affine[:3, 3]
    hu = sum(
        h * np.exp(-((lps - c) ** 2).sum(-1) / (2 * s * s))
        for c, s, h in zip(lump.centres, lump.sigmas, lump.heights, strict=True)
    )
    return Volume(np.rint(hu - 200).astype(np.int16), affine)


def test_a_mirrored_patient_gives_a_mirrored_image():
    ct = phantom()
    mirrored = Volume(ct.array[::-1].copy(), ct.lps_from_voxel)
    carm = CArm(ORIGIN, 180, -10, rows=200, columns=200)
    a, b = Projector(ct).water_mm(carm), Projector(mirrored).water_mm(carm)
    assert np.abs(a - b[:, ::-1]).max() < 1e-3
    assert np.abs(a - b).max() > 5  # the phantom tells left from right


@pytest.mark.parametrize("pose", [(180, 0), (-160, -40), (90, 0)])
def test_the_same_patient_on_any_axes_gives_the_same_image(pose):
    ct = phantom()
    carm = CArm(np.array([4.0, -6.0, 3.0]), *pose, rows=256, columns=256)
    image = Projector(ct).water_mm(carm)
    for order in [(2, 1, 0), (1, 0, 2), (2, 0, 1)]:
        for flips in [(1, 1, 1), (-1, 1, 1), (-1, -1, 1), (1, 1, -1)]:
            array, affine = ct.array, np.array(ct.lps_from_voxel)
            for axis, flip in enumerate(flips):
                if flip < 0:
                    array = np.flip(array, axis)
                    affine[:3, 3] += affine[:3, axis] * (ct.shape[axis] - 1)
                    affine[:3, axis] *= -1
            affine = affine[:, [*order, 3]]
            again = Projector(Volume(array.transpose(order), affine)).water_mm(carm)
            assert np.abs(again - image).max() < 2e-3


def test_anisotropic_and_oblique_voxels_put_the_points_in_the_same_place():
    turn = np.radians(12.0)
    oblique = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    point = np.array([13.0, -8.0, 21.0])
    for shape, spacing, rotation, flips in [
        ((160, 160, 50), (0.7, 0.7, 2.5), None, (-1, -1, 1)),
        ((120, 120, 120), (1.0, 1.0, 1.0), oblique @ tilt, (1, 1, 1)),
        ((120, 60, 120), (1.0, 2.0, 1.0), tilt, (1, -1, -1)),
    ]:
        grid = Blobs([point], [4.0], [1.0]).grid(shape, centred(shape, spacing, rotation, flips))
        for pose in [(180, 0), (-155, -35), (95, 3)]:
            carm = CArm(np.array([5.0, 5.0, 5.0]), *pose, rows=300, columns=300)
            image = grid.integrate(carm).astype(float)
            rows, columns = np.mgrid[:300, :300]
            found = np.array([(image * columns).sum(), (image * rows).sum()]) / image.sum()
            assert np.abs(found - carm.project(point)).max() < 0.05


def test_no_jump_where_the_main_axis_changes(blobs, blob_grid):
    before, after = CArm(ORIGIN, 44.99), CArm(ORIGIN, 45.01)
    jump = blob_grid.integrate(after).astype(float) - blob_grid.integrate(before)
    true = blobs.image(after) - blobs.image(before)
    assert np.abs(jump - true).max() < 2e-3 * blobs.image(before).max()


def test_parallel_limit_is_the_sum_along_an_axis():
    ct = phantom()
    density = np.where(ct.array < -900, 0, 1 + ct.array / 1000.0)
    nx, _, nz = ct.shape
    far = {"sod_mm": 1e6, "sdd_mm": 1e6 + 500}
    carm = CArm(ORIGIN, 0, rows=nz, columns=nx, pixel_mm=2.0 * (1 + 500e-6), **far)
    image = Projector(ct).water_mm(carm)
    expected = density.sum(axis=1).T[::-1] * 2.0  # columns to patient left, rows from the head down
    inner = (slice(1, -1), slice(1, -1))  # at the rim, rays a 200th of a degree off the axis leave the last voxel
    assert relative_rms(image[inner], expected[inner]) < 1e-4
    behind = Projector(ct).water_mm(CArm(ORIGIN, 180, rows=nz, columns=nx, pixel_mm=2.0 * (1 + 500e-6), **far))
    assert np.abs(behind[:, ::-1] - image).max() < 1e-3 * image.max()


def test_a_left_marker_is_on_the_left_of_a_pa_image():
    hu = np.full((60, 60, 60), -1000, np.int16)
    hu[44:48, 28:32, 28:32] = 2000  # patient left (x grows to the left)
    projector = Projector(Volume(hu, centred(hu.shape)))
    pa = projector.water_mm(CArm(ORIGIN, 180))
    assert pa[:, :230].max() > 5 > 1e-6 > pa[:, 256:].max()
    from_front = projector.water_mm(CArm(ORIGIN, 0))
    assert from_front[:, 282:].max() > 5 > 1e-6 > from_front[:, :256].max()


def test_bands_and_threads_do_not_change_the_image(blob_grid):
    carm = CArm(ORIGIN, -155, -30, rows=200, columns=250)
    one = blob_grid.integrate(carm, threads=1)
    assert np.array_equal(one, blob_grid.integrate(carm, threads=4))
    assert np.array_equal(one, blob_grid.integrate(carm, threads=1))


def test_a_volume_that_is_missed_is_black():
    grid = DensityGrid.from_values(np.full((20, 20, 20), 1000, np.uint16), centred((20, 20, 20)), 1e-3)
    assert not np.any(grid.integrate(CArm(np.array([0.0, 0.0, 300.0]), 180)))


def test_preview_looks_the_same():
    ct = phantom()
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
