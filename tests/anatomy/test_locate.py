"""Nerves found on spines whose nerves are known, and on real CT; wrong sides and levels are refused."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.landmarks import Landmark
from neurotomy.anatomy.locate import BY_LABELS, BY_LANDMARKS, locate_nerves
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine import make_spine, varied_shape
from neurotomy.errors import AnatomyError, Cancelled
from neurotomy.geometry import Volume
from neurotomy.imaging import VERTEBRA_IDS, read_ct, read_labels
from neurotomy.progress import Progress

NEEDED = ("target", "neck_ventral", "neck_dorsal", "spinous_tip")


@cache
def spine(seed=11, spacing=1.5):
    """A person, not the template."""
    return make_spine(varied_shape(seed), spacing)


def miss(found, true):
    return float(np.linalg.norm(found.landmarks_mm["target"] - true.landmarks_mm["target"]))


@pytest.mark.parametrize("side", Side)
def test_nerves_of_a_person(side):
    person = spine()
    targets = [target for joint in ("L2/3", "L4/5", "L5/S1") for target in targets_for(joint, side)]
    targets = list(dict.fromkeys(targets))
    found = locate_nerves(person.ct, person.labels, targets)
    assert [course.target for course in found] == targets
    for course in found:
        true = person.course(course.target)
        assert miss(course, true) < 2.0 * course.spread_mm
        assert miss(course, true) < 3.0
        gaps = [course.curve.closest(p)[1] for p in true.neck.points_mm]
        assert np.sqrt(np.mean(np.square(gaps))) < course.spread_mm + 0.5
        # It runs the same way, along the same part of the bone.
        along = course.neck.points_mm[-1] - course.neck.points_mm[0]
        truly = true.neck.points_mm[-1] - true.neck.points_mm[0]
        assert along @ truly > 0.9 * np.linalg.norm(along) * np.linalg.norm(truly)
        here, there = course.lps_from_vertebra.rotation, true.lps_from_vertebra.rotation
        assert np.degrees(np.arccos(np.clip(here[:, 2] @ there[:, 2], -1, 1))) < 4.0
        assert course.lps_from_vertebra.inverse()(course.landmarks_mm["target"])[0] * side.sign > 10.0
        assert course.method == BY_LABELS
        for name in NEEDED:
            assert np.linalg.norm(course.landmarks_mm[name] - true.landmarks_mm[name]) < 6.0


def stored_other_way(volume):
    """The same voxels in the same places, axes turned about."""
    array = np.flip(volume.array.transpose(2, 0, 1), axis=(0, 1))
    affine = np.array(volume.lps_from_voxel)[:, [2, 0, 1, 3]]
    for axis in (0, 1):
        affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
        affine[:3, axis] *= -1
    return Volume(np.ascontiguousarray(array), affine)


def test_storage_order_changes_nothing():
    person, target = spine(), Target("L3 medial branch", "L4", Side.RIGHT)
    (a,) = locate_nerves(person.ct, person.labels, [target])
    (b,) = locate_nerves(stored_other_way(person.ct), stored_other_way(person.labels), [target])
    assert b.landmarks_mm["target"] == pytest.approx(a.landmarks_mm["target"], abs=1e-6)
    assert b.points_lps_mm == pytest.approx(a.points_lps_mm, abs=1e-6)


def test_it_moves_with_the_image():
    person, target = spine(), Target("L3 medial branch", "L4", Side.LEFT)
    shift = np.array([40.0, -25.0, 300.0])
    moved = [Volume(v.array, _moved(v.lps_from_voxel, shift)) for v in (person.ct, person.labels)]
    (a,) = locate_nerves(person.ct, person.labels, [target])
    (b,) = locate_nerves(*moved, [target])
    assert b.landmarks_mm["target"] - shift == pytest.approx(a.landmarks_mm["target"], abs=0.1)


def _moved(affine, shift):
    out = np.array(affine)
    out[:3, 3] += shift
    return out


def mirrored(volume):
    """The mistake of a wrong sign in the affine: the patient's right becomes left."""
    return Volume(volume.array, np.diag([-1.0, 1.0, 1.0, 1.0]) @ volume.lps_from_voxel)


def only_vertebrae(labels):
    return Volume(np.where(np.isin(labels.array, [*VERTEBRA_IDS.values(), 25]), labels.array, 0), labels.lps_from_voxel)


def test_a_mirrored_map_is_refused_by_its_hips():
    person = spine()
    with pytest.raises(AnatomyError, match="left hip lies on the patient's right"):
        locate_nerves(mirrored(person.ct), mirrored(person.labels), targets_for("L4/5", Side.LEFT))


