"""Rules as expressions: what is true of a row, said to the engine that holds the rows.

Every `Not` is pushed down to the single columns. Above these are only `and` and `or`, in which what cannot be told may
stay untold: it is filled once at the top, and where a column is spoken of in the negative.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames.asked import Frame, opened
from npscore.adapters.frames.cells import Cells, Grid, cells_of
from npscore.errors import InvalidRuleError
from npscore.segments.columns import check_kinds
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.operands import Bounds, Kind, as_float
from npscore.segments.plain import bounds_of
from npscore.segments.rules import And, Leaf, Not, Or, Rule, check_rule

Condition = nw.Expr | bool
"""What is true of a row, missing where that cannot be told; or what is the same of every row."""


def rule_expression(rule: Rule, frame: Any, *, now: datetime | None = None) -> nw.Expr:
    """A rule as an expression of narwhals, true exactly of the rows that it means and never missing.

    Args:
        rule: the rule.
        frame: the dataframe of whose columns it speaks, any that `breakdown`
            takes; its types decide how values are written.
        now: an aware time, needed where the rule speaks of ages.

    Raises:
        InvalidRuleError: for a column that is not there, with the nearest
            name; one of another kind than the value; one of lists, objects or
            another type that no rule compares; and an age without now.
        InputError: for what is no dataframe, and a now without a zone.

    Example:
        >>> import narwhals as nw
        >>> import polars as pl
        >>> answers = pl.DataFrame({"team": ["a", "b", None], "rating": [10, 3, 9]})
        >>> rule = Rule.parse('team != "a" and rating >= 9')
        >>> nw.from_native(answers).filter(rule_expression(rule, answers)).to_native().rows()
        [(None, 9)]
    """
    data = opened(frame)
    return everywhere(condition_of(rule, data, now), data)


def condition_of(rule: Rule, data: Frame, now: datetime | None) -> Condition:
    """What a rule says of the rows of a frame.

    Raises:
        InvalidRuleError: as `rule_expression`.
    """
    check_rule(rule)
    rule.check_now(now)
    schema = data.collect_schema()
    cells = {column: cells_of(column, data, schema) for column in rule.columns if column in schema}
    known = {column: None if found.is_void else found.kind for column, found in cells.items()}
    check_kinds(rule, {**dict.fromkeys(schema), **known})
    for leaf in rule.leaves():
        _check_comparable(leaf, cells[leaf.column])
    return _said(rule, cells, now, is_so=True)


def _check_comparable(leaf: Leaf, cells: Cells) -> None:
    if cells.kind is None and not cells.is_void and not isinstance(leaf, Missing):
        raise InvalidRuleError(
            f"the column {leaf.column!r} is {cells.shown}, which no rule compares; "
            "cast it to numbers, texts, times, or true and false.",
            leaf.column,
        )


def everywhere(condition: Condition, data: Frame) -> nw.Expr:
    """A condition that is never missing, and as long as the frame where it is the same of every row."""
    if not isinstance(condition, bool):
        return condition.fill_null(value=False)
    columns = data.collect_schema().names()
    if not columns:
        return nw.lit(condition)
    missing = nw.col(columns[0]).is_null()
    constant: nw.Expr = missing | ~missing if condition else missing & ~missing
    return constant


def _said(rule: Rule, cells: Mapping[str, Cells], now: datetime | None, *, is_so: bool) -> Condition:
    """That a rule holds, or that it does not."""
    if isinstance(rule, Leaf):
        column = cells[rule.column]
        said = _of_column(rule.at(now) if isinstance(rule, Age) and now else rule, column)
        if not is_so:
            return turned(said)
        return said.fill_null(value=False) if column.is_told and not isinstance(said, bool) else said
    if isinstance(rule, Not):
        return _said(rule.rules[0], cells, now, is_so=not is_so)
    if not isinstance(rule, And | Or):
        raise InvalidRuleError(f"{rule!r} is no rule that this engine knows.")
    return joined((_said(part, cells, now, is_so=is_so) for part in rule.rules), of_all=isinstance(rule, And) is is_so)


def turned(condition: Condition) -> Condition:
    """That a condition does not hold; never missing."""
    if isinstance(condition, bool):
        return not condition
    opposite: nw.Expr = ~condition.fill_null(value=False)
    return opposite


def joined(conditions: Iterable[Condition], *, of_all: bool) -> Condition:
    """All of the conditions, or any of them."""
    told: list[Any] = []
    for condition in conditions:
        if not isinstance(condition, bool):
            told.append(condition)
        elif condition is not of_all:
            return condition
    return halved(told, operator.and_ if of_all else operator.or_) if told else of_all


def halved(parts: list[Any], join: Callable[[Any, Any], Any]) -> Any:
    """Parts joined half by half, so that a thousand of them are ten levels deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return join(halved(parts[:middle], join), halved(parts[middle:], join))


