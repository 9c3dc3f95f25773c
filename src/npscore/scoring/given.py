"""What was given: single numbers and collections, checked before any arithmetic is done with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import Any, TypeVar

from npscore.errors import InputError, short

T = TypeVar("T")

_SLACK = 1e-9  # of a score in points, whose last digits are by chance


def as_number(value: object) -> float | None:
    """The float that a number is, NaN and the infinities too; None for text, truth values and anything else."""
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    try:
        return float(value)
    except (OverflowError, ValueError):  # a whole number beyond all floats, a signalling NaN
        return math.nan


def finite(name: str, value: object) -> float:
    """A finite number as a float.

    Raises:
        InputError: naming the option.
    """
    number = as_number(value)
    if number is None or not math.isfinite(number):
        raise InputError(f"{name} must be a finite number, not {short(value)}.")
    return number


def positive(name: str, value: object) -> float:
    """A finite number above 0 as a float.

    Raises:
        InputError: naming the option.
    """
    number = finite(name, value)
    if number <= 0:
        raise InputError(f"{name} must be a number above 0, not {short(value)}.")
    return number


def fraction(name: str, value: object) -> float:
    """A number from 0 to 1 as a float.

    Raises:
        InputError: naming the option.
    """
    number = finite(name, value)
    if not 0 <= number <= 1:
        raise InputError(f"{name} must be a fraction from 0 to 1, not {short(value)}.")
    return number


def points(name: str, value: object) -> float:
    """A possible score as a float.

    Raises:
        InputError: naming the option.
    """
    number = as_number(value)
    if number is None or not abs(number) <= 100 + _SLACK:
        raise InputError(f"{name} must be a number of points from -100 to 100, not {short(value)}.")
    return number


def beyond(scores: Any) -> Any:
    """Which scores of an array lie outside the range of scores; NaN does not."""
    return abs(scores) > 100 + _SLACK


def is_frame(value: object) -> bool:
    """Whether a value is a dataframe, whose iteration gives names or columns and no rows."""
    return hasattr(type(value), "columns")


def values_of(name: str, values: Any) -> list[Any]:
    """The values of a collection, array or series as plain Python values.

    Raises:
        InputError: for text, a mapping, a dataframe, or what holds no values.
    """
    if isinstance(values, str | bytes | Mapping) or is_frame(values) or not hasattr(values, "__iter__"):
        raise InputError(f"{name} are a list, array or series of values, not {short(values)}.")
    try:
        return plain_list(values)
    except TypeError:  # an array of no dimension
        raise InputError(f"{name} are a list, array or series of values, not {short(values)}.") from None


def each_a(name: str, values: Any, kind: type[T]) -> list[T]:
    """The values of a collection, all of one kind.

    Raises:
        InputError: for what is no collection, or holds something else.
    """
    read = values_of(name, values)
    for value in read:
        if not isinstance(value, kind):
            raise InputError(f"{name} are each a {kind.__name__}, not {short(value)}.")
    return read


def finite_values(name: str, values: Any) -> list[float]:
    """The numbers of a collection, array or series as floats.

    Raises:
        InputError: for what is no collection, or holds what is no finite number, with its place.
    """
    return [finite(f"{name}[{place}]", value) for place, value in enumerate(values_of(name, values))]


def plain_list(values: Any) -> list[Any]:
    """The values of a collection, array or series as plain Python values, unchecked."""
    for name in ("to_pylist", "tolist", "to_list"):
        if hasattr(values, name):
            return list(getattr(values, name)())
    return list(values)


def check_label(name: str, value: object) -> None:
    """Refuse what cannot name a group.

    Raises:
        InputError: naming the option.
    """
    try:
        hash(value)
    except TypeError:
        raise InputError(f"{name} must be a label, such as a text or a number, not {short(value)}.") from None
