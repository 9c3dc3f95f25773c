"""Weighted scores compared: values by hand, what two groups share, what samples drawn apart do not, refusals."""

import math

import pytest

from npscore import (
    ONE_TO_TEN,
    Comparison,
    Convention,
    DataWarning,
    EmptyTallyError,
    InputError,
    PoolingError,
    Tallies,
    Tally,
    against,
    compare,
    score,
    weighted,
    weighted_difference,
)

np = pytest.importorskip("numpy")
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
    with pytest.raises(InputError, match="no standard error to divide by"):
        weighted_difference([9, 3, 9, 3], None, list("abab"), a="a", b="b")
    everyone = weighted_difference([9, 3, 9, 3], None, list("abab"), a="a", b="b", population=4)
    assert (everyone.difference, everyone.statistic, everyone.p_value) == (200.0, math.inf, 0.0)


@pytest.mark.filterwarnings("ignore:all units agree:npscore.DataWarning")
def test_answers_that_all_agree_are_no_proof():
    accounts = [{"account_id": account, "rating": 9} for account in "ab"]
    scores = weighted([9, 9]), score(accounts, convention=Convention(unit="account"))
    for high, low in zip(
        scores,
        (weighted([3, 3]), score([{**one, "rating": 3} for one in accounts], convention=Convention(unit="account"))),
        strict=True,
    ):
        with pytest.raises(InputError, match="no standard error to divide by"):
            compare(high, low)
        with pytest.raises(InputError, match="no standard error to divide by"):
            against(high, 10)
    whole = compare(weighted([9, 9], population=2), weighted([3, 3], population=2))
    assert (whole.p_value, whole.lower) == (0.0, 200.0)


def test_a_group_owned_by_one_answer_is_warned_of():
    with pytest.warns(DataWarning, match="4 answers are worth 1.0"):
        weighted_difference([9, 3, 8, 9] * 2, [1000, 1, 1, 1, 1, 1, 1, 1], list("aaaabbbb"), a="a", b="b")


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: weighted_difference([9, 3], None, "ab", a="a", b="b"),
            InputError,
            "groups are a list, array or series",
        ),
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


