"""JsonLogic, which rule-builder widgets export: the operations that it and our rules both have.

Its meaning here is that of our rules: ``==`` and ``===`` compare without converting, and a missing value matches only
a comparison with null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from npscore.errors import InvalidRuleError, short
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.operands import Kind, Operand, as_float, kind_of
from npscore.segments.rules import DEEPEST, And, Not, Or, Rule

_SIGNS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}
_BOUNDS = {sign: bound for bound, sign in _SIGNS.items()}
_MIRRORED = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}


def _column(data: Any) -> str | None:
    """The column of a var, None for anything else."""
    if not isinstance(data, Mapping) or set(data) != {"var"}:
        return None
    named = data["var"]
    if isinstance(named, list | tuple) and len(named) == 1:
        (named,) = named
    if not isinstance(named, str):
        raise InvalidRuleError(f"{short(data)} names no column; a var is a text, without a default.")
    return named


def decoded(data: Any) -> Rule:
    """The rule of JsonLogic that has been decoded from JSON.

    Raises:
        InvalidRuleError: for operations that rules do not have.
    """
    return _rule(data, 1)


def _rule(data: Any, level: int) -> Rule:
    if level > DEEPEST:
        raise InvalidRuleError(f"a rule has at most {DEEPEST} levels; this one has more.")
    if isinstance(data, bool):
        return And() if data else Or()
    if not isinstance(data, Mapping) or len(data) != 1:
        raise InvalidRuleError(f"{_shown(data)} is no rule of JsonLogic that says yes or no.")
    ((op, given),) = data.items()
    operands = list(given) if isinstance(given, list | tuple) else [given]
    if op in ("and", "or"):
        parts = [_rule(part, level + 1) for part in operands]
        return And(*parts) if op == "and" else Or(*parts)
    if op in ("!", "!!"):
        return _turned(op, operands, level)
    if op not in _READERS:
        raise InvalidRuleError(
            f"rules have no operation {short(op)}; they have {', '.join(sorted(_READERS))}, and, or and !."
        )
    return _READERS[op](op, operands)


def _turned(op: str, operands: list[Any], level: int) -> Rule:
    if len(operands) != 1 or _column(operands[0]) is not None:
        raise InvalidRuleError(f"{op!r} turns one rule round, and a column is no rule; compare it with null or false.")
    inner = _rule(operands[0], level + 1)
    return Not(inner) if op == "!" else inner


def _shown(data: Any) -> str:
    return f"a {type(data).__name__}" if isinstance(data, Mapping | list) and len(data) > 1 else short(data)


def _sides(op: str, operands: list[Any]) -> tuple[str, Any, bool]:
    """The column, the value, and whether the value comes first."""
    if len(operands) == 2:
        for value_first in (False, True):
            column, value = operands[value_first], operands[not value_first]
            if (name := _column(column)) is not None and _column(value) is None:
                return name, value, value_first
    raise InvalidRuleError(f"{op!r} compares one column with one value, as in {{{op!r}: [{{'var': 'x'}}, 5]}}.")


def _equal(op: str, operands: list[Any]) -> Rule:
    column, value, _ = _sides(op, operands)
    rule: Rule = Missing(column) if value is None else Eq(column, value)
    return Not(rule) if op.startswith("!") else rule


def _compared(op: str, operands: list[Any]) -> Rule:
    if any(operand is None for operand in operands):
        raise InvalidRuleError(f"null is neither more nor less than anything, so {op!r} does not compare with it.")
    if len(operands) == 3 and op.startswith("<"):
        low, column, high = operands
        name = _column(column)
        if name is None:
            raise InvalidRuleError(f"{op!r} with three parts has the column in the middle.")
        return Range(name, **{_BOUNDS[_MIRRORED[op]]: low, _BOUNDS[op]: high})
    column, value, value_first = _sides(op, operands)
    return Range(column, **{_BOUNDS[_MIRRORED[op] if value_first else op]: value})


def _inside(op: str, operands: list[Any]) -> Rule:
    column, value, value_first = _sides(op, operands)
    if value_first:
        return Contains(column, value)
    if not isinstance(value, list | tuple):
        raise InvalidRuleError("'in' seeks a column in a list, or a text in a column.")
    values = [one for one in value if one is not None]
    rule: Rule = In(column, values)
    return Or(rule, Missing(column)) if len(values) < len(value) else rule


def _starts(op: str, operands: list[Any]) -> Rule:
    column, value, value_first = _sides(op, operands)
    if value_first:
        raise InvalidRuleError("'startsWith' has the column first.")
    return StartsWith(column, value)


_Reader = Callable[[str, list[Any]], Rule]
_READERS: dict[str, _Reader] = {
    **dict.fromkeys(("==", "===", "!=", "!=="), _equal),
    **dict.fromkeys(_BOUNDS, _compared),
    "in": _inside,
    "startsWith": _starts,
}


@singledispatch
def encoded(rule: Rule) -> Any:
    """A rule as JsonLogic, decoded.

    Raises:
        InvalidRuleError: for what it cannot say.
    """
    raise InvalidRuleError(f"JsonLogic has nothing for {rule!r}.")


@encoded.register
def _(rule: And) -> Any:
    return {"and": list(map(encoded, rule.rules))} if rule.rules else True


@encoded.register
def _(rule: Or) -> Any:
    return {"or": list(map(encoded, rule.rules))} if rule.rules else False


@encoded.register
def _(rule: Not) -> Any:
    inner = rule.rules[0]
    if isinstance(inner, Eq | Missing):
        (sides,) = encoded(inner).values()
        return {"!=": sides}
    return {"!": [encoded(inner)]}


@encoded.register
def _(rule: Eq) -> Any:
    return {"==": [{"var": rule.column}, _value(rule.value)]}


@encoded.register
def _(rule: In) -> Any:
    return {"in": [{"var": rule.column}, list(map(_value, rule.values))]}


@encoded.register
def _(rule: Range) -> Any:
    var = {"var": rule.column}
    sides = {_SIGNS[name]: _value(bound) for name, bound in rule.bounds.items()}
    for low, high in ((">=", "<="), (">", "<")):
        if set(sides) == {low, high}:
            return {high: [sides[low], var, sides[high]]}
    parts = [{sign: [var, bound]} for sign, bound in sides.items()]
    return parts[0] if len(parts) == 1 else {"and": parts}


@encoded.register
def _(rule: Contains) -> Any:
    return {"in": [rule.text, {"var": rule.column}]}


@encoded.register
def _(rule: StartsWith) -> Any:
    return {"startsWith": [{"var": rule.column}, rule.text]}


@encoded.register
def _(rule: Missing) -> Any:
    return {"==": [{"var": rule.column}, None]}


@encoded.register
def _(rule: Age) -> Any:
    raise InvalidRuleError(f"JsonLogic has no ages, so it cannot say: {rule}.", rule.column)


def _value(value: Operand) -> Any:
    if kind_of(value) is Kind.TIME:
        raise InvalidRuleError(f"JsonLogic has no times, so it cannot say {value}.")
    if isinstance(value, bool | str | int):
        return value
    number = as_float(value)  # type: ignore[arg-type]
    if number is None:
        raise InvalidRuleError(f"JsonLogic has floats only, and none is written as {value}.")
    return number
