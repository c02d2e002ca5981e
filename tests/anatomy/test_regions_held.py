"""Which image of the built-in spine holds a treatment's nerves, and that a case goes there by itself."""

import numpy as np
import pytest

from neurotomy.anatomy import JOINTS, Side, Target
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.regions.held import BUILT_IN_NERVES, region_holding
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.case import example_toml, parse_case
from neurotomy.errors import AnatomyError
from neurotomy.treatment import find_nerves


@pytest.mark.parametrize("region", BUILT_IN_NERVES)
def test_the_list_is_what_each_image_holds(region):
    spine = built_in_spine(region=region)
    held = {(course.target.nerve, course.target.bone) for course in spine.courses}
    assert held == set(BUILT_IN_NERVES[region])
    assert len(spine.courses) == 2 * len(held)


def test_every_joint_but_one_lies_in_one_image():
    found = {}
    for joint in JOINTS:
        try:
            found[joint] = region_holding(targets_for(joint, Side.LEFT))
        except AnatomyError:
            found[joint] = None
    assert [joint for joint, region in found.items() if region is None] == ["T12/L1"]
    with pytest.raises(AnatomyError, match="the T11 medial branch at T12 in the thoracic image"):
        region_holding(targets_for("T12/L1", Side.LEFT))
    assert {joint for joint, region in found.items() if region == "cervical"} == {
        "C2/3", "C3/4", "C4/5", "C5/6", "C6/7", "C7/T1"}  # fmt: skip
    assert found["SIJ"] == "sacral"
    assert found["L5/S1"] == found["L1/2"] == "lumbosacral"
    assert found["T1/2"] == found["T11/12"] == "thoracic"


def test_an_asked_region_is_kept_or_refused():
    corner = [Target("C8 medial branch", "T1", Side.LEFT)]
    assert region_holding(corner) == "cervical"
    assert region_holding(corner, "thoracic") == "thoracic"
    with pytest.raises(AnatomyError, match="The sacral image of the built-in spine does not hold the C8 medial branch"):
        region_holding(corner, "sacral")


@pytest.mark.parametrize(
    ("joint", "bones"), [("C4/5", ["C4", "C5"]), ("T8/9", ["T8", "T9"]), ("SIJ", ["S1", "S1", "S1", "S1"])]
)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_case_goes_to_the_image_of_its_joint(joint, bones, side):
    text = example_toml().replace('"L4/5"', f'"{joint}"').replace('side = "right"', f'side = "{side}"')
    case = parse_case(text[: text.index("\n[[blocks]]")] + text[text.index("\n[imaging]") :])
    anatomy = find_nerves(case)
    assert [course.target.bone for course in anatomy.courses] == bones
    assert region_holding(case.treated_targets) in anatomy.source
    for course in anatomy.courses:
        assert course.target.side.value == side
        aside = course.lps_from_vertebra.inverse()(course.landmarks_mm["target"])[0]
        assert aside * (1 if side == "left" else -1) > 6.0
        assert np.linalg.norm(course.neck.points_mm - course.landmarks_mm["target"], axis=1).min() < 2.5
