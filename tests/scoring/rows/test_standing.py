"""Which answer of a customer stands, and when nothing says so."""

from datetime import date, datetime, timedelta

import pytest

from npscore import Convention, InputError, Last, Rolling, score

NOON = datetime(2026, 1, 1, 12)


def row(rating, day=0, customer="a", **more):
    return {"rating": rating, "customer_id": customer, "answered_at": NOON + timedelta(days=day), **more}


def of_customers(repeats, **more):
    return Convention(unit="customer", repeats=repeats, **more)


@pytest.mark.parametrize(
    ("repeats", "counts"), [("latest", (0, 1, 0)), ("first", (0, 0, 1)), ("mean", (0, 1, 0)), ("worst", (1, 0, 0))]
)
def test_one_answer_of_each_customer_stands(repeats, counts):
    made = score([row(9, 1), row(6, 2), row(8, 3)], convention=of_customers(repeats))
    assert (made.tally.detractors, made.tally.passives, made.tally.promoters) == counts
    assert (made.n, made.units, made.superseded) == (1, 1, 2)


def test_whoever_answered_counts_as_answered():
    for repeats in ("latest", "first", "mean", "worst"):
        made = score([row(None, 0), row(9, 1), row(None, 2)], convention=of_customers(repeats))
        assert (made.n, made.unanswered, made.superseded) == (1, 0, 2)


def test_who_never_answered_is_one_who_did_not_answer():
    counted = of_customers("latest", unanswered="count in the base")
    made = score([row(None, 0, "b"), row(None, 1, "b"), row(9)], convention=counted)
    assert (made.value, made.n, made.base, made.unanswered, made.superseded) == (50.0, 1, 2, 1, 1)


def test_an_undated_answer_gives_way_to_a_dated_one():
    undated = {**row(0), "answered_at": None}
    for repeats in ("latest", "first"):
        assert score([undated, row(9)], convention=of_customers(repeats)).value == 100.0
        with pytest.raises(InputError, match="have the same time, None"):
            score([undated, undated], convention=of_customers(repeats))
        assert score([undated], convention=of_customers(repeats)).value == -100.0


@pytest.mark.parametrize("repeats", ["latest", "first"])
def test_of_one_time_the_larger_id_stands(repeats):
    convention = of_customers(repeats)
    assert score([row(9, response_id=10), row(0, response_id=9)], convention=convention).value == 100.0
    assert score([row(9, response_id="10"), row(0, response_id="9")], convention=convention).value == -100.0
    assert score([row(9, response_id=2**53 + 1), row(0, response_id=2**53)], convention=convention).value == 100.0
    assert score([row(9, response_id="r"), row(0), row(0)], convention=convention).value == 100.0


@pytest.mark.parametrize(
    "ids", [(None, None), ("r", "r"), (1, "r"), (1, 1.0)], ids=["missing", "alike", "unlike kinds", "equal numbers"]
)
@pytest.mark.parametrize("convention", [of_customers("latest"), Convention(window=Last(1))], ids=["latest", "last"])
def test_where_only_ids_would_tell_and_do_not_it_is_refused(ids, convention):
    rows = [row(rating, response_id=own) for rating, own in zip((9, 0), ids, strict=True)]
    with pytest.raises(InputError, match=r"2 answers.* have the same time, 2026-01-01 12:00:00"):
        score(rows, convention=convention)


def test_the_customer_of_a_tie_is_named():
    with pytest.raises(InputError, match="2 answers of customer 'a' have"):
        score([row(9), row(9)], convention=of_customers("latest"))


def test_ties_that_decide_nothing_are_no_ties():
    assert score([row(9), row(9, -1), row(9, -1)], convention=of_customers("latest")).n == 1
    assert score([row(9), row(9)], convention=of_customers("mean")).n == 1
    assert score([row(9, customer=None), row(9, customer=None)], convention=of_customers("latest")).n == 2
    assert score([row(9), row(None), row(None)], convention=of_customers("latest")).n == 1
    assert score([row(9), row(9), row(0, -1)], convention=Convention(window=Last(2))).value == 100.0
    assert score([row(9), row(9), row(0, -1)], convention=Convention(window=Last(3))).n == 3
    assert score([row(9, response_id=3), row(9, response_id=3), row(0)], convention=Convention(window=Last(2))).n == 2


def test_a_customer_is_one_within_each_account():
    rows = [row(9, account_id="A"), row(0, account_id="B"), row(8, 1, account_id="B")]
    made = score(rows, convention=Convention(unit="account", repeats="latest"))
    assert (made.n, made.units, made.superseded, made.value) == (2, 2, 1, 50.0)
    assert score(rows, convention=of_customers("latest")).n == 1, "where accounts are not counted, it is one customer"


def test_merged_answers_have_one_weight():
    rows = [row(9, revenue=1.0), row(6, 1, revenue=2.0), row(None, 2, revenue=5.0)]
    for repeats in ("mean", "worst"):
        with pytest.raises(InputError, match=r"merged into one and have unlike weights: 1.0, 2.0; give one weight"):
            score(rows, convention=of_customers(repeats, weight="revenue"))
    other = row(9, customer="b", revenue=2.0)
    assert score([*rows, other], convention=of_customers("latest", weight="revenue")).value == 0.0


def test_the_rank_of_a_merged_answer_is_the_most_senior_that_was_given():
    rows = [
        row(9, account_id="A", role="boss"),
        row(9, account_id="A", role="user"),
        row(0, customer="b", account_id="A", role="user"),
    ]
    senior = Convention(unit="account", repeats="mean", rollup="senior_role", roles=("boss", "user"))
    assert score(rows, convention=senior).value == 100.0


@pytest.mark.parametrize("until", ["2026-01-05", "", 0, 20260105])
def test_a_window_ends_with_a_day_and_no_text(until):
    rows = [{"rating": 9, "answered_at": date(2026, 1, 1)}]
    with pytest.raises(InputError, match="a day is a date or a datetime"):
        score(rows, convention=Convention(window=Rolling(30)), until=until)
