"""A CT without a label map says so wherever it is looked at."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.anatomy.course import NO_LABEL_MAP, Anatomy
from neurotomy.geometry import Volume


def test_the_quality_follows_the_label_map_and_nothing_else():
    ct = Volume(np.zeros((3, 3, 3), dtype=np.int16), np.eye(4))
    mapped = Anatomy(ct, ct, (), "a body")
    assert mapped.quality == mapped.to_dict()["quality"] == ""
    marked = replace(mapped, labels=None)
    assert marked.quality == marked.to_dict()["quality"] == NO_LABEL_MAP
    assert replace(marked, labels=ct).quality == ""
    with pytest.raises((TypeError, ValueError)):
        replace(marked, quality="")


def test_the_words_fit_a_dicom_long_string():
    assert len(NO_LABEL_MAP) <= 64
