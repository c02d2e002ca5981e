"""What the app keeps for its next start is read back the same, and never when somebody else could have written it."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.guidance import bearings
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.realism import Look, Polarity
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


def test_the_first_picture_comes_back_and_no_other(own_cache):
    shown = opened(first_case())
    shown.ground.first.clear()
    course, look = shown.anatomy.courses[0], Look()
    carm = CArm(course.landmarks_mm["target"], 180.0)

    def take(carm=carm, placements=shown.placements, look=look, refined=False):
        return shown.picture(carm, placements, look, pixels=64, refined=refined)

    first = take()
    assert take() is first
    assert list(map(id, shown.ground.first.values())) == [id(first)]
    moved = replace(shown.placements[0], tip_lps_mm=shown.placements[0].tip_lps_mm + [3.0, 0.0, 0.0])
    others = (
        take(carm=replace(carm, primary_deg=170.0)),
        take(placements=(moved, *shown.placements[1:])),
        take(placements=()),
        take(look=replace(look, polarity=Polarity.BONE_BRIGHT)),
        take(refined=True),
    )
    for other in others:
        assert other is not first
        assert not np.array_equal(other, first)
    assert len(shown.ground.first) == 1
    shown.ground.first.clear()
    np.testing.assert_array_equal(take(), first)  # made anew it is the same


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
