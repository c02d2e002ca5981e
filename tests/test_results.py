import enum
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from neurotomy.results import INTERNAL, Result, to_json_value


class Colour(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Inner(Result):
    width_mm: float
    image: np.ndarray = field(metadata=INTERNAL)


@dataclass(frozen=True)
class Outer(Result):
    colour: Colour
    inner: Inner
    curve: np.ndarray
    parts: tuple[Inner, ...]


RESULT = Outer(Colour.RED, Inner(9.98123456789, np.zeros((4, 4))), np.array([1.0, np.nan]), (Inner(1.0, np.ones(3)),))


def test_json_has_seven_digits_no_nan_and_no_internal_fields():
    text = json.dumps(RESULT.to_dict(), allow_nan=False)
    assert json.loads(text) == {
        "colour": "red",
        "inner": {"width_mm": 9.981235},
        "curve": [1.0, None],
        "parts": [{"width_mm": 1.0}],
    }


def test_prints_as_a_tree():
    assert str(RESULT).splitlines() == [
        "Outer",
        "├── colour = red",
        "├── inner: Inner",
        "│   └── width_mm = 9.981",
        "├── curve = [ 1., nan]",
        "└── parts = 1 × Inner",
    ]


def test_a_path_gives_away_no_directory():
    assert to_json_value(Path("/somebody/private/ct.nii.gz")) == "ct.nii.gz"


def test_what_has_no_json_form_is_refused():
    with pytest.raises(TypeError, match="INTERNAL"):
        to_json_value(object())
