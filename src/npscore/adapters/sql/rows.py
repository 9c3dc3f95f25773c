"""Records as rows of a table, and rows as records again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from npscore.adapters.sql.tables import columns_of
from npscore.errors import InputError, InvalidRecordError, StoreError
from npscore.models import KINDS, Record

R = TypeVar("R", bound=Record)
Row = tuple[Any, ...]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = {
    name: columns_of(kind)[columns_of(kind).index("digest") + 1 : -1] for name, kind in KINDS.items()
}  # what is copied out of the record as it is


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


def row_of(record: Record) -> Row:
    """A record as the values of `columns_of` its kind."""
    revised_at, known_at = record.version
    happened_at = record.time
    return (
        *record.key,
        micros(revised_at),
        micros(known_at),
        None if happened_at is None else micros(happened_at),
        record.digest,
        *[_plain(getattr(record, name)) for name in _PLAIN[record.kind]],
        record.to_json(),
    )


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


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
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
