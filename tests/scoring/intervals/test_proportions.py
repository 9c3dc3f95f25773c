"""Shares with Wilson's interval: against statsmodels, and at the ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import InputError
from npscore.scoring.intervals.proportions import share

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.sampled_from([0.5, 0.8, 0.95, 0.99])


@given(counts, levels)
def test_the_limits_are_those_of_statsmodels(numbers, level):
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    made = share(*numbers, level=level)
    wanted = proportion.proportion_confint(*numbers, alpha=1 - level, method="wilson")
    assert (made.lower, made.upper) == pytest.approx(wanted, abs=1e-12)


@given(counts, levels)
def test_the_share_lies_within_its_limits_and_these_within_0_and_1(numbers, level):
    made = share(*numbers, level=level)
    assert 0 <= made.lower <= made.value <= made.upper <= 1


@given(counts, levels)
def test_what_did_not_happen_has_the_mirrored_limits(numbers, level):
    count, n = numbers
    made, other = share(count, n, level=level), share(n - count, n, level=level)
    assert (made.lower, made.upper) == pytest.approx((1 - other.upper, 1 - other.lower), abs=1e-12)


def test_of_none_there_is_no_share():
    made = share(0, 0)
    assert (made.value, made.lower, made.upper) == (None, None, None)
    assert str(made) == "none (n = 0)"


@pytest.mark.parametrize(
    "numbers", [(1, 0), (-1, 5), (6, 5), (1.0, 5), (True, 5), ("1", 5), (1, None), (None, 5), (1, 10**400)]
)
def test_what_is_no_share_is_refused(numbers):
    with pytest.raises(InputError):
        share(*numbers)


@pytest.mark.parametrize("level", [0, 1, 95, None, "x", float("nan"), True])
def test_a_level_is_a_fraction(level):
    with pytest.raises(InputError):
        share(1, 5, level=level)
