"""Rules as conditions of a database: the same rows as the plain engine means, found where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

import attrs
from sqlalchemy import Boolean, ColumnElement, Date, DateTime, Float, FromClause, Integer, Numeric, String

from npscore.adapters.sql.cells import Cells, Texts, Truths
from npscore.adapters.sql.conditions import NotThat, all_of, any_of
from npscore.adapters.sql.numbers import Decimals, Floats, Integers
from npscore.adapters.sql.times import Days, Moments
from npscore.errors import InvalidRuleError, short
from npscore.segments.columns import check_kinds
from npscore.segments.leaves import Age, Contains, In, Missing, Range, StartsWith
from npscore.segments.plain import bounds_of
from npscore.segments.rules import And, Leaf, Not, Or, Rule, check_rule

Columns = FromClause | Mapping[str, Any]

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


def rule_condition(rule: Rule, columns: Columns, *, now: datetime | None = None) -> ColumnElement[bool]:
    """A rule as a condition of SQLAlchemy, for SQLite, PostgreSQL and MariaDB.

    It is true of the rows of which `Rule.matches` is true, and false, never
    NULL, of all others. Which database it is for is seen when the statement
    runs. Values are bound. Texts are compared by code point whatever their
    collation is; times without a zone are in UTC, and a day is its first
    instant.

    Args:
        rule: the rule.
        columns: a table, subquery or alias, or a mapping of the names of which
            the rule speaks to columns of SQLAlchemy.
        now: an aware time, needed where the rule speaks of ages.

    Raises:
        InvalidRuleError: for a column that is not there, one that holds values
            of another kind or of a type with which rules compare nothing, and
            an age without now.
        InputError: when now has no zone.

    Example:
        >>> from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select
        >>> answers = Table("answers", MetaData(), Column("region", String(20)), Column("rating", Integer))
        >>> engine = create_engine("sqlite://")
        >>> with engine.begin() as connection:
        ...     answers.create(connection)
        ...     rows = [("EMEA", 3), ("emea", 3), ("EMEA", 9)]
        ...     written = connection.execute(answers.insert().values(rows))
        ...     rule = Rule.parse('region = "EMEA" and rating <= 6')
        ...     print(connection.execute(select(answers).where(rule_condition(rule, answers))).all())
        [('EMEA', 3)]
    """
    check_rule(rule)
    rule.check_now(now)
    named = _named(columns)
    rule.check(named)
    cells = {name: _cells(_element(name, named[name]), name) for name in rule.columns}
    check_kinds(rule, {name: column.kind for name, column in cells.items()})
    return _condition(rule, _Making(cells, now), True)


def _named(columns: Any) -> Mapping[str, Any]:
    """The columns by name."""
    of_class = getattr(columns, "__table__", columns)
    if isinstance(of_class, FromClause):
        return dict(of_class.c.items())
    if isinstance(columns, Mapping):
        return columns
    raise InvalidRuleError(
        f"columns is a table, a subquery() or a mapping of names to columns of SQLAlchemy, not {short(columns)}."
    )


def _element(name: str, column: Any) -> ColumnElement[Any]:
    element = column.__clause_element__() if hasattr(column, "__clause_element__") else column
    if not isinstance(element, ColumnElement):
        raise InvalidRuleError(f"the column {name!r} is {short(column)}, which is no column of SQLAlchemy.", name)
    return element


def _cells(column: ColumnElement[Any], name: str) -> Cells:
    """A column as rules see it."""
    fitting = (cells for kind, cells in _CELLS if isinstance(column.type, kind))
    return next(fitting, Cells)(name, column)


@attrs.frozen
class _Making:
    """What a condition is made with."""

    cells: Mapping[str, Cells]
    now: datetime | None


@singledispatch
def _condition(rule: Rule, _made: _Making, _holds: bool) -> ColumnElement[bool]:
    """What is true where the rule holds, or where it does not."""
    raise InvalidRuleError(f"{rule!r} is no rule that databases know.")


@_condition.register
def _(rule: And, made: _Making, holds: bool) -> ColumnElement[bool]:
    return (all_of if holds else any_of)(*(_condition(part, made, holds) for part in rule.rules))


@_condition.register
def _(rule: Or, made: _Making, holds: bool) -> ColumnElement[bool]:
    return (any_of if holds else all_of)(*(_condition(part, made, holds) for part in rule.rules))


@_condition.register
def _(rule: Not, made: _Making, holds: bool) -> ColumnElement[bool]:
    """Turned round part by part, for which databases need fewer brackets."""
    return _condition(rule.rules[0], made, not holds)


@_condition.register
def _(rule: Leaf, made: _Making, holds: bool) -> ColumnElement[bool]:
    """NULL and false is false, so that a rule about a missing value is false and its opposite true."""
    column = made.cells[rule.column]
    if isinstance(rule, Missing):
        return NotThat(column.are_present) if holds else column.are_present
    meant = all_of(column.are_present, _compared(rule, column, made.now))
    return meant if holds else NotThat(meant)


def _compared(rule: Leaf, column: Cells, now: datetime | None) -> ColumnElement[bool]:
    if isinstance(rule, Age):
        return column.within(bounds_of(rule.at(now)))  # type: ignore[arg-type]  # check_now sees to it that it is given
    if isinstance(rule, Range):
        return column.within(bounds_of(rule))
    if isinstance(rule, Contains):
        return column.contain(rule.text)
    if isinstance(rule, StartsWith):
        return column.start_with(rule.text)
    return column.among(rule.values if isinstance(rule, In) else (rule.value,))  # type: ignore[attr-defined]
