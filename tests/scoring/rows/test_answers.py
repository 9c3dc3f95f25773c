"""Rows as people have them: mappings, objects of every kind, generators; what they lack is told by number and name."""

from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest

from npscore import (
    DEFAULT,
    ONE_TO_TEN,
    STANDARD,
    Convention,
    EmptyTallyError,
    InputError,
    OutOfScaleError,
    PoolingError,
    Rolling,
    Scale,
    Tally,
    score,
)

LATEST = Convention(unit="customer", repeats="latest")
NOON = datetime(2026, 1, 1, 12)
FIELDS = ("rating", "customer_id", "answered_at", "response_id")
VALUES = [(3, "a", NOON, "r1"), (10, "a", NOON + timedelta(1), "r2"), (9, "b", NOON, "r3"), (None, "c", NOON, "r4")]
Named = namedtuple("Named", FIELDS)  # noqa: PYI024  # as people write them


@dataclass
class Data:
    rating: Any
    customer_id: Any
    answered_at: Any
    response_id: Any


@attrs.define
class Defined:
    rating: Any
    customer_id: Any
    answered_at: Any
    response_id: Any


MAKERS = {
    "dict": lambda *values: dict(zip(FIELDS, values, strict=True)),
    "mapping": lambda *values: MappingProxyType(dict(zip(FIELDS, values, strict=True))),
    "namedtuple": Named,
    "dataclass": Data,
    "attrs": Defined,
    "namespace": lambda *values: SimpleNamespace(**dict(zip(FIELDS, values, strict=True))),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_rows_of_every_kind_are_read(make):
    rows = [make(*values) for values in VALUES]
    made = score(rows, convention=LATEST)
    assert (made.value, made.n, made.unanswered, made.superseded) == (100.0, 2, 1, 1)
    for other in (tuple(rows), iter(rows), (row for row in rows), dict(enumerate(rows)).values()):
        assert score(other, convention=LATEST) == made


def test_rows_of_frames_are_read():
    table = pd.DataFrame(VALUES, columns=FIELDS)
    made = score([MAKERS["dict"](*values) for values in VALUES], convention=LATEST)
    assert score(table.itertuples(), convention=LATEST) == made
    assert score(table.to_dict("records"), convention=LATEST) == made
    assert score(pl.DataFrame(table.to_dict("list")).iter_rows(named=True), convention=LATEST) == made
    with pytest.raises(InputError):
        score(table, convention=LATEST)


def row(rating=9, **more):
    return {"rating": rating, "customer_id": "a", "answered_at": NOON, **more}


@pytest.mark.parametrize(
    ("convention", "name"),
    [
        (Convention(unit="customer"), "customer_id"),
        (Convention(unit="account"), "account_id"),
        (Convention(unit="account", rollup="senior_role", roles="boss"), "role"),
        (LATEST, "answered_at"),
        (Convention(window=Rolling(3), date_axis="invited"), "invited_at"),
        (Convention(window=Rolling(3), date_axis="interaction"), "interaction_at"),
        (Convention(weight="revenue"), "revenue"),
        (DEFAULT, "rating"),
    ],
)
def test_a_missing_field_is_named_with_the_number_of_its_row(convention, name):
    names = ("rating", "customer_id", "account_id", "role", "answered_at", "invited_at", "interaction_at", "revenue")
    whole = {**dict.fromkeys(names), "rating": 9, "revenue": 1.0}
    rows = [whole, whole, {key: value for key, value in whole.items() if key != name}]
    for third in (rows[2], SimpleNamespace(**rows[2])):
        with pytest.raises(InputError, match=f"row 2 has no '{name}'"):
            score([*rows[:2], third], convention=convention)
    if name != "rating":
        assert score(rows, convention=Convention()).n == 3, "only what the convention asks for is read"


def test_ids_need_not_be_there_at_all():
    assert score([row(), row(3, customer_id="b")], convention=LATEST).n == 2


@pytest.mark.parametrize("missing", [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT])
def test_what_is_missing_has_many_spellings(missing):
    rows = [row(missing), row(3, customer_id=missing), row(9, customer_id=missing), row(10, answered_at=missing)]
    made = score(rows, convention=LATEST)
    assert (made.n, made.superseded, made.value) == (3, 1, pytest.approx(100 / 3))


@pytest.mark.parametrize(
    "odd", ["2026-01-01", 20260101, 1.5, np.datetime64("2026-01-01"), NOON.time()], ids=lambda odd: type(odd).__name__
)
def test_times_that_are_no_times_are_refused(odd):
    with pytest.raises(InputError, match=r"row 1 has the time .* neither a date nor a datetime; parse it first"):
        score([row(), row(answered_at=odd)], convention=LATEST)


def test_times_with_and_without_a_zone_and_dates_stand_in_one_order():
    """In Tokyo noon is 03:00 UTC."""
    times = {
        "midnight": date(2026, 1, 1),
        "noon": NOON,
        "later": datetime(2026, 1, 1, 3, 1, tzinfo=UTC),
        "earlier": datetime(2026, 1, 1, 8, 29, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    }
    tokyo = Convention(unit="customer", repeats="latest", zone="Asia/Tokyo")
    for early, late in (("midnight", "earlier"), ("earlier", "noon"), ("noon", "later")):
        rows = [row(10, answered_at=times[late]), row(0, answered_at=times[early])]
        assert score(rows, convention=tokyo).value == 100.0
        assert score(rows, convention=attrs.evolve(tokyo, repeats="first")).value == -100.0


def test_times_before_the_year_1000_say_that_there_is_none():
    rows = [row(10), row(0, answered_at=datetime(1, 1, 1)), row(0, answered_at=date(999, 12, 31))]
    assert score(rows, convention=Convention(window=Rolling(10**6))).value == 100.0
    assert score(rows, convention=Convention(unit="customer", repeats="first")).value == 100.0
    assert score([row(answered_at=date(1000, 1, 1))], convention=Convention(window=Rolling(1))).n == 1


def test_a_time_past_the_calendar_is_refused_in_a_sentence():
    rows = [row(answered_at=datetime(9999, 12, 31, 23, 59))]
    assert score(rows, convention=Convention(window=Rolling(1))).n == 1
    with pytest.raises(InputError, match="row 0 has the time 9999-12-31 23:59:00, which is past the year 9999 in UTC"):
        score(rows, convention=Convention(window=Rolling(1), zone="America/New_York"))


@pytest.mark.parametrize("odd", [-1, -0.001, float("nan"), float("inf"), None, pd.NA, "3", True, [1]])
def test_weights_that_are_none_are_refused(odd):
    with pytest.raises(InputError, match=r"row 1 has the revenue .*; a weight is a number of at least 0"):
        score([row(revenue=1), row(revenue=odd)], convention=Convention(weight="revenue"))


@pytest.mark.parametrize("three", [3, 3.0, Decimal(3), np.int8(3), np.float32(3)])
def test_weights_are_numbers_of_any_kind(three):
    rows = [row(9, revenue=three), row(0, revenue=1)]
    assert score(rows, convention=Convention(weight="revenue")).value == 50.0


def test_rows_bring_their_own_scale():
    rows = [row(9, scale="1-10"), row(1, scale=ONE_TO_TEN)]
    assert score(rows).tally.scale == ONE_TO_TEN
    five = [row(5, scale="1-5:4:5"), row(4, scale="1-5:4:5"), row(3, scale="1-5:4:5")]
    assert score(five, convention=Convention(unit="customer")).tally == Tally(1, 1, 1, scale=Scale(1, 5, 4, 5))
    with pytest.raises(OutOfScaleError):
        score([row(0, scale="1-10")], convention=LATEST)


@pytest.mark.parametrize("convention", [DEFAULT, LATEST], ids=["default", "latest"])
def test_rows_of_unlike_scales_are_not_pooled(convention):
    for other in ("1-10", None, float("nan")):
        with pytest.raises(PoolingError, match="more than one scale"):
            score([row(scale="0-10"), row(scale=other)], convention=convention)
    with pytest.raises(PoolingError, match="the convention asks for 0-10"):
        score([row(scale="1-10")], convention=attrs.evolve(convention, scale=STANDARD))
    assert (
        score([row(scale=float("nan")), row(scale=None, customer_id="b")], convention=convention).tally.scale
        == STANDARD
    )


def test_a_scale_that_is_none_is_refused():
    with pytest.raises(InputError, match="is not a scale"):
        score([row(scale="ten")])


@pytest.mark.parametrize("odd", [11, -1, 9.5, "9", True])
def test_a_rating_off_the_scale_is_refused_under_any_convention(odd):
    for convention in (DEFAULT, LATEST, Convention(unit="account", rollup="classify_mean")):
        with pytest.raises(OutOfScaleError):
            score([row(account_id=1), row(odd, account_id=1)], convention=convention)


@pytest.mark.parametrize("what", [[9, 10, None], Tally(1, 2, 3), np.array([9, 10]), pd.Series([9, 10])], ids=str)
@pytest.mark.parametrize(
    ("convention", "needed"),
    [
        (LATEST, "customer, time"),
        (Convention(unit="account", weight="revenue"), "account, weight"),
        (Convention(window=Rolling(30)), "time"),
    ],
)
def test_bare_ratings_and_tallies_do_not_tell_what_a_convention_needs(what, convention, needed):
    with pytest.raises(InputError, match=f"not tell the {needed} of each answer, which this convention needs"):
        score(what, convention=convention)


@pytest.mark.parametrize("nothing", [[], (), iter([]), {}.values()])
@pytest.mark.parametrize("convention", [DEFAULT, LATEST, Convention(unit="account"), Convention(window=Rolling(3))])
def test_no_rows_at_all_are_nothing_to_score(nothing, convention):
    with pytest.raises(EmptyTallyError, match="nobody answered"):
        score(nothing, convention=convention)
