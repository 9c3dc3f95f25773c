"""Putting records: look at what stands under their keys, and add the versions that say something new."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy import Connection, select

from npscore.adapters.memory import check_records, conflict
from npscore.adapters.sql.databases import Database
from npscore.adapters.sql.rows import Row, batches, record_of, row_of
from npscore.adapters.sql.tables import STRIPES, TABLES
from npscore.adapters.sql.unfinished import judge, note
from npscore.models import KINDS, FollowUp, Record

Key = tuple[Any, ...]
Version = tuple[int, int, str]  # revised_at, known_at, digest

KEYS_AT_A_TIME = 1_000


class Entry(NamedTuple):
    """A record to be put: its kind and its row, and of follow-ups also itself, because its log is to be judged."""

    kind: str
    row: Row
    step: FollowUp | None = None


def entries(records: Iterable[Record]) -> Iterator[Entry]:
    """Records as `put` takes them. They are let go one by one: a row takes a third of the room of its record.

    Raises:
        InputError: for what is no record.
    """
    for record in records:
        check_records((record,))
        yield Entry(record.kind, row_of(record), record if isinstance(record, FollowUp) else None)


def put(database: Database, connection: Connection, entries: Sequence[Entry]) -> int:
    """Add what is new, within a transaction; returns how many versions that were.

    Raises:
        ConflictError: when other content stands in the place of a record.
    """
    database.lock(connection, stripes(entries))
    by_kind = attrgetter("kind")
    added = 0
    for name, group in groupby(sorted(entries, key=by_kind), by_kind):
        added += _put_kind(database, connection, KINDS[name], list(group))
    return added


def _put_kind(database: Database, connection: Connection, kind: type[Record], entries: list[Entry]) -> int:
    """Add what is new of one kind; of unknown and unlike keys, as in a first import, that is all."""
    rows = [entry.row for entry in entries]
    keys = {row[: len(kind.keyed_by)] for row in rows}
    kept = _kept(database, connection, kind, keys)
    before = list(kept) if kind is FollowUp else []
    new = rows if not kept and len(keys) == len(rows) else list(news(kind, rows, kept))
    if new:
        database.insert(connection, TABLES[kind.kind], kind.kind, new)
    if new and kind is FollowUp:
        steps = {entry.row[:2]: entry.step for entry in entries if entry.step is not None}
        note(database, connection, _judged((steps[row[:2]] for row in new), before))
    return len(new)


def _judged(new: Iterable[FollowUp], before: Iterable[Key]) -> dict[str, bool | None]:
    """Whether something is left to do in the logs that got new steps, of which others were kept before."""
    steps: dict[str, dict[int, FollowUp]] = {}
    for step in new:
        steps.setdefault(step.log, {})[step.sequence] = step
    kept: dict[str, set[int]] = {}
    for log, sequence in before:
        kept.setdefault(log, set()).add(sequence)
    return {log: judge(log, some, kept.get(log, set())) for log, some in steps.items()}


def stripes(entries: Iterable[Entry]) -> set[int]:
    """Which of the locks guard the keys of some records; of many records that is soon all of them."""
    found: set[int] = set()
    for entry in entries:
        found.add(stripe(entry.kind, entry.row[0]))
        if len(found) == STRIPES:
            break
    return found


def stripe(name: str, first: str) -> int:
    """Which of the locks guards the keys of a kind that begin so, all steps of a log; the same in every process."""
    return crc32(f"{name} {(first,)!r}".encode()) % STRIPES


def news(kind: type[Record], rows: Iterable[Row], kept: dict[Key, list[Version]]) -> Iterator[Row]:
    """The rows of a kind that say something new, beside what is kept under their keys.

    Raises:
        ConflictError: when other content stands in the place of a record.
    """
    width = len(kind.keyed_by)
    for row in rows:
        key, version = row[:width], (row[width], row[width + 1], row[width + 3])
        versions = kept.get(key)
        if versions is None:
            kept[key] = [version]
        elif not _is_added(kind, versions, version, row):
            continue
        yield row


def _is_added(kind: type[Record], versions: list[Version], version: Version, row: Row) -> bool:
    """Add a version in its place, unless it stands there or says what the one before it says."""
    place = bisect_left(versions, version[:2])
    rival = versions[place] if place < len(versions) and versions[place][:2] == version[:2] else None
    if not kind.versioned:
        rival = versions[0]
    if rival is not None and rival[2] != version[2]:
        raise conflict(record_of(kind, row[-1]))
    if rival is not None or (place > 0 and versions[place - 1][2] == version[2]):
        return False
    versions.insert(place, version)
    return True


def _kept(
    database: Database, connection: Connection, kind: type[Record], keys: Iterable[Key]
) -> dict[Key, list[Version]]:
    """The versions that stand under some keys, and under others of the same logs, in order."""
    table = TABLES[kind.kind]
    columns = [table.c[name] for name in kind.keyed_by]
    content = table.c.revised_at, table.c.known_at, table.c.digest
    kept: dict[Key, list[Version]] = {}
    for some in batches({key[:1] for key in keys}, KEYS_AT_A_TIME):
        for row in connection.execute(select(*columns, *content).where(database.among(columns[:1], some))).all():
            kept.setdefault(tuple(row[: len(columns)]), []).append(tuple(row[len(columns) :]))
    for versions in kept.values():
        versions.sort()
    return kept
