import pytest

from neurotomy.errors import Cancelled
from neurotomy.progress import SILENT, Progress


def test_parts_fill_their_range_of_the_whole():
    seen = []
    whole = Progress(seen.append)
    half = whole.part(0.5, 1.0, "lesion")
    half(0.0, "start")
    half.part(0.5, 1.0)(0.5, "deep")
    assert [(e.stage, e.fraction, e.message) for e in seen] == [
        ("lesion", 0.5, "start"),
        ("lesion", 0.875, "deep"),
    ]


def test_fractions_outside_are_held_inside():
    seen = []
    Progress(seen.append)(1.7)
    Progress(seen.append)(-1)
    assert [e.fraction for e in seen] == [1.0, 0.0]


def test_cancel_stops_every_part_at_its_next_report():
    whole = Progress()
    part = whole.part(0.1, 0.2)
    part(0.5)
    whole.cancel()
    with pytest.raises(Cancelled):
        part(0.6)
    SILENT(0.5)  # somebody else's work goes on
