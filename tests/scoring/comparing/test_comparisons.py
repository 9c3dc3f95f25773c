"""Comparisons: worked values, edges, refusals, warnings, and arrays."""

import math
import sys

import pytest

from npscore import (
    ONE_TO_TEN,
    Convention,
    DataWarning,
    EmptyTallyError,
    InputError,
    MissingExtraError,
    PoolingError,
    Tallies,
    Tally,
    against,
    compare,
    interval,
    score,
)

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

SPRING, SUMMER = Tally(20, 20, 60), Tally(30, 25, 45)
METHODS = ("adjusted_wald", "mover", "wald", "welch")
AGAINST = ("score", "adjusted_wald", "t")
NUMBERS = ("difference", "adjusted_difference", "standard_error", "lower", "upper", "statistic", "p_value")


def test_the_adjusted_difference_is_that_of_the_adjusted_counts():
    made = compare(SPRING, SUMMER)
    assert made.difference == 25
    assert made.adjusted_difference == pytest.approx(100 * (40 / 103 - 15 / 103))
    assert made.statistic == pytest.approx(made.adjusted_difference / made.standard_error)
    assert made.lower == pytest.approx(made.adjusted_difference - 1.959963984540054 * made.standard_error)
    assert (made.df, made.method, made.level, made.n_a, made.n_b) == (None, "adjusted_wald", 0.95, 100, 100)


@pytest.mark.parametrize("method", METHODS)
def test_numbers_are_plain_floats(method):
    made = compare(SPRING, SUMMER, method=method)
    assert all(type(getattr(made, name)) is float for name in NUMBERS)
    assert (type(made.df) is float) == (method == "welch")


@pytest.mark.parametrize("method", METHODS)
def test_one_sided_p_values_halve_and_complete_the_two_sided_one(method):
    two, more, less = (
        compare(SPRING, SUMMER, method=method, alternative=side).p_value for side in ("two-sided", "greater", "less")
    )
    assert two == pytest.approx(2 * more)
    assert more + less == pytest.approx(1)


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_limits_stay_two_sided(alternative):
    one_sided, two_sided = compare(SPRING, SUMMER, alternative=alternative), compare(SPRING, SUMMER)
    assert (one_sided.lower, one_sided.upper) == (two_sided.lower, two_sided.upper)


def test_a_difference_ranges_over_two_hundred_points():
    made = compare(Tally(0, 0, 2), Tally(2), level=0.9999)
    assert (made.difference, made.upper) == (200, 200)
    assert compare(Tally(2), Tally(0, 0, 2), level=0.9999).lower == -200
    assert compare(Tally(0, 0, 30), Tally(30), method="mover").upper == 200


def test_a_p_value_far_out_is_small_and_not_nothing():
    far = compare(Tally(0, 0, 30), Tally(30))
    assert far.statistic == pytest.approx(20.6350782)
    assert far.p_value == pytest.approx(1.29e-94, rel=0.05)


@pytest.mark.parametrize("method", ["adjusted_wald", "mover"])
def test_one_answer_on_either_side_has_a_test(method):
    made = compare(Tally(0, 0, 1), Tally(1), method=method)
    assert 0 < made.p_value < 1
    assert -200 <= made.lower < made.upper <= 200


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore:the plain Wald:npscore.errors.DataWarning")
def test_like_groups_do_not_differ(method):
    for one in (SPRING, Tally(0, 0, 9), Tally(0, 5, 0)):
        made = compare(one, one, method=method)
        assert (made.difference, made.statistic, made.p_value) == (0, 0, 1)


@pytest.mark.parametrize("method", ["wald", "welch"])
@pytest.mark.filterwarnings("ignore:the plain Wald:npscore.errors.DataWarning")
def test_a_difference_without_a_standard_error_is_refused(method):
    with pytest.raises(InputError, match="no standard error"):
        compare(Tally(0, 0, 3), Tally(3), method=method)


def test_one_answer_has_no_t():
    with pytest.raises(InputError, match="no spread"):
        compare(SPRING, Tally(1), method="welch")
    with pytest.raises(InputError, match="no spread"):
        against(Tally(1), 0, method="t")


def test_wald_warns_where_it_fails_and_names_the_caller():
    with pytest.warns(DataWarning, match="Wald test") as caught:
        compare(SPRING, Tally(1, 2, 3), method="wald")
    assert caught[0].filename == __file__


def test_unlike_scales_and_empty_tallies_are_refused():
    with pytest.raises(PoolingError):
        compare(SPRING, Tally(1, 1, 1, scale=ONE_TO_TEN))
    with pytest.raises(EmptyTallyError):
        compare(SPRING, Tally(unanswered=4))
    with pytest.raises(EmptyTallyError):
        against(Tally(), 0)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"method": "t"}, "one of adjusted_wald"),
        ({"alternative": "two.sided"}, "two-sided"),
        ({"level": 95}, "fraction"),
        ({"pseudo_counts": (1, 1)}, "three numbers"),
        ({"method": "welch", "pseudo_counts": (1, 1, 1)}, "belong to adjusted_wald"),
    ],
)
def test_options_that_do_not_exist_are_refused(options, why):
    with pytest.raises(InputError, match=why):
        compare(SPRING, SUMMER, **options)


@pytest.mark.parametrize("benchmark", [101, -100.5, math.nan, "30", None, True])
def test_a_benchmark_is_a_score(benchmark):
    with pytest.raises(InputError, match="number of points from -100 to 100"):
        against(SPRING, benchmark)


