"""Records as rows of a table, and rows as records again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from npscore.adapters.sql.tables import columns_of
from npscore.errors import InputError, InvalidRecordError, StoreError
from npscore.models import KINDS, Record
from npscore.models.records import BEGINNING, digest_of

R = TypeVar("R", bound=Record)
T = TypeVar("T")
Row = tuple[Any, ...]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _copied(kind: type[Record]) -> Callable[[Record], Row]:
    """What reads the fields that stand in columns as they are."""
    columns = columns_of(kind)
    names = columns[columns.index("digest") + 1 : -1]
    read = attrgetter(*names) if names else lambda record: ()
    return read if len(names) != 1 else lambda record: (read(record),)


_COPIED = {name: _copied(kind) for name, kind in KINDS.items()}
_TRUTHS = {True: 1, False: 0}


def micros(moment: datetime) -> int:
    """Microseconds from 1970 to a moment, exact.

    Raises:
        InputError: for a moment without a zone.

    Example:
        >>> from datetime import UTC, datetime
        >>> micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
        1000005
    """
    if moment.tzinfo is None:
        raise InputError(f"{moment} has no zone; say datetime(..., tzinfo=UTC).")
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_BEFORE_ALL = micros(BEGINNING)


def row_of(record: Record) -> Row:
    """A record as the values of `columns_of` its kind."""
    revised_at, known_at = record.version
    happened_at = record.time
    copied = _COPIED[record.kind](record)
    body = record.to_json()
    return (
        *record.key,
        _BEFORE_ALL if revised_at is BEGINNING else micros(revised_at),
        micros(known_at),
        None if happened_at is None else micros(happened_at),
        digest_of(record.kind, body),
        *map(_TRUTHS.get, copied, copied),
        body,
    )


def record_of(kind: type[R], body: str) -> R:
    """The record of which `row_of` made the body.

    Raises:
        StoreError: when it was changed into something that is no record.
    """
    try:
        return kind.from_json(body)
    except InvalidRecordError as error:
        raise StoreError(f"something else wrote to the store, and left what is no {kind.kind}: {error}") from error


def is_storable(value: object) -> bool:
    r"""Whether a text can stand in a table at all; no record has the others.

    Example:
        >>> is_storable("r1"), is_storable("a\0"), is_storable(5)
        (True, False, False)
    """
    if not isinstance(value, str) or "\0" in value:
        return False
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Items, so many at a time.

    Example:
        >>> list(batches("abcde", 2))
        [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
