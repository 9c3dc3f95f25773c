"""Columns of a database as rules see them, by their SQL types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from functools import partial
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Enum,
    Float,
    Integer,
    Numeric,
    String,
    Text,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    true,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TIMESTAMP, TypeEngine

from npscore.adapters.sql.conditions import AsRead, FilledUp, Letters, NotThat, Worded, all_of, any_of
from npscore.errors import InvalidRuleError
from npscore.segments.operands import Bound, Bounds, Kind, Operand, as_float, as_integer, kind_of

Condition = ColumnElement[bool]
Value = Callable[[Any], ColumnElement[Any]]

_DAY = timedelta(days=1)
_NEVER = any_of()
_FINEST = 38  # places that decimals of MariaDB can have


@attrs.frozen
class Cells:
    """A column, and what rules may ask of it."""

    name: str
    column: ColumnElement[Any]

    @property
    def kind(self) -> Kind | None:
        """The kind of the cells, None where rules compare them with nothing."""
        return None

    @property
    def are_present(self) -> Condition:
        """There is a value."""
        return self.column.is_not(None)

    def among(self, values: Iterable[Operand]) -> Condition:
        """A cell that is one of the values."""
        raise self._incomparable()

    def within(self, bounds: Bounds) -> Condition:
        """A cell in a range."""
        raise self._incomparable()

    def contain(self, text: str) -> Condition:
        """A text with a part."""
        raise self._incomparable()

    def start_with(self, text: str) -> Condition:
        """A text with a beginning."""
        raise self._incomparable()

    def _incomparable(self) -> InvalidRuleError:
        return InvalidRuleError(
            f"the column {self.name!r} is of the SQL type {type(self.column.type).__name__}, with which rules compare "
            "nothing; hand over sqlalchemy.cast or type_coerce of it to numbers, texts, times or truths.",
            self.name,
        )


def one_of(column: ColumnElement[Any], values: list[Any], kind: TypeEngine[Any]) -> Condition:
    """A column that is one of some values, bound without the name of the column."""
    if not values:
        return _NEVER
    if len(values) == 1:
        return column == literal(values[0], kind)
    return column.in_(bindparam("value", values, expanding=True, unique=True, type_=kind))


def between(column: ColumnElement[Any], bounds: Bounds, value: Value) -> Condition:
    """A column in a range."""
    parts = []
    if bounds.low is not None:
        low, within = bounds.low
        parts.append(column >= value(low) if within else column > value(low))
    if bounds.high is not None:
        high, within = bounds.high
        parts.append(column <= value(high) if within else column < value(high))
    return all_of(*parts)


class Truths(Cells):
    """Boolean columns."""

    @property
    def kind(self) -> Kind:
        """Truths."""
        return Kind.TRUTH

    def among(self, values: Iterable[Operand]) -> Condition:
        """True or false."""
        is_true = self.column == true()
        wanted = {value for value in values if isinstance(value, bool)}
        return any_of(*(is_true if value else NotThat(is_true) for value in wanted))


class Integers(Cells):
    """Columns of whole numbers; what does not fit into any is settled here."""

    @property
    def kind(self) -> Kind:
        """Numbers."""
        return Kind.NUMBER

    @property
    def _ends(self) -> tuple[int, int]:
        return (0, 2**64 - 1) if getattr(self.column.type, "unsigned", False) else (-(2**63), 2**63 - 1)

    def among(self, values: Iterable[Operand]) -> Condition:
        """The whole ones of the values."""
        least, most = self._ends
        whole = [as_integer(value) for value in _numbers(values)]
        return one_of(self.column, [n for n in whole if n is not None and least <= n <= most], BigInteger())

    def within(self, bounds: Bounds) -> Condition:
        """The whole numbers of a range."""
        (least, most), among = self._ends, bounds.for_integers
        low = among.low if among.low is not None and among.low[0] >= least else None
        high = among.high if among.high is not None and among.high[0] <= most else None
        if (low and low[0] > most) or (high and high[0] < least):
            return _NEVER
        return between(self.column, Bounds(low, high), partial(literal, type_=BigInteger()))


class Floats(Cells):
    """Columns of floats. In PostgreSQL they may hold NaN, which is missing."""

    @property
    def kind(self) -> Kind:
        """Numbers."""
        return Kind.NUMBER

    @property
    def are_present(self) -> Condition:
        """There is a value, which is a number."""
        there = self.column.is_not(None)
        return Worded(there, all_of(there, self.column != _nan("DOUBLE PRECISION")), there)

    @property
    def _read(self) -> ColumnElement[Any]:
        return AsRead(self.column)

    def among(self, values: Iterable[Operand]) -> Condition:
        """Those of the values that are written as floats."""
        return _among_floats(self._read, values)

    def within(self, bounds: Bounds) -> Condition:
        """The floats of a range."""
        return _within_floats(self._read, bounds)


def _among_floats(column: ColumnElement[Any], values: Iterable[Operand]) -> Condition:
    spelled = [as_float(value) for value in _numbers(values)]
    return one_of(column, [number for number in spelled if number is not None], Double())


def _within_floats(column: ColumnElement[Any], bounds: Bounds) -> Condition:
    return between(column, bounds.for_floats, partial(literal, type_=Double()))


def _nan(kind: str) -> ColumnElement[Any]:
    return literal_column(f"CAST('NaN' AS {kind})")


def _numbers(values: Iterable[Operand]) -> list[Any]:
    return [value for value in values if kind_of(value) is Kind.NUMBER]


class Decimals(Cells):
    """Columns of exact numbers, which SQLite keeps as floats."""

    @property
    def kind(self) -> Kind:
        """Numbers."""
        return Kind.NUMBER

    @property
    def are_present(self) -> Condition:
        """There is a value, which is a number."""
        there = self.column.is_not(None)
        return Worded(there, all_of(there, self.column != _nan("NUMERIC")), there)

    @property
    def _float(self) -> ColumnElement[Any]:
        return AsRead(self.column)

    def among(self, values: Iterable[Operand]) -> Condition:
        """One of the numbers."""
        numbers = list(map(Decimal, _numbers(values)))
        exact = [_decimal(number) for number in numbers if -number.as_tuple().exponent <= _FINEST]  # type: ignore[operator]
        return Worded(
            _among_floats(self._float, values),
            one_of(self.column, numbers, Numeric()),
            self.column.in_(exact) if exact else _NEVER,
        )

    def within(self, bounds: Bounds) -> Condition:
        """The numbers of a range."""
        return Worded(
            _within_floats(self._float, bounds),
            between(self.column, bounds, lambda number: literal(Decimal(number), Numeric())),
            between(self.column, bounds.mapped(_up, _down), _decimal),
        )


def _decimal(number: Any) -> ColumnElement[Any]:
    """A number in MariaDB, which would take a small one for a float."""
    places = max(0, -Decimal(number).as_tuple().exponent)  # type: ignore[operator]
    return cast(literal(f"{Decimal(number):f}", Text()), mysql.DECIMAL(65, places))


def _up(bound: Bound) -> Bound:
    return _rounded(bound, ROUND_CEILING)


def _down(bound: Bound) -> Bound:
    return _rounded(bound, ROUND_FLOOR)


def _rounded(bound: Bound, rounding: str) -> Bound:
    """A bound with as many places as decimals of MariaDB can have."""
    number, within = Decimal(bound[0]), bound[1]
    with localcontext(prec=100):
        nearest = number.quantize(Decimal(1).scaleb(-_FINEST), rounding).normalize()
    return (nearest, True) if nearest != number else (number, within)


class Texts(Cells):
    """Columns of texts, compared letter by letter whatever their collation is."""

    @property
    def kind(self) -> Kind:
        """Texts."""
        return Kind.TEXT

    @property
    def _letters(self) -> ColumnElement[Any]:
        return Letters(self.column)

    def among(self, values: Iterable[Operand]) -> Condition:
        """One of the texts: those that the column's own collation calls equal, by an index, and of these the same."""
        wanted = [value for value in values if isinstance(value, str)]
        exact = one_of(self._letters, wanted, Text())
        if not wanted or isinstance(self.column.type, Enum):
            return exact
        narrowed = all_of(one_of(self.column, wanted, Text()), exact)
        in_any_charset = all(map(str.isascii, wanted))  # others cannot be compared with every column of MariaDB
        return Worded(exact, narrowed, narrowed if in_any_charset else exact)

    def within(self, bounds: Bounds) -> Condition:
        """The texts of a range, by code point."""
        return between(self._letters, bounds, partial(literal, type_=Text()))

    def contain(self, text: str) -> Condition:
        """A text with a part; no letter is a wildcard."""
        if not text:
            return all_of()
        found = func.instr(self._letters, literal(text, Text()), type_=Integer()) > 0
        return Worded(found, func.strpos(self._letters, literal(text, Text()), type_=Integer()) > 0, found)

    def start_with(self, text: str) -> Condition:
        """A text with a beginning."""
        if not text:
            return all_of()
        beginning = func.substr(self._letters, literal_column("1"), literal_column(str(len(text))), type_=Text())
        return Letters(beginning) == literal(text, Text())


