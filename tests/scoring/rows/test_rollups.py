"""Accounts and weights: means of means, roles, rounding, and the error of a mean of units."""

import math

import pytest

from npscore import Convention, DataWarning, EmptyTallyError, InputError, Scale, Tally, score
from npscore.scoring.rows.rollups import Member, mean, slot_of_mean
from npscore.scoring.scales import STANDARD


def row(rating, account="A", **more):
    return {"rating": rating, "account_id": account, **more}


ACCOUNTS = [
    *(row(rating, "A", revenue=100) for rating in (9, 9, 10, 9, 9, 8)),
    row(5, "B", revenue=500),
    *(row(rating, "C", revenue=200) for rating in (7, 9)),
]
MEANS = Convention(unit="account", rollup="mean_of_scores")
CLASSIFIED = Convention(unit="account", rollup="classify_mean")


@pytest.mark.parametrize(
    ("convention", "value"),
    [
        (Convention(), 500 / 9),
        (MEANS, 100 / 9),
        (CLASSIFIED, 0.0),
        (Convention(unit="account", rollup="mean_of_scores", weight="revenue"), -950 / 24),
    ],
)
def test_nine_answers_of_three_accounts_have_four_scores(convention, value):
    assert score(ACCOUNTS, convention=convention).value == pytest.approx(value, abs=1e-12)


def test_a_mean_of_scores_has_the_error_of_a_mean_of_three():
    """Account scores 5/6, -1 and 1/2: the standard error is their standard deviation over root three."""
    made = score(ACCOUNTS, convention=MEANS)
    codes = (5 / 6, -1.0, 0.5)
    center = sum(codes) / 3
    deviation = math.sqrt(sum((code - center) ** 2 for code in codes) / 2)
    assert made.standard_error == pytest.approx(100 * deviation / math.sqrt(3), rel=1e-14)
    assert made.variance == pytest.approx(2 / 3 * deviation**2, rel=1e-14)
    assert (made.units, made.interval.df, made.interval.method, made.tally) == (3, 2, "linearised", None)


def test_a_weighted_mean_has_the_linearised_error():
    """Published: -20 unweighted, -63.6 weighted by spend."""
    rows = [
        {"rating": rating, "spend": spend}
        for rating, spend in zip((10, 2, 7, 8, 6), (2000, 8000, 2000, 2000, 8000), strict=True)
    ]
    assert score(rows).value == -20.0
    made = score(rows, convention=Convention(weight="spend"))
    value = -14 / 22
    assert made.value == pytest.approx(100 * value, rel=1e-15)
    parts = [2 * (1 - value), 8 * (-1 - value), 2 * -value, 2 * -value, 8 * (-1 - value)]
    assert made.standard_error == pytest.approx(100 * math.sqrt(5 / 4 * sum(x * x for x in parts)) / 22, rel=1e-14)
    assert (made.n, made.base, made.units, made.tally) == (5, 5, 5, None)


@pytest.mark.parametrize(("rounding", "value"), [("cut", 0.0), ("half up", 100.0)])
def test_a_mean_of_eight_and_a_half_is_passive_unless_it_is_rounded(rounding, value):
    rows = [row(8, customer_id="a"), row(9, customer_id="a")]
    assert score(rows, convention=Convention(unit="account", rollup="classify_mean", rounding=rounding)).value == value
    assert score(rows, convention=Convention(unit="customer", repeats="mean", rounding=rounding)).value == value


def test_a_mean_that_only_its_last_digits_keep_from_the_cut_reaches_it():
    means = (10, 49 / 6, 22 / 3)
    assert slot_of_mean(sum(means), 3, STANDARD, "half up") == 2, "8.5"
    thirds = (26 / 3, 28 / 3, 9)
    assert slot_of_mean(sum(thirds), 3, STANDARD, "cut") == 2, "9"
    assert slot_of_mean(8.999, 1, STANDARD, "cut") == 1
    assert slot_of_mean(8.4999, 1, STANDARD, "half up") == 1
    assert [slot_of_mean(rating, 1, STANDARD, "half up") for rating in range(11)] == [0] * 7 + [1] * 2 + [2] * 2


def test_other_scales_have_other_cuts():
    five = Convention(unit="account", rollup="classify_mean", scale=Scale(1, 5, 4, 5))
    assert score([row(4), row(5)], convention=five).value == 0.0
    assert score([row(3), row(4)], convention=five).value == -100.0


