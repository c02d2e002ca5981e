"""The approximate inverses are exact for what they stand in for, and conjugate gradients solve the rest."""

import numpy as np
import pytest

from neurotomy.errors import LesionError
from neurotomy.lesion.volumetric.local import WithLocal, layers
from neurotomy.lesion.volumetric.modes import Modes
from neurotomy.lesion.volumetric.separable import Axis, Separable
from neurotomy.lesion.volumetric.stencil import Stencil


def system(shape, seed, periodic, own=0.05):
    """Random links and the diagonal of the operator they make."""
    rng = np.random.default_rng(seed)
    ni, nj, nk = shape
    a, b, c = (rng.uniform(0.5, 1.5, s) for s in ((ni - 1, nj, nk), (ni, nj - 1, nk), shape))
    if not periodic:
        c[..., -1] = 0.0
    d = np.full(shape, own)
    d[:-1] += a
    d[1:] += a
    d[:, :-1] += b
    d[:, 1:] += b
    d += c + np.roll(c, 1, axis=2)
    return d, a, b, c


def dense(d, a, b, c):
    """The same operator as a matrix, cell by cell."""
    n = d.size
    number = np.arange(n).reshape(d.shape)
    matrix = np.diag(d.ravel())
    for one, other, link in (
        (number[:-1], number[1:], a),
        (number[:, :-1], number[:, 1:], b),
        (number, np.roll(number, -1, axis=2), c),
    ):
        np.add.at(matrix, (one.ravel(), other.ravel()), -link.ravel())
        np.add.at(matrix, (other.ravel(), one.ravel()), -link.ravel())
    return matrix


@pytest.mark.parametrize("periodic", [True, False])
def test_the_stencil_is_the_matrix(periodic):
    d, a, b, c = system((4, 5, 6), 1, periodic)
    x = np.random.default_rng(2).standard_normal(d.shape)
    found = Stencil(d, a, b, c, lambda r: r).apply(x)
    assert np.allclose(found.ravel(), dense(d, a, b, c) @ x.ravel(), atol=1e-12)


@pytest.mark.parametrize("planes", [2, 6, 16])
def test_harmonics_invert_what_is_the_same_all_around(planes):
    d, a, b, c = system((7, 5, planes), 3, True)
    a, b, c = (np.broadcast_to(x.mean(axis=2, keepdims=True), x.shape).copy() for x in (a, b, c))
    d = np.broadcast_to(d.mean(axis=2, keepdims=True), d.shape).copy()
    x = np.random.default_rng(4).standard_normal(d.shape)
    right = Stencil(d, a, b, c, lambda r: r).apply(x)
    assert np.allclose(Modes(d, a, b, c)(right.astype(np.float32)), x, atol=2e-4)


def test_three_axes_invert_a_homogeneous_box():
    rng = np.random.default_rng(5)
    faces = [np.concatenate([[0.0], np.cumsum(rng.uniform(0.3, 2.0, n))]) for n in (5, 6, 7)]
    conduction, storage = 0.7, 0.3
    widths = [np.diff(f) for f in faces]
    volume = widths[0][:, None, None] * widths[1][None, :, None] * widths[2][None, None, :]
    d = storage * volume
    links = []
    for axis, face in enumerate(faces):
        centre = 0.5 * (face[1:] + face[:-1])
        form = [-1 if n == axis else 1 for n in range(3)]
        area = volume / widths[axis].reshape(form)
        low = tuple(slice(None, -1) if n == axis else slice(None) for n in range(3))
        high = tuple(slice(1, None) if n == axis else slice(None) for n in range(3))
        link = conduction * area[low] / np.diff(centre).reshape(form)
        d[low] += link
        d[high] += link
        for end in (0, -1):
            where = tuple(end if n == axis else slice(None) for n in range(3))
            d[where] += conduction * area[where] / (0.5 * widths[axis][end])
        links.append(link)
    third = np.zeros(d.shape)
    third[..., :-1] = links[2]
    x = rng.standard_normal(d.shape)
    right = Stencil(d, links[0], links[1], third, lambda r: r).apply(x)
    inverse = Separable(tuple(Axis(f) for f in faces), conduction, storage, None)
    assert np.allclose(inverse(right.astype(np.float32)), x, atol=2e-4)


def test_conjugate_gradients_find_the_solution_and_a_good_guess_saves_iterations():
    d, a, b, c = system((9, 8, 16), 6, True)
    stencil = Stencil(d, a, b, c, Modes(d, a, b, c))
    x = np.random.default_rng(7).standard_normal(d.shape)
    right = stencil.apply(x)
    found, count = stencil.solve(right, None, 1e-6)
    assert np.allclose(found, x, atol=1e-4)
    again, fewer = stencil.solve(right, x + 1e-3, 1e-6)
    assert np.allclose(again, x, atol=1e-4)
    assert fewer < count


def test_exact_cells_help_where_the_links_are_strong():
    d, a, b, c = system((8, 8, 8), 8, False)
    hot = np.zeros(d.shape, bool)
    hot[2:6, 3:5, 3:5] = True
    a[hot[:-1] & hot[1:]] *= 300.0
    b[hot[:, :-1] & hot[:, 1:]] *= 300.0
    d = np.full(d.shape, 0.05)
    d[:-1] += a
    d[1:] += a
    d[:, :-1] += b
    d[:, 1:] += b
    d += c + np.roll(c, 1, axis=2)

    def jacobi(r):
        return (r / d).astype(np.float32)

    right = np.random.default_rng(9).standard_normal(d.shape)
    plain, slow = Stencil(d, a, b, c, jacobi).solve(right, None, 1e-6)
    helped, quick = Stencil(d, a, b, c, WithLocal(jacobi, layers(hot, 1), d, (a, b, c[..., :-1]))).solve(
        right, None, 1e-6
    )
    assert np.allclose(plain, helped, atol=1e-3 * np.abs(plain).max())
    assert quick < slow


def test_layers_grow_by_face_neighbours():
    one = np.zeros((5, 5, 5), bool)
    one[2, 2, 2] = True
    assert layers(one, 1).sum() == 7
    assert layers(one, 2).sum() == 25


def test_what_is_not_a_number_is_refused():
    d, a, b, c = system((6, 6, 6), 10, False)
    d[2, 2, 2] = np.nan
    with pytest.raises(LesionError, match="do not converge"):
        Stencil(d, a, b, c, lambda r: r).solve(np.ones(d.shape), None, 1e-8)
