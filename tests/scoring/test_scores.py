"""Scores: the value, the base, the display, and nothing where nobody answered."""

import math
import pickle
import statistics
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import (
    ONE_TO_TEN,
    Convention,
    EmptyTallyError,
    InputError,
    OutOfScaleError,
    PoolingError,
    Tally,
    interval,
    score,
    tally,
)

COUNTED = Convention(unanswered="count in the base")
counts = st.integers(0, 1000)
tallies = st.builds(Tally, counts, counts, counts, counts, counts).filter(lambda tally: tally.n)


def test_a_score_is_promoters_minus_detractors_in_points():
    made = score([10, 9, 8, 6, 0, None])
    assert (made.value, made.n, made.base, made.units) == (0.0, 5, 5, 5)
    assert score([9, 9, 9, 0]).value == 50.0
    assert score(Tally(20, 20, 60)).value == 40.0


@pytest.mark.parametrize("nobody", [[], [None, None], Tally(), Tally(unanswered=9, invalid=3), np.array([np.nan])])
@pytest.mark.parametrize("convention", [Convention(), COUNTED])
def test_a_score_of_nothing_is_an_error_and_never_zero(nobody, convention):
    with pytest.raises(EmptyTallyError, match="nobody answered"):
        score(nobody, convention=convention)


def test_a_missing_rating_is_never_a_detractor():
    for missing in (None, float("nan"), pd.NA):
        assert score([9, missing, missing]).value == 100.0
        assert score(pd.Series([9, missing], dtype="Float64")).n == 1


def test_one_answer_is_a_score():
    made = score([9])
    assert (made.value, made.variance, made.standard_error) == (100.0, 0.0, 0.0)
    assert made.interval.lower < 0


@given(tallies)
def test_variance_is_that_of_the_codes_with_divisor_n(counts):
    made = score(counts)
    codes = [-1] * counts.detractors + [0] * counts.passives + [1] * counts.promoters
    assert made.variance == pytest.approx(statistics.pvariance(codes), abs=1e-12)
    assert made.standard_error == pytest.approx(100 * math.sqrt(statistics.pvariance(codes) / made.n), abs=1e-9)


@given(tallies)
def test_unanswered_who_count_act_as_passives(counts):
    made = score(counts, convention=COUNTED)
    as_passives = score(Tally(counts.detractors, counts.passives + counts.unanswered, counts.promoters))
    assert (made.value, made.variance, made.standard_error, made.base) == (
        as_passives.value,
        as_passives.variance,
        as_passives.standard_error,
        as_passives.n,
    )
    assert made.interval == as_passives.interval
    assert made.n == counts.n
    assert made.tally == counts


@given(tallies, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_the_one_the_convention_asks_for(counts, level):
    assert score(counts, convention=Convention(level=level)).interval == interval(counts, level=level)


@given(st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=1).filter(any))
def test_ratings_and_their_tally_score_alike(ratings):
    assert score(ratings) == score(tally(ratings))


def test_a_rating_off_the_scale_is_refused_and_may_be_counted_apart():
    with pytest.raises(OutOfScaleError):
        score([9, 11])
    assert score(tally([9, 11], invalid="count")).value == 100.0


def test_a_tally_brings_its_own_scale():
    ten = tally([1, 9, 9], ONE_TO_TEN)
    assert score(ten).tally.scale == ONE_TO_TEN
    with pytest.raises(PoolingError):
        score(ten, convention=Convention(scale=Tally().scale))


def test_a_dataframe_is_not_ratings():
    with pytest.raises(InputError, match="breakdown"):
        score(pd.DataFrame({"rating": [9]}))


@pytest.mark.parametrize(
    ("counts", "display"),
    [
        (Tally(0, 7, 1), 13),  # 12.5
        (Tally(1, 7, 0), -13),  # -12.5
        (Tally(0, 199, 1), 1),  # 0.5
        (Tally(1, 199, 0), -1),
        (Tally(0, 201, 1), 0),
        (Tally(1, 201, 0), 0),
        (Tally(1, 3, 2), 17),  # 33 % - 17 % is 16, the score is 16.67
        (Tally(28, 15, 57), 29),  # int((.57 - .28) * 100) is 28
    ],
)
def test_display_rounds_once_and_halves_away_from_zero(counts, display):
    assert score(counts).display == display
    assert type(score(counts).display) is int


