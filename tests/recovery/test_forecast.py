"""The forecast: sums, monotony, the leaflet's ranges without fudge, studies seen again, timeline, risks."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotomy import evidence
from neurotomy.anatomy import JOINTS
from neurotomy.errors import AnatomyError, CaseError
from neurotomy.recovery import fit, forecast
from neurotomy.selection import RuleVerdict, Selection
from neurotomy.selection.region import region_of

PROBABILITY = st.floats(0.0, 1.0)
JOINT = st.sampled_from(("L4/5", "L5/S1", "C5/6", "T6/7", "SIJ", "C2/3"))


@dataclass(frozen=True)
class Captured:
    all_captured_probability: float


def selection(probability, width=0.2, region="lumbar"):
    low, high = max(probability - width, 0.0), min(probability + width, 1.0)
    verdict = RuleVerdict("sis", "SIS", True, (), "sis_guideline", "2020")
    return Selection(region, 0.31, (0.2, 0.4), probability, (low, high), (), verdict, (), ())


def make(joint="L4/5", source=0.5, captured=0.8, **rest):
    return forecast(joint, selection(source, region=region_of(joint)), Captured(captured), **rest)


@settings(max_examples=40, deadline=None)
@given(joint=JOINT, source=PROBABILITY, captured=PROBABILITY)
def test_three_groups_sum_to_one_and_curves_fall(joint, source, captured):
    r = make(joint, source, captured)
    assert r.significant + r.partial + r.none == pytest.approx(1.0, abs=1e-12)
    assert min(r.significant, r.partial, r.none) >= 0.0
    for curve in (r.still_significant, r.still_any, r.still_significant_low, r.still_significant_high):
        assert (np.diff(curve) <= 1e-12).all()
        assert curve.min() >= 0.0
        assert curve.max() <= 1.0
    assert (r.still_any >= r.still_significant - 1e-12).all()
    assert r.still_significant[0] == pytest.approx(r.significant)
    assert r.still_any[0] == pytest.approx(r.significant + r.partial)
    assert (r.still_significant_low <= r.still_significant_high + 1e-12).all()


@settings(max_examples=40, deadline=None)
@given(joint=JOINT, source=PROBABILITY, a=PROBABILITY, b=PROBABILITY)
def test_more_capture_never_lowers_success(joint, source, a, b):
    less, more = (make(joint, source, c) for c in sorted((a, b)))
    assert less.significant <= more.significant + 1e-12
    assert (less.still_significant <= more.still_significant + 1e-12).all()
    assert less.none >= more.none - 1e-12


@settings(max_examples=40, deadline=None)
@given(joint=JOINT, captured=PROBABILITY, a=PROBABILITY, b=PROBABILITY)
def test_a_likelier_source_never_lowers_success(joint, captured, a, b):
    less, more = (make(joint, p, captured) for p in sorted((a, b)))
    assert less.significant <= more.significant + 1e-12


def test_leaflet_ranges_come_out_for_a_typical_lumbar_case():
    """One positive block (P about one half) and the usual technique: nothing here was fitted to the leaflet but the
    partial share, which only the leaflet has."""
    r = make(source=0.505, captured=evidence.value("outcome.model.study_capture"))
    for name in ("significant", "partial", "none"):
        stated = evidence.get(f"outcome.leaflet.{name}")
        assert stated.low - 0.005 <= getattr(r, name) <= stated.high + 0.005, name
    assert any("lies in that range" in sentence for sentence in r.explanation)


def test_without_source_or_capture_only_the_sham_share_is_left():
    sham = fit.success("lumbar").sham.mean()
    assert 0.01 < sham < 0.12  # 1 of 26 in two sham arms
    assert make(source=0.0).significant == pytest.approx(sham)
    assert make(captured=0.0).significant == pytest.approx(sham)


def test_outcome_studies_are_seen_again():
    """Every fitted study lies within three standard errors of what the model gives for it, and most within two."""
    for region in ("lumbar", "cervical", "sacroiliac"):
        success = fit.success(region)
        z = [
            (study.share - model) / np.sqrt(model * (1 - model) / study.of)
            for study, model in zip(success.studies, success.expected, strict=True)
        ]
        assert np.max(np.abs(z)) < 3.0, region
        assert np.mean(np.abs(z) < 2.0) >= 0.9, region


def test_success_fit_is_what_the_data_give_today():
    success = fit.success("lumbar")
    assert success.success.mean() == pytest.approx(0.92, abs=0.015)
    assert (success.success >= success.sham).all()
    assert len(np.unique(success.success)) > 300  # the weighted sample has not collapsed


def test_interval_holds_the_estimate_and_grows_with_doubt():
    sure, unsure = (forecast("L4/5", selection(0.5, w), Captured(0.8)) for w in (0.02, 0.3))
    for r in (sure, unsure):
        assert r.significant_interval[0] < r.significant < r.significant_interval[1]
    assert np.ptp(unsure.significant_interval) > 2 * np.ptp(sure.significant_interval)


def test_seed_decides_intervals_only():
    a, b, c = make(seed=1), make(seed=1), make(seed=2)
    assert a.to_dict() == b.to_dict()
    assert a.significant == c.significant
    assert a.significant_interval != c.significant_interval


def test_median_is_where_the_curve_halves():
    for joint in ("L4/5", "C5/6", "SIJ"):
        r = make(joint)
        if r.median_relief_months < r.month[-1]:
            at = np.interp(r.median_relief_months, r.month, r.still_significant)
            assert at == pytest.approx(r.significant / 2, rel=0.01)
    assert make("SIJ").median_relief_months < make("C5/6").median_relief_months < make("L4/5").median_relief_months


def test_relief_is_not_lengthened_by_a_longer_lesion():
    """The model makes no claim that it has no data for: capture changes how many, not how long."""
    assert make(captured=0.3).median_relief_months == make(captured=0.9).median_relief_months


def test_timeline_covers_the_leaflet():
    phases = make().timeline
    names = [phase.name for phase in phases]
    assert names[0] == "day of procedure"
    assert len(set(names)) == len(names)
    wanted = {"soreness", "muscle spasm", "nerve pain", "nerve degeneration", "odd or weak feeling", "onset of relief"}
    assert wanted | {"peak of relief", "regrowth and return", "repeat eligibility"} <= set(names)
    assert [phase.name for phase in phases if not phase.leaflet] == ["peak of relief"]  # the leaflet names none
    claims = {claim for phase in phases for claim in phase.claims}
    assert {
        "C9",
        "C12",
        "C15",
        "C16",
        "C17",
        "C18",
        "C19",
        "C20",
        "C21",
        "C22",
        "C23",
        "C24",
        "C25",
        "C26",
        "C35",
    } <= claims
    for phase in phases:
        assert 0 <= phase.start_day < phase.end_day
        assert phase.literature
        for key in phase.evidence:
            evidence.get(key)
        for claim in phase.claims:
            evidence.get(f"leaflet.{claim}")
    days = {phase.name: (phase.start_day, phase.end_day) for phase in phases}
    assert days["soreness"][1] >= 4  # the leaflet's 1 to 4 days lie inside
    assert days["onset of relief"] == (0, 42)
    assert days["relief"][1] == 730


def test_a_phase_without_any_time_is_refused(monkeypatch):
    from neurotomy.errors import EvidenceError
    from neurotomy.recovery.timeline import timeline

    entry = evidence.get("timeline.repeat_eligibility.leaflet")
    monkeypatch.setattr(evidence, "select", lambda prefix: {entry.key: entry})
    with pytest.raises(EvidenceError, match="repeat_eligibility"):
        timeline()


def test_risks_have_denominators_and_wilson_intervals():
    risks = {risk.evidence: risk for risk in make().risks}
    kornick, neuritis = risks["risk.minor_complication"], risks["risk.neuritis"]
    assert (kornick.events, kornick.of, kornick.per) == (6, 616, "lesion")
    assert tuple(round(100 * x, 1) for x in kornick.interval) == (0.4, 2.1)  # as the evidence states
    assert tuple(round(100 * x, 1) for x in neuritis.interval) == (3.8, 11.6)
    none_seen = risks["risk.infection_or_deficit"]
    assert none_seen.rate == 0.0
    assert none_seen.interval[1] == pytest.approx(0.006, abs=0.0005)
    for risk in risks.values():
        assert risk.per in {"lesion", "patient", "procedure", "case reports"}
        assert risk.statement
        assert (risk.rate is None) == (risk.of is None) == (risk.interval is None)


def test_a_rate_per_lesion_becomes_one_per_patient():
    """L4/5 has two nerves, so two lesions: 1 - (1 - 6/616)^2; a rate per patient stays what it is."""
    risks = {risk.evidence: risk for risk in make().risks}
    kornick = risks["risk.minor_complication"]
    assert kornick.lesions == 2
    assert kornick.per_patient_rate == pytest.approx(1 - (610 / 616) ** 2)
    low, high = kornick.per_patient_interval
    assert kornick.interval[0] < low < kornick.per_patient_rate < high < 2 * kornick.interval[1]
    assert risks["risk.neuritis"].per_patient_rate is None
    assert risks["risk.minor_complication_procedure"].rate == pytest.approx(0.052, abs=5e-4)


def test_risks_are_expected_possible_or_rare_and_say_when_to_call():
    risks = {risk.evidence: risk for risk in make().risks}
    assert {risk.kind for risk in risks.values()} == {"expected", "possible", "rare"}
    assert risks["risk.site_pain"].kind == "expected"
    assert risks["risk.nerve_root_injury"].urgency == "at once"
    assert risks["risk.infection_or_deficit"].urgency == "the same day"
    assert all(bool(risk.urgency) == bool(risk.call) for risk in risks.values())
    counted = [risk.kind for risk in risks.values() if risk.rate is not None and risk.rate > 0.005]
    assert "rare" not in counted


def test_an_unknown_kind_of_risk_is_refused(monkeypatch):
    from neurotomy.errors import EvidenceError
    from neurotomy.recovery.risks import risks_of

    entry = evidence.get("risk.skin_burn")
    for change, words in (({"kind": "rarely"}, "rare"), ({"events": 9, "of": 5}, "9 events of 5")):
        broken = dataclasses.replace(entry, value={**entry.value, **change})
        monkeypatch.setattr(evidence, "select", lambda prefix, broken=broken: {broken.key: broken})
        with pytest.raises(EvidenceError, match=words):
            risks_of("L4/5", "lumbar")


def test_risks_fit_the_region():
    def keys(joint):
        return {risk.evidence for risk in make(joint).risks}

    assert "risk.nerve_root_injury" in keys("L4/5")
    assert "risk.nerve_root_injury" not in keys("C5/6")
    assert "risk.cord_injury" in keys("T6/7")
    assert "risk.third_occipital" in keys("C2/3")
    assert "risk.third_occipital" not in keys("C3/4")
    assert "risk.neuritis_sacroiliac" in keys("SIJ")
    assert "risk.skin_burn" in keys("SIJ") & keys("C5/6") & keys("L4/5")


def test_it_says_what_it_is():
    text = " ".join(make().explanation)
    for word in ("phenomenological", "fitted", "MINT", "sham", "leaflet"):
        assert word in text
    assert any("thoracic" in sentence for sentence in make("T6/7").explanation)
    for key in make().evidence:
        evidence.get(key)


@pytest.mark.parametrize("joint", JOINTS)
def test_every_joint_has_a_forecast(joint):
    assert 0.0 < make(joint).significant < 1.0


def test_repeats_are_no_shares_in_relief():
    """The figure of relief draws every share at a month among the evidence of a forecast."""
    assert not [key for key in make().evidence if ".repeat." in key]


def test_wrong_input_is_refused():
    with pytest.raises(AnatomyError):
        forecast("L4/6", selection(0.5), Captured(0.8))
    with pytest.raises(CaseError, match="cervical"):
        forecast("C5/6", selection(0.5, region="lumbar"), Captured(0.8))
    with pytest.raises(ValueError, match="between 0 and 1"):
        forecast("L4/5", selection(0.5), Captured(1.2))


def test_a_sure_selection_is_taken_as_it_is():
    sure = dataclasses.replace(selection(0.5), interval=(0.5, 0.5))
    r = forecast("L4/5", sure, Captured(1.0))
    assert r.significant_interval[0] < r.significant < r.significant_interval[1]