def test_the_most_senior_who_answered_speak_for_their_account():
    senior = Convention(unit="account", rollup="senior_role", roles=("boss", "user"))
    rows = [
        row(None, role="boss"),
        row(9, role="user"),
        row(10, role="user"),
        row(0, role="guest"),
        row(0, "B", role=None),
        row(0, None, role="guest"),
        row(9, None, role="boss"),
    ]
    made = score(rows, convention=senior)
    assert (made.value, made.n, made.units, made.superseded) == (0.0, 5, 4, 2)


def test_several_at_the_top_are_taken_by_their_mean_rating():
    senior = Convention(unit="account", rollup="senior_role", roles=("boss",))
    assert score([row(10, role="boss"), row(6, role="boss")], convention=senior).value == 0.0


def test_an_account_that_did_not_answer_is_passive_where_that_counts():
    rows = [row(9), row(None, "B"), row(9, "C"), row(None, "C")]
    for rollup, left_out, counted in (("mean_of_scores", 100.0, 50.0), ("classify_mean", 100.0, 200 / 3)):
        convention = Convention(unit="account", rollup=rollup)
        with pytest.warns(DataWarning, match="all units agree"):
            assert score(rows, convention=convention).value == left_out
        made = score(rows, convention=Convention(unit="account", rollup=rollup, unanswered="count in the base"))
        assert made.value == pytest.approx(counted)
        assert (made.n, made.base, made.units) == (2, 4, 3)


def test_an_account_has_one_weight():
    rows = [row(9, revenue=1), row(9, revenue=2.5)]
    for rollup in ("pool", "mean_of_scores"):
        with pytest.raises(InputError, match=r"the account 'A' has the weights 1 and 2.5; an account has one weight"):
            score(rows, convention=Convention(unit="account", rollup=rollup, weight="revenue"))
    unlike = [row(9, revenue=1), row(3, revenue=3)]
    assert score(unlike, convention=Convention(weight="revenue")).value == -50.0
    nameless = [{**row(9, None), "revenue": 1}, {**row(3, None), "revenue": 2}]
    assert score(nameless, convention=Convention(unit="account", weight="revenue")).units == 2


def test_where_nothing_has_weight_there_is_no_score():
    rows = [row(9, revenue=0), row(3, "B", revenue=0)]
    with pytest.raises(EmptyTallyError, match="no answer has weight, so there is no score: 2 answers, all of weight 0"):
        score(rows, convention=Convention(weight="revenue"))
    made = score([*rows, row(9, "C", revenue=1)], convention=Convention(weight="revenue"))
    assert (made.value, made.n, made.units, made.standard_error) == (100.0, 3, 1, None)


@pytest.mark.parametrize("unit", ["customer", "account"])
def test_fewer_than_two_units_have_a_score_without_limits_that_can_be_shown(unit):
    rows = [row(9, customer_id="a"), row(9, customer_id="a"), row(3, customer_id="a")]
    made = score(rows, convention=Convention(unit=unit))
    assert made.value == pytest.approx(100 / 3)
    assert (made.standard_error, made.interval.lower, made.interval.upper, made.units) == (None, None, None, 1)
    assert str(made) == f"NPS +33 (no 95 % interval: fewer than two units), n = 3, 1 {unit}"
    assert "no 95 % interval: fewer than two units" in made._repr_html_()
    assert "+33.3" in repr(made)
    assert made.tally == Tally(1, 0, 2)


def test_units_without_weight_are_no_units_of_the_error():
    parts = [Member(0, 1.0, 1.0), Member(1, 1.0, -1.0), Member(2, 0.0, 1.0)]
    made = mean(parts)
    assert (made.value, made.variance, made.units, made.standard_error) == (
        0.0,
        1.0,
        2,
        1 / math.sqrt(2) * math.sqrt(2),
    )
    assert mean([Member(0, 0.0, 1.0)]) is None
    assert mean([]) is None


def test_units_that_all_agree_tell_nothing_of_the_error_and_that_is_said():
    alike, unlike = [row(9), row(10, "B")], [row(9), row(3, "B")]
    with pytest.warns(DataWarning, match="all units agree, so the linearised interval has no width") as caught:
        made = score(alike, convention=Convention(unit="account"))
    assert caught[0].filename == __file__
    assert (made.interval.lower, made.interval.upper) == (100, 100)
    score(unlike, convention=Convention(unit="account"))
    score(alike[:1], convention=Convention(unit="account"))
