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
"""How many reasons a part remembers, for most answers are like others."""


@attrs.frozen
class _Part:
    """One thing that rules ask for, wherever they do.

    Attributes:
        place: among all the parts of a policy, so that each is looked at once an answer.
        test: whether it holds for a row.
        words: the text form of what is asked for.
        columns: all those of which it speaks.
        column: the only one of which it speaks; None where it speaks of several, or of none.
        said: why it did not hold, by the text that stood in its only column.
    """

    place: int
    test: Callable[[Row, datetime | None], bool]
    words: str
    columns: tuple[str, ...]
    column: str | None
    said: dict[str | None, str] = attrs.field(factory=dict)

    def against(self, row: Row, now: datetime) -> str | None:
        """Why it does not hold, None where it does."""
        if self.test(row, now):
            return None
        value = _MANY if self.column is None else row[self.column]
        if value is not None and value.__class__ is not str:
            return self._said_of(row)
        reason = self.said.get(value)
        if reason is None:
            reason = self._said_of(row)
            if len(self.said) < MOST_REMEMBERED:
                self.said[value] = reason
        return reason

    def _said_of(self, row: Row) -> str:
        return f"for {cells(row, self.columns)}; it asks for {self.words}."


@attrs.frozen
class _Told:
    """A rule that can tell why.

    Attributes:
        columns: all those of which the rule speaks.
        unread: the names of the rules after it, which nobody looks at where it fires.
    """

    name: str
    parts: tuple[_Part, ...]
    columns: tuple[str, ...]
    unread: str


_MANY, _UNREAD = object(), ""


@attrs.frozen
class Telling:
    """The rules of a policy in order, each ready to say why it fires or does not."""

    rules: tuple[_Told, ...]
    parts: int

    @classmethod
    def of(cls, rules: Sequence[tuple[str, Rule]]) -> Telling:
        """Rules by name, made ready."""
        names = [name for name, _ in rules]
        parts: dict[str, _Part] = {}
        for _, rule in rules:
            for part in _parts(rule):
                parts.setdefault(str(part), _part(part, len(parts)))
        told = (
            _Told(name, tuple(parts[str(part)] for part in _parts(rule)), rule.columns, ", ".join(names[place + 1 :]))
            for place, (name, rule) in enumerate(rules)
        )
        return cls(tuple(told), len(parts))

    def first(self, row: Row, now: datetime) -> tuple[int | None, list[str]]:
        """The place of the first rule that fires, None where none does, and a line for each rule that was looked at.

        Raises:
            InvalidRuleError: for a column that the row does not have.
        """
        lines: list[str] = []
        reasons: list[str | None] = [_UNREAD] * self.parts
        for place, rule in enumerate(self.rules):
            for part in rule.parts:
                reason = reasons[part.place]
                if reason is _UNREAD:
                    reason = reasons[part.place] = part.against(row, now)
                if reason is not None:
                    lines.append(f"{rule.name}: did not fire, {reason}")
                    break
            else:
                lines.append(f"{rule.name}: fired, for {cells(row, rule.columns)}.")
                if rule.unread:
                    lines.append(f"Not looked at any more: {rule.unread}.")
                return place, lines
        return None, lines


def _parts(rule: Rule) -> tuple[Rule, ...]:
    return rule.parts if isinstance(rule, And) and rule.parts else (rule,)


def _part(rule: Rule, place: int) -> _Part:
    column = rule.columns[0] if len(rule.columns) == 1 else None
    return _Part(place, rule.test, str(rule), rule.columns, column)


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
