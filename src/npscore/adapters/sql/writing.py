"""Putting records: look at what stands under their keys, and add the versions that say something new."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, TypeVar
from zlib import crc32

from sqlalchemy import Connection, select, tuple_

from npscore.adapters.memory import conflict
from npscore.adapters.sql.databases import Database
from npscore.adapters.sql.rows import Row, row_of
from npscore.adapters.sql.tables import STRIPES, TABLES
from npscore.models import KINDS, Record

Key = tuple[Any, ...]
Version = tuple[int, int, str]  # revised_at, known_at, digest

T = TypeVar("T")
KEYS_AT_A_TIME = 1_000


def put(database: Database, connection: Connection, records: Sequence[Record]) -> int:
    """Add what is new, within a transaction; returns how many versions that were.

    Raises:
        ConflictError: when other content stands in the place of a record.
    """
    database.lock(connection, map(stripe, records))
    by_kind = attrgetter("kind")
    added = 0
    for name, group in groupby(sorted(records, key=by_kind), by_kind):
        some = list(group)
        rows = list(news(some, _kept(connection, KINDS[name], {record.key for record in some})))
        if rows:
            database.insert(connection, TABLES[name], name, rows)
        added += len(rows)
    return added


def stripe(record: Record) -> int:
    """Which of the locks guards the key of a record; the same in every process."""
    return crc32(f"{record.kind} {record.key!r}".encode()) % STRIPES


def news(records: Iterable[Record], kept: dict[Key, list[Version]]) -> Iterator[Row]:
    """The rows of those records that say something new, beside what is kept under their keys.

    Raises:
        ConflictError: when other content stands in the place of a record.
    """
    for record in records:
        row = row_of(record)
        width = len(record.keyed_by)
        version = row[width], row[width + 1], row[width + 3]
        if _add(kept.setdefault(row[:width], []), version, record):
            yield row


def _add(versions: list[Version], version: Version, record: Record) -> bool:
    """Add a version in its place, unless it stands there or says what the one before it says."""
    place = bisect_left(versions, version[:2])
    rival = versions[place] if place < len(versions) and versions[place][:2] == version[:2] else None
    if versions and not record.versioned:
        rival = versions[0]
    if rival is not None and rival[2] != version[2]:
        raise conflict(record)
    if rival is not None or (place > 0 and versions[place - 1][2] == version[2]):
        return False
    versions.insert(place, version)
    return True


def _kept(connection: Connection, kind: type[Record], keys: Iterable[Key]) -> dict[Key, list[Version]]:
    """The versions under some keys, in order."""
    table = TABLES[kind.kind]
    columns = [table.c[name] for name in kind.keyed_by]
    content = table.c.revised_at, table.c.known_at, table.c.digest
    kept: dict[Key, list[Version]] = {}
    for some in batches(keys, KEYS_AT_A_TIME):
        under = tuple_(*columns).in_(some) if len(columns) > 1 else columns[0].in_([key for (key,) in some])
        for row in connection.execute(select(*columns, *content).where(under)):
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
