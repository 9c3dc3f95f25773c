"""Columns of numbers as rules see them. Those of SQLite hold whatever they are given, so each cell says what it is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, Numeric, Text, cast, func, literal, literal_column
from sqlalchemy.dialects import mysql

from npscore.adapters.sql.cells import Cells, Condition, between, one_of
from npscore.adapters.sql.conditions import AsRead, Worded, all_of, any_of
from npscore.segments.operands import Bound, Bounds, Kind, Operand, as_float, as_integer, kind_of

_FINEST = 38  # places that decimals of MariaDB can have
_LEAST, _MOST = -(2**63), 2**63 - 1


class _Numbers(Cells):
    """Columns of numbers."""

    @property
    def kind(self) -> Kind:
        """Numbers."""
        return Kind.NUMBER

    def _not_nan(self, kind: str) -> Condition:
        """There is a value, which is a number; in PostgreSQL it may be none."""
        there = self.column.is_not(None)
        return Worded(there, all_of(there, self.column != literal_column(f"CAST('NaN' AS {kind})")), there)

    def _of_sqlite(self, whole: Condition, others: Condition) -> Condition:
        """A cell that is an integer and one that is a float; a text is neither, though SQLite puts it above both."""
        kind = func.typeof(self.column, type_=Text())
        return any_of(
            all_of(kind == literal_column("'integer'"), whole), all_of(kind == literal_column("'real'"), others)
        )


class Integers(_Numbers):
    """Columns of whole numbers; what does not fit into any is settled here."""

    @property
    def _most(self) -> int:
        return 2**64 - 1 if getattr(self.column.type, "unsigned", False) else _MOST

    def among(self, values: Iterable[Operand]) -> Condition:
        """The whole ones of the values."""
        whole = _among_integers(self.column, values, self._most)
        return Worded(self._of_sqlite(whole, _among_floats(self.column, values)), whole, whole)

    def within(self, bounds: Bounds) -> Condition:
        """The whole numbers of a range."""
        whole = _within_integers(self.column, bounds, self._most)
        return Worded(self._of_sqlite(whole, _within_floats(self.column, bounds)), whole, whole)


class Floats(_Numbers):
    """Columns of floats. In PostgreSQL they may hold NaN, which is missing."""

    @property
    def are_present(self) -> Condition:
        """There is a value, which is a number."""
        return self._not_nan("DOUBLE PRECISION")

    def among(self, values: Iterable[Operand]) -> Condition:
        """Those of the values that are written as floats."""
        floats = _among_floats(AsRead(self.column), values)
        return Worded(self._of_sqlite(_among_integers(self.column, values), floats), floats, floats)

    def within(self, bounds: Bounds) -> Condition:
        """The floats of a range."""
        floats = _within_floats(AsRead(self.column), bounds)
        return Worded(self._of_sqlite(_within_integers(self.column, bounds), floats), floats, floats)


class Decimals(_Numbers):
    """Columns of exact numbers, which SQLite keeps as integers and floats."""

    @property
    def are_present(self) -> Condition:
        """There is a value, which is a number."""
        return self._not_nan("NUMERIC")

    def among(self, values: Iterable[Operand]) -> Condition:
        """One of the numbers."""
        numbers = list(map(Decimal, _numbers(values)))
        exact = [decimal(number) for number in numbers if _places(number) <= _FINEST]
        return Worded(
            self._of_sqlite(_among_integers(self.column, values), _among_floats(self.column, values)),
            one_of(self.column, numbers, Numeric()),
            self.column.in_(exact) if exact else any_of(),
        )

    def within(self, bounds: Bounds) -> Condition:
        """The numbers of a range."""
        return Worded(
            self._of_sqlite(_within_integers(self.column, bounds), _within_floats(self.column, bounds)),
            between(self.column, bounds, lambda number: literal(Decimal(number), Numeric())),
            between(self.column, bounds.mapped(_up, _down), decimal),
        )


def _numbers(values: Iterable[Operand]) -> list[Any]:
    return [value for value in values if kind_of(value) is Kind.NUMBER]


def _among_integers(column: ColumnElement[Any], values: Iterable[Operand], most: int = _MOST) -> Condition:
    whole = [as_integer(value) for value in _numbers(values)]
    return one_of(column, [number for number in whole if number is not None and _LEAST <= number <= most], BigInteger())


def _within_integers(column: ColumnElement[Any], bounds: Bounds, most: int = _MOST) -> Condition:
    """A range, without the bounds that no cell can reach."""
    low, high = bounds.for_integers.low, bounds.for_integers.high
    if (low and low[0] > most) or (high and high[0] < _LEAST):
        return any_of()
    reached = Bounds(low if low and low[0] >= _LEAST else None, high if high and high[0] <= most else None)
    return between(column, reached, partial(literal, type_=BigInteger()))


def _among_floats(column: ColumnElement[Any], values: Iterable[Operand]) -> Condition:
    spelled = [as_float(value) for value in _numbers(values)]
    return one_of(column, [number for number in spelled if number is not None], Double())


def _within_floats(column: ColumnElement[Any], bounds: Bounds) -> Condition:
    return between(column, bounds.for_floats, partial(literal, type_=Double()))


def _places(number: Decimal) -> int:
    """How many digits stand behind the point."""
    return max(0, -number.as_tuple().exponent)  # type: ignore[operator]  # operands are finite


def decimal(number: Any) -> ColumnElement[Any]:
    """A number in MariaDB, which would take a small one for a float."""
    made = Decimal(number)
    return cast(literal(f"{made:f}", Text()), mysql.DECIMAL(65, _places(made)))


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
