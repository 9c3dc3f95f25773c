"""Intervals: the formula on known counts, the limits of the range, and what is refused."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import EmptyTallyError, InputError, Tally, interval
from npscore.scoring.intervals import z_two_sided

counts = st.integers(0, 10**7)
tallies = st.builds(Tally, counts, counts, counts).filter(lambda tally: tally.n)
levels = st.floats(0.01, 0.9999)


@given(tallies, levels)
def test_the_limits_are_center_and_error_and_z(tally, level):
    made = interval(tally, level=level)
    size = tally.n + 3
    center = (tally.promoters - tally.detractors) / size
    variance = (tally.promoters + tally.detractors + 1.5) / size - center**2
    assert made.center == pytest.approx(100 * center, abs=1e-9)
    assert made.standard_error == pytest.approx(100 * math.sqrt(variance / size), rel=1e-6)
    assert made.raw_lower == made.center - z_two_sided(level) * made.standard_error
    assert made.raw_upper == made.center + z_two_sided(level) * made.standard_error
    assert (made.level, made.method, made.df) == (level, "adjusted_wald", None)


@given(tallies, levels)
def test_the_limits_are_the_raw_ones_clipped(tally, level):
    made = interval(tally, level=level)
    assert made.lower == min(max(made.raw_lower, -100), 100)
    assert made.upper == min(max(made.raw_upper, -100), 100)
    assert made.lower <= made.upper


def test_limits_beyond_the_range_are_kept_raw():
    all_promoters = interval(Tally(promoters=10))
    assert all_promoters.upper == 100.0 < all_promoters.raw_upper
    assert interval(Tally(detractors=10)).lower == -100.0


@pytest.mark.parametrize(
    ("level", "z"),
    [(0.95, 1.959963984540054), (0.9, 1.6448536269514722), (0.99, 2.5758293035489004), (0.5, 0.6744897501960817)],
)
def test_a_two_sided_interval_leaves_half_the_error_in_each_tail(level, z):
    assert z_two_sided(level) == pytest.approx(z, rel=1e-14)


def test_everybody_agreeing_does_not_make_an_answer_certain():
    for tally in (Tally(50), Tally(0, 50), Tally(0, 0, 50)):
        assert interval(tally).standard_error > 1
    assert interval(Tally(0, 0, 50), pseudo_counts=(0, 0, 0)).standard_error == 0


@given(tallies, levels)
def test_without_pseudo_counts_it_is_the_plain_wald_interval(tally, level):
    made = interval(tally, level=level, pseudo_counts=(0, 0, 0))
    share = (tally.promoters - tally.detractors) / tally.n
    variance = (tally.promoters + tally.detractors) / tally.n - share**2
    assert made.center == pytest.approx(100 * share, abs=1e-9)
    assert made.standard_error == pytest.approx(100 * math.sqrt(max(variance, 0) / tally.n), rel=1e-5, abs=1e-6)


def test_pseudo_counts_are_in_the_order_of_categories():
    more_detractors = interval(Tally(5, 5, 5), pseudo_counts=(3, 0, 0))
    assert more_detractors.center == pytest.approx(100 * -3 / 18)
    assert interval(Tally(5, 5, 5), pseudo_counts=(0, 0, 3)).center == pytest.approx(100 * 3 / 18)
    assert interval(Tally(5, 5, 5), pseudo_counts=(0, 3, 0)).center == 0


@pytest.mark.parametrize("n", [1, 2, 10**6, 10**12, 10**15, 10**18, 10**40])
def test_any_size_gives_real_limits(n):
    for tally in (Tally(n), Tally(0, n), Tally(0, 0, n), Tally(n, n, n), Tally(n, 1, 0)):
        made = interval(tally)
        assert all(isinstance(value, float) and math.isfinite(value) for value in (made.lower, made.upper))
        assert -100 <= made.lower <= made.upper <= 100


def test_unanswered_and_invalid_rows_do_not_enter():
    assert interval(Tally(3, 4, 5, unanswered=90, invalid=7)) == interval(Tally(3, 4, 5))


def test_there_is_no_interval_of_no_answers():
    with pytest.raises(EmptyTallyError):
        interval(Tally(unanswered=5))


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan"), float("inf"), True, False, "0.95", None])
def test_a_level_is_a_fraction_between_nothing_and_one(level):
    with pytest.raises(InputError, match="fraction"):
        interval(Tally(1, 1, 1), level=level)


@pytest.mark.parametrize("method", ["wilson", "", "Adjusted Wald", None])
def test_an_unknown_method_is_told_which_there_are(method):
    with pytest.raises(InputError, match="adjusted_wald"):
        interval(Tally(1, 1, 1), method=method)


@pytest.mark.parametrize("pseudo", [(1, 1), (1, 1, 1, 1), (-1, 1, 1), (float("nan"), 1, 1), (math.inf, 1, 1), ()])
def test_pseudo_counts_are_three_numbers_not_below_zero(pseudo):
    with pytest.raises(InputError, match="three numbers"):
        interval(Tally(1, 1, 1), pseudo_counts=pseudo)


def test_an_interval_knows_what_is_in_it_and_says_so():
    made = interval(Tally(20, 20, 60))
    assert made.lower in made
    assert made.upper in made
    assert 100 not in made
    assert str(made).startswith("95 % interval +")
    assert "-" in str(interval(Tally(60, 20, 20)))
    assert str(interval(Tally(1, 1, 1), level=0.999)).startswith("99.9 % ")
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  # our own bytes


def _left_out(n, level):
    """The (detractors, promoters) of n answers whose adjusted Wald interval leaves out their score."""
    pairs = [(down, up) for down in range(n + 1) for up in range(n + 1 - down)]
    made = {pair: interval(Tally(pair[0], n - sum(pair), pair[1]), level=level) for pair in pairs}
    scores = {pair: 100 * (pair[1] - pair[0]) / n for pair in pairs}
    return {pair for pair in pairs if not made[pair].lower - 1e-9 <= scores[pair] <= made[pair].upper + 1e-9}


def test_where_the_adjusted_interval_leaves_out_the_score_is_as_documented():
    assert [_left_out(n, 0.95) for n in (1, 2, 3, 10)] == [{(0, 1), (1, 0)}, set(), set(), set()]
    assert [len(_left_out(n, 0.9)) for n in range(1, 8)] == [2, 2, 2, 2, 0, 0, 0]
    assert [len(_left_out(n, 0.8)) for n in range(1, 8)] == [2, 2, 2, 2, 4, 4, 4]
