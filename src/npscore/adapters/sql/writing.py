"""Putting records: look at what stands under their keys, and add the versions that say something new."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, TypeVar
from zlib import crc32

from sqlalchemy import Connection, select

from npscore.adapters.memory import check_records, conflict
from npscore.adapters.sql.databases import Database
from npscore.adapters.sql.rows import Row, record_of, row_of
from npscore.adapters.sql.tables import STRIPES, TABLES
from npscore.models import KINDS, Record

Entry = tuple[str, Row]  # of a kind
Key = tuple[Any, ...]
Version = tuple[int, int, str]  # revised_at, known_at, digest

T = TypeVar("T")
KEYS_AT_A_TIME = 1_000


def entries(records: Iterable[Record]) -> Iterator[Entry]:
    """Records as `put` takes them. They are let go one by one: a row takes a third of the room of its record.

    Raises:
        InputError: for what is no record.
    """
    for record in records:
        check_records((record,))
        yield record.kind, row_of(record)


def put(database: Database, connection: Connection, entries: Sequence[Entry]) -> int:
    """Add what is new, within a transaction; returns how many versions that were.

    Raises:
        ConflictError: when other content stands in the place of a record.
    """
    database.lock(connection, stripes(entries))
    by_kind = itemgetter(0)
    added = 0
    for name, group in groupby(sorted(entries, key=by_kind), by_kind):
        rows = [row for _, row in group]
        new = _not_kept(database, connection, KINDS[name], rows)
        if new:
            database.insert(connection, TABLES[name], name, new)
        added += len(new)
    return added


def _not_kept(database: Database, connection: Connection, kind: type[Record], rows: list[Row]) -> list[Row]:
    """The rows that say something new; of unknown and unlike keys, as in a first import, those are all."""
    keys = {row[: len(kind.keyed_by)] for row in rows}
    kept = _kept(database, connection, kind, keys)
    return rows if not kept and len(keys) == len(rows) else list(news(kind, rows, kept))


def stripes(entries: Iterable[Entry]) -> set[int]:
    """Which of the locks guard the keys of some records; of many records that is soon all of them."""
    found: set[int] = set()
    for name, row in entries:
        found.add(stripe(name, row[: len(KINDS[name].keyed_by)]))
        if len(found) == STRIPES:
            break
    return found


def stripe(name: str, key: Key) -> int:
    """Which of the locks guards a key of a kind; the same in every process."""
    return crc32(f"{name} {key!r}".encode()) % STRIPES


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
    """The versions that stand under some keys, in order."""
    table = TABLES[kind.kind]
    columns = [table.c[name] for name in kind.keyed_by]
    content = table.c.revised_at, table.c.known_at, table.c.digest
    kept: dict[Key, list[Version]] = {}
    for some in batches(keys, KEYS_AT_A_TIME):
        for row in connection.execute(select(*columns, *content).where(database.among(columns, some))):
            kept.setdefault(tuple(row[: len(columns)]), []).append(tuple(row[len(columns) :]))
    for versions in kept.values():
        versions.sort()
    return kept


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Items, so many at a time.

    Example:
        >>> list(batches("abcde", 2))
        [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