class Moments(Cells):
    """Columns of times; those without a zone are in UTC."""

    @property
    def kind(self) -> Kind:
        """Times."""
        return Kind.TIME

    @property
    def _forms(self) -> tuple[tuple[ColumnElement[Any], Value], ...]:
        """The column, and the moments with which it is compared, in each database."""
        kind: Any = self.column.type
        zoned = partial(literal, type_=DateTime(timezone=True)) if getattr(kind, "timezone", False) else _zoneless
        counted = func.unix_timestamp(self.column), _seconds
        return (
            (FilledUp(self.column), lambda moment: literal(_written(moment), Text())),
            (self.column, zoned),
            counted if isinstance(kind, TIMESTAMP) else (self.column, _datetime),
        )

    def among(self, values: Iterable[Operand]) -> Condition:
        """One of the instants."""
        moments = [value for value in values if isinstance(value, datetime)]
        if not moments:
            return _NEVER
        return Worded(*(column.in_(list(map(value, moments))) for column, value in self._forms))

    def within(self, bounds: Bounds) -> Condition:
        """The instants of a range."""
        return Worded(*(between(column, bounds, value) for column, value in self._forms))


def _zoneless(moment: datetime) -> ColumnElement[Any]:
    return literal(moment.astimezone(UTC).replace(tzinfo=None), DateTime())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _datetime(moment: datetime) -> ColumnElement[Any]:
    return cast(literal(_written(moment), Text()), mysql.DATETIME(fsp=6))


