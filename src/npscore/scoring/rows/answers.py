"""Answers: rows as a convention reads them, one object a row."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain
from typing import Any

import attrs

from npscore.errors import InputError, PoolingError, short
from npscore.periods import instant, local_day
from npscore.scoring.conventions import Convention
from npscore.scoring.scales import Scale, as_whole, is_missing, off_scale

AXES = {"answered": "answered_at", "invited": "invited_at", "interaction": "interaction_at"}
"""The column of times for each date axis."""

_HEAVIEST = 1e100  # so that sums of squares stay finite
COLUMNS = {"customer": "customer_id", "account": "account_id", "role": "role", "id": "response_id"}
"""The columns that tell whose answer a row is."""


@attrs.frozen
class Answer:
    """One row, with what its convention asks of it.

    Attributes:
        rating: None where there is no answer; a mean need not be whole.
        moment: on the convention's date axis; None where it is not known.
        customer, account: whose answer it is; None where it is not known.
        rank: of the role, 0 the most senior.
        weight: 1 where the convention names none.
        id: of the response.
    """

    rating: float | None
    moment: datetime | None = None
    day: date | None = None
    customer: Hashable = None
    account: Hashable = None
    rank: int = 0
    weight: float = 1.0
    id: Any = None


def are_rows(answers: Any) -> tuple[bool, Any]:
    """Whether a collection holds rows, that is, mappings or objects with a rating; and the collection, still whole.

    An empty one does, since it holds nothing else.
    """
    if hasattr(answers, "__array__") or isinstance(answers, str | bytes | Mapping) or not isinstance(answers, Iterable):
        return False, answers
    rest = iter(answers)
    try:
        first = next(rest)
    except StopIteration:
        return True, ()
    whole = chain((first,), rest) if rest is answers else answers
    return isinstance(first, Mapping) or hasattr(first, "rating"), whole


def field(row: Any, name: str, number: int) -> Any:
    """A field of a row, None where it is missing.

    Raises:
        InputError: when the row has no such field.
    """
    try:
        value = row[name] if isinstance(row, Mapping) else getattr(row, name)
    except (KeyError, AttributeError):
        raise InputError(f"row {number} has no {name!r}: {row!r}; None says that it is not known.") from None
    return None if is_missing(value) else value


def own_scale(rows: Iterable[Any]) -> Scale | None:
    """The scale that rows bring, None where they bring none.

    Raises:
        PoolingError: when they bring more than one.
    """
    scales = {_scale_of(row) for row in rows}
    if len(scales) > 1:
        names = " and ".join(sorted(str(scale or "none given") for scale in scales))
        raise PoolingError(f"the rows were answered on more than one scale: {names}; score them apart.")
    return scales.pop() if scales else None


def _scale_of(row: Any) -> Scale | None:
    scale = row.get("scale") if isinstance(row, Mapping) else getattr(row, "scale", None)
    if scale is None or isinstance(scale, Scale):
        return scale
    return None if is_missing(scale) else Scale.parse(scale)


def read_answers(rows: Iterable[Any], convention: Convention, scale: Scale) -> list[Answer]:
    """Rows as answers, with the fields that the convention needs and no others.

    Raises:
        InputError: for a row that lacks a field, a time that is no time, or a
            weight that is no number of at least 0.
        OutOfScaleError: for a rating that is not on the scale.
    """
    return [_answer(row, number, convention, scale) for number, row in enumerate(rows)]


def _answer(row: Any, number: int, convention: Convention, scale: Scale) -> Answer:
    needed, read = convention.columns, dict(_identity(row, number, convention))
    if "time" in needed:
        read["moment"] = _moment(field(row, AXES[convention.date_axis], number), number, convention.zone)
        read["day"] = read["moment"] and local_day(read["moment"], convention.zone)
        read["id"] = _id_of(row)
    if convention.weight is not None:
        read["weight"] = _weight(field(row, convention.weight, number), number, convention.weight)
    return Answer(_rating(row, number, scale), **read)


def _identity(row: Any, number: int, convention: Convention) -> Iterator[tuple[str, Any]]:
    for name in ("customer", "account"):
        if name in convention.columns:
            yield name, _name(field(row, COLUMNS[name], number), number, COLUMNS[name])
    if "role" in convention.columns:
        yield "rank", rank_of(field(row, COLUMNS["role"], number), convention.roles)


def _name(value: Any, number: int, column: str) -> Hashable:
    try:
        hash(value)
    except TypeError:
        raise InputError(f"row {number} has the {column} {short(value)}; a name is a text or a number.") from None
    named: Hashable = value
    return named


def rank_of(role: Any, roles: tuple[str, ...]) -> int:
    """How senior a role is, 0 the most; who is not listed comes last."""
    return roles.index(role) if role in roles else len(roles)


def _id_of(row: Any) -> Any:
    value = row.get(COLUMNS["id"]) if isinstance(row, Mapping) else getattr(row, COLUMNS["id"], None)
    return None if is_missing(value) else value


def _rating(row: Any, number: int, scale: Scale) -> int | None:
    given = field(row, "rating", number)
    if given is None:
        return None
    whole = as_whole(given)
    if whole is None or not scale.low <= whole <= scale.high:
        raise off_scale(given, scale)
    return whole


def _moment(value: Any, number: int, zone: str) -> datetime | None:
    if value is not None and not isinstance(value, date):
        raise InputError(f"row {number} has the time {value!r}, neither a date nor a datetime; parse it first.")
    if value is None or value.year < 1000:  # 0001-01-01 says "none"
        return None
    try:
        return instant(value, zone)
    except OverflowError:
        raise InputError(f"row {number} has the time {value}, which is past the year 9999 in UTC.") from None


def _weight(value: Any, number: int, column: str) -> float:
    try:
        weight = float(value)
    except (TypeError, ValueError, OverflowError):
        weight = math.nan
    if isinstance(value, str | bool) or not 0 <= weight <= _HEAVIEST:
        raise InputError(
            f"row {number} has the {column} {short(value)}; a weight is a number of at least 0, at most {_HEAVIEST:g}."
        )
    return weight
