"""Two groups of one weighted sample: values by hand, what they share, and what is refused."""

import math

import pytest

from npscore import DataWarning, EmptyTallyError, InputError, weighted_difference

pytest.importorskip("numpy")
stats = pytest.importorskip("scipy.stats")

few_clusters = pytest.mark.filterwarnings("ignore:there are . clusters:npscore.DataWarning")


@few_clusters
def test_a_difference_within_one_sample_knows_what_the_groups_share():
    ratings, accounts, roles = [10, 10, 3, 3, 8, 9, 10, 9], [1, 1, 2, 2, 3, 3, 4, 4], ["user", "buyer"] * 4
    shared = weighted_difference(ratings, None, roles, a="buyer", b="user", clusters=accounts)
    apart = weighted_difference(ratings, None, roles, a="buyer", b="user")
    assert shared.difference == apart.difference == pytest.approx(shared.value_a - shared.value_b)
    assert shared.standard_error < apart.standard_error
    assert (shared.n_a, shared.n_b, shared.df, apart.df) == (4, 4, 3, 7)


def test_a_difference_by_hand():
    made = weighted_difference([9, 10, 3, 8], [1, 1, 1, 3], list("abab"), a="a", b="b")
    assert (made.value_a, made.value_b, made.difference, made.adjusted_difference) == (0.0, 25.0, -25.0, -25.0)
    squares = [(1 / 2) ** 2, (0.75 / 4) ** 2, (-1 / 2) ** 2, (3 * -0.25 / 4) ** 2]
    assert made.standard_error == pytest.approx(100 * math.sqrt(4 / 3 * sum(squares)))
    assert made.statistic == pytest.approx(-25 / made.standard_error)
    assert made.p_value == pytest.approx(2 * stats.t.sf(-made.statistic, 3))
    assert (made.lower, made.upper) == (-200.0, 200.0)
    narrow = weighted_difference([9, 10, 3, 8], [1, 1, 1, 3], list("abab"), a="a", b="b", level=0.5)
    reach = stats.t.ppf(0.75, 3) * made.standard_error
    assert (narrow.lower, narrow.upper) == pytest.approx((-25 - reach, -25 + reach))


def test_the_sides_of_a_difference():
    rows = ([9, 10, 3, 8, 2, 9], [1, 1, 1, 3, 1, 1], list("ababab"))
    both, greater, less = (
        weighted_difference(*rows, a="a", b="b", alternative=side) for side in ("two-sided", "greater", "less")
    )
    assert greater.p_value + less.p_value == pytest.approx(1)
    assert both.p_value == pytest.approx(2 * min(greater.p_value, less.p_value))
    back = weighted_difference(*rows, a="b", b="a", reference="z")
    assert back.difference == -both.difference
    assert (back.df, back.p_value) == (None, pytest.approx(2 * stats.norm.sf(abs(back.statistic))))


def test_groups_without_spread():
    same = weighted_difference([9, 10, 9, 10], None, list("abab"), a="a", b="b")
    assert (same.difference, same.statistic, same.p_value) == (0.0, 0.0, 1.0)
    apart = weighted_difference([9, 3, 9, 3], None, list("abab"), a="a", b="b")
    assert (apart.difference, apart.statistic, apart.p_value) == (200.0, math.inf, 0.0)


def test_a_group_owned_by_one_answer_is_warned_of():
    with pytest.warns(DataWarning, match="4 answers are worth 1.0"):
        weighted_difference([9, 3, 8, 9] * 2, [1000, 1, 1, 1, 1, 1, 1, 1], list("aaaabbbb"), a="a", b="b")


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: weighted_difference([9, 3], None, "ab", a="a", b="b"), InputError, "one label a row"),
        (lambda: weighted_difference([9, 3], None, ["a"], a="a", b="b"), InputError, "1 groups for 2"),
        (lambda: weighted_difference([9, 3], None, ["a", "b"], a="a", b="a"), InputError, "both 'a'"),
        (lambda: weighted_difference([9, 3], None, ["a", "b"], a="a", b="c"), EmptyTallyError, "'c'"),
        (lambda: weighted_difference([9, None], None, ["a", "b"], a="a", b="b"), EmptyTallyError, "'b'"),
        (
            lambda: weighted_difference([9, 3], None, ["a", "b"], a="a", b="b", alternative="up"),
            InputError,
            "alternative='up'",
        ),
    ],
)
def test_what_has_no_difference_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()
