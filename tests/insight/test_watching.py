"""Charts: limits, alarms and onsets; a published example of each; sequences; and what is refused."""

import math
import sys

import numpy as np
import pytest

from npscore import (
    ONE_TO_TEN,
    Category,
    DataWarning,
    EmptyTallyError,
    InputError,
    MissingExtraError,
    PoolingError,
    Tally,
    confidence_sequence,
    control_chart,
    cusum,
    ewma,
    interval,
)

WAVES = [Tally(20, 30, 50), Tally(25, 25, 150), Tally(18, 34, 48), Tally(40, 5, 5)]

# Montgomery, Introduction to Statistical Quality Control, the data of the chapter on CUSUM and EWMA charts (also in the
# manual of IMSL's EWMA class): twenty observations around 10 with sigma 1, then ten around 11. With k = 1/2 and h = 5
# the book's tabular CUSUM signals at observation 29, where the upper sum is 5.28, and counts the shift from 23 on.
MONTGOMERY = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08,
    9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
]  # fmt: skip


def test_limits_are_the_pooled_center_and_three_errors_of_each_wave():
    chart = control_chart(WAVES)
    pooled = sum(WAVES)
    sigma = 100 * math.sqrt((103 + 253) / 450 - (150 / 450) ** 2)
    assert pooled == Tally(103, 94, 253)
    assert chart.center == pytest.approx(100 * 150 / 450)
    assert chart.sigma == pytest.approx(sigma)
    assert chart.lower == pytest.approx([chart.center - 3 * sigma / math.sqrt(wave.n) for wave in WAVES])
    assert chart.upper == pytest.approx([chart.center + 3 * sigma / math.sqrt(wave.n) for wave in WAVES])
    assert chart.values == pytest.approx([30, 62.5, 30, -70])
    assert chart.outside == [1, 3]
    assert chart.n == [100, 200, 100, 50]


def test_limits_are_not_clipped_and_indices_begin_at_nought():
    chart = control_chart([90, 20], [4, 4], center=80, sigma=50)
    assert chart.upper == [155, 155]
    assert chart.outside == []
    assert control_chart([-90, 80], [4, 4], center=80, sigma=50).outside == [0]


def test_a_frozen_baseline_is_not_moved_by_later_waves():
    baseline = control_chart(WAVES[:1])
    later = control_chart(WAVES[1:], center=baseline.center, sigma=baseline.sigma, sigmas=2)
    assert (later.center, later.sigma) == (30, baseline.sigma)
    assert later.lower[0] == pytest.approx(30 - 2 * baseline.sigma / math.sqrt(200))
    assert baseline.dispersion is None


def test_scores_with_sizes_are_pooled_by_size():
    chart = control_chart([10, 40], [300, 100], sigma=70)
    assert chart.center == 17.5
    assert control_chart([10, 40], 50, sigma=70).n == [50, 50]


def test_scores_alone_make_a_chart_of_individuals_with_the_moving_range():
    chart = control_chart([10, 14, 12, 20])
    assert chart.center == 14
    assert chart.sigma == pytest.approx((4 + 2 + 8) / 3 / 1.1283791670955126)
    assert chart.dispersion == pytest.approx(1)


def test_dispersion_tells_waves_that_differ_by_more_than_sampling():
    random = np.random.default_rng(5)
    calm = [Tally(*random.multinomial(2000, [.2, .3, .5]).tolist()) for _ in range(200)]  # fmt: skip
    wild = [Tally(*random.multinomial(2000, [.2 + d, .3, .5 - d]).tolist()) for d in random.normal(0, .03, 200)]  # fmt: skip  # noqa: E501
    assert 0.9 < control_chart(calm).dispersion < 1.1
    chart = control_chart(wild)
    assert chart.dispersion > 2
    assert len(control_chart(wild, sigma=chart.sigma * chart.dispersion).outside) < 5 < len(chart.outside)


def test_montgomery_s_cusum():
    chart = cusum(MONTGOMERY, center=10, sigma=1)
    assert chart.high[:8] == pytest.approx([0, 0, 0, 1.16, 2.82, 2.5, 0.04, 1.0])
    assert chart.low[:3] == pytest.approx([0.05, 1.56, 1.77])
    assert chart.high[28] == pytest.approx(5.28)
    assert (chart.outside, chart.onset) == ([28, 29], 22)


def test_the_ewma_of_montgomery_s_data():
    chart = ewma(MONTGOMERY, center=10, sigma=1, weight=0.1, width=2.7)
    assert chart.values[:2] == pytest.approx([9.945, 9.7495])
    assert chart.values[-1] == pytest.approx(10.63414, abs=5e-6)
    assert chart.outside == [28, 29]
    assert (chart.lower[0], chart.upper[0]) == pytest.approx((9.73, 10.27))
    assert (chart.lower[-1], chart.upper[-1]) == pytest.approx((9.38, 10.62), abs=0.005)


