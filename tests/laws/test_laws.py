"""What holds for all tallies: addition, bounds, mirrors, widths and rounding."""

import math
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import reduce

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from npscore import STANDARD, Convention, Scale, Tally, interval, score, tally
from npscore.scoring.scores import round_half_away

counts = st.integers(0, 10**9)
tallies = st.builds(Tally, counts, counts, counts, counts, counts)
answered = tallies.filter(lambda tally: tally.n)
small = st.integers(0, 60)
small_answered = st.builds(Tally, small, small, small).filter(lambda tally: tally.n)
ratings = st.lists(st.one_of(st.none(), st.integers(-1, 12)), max_size=60)
levels = st.floats(0.95, 0.9999)


def mirrored(one: Tally) -> Tally:
    return Tally(one.promoters, one.passives, one.detractors, one.unanswered, one.invalid, scale=one.scale)


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


@given(tallies, tallies)
def test_addition_commutes(a, b):
    assert a + b == b + a


@given(tallies, tallies, tallies)
def test_addition_associates(a, b, c):
    assert (a + b) + c == a + (b + c)


@given(tallies)
def test_the_empty_tally_adds_nothing(a):
    assert a + Tally() == Tally() + a == a == sum([a])


@given(tallies, tallies)
def test_subtraction_undoes_addition(a, b):
    assert (a + b) - b == a


@given(tallies, tallies)
def test_a_sum_has_the_rows_of_its_parts(a, b):
    assert (a + b).n == a.n + b.n
    assert (a + b).rows == a.rows + b.rows


@given(st.lists(tallies, min_size=1))
def test_sum_is_repeated_addition(parts):
    assert sum(parts) == reduce(lambda a, b: a + b, parts)


@given(ratings, st.randoms())
def test_order_never_matters(values, random):
    shuffled = random.sample(values, len(values))
    assert tally(shuffled, invalid="count") == tally(values, invalid="count")


@given(ratings, st.integers(0, 60))
def test_a_tally_of_parts_is_the_tally_of_the_whole(values, cut):
    parts = tally(values[:cut], invalid="count") + tally(values[cut:], invalid="count")
    assert parts == tally(values, invalid="count")


@given(ratings)
def test_the_kind_of_collection_never_matters(values):
    as_floats = np.array([math.nan if value is None else value for value in values], dtype=float)
    assert tally(iter(values), invalid="count") == tally(values, invalid="count") == tally(as_floats, invalid="count")


@given(ratings, st.integers(-50, 500))
def test_moving_ratings_and_scale_together_changes_no_count(values, shift):
    moved_scale = Scale(*(end + shift for end in (0, 10, 7, 9)))
    moved = tally([None if value is None else value + shift for value in values], moved_scale, invalid="count")
    assert moved._counts() == tally(values, STANDARD, invalid="count")._counts()


@given(answered)
def test_a_score_lies_between_minus_and_plus_a_hundred(one):
    made = score(one)
    assert -100 <= made.value <= 100
    assert 0 <= made.variance <= 1
    assert -100 <= made.interval.lower <= made.interval.upper <= 100


@given(answered)
def test_a_score_is_the_exact_quotient_rounded_once(one):
    exact = Fraction(100 * (one.promoters - one.detractors), one.n)
    assert score(one).value == float(exact)


@given(answered)
def test_a_score_is_the_difference_of_shares(one):
    detractors, passives, promoters = one.shares
    assert close(score(one).value, 100 * (promoters - detractors))
    assert close(detractors + passives + promoters, 1)


@given(answered)
def test_swapping_promoters_and_detractors_mirrors_everything(one):
    made, back = score(one), score(mirrored(one))
    assert back.value == -made.value
    assert back.variance == made.variance
    assert back.display == -made.display
    assert close(back.interval.lower, -made.interval.upper)
    assert close(back.interval.upper, -made.interval.lower)
    assert close(back.interval.center, -made.interval.center)


@given(small_answered, levels)
def test_the_interval_holds_the_score_from_two_answers_on(one, level):
    assume(one.n >= 2)
    assert score(one).value in interval(one, level=level)


@given(st.integers(2, 10**6), levels)
def test_the_interval_holds_the_score_also_when_all_agree(n, level):
    assert 100.0 in interval(Tally(0, 0, n), level=level)
    assert -100.0 in interval(Tally(n, 0, 0), level=level)


def test_one_answer_has_an_interval_that_leaves_it_out():
    assert 100.0 not in interval(Tally(0, 0, 1))
    assert interval(Tally(0, 0, 1)).raw_upper < 100


@given(answered, st.floats(0.01, 0.999), st.floats(0.01, 0.999))
def test_a_higher_level_makes_a_wider_interval_around_the_narrower(one, a, b):
    low, high = sorted((a, b))
    inner, outer = interval(one, level=low), interval(one, level=high)
    assert outer.raw_lower <= inner.raw_lower
    assert inner.raw_upper <= outer.raw_upper
    assert outer.center == inner.center
    if high - low > 1e-6:
        assert outer.raw_upper - outer.raw_lower > inner.raw_upper - inner.raw_lower


@given(small_answered, st.integers(2, 50))
def test_more_answers_of_the_same_kind_make_a_narrower_interval(one, times):
    more = Tally(one.detractors * times, one.passives * times, one.promoters * times)
    assert score(more).value == score(one).value
    assert interval(more).standard_error < interval(one).standard_error


@given(answered)
def test_one_more_promoter_never_lowers_a_score_and_one_more_detractor_never_raises_it(one):
    assert score(one + Tally(0, 0, 1)).value >= score(one).value >= score(one + Tally(1, 0, 0)).value


@given(answered)
def test_counting_the_unanswered_draws_a_score_towards_zero(one):
    counted = score(one, convention=Convention(unanswered="count in the base"))
    assert abs(counted.value) <= abs(score(one).value)
    assert counted.base == one.n + one.unanswered


@given(small_answered, small_answered)
def test_pooled_groups_score_between_the_groups(a, b):
    low, high = sorted((score(a).value, score(b).value))
    assert low - 1e-9 <= score(a + b).value <= high + 1e-9


def half_up(value: Fraction) -> int:
    """Decimal's own rounding, on the exact binary fraction."""
    with localcontext() as context:
        context.prec = 1200
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@given(st.floats(-100, 100))
def test_rounding_is_half_away_from_zero_on_the_exact_number(points):
    assert round_half_away(points) == half_up(Fraction(points))


@given(st.integers(-200, 200))
def test_every_half_goes_away_from_zero(halves):
    assert round_half_away(halves / 2) == half_up(Fraction(halves, 2))


@given(st.builds(Tally, small, small, small).filter(lambda one: one.n))
def test_display_rounds_the_exact_score(one):
    assert score(one).display == half_up(Fraction(100 * (one.promoters - one.detractors), one.n))
