"""Posteriors: closed-form moments, limits that hold their mass, and the chance that one group is above another."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import (
    ONE_TO_TEN,
    EmptyTallyError,
    InputError,
    PoolingError,
    Tallies,
    Tally,
    posterior,
    probability_greater,
)

np = pytest.importorskip("numpy")
stats = pytest.importorskip("scipy.stats")
integrate = pytest.importorskip("scipy.integrate")

small = st.integers(0, 40)
tallies = st.builds(Tally, small, small, small).filter(lambda one: one.n)


@given(tallies, st.floats(0.5, 0.999))
@settings(max_examples=20)
def test_the_limits_leave_half_of_the_rest_on_either_side(one, level):
    made = posterior(one, level=level)
    assert made.above(made.upper) == pytest.approx((1 - level) / 2, abs=1e-8)
    assert 1 - made.above(made.lower) == pytest.approx((1 - level) / 2, abs=1e-8)
    assert -100 <= made.lower < made.upper <= 100


@pytest.mark.parametrize(
    "counts",
    [
        (0, 0, 1),
        (4, 5, 6),
        (0, 900, 100_000),
        (10**6, 2, 0),
        (0, 1, 10**6),
        (3 * 10**6, 5 * 10**6, 10**6),
        (10**9,) * 3,
    ],
)
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999998])
def test_the_limits_hold_their_mass_for_few_and_for_many(counts, level):
    made = posterior(Tally(*counts), level=level)
    tail = (1 - level) / 2
    assert made.above(made.upper) == pytest.approx(tail, abs=2e-10)
    assert 1 - made.above(made.lower) == pytest.approx(tail, abs=2e-10)
    assert made.lower < made.mean < made.upper


@pytest.mark.parametrize("passives", [3, 4, 5, 40])
@pytest.mark.parametrize("x", [-40, -10, 0.0, 5, 60])
def test_the_mass_is_that_of_another_integral(passives, x):
    """Over the share of passives, of the beta distribution of promoters among the others."""
    a, b, c = 12.5, passives + 0.5, 20.5
    expected = integrate.quad(
        lambda w: stats.beta.pdf(w, b, a + c) * stats.beta.sf(np.clip((x / 100 / (1 - w) + 1) / 2, 0, 1), c, a),
        0, 1, points=[1 - abs(x) / 100], epsabs=1e-12, limit=200,
    )[0]  # fmt: skip
    assert posterior(Tally(12, passives, 20)).above(x) == pytest.approx(expected, abs=1e-10)


def test_a_posterior_of_two_categories_is_a_beta_variable():
    """With almost no prior weight on passives and no passives seen, score = 2 Beta - 1."""
    made = posterior(Tally(3, 0, 9), prior=(0.5, 1e-9, 0.5))
    assert made.above(20) == pytest.approx(stats.beta.sf(0.6, 9.5, 3.5), abs=1e-6)


def test_moments_and_mass_are_those_of_draws():
    draws = np.random.default_rng(3).dirichlet([2.5, 3.5, 5.5], 400_000)
    scores = 100 * (draws[:, 2] - draws[:, 0])
    made = posterior(Tally(2, 3, 5))
    assert (made.mean, made.sd) == pytest.approx((scores.mean(), scores.std()), abs=0.1)
    assert (made.lower, made.upper) == pytest.approx(tuple(np.quantile(scores, [0.025, 0.975])), abs=0.4)
    assert made.above(0) == pytest.approx((scores > 0).mean(), abs=0.003)


def test_the_ends_of_the_range_hold_everything():
    made = posterior(Tally(2, 3, 5))
    assert (made.above(-100), made.above(100), made.above(-500), made.above(500)) == (1, 0, 1, 0)
    assert made.above(np.array([-100.0, 100.0])).tolist() == [1, 0]


@pytest.mark.parametrize("x", [math.nan, math.inf, None, "30", [30, None]])
def test_above_takes_points(x):
    with pytest.raises(InputError, match=r"^x.* (must be a finite number|list)"):
        posterior(Tally(2, 3, 5)).above(x)


def test_arrays_are_the_scalars():
    groups = [Tally(2, 3, 5), Tally(0, 0, 4), Tally(7, 1, 0)]
    made = posterior(Tallies.of(groups))
    for i, group in enumerate(groups):
        one = posterior(group)
        assert (made.mean[i], made.lower[i], made.upper[i]) == pytest.approx((one.mean, one.lower, one.upper))
        assert made.above(5)[i] == pytest.approx(one.above(5))


@given(tallies, tallies)
@settings(max_examples=6)
def test_one_of_two_groups_is_above_the_other(a, b):
    assert probability_greater(a, b) + probability_greater(b, a) == pytest.approx(1, abs=1e-9)


@given(tallies)
@settings(max_examples=4)
def test_like_groups_are_as_likely_above(one):
    assert probability_greater(one, one) == pytest.approx(0.5, abs=1e-8)


@pytest.mark.parametrize(
    ("a", "b"),
    [((2, 3, 5), (1, 1, 3)), ((0, 0, 4), (0, 1, 6)), ((20, 20, 60), (3000, 2000, 5000)), ((0, 3, 0), (1, 0, 0))],
)
def test_the_chance_is_that_of_draws(a, b):
    random = np.random.default_rng(7)
    first, second = (random.dirichlet(np.array(counts) + 0.5, 400_000) for counts in (a, b))
    share = ((first[:, 2] - first[:, 0]) > (second[:, 2] - second[:, 0])).mean()
    assert probability_greater(Tally(*a), Tally(*b)) == pytest.approx(share, abs=0.004)


def test_what_cannot_be_believed_is_refused():
    with pytest.raises(EmptyTallyError):
        posterior(Tally())
    with pytest.raises(EmptyTallyError):
        probability_greater(Tally(1), Tally())
    with pytest.raises(PoolingError):
        probability_greater(Tally(1), Tally(1, scale=ONE_TO_TEN))
    with pytest.raises(InputError, match="one Tally and another"):
        probability_greater(Tallies([1], [1], [1]), Tallies([1], [1], [1]))
    for prior in ((0, 1, 1), (1, 1), (1, 1, math.inf), (math.nan, 1, 1), None, "abc", (1, "1", 1)):
        with pytest.raises(InputError, match="prior"):
            posterior(Tally(1), prior=prior)
    with pytest.raises(InputError, match="fraction"):
        posterior(Tally(1), level=95)
