"""The images on disk: the same when read, made again when damaged, never trusted across versions."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.anatomy.spine import cache
from neurotomy.anatomy.spine.shape import standard_shape

SPACING_MM = 6.0
SHAPE = standard_shape()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROTOMY_CACHE_DIR", str(tmp_path))
    return tmp_path


def images():
    return cache.cached_images(SHAPE, SPACING_MM)


def test_what_is_read_is_what_was_made(folder, monkeypatch):
    made = images()
    assert [f.suffix for f in folder.iterdir()] == [".npz"]
    monkeypatch.setattr("neurotomy.anatomy.spine.images.make_images", None)  # must not be needed
    for a, b in zip(made, images(), strict=True):
        assert a.same_grid(b)
        assert a.array.dtype == b.array.dtype
        assert np.array_equal(a.array, b.array)


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_file_is_made_again(folder, damage):
    made = images()
    (file,) = folder.iterdir()
    data = bytearray(file.read_bytes())
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "flip":
        data[len(data) // 3] ^= 0xFF
    elif damage == "empty":
        data = bytearray()
    else:
        data = bytearray(b"not an archive")
    file.write_bytes(data)
    again = images()
    assert np.array_equal(made[0].array, again[0].array)
    assert np.array_equal(made[1].array, again[1].array)
    assert len(file.read_bytes()) > 1000
    assert np.array_equal(images()[0].array, made[0].array)


def test_every_shape_and_spacing_has_its_own_file(folder):
    other = replace(SHAPE, size=1.01)
    paths = {cache.cache_path(SHAPE, 1.0), cache.cache_path(SHAPE, 2.0), cache.cache_path(other, 1.0)}
    assert len(paths) == 3
    assert cache.cache_path(SHAPE, 1.0) == cache.cache_path(standard_shape(), 1.0)


def test_changed_code_does_not_meet_old_images(folder, monkeypatch):
    before = cache.cache_path(SHAPE, 1.0)
    monkeypatch.setattr(cache, "_code", lambda: "another version")
    assert cache.cache_path(SHAPE, 1.0) != before


def test_a_cache_that_cannot_be_written_does_not_stop_the_work(tmp_path, monkeypatch, caplog):
    file = tmp_path / "file"
    file.write_text("in the way")
    monkeypatch.setenv("NEUROTOMY_CACHE_DIR", str(file))
    ct, labels = images()
    assert ct.same_grid(labels)
