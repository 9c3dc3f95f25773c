"""The rules about single columns, of which all others are made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import attrs

from npscore.errors import InvalidRuleError, short
from npscore.segments.operands import LONGEST_AGE, Kind, Operand, kind_of, operand, text
from npscore.segments.rules import Leaf, check_size


def _name(column: Any) -> str:
    name = text(column)
    if not name.strip() or len(name) > 1_000:
        raise InvalidRuleError(f"{short(column)} is no name of a column.")
    return name


def _told_apart(value: Operand) -> tuple[Kind, Operand]:
    """True is not 1, whatever Python says."""
    return kind_of(value), value


@attrs.frozen(repr=False, slots=False)
class Eq(Leaf):
    """The column equals the value. Written ``field("x") == value``."""

    column: str = attrs.field(converter=_name)
    value: Operand = attrs.field(converter=operand, eq=_told_apart)

    @property
    def is_called(self) -> bool:
        """No: it is a comparison."""
        return False

    def __repr__(self) -> str:
        return f"field({self.column!r}) == {self.value!r}"


def _operands(values: Any) -> tuple[Operand, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidRuleError(f"a column is in a list of values, not in {short(values)}.")
    made = [operand(value) for value in values]
    return tuple({_told_apart(value): value for value in made}.values())


@attrs.frozen(repr=False, slots=False)
class In(Leaf):
    """The column equals one of the values, which may be none. Written ``field("x").is_in(a, b)``."""

    column: str = attrs.field(converter=_name)
    values: tuple[Operand, ...] = attrs.field(converter=_operands, eq=lambda values: tuple(map(_told_apart, values)))

    def __attrs_post_init__(self) -> None:
        check_size(self)

    @cached_property
    def size(self) -> int:
        """One and its values."""
        return 1 + len(self.values)

    def __repr__(self) -> str:
        return f"field({self.column!r}).is_in({', '.join(map(repr, self.values))})"


@attrs.frozen(repr=False, slots=False, kw_only=True)
class Range(Leaf):
    """The column lies between bounds of its own kind. Written ``field("x") >= low``, ``.between(low, high)``.

    Args:
        column: its name.
        at_least, above: the lower bound, itself within or not; at most one.
        at_most, below: the upper bound, likewise.
    """

    column: str = attrs.field(converter=_name, kw_only=False)
    at_least: Operand | None = attrs.field(default=None, converter=attrs.converters.optional(operand))
    above: Operand | None = attrs.field(default=None, converter=attrs.converters.optional(operand))
    at_most: Operand | None = attrs.field(default=None, converter=attrs.converters.optional(operand))
    below: Operand | None = attrs.field(default=None, converter=attrs.converters.optional(operand))

    def __attrs_post_init__(self) -> None:
        for one, other in (("at_least", "above"), ("at_most", "below")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise InvalidRuleError(f"a range has {one} or {other}, not both.", self.column)
        kinds = {kind_of(bound) for bound in self.bounds.values()}
        if not kinds:
            raise InvalidRuleError("a range needs a bound; is_present() asks for any value.", self.column)
        if Kind.TRUTH in kinds:
            raise InvalidRuleError("true and false have no order; compare with == True.", self.column)
        if len(kinds) > 1:
            raise InvalidRuleError("both bounds of a range are of one kind: numbers, texts or times.", self.column)

    @property
    def bounds(self) -> dict[str, Operand]:
        """The bounds that there are, by name."""
        named = {name: getattr(self, name) for name in ("at_least", "above", "at_most", "below")}
        return {name: bound for name, bound in named.items() if bound is not None}

    @property
    def is_called(self) -> bool:
        """Only with two bounds; with one it is a comparison."""
        return len(self.bounds) > 1

    def __repr__(self) -> str:
        if set(self.bounds) == {"at_least", "at_most"}:
            return f"field({self.column!r}).between({self.at_least!r}, {self.at_most!r})"
        if len(self.bounds) > 1:
            return f"Range({self.column!r}, {', '.join(f'{name}={bound!r}' for name, bound in self.bounds.items())})"
        ((name, bound),) = self.bounds.items()
        return f"field({self.column!r}) {SIGNS[name]} {bound!r}"


SIGNS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}


@attrs.frozen(repr=False, slots=False)
class Contains(Leaf):
    """The column is a text that contains the text, letter by letter."""

    column: str = attrs.field(converter=_name)
    text: str = attrs.field(converter=text)

    def __repr__(self) -> str:
        return f"field({self.column!r}).contains({self.text!r})"


@attrs.frozen(repr=False, slots=False)
class StartsWith(Leaf):
    """The column is a text that begins with the text, letter by letter."""

    column: str = attrs.field(converter=_name)
    text: str = attrs.field(converter=text)

    def __repr__(self) -> str:
        return f"field({self.column!r}).starts_with({self.text!r})"


@attrs.frozen(repr=False, slots=False)
class Missing(Leaf):
    """The column has no value: None, NaN or NA. An empty text is a value."""

    column: str = attrs.field(converter=_name)

    def __repr__(self) -> str:
        return f"field({self.column!r}).is_missing()"


def _age(value: object) -> timedelta:
    if not isinstance(value, timedelta) or abs(value) > LONGEST_AGE:
        raise InvalidRuleError(f"an age is a timedelta of at most {LONGEST_AGE.days:,} days, not {short(value)}.")
    return value


@attrs.frozen(repr=False, slots=False, kw_only=True)
class Age(Leaf):
    """The column is a time so long before now; negative ages lie after now. Bounds are themselves within.

    Args:
        column: its name.
        at_least, at_most: as `datetime.timedelta`, at least one of them.
    """

    column: str = attrs.field(converter=_name, kw_only=False)
    at_least: timedelta | None = attrs.field(default=None, converter=attrs.converters.optional(_age))
    at_most: timedelta | None = attrs.field(default=None, converter=attrs.converters.optional(_age))

    def __attrs_post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise InvalidRuleError("an age needs a bound; is_present() asks for any time.", self.column)

    @cached_property
    def needs_now(self) -> bool:
        """Always."""
        return True

    def at(self, now: datetime) -> Range:
        """The range of times that is meant as of now; elapsed time is counted, whatever clocks show."""
        moment = now.astimezone(UTC)
        since = None if self.at_most is None else moment - self.at_most
        until = None if self.at_least is None else moment - self.at_least
        return Range(self.column, at_least=since, at_most=until)

    def __repr__(self) -> str:
        return f"field({self.column!r}).age(at_least={self.at_least!r}, at_most={self.at_most!r})"