@pytest.mark.parametrize("id_kept", [77, 78])
def test_one_hip_is_enough(id_kept):
    labels = mirrored(spine().labels)
    kept = np.isin(labels.array, [*VERTEBRA_IDS.values(), 25, id_kept])
    one = Volume(np.where(kept, labels.array, 0), labels.lps_from_voxel)
    with pytest.raises(AnatomyError, match="mirrored"):
        locate_nerves(mirrored(spine().ct), one, targets_for("L4/5", Side.LEFT))


def test_without_hips_a_mirrored_image_is_carried_through():
    """Nothing in vertebrae alone tells a person from the mirror image: then LPS decides, and left is LPS left."""
    person = spine()
    (found,) = locate_nerves(
        mirrored(person.ct), mirrored(only_vertebrae(person.labels)), [Target("L3 medial branch", "L4", Side.LEFT)]
    )
    true = person.course(Target("L3 medial branch", "L4", Side.RIGHT)).landmarks_mm["target"] * [-1, 1, 1]
    assert np.linalg.norm(found.landmarks_mm["target"] - true) < 3.0


def test_a_map_upside_down_or_back_to_front_is_refused():
    person = spine()
    plain = only_vertebrae(person.labels)
    for flip, words in (([1, 1, -1], "below"), ([1, -1, 1], "arch is not behind its body")):
        turned = [Volume(v.array, np.diag([*flip, 1.0]) @ v.lps_from_voxel) for v in (person.ct, plain)]
        with pytest.raises(AnatomyError, match=words):
            locate_nerves(*turned, targets_for("L4/5", Side.LEFT))


def test_swapped_levels_are_refused():
    person = spine()
    array = person.labels.array.copy()
    l3, l4 = person.labels.array == 29, person.labels.array == 28
    array[l3], array[l4] = 28, 29
    with pytest.raises(AnatomyError, match="puts L3 below L4"):
        locate_nerves(person.ct, Volume(array, person.labels.lps_from_voxel), targets_for("L4/5", Side.LEFT))


def test_level_that_is_not_there():
    person = spine()
    array = np.where(person.labels.array == 28, 0, person.labels.array)
    with pytest.raises(AnatomyError, match=r"does not show L4; its label map shows T12, L1, L2, L3, L5, S1"):
        locate_nerves(person.ct, Volume(array, person.labels.lps_from_voxel), targets_for("L4/5", Side.LEFT))


def test_a_map_that_is_not_on_bone():
    person = spine()
    empty = Volume(np.full_like(person.ct.array, 40), person.ct.lps_from_voxel)
    with pytest.raises(AnatomyError, match="shows no bone"):
        locate_nerves(empty, person.labels, targets_for("L4/5", Side.LEFT))


def test_a_map_on_another_grid():
    person = spine()
    with pytest.raises(AnatomyError, match="grid"):
        locate_nerves(mirrored(person.ct), person.labels, targets_for("L4/5", Side.LEFT))


def cut_at(z_mm):
    """The image ends at this height."""
    person = spine()
    low, high = person.ct.lps(np.zeros(3)), person.ct.lps(np.array(person.ct.shape) - 1)
    box = np.minimum(low, high), np.maximum(low, high)
    box[0][2] = z_mm
    return person.ct.crop(*box), person.labels.crop(*box)


def test_bone_cut_by_the_image():
    target = Target("L3 medial branch", "L4", Side.LEFT)
    true = spine().course(target)
    place = true.landmarks_mm["target"][2]
    (found,) = locate_nerves(*cut_at(place - 13.0), [target])
    assert any("cut by the edge" in warning for warning in found.warnings)
    assert miss(found, true) < 4.0
    with pytest.raises(AnatomyError, match="edge of the image cuts off|only a sliver"):
        locate_nerves(*cut_at(place - 1.0), [target])


@pytest.mark.parametrize(
    "target",
    [
        Target("S4 lateral branch", "S1", Side.LEFT),
        Target("L4 medial branch", "L4", Side.LEFT),  # the commonest wrong level: nerve named by its bone
        Target("T5 medial branch", "T5", Side.LEFT),
    ],
)
def test_nerves_without_template(target):
    with pytest.raises(AnatomyError, match="no template"):
        locate_nerves(spine().ct, spine().labels, [target])


def marks(course, names=NEEDED, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Landmark(course.target.bone, course.target.side, name, course.landmarks_mm[name] + rng.normal(0, noise, 3))
        for name in names
    ]


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("midline", ["spinous_tip", "body_centre", "superior_endplate_centre"])
def test_by_landmarks_alone(side, midline):
    person, target = spine(), Target("L3 medial branch", "L4", side)
    true = person.course(target)
    given = marks(true, ("target", "neck_ventral", "neck_dorsal", midline))
    (found,) = locate_nerves(person.ct, None, [target], given)
    assert found.method == BY_LANDMARKS
    assert miss(found, true) < 1e-3
    gaps = [found.curve.closest(p)[1] for p in true.neck.points_mm]
    assert max(gaps) < 1.5
    assert found.neck.length_mm == pytest.approx(true.neck.length_mm, abs=3.0)
    assert found.spread_mm > 1.5


