"""Rows become an intake: all at once, or by the thousand for files of any size."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from npscore.errors import InputError, InvalidRecordError, short
from npscore.intake.drafting import Draft, Drafter
from npscore.intake.envelopes import opened
from npscore.intake.noticing import Noticed
from npscore.intake.options import Reading, Scales, checked
from npscore.intake.orders import Orders
from npscore.intake.repeats import Repeats
from npscore.intake.results import Intake, Rejected, latest
from npscore.intake.rows import Row, Values, numbered
from npscore.intake.settling import settle, table_row
from npscore.intake.shapes import Shape
from npscore.intake.values import Fault
from npscore.models import KINDS, Record, Response
from npscore.models.batches import make_all
from npscore.scoring.scales import as_whole

_KINDS = ("response", "customer", "account", "invitation", "exclusion")
_AGAIN = "rows say again what another row said, and count once:"
_CONTRADICTS = "rows say something else of a customer or account than another row of that time; one of them counts:"
_AT_ODDS = "another row has this id and other content, and revised_at does not say which is newer"

Fields = Mapping[str, str | Iterable[str]]


def read_responses(
    rows: Any,
    *,
    shape: str | Shape = "auto",
    known_at: datetime | str,
    answered_at: date | str | None = None,
    fields: Fields | None = None,
    constants: Mapping[str, Any] | None = None,
    scale: Scales | None = None,
    words: Mapping[str, int] | None = None,
    zone: str | None = None,
    day_first: bool | None = None,
    lenient: bool = False,
    prefix: str = "",
) -> Intake:
    """Read what a survey tool exported or sent into records and rejected rows.

    Args:
        rows: mappings, as `csv.DictReader` gives them; or an object or list of
            JSON that was parsed: a message of a webhook, a page of an API.
        shape: the tool's, as in ``"hubspot"`` or ``"delighted-webhook"``;
            "auto" recognises it by the names in the rows and otherwise guesses
            columns. Or a `Shape` of your own.
        known_at: when whoever keeps the records learned of them: a time with a
            zone, or ISO text.
        answered_at: the time of answers whose rows do not say it.
        fields: where fields stand, as in ``{"rating": "Q7", "customer.region": "Region"}``;
            they come before what the shape knows.
        constants: fields that are the same for all rows and that no row says,
            as in ``{"survey": "exit", "survey_kind": "employee"}``.
        scale: of NPS as text, as in ``"1-5:4:5"``, or of each metric; a field
            ``scale`` in the rows comes before it.
        words: what texts mean as ratings; other texts are no answer.
        zone: of times that have none.
        day_first: whether 05/07/2026 is in July; None looks for a date in the
            column that has one reading only.
        lenient: also read "7/10", "9 - Likely", "score 8", "ten" and full-width digits.
        prefix: put before the ids of responses, where two tools number alike.

    Returns:
        An intake in which every row was kept or rejected.

    Raises:
        InputError: for a question that only the caller can answer: the shape,
            a column, a zone, the order of day and month (`AmbiguousDateError`).

    Example:
        >>> message = {
        ...     "event_type": "survey_response.created",
        ...     "event_data": {
        ...         "id": "r-1", "person": {"id": "p-5", "email": "ann@example.org"},
        ...         "survey_type": "nps", "score": 9, "created_at": 1767600000, "updated_at": None,
        ...     },
        ... }
        >>> intake = read_responses(message, known_at="2026-01-06T00:00:00Z")
        >>> intake.responses[0].rating, intake.responses[0].answered_at.isoformat()
        (9, '2026-01-05T08:00:00+00:00')
        >>> print(intake)
        1 rows (delighted-webhook) = 1 kept + 0 rejected; 1 response, 1 customer.
    """
    chunks = stream_responses(
        rows,
        shape=shape,
        known_at=known_at,
        answered_at=answered_at,
        fields=fields,
        constants=constants,
        scale=scale,
        words=words,
        zone=zone,
        day_first=day_first,
        lenient=lenient,
        prefix=prefix,
    )
    return Intake.merge(chunks)


def stream_responses(
    rows: Any,
    *,
    size: int = 10_000,
    shape: str | Shape = "auto",
    known_at: datetime | str,
    answered_at: date | str | None = None,
    fields: Fields | None = None,
    constants: Mapping[str, Any] | None = None,
    scale: Scales | None = None,
    words: Mapping[str, int] | None = None,
    zone: str | None = None,
    day_first: bool | None = None,
    lenient: bool = False,
    prefix: str = "",
) -> Iterator[Intake]:
    """Read rows without holding them all: an intake for every so many rows, which add up to that of all rows.

    The shape and the columns are settled by the first of them. What stays in
    memory is a hash of each row without an id, and of the first million ids.

    Args:
        rows: see `read_responses`. An iterable that can be gone through twice is, where dates
            need it; of an iterator only the rows so far can prove the order of day and month.
        size: rows of one intake, at most.
        shape: see `read_responses`, as for all that follow.
        known_at: when the records became known.
        answered_at: the time of answers whose rows do not say it.
        fields: where fields stand.
        constants: fields that are the same for all rows.
        scale: of the ratings.
        words: what texts mean as ratings.
        zone: of times that have none.
        day_first: whether 05/07/2026 is in July.
        lenient: read more than numbers.
        prefix: put before the ids of responses.

    Raises:
        InputError: as `read_responses` does, some of it when the rows are reached.

    Example:
        >>> rows = ({"id": n, "nps": n % 11} for n in range(25))
        >>> today = "2026-11-22T10:00:00Z"
        >>> [part.kept for part in stream_responses(rows, size=10, known_at=today, answered_at=today)]
        [10, 10, 5]
    """
    if not 1 <= (as_whole(size) or 0) <= sys.maxsize:
        raise InputError(f"an intake holds a whole number of rows, at least one, not size={short(size)}.")
    reading = checked(
        known_at=known_at,
        answered_at=answered_at,
        zone=zone,
        day_first=day_first,
        words=words,
        scale=scale,
        constants=constants,
        lenient=lenient,
        prefix=prefix,
    )
    return _Reader(opened(rows), shape, fields or {}, reading).chunks(size)


class _Reader:
    """One pass over rows."""

    def __init__(self, source: Iterable[Any], shape: str | Shape, fields: Fields, reading: Reading) -> None:
        self.source, self.shape, self.given, self.reading = source, shape, fields, reading
        self.noticed, self.repeats = Noticed(), Repeats()
        self.orders: Orders | None = None

    def chunks(self, size: int) -> Iterator[Intake]:
        """An intake for every so many rows, and one of nothing where there are none."""
        rows = numbered(self.source)
        yield self._intake(list(islice(rows, size)))
        while chunk := list(islice(rows, size)):
            yield self._intake(chunk)

    def _settle(self, rows: Sequence[Row]) -> None:
        """Find out what the rows are, by the first that could be read."""
        sample = [row.values for row in rows if row.fault is None and isinstance(row.values, Mapping)]
        if not sample:
            return
        settled = settle(self.shape, sample, self.given, self.reading, self.noticed)
        self.shape, self.fields = settled.shape, settled.fields
        self.drafter = Drafter(settled.shape, settled.fields, settled.leftover, self.reading, self.noticed)
        self.orders = Orders(self.source, settled.shape, settled.fields, self.drafter.instants, self.noticed)

    def _intake(self, rows: Sequence[Row]) -> Intake:
        if self.orders is None:
            self._settle(rows)
        if self.orders is not None:
            self.orders.learn(rows)
        rejected: dict[int, Rejected] = {}
        drafted = {place: drafts for place in range(len(rows)) if (drafts := self._draft(place, rows, rejected))}
        made = self._made(drafted, rows, rejected)
        records = [record for place in sorted(made) for record in self._new(place, rows, made[place], rejected)]
        return Intake(
            shape=self.shape.name if isinstance(self.shape, Shape) else "",
            rows=len(rows),
            kept=len(rows) - len(rejected),
            records=tuple(latest(sorted(records, key=lambda record: record.kind != "response"))),
            rejected=tuple(rejected[place] for place in sorted(rejected)),
            notes=self.noticed.notes(),
        )

    def _draft(self, place: int, rows: Sequence[Row], rejected: dict[int, Rejected]) -> list[Draft]:
        row = rows[place]
        try:
            if row.fault is not None:
                raise Fault("", row.fault)
            values = self._values(row)
            return self.drafter.draft(row.number, values)
        except Fault as fault:
            rejected[place] = Rejected(row.number, fault.field, fault.reason, fault.raw)
            return []

    def _values(self, row: Row) -> Values:
        if not isinstance(row.values, Mapping):
            raise Fault("", "not an object with names", row.values)
        return table_row(row.values, self.fields) if self.drafter.shape.table else row.values

    def _made(
        self, drafted: Mapping[int, Sequence[Draft]], rows: Sequence[Row], rejected: dict[int, Rejected]
    ) -> dict[int, list[Record]]:
        """By place the records of the rows of which every record is sound; the other rows are rejected."""
        made: dict[int, list[Record]] = {place: [] for place in drafted}
        for kind in _KINDS:
            drafts = [(place, draft) for place, told in drafted.items() for name, draft in told if name == kind]
            for (place, _), record in zip(drafts, make_all(KINDS[kind], [draft for _, draft in drafts]), strict=True):
                if not isinstance(record, InvalidRecordError):
                    made[place].append(record)
                else:
                    field = record.field if kind == "response" else f"{kind}.{record.field}"
                    rejected.setdefault(place, Rejected(rows[place].number, field, record.reason, record.value))
        return {place: records for place, records in made.items() if place not in rejected}

    def _new(
        self, place: int, rows: Sequence[Row], records: Sequence[Record], rejected: dict[int, Rejected]
    ) -> list[Record]:
        """Those records of a row that say something new; a row at odds with one before it is rejected."""
        compared = [(record, self.repeats.compare(record)) for record in records]
        for record, told in compared:
            if isinstance(record, Response) and told == "other":
                rejected[place] = Rejected(rows[place].number, "id", _AT_ODDS, record.id)
                return []
            if not isinstance(record, Response) and told == "other":
                self.noticed.count("contradiction", _CONTRADICTS, rows[place].number, f"{record.kind} {record.key[0]}")
            if isinstance(record, Response) and told == "again":
                self.noticed.count("repeated", _AGAIN, rows[place].number, record.id)
        return [record for record, told in compared if told == "new"]
