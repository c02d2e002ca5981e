"""``neurotomy lesion --uncertainty``: intervals beside the lesion, as text and as JSON."""

SMALL = ("lesion", "--gauge", 20, "--tip-mm", 5, "--set-c", 80, "--hold-s", 60, "--uncertainty", "--members", 208)


def test_as_json(call):
    ended = call(*SMALL, "--json")
    assert (ended.status, ended.err) == (0, "")
    found = ended.json["uncertainty"]
    width = found["necrosis"]["width_mm"]
    assert width["low"] < ended.json["necrosis"]["width_mm"] < width["high"]
    assert found["members"] == 208
    assert {"input", "first_order", "total", "swing", "evidence"} <= set(width["influences"][0])
    assert "values" not in found


def test_as_text(call):
    out = call(*SMALL).out
    assert "90 % of 208 members" in out
    assert "specific heat of the tissue" in out
    assert "Seed 1" in out


def test_too_few_members_are_refused_in_one_line(call):
    ended = call(*SMALL[:-1], 20)
    assert ended.status == 1
    assert "too few" in ended.err


def test_electrodes_in_three_dimensions_are_wrong_usage(call):
    ended = call("lesion", "--electrode", "curved-18g-10mm", "--protocol", "standard-80c-90s", "--uncertainty")
    assert ended.status == 2
    assert "--uncertainty" in ended.err