def test_zero_is_shown_without_a_sign_and_others_with_one():
    assert str(score(Tally(1, 201, 0))).startswith("NPS 0 (")
    assert str(score(Tally(1, 1, 1))).startswith("NPS 0 (")
    assert str(score(Tally(0, 7, 1))).startswith("NPS +13 (")
    assert str(score(Tally(1, 7, 0))).startswith("NPS -13 (")


def test_what_was_left_out_is_shown():
    shown = str(score(Tally(1, 2, 3, unanswered=4, invalid=5)))
    assert shown.endswith("n = 6, 4 unanswered, 5 invalid")
    assert str(score(Tally(1, 2, 3))).endswith("n = 6")


def test_a_score_names_its_convention_and_survives_pickling():
    made = score(Tally(1, 2, 3), convention=Convention(level=0.9, name="<board>"))
    assert made.convention.fingerprint in repr(made)
    assert "&lt;board&gt;" in made._repr_html_()
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  # our own bytes


class _Answer:
    def __init__(self, rating: object) -> None:
        self.rating = rating


@pytest.mark.parametrize("make", [lambda rating: {"rating": rating, "team": "a"}, _Answer], ids=["mapping", "object"])
def test_rows_are_scored_by_their_rating(make):
    ratings = [None, 10, 9, 3]
    rows = [make(rating) for rating in ratings]
    assert score(rows) == score(iter(rows)) == score(ratings)


def test_a_row_without_a_rating_is_refused_by_its_number():
    with pytest.raises(InputError, match="row 1 has no 'rating'"):
        score([{"rating": 9}, {"note": 3}])


def test_a_generator_of_ratings_loses_none_to_the_look_at_the_first():
    assert score(rating for rating in [None, 9, 3]).tally.rows == 3


def test_until_without_a_window_is_refused():
    for answers in ([9, 3], Tally(1, 2, 3), [{"rating": 9, "answered_at": date(2026, 1, 1)}]):
        with pytest.raises(InputError, match="until anchors a window, and this convention has none"):
            score(answers, until=date(2026, 1, 1))


@pytest.mark.parametrize("odd", [None, "board", {"unit": "account"}, Convention])
def test_what_is_no_convention_is_refused(odd):
    with pytest.raises(InputError, match="the convention is a Convention"):
        score([9], convention=odd)


WEIGHTED = Convention(unit="account", rollup="mean_of_scores", weight="revenue")
ACCOUNTS = [
    {"rating": rating, "account_id": account, "revenue": 2}
    for rating, account in ((9, "a"), (10, "a"), (3, "b"), (None, "b"), (8, "c"))
]


def test_a_score_of_means_is_shown_with_its_units():
    made = score(ACCOUNTS, convention=WEIGHTED)
    assert str(made).endswith("n = 4, 3 accounts, 1 unanswered")
    assert "4 answers, 3 accounts, 1 unanswered" in made._repr_html_()
    assert "<span" not in made._repr_html_(), "there are no whole counts to make a bar of"
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  # our own bytes


def test_superseded_rows_are_shown():
    rows = [{"rating": rating, "customer_id": "a"} for rating in (9, 3, None)]
    made = score(rows, convention=Convention(unit="customer", repeats="worst"))
    assert str(made).endswith("n = 1, 1 customer, 2 superseded")
    assert made.tally == Tally(1)
    assert made.interval == interval(Tally(1))


def test_a_score_of_customers_merged_into_one_takes_the_method_of_the_convention():
    rows = [{"rating": rating, "customer_id": f"c{number}"} for number, rating in enumerate((9, 3, 8, 10, 9))]
    made = score(rows, convention=Convention(unit="customer", repeats="worst", method="score"))
    assert made.interval == interval(Tally(1, 1, 3), method="score")
    clustered = score(rows, convention=Convention(unit="customer", method="score"))
    assert clustered.interval.method == "linearised"
    assert clustered.tally == made.tally
