"""The banded solver against dense algebra, with LAPACK found directly and through scipy's package."""

import numpy as np
import pytest

from neurotomy.errors import LesionError
from neurotomy.lesion import banded
from neurotomy.lesion.banded import Factor


def dense(diagonal, radial, axial):
    nz, nr = diagonal.shape
    matrix = np.diag(diagonal.ravel())
    for i in range(nz):
        for j in range(nr):
            if j + 1 < nr:
                matrix[i * nr + j, i * nr + j + 1] = matrix[i * nr + j + 1, i * nr + j] = -radial[i, j]
            if i + 1 < nz:
                matrix[i * nr + j, (i + 1) * nr + j] = matrix[(i + 1) * nr + j, i * nr + j] = -axial[i, j]
    return matrix


@pytest.fixture(params=["direct", "package"])
def lapack(request, monkeypatch):
    banded._lapack.cache_clear()
    if request.param == "package":
        monkeypatch.setattr(banded, "_COMPILED", "_moved_elsewhere")
    yield request.param
    banded._lapack.cache_clear()


@pytest.mark.parametrize("shape", [(7, 4), (3, 9), (5, 2), (1, 6)])
def test_it_solves_what_dense_algebra_solves(lapack, shape):
    nz, nr = shape
    rng = np.random.default_rng(3)
    radial, axial = rng.uniform(0.1, 2, (nz, nr - 1)), rng.uniform(0.1, 2, (nz - 1, nr))
    diagonal = np.full(shape, 9.0)
    right = rng.normal(size=shape)
    found = Factor(diagonal, radial, axial).solve(right)
    assert np.allclose(dense(diagonal, radial, axial) @ found.ravel(), right.ravel())
    assert (banded._lapack().__name__ == "scipy.linalg.lapack") == (lapack == "package")


def test_what_is_not_positive_definite_is_refused():
    with pytest.raises(LesionError, match="not physical"):
        Factor(np.full((3, 3), -1.0), np.zeros((3, 2)), np.zeros((2, 3)))