def test_with_equal_n_the_limits_of_the_ewma_are_the_closed_form():
    chart = ewma([5, 3, 8, 1], 25, center=4, sigma=50, weight=0.3, width=2.5)
    spread = [2.5 * 10 * math.sqrt(0.3 / 1.7 * (1 - 0.7 ** (2 * t))) for t in (1, 2, 3, 4)]
    assert chart.upper == pytest.approx([4 + one for one in spread])
    assert chart.lower == pytest.approx([4 - one for one in spread])


def test_an_ewma_of_full_weight_is_the_control_chart():
    one, two = ewma(WAVES, weight=1, width=3), control_chart(WAVES)
    assert one.values == pytest.approx(two.values)
    assert one.upper == pytest.approx(two.upper)
    assert one.outside == two.outside


def test_a_fall_is_found_by_the_low_sum_and_its_onset_told():
    chart = cusum([30, 30, 33, 22, 22, 22, 22, 22, 22], 100, center=30, sigma=50)
    assert chart.high[-1] == 0
    assert chart.outside[0] == 7
    assert chart.onset == 3
    assert cusum([30, 30], 100, center=30, sigma=50).onset is None
    assert cusum([0], 100, center=30, sigma=50).onset == 0


def test_waves_may_come_by_name_and_sizes_too():
    named = {"Q1": Tally(1, 2, 3), "Q2": Tally(2, 2, 2)}
    assert control_chart(named) == control_chart(list(named.values()))
    assert control_chart({"a": 1, "b": 2}, {"a": 10, "b": 20}, sigma=5).n == [10, 20]
    assert control_chart(np.array([1.0, 2.0]), np.array([10, 20]), sigma=5).center == pytest.approx(50 / 30)


@pytest.mark.parametrize("chart", [control_chart, ewma, cusum])
@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([Tally(5)],), "sigma is 0"),
        (([1, 1, 1],), "sigma is 0"),
        (([1],), "one score"),
        (([1, 2], [3]), "2 scores and 1 sizes"),
        (([1, 2], 0), "number above 0"),
        (([1, math.nan],), "points from -100 to 100, not nan"),
        (([1, 101],), "points from -100 to 100, not 101"),
        ((None,), "list, array or series"),
        (([1, 2], "12"), "list, array or series"),
        (([1, "2"],), "not '2'"),
        (([1, None],), "not None"),
        (([Tally(1, 1, 1), 4],), "each score must be a number of points"),
        (([Tally(1, 1, 1)], 5), "own n"),
    ],
)
def test_what_is_no_wave_is_refused(chart, arguments, match):
    with pytest.raises(InputError, match=match):
        chart(*arguments)


@pytest.mark.parametrize("chart", [control_chart, ewma, cusum])
def test_waves_without_answers_or_on_unlike_scales_are_refused(chart):
    with pytest.raises(EmptyTallyError, match="no waves"):
        chart([])
    with pytest.raises(EmptyTallyError, match="wave 1"):
        chart([Tally(1, 1, 1), Tally(unanswered=4)])
    with pytest.raises(PoolingError):
        chart([Tally(1, 1, 1), Tally(1, 1, 1, scale=ONE_TO_TEN)])


@pytest.mark.parametrize(
    ("chart", "option"),
    [
        (control_chart, {"sigmas": 0}),
        (control_chart, {"sigma": -1}),
        (control_chart, {"center": math.inf}),
        (ewma, {"weight": 0}),
        (ewma, {"weight": 1.1}),
        (ewma, {"width": -1}),
        (cusum, {"allowance": -0.1}),
        (cusum, {"threshold": 0}),
        (cusum, {"threshold": "5"}),
    ],
)
def test_options_out_of_range_are_refused(chart, option):
    with pytest.raises(InputError):
        chart(WAVES, **option)


def test_a_sequence_narrows_around_the_score_and_never_widens():
    codes = np.random.default_rng(2).choice([-1, 0, 1], 2000, p=[0.2, 0.3, 0.5])
    watched = confidence_sequence(codes)
    assert (np.diff(watched.lower) >= 0).all()
    assert (np.diff(watched.upper) <= 0).all()
    assert (watched.lower[0], watched.upper[0]) == (-100, 100)
    assert watched.lower[-1] < 30 < watched.upper[-1]
    fixed = interval(Tally(400, 600, 1000))
    assert 1.3 < (watched.upper[-1] - watched.lower[-1]) / (fixed.upper - fixed.lower) < 2.5
    assert watched.estimate[-1] == pytest.approx(100 * codes.mean())
    assert (watched.n, watched.level, watched.emptied) == (2000, 0.95, None)


