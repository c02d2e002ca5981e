"""Neck, chest and sacrum from label maps: built-in persons whose nerves are known, and maps that must be refused."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from neurotomy.anatomy import Side, Target
from neurotomy.anatomy.landmarks import Landmark, needed_for
from neurotomy.anatomy.locate import locate_nerves
from neurotomy.anatomy.regions.checks import check_regional_fit
from neurotomy.anatomy.regions.templates import is_regional, regional_template, turns_above
from neurotomy.anatomy.spine.regions import RegionalSpine, make_region, region_shape
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Volume

PICKED = {
    "cervical": [("third occipital nerve", "C3"), ("C5 medial branch", "C5")],
    "thoracic": [("T3 medial branch", "T4"), ("T6 medial branch", "T7")],
    "sacral": [("S2 lateral branch", "S1")],
}
VOXEL_MM = {"cervical": 1.5, "thoracic": 2.0, "sacral": 2.0}


@lru_cache(maxsize=3)
def person(region: str) -> RegionalSpine:
    return make_region(region, region_shape(region, 5), VOXEL_MM[region])


def targets(region: str) -> list[Target]:
    return [Target(nerve, bone, side) for nerve, bone in PICKED[region] for side in Side]


@pytest.mark.parametrize("region", PICKED)
def test_label_maps(region):
    spine = person(region)
    for found in locate_nerves(spine.ct, spine.labels, targets(region)):
        true = spine.course(found.target)
        gap = found.landmarks_mm["target"] - true.landmarks_mm["target"]
        assert np.linalg.norm(gap) < 2.0
        assert found.landmarks_mm["target"][0] * found.target.side.sign > 6.0
        assert found.lps_from_vertebra.rotation[:, 0] @ true.lps_from_vertebra.rotation[:, 0] > np.cos(np.radians(8.0))
        assert bool(turns_above(found.target)) == any("not on bone" in warning for warning in found.warnings)


@pytest.mark.parametrize(("seed", "bone"), [(1001, "C3"), (1003, "C6"), (1007, "C3")])
def test_a_neck_whose_pillars_are_as_thick_as_its_bodies(seed, bone):
    """In voxels of 3 mm: taken for the body, the pillars put the arch aside or in front, and the nerve 17 mm off."""
    spine = make_region("cervical", region_shape("cervical", seed), 3.0)
    picked = [course.target for course in spine.courses if course.target.bone == bone]
    for found in locate_nerves(spine.ct, spine.labels, picked):
        true = spine.course(found.target).landmarks_mm["target"]
        assert np.linalg.norm(found.landmarks_mm["target"] - true) < 3.0
        assert found.landmarks_mm["target"][0] * found.target.side.sign > 12.0


@pytest.mark.parametrize("region", PICKED)
def test_marked_points_alone(region):
    spine = person(region)
    for target in targets(region):
        true = spine.course(target)
        marks = dict(true.landmarks_mm)
        if region == "sacral":
            for n in (1, 2, 3):
                other = spine.course(Target(f"S{n} lateral branch", "S1", target.side))
                marks[f"foramen_s{n}"] = other.landmarks_mm["foramen_centre"]
        names = [*needed_for(target), "body_centre"]
        given = [Landmark(target.bone, target.side, name, marks[name]) for name in names]
        (found,) = locate_nerves(spine.ct, None, [target], given)
        assert np.linalg.norm(found.landmarks_mm["target"] - true.landmarks_mm["target"]) < 4.0
        assert any("by a threshold" in warning for warning in found.warnings)
        with pytest.raises(AnatomyError, match=f"missing: {names[0]}"):
            locate_nerves(spine.ct, None, [target], given[1:])


def test_all_points_of_a_sacrum_go_to_their_own_nerves():
    """One case marks the ala and the foramina: each nerve takes its own."""
    spine, side = person("sacral"), Side.RIGHT
    ramus, branch = Target("L5 dorsal ramus", "S1", side), Target("S1 lateral branch", "S1", side)
    true = {target: spine.course(target).landmarks_mm for target in (ramus, branch)}
    given = [Landmark("S1", side, name, true[ramus][name]) for name in ("target", "neck_ventral", "neck_dorsal")]
    given.append(Landmark("S1", side, "body_centre", true[ramus]["body_centre"]))
    for n in (1, 2, 3):
        other = spine.course(Target(f"S{n} lateral branch", "S1", side))
        given.append(Landmark("S1", side, f"foramen_s{n}", other.landmarks_mm["foramen_centre"]))
    for found in locate_nerves(spine.ct, None, [ramus, branch], given):
        gap = found.landmarks_mm["target"] - true[found.target]["target"]
        assert np.linalg.norm(gap) < 4.0
    with_map = locate_nerves(spine.ct, spine.labels, [branch], given)[0].landmarks_mm["target"]
    assert np.linalg.norm(with_map - true[branch]["target"]) < 1.5


def test_a_point_of_another_kind_of_bone_is_refused():
    spine = person("thoracic")
    target = Target("T3 medial branch", "T4", Side.LEFT)
    point = Landmark("T4", Side.LEFT, "pillar_waist", np.zeros(3))
    with pytest.raises(AnatomyError, match="'pillar_waist' is no landmark of T4"):
        locate_nerves(spine.ct, spine.labels, [target], [point])


def test_a_mirrored_map_is_refused():
    spine = person("thoracic")
    mirrored = Volume(spine.labels.array[::-1].copy(), spine.labels.lps_from_voxel)
    with pytest.raises(AnatomyError, match="left and right|no bone"):
        locate_nerves(spine.ct, mirrored, targets("thoracic"))


def test_a_level_that_is_not_shown_is_refused():
    spine = person("cervical")
    with pytest.raises(AnatomyError, match="does not show T7"):
        locate_nerves(spine.ct, spine.labels, [Target("T6 medial branch", "T7", Side.LEFT)])


def test_lateral_branches_are_refused_where_only_the_middle_of_s1_is_labelled():
    lateral, ramus = Target("S2 lateral branch", "S1", Side.LEFT), Target("L5 dorsal ramus", "S1", Side.LEFT)
    with pytest.raises(AnatomyError, match=r"without the rest of the sacrum \(25\)"):
        check_regional_fit(lateral, True, 0.5)
    check_regional_fit(ramus, True, 9.0)
    with pytest.raises(AnatomyError, match=r"only to 6\.0 mm"):
        check_regional_fit(lateral, False, 6.0)


@pytest.mark.parametrize("region", PICKED)
def test_templates_keep_left_and_right_apart(region):
    for target in targets(region):
        template = regional_template(target)
        assert is_regional(target)
        for side in Side:
            assert template.nerves[side].target == Target(target.nerve, target.bone, side)
            assert template.landmarks_mm[side]["target"][0] * side.sign > 6.0
            assert set(needed_for(target)) <= set(template.landmarks_mm[side])
