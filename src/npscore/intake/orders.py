"""Whether the day or the month comes first: found in the column, where some date has one reading only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from npscore.intake.instants import Instants
from npscore.intake.noticing import Noticed
from npscore.intake.rows import Row, numbered
from npscore.intake.shapes import TIMES, Fields, Shape, value_at
from npscore.intake.times import date_order, is_numeric_date


class Orders:
    """Tells `Instants` the order that each field of times proves.

    Args:
        source: all rows; where it can be gone through twice it is, as soon as a date needs it.
        shape: how the rows look.
        fields: where each field stands in them.
        instants: is told what was proven.
        noticed: takes the notes.
    """

    def __init__(
        self, source: Iterable[Any], shape: Shape, fields: Fields, instants: Instants, noticed: Noticed
    ) -> None:
        self.source, self.shape, self.instants = source, shape, instants
        self.fields = {field: paths for field, paths in fields.items() if field in TIMES}
        self.noticed = noticed
        self._proofs: dict[str, str] = {}
        self._is_open = iter(source) is not source

    def learn(self, rows: Iterable[Row]) -> None:
        """Look at the dates of some rows.

        Raises:
            InputError: when one date has the day first and another the month.
        """
        if self.instants.order is None:
            for field in list(self.fields):
                self._learn(field, rows)

    def _learn(self, field: str, rows: Iterable[Row]) -> None:
        numeric = self._numeric(field, rows)
        if (first := next(numeric, None)) is None:
            return
        if self._is_open:
            numeric = self._numeric(field, numbered(self.source))
        known = [self._proofs[field]] if field in self._proofs else []
        dates = list(dict.fromkeys(chain(known, [first], numeric)))
        if (order := date_order(dates)) and field not in self._proofs:
            self.instants.proven[field] = order
            self._proofs[field] = next(text for text in dates if date_order([text]))
            self.noticed.say("time", f"{field} was read {order}: {self._proofs[field]!r} fits only that.")
        if self._is_open:
            del self.fields[field]  # all of it was seen

    def _numeric(self, field: str, rows: Iterable[Row]) -> Iterator[str]:
        for row in rows:
            if row.fault is None and isinstance(row.values, Mapping):
                cell = value_at(self.shape.prepare(row.values), self.fields[field])
                if isinstance(cell, str) and len(cell) <= 100 and is_numeric_date(cell):
                    yield cell.strip()
