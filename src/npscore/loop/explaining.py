"""Why a rule fired or did not, in words: each rule of a policy made once into tests that can tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from npscore.errors import short
from npscore.segments.rules import And, Rule, unknown_column

Row = Mapping[str, Any]


MOST_REMEMBERED = 10_000
"""How many reasons a policy remembers, for most answers are like others."""


@attrs.frozen
class _Part:
    """One thing that a rule asks for."""

    test: Callable[[Row, datetime | None], bool]
    words: str
    columns: tuple[str, ...]
    said: dict[Any, str] = attrs.field(factory=dict)

    def against(self, name: str, row: Row) -> str:
        """Why the rule of a name did not fire, where this does not hold."""
        if len(self.columns) != 1:
            return self._words(name, row)
        value = row[self.columns[0]]
        if type(value) is not str and value is not None:
            return self._words(name, row)
        line = self.said.get(value)
        if line is None:
            line = self._words(name, row)
            if len(self.said) < MOST_REMEMBERED:
                self.said[value] = line
        return line

    def _words(self, name: str, row: Row) -> str:
        return f"{name}: did not fire, for {cells(row, self.columns)}; it asks for {self.words}."


@attrs.frozen
class _Told:
    """A rule that can tell why."""

    name: str
    parts: tuple[_Part, ...]
    columns: tuple[str, ...]
    unread: str


@attrs.frozen
class Telling:
    """The rules of a policy in order, each ready to say why it fires or does not."""

    rules: tuple[_Told, ...]

    @classmethod
    def of(cls, rules: Sequence[tuple[str, Rule]]) -> Telling:
        """Rules by name, made ready."""
        names = [name for name, _ in rules]
        return cls(
            tuple(
                _Told(name, tuple(map(_part, _parts(rule))), rule.columns, ", ".join(names[place + 1 :]))
                for place, (name, rule) in enumerate(rules)
            )
        )

    def first(self, row: Row, now: datetime) -> tuple[int | None, list[str]]:
        """The place of the first rule that fires, None where none does, and a line for each rule that was looked at."""
        lines: list[str] = []
        for place, rule in enumerate(self.rules):
            for part in rule.parts:
                if not part.test(row, now):
                    lines.append(part.against(rule.name, row))
                    break
            else:
                lines.append(f"{rule.name}: fired, for {cells(row, rule.columns)}.")
                if rule.unread:
                    lines.append(f"Not looked at any more: {rule.unread}.")
                return place, lines
        return None, lines


def _parts(rule: Rule) -> tuple[Rule, ...]:
    return rule.parts if isinstance(rule, And) and rule.parts else (rule,)


def _part(rule: Rule) -> _Part:
    return _Part(rule.test, str(rule), rule.columns)


def cells(row: Row, columns: Sequence[str]) -> str:
    """What stands in some columns of a row, as people read it.

    Raises:
        InvalidRuleError: for a column that the row does not have.
    """
    if not columns:
        return "it asks for nothing"
    try:
        return " and ".join([f"{column} is {shown(row[column])}" for column in columns])
    except KeyError:  # a rule may hold or fail before it comes to all of its columns
        raise unknown_column(next(column for column in columns if column not in row), row) from None


def shown(value: Any) -> str:
    """A cell as people read it.

    Example:
        >>> shown(None), shown("EMEA"), shown(9)
        ('missing', '"EMEA"', '9')
    """
    if value is None:
        return "missing"
    kind = type(value)
    if kind is str:
        return f'"{value}"' if len(value) <= 60 and value.isprintable() else short(value)
    if kind is datetime:
        return str(value.isoformat())
    return str(value) if kind in (int, bool, Decimal, float) else short(value)
