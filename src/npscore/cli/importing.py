"""Files of answers go into a store, part by part: what becomes of some thousand rows is one put.

What only the caller can answer is asked before anything is put: of every file
the first part is read. Memory grows with the rejected rows, with a hash of each
row without an id and of the first million people, never with what is kept.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import attrs

from npscore.adapters import headers
from npscore.adapters.files import AnswerFile
from npscore.cli.people import People
from npscore.errors import ConflictError, InputError, NpscoreError, StoreUnavailableError
from npscore.intake import guess_id, guess_rating, guess_time, stream_responses
from npscore.intake.options import Scales
from npscore.intake.results import Intake, Note, Rejected, Summary
from npscore.intake.rows import Row
from npscore.intake.settling import shapes_named
from npscore.intake.shapes import checked_field
from npscore.models import Account as AccountRecord
from npscore.models import Customer, Record
from npscore.plugins import check_url, open_store
from npscore.ports import Store
from npscore.report import inert

_CONTRADICTED = (
    "\nOf {:,} customers or accounts the store has other content of the same time, which stands; "
    "a later --known-at makes that of this file the newer one."
)
SIZE = 10_000
"""Rows of one part, and so of one put."""

_IN_HAND = 50_000  # rows of files that were begun, and need not be read again
Progress = Callable[[int], None]


class WrongCallError(InputError):
    """The call is wrong, and not the data."""

    code = 2


@attrs.frozen(kw_only=True)
class Reading:
    """What the flags say about the rows, checked; the names are those of `stream_responses`.

    Raises:
        InputError: for the first flag that makes no sense.
    """

    known_at: datetime
    shape: str = "auto"
    answered_at: datetime | None = None
    fields: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    constants: dict[str, str] = attrs.field(factory=dict)
    scale: Scales | None = None
    words: dict[str, int] | None = None
    zone: str | None = None
    day_first: bool | None = None
    lenient: bool = False
    prefix: str = ""

    def __attrs_post_init__(self) -> None:
        shapes_named(self.shape)
        self.parts([], SIZE)

    def parts(self, rows: Iterable[Any], size: int) -> Iterator[Intake]:
        """What becomes of some rows."""
        return stream_responses(rows, size=size, **attrs.asdict(self, recurse=False))


def pairs(flag: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What a flag such as --map FIELD=COLUMN says, each time that it was given.

    Raises:
        InputError: for what is no pair, and for a field that no answer has.
    """
    for text in texts:
        field, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{flag} {text!r} is not {'FIELD=COLUMN' if flag == '--map' else 'FIELD=VALUE'}.")
        yield checked_field(field.strip()), value.strip()


def mapped(maps: Iterable[str], rating: str | None, at: str | None) -> dict[str, tuple[str, ...]]:
    """The columns of the fields that --map, --rating and --at name; --map FIELD= takes none for the field.

    Raises:
        InputError: for what is no pair, and for a field that was named in two ways.
    """
    fields: dict[str, tuple[str, ...]] = {}
    for field, column in pairs("--map", maps):
        fields[field] = (*fields.get(field, ()), *filter(None, [column]))
    for flag, field, named in (("--rating", "rating", rating), ("--at", "answered_at", at)):
        if named is not None and field in fields:
            raise InputError(f"{flag} and --map {field}=... name the same; leave one out.")
        if named is not None:
            fields[field] = (named,)
    return fields


def constants(texts: Iterable[str]) -> dict[str, str]:
    """The values of the fields that --set names.

    Raises:
        InputError: for what is no pair, or has no value, and for a field that was set twice.
    """
    values: dict[str, str] = {}
    for field, value in pairs("--set", texts):
        if not value or field in values:
            raise InputError(f"--set {field} has {'two values' if value else 'no value'}; give it one.")
        values[field] = value
    return values


