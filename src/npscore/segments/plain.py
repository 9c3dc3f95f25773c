"""The plain engine, which says what rules mean: a rule made once into nested functions of a row.

Cells of the usual Python types are looked at as they are. Where Python cannot compare one (a NumPy scalar, pandas' NA,
a time without a zone), the cells are made plain first and looked at again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial, singledispatch
from typing import Any

from npscore.errors import InvalidRuleError
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.operands import Bound, Bounds, Kind, as_float, as_integer, cell, instant, is_plain, kind_of
from npscore.segments.rules import And, Not, Or, Rule, check_row, unknown_column

Row = Mapping[str, Any]
Test = Callable[[Row, datetime | None], bool]
"""Whether a row is meant, as of now."""

_NUMBERS = frozenset({int, float, Decimal})
_PLAIN = frozenset({bool, int, float, Decimal, str, datetime, type(None)})
_NONE: frozenset[Any] = frozenset()


def compiled(rule: Rule) -> Test:
    """A rule as one function, which says what is wrong with a row that lacks a column."""
    test, columns = _test(rule), rule.columns

    def matches(row: Row, now: datetime | None) -> bool:
        try:
            return test(row, now)
        except KeyError:
            raise _lacking(row, columns) from None
        except (TypeError, ValueError, ArithmeticError):
            return test(_plain_row(row, columns), now)

    return matches


def _plain_row(row: Row, columns: Iterable[str]) -> Row:
    """The columns of which a rule speaks, their cells made plain."""
    check_row(row)
    try:
        return {column: _readable(row[column]) for column in columns}
    except KeyError:
        raise _lacking(row, columns) from None


def _lacking(row: Row, columns: Iterable[str]) -> InvalidRuleError:
    return unknown_column(next(column for column in columns if column not in row), row)


def _readable(value: Any) -> Any:
    """A cell made plain, None in place of what is of no kind at all."""
    plain = cell(value)
    return plain if type(plain) in _PLAIN else _of_a_kind(plain)


def _of_a_kind(value: Any) -> Any:
    """A value of a class that was made of a plain one."""
    for kind in (str, int, float, Decimal):
        if isinstance(value, kind):
            return str.__str__(value) if kind is str else kind(value)
    return _Other


class _Other:
    """Stands for a value of no kind: it is not missing, and nothing is equal to it."""


@singledispatch
def _test(rule: Rule) -> Test:
    raise InvalidRuleError(f"{rule!r} is no rule that this engine knows.")


@_test.register
def _(rule: And) -> Test:
    tests = [_test(part) for part in rule.rules]
    match tests:  # few calls take half as long as a loop
        case [a, b]:
            return lambda row, now: a(row, now) and b(row, now)
        case [a, b, c]:
            return lambda row, now: a(row, now) and b(row, now) and c(row, now)
        case [a, b, c, d]:
            return lambda row, now: a(row, now) and b(row, now) and c(row, now) and d(row, now)

    def all_of(row: Row, now: datetime | None) -> bool:
        for test in tests:  # noqa: SIM110 (all() takes twice as long)
            if not test(row, now):
                return False
        return True

    return all_of


@_test.register
def _(rule: Or) -> Test:
    tests = [_test(part) for part in rule.rules]
    match tests:  # few calls take half as long as a loop
        case [a, b]:
            return lambda row, now: a(row, now) or b(row, now)
        case [a, b, c]:
            return lambda row, now: a(row, now) or b(row, now) or c(row, now)
        case [a, b, c, d]:
            return lambda row, now: a(row, now) or b(row, now) or c(row, now) or d(row, now)

    def any_of(row: Row, now: datetime | None) -> bool:
        for test in tests:  # noqa: SIM110
            if test(row, now):
                return True
        return False

    return any_of


@_test.register
def _(rule: Not) -> Test:
    test = _test(rule.rules[0])
    return lambda row, now: not test(row, now)


@_test.register
def _(rule: Missing) -> Test:
    column = rule.column

    def is_missing(row: Row, _now: datetime | None) -> bool:
        value = row[column]
        return value is None or bool(value != value)

    return is_missing


@_test.register
def _(rule: Eq) -> Test:
    return _among(rule.column, (rule.value,))


@_test.register
def _(rule: In) -> Test:
    return _among(rule.column, rule.values)


def _among(column: str, values: Iterable[Any]) -> Test:
    """Whether a cell is one of the values."""
    texts = frozenset(values)
    if texts and all(isinstance(text, str) for text in texts):
        return lambda row, _now: row[column] in texts
    return _spelled_among(column, values)


def _spelled_among(column: str, values: Iterable[Any]) -> Test:
    """Whether a cell is one of the values, each type of cell having its own spelling of them."""
    of_kind: dict[Kind, set[Any]] = {kind: set() for kind in Kind}
    for value in values:
        of_kind[kind_of(value)].add(value)
    numbers = of_kind[Kind.NUMBER]
    spelled: dict[type, frozenset[Any]] = {
        bool: frozenset(of_kind[Kind.TRUTH]),
        int: frozenset(map(as_integer, numbers)),
        float: frozenset(map(as_float, numbers)),
        Decimal: frozenset(numbers),
        str: frozenset(of_kind[Kind.TEXT]),
        datetime: frozenset(of_kind[Kind.TIME]),
        type(None): _NONE,
        type: _NONE,  # of _Other
    }

    def is_among(row: Row, _now: datetime | None) -> bool:
        value = row[column]
        wanted = spelled.get(value.__class__)
        if wanted is None:
            raise TypeError
        return value in wanted

    if of_kind[Kind.TIME]:
        return lambda row, now: is_among({column: _in_utc(row[column])}, now)
    return is_among


def _in_utc(value: Any) -> Any:
    """A time in UTC: of two in one zone Python compares what clocks show, and in hours shown twice finds none equal."""
    return instant(value) if value.__class__ is datetime and value.tzinfo is not UTC else value


@_test.register
def _(rule: Range) -> Test:
    bounds = bounds_of(rule)
    value = next(iter(rule.bounds.values()))
    if isinstance(value, str):
        return _ranged(rule.column, {str: bounds}, _NUMBERS | {bool, datetime})
    if isinstance(value, datetime):
        return _ranged(rule.column, {datetime: bounds}, _NUMBERS | {bool, str})
    if all(is_plain(bound) for bound in rule.bounds.values()):
        return _plainly_ranged(rule.column, _within(bounds))
    spelled = {int: bounds.for_integers, float: bounds.for_floats, Decimal: bounds}
    return _ranged(rule.column, spelled, frozenset({bool, str, datetime}))


def bounds_of(rule: Range) -> Bounds:
    """The bounds of a range, each with whether it is itself within."""
    low: Bound | None = None if rule.at_least is None else (rule.at_least, True)
    high: Bound | None = None if rule.at_most is None else (rule.at_most, True)
    return Bounds(
        low if rule.above is None else (rule.above, False),
        high if rule.below is None else (rule.below, False),
    )


def _plainly_ranged(column: str, within: Callable[[Any], bool]) -> Test:
    def is_ranged(row: Row, _now: datetime | None) -> bool:
        value = row[column]
        if value.__class__ in _NUMBERS:
            return within(value)
        if value.__class__ not in _PLAIN and value is not _Other:
            raise TypeError
        return False

    return is_ranged


def _ranged(column: str, spelled: Mapping[type, Bounds], unlike: frozenset[type]) -> Test:
    tests = {kind: _within(bounds) for kind, bounds in spelled.items()}
    never = unlike | {type(None), type}

    def is_ranged(row: Row, _now: datetime | None) -> bool:
        value = row[column]
        if value.__class__ in tests:
            return tests[value.__class__](value)
        if value.__class__ not in never:
            raise TypeError
        return False

    return is_ranged


def _within(bounds: Bounds) -> Callable[[Any], bool]:
    """The comparison with one bound or both."""
    if bounds.high is None and bounds.low is not None:
        low, inclusive = bounds.low
        return partial(operator.le if inclusive else operator.lt, low)
    if bounds.low is None and bounds.high is not None:
        high, inclusive = bounds.high
        return partial(operator.ge if inclusive else operator.gt, high)
    above, below = _within(Bounds(bounds.low, None)), _within(Bounds(None, bounds.high))
    return lambda value: above(value) and below(value)


@_test.register
def _(rule: Contains) -> Test:
    column, text = rule.column, rule.text
    return lambda row, _now: isinstance(row[column], str) and text in row[column]


@_test.register
def _(rule: StartsWith) -> Test:
    column, text = rule.column, rule.text
    return lambda row, _now: isinstance(row[column], str) and row[column].startswith(text)


@_test.register
def _(rule: Age) -> Test:
    column, youngest, oldest = rule.column, rule.at_least, rule.at_most

    def is_aged(row: Row, now: datetime | None) -> bool:
        value = _in_utc(row[column])
        if value.__class__ is not datetime:
            if value.__class__ not in _PLAIN and value is not _Other:
                raise TypeError
            return False
        age = now - value  # type: ignore[operator]  # Rule.matches sees to it that now is given
        return (youngest is None or age >= youngest) and (oldest is None or age <= oldest)

    return is_aged
