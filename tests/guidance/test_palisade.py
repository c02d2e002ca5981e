"""A palisade on the built-in sacrum: on bone, beside every foramen, closed to every branch; what is not is caught."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, Side
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.equipment.catalogue import electrode
from neurotomy.errors import GuidanceError
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.check import Status
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.guide import guide, palisades_of, place
from neurotomy.guidance.palisade import TECHNIQUE, of_palisade, palisade_courses, plan_palisade

NEEDLE = electrode("conventional-150mm-18g-10mm")
SEEDS = (0, 3)


@cache
def sacrum(seed):
    made = built_in_spine(seed, region="sacral")
    return Anatomy(made.ct, made.labels, made.courses, "built-in spine")


def branches(seed, side):
    return [c for c in palisade_courses(sacrum(seed).courses) if c.target.side is side]


@cache
def row(seed, side):
    return plan_palisade(branches(seed, side), sacrum(seed), NEEDLE)


def in_sacrum(seed, side, lps):
    """x towards the row's own side, y dorsal, z to the head."""
    return branches(seed, side)[0].lps_from_vertebra.inverse()(np.asarray(lps)) * [side.sign, 1.0, 1.0]


def checked(placement, seed):
    anatomy = sacrum(seed)
    return {c.name: c for c in check_placement(placement, anatomy.course(placement.target), anatomy)}


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_row_passes_every_check_of_its_own(seed, side):
    found = row(seed, side)
    every = [c for needle in found.needles for c in checked(needle, seed).values()] + list(found.checks)
    assert [f"{c.name}: {c.reason}" for c in every if c.status is not Status.OK] == []
    assert {c.name for c in found.checks} >= {f"S{n} lateral branch crosses the row" for n in (1, 2, 3)}


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_row_lies_where_it_is_taught(seed, side):
    apexes = in_sacrum(seed, side, [needle.tip_lps_mm for needle in row(seed, side).needles])
    centres = in_sacrum(seed, side, [b.landmarks_mm["foramen_centre"] for b in branches(seed, side)])
    rims = in_sacrum(seed, side, [b.landmarks_mm["foramen_lateral"] for b in branches(seed, side)])
    assert (np.diff(apexes[:, 2]) < 0).all(), "from the head down"
    assert apexes[0, 2] >= centres[:, 2].max() - 1e-6
    assert apexes[-1, 2] <= centres[:, 2].min() + 0.5, "the line is walked in steps of half a millimetre"
    # At the height of each foramen the row is as far from its edge as is taught, on this patient's own side.
    order = np.argsort(apexes[:, 2])
    beside = np.interp(rims[:, 2], apexes[order, 2], apexes[order, 0]) - rims[:, 0]
    assert beside == pytest.approx(evidence.value("placement.palisade.from_foramen"), abs=1.0)
    bone, tips = Bone.of(sacrum(seed)), np.array([needle.tip_lps_mm for needle in row(seed, side).needles])
    off = bone.distance_around(tips.mean(axis=0), 60.0).sample(tips, outside=20.0)
    assert np.abs(off).max() < 1.0 + bone.blur_mm, "on bone"
    spacing = np.linalg.norm(np.diff(apexes, axis=0), axis=1)
    assert spacing.max() <= evidence.value("placement.palisade.spacing") + 1e-6
    assert spacing.min() > 0.6 * spacing.max(), "evenly spread"


@pytest.mark.parametrize("seed", SEEDS)
def test_every_branch_is_said_to_cross_between_the_needles_that_it_does(seed):
    for side in Side:
        found = row(seed, side)
        named = [target for pair in found.pairs for target in pair.crossed_by]
        assert sorted(t.nerve for t in named) == [f"S{n} lateral branch" for n in (1, 2, 3)]
        assert {t.side for t in named} == {side}
        for pair in found.pairs:
            ends = in_sacrum(seed, side, [found.needles[k].tip_lps_mm for k in (pair.first, pair.second)])
            for target in pair.crossed_by:
                course = sacrum(seed).course(target)
                points = in_sacrum(seed, side, course.curve.points_mm)
                # Crosses the line of the row, seen from behind, at a height between the two.
                beyond = points[:, 0] - np.interp(points[:, 2], ends[::-1, 2], ends[::-1, 0])
                assert beyond.min() < 0 < beyond.max()


def test_left_is_the_mirror_image_of_right_on_the_standard_sacrum():
    made = built_in_spine(region="sacral")
    standard = Anatomy(made.ct, made.labels, made.courses, "built-in spine")
    tips = {}
    for side in Side:
        own = [c for c in palisade_courses(standard.courses) if c.target.side is side]
        needles = plan_palisade(own, standard, NEEDLE).needles
        tips[side] = own[0].lps_from_vertebra.inverse()(np.array([needle.tip_lps_mm for needle in needles]))
        assert (np.sign(tips[side][:, 0]) == side.sign).all()
    assert tips[Side.LEFT] * [-1, 1, 1] == pytest.approx(tips[Side.RIGHT], abs=1.0)