@attrs.define
class Account:
    """What became of the rows of one file so far.

    Attributes:
        file: its name, as it was given.
        parts: what was put, a summary for each put.
        new: how many versions the store did not know.
        contradictions: how many customers and accounts were not kept, because
            the store has other content of them of the same time.
        people: the customers and accounts that came, whatever parts told of them.
    """

    file: str
    parts: list[Summary] = attrs.Factory(list)
    new: int = 0
    contradictions: int = 0
    people: People = attrs.Factory(People)

    @property
    def summary(self) -> Summary:
        """What became of its rows; who came in several parts counts once."""
        merged = Summary.merge([*self.parts, *self.people.notes()])
        return attrs.evolve(merged, records={**merged.records, **self.people.counts})

    def add(self, part: Intake, new: int, contradictions: int) -> None:
        """Add a part that was put."""
        self.new += new
        self.contradictions += contradictions
        self.people.see(part.records)
        self.parts.append(part.summary)

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"file": self.file, **self.summary.to_dict(), "new": self.new, "contradictions": self.contradictions}

    def __str__(self) -> str:
        versions = "version" if self.new == 1 else "versions"
        told = f"{self.file}: {self.summary}\n{self.new:,} new {versions}, the rest was known."
        return told + (_CONTRADICTED.format(self.contradictions) if self.contradictions else "")


@attrs.frozen
class Begun:
    """A file whose first part could be read."""

    account: Account
    parts: Iterator[Intake]


def begin(
    files: Sequence[tuple[str, AnswerFile]], reading: Reading, progress: Progress = lambda size: None, size: int = SIZE
) -> list[Begun]:
    """Read the first part of every file, so that what cannot be read is told before anything is put.

    Args:
        files: each with its name, as it was given.
        reading: what the flags say.
        progress: called now and then with the bytes read since the last call.
        size: rows of one part.

    Raises:
        InputError: for a question that only the caller can answer.
        WrongCallError: for a column that was named and is not there.
    """
    begun, in_hand = [], 0
    for name, file in files:
        _check_doubled(file)
        parts = reading.parts(_Watched(file, progress), size)
        with _told(Account(name), file, reading):
            first = next(parts)
        in_hand += first.rows
        rest = chain([first], parts) if in_hand <= _IN_HAND else _Later(_Watched(file, progress), reading, size)
        begun.append(Begun(Account(name, [_about(file)]), iter(rest)))
    return begun


def _check_doubled(file: AnswerFile) -> None:
    """Refuse a file in which the column of the rating, the time or the id stands twice."""
    guessed = (guess(file.columns) for guess in (guess_rating, guess_time, guess_id))
    file.check([column for column in guessed if column is not None and file.columns.count(column) > 1])


def run(files: Sequence[tuple[str, AnswerFile]], reading: Reading, url: str, progress: Progress) -> Iterator[Account]:
    """Begin all files, then open the store and put what they hold; see `begin` and `keep`.

    Raises:
        WrongCallError: when there can be no such store.
    """
    begun = begin(files, reading, progress)
    with closing(_opened(url)) as store:
        yield from keep(begun, store)


def _opened(url: str) -> Store:
    try:
        return open_store(url)
    except StoreUnavailableError:
        raise
    except NpscoreError as error:
        raise WrongCallError(str(error)) from None


def keep(begun: Iterable[Begun], store: Store) -> Iterator[Account]:
    """Put what the files hold into a store.

    Yields:
        The account of each file, before its first part is put; it grows with every put.

    Raises:
        InputError: for a question that comes up in a later part.
        ConflictError: when the store has other content in the place of a record.
        StoreError: when the store cannot do it.
    """
    for file in begun:
        yield file.account
        with _told(file.account):
            for part in file.parts:
                file.account.add(part, *_put(store, part.records))


def _put(store: Store, records: Sequence[Record]) -> tuple[int, int]:
    """Put a part; a customer or account that is at odds with the store does not keep the answers out.

    Returns:
        How many versions were new, and how many people and accounts were at odds.

    Raises:
        ConflictError: when an answer is at odds with the store.
    """
    try:
        return store.put(*records), 0
    except ConflictError:
        people = [record for record in records if isinstance(record, Customer | AccountRecord)]
        if not people:
            raise
    others = [record for record in records if not isinstance(record, Customer | AccountRecord)]
    new = store.put(*others)
    known, at_odds = _put_each(store, people)
    return new + known, at_odds


def _put_each(store: Store, people: Sequence[Record]) -> tuple[int, int]:
    """Put those that are not at odds with the store, found by halving."""
    try:
        return store.put(*people), 0
    except ConflictError:
        if len(people) == 1:
            return 0, 1
    half = len(people) // 2
    (first, odd), (second, odder) = _put_each(store, people[:half]), _put_each(store, people[half:])
    return first + second, odd + odder


