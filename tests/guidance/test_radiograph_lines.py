"""Every line of the specification, with its limit."""

import pytest

from .radiograph_lines import LINES


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.measure.__name__)
def test_line(line):
    assert line.measure() < line.limit
