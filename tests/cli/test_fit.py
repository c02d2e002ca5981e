"""``neurotomy fit`` as people and programs call it."""

import json

import pytest


def test_text_shows_studies_predictions_and_contradictions(call):
    text = call("fit").out
    for words in ("phenomenological", "lumbar.course.conger2020_18", "OUTSIDE", "mint_facet", "DISAGREES", "Warning"):
        assert words in text
    assert "lie inside the published 95 % intervals" in text


def test_json_is_whole(call):
    found = json.loads(call("fit", "--json").out)
    assert found["share_inside"] >= 0.8
    assert found["share_inside"] == pytest.approx(found["inside"] / len(found["fitted"]))
    point = found["fitted"][0]
    assert {"published_interval", "model_interval", "inside", "left_out", "left_out_interval"} <= set(point)
    assert all(row["why"] for row in found["not_fitted"])
