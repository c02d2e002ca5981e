"""One asymmetric marker, every axis order and sign: the marker on the patient's left stays there."""

import itertools

import numpy as np
import pytest

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume

ORIENTATIONS = [
    (order, signs) for order in itertools.permutations(range(3)) for signs in itertools.product((1, -1), repeat=3)
]


def marker_volume() -> Volume:
    array = np.zeros((9, 11, 13), np.int16)
    array[7, 2, 4] = 1000
    affine = np.diag([1.5, 2.0, 2.5, 1.0])
    affine[:3, 3] = [-6, -10, 30]
    return Volume(array, affine)


def reoriented(volume: Volume, order: tuple[int, ...], signs: tuple[int, ...]) -> Volume:
    array = volume.array.transpose(order)
    affine = np.eye(4)
    affine[:3, :3] = volume.lps_from_voxel[:3, list(order)]
    affine[:3, 3] = volume.lps_from_voxel[:3, 3]
    for axis, sign in enumerate(signs):
        if sign < 0:
            array = np.flip(array, axis)
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
    return Volume(array, affine)


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_the_marker_stays_where_it_is_in_the_patient(order, signs):
    volume = reoriented(marker_volume(), order, signs)
    place = [-6 + 7 * 1.5, -10 + 2 * 2.0, 30 + 4 * 2.5]
    assert place[0] > 0, "the marker is on the patient's left"
    assert volume.sample(place, order=0) == 1000
    assert volume.sample(place) == pytest.approx(1000)
    assert volume.sample([-place[0], *place[1:]], order=0) == 0
    assert np.allclose(volume.lps(volume.voxels(place)), place)


def test_trilinear_sampling_is_exact_for_a_linear_field():
    volume = marker_volume()
    grid = volume.lps(np.stack(np.meshgrid(*map(np.arange, volume.shape), indexing="ij"), axis=-1))
    linear = Volume(grid @ [0.3, -1.0, 2.0] + 5, volume.lps_from_voxel)
    rng = np.random.default_rng(1)
    points = volume.lps(rng.uniform(0, np.array(volume.shape) - 1, (200, 3)))
    assert np.allclose(linear.sample(points), points @ [0.3, -1.0, 2.0] + 5)


def test_outside_is_outside():
    volume = marker_volume()
    assert not volume.contains([0, 0, 0])
    assert volume.sample([0.0, 0, 0], outside=-1024) == -1024


def test_crop_keeps_the_place_of_every_voxel():
    volume = marker_volume()
    piece = volume.crop([2, -8, 35], [6, -4, 45])
    assert piece.array.size < volume.array.size
    assert piece.sample([4.5, -6, 40], order=0) == 1000
    with pytest.raises(ImageError, match="outside the image"):
        volume.crop([500, 500, 500], [510, 510, 510])


def test_skew_and_singular_affines_are_refused():
    skew = np.eye(4)
    skew[0, 2] = 0.3
    with pytest.raises(ImageError, match="gantry tilt"):
        Volume(np.zeros((2, 2, 2)), skew)
    with pytest.raises(ImageError, match="singular"):
        Volume(np.zeros((2, 2, 2)), np.zeros((4, 4)))