@singledispatch
def _of_column(leaf: Leaf, cells: Cells) -> Condition:
    raise InvalidRuleError(f"{leaf!r} is no rule that this engine knows.")


@_of_column.register
def _(leaf: Missing, cells: Cells) -> Condition:
    missing = cells.values.is_null()
    return missing | cells.values.is_nan() if cells.is_float else missing


@_of_column.register
def _(leaf: Contains, cells: Cells) -> Condition:
    return not cells.is_void and cells.values.str.contains(leaf.text, literal=True)


@_of_column.register
def _(leaf: StartsWith, cells: Cells) -> Condition:
    return not cells.is_void and cells.values.str.starts_with(leaf.text)


@_of_column.register
def _(leaf: Eq, cells: Cells) -> Condition:
    return _among(cells, (leaf.value,))


@_of_column.register
def _(leaf: In, cells: Cells) -> Condition:
    return _among(cells, leaf.values)


@_of_column.register
def _(leaf: Range, cells: Cells) -> Condition:
    return not cells.is_void and _between(cells, bounds_of(leaf))


def _among(cells: Cells, values: tuple[Any, ...]) -> Condition:
    if cells.is_void or not values:
        return False
    if cells.kind is Kind.TRUTH:
        return joined((cells.values if value else ~cells.values for value in values), of_all=False)
    if cells.grid is not None:
        return _on_steps(cells.values, cells.grid, values)
    return _listed(cells.values, list(map(as_float, values)) if cells.is_float else list(values))


def _on_steps(values: nw.Expr, grid: Grid, wanted: tuple[Any, ...]) -> Condition:
    there = [value for value in wanted if grid.equal(value) is not None]
    if grid.is_listed and len(there) > 1:
        return _listed(values, list(map(grid.equal, there)))
    ends = (grid.ends(Bounds((value, True), (value, True))) for value in there)
    return joined((_from_to(values, grid, end) for end in ends), of_all=False)


def _listed(values: nw.Expr, wanted: Iterable[Any]) -> Condition:
    given = [value for value in wanted if value is not None]
    if 0.0 in given and isinstance(given[0], float):
        given.append(-0.0)  # which Arrow tells from 0
    if len(given) > 1:
        return values.is_in(given)
    return values == given[0] if given else False


def _between(cells: Cells, bounds: Bounds) -> Condition:
    if cells.grid is not None:
        return _from_to(cells.values, cells.grid, cells.grid.ends(bounds))
    if cells.is_float:
        bounds = bounds.for_floats
        bounds = Bounds(bounds.low, bounds.high or (float("inf"), True))  # NaN is beyond it, where it is greatest
    return joined(_compared(cells.values, bounds), of_all=True)


def _compared(values: nw.Expr, bounds: Bounds) -> Iterable[nw.Expr]:
    if bounds.low is not None:
        low, is_within = bounds.low
        yield values >= low if is_within else values > low
    if bounds.high is not None:
        high, is_within = bounds.high
        yield values <= high if is_within else values < high


def _from_to(values: nw.Expr, grid: Grid, ends: tuple[int | None, int | None]) -> Condition:
    """From one step to another, both within."""
    low, high = ends
    if low is not None and low == high and not grid.is_cut:
        same: nw.Expr = values == grid.at(low)
        return same
    if low is None and high is None:
        return ~values.is_null()
    if low is not None and high is not None and low > high:
        return False
    from_low = [] if low is None else [values >= grid.at(low)]
    to_high = [] if high is None else [values < grid.at(high + 1) if grid.is_cut else values <= grid.at(high)]
    return joined([*from_low, *to_high], of_all=True)
