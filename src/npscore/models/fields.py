"""What the fields of records are made of: ids, texts, times, attributes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, Self

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema

LONGEST_ID = 200
LONGEST_LINE = 1_000
LONGEST_TEXT = 100_000
MOST_ATTRIBUTES = 200
_FIRST_YEAR, _LAST_YEAR = 2, 9998


def _storable(text: str) -> str:
    """Refuse NUL, which no database can keep; pydantic refuses half a surrogate pair by itself."""
    if "\0" in text:
        raise ValueError("a text of a record holds no NUL; take it out")
    return text


Id = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID), AfterValidator(_storable)]
"""An opaque name that came from outside, or a hash of the content."""

Line = Annotated[str, StringConstraints(max_length=LONGEST_LINE), AfterValidator(_storable)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_storable)]


def _instant(value: Any) -> Any:
    """An aware moment or ISO text in UTC; what is neither stays as it is, for pydantic to refuse."""
    moment = _read(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        return moment
    return _in_utc(moment)


def _read(text: str) -> datetime:
    """ISO text is read here, because pydantic would take a text of digits for a count of seconds."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("an instant is written with date, time and offset, as in 2026-01-31T09:00:00+01:00") from None


def _in_utc(moment: datetime) -> datetime:
    """Refuse moments whose day would be past the calendar in some zone, as systems write them for "never"."""
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"an instant of a record is between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return moment.astimezone(UTC)


Time = Annotated[AwareDatetime, BeforeValidator(_instant)]
"""An instant: an aware datetime, or ISO text with an offset; kept in UTC. A bare number is never a time."""


class FrozenDict(dict[str, Any]):
    """A dict that refuses to change, so that a frozen record is frozen all through."""

    def __hash__(self) -> int:  # type: ignore[override]
        """Tells pydantic, too, that a default need not be copied for every record."""
        return hash(frozenset(self.items()))

    def _refuse(self, *_args: Any, **_options: Any) -> NoReturn:
        raise TypeError("the attributes of a record do not change; make another version of the record")

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self  # what cannot change needs no copy

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(dict[str, Any])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


def _frozen(attributes: Mapping[str, Any]) -> FrozenDict:
    """In one order, so that equal attributes are spelled alike."""
    return FrozenDict(sorted(attributes.items()))


Attributes = Annotated[
    dict[Line, Text | bool | int | Annotated[float, Field(allow_inf_nan=False)] | None],
    Field(max_length=MOST_ATTRIBUTES),
    AfterValidator(_frozen),
]
"""What else is known: names to texts, numbers, truth values or nothing."""

ScaleText = Annotated[str, StringConstraints(pattern=r"^-?\d{1,9}--?\d{1,9}(:-?\d{1,9}:-?\d{1,9})?$")]
"""A scale as text, as in ``0-10`` or ``1-5:4:5``; a record keeps it, `Scale.parse` reads it."""
