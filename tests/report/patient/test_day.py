import pytest

from neurotomy import evidence
from neurotomy.errors import CaseError
from neurotomy.report.patient.day import REGIONS, the_day


@pytest.mark.parametrize("region", REGIONS)
def test_more_lesions_never_take_less_time(region):
    days = [the_day(region, n) for n in range(1, 13)]
    for fewer, more in zip(days, days[1:], strict=False):
        assert more.room_min[0] >= fewer.room_min[0]
        assert more.room_min[1] >= fewer.room_min[1]
        assert more.stay_h >= fewer.stay_h
    assert days[-1].room_min[1] > days[0].room_min[1]
    for day in days:
        assert 0 < day.room_min[0] < day.room_min[1]
        assert day.room_min[1] / 60 < day.stay_h[1]
        assert day.room_min[0] % 5 == day.room_min[1] % 5 == 0


def test_the_usual_lumbar_day_is_the_leaflets():
    """C17: 30 to 60 minutes."""
    assert the_day("lumbar", 3).room_min == (30, 60)


def test_the_neck_takes_what_was_measured():
    low, high = the_day("cervical", 3).room_min
    for key in ("parasagittal", "posterolateral"):
        assert low < evidence.value(f"risk.duration.cervical_{key}") < high


def test_every_advice_has_a_source():
    day = the_day("lumbar", 2)
    for group in (day.bring, day.avoid, day.arrange, day.tell):
        assert group
        for advice in group:
            assert evidence.source(evidence.get(advice.evidence).source).citation
            assert advice.evidence in day.evidence
    assert {"driving", "hard_work"} <= {advice.key for advice in day.avoid}
    assert "blood_thinners" in {advice.key for advice in day.tell}
    assert day.to_dict()["room_min"] == [25, 55]


@pytest.mark.parametrize(
    ("region", "lesions", "match"), [("lumbr", 2, "Did you mean 'lumbar'"), ("lumbar", 0, "at least 1")]
)
def test_nonsense_is_refused(region, lesions, match):
    with pytest.raises(CaseError, match=match):
        the_day(region, lesions)
