"""What rules mean, held against an evaluator that is as literal as can be."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drawn import BERLIN, CELLS, COLUMNS, MISSING, NOW, TIMES, Tier, cells, leaves, rules
from npscore import InputError, InvalidRuleError, field
from npscore.segments import EVERYBODY, NOBODY, Age, And, Contains, Eq, In, Missing, Not, Or, Range, StartsWith

X = field("x")


def literal(value):
    """The kind of a cell and what it stands for, None where it is missing."""
    if any(value is one for one in MISSING) or (isinstance(value, float | np.floating) and math.isnan(value)):
        return None
    for classes, read in READ:
        if isinstance(value, classes):
            return read(value)
    return "another", object()


def number_of(value):
    exact = repr(float(value)) if isinstance(value, float | np.floating) else value
    return "number", value if value in (math.inf, -math.inf) else Fraction(exact)


def time_of(value):
    """Microseconds since the year 1 in UTC."""
    moment = pd.Timestamp(value).to_pydatetime() if isinstance(value, np.datetime64 | pd.Timestamp) else value
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.year == 9999:
        return "time", math.inf
    ahead = moment.utcoffset() or timedelta(0)
    return "time", (moment.replace(tzinfo=None) - ahead - datetime(1, 1, 1)) // timedelta(microseconds=1)


READ = [
    ((bool, np.bool_), lambda value: ("truth", bool(value))),
    (np.timedelta64, lambda value: ("another", value)),
    ((float, np.floating, Decimal, int), number_of),
    (np.integer, lambda value: number_of(int(value))),
    (str, lambda value: ("text", "".join(value))),
    ((np.datetime64, date), time_of),
]


def holds(rule, row, now):
    if isinstance(rule, And):
        return all(holds(part, row, now) for part in rule.rules)
    if isinstance(rule, Or):
        return any(holds(part, row, now) for part in rule.rules)
    if isinstance(rule, Not):
        return not holds(rule.rules[0], row, now)
    cell = literal(row[rule.column])
    if isinstance(rule, Missing):
        return cell is None
    return cell is not None and of_one_column(rule, *cell, now)


def of_one_column(rule, kind, value, now):
    if isinstance(rule, Eq):
        return (kind, value) == literal(rule.value)
    if isinstance(rule, In):
        return (kind, value) in [literal(one) for one in rule.values]
    if isinstance(rule, Contains):
        return kind == "text" and any(value[n:].startswith(rule.text) for n in range(len(value) + 1))
    if isinstance(rule, StartsWith):
        return kind == "text" and value[: len(rule.text)] == rule.text
    if isinstance(rule, Range):
        return all(is_beyond(name, kind, value, *literal(bound)) for name, bound in rule.bounds.items())
    return kind == "time" and is_aged(rule, literal(now)[1] - value)


def is_beyond(name, kind, value, bound_kind, bound):
    if kind != bound_kind:
        return False
    one, other = ([ord(letter) for letter in text] if kind == "text" else text for text in (value, bound))
    return {"at_least": one >= other, "above": one > other, "at_most": one <= other, "below": one < other}[name]


def is_aged(rule, age):
    least, most = (bound and bound // timedelta(microseconds=1) for bound in (rule.at_least, rule.at_most))
    return (rule.at_least is None or age >= (least or 0)) and (rule.at_most is None or age <= (most or 0))


@settings(max_examples=1000)
@given(leaves(), cells)
def test_a_rule_about_one_column_means_what_it_says(rule, value):
    row = dict.fromkeys(COLUMNS, value)
    assert rule.matches(row, now=NOW) is holds(rule, row, NOW)


@given(rules(), st.fixed_dictionaries(dict.fromkeys(COLUMNS, cells)))
@example(In("x", []) & Eq("y", 5), {"x": np.int64(1), "y": 5})
def test_joined_rules_mean_what_they_say(rule, row):
    assert rule.matches(row, now=NOW) is holds(rule, row, NOW)


@given(leaves(aged=False))
def test_every_cell_that_there_is_is_judged_as_the_literal_evaluator_does(rule):
    for value in CELLS:
        row = dict.fromkeys(COLUMNS, value)
        assert rule.matches(row) is holds(rule, row, NOW), value


@given(rules(), st.fixed_dictionaries(dict.fromkeys(COLUMNS, cells)))
def test_a_rule_and_its_opposite_share_no_row_and_leave_none_out(rule, row):
    assert rule.matches(row, now=NOW) is not (~rule).matches(row, now=NOW)


@given(leaves(), st.sampled_from(MISSING))
def test_a_missing_value_matches_nothing_but_missing(rule, value):
    row = dict.fromkeys(COLUMNS, value)
    assert rule.matches(row, now=NOW) is isinstance(rule, Missing)


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_missing_is_missing_in_all_its_makes(value):
    row = {"x": value}
    assert X.is_missing().matches(row)
    assert not X.is_present().matches(row)
    assert (X != 5).matches(row)
    assert not X.is_in(5, "gold", NOW, True).matches(row)
    assert not (X >= -(10**20)).matches(row)
    assert not X.older_than(days=0).matches(row, now=NOW)


@pytest.mark.parametrize("value", ["", 0, False, [], float("inf")], ids=repr)
def test_a_value_that_is_little_is_not_missing(value):
    assert X.is_present().matches({"x": value})


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (True, X == 1), (False, X == 0), (1, Eq("x", True)), ("5", X == 5), (5, X == "5"), ("true", Eq("x", True)),
        ("2026-10-25", TIMES[3] == X), (0, TIMES[3] == X), (True, X >= 0), ("9", X > 5), (5, X > "1"),
        (NOW, X > "1"), (5, X.contains("5")), (b"gold", X == "gold"), (["gold"], X.is_in("gold")),
        (5, X.within(days=9)), (NOW.time(), X == NOW), (timedelta(1), X == 1), (np.timedelta64(5, "ns"), X == 5),
    ],
    ids=str,
)  # fmt: skip
def test_unlike_kinds_never_match(value, rule):
    assert not rule.matches({"x": value}, now=NOW)


@pytest.mark.parametrize("value", [1, 1.0, Decimal("1.00"), np.int8(1), np.float32(1)], ids=repr)
def test_numbers_are_equal_whatever_their_type(value):
    assert (X == 1).matches({"x": value})
    assert X.is_in(Decimal(1)).matches({"x": value})
    assert X.between(Decimal("0.5"), 1).matches({"x": value})


def test_a_float_stands_for_the_number_as_which_it_is_written():
    for rule in (X == 0.1, Decimal("0.1") == X, X.is_in(0.1), X.between(0.1, 0.1)):
        assert rule.matches({"x": 0.1})
        assert rule.matches({"x": Decimal("0.1")})
        assert not rule.matches({"x": 0.1 + 0.2 - 0.2})
    assert not (X > 0.1).matches({"x": 0.1})
    assert not (X == 0.1).matches({"x": Decimal("0.1000000000000000055511151231257827")})


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 10**27])
def test_large_numbers_are_not_rounded(number):
    assert (number == X).matches({"x": number})
    assert not (number == X).matches({"x": number + 1})
    assert (number < X).matches({"x": number + 1})
    assert not (number < X).matches({"x": number})


def test_text_is_compared_by_code_point_and_case():
    assert not (X == "gold").matches({"x": "Gold"})
    assert not (X == "é").matches({"x": "e\u0301"})
    assert not (X == "gold").matches({"x": "gold "})
    assert (X > "Z").matches({"x": "a"})
    assert (X > "\uffff").matches({"x": "\U0001f600"})  # by code point, not by UTF-16
    assert X.contains("").matches({"x": ""})


@pytest.mark.parametrize("rule", [X == "gold", X.is_in("gold"), X >= "gold", X.contains("ol")], ids=str)
@pytest.mark.parametrize("value", [Tier.GOLD, np.str_("gold")], ids=repr)
def test_texts_of_other_classes_are_texts(rule, value):
    assert rule.matches({"x": value})


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 10, 25), datetime(2026, 10, 25).date(), pd.Timestamp("2026-10-25"),
        pd.Timestamp("2026-10-25T02:00+02:00"), np.datetime64("2026-10-25"), np.datetime64("2026-10-25", "ns"),
        datetime(2026, 10, 25, 2, tzinfo=BERLIN),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("rule", [TIMES[3] == X, X.is_in(TIMES[3], 5), X.between(TIMES[3], TIMES[3])], ids=str)
def test_times_of_any_library_are_instants_in_utc_where_they_have_no_zone(rule, value):
    assert rule.matches({"x": value})


@pytest.mark.parametrize(("fold", "hour"), [(0, 0), (1, 1)])
def test_an_hour_that_clocks_show_twice_is_two_instants(fold, hour):
    shown = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold)
    for meant in (0, 1):
        instant = datetime(2026, 10, 25, meant, 30, tzinfo=UTC)
        assert (instant == X).matches({"x": shown}) is (meant == hour)
        assert (shown == X).matches({"x": instant}) is (meant == hour)


@pytest.mark.parametrize("zone", [UTC, BERLIN])
def test_ages_are_inclusive_at_both_ends_and_count_hours_that_passed(zone):
    now = datetime(2026, 10, 26, tzinfo=BERLIN).astimezone(zone)
    tick, day = timedelta(microseconds=1), timedelta(days=1)
    instant = now.astimezone(UTC)
    rule = X.age(at_least=day, at_most=2 * day)
    expected = {day: True, 2 * day: True, day - tick: False, 2 * day + tick: False}
    for age, inside in expected.items():
        for value in (instant - age, (instant - age).astimezone(BERLIN), (instant - age).replace(tzinfo=None)):
            assert rule.matches({"x": value}, now=now) is inside
            assert rule.at(now).matches({"x": value}) is inside


@given(leaves(), cells, st.sampled_from([NOW, NOW.astimezone(BERLIN)]))
def test_an_age_is_the_range_of_times_that_it_is_now(rule, value, now):
    if isinstance(rule, Age):
        row = dict.fromkeys(COLUMNS, value)
        assert rule.matches(row, now=now) is rule.at(now).matches(row)


@pytest.mark.parametrize("year", [1, 500, 9999])
def test_ages_do_not_fall_off_the_calendar(year):
    now = datetime(year, 6, 1, tzinfo=UTC)
    for rule in (X.older_than(days=365_250), X.within(days=365_250), X.within_next(days=365_250)):
        rule.matches({"x": now}, now=now)
        assert rule.at(now).column == "x"


def test_now_is_needed_by_ages_and_by_nothing_else():
    assert (X == 1).matches({"x": 1})
    with pytest.raises(InvalidRuleError, match="say from when they count with now="):
        X.within(days=9).matches({"x": NOW})
    with pytest.raises(InputError, match="a datetime with a zone"):
        X.within(days=9).matches({"x": NOW}, now=datetime(2026, 1, 1))


@pytest.mark.parametrize("value", [5, np.int64(5)], ids=repr)
def test_a_column_that_is_not_there_is_an_error_with_the_nearest_name(value):
    rule = (field("customer.seats") == 5) & (field("customer.regoin") == "EMEA")
    row = {"customer.seats": value, "customer.region": "EMEA"}
    with pytest.raises(InvalidRuleError, match=r"'customer.regoin' that is not there; did you mean 'customer.region'"):
        rule.matches(row)
    with pytest.raises(InvalidRuleError, match="not there"):
        ((field("customer.seats") != 5) | rule).matches({"customer.seats": value})
    with pytest.raises(InvalidRuleError) as caught:
        X.is_missing().matches({})
    assert caught.value.column == "x"
    assert "there are none" in str(caught.value)


@pytest.mark.parametrize("row", [None, "abc", 5, [1], {"x"}], ids=repr)
def test_what_has_no_columns_is_no_row(row):
    with pytest.raises(InvalidRuleError, match="a row is a mapping"):
        (X == 1).matches(row)


def test_a_series_of_pandas_is_a_row():
    assert ((X == 5) & (field("y") == "gold")).matches(pd.Series({"x": 5, "y": "gold"}))


def test_everybody_and_nobody_need_no_columns():
    assert EVERYBODY.matches({})
    assert not NOBODY.matches({})
