"""The doors: what a store must be able to do, whoever writes it.

The laws behind each door are in ``docs/reference/contracts``, and
`npscore.testing` holds the suites that prove them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from npscore.models import Record

R = TypeVar("R", bound=Record)


@runtime_checkable
class Store(Protocol):
    """Keeps records: append-only, idempotent, all or nothing."""

    def put(self, *records: Record) -> int:
        """Keep records, all of them or none.

        What says nothing new is not kept again: a version whose content equals
        that of the version before it, `known_at` aside.

        Returns:
            How many versions were new.

        Raises:
            ConflictError: when other content stands under the same version of
                a key, or under the key of a kind without versions.
        """
        ...

    def get(self, kind: type[R], *key: Any, as_of: datetime | None = None) -> R:
        """The version of one record that stands, or stood.

        Args:
            kind: the class of the record.
            *key: its natural key.
            as_of: only what was known by then; None takes all that is known.

        Raises:
            NotFoundError: when there is none.
        """
        ...

    def find(
        self,
        kind: type[R],
        *,
        as_of: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **equal: str,
    ) -> Iterator[R]:
        """The standing versions of one kind, in the order of their keys.

        Args:
            kind: the class of the records.
            as_of: only what was known by then.
            since: only what happened then or later.
            until: only what happened before then.
            **equal: only records whose field of that name has that value; one
                of `FILTERS` that the kind has.

        Raises:
            InputError: for a filter that the kind does not have.
        """
        ...

    def erase(self, customer_id: str) -> int:
        """Forget a person: their data go from every kind and version, their ratings stay without a name.

        Returns:
            How many versions were erased or made anonymous.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections. Closing twice is no error; anything else afterwards is a StoreError."""
        ...


FILTERS = ("customer_id", "account_id", "response_id", "invitation_id", "interaction_id", "survey", "log", "same_as")
"""The fields by which `Store.find` can be asked, for the kinds that have them."""

Progress = Callable[[int], None]
"""Told from time to time how many records have been read."""


@runtime_checkable
class BulkStore(Protocol):
    """Keeps a stream of records that does not fit in memory."""

    def put_all(self, records: Iterable[Record], *, progress: Progress | None = None) -> int:
        """Keep a stream in batches, each all or nothing; returns how many versions were new."""
        ...


@runtime_checkable
class Exporter(Protocol):
    """Hands a person what is kept about them."""

    def export(self, customer_id: str) -> Iterator[Record]:
        """Every version of every record about a customer."""
        ...
