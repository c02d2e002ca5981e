"""What a radiograph must keep, one line each: words, limit, and a function that measures it.

The lines are those of the specification (evidence/radiograph.md, section 6). The tests hold each to its limit, and
``scripts/radiograph-table`` writes them into docs/radiograph.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from neurotomy.geometry import Volume
from neurotomy.guidance.blobs import Blobs
from neurotomy.guidance.carm import CArm, triangulate
from neurotomy.guidance.density import DensityGrid
from neurotomy.guidance.needle import rod_mm
from neurotomy.guidance.radiograph import Beam, Projector
from neurotomy.guidance.realism import Look, detected, quanta_per_pixel

try:
    from .radiograph_shapes import BODY, exact_image, voxels
except ImportError:  # from scripts/radiograph-table
    from radiograph_shapes import BODY, exact_image, voxels

ORIGIN = np.zeros(3)
POSES = [(0, 0), (25, 0), (-35, 15), (90, 0), (60, -20), (0, 30), (45, 30), (45, -35), (0, 50), (-135, 10), (180, 0)]
CLEAN = {"scatter_ratio": 0.0, "detector_blur_mm": 0.0, "focal_spot_mm": 0.0}


@dataclass(frozen=True)
class Line:
    """`measure()` must stay below `limit`; both in `unit`."""

    words: str
    limit: float
    unit: str
    measure: Callable[[], float]


LINES: list[Line] = []


def line(words, limit, unit):
    def keep(measure):
        LINES.append(Line(words, limit, unit, measure))
        return measure

    return keep


# -- phantoms ----------------------------------------------------------------------------------------------------------


def centred(shape, spacing=(1.0, 1.0, 1.0), rotation=None, flips=(1, 1, 1)):
    """A 4×4 affine whose volume's middle is at the origin."""
    columns = (np.eye(3) if rotation is None else rotation) * (np.array(spacing) * flips)
    affine = np.eye(4)
    affine[:3, :3] = columns
    affine[:3, 3] = -columns @ (np.array(shape) - 1) / 2
    return affine


@cache
def six_blobs():
    shape = (240, 240, 240)
    blobs = Blobs.six()
    return blobs, blobs.grid(shape, centred(shape))


@cache
def lumpy_ct():
    """Left-right, front-back and head-foot asymmetric CT numbers on 2 mm voxels, in LPS order."""
    shape = (80, 72, 64)
    affine = centred(shape, (2.0, 2.0, 2.0))
    centres = np.random.default_rng(11).uniform(-40, 40, (5, 3))
    hu = Blobs(centres, [9, 11, 14, 10, 12], [900, 700, 400, 800, 600]).values(shape, affine)
    return Volume(np.rint(hu - 200).astype(np.int16), affine)


