"""What the app keeps for its next start is read back the same, and never when somebody else could have written it."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.guidance import bearings
from neurotomy.web import kept as room
from neurotomy.web.kept import keep, kept
from neurotomy.web.session import first_case
from neurotomy.web.shared import opened


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "cache_dir", lambda: tmp_path)
    return tmp_path


def test_what_is_kept_comes_back(own_cache):
    ground = opened(first_case()).ground
    keep("spine", (ground.anatomy, ground.planned, ground.live.preview))
    anatomy, planned, preview = kept("spine")
    np.testing.assert_array_equal(anatomy.ct.array, ground.anatomy.ct.array)
    assert [c.target for c in anatomy.courses] == [c.target for c in ground.anatomy.courses]
    for before, after in zip(*(p[next(iter(p))] for p in (ground.planned, planned)), strict=True):
        np.testing.assert_array_equal(before.tip_lps_mm, after.tip_lps_mm)
    assert preview.ct is anatomy.ct, "one copy of the CT"
    assert kept("another") is None


def test_arrays_are_mapped_and_changes_stay_here(own_cache):
    made = {"a": np.arange(1000.0).reshape(10, 100), "b": np.asfortranarray(np.eye(7)), "c": np.zeros((3, 0)), "d": "x"}
    keep("spine", made)
    found = kept("spine")
    for name in "abc":
        np.testing.assert_array_equal(found[name], made[name])
    assert found["d"] == "x"
    found["a"][:] = -1.0
    np.testing.assert_array_equal(kept("spine")["a"], made["a"])
    assert not found["a"].flags.owndata


def test_bearings_that_are_kept_are_not_measured_again(own_cache, monkeypatch):
    anatomy = opened(first_case()).anatomy
    course = replace(anatomy.courses[0])
    known = bearings.bearings_of(anatomy.courses[0], anatomy)
    bearings.remember_bearings(course, anatomy, known)
    monkeypatch.setattr(bearings, "_measured", None)
    assert bearings.bearings_of(course, anatomy) is known


def test_a_damaged_file_is_no_reason_to_stop(own_cache):
    keep("spine", [1, 2, 3])
    file = next(own_cache.glob("app-*"))
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(file.read_bytes()[:-4])
    file.chmod(0o600)
    assert kept("spine") is None


def test_a_file_that_others_can_write_is_not_read(own_cache):
    keep("spine", [1, 2, 3])
    assert kept("spine") == [1, 2, 3]
    next(own_cache.glob("app-*")).chmod(0o666)
    assert kept("spine") is None


def test_few_are_kept(own_cache):
    for n in range(6):
        keep(str(n), n)
    assert len(list(own_cache.glob("app-*"))) == 3
    assert kept("5") == 5
