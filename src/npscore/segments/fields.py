"""Columns by name, of which rules are made by comparing them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NoReturn

import attrs

from npscore.errors import InvalidRuleError
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.rules import Not

LOWER = ".lower"
"""Ends the name of a column that holds another one in lower case."""


@attrs.frozen(eq=False)
class Field:
    """A column, waiting for its comparison; `field` makes one.

    Example:
        >>> field("account.revenue").between(1_000, 5_000)
        field('account.revenue').between(1000, 5000)
    """

    column: str

    def __bool__(self) -> NoReturn:
        raise InvalidRuleError("a column is neither true nor false; compare it, and join rules with &, | and ~.")

    def __contains__(self, text: object) -> NoReturn:
        raise InvalidRuleError("say field(...).contains(text); Python makes a plain True or False of in.")

    __hash__ = None  # type: ignore[assignment]  # == makes a rule

    def __eq__(self, value: object) -> Eq:  # type: ignore[override]
        return Eq(self.column, value)

    def __ne__(self, value: object) -> Not:  # type: ignore[override]
        return Not(Eq(self.column, value))

    def __ge__(self, value: Any) -> Range:
        return Range(self.column, at_least=value)

    def __gt__(self, value: Any) -> Range:
        return Range(self.column, above=value)

    def __le__(self, value: Any) -> Range:
        return Range(self.column, at_most=value)

    def __lt__(self, value: Any) -> Range:
        return Range(self.column, below=value)

    def is_in(self, *values: Any) -> In:
        """One of the values, given one by one or as one collection."""
        is_one = len(values) == 1 and isinstance(values[0], Iterable) and not isinstance(values[0], str | bytes)
        return In(self.column, values[0] if is_one else values)

    def between(self, low: Any, high: Any) -> Range:
        """From low to high, both within."""
        return Range(self.column, at_least=low, at_most=high)

    def contains(self, text: str) -> Contains:
        """A text that contains this one; case matters."""
        return Contains(self.column, text)

    def starts_with(self, text: str) -> StartsWith:
        """A text that begins with this one; case matters."""
        return StartsWith(self.column, text)

    def is_missing(self) -> Missing:
        """No value at all."""
        return Missing(self.column)

    def is_present(self) -> Not:
        """Any value, an empty text too."""
        return Not(Missing(self.column))

    def age(self, *, at_least: timedelta | None = None, at_most: timedelta | None = None) -> Age:
        """A time so long before now; see `Age`."""
        return Age(self.column, at_least=at_least, at_most=at_most)

    def within(self, **period: float) -> Age:
        """A time not after now and at most so long before it, as in ``within(days=90)``."""
        return Age(self.column, at_least=timedelta(0), at_most=_period(period))

    def within_next(self, **period: float) -> Age:
        """A time not before now and at most so long after it."""
        return Age(self.column, at_least=-_period(period), at_most=timedelta(0))

    def older_than(self, **period: float) -> Age:
        """A time at least so long before now."""
        return Age(self.column, at_least=_period(period))

    @property
    def lower(self) -> Field:
        """The column that holds this one in lower case, for where case does not matter."""
        return Field(self.column + LOWER)


def field(column: str) -> Field:
    """A column of a row by its name, of which a rule is made by comparing it.

    Args:
        column: as in ``"customer.region"``, ``"category"`` or
            ``"history.responses"``; any name that the rows have.

    Raises:
        InvalidRuleError: when what it is compared with is no value.

    Example:
        >>> str(field("account.renewal").within_next(days=90) | (field("rating") <= 6))
        'account.renewal within the next 90 days or rating <= 6'
    """
    return Field(column)


def _period(period: dict[str, float]) -> timedelta:
    try:
        made = timedelta(**period)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidRuleError(f"a period is said as in days=90 or hours=24: {error}.") from None
    if not period or made < timedelta(0):
        raise InvalidRuleError("a period is said as in days=90 or hours=24, and is not negative.")
    return made