def test_against_speaks_of_the_difference():
    made = against(SPRING, 30)
    limits = interval(SPRING, method="score")
    assert made.difference == 10
    assert (made.lower, made.upper) == pytest.approx((limits.lower - 30, limits.upper - 30))
    assert (made.n_a, made.n_b, made.df) == (100, None, None)
    assert against(SPRING, 30, method="t").df == 99


def test_a_benchmark_at_the_end_of_the_range():
    assert against(Tally(0, 0, 5), 100).p_value == 1
    assert against(Tally(0, 1, 5), 100).p_value == 0
    assert against(Tally(0, 1, 5), 100, alternative="greater").p_value == 1
    assert against(Tally(5), -100).statistic == 0


def test_mover_says_the_level_at_which_its_interval_reaches_nothing():
    made = compare(SPRING, SUMMER, method="mover")
    edge = compare(SPRING, SUMMER, method="mover", level=1 - made.p_value)
    assert edge.lower == pytest.approx(0, abs=1e-9)


def test_text_names_the_method_and_never_says_nought():
    assert str(compare(SPRING, Tally(60, 20, 20))).endswith("p < 0.001 (adjusted_wald, two-sided)")
    assert str(compare(SPRING, SUMMER)).startswith("difference +25.0 (95 % interval +1.7 to +46.8), p = 0.035")


def test_the_adjusted_test_needs_no_other_library(monkeypatch):
    for name in ("numpy", "scipy", "scipy.special"):
        monkeypatch.setitem(sys.modules, name, None)
    assert compare(SPRING, SUMMER).p_value == pytest.approx(0.0347925822353275)
    assert against(SPRING, 30, method="adjusted_wald").p_value < 1
    with pytest.raises(MissingExtraError, match="stats"):
        against(SPRING, 30)
    with pytest.raises(MissingExtraError, match="stats"):
        compare(SPRING, SUMMER, method="welch")


class TestColumns:
    A = (Tally(2, 3, 5), Tally(0, 0, 7), Tally(), Tally(9, 1, 0), Tally(30, 25, 45))
    B = (Tally(4, 3, 3), Tally(0, 0, 9), Tally(1, 1, 1), Tally(1, 1, 8), Tally(20, 20, 60))

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.filterwarnings("ignore:the plain Wald:npscore.errors.DataWarning")
    def test_every_pair_is_the_scalar_result(self, method):
        made = compare(Tallies.of(self.A), Tallies.of(self.B), method=method, alternative="less")
        for i, (a, b) in enumerate(zip(self.A, self.B, strict=True)):
            for name in NUMBERS:
                if a.n:
                    expected = getattr(compare(a, b, method=method, alternative="less"), name)
                    assert getattr(made, name)[i] == pytest.approx(expected, abs=1e-9), (i, name)
                else:
                    assert math.isnan(getattr(made, name)[i])

    @pytest.mark.parametrize("method", AGAINST)
    def test_every_group_against_its_benchmark(self, method):
        benchmarks = np.array([0.0, 50.0, 10.0, -80.0, 100.0])
        made = against(Tallies.of(self.A), benchmarks, method=method)
        for i, (a, benchmark) in enumerate(zip(self.A, benchmarks.tolist(), strict=True)):
            if not a.n or (method == "t" and i == 1):
                assert math.isnan(made.p_value[i])
            else:
                assert made.p_value[i] == pytest.approx(against(a, benchmark, method=method).p_value, abs=1e-12)

    def test_one_tally_against_many(self):
        made = compare(self.A[0], Tallies.of(self.B))
        assert made.p_value[0] == pytest.approx(compare(self.A[0], self.B[0]).p_value)
        assert str(made) == "5 differences (adjusted_wald, two-sided)"

    def test_unequal_numbers_are_refused(self):
        with pytest.raises(InputError, match="one by one"):
            compare(Tallies.of(self.A), Tallies.of(self.B[:2]))


@pytest.mark.parametrize("method", ["score", "adjusted_wald", "t"])
@pytest.mark.parametrize("sign", [1, -1])
def test_against_a_benchmark_no_limit_is_beyond_what_the_score_can_be(method, sign):
    counts = (0, 1, 4)[::sign]
    made = against(Tally(*counts), 90 * sign, method=method)
    ends = sorted([sign * (90 * sign + made.lower), sign * (90 * sign + made.upper)])
    assert -100 - 1e-9 <= ends[0] < ends[1] <= 100 + 1e-9
    many = against(Tallies(*([count] * 2 for count in counts)), np.array([90.0 * sign, 0]), method=method)
    assert (many.lower[0], many.upper[0]) == pytest.approx((made.lower, made.upper))


def test_a_score_of_counts_stands_against_a_benchmark_as_its_counts():
    silent = score([10] * 6 + [3] * 2 + [None], convention=Convention(unanswered="count in the base"))
    assert against(silent, 30) == against(Tally(2, 1, 6), 30)
    assert against(score(Tally(20, 20, 60)), 30, method="t") == against(Tally(20, 20, 60), 30, method="t")


def test_benchmarks_are_one_or_one_for_each():
    groups = Tallies([1, 2], [3, 4], [5, 5])
    for tally, benchmark in ((groups, np.array([1.0, 2, 3])), (Tally(1, 2, 3), np.array([1.0, 2]))):
        with pytest.raises(InputError, match="one for each"):
            against(tally, benchmark)
    with pytest.raises(InputError, match="benchmark 1 must be"):
        against(groups, np.array([1, 101]))
