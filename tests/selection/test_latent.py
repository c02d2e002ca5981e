"""Bayes' rule against brute force: many made-up patients, blocked and counted."""

import dataclasses
import itertools

import numpy as np
import pytest

from neurotomy.selection import Block, latent

NERVES = 2


def one_member(region):
    """The rates as single numbers: the mean of each."""
    rates = latent.sample_rates(region)
    means = {
        f.name: np.array([np.mean(getattr(rates, f.name))])
        for f in dataclasses.fields(rates)
        if isinstance(getattr(rates, f.name), np.ndarray)
    }
    return dataclasses.replace(rates, **means)


def blocks_of(pattern):
    """Lidocaine, bupivacaine and saline, each positive or not; hours say whether bupivacaine lasted longer."""
    lidocaine, bupivacaine, saline, longer = pattern
    return (
        Block(None, "medial branch block", "lidocaine", 0.5, 100.0 * lidocaine, 3.0, False, ()),
        Block(None, "medial branch block", "bupivacaine", 0.5, 100.0 * bupivacaine, 6.0 if longer else 2.0, False, ()),
        Block(None, "medial branch block", "saline", 0.5, 100.0 * saline, None, True, ()),
    )


@pytest.mark.parametrize("region", ["lumbar", "cervical"])
def test_posterior_against_simulated_patients(region):
    rates = one_member(region)
    p = {f.name: float(np.squeeze(getattr(rates, f.name))) for f in dataclasses.fields(rates)}
    rng = np.random.default_rng(0)
    n = 1_500_000
    source = rng.random(n) < p["prior"]
    responder = rng.random(n) < p["responder"]
    reached = source & (rng.random(n) > p["aberrant_medial"])
    into_vessel = [[rng.random(n) < p["missed_guided"] for _ in range(NERVES)] for _ in range(2)]

    def answer(drug_reaches, chance):
        positive = drug_reaches | (rng.random(n) < chance) | (responder & (rng.random(n) < p["responder_repeats"]))
        # a responder to whom no drug gets is positive by response alone: chance is not added on top
        alone = rng.random(n) < p["responder_repeats"]
        return np.where(responder & ~reached_at_all, alone, positive)

    reached_at_all = reached
    lidocaine = answer(reached & ~np.any(into_vessel[0], axis=0), p["chance"])
    bupivacaine = answer(reached & ~np.any(into_vessel[1], axis=0), p["chance"])
    reached_at_all = np.zeros(n, dtype=bool)
    saline = answer(reached_at_all, p["chance_inert"])
    longer = rng.random(n) < np.where(reached, p["longer_by_drug"], p["longer_by_chance"])
    tested = 0
    for pattern in itertools.product((True, False), repeat=4):
        if not (pattern[0] and pattern[1]) and not pattern[3]:
            continue  # durations are only weighed where both relieved
        rows = (lidocaine == pattern[0]) & (bupivacaine == pattern[1]) & (saline == pattern[2])
        if pattern[0] and pattern[1]:
            rows &= longer == pattern[3]
        counted, found = source[rows].mean(), latent.posterior(rates, blocks_of(pattern), NERVES).mean
        assert found == pytest.approx(counted, abs=4 * np.sqrt(found * (1 - found) / rows.sum()) + 1e-3), pattern
        tested += 1
    assert tested == 10


def test_half_a_response_says_nothing():
    rates = latent.sample_rates("lumbar")
    half = Block(None, "medial branch block", "lidocaine", 0.5, 50.0, None, False, ())
    assert latent.response_weight(50.0) == 0.5
    assert latent.posterior(rates, (half,), 2).mean == pytest.approx(latent.posterior(rates, (), 2).mean)


@pytest.mark.parametrize(("relief", "weight"), [(0, 0), (30, 0), (40, 0.25), (50, 0.5), (65, 0.75), (80, 1), (100, 1)])
def test_response_weight(relief, weight):
    assert latent.response_weight(relief) == pytest.approx(weight)


@pytest.mark.parametrize("region", ["lumbar", "cervical", "thoracic", "sacroiliac"])
def test_rates_are_probabilities(region):
    rates = latent.sample_rates(region)
    for f in dataclasses.fields(rates):
        values = np.asarray(getattr(rates, f.name))
        assert (values >= 0).all(), f.name
        assert (values <= 1).all(), f.name
        assert np.isfinite(values).all(), f.name


def test_more_nerves_are_missed_more_often():
    rates = latent.sample_rates("lumbar")
    negative = Block(None, "medial branch block", "lidocaine", 0.5, 0.0, None, False, ())
    few, many = (latent.posterior(rates, (negative,), nerves).mean for nerves in (1, 4))
    assert many > few  # a negative block of more nerves excludes less
