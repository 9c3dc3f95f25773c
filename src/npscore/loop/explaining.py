"""Why a rule fired or did not, in words: each rule of a policy made once into tests that can tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from npscore.errors import short
from npscore.segments.rules import And, Rule

Row = Mapping[str, Any]


@attrs.frozen
class _Part:
    """One thing that a rule asks for."""

    test: Callable[[Row, datetime | None], bool]
    words: str
    columns: tuple[str, ...]


@attrs.frozen
class _Told:
    """A rule that can tell why."""

    name: str
    parts: tuple[_Part, ...]
    columns: tuple[str, ...]

    def failing(self, row: Row, now: datetime) -> _Part | None:
        """The first part that does not hold, None where the rule fires."""
        for part in self.parts:
            if not part.test(row, now):
                return part
        return None


@attrs.frozen
class Telling:
    """The rules of a policy in order, and what to say of those after the one that fires."""

    rules: tuple[_Told, ...]
    unread: tuple[str, ...]

    @classmethod
    def of(cls, rules: Sequence[tuple[str, Rule]]) -> Telling:
        """Rules by name, made ready."""
        told = tuple(_Told(name, tuple(map(_part, _parts(rule))), rule.columns) for name, rule in rules)
        rests = ([name for name, _ in rules[place + 1 :]] for place in range(len(rules)))
        return cls(told, tuple(f"Not looked at any more: {', '.join(rest)}." if rest else "" for rest in rests))

    def first(self, row: Row, now: datetime) -> tuple[int | None, list[str]]:
        """The place of the first rule that fires, None where none does, and a line for each rule."""
        lines: list[str] = []
        for place, rule in enumerate(self.rules):
            part = rule.failing(row, now)
            if part is None:
                lines.append(f"{rule.name}: fired, for {cells(row, rule.columns)}.")
                if self.unread[place]:
                    lines.append(self.unread[place])
                return place, lines
            lines.append(f"{rule.name}: did not fire, for {cells(row, part.columns)}; it asks for {part.words}.")
        return None, lines


def _parts(rule: Rule) -> tuple[Rule, ...]:
    return rule.parts if isinstance(rule, And) and rule.parts else (rule,)


def _part(rule: Rule) -> _Part:
    return _Part(rule.test, str(rule), rule.columns)


def cells(row: Row, columns: Sequence[str]) -> str:
    """What stands in some columns of a row, as people read it."""
    if not columns:
        return "it asks for nothing"
    return " and ".join([f"{column} is {shown(row[column])}" for column in columns])


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
