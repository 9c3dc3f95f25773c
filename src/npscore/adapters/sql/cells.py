"""What rules may ask of a column of a database, and the columns of truths and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Enum, Integer, Text, bindparam, false, func, literal, literal_column, true
from sqlalchemy.types import TypeEngine

from npscore.adapters.sql.conditions import Letters, Worded, all_of, any_of
from npscore.errors import InvalidRuleError
from npscore.segments.operands import Bounds, Kind, Operand

Condition = ColumnElement[bool]
Value = Callable[[Any], ColumnElement[Any]]


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
        return any_of()
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
        wanted = dict.fromkeys(value for value in values if isinstance(value, bool))
        return any_of(*(self.column == (true() if value else false()) for value in wanted))


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
