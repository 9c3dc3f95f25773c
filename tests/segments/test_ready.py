"""The ready-made segments, on customers made by hand."""

from datetime import timedelta

import pytest

from npscore import Account, Customer, InputError, InvalidRuleError, Invitation, Money, customer_rows
from npscore.segments.ready import (
    CATEGORIES,
    at_risk,
    never_answered,
    never_asked,
    newly_lost_promoter,
    recovered,
    silent,
)
from records import answer, day

NOW = day(1_000)
WORTH = {"rich": 100_000, "poor": 10, "free": None}


def people():
    """A customer for each course of events; their names say it: ratings at days, and `v` for invitations."""
    courses = {
        "new": [],
        "asked": [("v", 900)],
        "asked long ago": [("v", 100)],
        "silent": [("v", 100), (10, 101), ("v", 900)],
        "answers by itself": [(10, 900)],
        "loyal": [("v", 100), (10, 101), ("v", 900), (9, 901)],
        "lost": [(10, 100), (8, 900)],
        "lost long ago": [(10, 100), (6, 200)],
        "unhappy": [("v", 899), (3, 900)],
        "still unhappy": [(3, 100), (5, 900)],
        "recovered": [(3, 100), (7, 900)],
        "recovered long ago": [(3, 100), (10, 200)],
        "up and down": [(3, 100), (10, 200), (6, 900)],
    }
    for name, course in courses.items():
        yield Customer(id=name, account_id="rich" if name in ("asked", "silent", "lost") else "poor", known_at=day(0))
        for number, (what, at) in enumerate(course):
            if what == "v":
                yield Invitation(id=f"{name} {number}", customer_id=name, invited_at=day(at), known_at=day(at))
            else:
                yield answer(f"{name} {number}", at=at, rating=what, customer_id=name, known=at)
    yield Customer(id="of nobody's account", known_at=day(0))
    yield answer("z", at=900, rating=0, customer_id="of nobody's account")
    for name, amount in WORTH.items():
        revenue = None if amount is None else Money(amount=amount, currency="EUR")
        yield Account(id=name, revenue=revenue, known_at=day(0))


ROWS = list(customer_rows(people(), now=NOW))
LONG = timedelta(days=950)


@pytest.mark.parametrize(
    ("segment", "meant"),
    [
        (never_asked(), {"new"}),
        (never_answered(), {"asked", "asked long ago"}),
        (silent(), {"asked", "silent"}),
        (silent(LONG), {"asked", "asked long ago"}),
        (silent(timedelta(days=50)), set()),
        (recovered(), {"recovered", "recovered long ago"}),
        (recovered(timedelta(days=200)), {"recovered"}),
        (newly_lost_promoter(), {"lost", "lost long ago", "up and down"}),
        (newly_lost_promoter(timedelta(days=200)), {"lost", "up and down"}),
        (at_risk(100_000), {"asked", "silent"}),
        (at_risk(100_001), set()),
        (at_risk(10), {"asked", "silent", "lost long ago", "unhappy", "still unhappy", "up and down"}),
        (at_risk(10, silence=timedelta(days=50)), {"lost long ago", "unhappy", "still unhappy", "up and down"}),
        (
            at_risk(),
            {"asked", "silent", "lost long ago", "unhappy", "still unhappy", "up and down", "of nobody's account"},
        ),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value),
)
def test_the_segment_has_these_customers(segment, meant):
    assert {row["customer_id"] for row in ROWS if segment.matches(row, now=NOW)} == meant


def test_the_latest_answer_gives_the_category():
    found = {row["customer_id"]: CATEGORIES.of(row) for row in ROWS}
    assert found["lost"] == ("passives",)
    assert found["unhappy"] == ("detractors",)
    assert found["loyal"] == ("promoters",)
    assert found["new"] == ("no category",)
    assert CATEGORIES.name == "category"


@pytest.mark.parametrize("made", [silent, recovered, newly_lost_promoter, lambda period: at_risk(silence=period)])
@pytest.mark.parametrize("period", [timedelta(0), timedelta(-1), 90, "a year"])
def test_a_period_is_a_timedelta_above_0(made, period):
    with pytest.raises(InputError, match="a period is a timedelta above 0"):
        made(period)


def test_a_revenue_is_a_number():
    with pytest.raises(InvalidRuleError):
        at_risk(object())