def test_missing_landmarks_are_named():
    person, target = spine(), Target("L3 medial branch", "L4", Side.LEFT)
    given = marks(person.course(target), ("target", "neck_dorsal"))
    with pytest.raises(AnatomyError, match=r"missing: neck_ventral; one of body_centre, .*spinous_tip"):
        locate_nerves(person.ct, None, [target], given)
    with pytest.raises(AnatomyError, match="missing: target; neck_ventral; neck_dorsal; one of"):
        locate_nerves(person.ct, None, [target])


def test_landmarks_of_the_other_side_are_refused():
    """Points marked on the right and called left."""
    person = spine()
    true = person.course(Target("L3 medial branch", "L4", Side.RIGHT))
    target = Target("L3 medial branch", "L4", Side.LEFT)
    given = [replace(mark, side=Side.LEFT) for mark in marks(true)]
    for labels in (None, person.labels):
        with pytest.raises(AnatomyError):
            locate_nerves(person.ct, labels, [target], given)


def test_landmarks_correct_the_fit():
    person, target = spine(), Target("L4 medial branch", "L5", Side.RIGHT)
    true = person.course(target)
    (plain,) = locate_nerves(person.ct, person.labels, [target])
    (better,) = locate_nerves(person.ct, person.labels, [target], marks(true, ("target", "neck_ventral")))
    assert miss(better, true) < 1e-9
    gap = [np.mean([c.curve.closest(p)[1] for p in true.neck.points_mm]) for c in (plain, better)]
    assert gap[1] <= gap[0] + 0.2
    far = replace(marks(true, ("target",))[0], lps_mm=true.landmarks_mm["target"] + [0, 0, 3.0])
    (moved,) = locate_nerves(person.ct, person.labels, [target], [far])
    assert moved.landmarks_mm["target"] == pytest.approx(far.lps_mm)
    assert moved.landmarks_mm["sap_tip"][2] != pytest.approx(plain.landmarks_mm["sap_tip"][2], abs=1e-6)


def test_coarse_voxels_widen_the_spread():
    target = Target("L3 medial branch", "L4", Side.LEFT)
    fine, coarse = (locate_nerves(s.ct, s.labels, [target])[0] for s in (spine(), spine(spacing=3.0)))
    assert coarse.target_spread_mm > fine.target_spread_mm + 0.1
    assert coarse.spread_mm > fine.spread_mm
    assert any("blur" in warning for warning in coarse.warnings)
    assert fine.warnings == ()


def test_progress_and_cancel():
    events = []
    person, targets = spine(), targets_for("L4/5", Side.LEFT)
    locate_nerves(person.ct, person.labels, targets, progress=Progress(events.append))
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert any("L3 medial branch at L4, left" in event.message for event in events)

    def stop(event):
        if event.fraction > 0.5:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        locate_nerves(person.ct, person.labels, targets, progress=progress)


REAL = [("lumbar_totalseg_3mm", "L4/5", Side.RIGHT), ("thoracolumbar_lidc0001", "L2/3", Side.LEFT)]


@pytest.mark.data
@pytest.mark.parametrize(("folder", "joint", "side"), REAL, ids=[r[0] for r in REAL])
def test_real_ct(real_data, folder, joint, side):
    """On bone, beside the superior articular process, on its own side and level."""
    ct = read_ct(real_data(f"{folder}/ct.nii.gz")).volume
    labels = read_labels(real_data(f"{folder}/labels_totalseg.nii.gz"), ct)
    for course in locate_nerves(ct, labels, targets_for(joint, side)):
        target = course.landmarks_mm["target"]
        own = labels.lps(np.argwhere(labels.array == VERTEBRA_IDS[course.target.bone]))
        assert np.linalg.norm(own - target, axis=1).min() < 1.0 * labels.spacing_mm.max()
        spine_x = float(np.median(own[:, 0]))
        assert (target[0] - spine_x) * side.sign > 10.0
        in_bone = course.lps_from_vertebra.inverse()(target)
        assert in_bone[0] * side.sign > 15.0  # as wide as a superior articular process
        assert 12.0 < in_bone[1] < 45.0  # behind the body
        marks = course.landmarks_mm
        height = {name: course.lps_from_vertebra.inverse()(point)[2] for name, point in marks.items()}
        assert height["sap_tip"] > height["target"] + 5.0
        assert height["target"] > height["spinous_tip"] + 5.0
        assert abs(marks["tp_tip"][0] - spine_x) > abs(target[0] - spine_x) > abs(marks["sap_tip"][0] - spine_x)
        assert 6.0 < course.neck.length_mm < 25.0
        assert 1.0 < course.spread_mm < 4.0
