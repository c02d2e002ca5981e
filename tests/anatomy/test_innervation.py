"""The map from joint to nerve and bone, line by line. A mistake here is a needle at the wrong level."""

import re

import pytest

from neurotomy import evidence
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.names import JOINTS, VERTEBRAE, Side, joint_between
from neurotomy.errors import AnatomyError

MB = "medial branch"
TABLE = {
    "C2/3": [("third occipital nerve", "C3")],
    "C3/4": [("C3 deep medial branch", "C3"), (f"C4 {MB}", "C4")],
    "C4/5": [(f"C4 {MB}", "C4"), (f"C5 {MB}", "C5")],
    "C5/6": [(f"C5 {MB}", "C5"), (f"C6 {MB}", "C6")],
    "C6/7": [(f"C6 {MB}", "C6"), (f"C7 {MB}", "C7")],
    "C7/T1": [(f"C7 {MB}", "C7"), (f"C8 {MB}", "T1")],
    "T1/2": [(f"C8 {MB}", "T1"), (f"T1 {MB}", "T2")],
    "T2/3": [(f"T1 {MB}", "T2"), (f"T2 {MB}", "T3")],
    "T3/4": [(f"T2 {MB}", "T3"), (f"T3 {MB}", "T4")],
    "T4/5": [(f"T3 {MB}", "T4"), (f"T4 {MB}", "T5")],
    "T5/6": [(f"T4 {MB}", "T5"), (f"T5 {MB}", "T6")],
    "T6/7": [(f"T5 {MB}", "T6"), (f"T6 {MB}", "T7")],
    "T7/8": [(f"T6 {MB}", "T7"), (f"T7 {MB}", "T8")],
    "T8/9": [(f"T7 {MB}", "T8"), (f"T8 {MB}", "T9")],
    "T9/10": [(f"T8 {MB}", "T9"), (f"T9 {MB}", "T10")],
    "T10/11": [(f"T9 {MB}", "T10"), (f"T10 {MB}", "T11")],
    "T11/12": [(f"T10 {MB}", "T11"), (f"T11 {MB}", "T12")],
    "T12/L1": [(f"T11 {MB}", "T12"), (f"T12 {MB}", "L1")],
    "L1/2": [(f"T12 {MB}", "L1"), (f"L1 {MB}", "L2")],
    "L2/3": [(f"L1 {MB}", "L2"), (f"L2 {MB}", "L3")],
    "L3/4": [(f"L2 {MB}", "L3"), (f"L3 {MB}", "L4")],
    "L4/5": [(f"L3 {MB}", "L4"), (f"L4 {MB}", "L5")],
    "L5/S1": [(f"L4 {MB}", "L5"), ("L5 dorsal ramus", "S1")],
    "SIJ": [
        ("L5 dorsal ramus", "S1"),
        ("S1 lateral branch", "S1"),
        ("S2 lateral branch", "S1"),
        ("S3 lateral branch", "S1"),
    ],
}


def test_the_table_has_every_joint():
    assert tuple(TABLE) == JOINTS


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("joint", JOINTS)
def test_line(joint, side):
    targets = targets_for(joint, side)
    assert [(t.nerve, t.bone) for t in targets] == TABLE[joint]
    assert {t.side for t in targets} == {side}


@pytest.mark.parametrize("joint", [j for j in JOINTS if j not in {"SIJ", "C2/3"}])
def test_the_rule_behind_the_table(joint):
    """Nerves lie on the two bones that form the joint; in the neck nerve n at bone n, from C8 down at bone n + 1."""
    roots = (*(f"C{n}" for n in range(1, 9)), *VERTEBRAE[7:])
    targets = targets_for(joint, Side.LEFT)
    assert tuple(t.bone for t in targets) == joint_between(joint)
    for target in targets:
        root = re.match(r"[CTL]\d+", target.nerve)[0]
        if target.bone[0] == "C":
            assert root == target.bone
        else:
            assert roots[roots.index(root) + 1] == target.bone


def test_n_joints_need_n_plus_1_nerves():
    both = [*targets_for("L4/5", Side.RIGHT), *targets_for("L5/S1", Side.RIGHT)]
    assert len(set(both)) == 3


def test_each_line_says_where_it_comes_from():
    for joint in JOINTS:
        entry = evidence.get(f"innervation.joint.{joint.replace('/', '_')}")
        assert evidence.source(entry.source).citation
    assert evidence.get("innervation.joint.L4_5").tag is evidence.Tag.READ
    assert evidence.get("innervation.joint.T5_6").tag is evidence.Tag.MEMORY


def test_other_spellings_and_nonsense():
    assert targets_for("l4-L5", Side.LEFT) == targets_for("L4/5", Side.LEFT)
    with pytest.raises(AnatomyError, match="Did you mean"):
        targets_for("L6/7", Side.LEFT)