def centroid(image):
    """(column, row) of the image's middle of mass."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    image = image.astype(float)
    return np.array([(image * columns).sum(), (image * rows).sum()]) / image.sum()


def rms(error):
    return float(np.sqrt(np.mean(np.square(error, dtype=float))))


# -- where things land -------------------------------------------------------------------------------------------------


@line("point of σ 2 mm at random, random C-arm, 48 images: where it lands", 0.05, "pixel")
def points():
    worst = 0.0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        point, centre = rng.uniform(-40, 40, 3), rng.uniform(-15, 15, 3)
        shape = (112, 112, 112)
        grid = Blobs([point], [2.0], [1.0]).grid(shape, centred(shape))
        for _ in range(4):
            carm = CArm(centre, rng.uniform(-180, 180), rng.uniform(-50, 50), rotation_deg=rng.uniform(-30, 30))
            worst = max(worst, np.abs(centroid(grid.integrate(carm)) - carm.project(point)).max())
    return worst


@line("point on long, turned, tilted and mirrored voxels, 9 images: where it lands", 0.05, "pixel")
def points_on_any_voxels():
    turn = np.radians(12.0)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    point = np.array([13.0, -8.0, 21.0])
    worst = 0.0
    for shape, spacing, rotation, flips in [
        ((160, 160, 50), (0.7, 0.7, 2.5), None, (-1, -1, 1)),
        ((120, 120, 120), (1.0, 1.0, 1.0), about_z @ about_x, (1, 1, 1)),
        ((120, 60, 120), (1.0, 2.0, 1.0), about_x, (1, -1, -1)),
    ]:
        grid = Blobs([point], [4.0], [1.0]).grid(shape, centred(shape, spacing, rotation, flips))
        for pose in [(180, 0), (-155, -35), (95, 3)]:
            carm = CArm(np.array([5.0, 5.0, 5.0]), *pose, rows=300, columns=300)
            worst = max(worst, np.abs(centroid(grid.integrate(carm)) - carm.project(point)).max())
    return worst


@line("one patient stored in 12 orders and directions of axes, 3 poses: largest difference", 2e-3, "mm")
def any_axes():
    ct = lumpy_ct()
    worst = 0.0
    for pose in [(180, 0), (-160, -40), (90, 0)]:
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
                again = Projector(Volume(array.transpose(order), affine[:, [*order, 3]])).water_mm(carm)
                worst = max(worst, float(np.abs(again - image).max()))
    return worst


@line("bead left, right, in front, behind: DICOM's signs and magnification on the image", 0.5, "pixel")
def signs():
    """Against pixels worked out by hand for SDD 1100, SOD 650: 0.586 mm pixels, the middle at 255.5."""

    def bead(lps, primary, secondary=0):
        grid = Blobs([lps], [2.0], [1.0]).grid((112, 112, 112), centred((112, 112, 112)))
        return centroid(grid.integrate(CArm(ORIGIN, primary, secondary)))

    pixel = 300 / 512
    near, far, middle = 1100 / 610 / pixel, 1100 / 690 / pixel, 1100 / 650 / pixel
    cosine, sine = np.cos(np.radians(20)), np.sin(np.radians(20))
    low, high = (40 * sine * 1100 / (650 + s * 40 * cosine) / pixel for s in (1, -1))
    expected = [
        # (bead, pose) -> (column, row) from the middle
        (([40, 0, 10], 90), (0, -10 * far)),  # at the patient's left, nearest to the receptor there: less magnified
        (([-40, 0, 10], 90), (0, -10 * near)),
        (([0, -40, 0], 90), (-40 * middle, 0)),  # the front of the patient on the left of the image
        (([0, 40, 0], 90), (40 * middle, 0)),
        (([40, 0, 0], 0), (40 * middle, 0)),  # facing the receptor: the left on the right of the image
        (([40, 0, 0], 180), (-40 * middle, 0)),  # from behind: on its left
        (([0, 0, 40], 180), (0, -40 * middle)),  # the head is up
        (([0, 40, 0], 0, 20), (0, -high)),  # receptor cranial: what lies behind rises
        (([0, -40, 0], 0, 20), (0, low)),
    ]
    return max(np.abs(bead(*where) - 255.5 - at).max() for where, at in expected)


@line("pixel to ray and back, 500 random poses and points", 0.05, "mm")
def there_and_back():
    rng = np.random.default_rng(2)
    worst = 0.0
    for _ in range(500):
        carm = CArm(
            rng.uniform(-50, 50, 3), rng.uniform(-180, 180), rng.uniform(-60, 60), rng.uniform(-180, 180),
            detector_shift_mm=tuple(rng.uniform(-30, 30, 2)), rows=400, columns=640,
        )  # fmt: skip
        point = carm.isocentre_lps_mm + rng.uniform(-80, 80, 3)
        depth = float((point - carm.isocentre_lps_mm) @ carm.to_detector)
        worst = max(worst, float(np.linalg.norm(carm.back_project(carm.project(point), depth) - point)))
    return worst


@line("a bead found again from two radiographs, 12 times", 0.05, "mm")
def from_two_views():
    worst = 0.0
    for seed in range(12):
        rng = np.random.default_rng(100 + seed)
        point = rng.uniform(-35, 35, 3)
        grid = Blobs([point], [2.0], [1.0]).grid((112, 112, 112), centred((112, 112, 112)))
        first = rng.uniform(-180, 180)
        carms = [CArm(ORIGIN, first, rng.uniform(-40, 40)), CArm(ORIGIN, first + 60, rng.uniform(-40, 40))]
        found, _ = triangulate(carms, [centroid(grid.integrate(carm)) for carm in carms])
        worst = max(worst, float(np.linalg.norm(found - point)))
    return worst


# -- how much is on a ray ----------------------------------------------------------------------------------------------


@cache
def blob_errors():
    blobs, grid = six_blobs()
    errors = []
    for pose in POSES:
        carm = CArm(ORIGIN, *pose)
        exact = blobs.image(carm)
        errors.append((grid.integrate(carm, method="shear-warp") - exact) / exact.max())
    return errors


@line("Gaussian blobs on 1 mm voxels, 11 poses, against the closed form: RMS of the worst pose", 0.02, "% of maximum")
def blobs_rms():
    return 100 * max(rms(error) for error in blob_errors())


@line("the same: largest error of any pixel", 0.6, "% of maximum")
def blobs_largest():
    return 100 * max(float(np.abs(error).max()) for error in blob_errors())


@cache
def body_errors(spacing_mm):
    grid = voxels(BODY, spacing_mm)
    errors = []
    for pose in [(0, 0), (25, 0), (-35, 15), (90, 0), (60, -20), (0, 30)]:
        carm = CArm(ORIGIN, *pose)
        exact = exact_image(BODY, carm)
        errors.append((grid.integrate(carm) - exact) / exact.max())
    return errors


@line("trunk of ellipsoids and capped cylinders on 1 mm voxels, 6 poses: RMS, mean of the poses", 0.25, "% of maximum")
def body_rms():
    return 100 * float(np.mean([rms(error) for error in body_errors(1.0)]))


@line("the same: RMS of the worst pose (lateral; what the voxels alone leave)", 0.3, "% of maximum")
def body_worst_rms():
    return 100 * max(rms(error) for error in body_errors(1.0))


@line("the same: mean error of the worst pose", 0.02, "% of maximum")
def body_bias():
    return 100 * max(abs(float(error.mean())) for error in body_errors(1.0))


@line("the same: RMS on 1 mm voxels over that on 2 mm (the error falls)", 0.6, "")
def body_falls():
    return max(rms(a) / rms(b) for a, b in zip(body_errors(1.0), body_errors(2.0), strict=True))


@line("uniform box of 256 mm, central ray from 4 sides by both kernels: error of its length", 0.01, "mm")
def box():
    shape = (256, 256, 128)
    grid = DensityGrid.from_values(np.full(shape, 1000, np.uint16), centred(shape), 1e-3)
    views = [CArm(ORIGIN, primary, rows=33, columns=33) for primary in (0, 90, 180, -90)]
    lengths = [grid.integrate(view, method=method)[16, 16] for view in views for method in ("shear-warp", "joseph")]
    return float(np.abs(np.array(lengths) - 256.0).max())


@line("mirrored patient against mirrored image", 1e-3, "mm")
def mirrored():
    ct = lumpy_ct()
    other = Volume(ct.array[::-1].copy(), ct.lps_from_voxel)
    carm = CArm(ORIGIN, 180, -10, rows=200, columns=200)
    a, b = Projector(ct).water_mm(carm), Projector(other).water_mm(carm)
    assert np.abs(a - b).max() > 5, "this patient cannot tell left from right"
    return float(np.abs(a - b[:, ::-1]).max())


@line("44.99° against 45.01°, where the main axis changes: jump beyond the true change", 0.2, "% of maximum")
def main_axis():
    blobs, grid = six_blobs()
    before, after = CArm(ORIGIN, 44.99), CArm(ORIGIN, 45.01)
    jump = grid.integrate(after).astype(float) - grid.integrate(before)
    true = blobs.image(after) - blobs.image(before)
    return 100 * float(np.abs(jump - true).max() / blobs.image(before).max())


FAR = {"sod_mm": 1e6, "sdd_mm": 1e6 + 500}


def from_afar(primary):
    ct = lumpy_ct()
    nx, _, nz = ct.shape
    carm = CArm(ORIGIN, primary, rows=nz, columns=nx, pixel_mm=2.0 * (1 + 500e-6), **FAR)
    return Projector(ct).water_mm(carm)


@line("source 1 km away: RMS against the sum along the axis", 0.01, "% of maximum")
def parallel():
    density = 1 + lumpy_ct().array / 1000.0
    expected = density.sum(axis=1).T[::-1] * 2.0  # columns to the patient's left, rows from the head down
    inner = (slice(1, -1), slice(1, -1))  # at the rim, rays a 200th of a degree off the axis leave the last voxel
    return 100 * rms(from_afar(0)[inner] - expected[inner]) / expected.max()


@line("source 1 km away: image from in front against the mirror image of that from behind", 0.1, "% of maximum")
def front_and_back():
    front, behind = from_afar(0), from_afar(180)
    return 100 * float(np.abs(front - behind[:, ::-1]).max() / front.max())


# -- the needle --------------------------------------------------------------------------------------------------------


@line("needle: drawn tip against projected tip, 12 images", 0.1, "pixel")
def needle_tip():
    """A flat rod along a row: from the tip to a column in its middle there is as much metal as columns lie between.

    With 16 rays along a pixel: a flat end that lies along the pixels is drawn to a step of theirs (4 in a picture).
    """
    worst = 0.0
    for pose in [(180, 0, 0), (-160, -40, 20), (90, 10, -70)]:
        for offset in [0.0, 0.11, 0.23, 0.31]:
            carm = CArm(ORIGIN, *pose)
            tip = offset * carm.right + 3.0 * carm.up - 8.0 * carm.to_detector
            end = tip + 60.0 * carm.right
            image = rod_mm(carm, tip, end, 0.635, round_tip=False, samples=16).astype(float)
            column, row = carm.project(tip)
            profile, middle = image.sum(axis=0), int(column) + 40
            reached = profile[: middle + 1].sum() / profile[middle - 5 : middle + 6].mean()
            drawn_row = centroid(image[:, int(column) + 10 : middle])[1]
            worst = max(worst, abs(middle + 0.5 - reached - column), abs(drawn_row - row))
    return worst


@line("needle square to a ray, in front of the spine, in it and behind: chord against its diameter", 1e-6, "mm")
def needle_chord():
    carm = CArm(ORIGIN, 180, rows=3, columns=3, pixel_mm=0.5)
    chords = []
    for depth in (-120.0, 0.0, 150.0):
        middle = carm.back_project([1, 1], depth)
        chords.append(rod_mm(carm, middle - [0, 0, 10], middle + [0, 0, 10], 0.41, round_tip=True, samples=1)[1, 1])
    return float(np.abs(np.array(chords, dtype=float) - 0.82).max())


# -- what is left of the beam ------------------------------------------------------------------------------------------


def water_box():
    """200 mm of water."""
    return Projector(Volume(np.zeros((100, 100, 100), np.int16), centred((100, 100, 100), (2.0, 2.0, 2.0))))


@line("one energy through 200 mm of water voxels: transmission against exp(-µ 200)", 1e-6, "")
def beer_and_lambert():
    path = water_box().water_mm(CArm(ORIGIN, 180, rows=3, columns=3))[1, 1]
    beam = Beam.mono()
    return abs(float(beam.transmission(path)) - float(np.exp(-200.0 * beam.water_per_mm[0])))


@line("the spectrum, 1 to 400 mm of water: how far below exp(-mean µ L), which hardening forbids", 1e-6, "")
def jensen():
    beam = Beam.fluoroscopic()
    mean = float(np.dot(beam.signal_share, beam.water_per_mm))
    depth = np.linspace(1, 400, 200)
    left = beam.transmission(depth).astype(float)
    assert left[-1] > 2 * np.exp(-400 * mean), "the beam does not harden at all"
    return float(np.maximum(np.exp(-mean * depth) - left, 0).max())


@line("quanta before blur: variance over mean from 1, bright and dark", 2.0, "%")
def quanta():
    carm, lit = CArm(ORIGIN), np.ones((512, 512), dtype=bool)
    look = Look(**CLEAN, dose_ugy=0.04, frames=1)
    number = quanta_per_pixel(carm, look)
    worst = 0.0
    for level in (0.01, 0.3):
        counts = detected(np.full((512, 512), level, np.float32), carm, look, lit) / level * number
        worst = max(worst, abs(float(counts.var(dtype=float) / counts.mean(dtype=float)) - 1))
    return 100 * worst


@line("one seed, two images: largest difference of the noise", 1e-12, "")
def repeated():
    carm, lit = CArm(ORIGIN), np.ones((512, 512), dtype=bool)
    flat = np.full((512, 512), 0.1, np.float32)
    first, again, other = (detected(flat, carm, Look(seed=seed), lit) for seed in (4, 4, 5))
    assert np.abs(first - other).max() > 1e-3, "seeds do nothing"
    return float(np.abs(first - again).max())


def table(lines):
    """Markdown: the line, its limit, what was measured."""
    rows = ["| line | limit | measured | unit |", "| --- | ---: | ---: | --- |"]
    for each in lines:
        measured = each.measure()
        assert measured < each.limit, f"{each.words}: {measured:g}"
        shown = "0" if measured == 0 else f"{measured:.2g}"
        rows.append(f"| {each.words} | {each.limit:g} | {shown} | {each.unit} |")
    return "\n".join(rows) + "\n"