class TestApart:
    """Two samples, each scored by `weighted`."""

    A = ([9, 10, 3, 8, 9, 6, 7, 10], [1, 2, 1, 1, 1, 3, 0.5, 1])
    B = ([2, 9, 5, 8, 7, 10, 0], [1, 1, 2, 1, 4, 1, 1])

    def test_a_difference_by_hand(self):
        a, b = weighted(*self.A), weighted(*self.B)
        made = compare(a, b, level=0.9)
        squares = [a.standard_error**2, b.standard_error**2]
        df = sum(squares) ** 2 / (squares[0] ** 2 / 7 + squares[1] ** 2 / 6)
        assert type(made) is Comparison
        assert made.difference == made.adjusted_difference == a.value - b.value
        assert made.standard_error == pytest.approx(math.sqrt(sum(squares)))
        assert made.df == pytest.approx(df)
        assert made.statistic == pytest.approx(made.difference / made.standard_error)
        assert made.p_value == pytest.approx(2 * stats.t.sf(made.statistic, df))
        reach = stats.t.ppf(0.95, df) * made.standard_error
        assert (made.lower, made.upper) == pytest.approx((made.difference - reach, made.difference + reach))
        assert (made.method, made.level, made.n_a, made.n_b) == ("linearised", 0.9, 8, 7)

    def test_numbers_are_plain(self):
        made = compare(weighted(*self.A), weighted(*self.B))
        assert {type(getattr(made, name)) for name in ("difference", "lower", "statistic", "df", "p_value")} == {float}
        assert str(made).startswith("difference +")
        assert str(made).endswith("(linearised, two-sided)")

    def test_the_normal_counts_as_known(self):
        exact, known = (weighted(*rows, reference="z") for rows in (self.A, self.B))
        both = compare(exact, known)
        assert (both.df, both.p_value) == (None, pytest.approx(2 * stats.norm.sf(abs(both.statistic))))
        one = compare(weighted(*self.A), known)
        assert one.df == pytest.approx(6 * 7 / 6 * one.standard_error**4 / exact.standard_error**4)

    def test_the_adjusted_method_compares_adjusted_shares(self):
        a, b = (weighted(*rows, method="adjusted_wald") for rows in (self.A, self.B))
        made = compare(a, b)
        assert made.difference == a.value - b.value != made.adjusted_difference
        assert made.adjusted_difference == pytest.approx(a.interval.center - b.interval.center)
        assert made.standard_error == pytest.approx(math.hypot(a.interval.standard_error, b.interval.standard_error))
        assert (made.method, made.df) == ("adjusted_wald", None)

    def test_the_method_may_be_named(self):
        a, b = (weighted(*rows, method="jackknife") for rows in (self.A, self.B))
        assert compare(a, b, method="jackknife") == compare(a, b)
        assert compare(a, b).method == "jackknife"

    def test_whole_populations_differ_for_certain(self):
        a, b = (weighted(ratings, population=len(ratings)) for ratings, _ in (self.A, self.B))
        made = compare(a, b)
        assert (made.standard_error, made.lower, made.upper) == (0.0, made.difference, made.difference)
        assert (made.statistic, made.p_value) == (math.inf, 0.0)
        assert compare(a, a).p_value == 1.0

    @pytest.mark.parametrize(
        ("a", "b", "options", "error", "says"),
        [
            (weighted(*A), Tally(1, 2, 3), {}, InputError, "make both with weighted"),
            (Tally(1, 2, 3), weighted(*A), {}, InputError, "make both with weighted"),
            (weighted(*A), Tallies([1], [2], [3]), {}, InputError, "make both with weighted"),
            (weighted(*A), 30, {}, InputError, "a Tally, not int"),
            (
                weighted(*A),
                weighted(*B, method="jackknife"),
                {},
                InputError,
                "other by jackknife",
            ),
            (weighted(*A), weighted([9, 1], scale=ONE_TO_TEN), {}, PoolingError, "0-10 and on 1-10"),
            (weighted(*A), weighted(*B), {"method": "welch"}, InputError, "bring their own method, linearised"),
            (weighted(*A), weighted(*B), {"pseudo_counts": (1, 1, 1)}, InputError, "leave out method and pseudo"),
            (weighted(*A), weighted(*B), {"level": 95}, InputError, "level=95"),
            (weighted(*A), weighted(*B), {"alternative": "up"}, InputError, "alternative='up'"),
            (Tally(1, 2, 3), Tally(1, 2, 3), {"method": "linearised"}, InputError, "method='linearised'"),
        ],
    )
    def test_what_cannot_be_compared_is_refused(self, a, b, options, error, says):
        with pytest.raises(error, match=says):
            compare(a, b, **options)


def test_a_weighted_score_stands_against_a_benchmark_by_its_own_error():
    made = weighted([9, 10, 3, 8, 9, 2, 10, 10], [1, 2, 1, 1, 1, 1, 2, 1])
    held = against(made, 10)
    assert held.statistic == pytest.approx((made.value - 10) / made.standard_error)
    assert (held.df, held.n_a, held.n_b, held.method) == (7, 8, None, "linearised")
    assert held.p_value == pytest.approx(2 * stats.t.sf(abs(held.statistic), 7))
    assert held.lower == pytest.approx(made.interval.raw_lower - 10)
    assert 10 + held.upper <= 100
    adjusted = weighted([9, 10, 3, 8], method="adjusted_wald")
    assert against(adjusted, 10, method="adjusted_wald").adjusted_difference == adjusted.interval.center - 10


def test_a_clustered_score_stands_against_a_benchmark_by_its_own_error():
    rows = [{"rating": rating, "account_id": name} for rating, name in zip([9, 10, 3, 8, 9, 2], "aabbcc", strict=True)]
    made = score(rows, convention=Convention(unit="account"))
    held = against(made, -20, alternative="greater")
    assert (held.statistic, held.df) == (pytest.approx((made.value + 20) / made.standard_error), 2)


def test_what_has_no_error_or_another_method_stands_against_nothing():
    single = score([{"rating": 9, "account_id": "a"}], convention=Convention(unit="account"))
    with pytest.raises(InputError, match="fewer than two units"):
        against(single, 10)
    made = weighted([9, 10, 3, 8])
    with pytest.raises(InputError, match="leave out method"):
        against(made, 10, method="t")
    with pytest.raises(InputError, match="one benchmark"):
        against(made, np.array([10.0, 20]))
