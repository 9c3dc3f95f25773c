"""What came of some rows: records, rejected rows with their reasons, and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import isfinite
from reprlib import Repr
from typing import Any

import attrs

from npscore.errors import InputError
from npscore.models import Account, Customer, Record, Response

_EXAMPLES = 5
_LONGEST = 1_000
_BRIEFLY = Repr()  # of nested values a few on each level


def short(raw: object) -> object:
    """What a row said, cut where it is long."""
    if raw is None or isinstance(raw, bool) or (isinstance(raw, float) and isfinite(raw)):
        return raw
    if isinstance(raw, int) and raw.bit_length() <= 64:
        return raw
    text = raw if isinstance(raw, str) else _written(raw)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _written(raw: object) -> str:
    try:
        return _BRIEFLY.repr(raw)
    except (ValueError, RecursionError):  # a number of more digits than Python writes
        return f"a value of type {type(raw).__name__}"


@attrs.frozen
class Rejected:
    """A row of which no record was made.

    Attributes:
        row: its number, counted from 1, or its line in the file.
        field: the field that could not be read; empty for the row as a whole.
        reason: why, half a sentence.
        raw: what the row said there, cut after 1,000 characters.
    """

    row: int
    field: str
    reason: str
    raw: object = attrs.field(default=None, converter=short)

    def __str__(self) -> str:
        where = f"row {self.row}, {self.field}" if self.field else f"row {self.row}"
        said = "" if self.raw is None else f"; it was {self.raw!r}"
        return f"{where}: {self.reason}{said}"


@attrs.frozen
class Note:
    """Something odd about rows that were kept, or about how they were read.

    Attributes:
        about: one word for it, as in ``"category"`` or ``"lenient"``.
        text: a sentence.
        times: how many rows it is about; 0 for all of them.
        examples: the first of those rows and what they said.
    """

    about: str
    text: str
    times: int = 0
    examples: tuple[tuple[int, str], ...] = ()

    def __add__(self, other: Note) -> Note:
        examples = sorted({*self.examples, *other.examples})[:_EXAMPLES]
        return attrs.evolve(self, times=self.times + other.times, examples=tuple(examples))

    def __str__(self) -> str:
        if not self.times:
            return self.text
        shown = ", ".join(f"row {row}: {said}" if said else f"row {row}" for row, said in self.examples)
        more = ", …" if self.times > len(self.examples) else ""
        return f"{self.text} {self.times:,} {'row' if self.times == 1 else 'rows'} ({shown}{more})."


def merged(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Notes of one text counted together, in the order in which they first came."""
    found: dict[tuple[str, str], Note] = {}
    for note in notes:
        key = note.about, note.text
        found[key] = found[key] + note if key in found else note
    return tuple(found.values())


def latest(records: Iterable[Record]) -> Iterator[Record]:
    """The records, of people and accounts only the version that stands; at equal times the larger digest does."""
    standing: dict[tuple[str, tuple[Any, ...]], Record] = {}
    for record in records:
        if not isinstance(record, Customer | Account):
            yield record
            continue
        place = record.kind, record.key
        rival = standing.get(place)
        if rival is None or _newer(record, rival):
            standing[place] = record
    yield from standing.values()


def _newer(record: Record, rival: Record) -> bool:
    if record.version != rival.version:
        return record.version > rival.version
    return record.digest > rival.digest


