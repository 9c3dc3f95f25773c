"""What rules compare with, and what the cells of a row are: truths, numbers, texts and instants.

A float stands for the number as which it is written, so 0.1 is a tenth in every column. Times without a zone are in
UTC, and a day is its first instant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any

import attrs

from npscore.errors import InvalidRuleError, short
from npscore.scoring.scales import is_missing

Operand = bool | int | Decimal | str | datetime
"""What a rule compares a column with."""

LONGEST_TEXT = 10_000
LONGEST_AGE = timedelta(days=365_250)
_DIGITS = 28
_EXACTLY = Context(prec=2 * _DIGITS)
_EXACT = 1 << 53
_FIRST_YEAR, _LAST_YEAR = 2, 9998
FIRST = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
LAST = datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)
"""The first and the last instant of which rules speak."""


class Kind(StrEnum):
    """The kinds of values. Values of unlike kinds are never equal, and neither comes first."""

    TRUTH = "truth"
    NUMBER = "number"
    TEXT = "text"
    TIME = "time"


def operand(value: Any) -> Operand:
    """A value as rules keep it: whole numbers as int, others as Decimal, instants in UTC.

    Raises:
        InvalidRuleError: for what no column can be compared with.
    """
    plain = _unpacked(value)
    if isinstance(plain, str):
        return text(plain)
    if _is_nothing(plain):
        raise InvalidRuleError("nothing is equal to a missing value; ask with is_missing() or is_present().")
    if isinstance(plain, bool):
        return plain
    if isinstance(plain, int | float | Decimal):
        return _number(plain)
    if isinstance(plain, date):
        return _moment(plain)
    raise InvalidRuleError(f"{short(value)} is no truth value, number, text or time, so no column is compared with it.")


def _is_nothing(value: Any) -> bool:
    """Whether a value is missing, without asking what is none whether it is unlike itself."""
    may_be = value is None or isinstance(value, float | Decimal | date) or type(value).__name__ == "NAType"
    return may_be and is_missing(value)


def text(value: object) -> str:
    """A text that any engine can be handed.

    Raises:
        InvalidRuleError: for what is no text, too long, or not to be stored.
    """
    if not isinstance(value, str):
        raise InvalidRuleError(f"a text is sought in a column, not {short(value)}.")
    if len(value) > LONGEST_TEXT:
        raise InvalidRuleError(f"{short(value)} is longer than {LONGEST_TEXT:,} characters.")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise InvalidRuleError(f"{short(value)} holds NUL or half of a surrogate pair, which no record keeps.")
    return str.__str__(value)  # of an enum too, whatever it makes of str()


def _number(value: float | Decimal) -> int | Decimal:
    number = written(value) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or (number and not -_DIGITS < number.adjusted() < _DIGITS):
        raise InvalidRuleError(f"{short(value)} is not a number that every column can hold.")
    if len(number.as_tuple().digits) > 2 * _DIGITS or len(number.normalize(_EXACTLY).as_tuple().digits) > _DIGITS:
        raise InvalidRuleError(f"{short(value)} has more than {_DIGITS} digits.")
    whole = number.to_integral_value()
    return int(whole) if whole == number else number.normalize(_EXACTLY)


def _moment(value: date) -> datetime:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise InvalidRuleError(f"{value} is not between the years {_FIRST_YEAR} and {_LAST_YEAR}.")
    return instant(value)


def kind_of(value: Operand) -> Kind:
    """The kind of an operand."""
    if isinstance(value, bool):
        return Kind.TRUTH
    if isinstance(value, int | Decimal):
        return Kind.NUMBER
    return Kind.TEXT if isinstance(value, str) else Kind.TIME


def cell(value: Any) -> Any:
    """A cell of any library as a plain value; None where it is missing."""
    plain = _unpacked(value)
    if is_missing(plain) or (isinstance(plain, Decimal) and plain.is_nan()):  # a signalling one is unlike nothing
        return None
    return instant(plain) if isinstance(plain, date) else plain


def _unpacked(value: Any) -> Any:
    """A scalar of NumPy as a plain value, anything else as it is."""
    if not hasattr(value, "dtype") or getattr(value, "shape", None) != ():
        return value
    if getattr(value.dtype, "kind", "") in "mM":  # finer than microseconds they would come out as bare numbers
        value = value.astype(f"{value.dtype.kind}8[us]")
    return value.item()


def instant(value: date) -> datetime:
    """The instant of a time or day, in UTC where it has no zone; what is finer than a microsecond is cut off.

    Where the calendar has no such instant in UTC, in its first and last hours, the hands of the clock stay.
    """
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    moment: datetime = value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value  # of pandas
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def written(number: float) -> Decimal:
    """The number as which a float is written.

    Example:
        >>> written(0.1)
        Decimal('0.1')
    """
    return Decimal(repr(float(number)))


Bound = tuple[Any, bool]
"""A value, and whether it is itself within."""


@attrs.frozen
class Bounds:
    """A range as one type of column sees it; None where it is open."""

    low: Bound | None
    high: Bound | None

    def mapped(self, low: Callable[[Bound], Bound], high: Callable[[Bound], Bound]) -> Bounds:
        """The same range with bounds of another type."""
        return Bounds(self.low and low(self.low), self.high and high(self.high))

    @property
    def for_integers(self) -> Bounds:
        """The range among whole numbers, its bounds being integers."""
        return self.mapped(_above_in_integers, _below_in_integers)

    @property
    def for_floats(self) -> Bounds:
        """The range among floats, each taken as the number as which it is written."""
        return self.mapped(_above_in_floats, _below_in_floats)


def _above_in_integers(bound: Bound) -> Bound:
    number, inclusive = bound
    return (math.ceil(number), True) if inclusive else (math.floor(number), False)


def _below_in_integers(bound: Bound) -> Bound:
    number, inclusive = bound
    return (math.floor(number), True) if inclusive else (math.ceil(number), False)


def _above_in_floats(bound: Bound) -> Bound:
    number, inclusive = bound
    nearest = float(number)
    return (nearest, inclusive) if written(nearest) == number else (nearest, written(nearest) > number)


def _below_in_floats(bound: Bound) -> Bound:
    number, inclusive = bound
    nearest = float(number)
    return (nearest, inclusive) if written(nearest) == number else (nearest, written(nearest) < number)


def as_float(number: int | Decimal) -> float | None:
    """The float that is written as a number, None where there is none."""
    nearest = float(number)
    return nearest if written(nearest) == number else None


def as_integer(number: int | Decimal) -> int | None:
    """The integer that a number is, None where it is none."""
    return number if isinstance(number, int) else None


def is_plain(number: Any) -> bool:
    """Whether Python compares a number with cells of any type as rules do."""
    return isinstance(number, int) and -_EXACT <= number <= _EXACT
