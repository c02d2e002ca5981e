"""Two needles on the bench: hotter between the tips where they are hotter, closer or held longer."""

import numpy as np
import pytest

from neurotomy.lesion.validation import bipolar as room
from neurotomy.lesion.validation.bipolar import _lesion, _midway_c, bipolar
from neurotomy.lesion.volumetric import VolumeNumerics


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    monkeypatch.setattr(room, "NUMERICS", VolumeNumerics(first_mm=0.5, growth=1.7))
    _lesion.cache_clear()
    yield
    _lesion.cache_clear()


def test_a_hotter_pair_warms_the_middle_more():
    cool, hot = _midway_c(18, 10, 70, 60), _midway_c(18, 10, 90, 60)
    assert room.room_c() + 10 < cool < hot - 5
    assert hot < 90


def test_an_offset_keeps_the_middles_of_the_tips_apart():
    members = _lesion(18, 10, 80, 60, 30.0, 3.0).electrode.members
    middles = [np.array(m.apex_mm) + 5.0 * np.array(m.up) for m in members]
    assert middles[1] - middles[0] == pytest.approx([10.0, 0.0, 3.0], abs=1e-9)
    assert np.degrees(np.arccos(np.dot(members[0].up, members[1].up))) == pytest.approx(30.0)


def test_its_rows_say_that_they_are_three_dimensional():
    rows = list(bipolar())
    assert len(rows) == 3
    assert all(row.dimensions == 3 for row in rows)
