"""What a label map names by side must lie on that side of the image, whichever of it the map holds."""

import numpy as np
import pytest

from neurotomy.anatomy.accuracy import lies_turned
from neurotomy.anatomy.fit_checks import check_map
from neurotomy.anatomy.fit_start import rough_bones
from neurotomy.anatomy.spine.regions import make_region, region_shape
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Volume
from neurotomy.imaging import VERTEBRA_IDS
from neurotomy.imaging.labels import PAIRED_IDS


def body(what, sides):
    """Two vertebrae with one block of `what` on each of these sides of the patient, 5 mm voxels."""
    array = np.zeros((40, 20, 20), np.uint8)
    array[16:24, 6:12, 11:17] = VERTEBRA_IDS["L4"]
    array[16:24, 6:12, 3:9] = VERTEBRA_IDS["L5"]
    for side in sides:
        start = 26 if side == "left" else 4
        array[start : start + 10, 5:15, 3:17] = PAIRED_IDS[what][side][-1]
    affine = np.diag([5.0, 5.0, 5.0, 1.0])
    affine[:3, 3] = [-97.5, 0.0, 200.0]
    return Volume(array, affine)


def mirrored(labels):
    return Volume(labels.array, np.diag([-1.0, 1.0, 1.0, 1.0]) @ labels.lps_from_voxel)


@pytest.mark.parametrize("sides", [("left", "right"), ("left",), ("right",)])
@pytest.mark.parametrize("what", PAIRED_IDS)
def test_a_mirrored_map_is_refused_by_anything_named_by_side(what, sides):
    labels = body(what, sides)
    check_map(labels, rough_bones(labels))
    wrong = mirrored(labels)
    with pytest.raises(AnatomyError, match=f"{what}.*mirrored"):
        check_map(wrong, rough_bones(wrong))


def test_a_message_names_the_side_that_is_wrong():
    wrong = mirrored(body("hip", ("right",)))
    with pytest.raises(AnatomyError, match="right hip lies on the patient's left"):
        check_map(wrong, rough_bones(wrong))


def test_a_shaving_of_a_vertebra_at_the_edge_of_the_image_has_no_place_in_the_order():
    """Of L3 this CT of a sacrum shows a process only, lower than the body of L4: no reason to refuse the map."""
    labels = lies_turned(1500).volume(make_region("sacral", region_shape("sacral", 1500), 2.0).labels)
    assert (labels.array == VERTEBRA_IDS["L3"]).any()
    bones = rough_bones(labels)
    assert list(bones) == ["L4", "L5", "S1"]
    check_map(labels, bones)
    whole = labels.array.copy()
    whole[labels.array == VERTEBRA_IDS["L4"]] = VERTEBRA_IDS["L5"]
    whole[labels.array == VERTEBRA_IDS["L5"]] = VERTEBRA_IDS["L4"]
    swapped = Volume(whole, labels.lps_from_voxel)
    with pytest.raises(AnatomyError, match="puts L4 below L5"):
        check_map(swapped, rough_bones(swapped))