def test_a_needle_said_to_be_for_the_other_side_is_an_error():
    needle = row(0, Side.LEFT).needles[2]
    other = next(c for c in branches(0, Side.RIGHT) if c.target.nerve == needle.target.nerve)
    assert checked(replace(needle, target=other.target), 0)["correct side"].status is Status.ERROR


def test_a_needle_over_an_opening_or_medial_of_it_is_stopped():
    needle = row(0, Side.RIGHT).needles[3]
    branch = sacrum(0).course(needle.target)
    over = np.asarray(branch.landmarks_mm["foramen_centre"]) - np.asarray(needle.tip_lps_mm)
    for share in (1.0, 1.4):
        moved = replace(
            needle, tip_lps_mm=needle.tip_lps_mm + share * over, entry_lps_mm=needle.entry_lps_mm + share * over
        )
        found = checked(moved, 0)["lateral to the foramen"]
        assert found.status is Status.ERROR
        assert found.reason.startswith("STOP")


def test_a_needle_pushed_into_bone_is_stopped_and_one_at_a_vertebra_is_at_the_wrong_level():
    needle = row(0, Side.LEFT).needles[2]
    deeper = replace(needle, tip_lps_mm=needle.tip_lps_mm - 6.0 * needle.shaft_direction)
    assert checked(deeper, 0)["not into a foramen"].status is Status.ERROR
    head = branches(0, Side.LEFT)[0].lps_from_vertebra.direction([0.0, 0.3, 1.0]) * 45.0
    up = replace(needle, tip_lps_mm=needle.tip_lps_mm + head, entry_lps_mm=needle.entry_lps_mm + head)
    assert checked(up, 0)["on the sacrum"].status is Status.ERROR


def test_a_row_with_a_gap_or_that_ends_early_says_so():
    needles = row(0, Side.RIGHT).needles
    pair = next(p for p in reversed(row(0, Side.RIGHT).pairs) if p.crossed_by)
    gap = {c.name: c for c in of_palisade([*needles[:2], *needles[4:]], branches(0, Side.RIGHT)).checks}
    assert gap["spacing of the palisade"].status is Status.ERROR
    assert "add a needle" in gap["spacing of the palisade"].reason
    early = {c.name: c for c in of_palisade(needles[: pair.first + 1], branches(0, Side.RIGHT)).checks}
    for missed in pair.crossed_by:
        assert early[f"{missed.nerve} crosses the row"].status is not Status.OK
    assert early["S3 lateral branch crosses the row"].status is Status.ERROR


def test_one_row_for_each_side_and_the_other_nerves_keep_their_own_needles():
    anatomy = sacrum(0)
    placed = place(anatomy, NEEDLE, palisade=True)
    rows = palisades_of(anatomy, placed)
    assert [r.needles[0].target.side for r in rows] == list(Side)
    alone = [p.target for p in placed if p.technique != TECHNIQUE]
    assert sorted(t.nerve for t in alone) == ["L5 dorsal ramus", "L5 dorsal ramus"]
    given = replace(row(0, Side.LEFT).needles[0], technique="along the nerve", origin="given")
    kept = place(replace(anatomy, courses=tuple(branches(0, Side.LEFT))), NEEDLE, [given], palisade=True)
    assert given in kept
    assert all(given.target not in pair.crossed_by for r in palisades_of(anatomy, kept) for pair in r.pairs)


def test_radiographs_show_the_whole_row():
    needles = row(0, Side.RIGHT).needles
    anatomy = sacrum(0)
    alone = guide(anatomy, needles[3:4]).needles[0]
    among = guide(anatomy, needles).needles[3]
    for name in ("AP", "lateral"):
        one, all_of_them = (next(v for v in g.views if v.name == name) for g in (alone, among))
        assert one.carm.in_words == all_of_them.carm.in_words
        column, line = np.rint(one.carm.project(needles[2].active_tip_lps_mm.mean(axis=0))).astype(int)
        near = np.s_[line - 2 : line + 3, column - 2 : column + 3]
        assert all_of_them.image[near].mean() < one.image[near].mean() - 20, "metal is dark"


def test_what_cannot_be_a_palisade_is_refused():
    anatomy = sacrum(0)
    with pytest.raises(GuidanceError, match="lateral branches of the sacrum"):
        plan_palisade([c for c in anatomy.courses if c.target.nerve == "L5 dorsal ramus"], anatomy, NEEDLE)
    with pytest.raises(GuidanceError, match="one side"):
        plan_palisade(palisade_courses(anatomy.courses), anatomy, NEEDLE)
    unknown = [replace(c, landmarks_mm={"target": c.landmarks_mm["target"]}) for c in branches(0, Side.LEFT)]
    with pytest.raises(GuidanceError, match="foramina of this sacrum are not known"):
        plan_palisade(unknown, anatomy, NEEDLE)
    short = NEEDLE.model_copy(update={"cannula_length_mm": 30.0})
    with pytest.raises(GuidanceError, match="longer cannula"):
        plan_palisade(branches(0, Side.LEFT), anatomy, short)
