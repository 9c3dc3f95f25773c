"""Several groups: all at once, all pairs, adjusted p-values, and the trend over waves."""

import math
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest

from npscore import (
    ONE_TO_TEN,
    DataWarning,
    EmptyTallyError,
    InputError,
    PoolingError,
    Tallies,
    Tally,
    adjust,
    compare,
    compare_many,
    pairwise,
    trend,
)

np = pytest.importorskip("numpy")
pytest.importorskip("statsmodels")

GROUPS = {"a": Tally(20, 20, 60), "b": Tally(30, 25, 45), "c": Tally(9, 8, 33), "d": Tally(14, 10, 11)}
WAVES = [Tally(30, 25, 45), Tally(25, 25, 50), Tally(20, 20, 60)]


def test_two_groups_at_once_are_the_two_sample_test_squared():
    two = {"a": GROUPS["a"], "b": GROUPS["b"]}
    made, one = compare_many(two), compare(GROUPS["a"], GROUPS["b"])
    assert made.statistic == pytest.approx(one.statistic**2)
    assert made.p_value == pytest.approx(one.p_value)
    welch, t = compare_many(two, method="welch"), compare(GROUPS["a"], GROUPS["b"], method="welch")
    assert (welch.statistic, welch.df2, welch.p_value) == pytest.approx((t.statistic**2, t.df, t.p_value))


def test_the_result_is_plain_numbers():
    for method, df2 in (("adjusted_wald", type(None)), ("welch", float)):
        made = compare_many(GROUPS, method=method)
        assert type(made.df) is int
        assert type(made.df2) is df2
        assert type(made.statistic) is type(made.p_value) is type(made.pooled) is float
        assert made.method == method


def test_a_unanimous_group_has_no_infinite_weight():
    groups = {**GROUPS, "all": Tally(0, 0, 12)}
    assert math.isfinite(compare_many(groups).statistic)
    with pytest.warns(DataWarning), pytest.raises(InputError, match="raw variance is 0"):
        compare_many(groups, method="wald")
    with pytest.raises(InputError, match="raw variance is 0"):
        compare_many(groups, pseudo_counts=(0, 0, 0))
    with pytest.raises(InputError, match="variance is 0"):
        compare_many(groups, method="welch")


@pytest.mark.parametrize("test", [compare_many, pairwise])
def test_what_cannot_be_compared_is_refused(test):
    for groups in ({"a": Tally(1, 1, 1)}, {}, list(GROUPS.values())):
        with pytest.raises(InputError, match="at least two"):
            test(groups)
    with pytest.raises(EmptyTallyError):
        test({**GROUPS, "e": Tally()})
    with pytest.raises(PoolingError):
        test({**GROUPS, "e": Tally(1, 1, 1, scale=ONE_TO_TEN)})
    with pytest.raises(InputError, match="Tally"):
        test({**GROUPS, "e": 40.0})
    with pytest.raises(InputError, match="one Tally"):
        test({**GROUPS, "e": Tallies([1], [1], [1])})
    with pytest.raises(InputError, match="not known"):
        test(GROUPS, method="chi2")


def test_pairs_come_in_the_order_of_combinations():
    rows = pairwise(GROUPS)
    assert [(row.a, row.b) for row in rows] == list(combinations("abcd", 2))
    raw = [compare(GROUPS[a], GROUPS[b]) for a, b in combinations("abcd", 2)]
    assert [row.p_value for row in rows] == [one.p_value for one in raw]
    assert [row.difference for row in rows] == [one.difference for one in raw]
    assert [row.p_adjusted for row in rows] == adjust([one.p_value for one in raw], "holm")
    assert type(rows[0].p_adjusted) is float
    assert pairwise(GROUPS, adjust="bh")[0].adjust == "bh"
    with pytest.raises(InputError, match="holm"):
        pairwise(GROUPS, adjust="tukey")


def test_adjusting_keeps_order_and_kind():
    assert adjust([0.04, 0.01]) == [0.04, 0.02]
    assert adjust((0.5, 0.6), "bonferroni") == [1, 1]
    assert isinstance(adjust(np.array([0.04, 0.01])), np.ndarray)
    assert adjust([]) == []
    assert adjust([0.03], "by") == [0.03]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([1.2], "p-value 0 must be a fraction from 0 to 1"),
        ([0.5, -0.1], "p-value 1"),
        ([math.nan], "finite"),
        ([[0.1]], "finite"),
        (0.1, "list, array or series"),
        ("abc", "list, array or series"),
        (["0.5"], "not '0.5'"),
    ],
)
def test_adjusting_takes_p_values(values, why):
    with pytest.raises(InputError, match=why):
        adjust(values)


def test_adjusting_knows_its_methods():
    with pytest.raises(InputError, match="hochberg"):
        adjust([0.1], "sidak")


def test_scores_on_a_line_have_their_slope():
    made = trend([Tally(40, 20, 40), Tally(30, 20, 50), Tally(20, 20, 60)], [0, 1, 2], pseudo_counts=(0, 0, 0))
    assert made.slope == pytest.approx(20)
    assert made.intercept == pytest.approx(0, abs=1e-9)
    assert made.residual_q == pytest.approx(0, abs=1e-9)
    assert made.residual_df == 1
    assert made.residual_p == pytest.approx(1)


def test_two_waves_have_a_slope_and_no_residual():
    made, one = trend(WAVES[:2], [3, 4]), compare(WAVES[1], WAVES[0])
    assert (made.slope, made.standard_error) == pytest.approx((one.adjusted_difference, one.standard_error))
    assert made.p_value == pytest.approx(one.p_value)
    assert (made.residual_q, made.residual_df, made.residual_p) == (0, 0, 1)


def test_dates_count_in_days_from_the_earliest():
    days = [date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 2)]
    made = trend(WAVES, days)
    assert made == trend(WAVES, [0, 30, 60])
    assert made == trend(WAVES, [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=30 * k) for k in range(3)])


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ([1, 2], "each wave has one"),
        ([1, 1, 1], "same time"),
        ([1, 2, math.nan], "finite"),
        ([1, 2, "3"], "all numbers"),
        (None, "list, array or series"),
        ([date(2026, 1, 1), 2, 3], "all numbers"),
        ([datetime(2026, 1, 1), datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1)], "zone"),
    ],
)
def test_times_are_numbers_or_dates(times, why):
    with pytest.raises(InputError, match=why):
        trend(WAVES, times)


def test_a_trend_needs_two_waves():
    with pytest.raises(InputError, match="at least two"):
        trend(WAVES[:1], [1])
    with pytest.raises(EmptyTallyError):
        trend([Tally(), *WAVES], [1, 2, 3, 4])
