"""What holds for intervals of every method."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import Tallies, Tally, interval, score

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

counts = st.integers(0, 10**6)
few = st.integers(0, 12)
tallies = st.one_of(st.builds(Tally, few, few, few), st.builds(Tally, counts, counts, counts)).filter(lambda one: one.n)
levels = st.floats(0.05, 0.9999)
closed = st.sampled_from(["adjusted_wald", "score", "jeffreys"])

pytestmark = pytest.mark.filterwarnings("ignore:the plain Wald:npscore.errors.DataWarning")


def mirrored(one):
    return Tally(one.promoters, one.passives, one.detractors)


@given(tallies, levels)
def test_score_limits_always_hold_the_raw_score(one, level):
    assert score(one).value in interval(one, method="score", level=level)


@given(tallies, levels, closed)
@settings(max_examples=40)
def test_swapping_promoters_and_detractors_mirrors_every_limit(one, level, method):
    made, back = (interval(tally, method=method, level=level) for tally in (one, mirrored(one)))
    assert (back.lower, back.upper) == pytest.approx((-made.upper, -made.lower), abs=1e-6)


@given(tallies, levels, levels, closed)
@settings(max_examples=40)
def test_limits_are_nested_in_the_level(one, a, b, method):
    inner, outer = (interval(one, method=method, level=level) for level in sorted((a, b)))
    assert outer.lower <= inner.lower + 1e-9
    assert inner.upper <= outer.upper + 1e-9


@given(
    st.lists(st.builds(Tally, few, few, few), max_size=8), levels, st.sampled_from(["adjusted_wald", "score", "wald"])
)
def test_columns_give_what_single_tallies_give(groups, level, method):
    made = interval(Tallies.of(groups), method=method, level=level)
    for i, group in enumerate(groups):
        if group.n:
            one = interval(group, method=method, level=level)
            assert (made.lower[i], made.upper[i]) == pytest.approx((one.lower, one.upper), abs=1e-9)
        else:
            assert np.isnan(made.lower[i])


@given(tallies, st.integers(2, 30))
def test_more_answers_of_the_same_kind_make_narrower_score_limits(one, times):
    more = Tally(one.detractors * times, one.passives * times, one.promoters * times)
    narrow, wide = interval(more, method="score"), interval(one, method="score")
    assert wide.lower - 1e-9 <= narrow.lower <= narrow.upper <= wide.upper + 1e-9
