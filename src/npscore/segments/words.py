"""Rules in words: the one-line text form, which `npscore.segments.reading` reads back."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatch

from npscore.errors import InvalidRuleError
from npscore.segments.leaves import SIGNS, Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.operands import Operand
from npscore.segments.rules import And, Not, Or, Rule

UNITS = {
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
    "seconds": timedelta(seconds=1),
    "microseconds": timedelta(microseconds=1),
}

KEYWORDS = frozenset({
    "all", "and", "any", "ago", "at", "between", "contains", "everything", "false", "in", "is", "least", "missing",
    "most", "next", "not", "nothing", "of", "or", "present", "starts", "the", "true", "with", "within", *UNITS,
})  # fmt: skip

NAME = r"[^\W\d]\w*(?:\.\w+)*"
_BARE = re.compile(NAME)
_BREAKS = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "\x85\u2028\u2029"})


def column_of(name: str) -> str:
    """The name of a column, in backticks where it would be read as something else.

    Example:
        >>> column_of("customer.region"), column_of("Customer Region")
        ('customer.region', '`Customer Region`')
    """
    if _BARE.fullmatch(name) and name not in KEYWORDS:
        return name
    inner = json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("`", "\\u0060")
    return f"`{inner.translate(_BREAKS)}`"


def value_of(value: Operand) -> str:
    """A value as it is written in a rule."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).translate(_BREAKS)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def period_of(period: timedelta) -> str:
    """A period in the longest unit of which it is a whole number."""
    unit, length = next((unit, length) for unit, length in UNITS.items() if not period % length)
    return f"{period // length} {unit}"


@singledispatch
def worded(rule: Rule) -> str:
    """The text form of a rule."""
    raise InvalidRuleError(f"{rule!r} has no text form.")


@worded.register
def _(rule: And) -> str:
    return _joined(rule.rules, "and", ("everything", "all of"), loose=(And, Or))


@worded.register
def _(rule: Or) -> str:
    return _joined(rule.rules, "or", ("nothing", "any of"), loose=(Or,))


def _joined(rules: tuple[Rule, ...], word: str, alone: tuple[str, str], loose: tuple[type, ...]) -> str:
    if len(rules) < 2:
        none, one = alone
        return f"{one} ({worded(rules[0])})" if rules else none
    return f" {word} ".join(
        f"({worded(rule)})" if isinstance(rule, loose) and len(rule.parts) > 1 else worded(rule) for rule in rules
    )


@worded.register
def _(rule: Not) -> str:
    inner = rule.rules[0]
    if isinstance(inner, Missing):
        return f"{column_of(inner.column)} is present"
    if isinstance(inner, Eq):
        return f"{column_of(inner.column)} != {value_of(inner.value)}"
    if isinstance(inner, In):
        return f"{column_of(inner.column)} not in {_listed(inner)}"
    return f"not ({worded(inner)})"


@worded.register
def _(rule: Eq) -> str:
    return f"{column_of(rule.column)} = {value_of(rule.value)}"


@worded.register
def _(rule: In) -> str:
    return f"{column_of(rule.column)} in {_listed(rule)}"


def _listed(rule: In) -> str:
    return f"({', '.join(map(value_of, rule.values))})"


@worded.register
def _(rule: Range) -> str:
    column, bounds = column_of(rule.column), [(SIGNS[name], value_of(value)) for name, value in rule.bounds.items()]
    if len(bounds) == 1:
        return f"{column} {bounds[0][0]} {bounds[0][1]}"
    (above, low), (below, high) = bounds
    return f"{low} {above.replace('>', '<')} {column} {below} {high}"


@worded.register
def _(rule: Contains) -> str:
    return f"{column_of(rule.column)} contains {value_of(rule.text)}"


@worded.register
def _(rule: StartsWith) -> str:
    return f"{column_of(rule.column)} starts with {value_of(rule.text)}"


@worded.register
def _(rule: Missing) -> str:
    return f"{column_of(rule.column)} is missing"


@worded.register
def _(rule: Age) -> str:
    return f"{column_of(rule.column)} {_aged(rule.at_least, rule.at_most)}"


def _aged(youngest: timedelta | None, oldest: timedelta | None) -> str:
    if youngest is None or oldest is None:
        return f"at most {period_of(oldest)} ago" if oldest is not None else f"at least {period_of(youngest)} ago"  # type: ignore[arg-type]
    if not youngest and oldest >= youngest:
        return f"within {period_of(oldest)}"
    if not oldest and youngest < oldest:
        return f"within the next {period_of(-youngest)}"
    return f"between {period_of(youngest)} and {period_of(oldest)} ago"
