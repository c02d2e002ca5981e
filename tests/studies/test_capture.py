"""P(captured) of a technique: needles, lesions and nerves decide, sides agree, the cache is exact."""

import numpy as np
import pytest

from neurotomy.anatomy import Anatomy, Side
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.equipment import catalogue
from neurotomy.errors import AnatomyError
from neurotomy.studies import capture as room
from neurotomy.studies.capture import captures, upright_placement

SAMPLES = 500
PROTOCOL = "standard-80c-90s"


def made(technique, electrode, joint="L4/5", side=Side.RIGHT):
    return captures(
        joint, side, technique, catalogue.electrode(electrode), catalogue.protocol(PROTOCOL), samples=SAMPLES
    )[0]


@pytest.mark.parametrize("side", list(Side))
def test_an_upright_needle_stands_on_its_own_nerve(side):
    spine = built_in_spine()
    for target in targets_for("L4/5", side):
        course = spine.course(target)
        anatomy = Anatomy(spine.ct, spine.labels, (course,), "", "")
        placed = upright_placement(course, anatomy, catalogue.electrode("conventional-22g-5mm"))
        neck = course.neck.points_mm
        assert placed.target == target
        assert placed.tip_lps_mm[0] * side.sign > 0
        assert np.linalg.norm(neck - placed.tip_lps_mm, axis=1).min() < 0.5
        along = (neck[-1] - neck[0]) / np.linalg.norm(neck[-1] - neck[0])
        assert abs(placed.shaft_direction @ along) < 1e-9
        assert placed.shaft_direction[1] > 0, "the hub is behind the patient's spine"


def test_geometry_decides(tmp_path, monkeypatch):
    """Along the nerve a thick needle takes it; across, the same heat takes less, and a thin short one far less."""
    along = made("parallel", "conventional-18g-10mm")
    across = made("perpendicular", "conventional-18g-10mm")
    thin = made("perpendicular", "conventional-22g-5mm")
    assert along.probability > across.probability > thin.probability
    assert along.interval[0] > across.interval[1]
    assert max(along.angles_deg) < 20
    assert min(across.angles_deg) > 70
    for one in (along, across, thin):
        assert one.hits == round(one.probability * SAMPLES)
        assert one.interval[0] <= one.probability <= one.interval[1]


def test_the_cache_gives_the_same_and_knows_what_it_depends_on(monkeypatch, tmp_path):
    monkeypatch.setattr(room, "cache_dir", lambda: tmp_path)  # not the one that runs before have filled
    first = made("perpendicular", "conventional-22g-5mm")
    monkeypatch.setattr(room, "_computed", lambda *_: pytest.fail("it is in the cache"))
    assert made("perpendicular", "conventional-22g-5mm") == first
    for change in ({"side": Side.LEFT}, {"joint": "L3/4"}):
        with pytest.raises(pytest.fail.Exception):
            made("perpendicular", "conventional-22g-5mm", **change)
    monkeypatch.setattr(room, "_program", lambda: "another program")
    with pytest.raises(pytest.fail.Exception):
        made("perpendicular", "conventional-22g-5mm")


def test_a_joint_that_the_spine_does_not_hold():
    with pytest.raises(AnatomyError, match="studies are of lumbar joints"):
        made("perpendicular", "conventional-22g-5mm", joint="C5/6")