class _Watched:
    """The rows of a file; the first pass over them tells how far it is, those that look for dates do not."""

    def __init__(self, file: AnswerFile, progress: Progress) -> None:
        self.file, self.progress = file, progress

    def __iter__(self) -> Iterator[Row]:
        progress, self.progress = self.progress, lambda size: None
        return self.file.whole(progress)


@attrs.frozen
class _Later:
    """A file whose first part did not stay in hand; it is opened when its turn comes."""

    rows: _Watched
    reading: Reading
    size: int

    def __iter__(self) -> Iterator[Intake]:
        yield from self.reading.parts(self.rows, self.size)


def _about(file: AnswerFile) -> Summary:
    """What was odd about the file before its rows were read."""
    return Summary(notes=tuple(Note("file", note) for note in file.notes))


@contextmanager
def _told(account: Account, file: AnswerFile | None = None, reading: Reading | None = None) -> Iterator[None]:
    """What goes wrong names the file, and what is kept of it."""
    try:
        yield
    except ConflictError as error:
        raise ConflictError(
            f"{account.file}: {_sentence(error)}: import it with a later --known-at, or with a --prefix of its own "
            f"where it is the answer of somebody else.{_kept(account)}"
        ) from None
    except InputError as error:
        if file is not None and reading is not None:
            _check_columns(account.file, file, reading)
        hint = f"; {file.doubt}" if file is not None and file.doubt else "."
        raise InputError(f"{account.file}: {_sentence(error)}{hint}{_kept(account)}") from None


def _sentence(error: Exception) -> str:
    return str(error).rstrip(".")


def _kept(account: Account) -> str:
    rows = account.summary.rows
    return f" The {rows:,} rows before are in the store; importing them again changes nothing." if rows else ""


def _check_columns(name: str, file: AnswerFile, reading: Reading) -> None:
    """Of a file that could not be read: whether a column was named that it has not."""
    named = chain.from_iterable(reading.fields.values())
    missing = [column for column in named if column not in headers.unlike(file.columns)]
    if missing and not file.kind.startswith("json"):
        try:
            file.check(missing)
        except InputError as error:
            raise WrongCallError(str(error)) from None


def told(accounts: Sequence[Account], form: str) -> str:
    """The accounts as "text" or "json"."""
    if form == "json":
        return json.dumps({"files": [account.to_dict() for account in accounts]}, indent=2)
    return "\n\n".join(map(str, accounts))


def check_kept(accounts: Iterable[Account]) -> None:
    """Refuse to call it done when no row of any file was kept.

    Raises:
        InputError: saying why, and what to do.
    """
    summaries = [account.summary for account in accounts]
    if any(summary.kept for summary in summaries):
        return
    rejected = list(chain.from_iterable(summary.rejected for summary in summaries))
    if not rejected:
        raise InputError("no row was kept: there is none to keep.")
    ((field, reason), _), *_ = Counter((row.field, row.reason) for row in rejected).most_common(1)
    why = f"{field} ({reason})" if field else reason
    raise InputError(f"no row was kept; the most frequent reason: {why}.{_HINTS.get(field, '')}")


_HINTS = {
    "rating": " --words 'WORD=NUMBER,...' says what words mean, --lenient reads 7/10, --scale says from what to what.",
    "answered_at": " --at names another column for the time, --answered-at gives one time for all.",
}


def check_places(rejects: Path | None, url: str) -> None:
    """Refuse what is no store, and a place for the rejected rows where they cannot go, before anything is read.

    Raises:
        InputError: for a scheme that no store has; for a folder, one that is not there, and the store itself.
    """
    check_url(url)
    if rejects is None:
        return
    if rejects.is_dir() or not rejects.parent.is_dir():
        raise InputError(f"--rejects {rejects} cannot be written; name a file in a folder that is there.")
    if rejects.resolve() == Path(url.partition(":///")[2]).resolve():
        raise InputError(f"--rejects {rejects} is the store; name another file.")


def rejects(accounts: Iterable[Account]) -> str:
    """All rejected rows as CSV; texts that a spreadsheet would run get an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "row", "field", "reason", "raw"])
    for account in accounts:
        for row in account.summary.rejected:
            writer.writerow([inert(cell) for cell in _cells(account.file, row)])
    return text.getvalue()


def _cells(file: str, row: Rejected) -> list[Any]:
    raw = row.raw.encode("utf-8", "replace").decode() if isinstance(row.raw, str) else row.raw
    return [file, row.row, row.field, row.reason, raw]
