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


@pytest.mark.parametrize(("suffix", "begins"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_figure_in_each_format(call, tmp_path, suffix, begins):
    assert call("fit", "--figure", tmp_path / f"fit.{suffix}").status == 0
    assert (tmp_path / f"fit.{suffix}").read_bytes().startswith(begins)


def test_a_figure_of_an_unknown_format_is_refused(call, tmp_path):
    ended = call("fit", "--figure", tmp_path / "fit.doc")
    assert ended.status == 2
    assert ".svg" in ended.err
