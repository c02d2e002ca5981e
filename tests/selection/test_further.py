"""What a further block is worth: chances that sum to one, results as they would be weighed, decisions that turn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotomy.anatomy import Side
from neurotomy.anatomy.innervation import targets_for
from neurotomy.errors import CaseError
from neurotomy.selection import Block, assess, further_blocks, latent
from neurotomy.selection.further import _possible


def block(agent, relief, hours=None, **rest):
    return Block(None, "medial branch block", agent, 0.5, relief, hours, agent == "saline", (), **rest)


HISTORY = st.lists(
    st.tuples(
        st.sampled_from(("lidocaine", "bupivacaine", "saline")), st.integers(0, 100), st.sampled_from((None, 3.0))
    ),
    max_size=3,
)


@settings(max_examples=30, deadline=None)
@given(history=HISTORY, joint=st.sampled_from(("L4/5", "C5/6", "T6/7")))
def test_chances_sum_to_one_and_relief_raises_the_probability(history, joint):
    blocks = [block(*one) for one in history]
    for further in further_blocks(joint, Side.LEFT, blocks, "sis"):
        assert sum(result.chance for result in further.results) == pytest.approx(1.0, abs=1e-9)
        assert further.probability == pytest.approx(assess(joint, Side.LEFT, blocks, "sis").probability)
        assert all(0.0 <= result.probability <= 1.0 for result in further.results)
        assert 0.0 <= further.expected_change <= 1.0
        if not further.placebo:
            little, *relief = further.results
            mean = sum(r.chance * r.probability for r in relief) / sum(r.chance for r in relief)
            assert mean >= little.probability - 1e-9


@pytest.mark.parametrize("history", [(), (("lidocaine", 85, 2.0),), (("lidocaine", 0, None), ("saline", 90, None))])
@pytest.mark.parametrize("agent", ["lidocaine", "bupivacaine", "saline"])
def test_what_is_expected_of_a_block_is_what_is_believed_before(history, agent):
    """For each member of the sample: the results' probabilities, weighted with their chances, are the one before."""
    blocks = [block(*one) for one in history]
    rates = latent.sample_rates("lumbar")
    expected = sum(
        latent.chances(rates, blocks, one, 2) * latent.posterior(rates, (*blocks, one), 2).values
        for one in _possible(agent, "L4/5", blocks).values()
    )
    assert expected == pytest.approx(latent.posterior(rates, blocks, 2).values, abs=1e-9)


def test_a_result_is_weighed_as_if_it_had_come():
    first = block("lidocaine", 85.0, 2.0)
    found = {one.agent: one for one in further_blocks("L4/5", Side.RIGHT, (first,), "sis")}
    came = assess("L4/5", Side.RIGHT, (first, block("bupivacaine", 100.0, 26.0)), "sis")
    longer = found["bupivacaine"].results[1]
    assert longer.name == "relief, lasting as the drug should"
    assert longer.probability == pytest.approx(came.probability)
    assert longer.proceed is came.verdict.proceed is True
    assert found["bupivacaine"].could_change_rule
    assert not found["saline"].could_change_rule, "this rule set does not ask for a placebo"
    assert found["saline"].could_change_side, "but saline could make the joint less likely the source than not"


def test_the_chance_of_a_result():
    """By the shares of the model; who was positive once is more likely positive again."""
    rates = latent.sample_rates("lumbar")
    nerves = len(targets_for("L4/5", Side.LEFT))
    one = block("lidocaine", 100.0)
    marginal = [latent._marginal(rates, blocks, nerves) for blocks in ((one,), (one, one))]
    assert latent.chances(rates, (one,), one, nerves) == pytest.approx(marginal[1] / marginal[0])
    assert latent.chances(rates, (), one, nerves) == pytest.approx(marginal[0])
    assert latent.chances(rates, (one,), one, nerves).mean() > latent.chances(rates, (), one, nerves).mean()


def test_many_blocks_leave_little_to_learn():
    many = [block("lidocaine", 100.0)] * 8
    few = further_blocks("L4/5", Side.LEFT, many[:1], "tricare", agents=("lidocaine",))[0]
    last = further_blocks("L4/5", Side.LEFT, many, "tricare", agents=("lidocaine",))[0]
    assert last.expected_change < few.expected_change / 3
    assert not last.could_change_decision
    assert "No result would turn" in last.sentence


def test_the_most_telling_comes_first():
    found = further_blocks("C5/6", Side.RIGHT, (block("lidocaine", 90.0, 2.0),), "placebo-controlled")
    changes = [one.expected_change for one in found]
    assert changes == sorted(changes, reverse=True)


def test_vessels_hide_the_source_where_no_contrast_was_seen():
    """Of negative blocks, one without contrast excludes less; of positive ones, contrast changes little."""
    seen, unseen, unsaid = (
        assess("L4/5", Side.LEFT, (block("lidocaine", 0.0, contrast_seen=c),), "sis") for c in (True, False, None)
    )
    assert unseen.probability > seen.probability == unsaid.probability
    assert any("aspiration" in warning for warning in unseen.warnings)
    assert not any("aspiration" in warning for warning in seen.warnings)
    relieved = [
        assess("L4/5", Side.LEFT, (block("lidocaine", 100.0, contrast_seen=c),), "sis").probability
        for c in (True, False)
    ]
    assert relieved[0] == pytest.approx(relieved[1], abs=0.02)


@settings(max_examples=30, deadline=None)
@given(a=st.integers(0, 100), b=st.integers(0, 100), contrast=st.sampled_from((True, False, None)))
def test_more_relief_never_lowers_it_with_or_without_contrast(a, b, contrast):
    less, more = sorted((a, b))
    low, high = (
        assess("L4/5", Side.LEFT, (block("lidocaine", r, contrast_seen=contrast),), "sis").probability
        for r in (less, more)
    )
    assert low <= high + 1e-12


def test_contrast_needs_an_image():
    with pytest.raises(CaseError, match="contrast was seen"):
        block("lidocaine", 80.0, image_guided=False, contrast_seen=True)
