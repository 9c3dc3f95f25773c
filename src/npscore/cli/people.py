"""How many customers and accounts came, each counted once however many parts of a file told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from npscore.intake.results import Note, Summary
from npscore.models import Account, Customer, Record

MOST = 1_000_000
_MANY = "customers and accounts after the first {:,} are counted again in every part of the file."


@attrs.define
class People:
    """Remembers a hash of each customer and account, so many at most.

    Attributes:
        counts: how many of each kind there were.
        most: how many are remembered.

    Example:
        >>> from datetime import UTC, datetime
        >>> ann = Customer(id="c1", known_at=datetime(2026, 11, 22, tzinfo=UTC))
        >>> people = People()
        >>> people.see([ann])
        >>> people.see([ann])
        >>> people.counts["customer"]
        1
    """

    most: int = MOST
    counts: Counter[str] = attrs.Factory(Counter)
    _known: set[int] = attrs.Factory(set)

    def see(self, records: Iterable[Record]) -> None:
        """Count those among some records that did not come before."""
        for record in records:
            if isinstance(record, Customer | Account):
                self._see(record)

    def _see(self, record: Record) -> None:
        name = hash((record.kind, record.key))
        if name in self._known:
            return
        self.counts[record.kind] += 1
        if len(self._known) < self.most:
            self._known.add(name)

    def notes(self) -> Iterator[Summary]:
        """What to say where there were more than are remembered."""
        if self.counts.total() > self.most:
            yield Summary(notes=(Note("people", _MANY.format(self.most)),))
