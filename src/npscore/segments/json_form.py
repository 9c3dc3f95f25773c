"""Rules as JSON, for files and for rule builders that store what people click."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatch
from typing import Any

from npscore.errors import InvalidRuleError, short
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.operands import Operand
from npscore.segments.rules import DEEPEST, And, Not, Or, Rule
from npscore.segments.words import UNITS

_BOUNDS = "at_least", "above", "at_most", "below"


@singledispatch
def encoded(rule: Rule) -> dict[str, Any]:
    """A rule as values that JSON has."""
    raise InvalidRuleError(f"{rule!r} has no JSON form.")


@encoded.register
def _(rule: And) -> dict[str, Any]:
    return {"op": "and", "rules": list(map(encoded, rule.rules))}


@encoded.register
def _(rule: Or) -> dict[str, Any]:
    return {"op": "or", "rules": list(map(encoded, rule.rules))}


@encoded.register
def _(rule: Not) -> dict[str, Any]:
    return {"op": "not", "rule": encoded(rule.rules[0])}


@encoded.register
def _(rule: Eq) -> dict[str, Any]:
    return {"op": "eq", "column": rule.column, "value": _value(rule.value)}


@encoded.register
def _(rule: In) -> dict[str, Any]:
    return {"op": "in", "column": rule.column, "values": list(map(_value, rule.values))}


@encoded.register
def _(rule: Range) -> dict[str, Any]:
    return {"op": "range", "column": rule.column, **{name: _value(bound) for name, bound in rule.bounds.items()}}


@encoded.register
def _(rule: Contains) -> dict[str, Any]:
    return {"op": "contains", "column": rule.column, "text": rule.text}


@encoded.register
def _(rule: StartsWith) -> dict[str, Any]:
    return {"op": "starts_with", "column": rule.column, "text": rule.text}


@encoded.register
def _(rule: Missing) -> dict[str, Any]:
    return {"op": "missing", "column": rule.column}


@encoded.register
def _(rule: Age) -> dict[str, Any]:
    bounds = {"at_least": rule.at_least, "at_most": rule.at_most}
    return {
        "op": "age",
        "column": rule.column,
        **{name: _period(bound) for name, bound in bounds.items() if bound is not None},
    }


def _value(value: Operand) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": f"{value:f}"}
    return {"time": value.isoformat().replace("+00:00", "Z")} if isinstance(value, datetime) else value


def _period(period: timedelta) -> dict[str, int]:
    unit, length = next((unit, length) for unit, length in UNITS.items() if not period % length)
    return {unit: period // length}


def decoded(data: Any) -> Rule:
    """The rule of values as `encoded` makes them.

    Raises:
        InvalidRuleError: for what is no rule.
    """
    return _rule(data, 1)


def _rule(data: Any, level: int) -> Rule:
    if level > DEEPEST:
        raise InvalidRuleError(f"a rule has at most {DEEPEST} levels; this one has more.")
    op = data.get("op") if isinstance(data, Mapping) else None
    if not isinstance(op, str) or op not in _READERS:
        raise InvalidRuleError(f"{_shown(data)} is no rule; its op is one of {', '.join(sorted(_READERS))}.")
    needed, allowed, read = _READERS[op]
    given = set(data) - {"op"}
    if odd := given - needed - allowed:
        raise InvalidRuleError(
            f"the rule {_shown(data)} has {short(min(map(str, odd)))}, which op {op!r} does not have."
        )
    if missing := needed - given:
        raise InvalidRuleError(f"the rule {_shown(data)} lacks {min(missing)!r}, which op {op!r} needs.")
    return read(data, level)


def _shown(data: Any) -> str:
    try:
        return short(json.loads(json.dumps(data, default=str)))
    except (ValueError, RecursionError, TypeError):
        return f"a {type(data).__name__}"


def _rules(data: Mapping[str, Any], level: int) -> list[Rule]:
    if not isinstance(data["rules"], list | tuple):
        raise InvalidRuleError(f"the rules of {data['op']!r} are a list, not {_shown(data['rules'])}.")
    return [_rule(part, level + 1) for part in data["rules"]]


def _in(data: Mapping[str, Any], _level: int) -> Rule:
    if not isinstance(data["values"], list | tuple):
        raise InvalidRuleError(f"the values of 'in' are a list, not {_shown(data['values'])}.")
    return In(data["column"], [_operand(value) for value in data["values"]])


def _age(data: Mapping[str, Any], _level: int) -> Rule:
    return Age(data["column"], **{name: _timedelta(data[name]) for name in ("at_least", "at_most") if name in data})


def _operand(value: Any) -> Any:
    if value is None:
        raise InvalidRuleError("null is no value; op 'missing' asks for a column that has none.")
    if not isinstance(value, Mapping):
        return value
    try:
        ((kind, text),) = value.items()
        if not isinstance(text, str):
            raise TypeError
        return Decimal(text) if kind == "decimal" else {"time": datetime.fromisoformat}[kind](text)
    except (ValueError, KeyError, TypeError, ArithmeticError):
        raise InvalidRuleError(
            f"{_shown(value)} is no value; numbers, texts, true and false stand for themselves, others as "
            '{"decimal": "0.1"} or {"time": "2026-10-01T00:00:00Z"}.'
        ) from None


def _timedelta(value: Any) -> timedelta:
    try:
        ((unit, number),) = value.items()
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise TypeError
        return UNITS[unit] * number
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise InvalidRuleError(f'{_shown(value)} is no period; one is as {{"days": 90}}.') from None


_Reader = Callable[[Mapping[str, Any], int], Rule]
_COLUMN, _NOTHING = frozenset({"column"}), frozenset[str]()
_READERS: dict[str, tuple[frozenset[str], frozenset[str], _Reader]] = {
    "and": (frozenset({"rules"}), _NOTHING, lambda data, level: And(*_rules(data, level))),
    "or": (frozenset({"rules"}), _NOTHING, lambda data, level: Or(*_rules(data, level))),
    "not": (frozenset({"rule"}), _NOTHING, lambda data, level: Not(_rule(data["rule"], level + 1))),
    "eq": (_COLUMN | {"value"}, _NOTHING, lambda data, _: Eq(data["column"], _operand(data["value"]))),
    "in": (_COLUMN | {"values"}, _NOTHING, _in),
    "range": (
        _COLUMN,
        frozenset(_BOUNDS),
        lambda data, _: Range(data["column"], **{name: _operand(data[name]) for name in _BOUNDS if name in data}),
    ),
    "contains": (_COLUMN | {"text"}, _NOTHING, lambda data, _: Contains(data["column"], data["text"])),
    "starts_with": (_COLUMN | {"text"}, _NOTHING, lambda data, _: StartsWith(data["column"], data["text"])),
    "missing": (_COLUMN, _NOTHING, lambda data, _: Missing(data["column"])),
    "age": (_COLUMN, frozenset({"at_least", "at_most"}), _age),
}
"""By operation: what it needs, what else it may have, and how it is read."""


def schema() -> dict[str, Any]:
    """The JSON Schema of the JSON form, for rule builders.

    Example:
        >>> schema()["$ref"]
        '#/$defs/rule'
    """
    value = {"$ref": "#/$defs/value"}
    kinds: dict[str, dict[str, Any]] = {
        "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
        "rule": {"$ref": "#/$defs/rule"},
        "column": {"type": "string", "minLength": 1},
        "value": value,
        "values": {"type": "array", "items": value},
        "text": {"type": "string"},
        **dict.fromkeys(_BOUNDS, value),
    }
    forms = [_form(op, needed, allowed, kinds) for op, (needed, allowed, _) in _READERS.items()]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "npscore rule",
        "$ref": "#/$defs/rule",
        "$defs": {"rule": {"oneOf": forms}, "value": _VALUE, "period": _PERIOD},
    }


def _form(op: str, needed: frozenset[str], allowed: frozenset[str], kinds: Mapping[str, Any]) -> dict[str, Any]:
    period = {"$ref": "#/$defs/period"}
    properties = {
        name: period if op == "age" and name != "column" else kinds[name] for name in sorted(needed | allowed)
    }
    made = {
        "type": "object",
        "properties": {"op": {"const": op}, **properties},
        "required": ["op", *sorted(needed)],
        "additionalProperties": False,
    }
    return {**made, "minProperties": 3} if allowed else made


_VALUE = {
    "oneOf": [
        {"type": ["boolean", "number", "string"]},
        {
            "type": "object",
            "properties": {"decimal": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}},
            "required": ["decimal"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"time": {"type": "string", "format": "date-time"}},
            "required": ["time"],
            "additionalProperties": False,
        },
    ]
}
_PERIOD = {
    "type": "object",
    "properties": {unit: {"type": "number"} for unit in UNITS},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
