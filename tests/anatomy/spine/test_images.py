"""CT and label map of the built-in spine: labels, CT numbers, room for the nerves, sides, sub-voxel truth."""

from functools import cache

import numpy as np
import pytest

from neurotomy.anatomy import Side
from neurotomy.anatomy.spine import make_spine, standard_shape
from neurotomy.anatomy.spine.bones import RIB_IDS
from neurotomy.anatomy.spine.column import L3_CENTRE_LPS_MM
from neurotomy.errors import AnatomyError, Cancelled
from neurotomy.imaging.labels import HIP_IDS, SACRUM_ID, VERTEBRA_IDS
from neurotomy.progress import Progress

NAMES = ("T12", "L1", "L2", "L3", "L4", "L5", "S1")


@cache
def spine():
    return make_spine(standard_shape(), spacing_mm=1.5)


def voxels_of(label):
    made = spine()
    return made.labels.lps(np.argwhere(made.labels.array == label))


def test_the_image_holds_the_trunk_and_its_types_are_those_of_a_ct():
    made = spine()
    assert made.ct.array.dtype == np.int16
    assert made.labels.array.dtype == np.uint8
    assert made.ct.same_grid(made.labels)
    assert np.array_equal(np.sign(made.ct.lps_from_voxel[:3, :3]), np.eye(3))
    edges = np.concatenate([made.ct.array[[0, -1]].ravel(), made.ct.array[:, [0, -1]].ravel()])
    assert np.median(edges) < -950, "air around the trunk, so that no radiograph is cut off"
    assert np.percentile(edges, 99.9) < -900


def test_labels_are_those_of_totalsegmentator_from_the_head_down():
    heights = [voxels_of(VERTEBRA_IDS[name])[:, 2].mean() for name in NAMES]
    assert np.all(np.diff(heights) < -20)
    assert voxels_of(SACRUM_ID)[:, 2].mean() < heights[-1]
    expected = {0, SACRUM_ID, *(VERTEBRA_IDS[n] for n in NAMES), *HIP_IDS.values(), *RIB_IDS.values()}
    assert set(np.unique(spine().labels.array)) == expected
    for left, right in ((HIP_IDS["left"], HIP_IDS["right"]), (RIB_IDS[Side.LEFT], RIB_IDS[Side.RIGHT])):
        assert voxels_of(left)[:, 0].min() > L3_CENTRE_LPS_MM[0] > voxels_of(right)[:, 0].max()


@pytest.mark.parametrize("name", NAMES)
def test_volumes_of_the_vertebrae_are_those_of_vertebrae(name):
    """A lumbar vertebra takes up some 40 to 90 cm³ with its processes."""
    millilitres = len(voxels_of(VERTEBRA_IDS[name])) * 1.5**3 / 1000
    assert 25.0 < millilitres < 100.0


def test_each_labelled_bone_is_one_piece():
    from scipy import ndimage

    for name in NAMES:
        pieces, count = ndimage.label(spine().labels.array == VERTEBRA_IDS[name], structure=np.ones((3, 3, 3)))
        sizes = np.sort(np.bincount(pieces.ravel())[1:])
        assert sizes[-1] > 0.98 * sizes.sum(), (name, count)


def test_the_canal_is_free_of_bone_and_holds_the_thecal_sac_in_fat():
    made = spine()
    poses = {c.target.bone: c.lps_from_vertebra for c in made.courses}
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    for name in ("L1", "L2", "L3", "L4", "L5"):
        v = made.shape.vertebra(name)
        centre = v.posterior_wall_mm + v.canal_mm[1] / 2
        for z in np.linspace(-0.5, 0.5, 9) * v.height_mm:
            for share in (0.3, 0.78):
                ring = np.stack(
                    [
                        share * v.canal_mm[0] / 2 * np.cos(angles),
                        centre + share * v.canal_mm[1] / 2 * np.sin(angles),
                        np.full(24, z),
                    ],
                    axis=1,
                )
                assert not made.labels.sample(poses[name](ring), order=0).any(), name
        middle = poses[name](np.stack([np.linspace(-4, 4, 9), np.full(9, centre - 0.5), np.zeros(9)], axis=1))
        assert -10 < made.ct.sample(middle).mean() < 45


