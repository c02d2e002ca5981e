"""What is known about each nerve beside the table: place, course, diameter, views, variants, conflicts."""

import pytest

from neurotomy import evidence
from neurotomy.anatomy.innervation import innervation_of, place_of, targets_for
from neurotomy.anatomy.names import JOINTS, Side, Target


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("joint", JOINTS)
def test_every_nerve_of_every_joint_is_told_in_full(joint, side):
    found = innervation_of(joint, side)
    assert tuple(nerve.target for nerve in found.nerves) == targets_for(joint, side)
    for nerve in found.nerves:
        low, high = nerve.diameter_range_mm
        assert 0.3 <= low <= nerve.diameter_mm <= high <= 2.5
        assert len(nerve.views) >= 2
        assert {"AP", "lateral"} <= {view.name for view in nerve.views}
        assert "never" in nerve.stop.text
        assert len(nerve.course) > 30
        for finding in (*nerve.views, *nerve.variants, nerve.stop):
            assert evidence.source(finding.source).citation
            assert evidence.get(finding.evidence_key).tag.value == finding.tag
        for variant in nerve.variants:
            assert 0.0 <= variant.probability <= 1.0
    assert found.to_dict()["side"] == side.value


PLACES = {
    "C2/3": ["third_occipital"],
    "C3/4": ["cervical_pillar", "cervical_pillar"],
    "C6/7": ["cervical_pillar", "cervical_c7"],
    "C7/T1": ["cervical_c7", "thoracic_process"],
    "T1/2": ["thoracic_process", "thoracic_process"],
    "T10/11": ["thoracic_process", "thoracic_process"],
    "T11/12": ["thoracic_process", "thoracolumbar"],
    "T12/L1": ["thoracolumbar", "lumbar_neck"],
    "L4/5": ["lumbar_neck", "lumbar_neck"],
    "L5/S1": ["lumbar_neck", "sacral_ala"],
    "SIJ": ["sacral_ala", "sacral_foramen_s1", "sacral_foramen_s2", "sacral_foramen_s3"],
}


@pytest.mark.parametrize("joint", PLACES)
def test_the_kind_of_place(joint):
    assert [place_of(target) for target in targets_for(joint, Side.LEFT)] == PLACES[joint]


def variant(joint, nerve, name):
    supply = next(n for n in innervation_of(joint, Side.RIGHT).nerves if n.target.nerve == nerve)
    return next(v for v in supply.variants if v.name == name)


@pytest.mark.parametrize(
    ("joint", "nerve", "name", "probability"),
    [
        ("C4/5", "C4 medial branch", "second branch", 0.27),
        ("C4/5", "C5 medial branch", "second branch", 0.15),
        ("C5/6", "C6 medial branch", "second branch", 0.02),
        ("C6/7", "C7 medial branch", "second branch", 0.0),
        ("T5/6", "T5 medial branch", "above the corner", 1.0),
        ("T8/9", "T8 medial branch", "above the corner", 1.0),
        ("T10/11", "T10 medial branch", "above the process", 0.30),
        ("L4/5", "L3 medial branch", "branch to the upper joint", 0.2375),
        ("L4/5", "L4 medial branch", "two branches", 0.511),
        ("SIJ", "S3 lateral branch", "to the sacroiliac joint", 0.88),
        ("SIJ", "L5 dorsal ramus", "to the sacroiliac joint", 0.08),
    ],
)
def test_variants_have_their_published_probability(joint, nerve, name, probability):
    assert variant(joint, nerve, name).probability == pytest.approx(probability)


def test_who_lies_off_bone_and_who_does_not():
    for joint, nerve in (("T4/5", "T4 medial branch"), ("T9/10", "T9 medial branch")):
        supply = next(n for n in innervation_of(joint, Side.LEFT).nerves if n.target.nerve == nerve)
        assert not supply.variants
    t12 = innervation_of("L1/2", Side.LEFT).nerves[0]
    assert "branch to the upper joint" not in {v.name for v in t12.variants}


def test_studies_that_disagree_stand_side_by_side():
    lumbar = innervation_of("L4/5", Side.RIGHT).conflicts[0]
    assert {f.source for f in lumbar.findings} >= {"liu2024", "kaplan1998"}
    sij = innervation_of("SIJ", Side.RIGHT)
    assert {f.source for f in sij.conflicts[0].findings} == {"roberts2014", "cox2014"}
    assert len(sij.conflicts) == 1
    between = innervation_of("C7/T1", Side.RIGHT)  # one nerve in the neck, one in the chest
    assert {f.source for c in between.conflicts for f in c.findings} >= {"cervical_direct_branches", "chua1995"}
    assert all(len(c.findings) >= 2 for joint in JOINTS for c in innervation_of(joint, Side.LEFT).conflicts)


def test_aberrant_supply_is_said_for_facet_joints():
    assert innervation_of("L4/5", Side.LEFT).variants[0].probability == pytest.approx(0.11)
    assert innervation_of("C2/3", Side.LEFT).lesser == ("C2 dorsal ramus", "C3 deep medial branch at C3")


def test_third_occipital_nerve_is_thicker_than_the_medial_branches():
    ton = innervation_of("C2/3", Side.LEFT).nerves[0]
    assert ton.target == Target("third occipital nerve", "C3", Side.LEFT)
    assert ton.diameter_mm == pytest.approx(1.5)
    assert innervation_of("C5/6", Side.LEFT).nerves[0].diameter_mm == pytest.approx(1.1)