def naive(codes, level, means):
    """The hedged capital of every mean after each answer, as the paper writes it, one answer at a time."""
    alpha, x = 1 - level, (np.array(codes) + 1) / 2
    up, down = np.ones_like(means), np.ones_like(means)
    total, squares, alive = 0.5, 0.25, np.ones_like(means, dtype=bool)
    known = 0.25
    limits = []
    for t, value in enumerate(x, 1):
        bet = math.sqrt(2 * math.log(2 / alpha) / (known * t * math.log(1 + t)))
        up = up * (1 + np.minimum(bet, 0.5 / means) * (value - means))
        down = down * (1 - np.minimum(bet, 0.5 / (1 - means)) * (value - means))
        alive &= np.maximum(up / 2, down / 2) < 1 / alpha
        total += value
        squares += (value - total / (t + 1)) ** 2
        known = squares / (t + 1)
        limits.append((means[alive][0], means[alive][-1]))
    return 200 * np.array(limits) - 100


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_limits_are_those_of_the_capital_written_out(level):
    codes = np.random.default_rng(4).choice([-1, 0, 1], 400, p=[0.1, 0.2, 0.7]).tolist()
    theirs = naive(codes, level, np.linspace(0.0005, 0.9995, 4000))
    mine = confidence_sequence(codes, level=level)
    gap_low, gap_high = theirs[:, 0] - mine.lower, mine.upper - theirs[:, 1]
    assert (gap_low > 0).all()
    assert (gap_high > 0).all()
    assert max(gap_low.max(), gap_high.max()) < 0.12


def test_a_coarse_grid_is_never_narrower():
    codes = [1, 0, 1, 1, -1, 0] * 60
    fine, coarse = confidence_sequence(codes), confidence_sequence(codes, resolution=5)
    assert all(a >= b for a, b in zip(fine.lower, coarse.lower, strict=True))
    assert all(a <= b for a, b in zip(fine.upper, coarse.upper, strict=True))


def test_categories_and_codes_and_arrays_are_one():
    codes = [1, 0, -1, 1] * 30
    words = [{1: "promoter", 0: Category.PASSIVE, -1: "detractor"}[code] for code in codes]
    one = confidence_sequence(codes)
    assert isinstance(one.lower, list)
    assert isinstance(one.lower[0], float)
    assert one.lower == confidence_sequence(words).lower
    array = confidence_sequence(np.array(codes))
    assert isinstance(array.lower, np.ndarray)
    assert array.lower.tolist() == one.lower
    assert confidence_sequence(iter([1.0, np.int64(0)])).n == 2


def test_a_score_that_changes_for_good_empties_the_sequence():
    watched = confidence_sequence([1] * 300 + [-1] * 3000)
    assert 300 < watched.emptied < 3300
    assert watched.lower[-1] == watched.lower[watched.emptied - 1]
    assert watched.lower[-1] < watched.upper[-1]


def test_a_grid_that_cannot_follow_keeps_its_last_limits():
    watched = confidence_sequence([1, -1] * 5000, resolution=10)
    assert watched.emptied is None
    assert watched.lower[-1] <= 0 <= watched.upper[-1]


@pytest.mark.parametrize("wrong", [[9, 10], [0.5], [None], [math.nan], ["9"], [True], [2]])
def test_ratings_are_no_codes(wrong):
    with pytest.raises(InputError, match="is not a code"):
        confidence_sequence([1, *wrong])


def test_other_faults_have_a_sentence():
    with pytest.raises(EmptyTallyError):
        confidence_sequence([])
    with pytest.raises(InputError, match="fraction"):
        confidence_sequence([1], level=95)
    for resolution in (0, 11, -1, "fine", math.nan):
        with pytest.raises(InputError, match="resolution"):
            confidence_sequence([1], resolution=resolution)


def test_charts_need_no_numpy_and_a_sequence_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert control_chart(WAVES).outside == [1, 3]
    with pytest.raises(MissingExtraError, match=r"npscore\[stats\]"):
        confidence_sequence([1])


@pytest.mark.parametrize("chart", [control_chart, ewma, cusum])
def test_a_sigma_of_codes_is_noticed(chart):
    for given in ((WAVES,), ([30, 31], 100)):
        with pytest.warns(DataWarning, match="multiplied by 100") as caught:
            chart(*given, center=30, sigma=0.8)
        assert caught[0].filename == __file__
    chart([30, 31], center=30, sigma=0.8)  # of whole scores it may be so
    chart(WAVES, sigma=120)  # with a dispersion in it


def test_a_center_is_a_score():
    with pytest.raises(InputError, match="center must be a number of points"):
        control_chart(WAVES, center=130)
    with pytest.raises(InputError, match="center must be a number of points"):
        ewma([1, 2], sigma=5, center=-101)