def _seconds(moment: datetime) -> ColumnElement[Any]:
    """Seconds since 1970, in which MariaDB keeps a TIMESTAMP, whatever the zone of the connection is."""
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return _decimal(Decimal(micros).scaleb(-6))


class Days(Cells):
    """Columns of days, each of which is its first instant in UTC."""

    @property
    def kind(self) -> Kind:
        """Times."""
        return Kind.TIME

    def among(self, values: Iterable[Operand]) -> Condition:
        """One of the instants that begin a day."""
        moments = [value for value in values if isinstance(value, datetime)]
        return one_of(self.column, [moment.date() for moment in moments if _begins_a_day(moment)], Date())

    def within(self, bounds: Bounds) -> Condition:
        """The days that begin in a range."""
        return between(self.column, bounds.mapped(_first_day, _last_day), partial(literal, type_=Date()))


def _begins_a_day(moment: datetime) -> bool:
    return moment.timetz() == datetime.min.replace(tzinfo=UTC).timetz()


def _first_day(bound: Bound) -> Bound:
    moment, within = bound
    return (moment.date(), within) if _begins_a_day(moment) else (_day_after(moment), True)


def _last_day(bound: Bound) -> Bound:
    moment, within = bound
    return (moment.date(), within if _begins_a_day(moment) else True)


def _day_after(moment: datetime) -> date:
    return (moment + _DAY).date()


_CELLS: tuple[tuple[type[Any], type[Cells]], ...] = (
    (Boolean, Truths),
    (Integer, Integers),
    (Float, Floats),
    (Numeric, Decimals),
    (String, Texts),
    (DateTime, Moments),
    (Date, Days),
)
"""By SQL type, the first that fits."""


def cells_of(name: str, column: ColumnElement[Any]) -> Cells:
    """A column as rules see it."""
    fitting = (cells for kind, cells in _CELLS if isinstance(column.type, kind))
    return next(fitting, Cells)(name, column)
