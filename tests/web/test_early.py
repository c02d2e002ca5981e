"""The pictures of a start's first seconds are those that the app itself would take, and nobody waits for a process that
is not there."""

import os
import time

import numpy as np
import pytest

from neurotomy.files import cache_dir
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.realism import Look
from neurotomy.web.early import EarlyPictures
from neurotomy.web.kept import keep
from neurotomy.web.session import first_case
from neurotomy.web.shared import opened


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR") or str(cache_dir() / "numba"))
    monkeypatch.setenv("NEUROTOMY_CACHE_DIR", str(tmp_path))


@pytest.fixture
def early(own_cache):
    shown = opened(first_case())
    keep("spine", (shown.anatomy, {}, shown.ground.live.preview, ()))
    running = EarlyPictures()
    yield running
    running.stop()


def test_they_are_the_pictures_that_the_app_takes(early):
    shown, look = opened(first_case()), Look(dose_ugy=0.5)
    carm = CArm(shown.anatomy.courses[0].landmarks_mm["target"], 205.0, 10.0)
    early.open("spine")
    image, refined = early.picture(carm, shown.placements, look, pixels=128, refined=True)
    assert not refined  # full resolution is not there yet
    np.testing.assert_array_equal(image, shown.live.picture(carm, shown.placements, look, pixels=128))
    until = time.monotonic() + 60
    while not refined and time.monotonic() < until:
        image, refined = early.picture(carm, (), look, pixels=128, refined=True)
        time.sleep(0.2)  # it prepares while nothing is asked for
    assert refined
    np.testing.assert_array_equal(image, shown.live.picture(carm, (), look, pixels=128, refined=True))


def test_nothing_is_kept_under_another_key(early):
    early.open("another")
    assert early.picture(CArm(np.zeros(3)), (), Look(), pixels=64, refined=False) is None


def test_with_nothing_kept_it_ends_at_once(own_cache):
    early = EarlyPictures()
    assert early._process.wait(60) == 0
    early.open("spine")
    assert early.picture(CArm(np.zeros(3)), (), Look(), pixels=64, refined=False) is None


def test_it_ends_with_the_app(early):
    process = early._process
    early.open("spine")
    process.stdin.close()  # as when the app is killed
    assert process.wait(60) == 0


def test_after_it_was_stopped_the_app_takes_them_itself(early):
    shown = opened(first_case())
    shown.ground.early = early
    early.open("spine")
    early.stop()
    try:
        carm = CArm(shown.anatomy.courses[0].landmarks_mm["target"])
        image, refined = shown.picture(carm, (), Look(), pixels=64, refined=True)
        assert refined
        np.testing.assert_array_equal(image, shown.live.picture(carm, (), Look(), pixels=64, refined=True))
    finally:
        shown.ground.early = None
