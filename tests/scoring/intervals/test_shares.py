"""Scores from shares alone."""

import math

import pytest

from npscore import InputError, moments


@pytest.mark.parametrize("n", [None, 100, 12.5])
def test_moments_of_shares_are_those_of_counts(n):
    made = moments(0.2, 0.2, 0.6, n)
    assert (made.value, made.variance) == pytest.approx((40, 0.64))
    assert made.standard_error is None if n is None else made.standard_error == pytest.approx(100 * math.sqrt(0.64 / n))


@pytest.mark.parametrize(
    "shares", [(20, 20, 60), (0.2, 0.2, 0.5), (-0.1, 0.5, 0.6), ("0.2", 0.2, 0.6), (math.nan, 1, 0)]
)
def test_moments_refuse_what_are_no_shares(shares):
    with pytest.raises(InputError, match=r"sum to 1|finite number"):
        moments(*shares)


@pytest.mark.parametrize("n", [0, -1, math.inf, math.nan, "9"])
def test_moments_refuse_what_is_no_n(n):
    with pytest.raises(InputError, match="n must be"):
        moments(0.2, 0.2, 0.6, n)