@attrs.frozen(kw_only=True)
class Intake:
    """What came of some rows. Each row was kept or rejected; there is no third way.

    Intakes of rows that follow each other add up with ``+``.

    Attributes:
        shape: the name of the shape in which the rows were read.
        rows: how many rows came in.
        kept: how many of them became records.
        records: the responses in the order of their rows, then what else the
            rows told: customers, accounts, invitations, exclusions. A row that
            says again what another said adds none.
        rejected: the other rows, each with its reason.
        notes: what is odd, and which columns were taken for what.

    Raises:
        InputError: when rows are not kept + rejected.

    Example:
        >>> from datetime import UTC, datetime
        >>> rows = [{"id": "r1", "nps": "9"}, {"id": "r2", "nps": "ten"}]
        >>> today = datetime(2026, 11, 22, tzinfo=UTC)
        >>> intake = read_responses(rows, known_at=today, answered_at=today)
        >>> intake.rows, intake.kept, len(intake.rejected)
        (2, 1, 1)
        >>> print(intake.rejected[0])
        row 2, rating: not a whole number; it was 'ten'
    """

    shape: str = ""
    rows: int = 0
    kept: int = 0
    records: tuple[Record, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Note, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.kept + len(self.rejected) != self.rows:
            raise InputError(f"{self.rows} rows are not {self.kept} kept + {len(self.rejected)} rejected.")

    def __add__(self, other: Intake) -> Intake:
        return Intake.merge([self, other]) if isinstance(other, Intake) else NotImplemented

    @classmethod
    def merge(cls, intakes: Iterable[Intake]) -> Intake:
        """The intake of all rows out of those of some; quicker than ``+`` for many.

        Example:
            >>> Intake.merge([Intake(rows=1, kept=1), Intake(rows=2, kept=2)]).kept
            3
        """
        parts = list(intakes)
        if len(parts) == 1:
            return parts[0]
        return cls(records=tuple(latest(chain.from_iterable(part.records for part in parts))), **_together(parts))

    @property
    def responses(self) -> tuple[Response, ...]:
        """Every version of every response, in the order of the rows."""
        return tuple(record for record in self.records if isinstance(record, Response))

    @property
    def standing(self) -> tuple[Response, ...]:
        """Of each response the version that stands: the one of the latest change."""
        found: dict[str, Response] = {}
        for response in self.responses:
            rival = found.get(response.id)
            if rival is None or response.version > rival.version:
                found[response.id] = response
        return tuple(found.values())

    def to_dict(self) -> dict[str, Any]:
        """The account of the rows for programs, ready for JSON; records are counted, not listed.

        Example:
            >>> Intake(shape="generic", rows=1, kept=1).to_dict()["kept"]
            1
        """
        return self.summary.to_dict()

    @property
    def summary(self) -> Summary:
        """The account of the rows without the records."""
        return Summary(
            shape=self.shape,
            rows=self.rows,
            kept=self.kept,
            records=_counted(record.kind for record in self.records),
            rejected=self.rejected,
            notes=self.notes,
        )

    def __str__(self) -> str:
        """The account of the rows for people."""
        return str(self.summary)


@attrs.frozen(kw_only=True)
class Summary:
    """What is left of an intake when its records have gone where they belong: they are counted.

    Attributes:
        shape: the name of the shape in which the rows were read.
        rows: how many rows came in.
        kept: how many of them became records.
        records: how many records there were, by kind.
        rejected: the other rows, each with its reason.
        notes: what is odd, and which columns were taken for what.

    Example:
        >>> print(Summary.merge([Intake(rows=1, kept=1).summary, Intake(rows=2, kept=2).summary]))
        3 rows = 3 kept + 0 rejected; no records.
    """

    shape: str = ""
    rows: int = 0
    kept: int = 0
    records: Mapping[str, int] = attrs.field(factory=dict)
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Note, ...] = ()

    @classmethod
    def merge(cls, summaries: Iterable[Summary]) -> Summary:
        """The summary of all rows out of those of some."""
        parts = list(summaries)
        kinds = chain.from_iterable(part.records for part in parts)
        records = {kind: sum(part.records.get(kind, 0) for part in parts) for kind in dict.fromkeys(kinds)}
        return cls(records=records, **_together(parts))

    def to_dict(self) -> dict[str, Any]:
        """The account of the rows for programs, ready for JSON."""
        return {
            "shape": self.shape,
            "rows": self.rows,
            "kept": self.kept,
            "records": dict(self.records),
            "rejected": [attrs.asdict(rejected) for rejected in self.rejected],
            "notes": [str(note) for note in self.notes],
        }

    def __str__(self) -> str:
        """The account of the rows for people."""
        made = ", ".join(f"{times:,} {_plural(kind, times)}" for kind, times in self.records.items()) or "no records"
        rows = f"{self.rows:,} rows ({self.shape})" if self.shape else f"{self.rows:,} rows"
        lines = [f"{rows} = {self.kept:,} kept + {len(self.rejected):,} rejected; {made}."]
        lines += [f"Rejected: {line}" for line in _grouped(self.rejected)]
        lines += [f"Note: {note}" for note in self.notes]
        return "\n".join(lines)


def _together(parts: Sequence[Intake | Summary]) -> dict[str, Any]:
    """What several accounts say in one, the records aside."""
    shapes = chain.from_iterable(part.shape.split(", ") for part in parts)
    return {
        "shape": ", ".join(dict.fromkeys(filter(None, shapes))),
        "rows": sum(part.rows for part in parts),
        "kept": sum(part.kept for part in parts),
        "rejected": tuple(chain.from_iterable(part.rejected for part in parts)),
        "notes": merged(chain.from_iterable(part.notes for part in parts)),
    }


def _plural(kind: str, times: int) -> str:
    return kind if times == 1 else f"{kind}s"


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in kinds:
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def _grouped(rejected: Sequence[Rejected]) -> Iterator[str]:
    """One line for each reason, with the first rows."""
    reasons: dict[tuple[str, str], list[Rejected]] = {}
    for row in rejected:
        reasons.setdefault((row.field, row.reason), []).append(row)
    for (field, reason), rows in reasons.items():
        shown = ", ".join(_example(row) for row in rows[:_EXAMPLES]) + (", …" if len(rows) > _EXAMPLES else "")
        of = f"{field}: " if field else ""
        yield f"{of}{reason}: {len(rows):,} {'row' if len(rows) == 1 else 'rows'} ({shown})"


def _example(row: Rejected) -> str:
    if row.raw is None:
        return f"row {row.row}"
    text = repr(row.raw)
    return f"row {row.row}: {text if len(text) <= 60 else text[:59] + '…'}"
