"""Windows: what they refuse, how they read, and which days they hold."""

import pickle
from datetime import UTC, date, datetime

import pytest

from npscore import BackFromLatest, Calendar, Convention, EmptyTallyError, InputError, Last, Rolling, score


@pytest.mark.parametrize("make", [Rolling, BackFromLatest, Last])
@pytest.mark.parametrize("odd", [0, -1, 1.5, 90.0, "90", None, True])
def test_days_and_answers_are_whole_numbers_of_at_least_one(make, odd):
    with pytest.raises(InputError, match="not a whole number of at least 1"):
        make(odd)


@pytest.mark.parametrize("odd", ["fortnight", "", None, 3])
def test_a_calendar_knows_its_periods(odd):
    with pytest.raises(InputError, match="day, week, month, quarter, half, year"):
        Calendar(odd)


def test_windows_of_unlike_kinds_are_never_equal():
    assert len({Rolling(30), BackFromLatest(30), Last(30), Rolling(31)}) == 4
    assert Rolling(30) == Rolling(30)
    for window in (Rolling(30), BackFromLatest(30), Last(30), Calendar("month")):
        assert pickle.loads(pickle.dumps(window)) == window  # noqa: S301  # our own bytes
        with pytest.raises(AttributeError):
            window.days = 3


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Calendar("quarter"), "the calendar quarter"),
        (Rolling(90), "the last 90 days"),
        (BackFromLatest(90), "90 days back from each latest answer"),
        (Last(50), "the last 50 answers"),
    ],
)
def test_a_window_says_what_it_holds(window, words):
    assert str(window) == words
    assert words in str(Convention(window=window))


def on(day, rating, **more):
    return {"rating": rating, "answered_at": day, **more}


def days(*numbers):
    """Rows on days of January 2026, each with its day for a rating of its own kind."""
    return [on(datetime(2026, 1, day, 12), 10 if index % 2 else 0) for index, day in enumerate(numbers)]


@pytest.mark.parametrize(("length", "n"), [(1, 1), (2, 2), (10, 2), (11, 3), (31, 4), (10**9, 4)])
def test_rolling_days_hold_both_ends(length, n):
    assert score(days(1, 21, 30, 31), convention=Convention(window=Rolling(length))).n == n


@pytest.mark.parametrize(
    ("every", "n"), [("day", 1), ("week", 2), ("month", 3), ("quarter", 4), ("half", 5), ("year", 6)]
)
def test_a_calendar_holds_the_period_of_the_latest_row(every, n):
    rows = [
        on(moment, 9)
        for moment in (
            datetime(2025, 12, 31),
            datetime(2026, 6, 30),
            datetime(2026, 7, 1),
            datetime(2026, 10, 31),
            datetime(2026, 12, 1),
            datetime(2026, 12, 28),
            datetime(2026, 12, 29),
        )
    ]
    assert score(rows, convention=Convention(window=Calendar(every))).n == n


def test_a_calendar_is_the_one_that_contains_the_day_asked_for():
    quarter = Convention(window=Calendar("quarter"))
    rows = [on(date(2025, 12, 31), 0), on(date(2026, 1, 1), 10), on(date(2026, 3, 31), 10), on(date(2026, 4, 1), 0)]
    assert score(rows, convention=quarter, until=date(2026, 2, 14)).value == 100.0
    with pytest.raises(EmptyTallyError):
        score(rows, convention=quarter, until=date(2026, 8, 1))


def test_a_week_begins_on_monday():
    rows = [on(date(2026, 1, 4), 0), on(date(2026, 1, 5), 10), on(date(2026, 1, 11), 10)]
    assert score(rows, convention=Convention(window=Calendar("week"))).value == 100.0


def test_each_customer_is_looked_back_upon_from_their_own_latest_answer():
    rows = [
        on(date(2026, 1, 1), 0, customer_id="a"),
        on(date(2026, 1, 31), 9, customer_id="a"),
        on(date(2025, 1, 1), 0, customer_id="b"),
        on(date(2025, 1, 30), 9, customer_id="b"),
        on(date(2025, 3, 1), None, customer_id="b"),
        on(date(2020, 1, 1), 9, customer_id=None),
    ]
    made = score(rows, convention=Convention(unit="customer", window=BackFromLatest(30)))
    assert (made.n, made.unanswered) == (4, 0), "30 days before 30 January is the first; the blank came after them"


def test_the_last_answers_are_of_whichever_unit():
    rows = [on(datetime(2026, 1, day), rating, customer_id="a") for day, rating in ((1, 0), (2, None), (3, 10), (4, 9))]
    made = score(rows, convention=Convention(window=Last(2)))
    assert (made.value, made.n, made.unanswered) == (100.0, 2, 0)
    made = score(rows, convention=Convention(window=Last(3)))
    assert (made.n, made.unanswered) == (3, 1)
    assert score([*rows, on(datetime(2025, 1, 1), None)], convention=Convention(window=Last(9))).unanswered == 2


def test_a_row_without_an_answer_at_the_time_of_the_earliest_of_the_last_is_among_them():
    first, second, third = (datetime(2026, 1, day) for day in (1, 2, 3))
    rows = [on(first, 0), on(first, None), on(second, 10), on(second, None), on(third, 9)]
    made = score(rows, convention=Convention(window=Last(2)))
    assert (made.value, made.n, made.unanswered) == (100.0, 2, 1)


def test_a_day_begins_in_the_zone_of_the_convention():
    rows = [on(datetime(2026, 1, 1, 12, tzinfo=UTC), 10), on(datetime(2026, 1, 1, 23, tzinfo=UTC), 0)]
    assert score(rows, convention=Convention(window=Calendar("day"))).n == 2
    assert score(rows, convention=Convention(window=Calendar("day"), zone="Asia/Tokyo")).value == -100.0
