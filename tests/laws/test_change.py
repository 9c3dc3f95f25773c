"""What holds for all decompositions: exact sums, nothing made of nothing, and no order."""

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from npscore import Tally, decompose, score, standardise

names = st.sampled_from("abcdefgh")
small = st.integers(0, 300)
counted = st.builds(Tally, small, small, small)
tallies = st.dictionaries(names, counted, min_size=1).filter(lambda groups: sum(groups.values()).n)
sizes = st.one_of(st.just(0), st.integers(1, 10**9), st.floats(1e-3, 1e6))
pairs = st.dictionaries(names, st.tuples(sizes, st.floats(-100, 100)), min_size=1).filter(
    lambda groups: any(size for size, _ in groups.values())
)
groups = st.one_of(tallies, pairs)
forms = st.sampled_from(["two", "three"])


def close(a, b, within=1e-9):
    return math.isclose(a, b, rel_tol=0, abs_tol=within)


@given(groups, groups, forms, st.booleans())
def test_parts_sum_to_the_difference(before, after, form, centred):
    moved = decompose(before, after, form=form, centred=centred)
    assert close(moved.mix + moved.rate + moved.interaction, moved.difference)
    assert close(moved.after - moved.before, moved.difference)
    effects = moved.segments.values()
    for part in ("mix", "rate", "interaction"):
        assert close(math.fsum(getattr(effect, part) for effect in effects), getattr(moved, part))
    assert close(math.fsum(effect.total for effect in effects), moved.difference)


@given(tallies)
def test_the_overall_score_is_that_of_the_pooled_tally(before):
    assert close(decompose(before, before).before, score(sum(before.values())).value)


@given(groups, forms)
def test_nothing_moves_nothing(before, form):
    moved = decompose(before, before, form=form)
    assert (moved.difference, moved.mix, moved.rate, moved.interaction) == (0, 0, 0, 0)
    assert moved.appeared == moved.vanished == ()


@given(st.dictionaries(names, st.tuples(st.integers(1, 999), st.floats(-100, 100), st.floats(-100, 100)), min_size=1),
       st.integers(1, 50), forms)  # fmt: skip
def test_an_equal_mix_has_no_mix_effect(both, times, form):
    before = {name: (size, old) for name, (size, old, _) in both.items()}
    after = {name: (size * times, new) for name, (size, _, new) in both.items()}
    moved = decompose(before, after, form=form)
    assert close(moved.mix, 0)
    assert close(moved.interaction, 0)


@given(st.dictionaries(names, st.tuples(st.integers(1, 999), st.integers(1, 999), st.floats(-100, 100)), min_size=1),
       forms)  # fmt: skip
def test_equal_rates_have_no_rate_effect(both, form):
    before = {name: (old, score) for name, (old, _, score) in both.items()}
    after = {name: (new, score) for name, (_, new, score) in both.items()}
    moved = decompose(before, after, form=form)
    assert (moved.rate, moved.interaction) == (0, 0)


@given(groups, groups, forms, st.randoms())
def test_the_order_of_segments_never_matters(before, after, form, random):
    def shuffled(one):
        return {name: one[name] for name in random.sample(list(one), len(one))}

    moved, again = decompose(before, after, form=form), decompose(shuffled(before), shuffled(after), form=form)
    assert close(moved.mix, again.mix)
    assert close(moved.rate, again.rate)
    assert moved.segments.keys() == again.segments.keys()
    assert all(close(effect.total, again.segments[name].total) for name, effect in moved.segments.items())


@given(groups, groups)
def test_going_back_undoes_the_twofold_change(before, after):
    there, back = decompose(before, after), decompose(after, before)
    assert close(there.mix, -back.mix)
    assert close(there.rate, -back.rate)
    assert all(close(effect.mix, -back.segments[name].mix) for name, effect in there.segments.items())


@given(tallies, tallies, st.integers(2, 40))
def test_more_answers_of_the_same_kind_move_no_effect_and_shrink_its_error(before, after, times):
    def more(one):
        return {name: Tally(*(times * count for count in t._counts())) for name, t in one.items()}

    moved, sure = decompose(before, after), decompose(more(before), more(after))
    assert close(moved.mix, sure.mix)
    assert close(moved.mix_interval.standard_error, sure.mix_interval.standard_error * times**0.5, 1e-6)
    assert close(moved.rate_interval.standard_error, sure.rate_interval.standard_error * times**0.5, 1e-6)


@given(tallies, tallies)
def test_merging_everything_leaves_rate_alone(before, after):
    whole = decompose({"all": sum(before.values())}, {"all": sum(after.values())})
    assert whole.mix == 0
    assert close(whole.rate, decompose(before, after).difference)


@given(groups)
def test_a_score_standardised_to_its_own_mix_is_the_score(before):
    assert close(standardise(before, before), decompose(before, before).before)


@given(pairs, st.floats(1e-3, 1e3))
def test_only_the_proportions_of_a_mix_matter(before, factor):
    mix = {name: size * factor for name, (size, _) in before.items()}
    assume(any(mix.values()))
    assert close(standardise(before, mix), standardise(before, before))