def test_ct_numbers_of_the_tissues():
    made = spine()
    poses = {c.target.bone: c.lps_from_vertebra for c in made.courses}
    grid = np.stack(np.meshgrid(*[np.linspace(-8, 8, 12)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    body = made.ct.sample(poses["L3"](grid))
    assert 150 < body.mean() < 250
    assert body.std() > 25, "trabeculae"
    v = made.shape.vertebra("L3")
    disc = grid * [1, 1, 0.15] - [0, 0, v.height_mm / 2 + made.shape.discs[3].height_mm / 2]
    assert 60 < made.ct.sample(poses["L3"](disc)).mean() < 120
    muscle = made.ct.sample(poses["L3"](grid * 0.5 + [38.0, 42.0, 0.0]))
    assert 40 < muscle.mean() < 70
    bone = made.ct.array[made.labels.array > 0]
    assert np.percentile(bone, 97) > 700, "cortical bone"
    target = made.courses[6]
    off = made.ct.sample(target.points_lps_mm + 3.0 * np.array([target.target.side.sign * 0.8, 0.6, 0.0]))
    assert off.mean() < 300, "soft tissue beside the nerve"


@pytest.mark.parametrize("n", range(12))
def test_each_nerve_lies_on_the_label_of_its_bone(n):
    """Against the label map itself, as whoever reads the images sees it."""
    made = spine()
    course = made.courses[n]
    label = VERTEBRA_IDS[course.target.bone]
    bone = voxels_of(label)
    neck = course.neck.points_mm
    bone = bone[np.linalg.norm(bone - neck.mean(axis=0), axis=1) < 25]
    gaps = np.linalg.norm(neck[:, None] - bone[None], axis=2).min(axis=1) - 0.75
    assert gaps.max() < 1.0 + course.diameter_mm / 2
    inside = made.labels.sample(neck, order=0) == label
    assert inside.mean() < 0.35, "nerve on bone, not in it (half a voxel aside)"
    other = made.labels.sample(neck, order=0)
    assert set(np.unique(other)) <= {0.0, float(label)}


def test_the_standard_spine_is_told_from_its_mirror_image():
    made = spine()
    axis = L3_CENTRE_LPS_MM[0]
    grid = np.stack(np.meshgrid(np.arange(30, 140, 4), np.arange(-80, 60, 4), np.arange(65, 110, 4)), axis=-1)
    left, right = (made.ct.sample(grid * [s, 1, 1] + [axis, 0, 0]) for s in (1, -1))
    assert right.mean() > left.mean() + 10.0, "the liver, on the right, fills more than spleen and stomach"
    l3 = voxels_of(VERTEBRA_IDS["L3"])[:, 0] - axis
    assert l3.max() + l3.min() == pytest.approx(3.0, abs=1.6), "left transverse process longer by 3 mm"


def test_what_is_not_there_is_refused():
    from neurotomy.anatomy import Target

    with pytest.raises(AnatomyError, match=r"no C4 medial branch.*region='cervical'"):
        spine().course(Target("C4 medial branch", "C4", Side.LEFT))
    assert spine().course(spine().courses[3].target) is spine().courses[3]


def test_a_sub_voxel_shift_of_the_bones_moves_their_centroid_by_as_much(monkeypatch):
    """The truth between voxels: everything moved by 0.6 mm on a 1.5 mm grid; the spinous process of L3 is weighed."""
    from neurotomy.anatomy.spine import column
    from neurotomy.anatomy.spine.images import make_images

    def centroid():
        ct, _ = make_images(standard_shape(), 1.5)
        low, high = np.add(L3_CENTRE_LPS_MM, [-10, 46, -16]), np.add(L3_CENTRE_LPS_MM, [12, 58, -6])
        crop = ct.crop(low, high)
        share = np.clip((crop.array.astype(float) - 110.0) / 250.0, 0.0, 1.0)
        x = crop.lps(np.argwhere(np.ones(crop.shape)))[:, 0].reshape(crop.shape)
        assert share.sum() > 50
        return (share * x).sum() / share.sum()

    before = centroid()
    assert before == pytest.approx(L3_CENTRE_LPS_MM[0], abs=0.15)
    monkeypatch.setattr(column, "L3_CENTRE_LPS_MM", tuple(np.add(L3_CENTRE_LPS_MM, [0.6, 0.0, 0.0])))
    assert centroid() - before == pytest.approx(0.6, abs=0.08)


def test_one_changed_dimension_changes_one_bone_and_the_nerve_with_it():
    shape = standard_shape()
    v = shape.vertebra("L4")
    wider = shape.with_vertebra("L4", facet_centre_mm=(v.facet_centre_mm[0] + 2.0, v.facet_centre_mm[1]))
    from neurotomy.anatomy.spine.built_in import true_courses

    before = {c.target: c for c in true_courses(shape)}
    after = {c.target: c for c in true_courses(wider)}
    for target, course in before.items():
        moved = after[target].landmarks_mm["target"] - course.landmarks_mm["target"]
        if target.bone == "L4" and target.side is Side.LEFT:
            assert 1.0 < moved[0] < 3.0
        elif target.bone != "L3":  # the inferior process of L3 follows the joint, its nerve does not
            assert np.linalg.norm(moved) < 1e-6


def test_painting_reports_and_can_be_stopped():
    told = []
    progress = Progress(lambda event: told.append(event.fraction))
    make_spine(standard_shape(), spacing_mm=6.0, progress=progress)
    assert told == sorted(told)
    assert len(told) > 20
    progress.cancel()
    with pytest.raises(Cancelled):
        make_spine(standard_shape(), spacing_mm=6.0, progress=progress)
