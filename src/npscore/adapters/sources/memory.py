"""A source in memory: the oracle that other sources are held against, and a double for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from npscore.errors import InputError, short
from npscore.intake.results import Rejected
from npscore.models import Record
from npscore.periods import check_instant
from npscore.ports import Pulled

T = TypeVar("T")


class MemorySource:
    """Brings the records that it was given.

    Args:
        records: of any kinds.
        rejects: what could not be read as a record; it has no time, so it comes each time.

    Raises:
        InputError: for what is no record, and what is no reject.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Customer
        >>> today = datetime(2026, 11, 22, tzinfo=UTC)
        >>> source = MemorySource([Customer(id="c1", known_at=today)])
        >>> len(source.pull().records), len(source.pull(since=today).records)
        (1, 1)
    """

    def __init__(self, records: Iterable[Record] = (), rejects: Iterable[Rejected] = ()) -> None:
        self._records = _all("records", records, Record)
        self._rejects = _all("rejects", rejects, Rejected)

    def pull(self, since: datetime | None = None) -> Pulled:
        """The records known at a moment or later; see `Source.pull`.

        Raises:
            InputError: for a moment that is no datetime with a zone.
        """
        check_since(since)
        return Pulled(records=tuple(record for record in self._records if is_new(record, since)), rejects=self._rejects)


def check_since(since: object) -> None:
    """Refuse what is neither None nor a datetime with a zone.

    Raises:
        InputError: saying what it is.
    """
    if since is not None:
        check_instant("since", since)


def is_new(record: Record, since: datetime | None) -> bool:
    """Whether a record became known at a moment or later."""
    return since is None or record.known_at >= since


def _all(name: str, given: Iterable[T], kind: type[T]) -> tuple[T, ...]:
    try:
        found = tuple(given)
    except TypeError:
        raise InputError(f"{name} are several, as in a list, not {short(given)}.") from None
    for one in found:
        if not isinstance(one, kind):
            raise InputError(f"{name} has {short(one)}, which is no {kind.__name__}.")
    return found
