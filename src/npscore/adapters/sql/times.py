"""Columns of times and days as rules see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Integer, Text, cast, func, literal, literal_column
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TIMESTAMP

from npscore.adapters.sql.cells import Cells, Condition, Value, between, one_of
from npscore.adapters.sql.conditions import FilledUp, Worded, all_of, any_of
from npscore.adapters.sql.numbers import decimal
from npscore.segments.operands import Bound, Bounds, Kind, Operand

_DAY = timedelta(days=1)


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
            return any_of()
        return Worded(*(column.in_(list(map(value, moments))) for column, value in self._forms))

    def within(self, bounds: Bounds) -> Condition:
        """The instants of a range."""
        sqlite, *others = (between(column, bounds, value) for column, value in self._forms)
        return Worded(all_of(_is_a_day(self.column), sqlite), *others)


def _zoneless(moment: datetime) -> ColumnElement[Any]:
    return literal(moment.astimezone(UTC).replace(tzinfo=None), DateTime())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _datetime(moment: datetime) -> ColumnElement[Any]:
    return cast(literal(_written(moment), Text()), mysql.DATETIME(fsp=6))


def _seconds(moment: datetime) -> ColumnElement[Any]:
    """Seconds since 1970, in which MariaDB keeps a TIMESTAMP, whatever the zone of the connection is."""
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return decimal(Decimal(micros).scaleb(-6))


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
        days = between(self.column, bounds.mapped(_first_day, _last_day), partial(literal, type_=Date()))
        return Worded(all_of(_is_a_day(self.column), days), days, days)


def _is_a_day(column: ColumnElement[Any]) -> Condition:
    """What in SQLite begins as days do; its columns hold whatever they are given, and any text has an order."""
    return func.glob(literal_column("'[0-9][0-9][0-9][0-9]-*'"), column, type_=Integer()) == literal_column("1")


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
