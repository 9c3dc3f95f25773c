"""Standard errors and limits from a program that nobody here wrote.

Program: statsmodels 0.15.0 with scipy 1.17.1 and numpy 2.4.6 on CPython 3.11.
Commands, run live in every test run (the codes of detractors, passives and promoters with their counts as weights):

    DescrStatsW([-1, 0, 1], weights=counts, ddof=0)            -> mean, var (divisor n)
    DescrStatsW([-1, 0, 1], weights=counts + (.75, 1.5, .75))  -> mean, var of the adjusted interval
    scipy.stats.norm.interval(level, mean, sqrt(var / sum of weights))

Rocks (2016), Interval estimation for the "Net Promoter Score", The American Statistician 70(4), names the constants.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import Tally, interval, score

stats = pytest.importorskip("scipy.stats")
weightstats = pytest.importorskip("statsmodels.stats.weightstats")

CODES = np.array([-1.0, 0.0, 1.0])
counts = st.integers(0, 5000)
tallies = st.builds(Tally, counts, counts, counts).filter(lambda tally: tally.n)


def described(tally, pseudo_counts=(0.0, 0.0, 0.0)):
    weights = np.array([tally.detractors, tally.passives, tally.promoters]) + np.array(pseudo_counts)
    return weightstats.DescrStatsW(CODES, weights=weights, ddof=0)


@given(tallies)
def test_value_variance_and_error_are_those_of_statsmodels(tally):
    oracle, made = described(tally), score(tally)
    assert made.value == pytest.approx(100 * oracle.mean, abs=1e-9)
    assert made.variance == pytest.approx(oracle.var, abs=1e-12)
    assert made.standard_error == pytest.approx(100 * np.sqrt(oracle.var / oracle.sum_weights), abs=1e-6)


@given(
    tallies,
    st.floats(0.5, 0.999),
    st.sampled_from([(0.75, 1.5, 0.75), (1.0, 1.0, 1.0), (0.5, 1.0, 0.5), (1.0, 0.0, 1.0), (0.25, 2.0, 1.5)]),
)
def test_adjusted_limits_are_those_of_statsmodels_and_scipy(tally, level, pseudo_counts):
    oracle = described(tally, pseudo_counts)
    lower, upper = stats.norm.interval(level, oracle.mean, np.sqrt(oracle.var / oracle.sum_weights))
    made = interval(tally, level=level, pseudo_counts=pseudo_counts)
    assert made.center == pytest.approx(100 * oracle.mean, abs=1e-9)
    assert (made.raw_lower, made.raw_upper) == pytest.approx((100 * lower, 100 * upper), abs=1e-6)
    assert (made.lower, made.upper) == pytest.approx(tuple(np.clip([100 * lower, 100 * upper], -100, 100)), abs=1e-6)


def test_the_adjusted_error_is_the_square_root_statsmodels_takes_with_its_own_divisor():
    """`std_mean` divides by the sum of weights less one; taken back, it is the same number."""
    tally = Tally(12, 30, 58)
    oracle = described(tally, (0.75, 1.5, 0.75))
    made = interval(tally).standard_error
    assert made == pytest.approx(100 * oracle.std_mean * np.sqrt((oracle.sum_weights - 1) / oracle.sum_weights))
