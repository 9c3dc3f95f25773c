"""A segment against everybody, its own people among them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import EmptyTallyError, InputError, PoolingError, Scale, Tally, compare, compare_with_whole, moments

_tallies = st.builds(Tally, st.integers(20, 200), st.integers(20, 200), st.integers(20, 200))


@given(_tallies, _tallies)
def test_the_difference_is_that_of_the_two_scores(part, rest):
    made = compare_with_whole(part, part + rest)
    value = {name: moments(*tally.shares, n=tally.n).value for name, tally in (("part", part), ("whole", part + rest))}
    assert made.difference == pytest.approx(value["part"] - value["whole"], abs=1e-9)
    assert (made.n_a, made.n_b) == (part.n, part.n + rest.n)


@given(_tallies, _tallies)
def test_the_error_allows_for_the_answers_that_both_have(part, rest):
    """Var(part - whole) = Var(part) + Var(whole) - 2 Cov, the whole being made of the part and the rest."""
    weight = part.n / (part.n + rest.n)
    errors = [moments(*tally.shares, n=tally.n).standard_error for tally in (part, rest)]
    own = (1 - weight) ** 2 * errors[0] ** 2 + (1 - weight) ** 2 * errors[1] ** 2
    whole = weight**2 * errors[0] ** 2 + (1 - weight) ** 2 * errors[1] ** 2
    by_covariance = errors[0] ** 2 + whole - 2 * weight * errors[0] ** 2
    made = compare_with_whole(part, part + rest, method="wald")
    assert made.standard_error == pytest.approx(math.sqrt(own), rel=1e-9)
    assert made.standard_error == pytest.approx(math.sqrt(by_covariance), rel=1e-9)


@given(_tallies, _tallies, st.sampled_from(["adjusted_wald", "mover", "wald", "welch"]))
def test_the_test_is_that_against_the_rest(part, rest, method):
    made, apart = compare_with_whole(part, part + rest, method=method), compare(part, rest, method=method)
    assert made.p_value == apart.p_value
    assert (made.lower > 0) == (apart.lower > 0)
    assert made.lower <= made.upper


def test_what_is_no_part_is_refused():
    with pytest.raises(InputError, match="whole"):
        compare_with_whole(Tally(1, 1, 1), Tally(1, 1, 1))
    with pytest.raises(InputError):
        compare_with_whole(Tally(2, 1, 1), Tally(1, 10, 10))
    with pytest.raises(EmptyTallyError):
        compare_with_whole(Tally(), Tally(1, 1, 1))
    with pytest.raises(PoolingError):
        compare_with_whole(Tally(1, 1, 1, scale=Scale.parse("1-10")), Tally(2, 2, 2))
    with pytest.raises(InputError, match="Tallies"):
        compare_with_whole([9, 10], Tally(1, 1, 1))
