"""SQLite: a store in one file, written ahead (WAL), durable when `put` returns."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, case, create_engine, event, func, select
from sqlalchemy.engine import URL

from npscore.adapters.sql.databases import Database, json_path
from npscore.adapters.sql.rows import Row
from npscore.adapters.sql.sealed import has_beside, is_sealed, sealed_engine
from npscore.errors import InputError, StoreError

APPLICATION_ID = 0x4E505363
"""Stands in the header of our files: "NPSc"."""

SCRUBS = 3
"""How often the log beside a file is tried to be emptied, a second each, while somebody reads it."""

OLDEST = (3, 37, 0)  # the first with STRICT tables
_MAGIC = b"SQLite format 3\0"
_SEALED = ("SQLITE_CANTOPEN", "SQLITE_READONLY")
_PASSING = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"}
_PRAGMAS = {
    "synchronous": "FULL",  # what was acknowledged survives a loss of power
    "secure_delete": "ON",  # what was erased is overwritten
    "foreign_keys": "ON",
    "trusted_schema": "OFF",
    "cell_size_check": "ON",
}


class SQLite(Database):
    """A file. It has one writer at a time, so no other lock is needed."""

    reading: Mapping[str, Any] = MappingProxyType({"npscore_begin": "BEGIN"})
    writing: Mapping[str, Any] = MappingProxyType({"npscore_begin": "BEGIN IMMEDIATE"})

    def __init__(self, url: URL, timeout: float) -> None:
        super().__init__(url, timeout)
        if not url.database or url.database == ":memory:" or url.host or url.query:
            raise InputError("a store in a file is named by sqlite:///PATH; one in memory is memory://.")
        self.path = Path(url.database)
        self.name = str(self.path)

    def engine(self) -> Engine:
        """Connections to the file, which is only read before it is known to be ours."""
        if sqlite3.sqlite_version_info < OLDEST:
            raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or later has the tables we need.")
        refuse_other_files(self.path)
        self._sealed = is_sealed(self.path)
        options = {"timeout": self.timeout, "isolation_level": None}
        engine = (
            sealed_engine(self.path, self.timeout)
            if self._sealed
            else create_engine(self.url, connect_args=options, pool_timeout=self.timeout)
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def refuse_strangers(self, connection: Connection) -> None:
        """Refuse a file in which there is anything at all."""
        if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar():
            raise _not_ours(self.path)

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """The transaction has the file for itself already."""
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        yield

    def settle(self, engine: Engine) -> None:
        """Write ahead, so that readers and the writer do not wait for each other; the file remembers it."""
        if self._sealed:
            return
        until = time.monotonic() + self.timeout
        with closing(engine.raw_connection()) as connection:
            while os.access(self.path, os.W_OK) and not self._asked_to_write_ahead(connection):
                if time.monotonic() > until:
                    raise self.passing(TimeoutError("somebody else keeps it locked"))
                time.sleep(0.02)

    def _asked_to_write_ahead(self, connection: Any) -> bool:
        """Whether the file could be asked: SQLite does not wait for others here by itself."""
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            if mode != "wal":
                connection.execute("PRAGMA journal_mode = WAL").fetchone()  # file systems that cannot stay as they are
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "").startswith(tuple(_PASSING)):
                return False
            raise self.trouble(error) from error
        return True

    def lock(self, connection: Connection, stripes: Iterable[int]) -> None:
        """The file has one writer."""

    def among(self, columns: Sequence[ColumnElement[Any]], keys: Sequence[Row]) -> ColumnElement[bool]:
        """The keys come as JSON, because a statement with a mark for each takes long to write and to read."""
        if len(columns) > 1:
            return super().among(columns, keys)
        each = func.json_each(json.dumps([key for (key,) in keys])).table_valued("value")
        return columns[0].in_(select(each.c.value))

    def json(self, body: ColumnElement[str], path: Sequence[str]) -> ColumnElement[str]:
        """What SQLite takes out is quoted again, but for truths, which it makes numbers."""
        kind, value = func.json_type(body, json_path(path)), func.json_extract(body, json_path(path))
        return case((kind.in_(("true", "false")), kind), else_=func.json_quote(value))

    def pairs(self, names: Mapping[str, str]) -> FromClause:
        """A table that is read from JSON."""
        each = func.json_each(json.dumps(names)).table_valued("key", "value")
        return select(each.c.key.label("name"), each.c.value.label("stands")).subquery("people")

    def scrub(self, engine: Engine) -> None:
        """Empty the file of what is written ahead, where erased rows may still stand."""
        with closing(engine.raw_connection()) as connection:
            connection.execute(f"PRAGMA busy_timeout = {min(1_000, round(self.timeout * 1_000))}")
            for _ in range(SCRUBS):
                is_busy, *_rest = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not is_busy:
                    break
            connection.execute(f"PRAGMA busy_timeout = {round(self.timeout * 1_000)}")

    def is_sealed_by(self, error: BaseException) -> bool:
        """By the name of the error."""
        return getattr(error, "sqlite_errorname", "").startswith(_SEALED)

    def trouble(self, error: BaseException) -> StoreError:
        """By the name of the error."""
        name = getattr(error, "sqlite_errorname", "")
        if self.is_sealed_by(error):
            return StoreError(
                f"{self.name}, or the folder in which it is, cannot be written; putting and erasing need both."
            )
        passing = any(name.startswith(known) for known in _PASSING)
        return self.passing(error) if passing else self.lasting(error)


def refuse_other_files(path: Path) -> None:
    """Refuse what is no store of ours by reading its first bytes, so that nothing is changed.

    Raises:
        StoreError: saying what it is.
    """
    if not path.parent.is_dir():
        raise StoreError(f"there is no folder {path.parent} to keep {path.name} in.")
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a file.")
    header = _header(path)
    if not header:
        _refuse_a_lost_file(path)
    elif not header.startswith(_MAGIC):
        _refuse_what_sqlite_refuses(path)
    elif int.from_bytes(header[68:72]) != APPLICATION_ID:
        raise _not_ours(path)
    else:
        _refuse_half_a_page(path, int.from_bytes(header[16:18]))


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(100)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from error


def _refuse_a_lost_file(path: Path) -> None:
    """SQLite would throw away what is written ahead of an empty file."""
    if has_beside(path, "wal"):
        raise StoreError(f"{path} is empty, but {path.name}-wal beside it is not: the file was truncated or replaced.")


def _refuse_what_sqlite_refuses(path: Path) -> None:
    """A header that is not there may be that of a file that is just being made, or whose making broke off."""
    if has_beside(path, "journal"):
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            (schema,) = connection.execute("PRAGMA schema_version").fetchone()
        except sqlite3.DatabaseError:
            schema = 0
    if not schema:
        raise StoreError(f"{path} is not an SQLite file; it is left as it is.")


def _refuse_half_a_page(path: Path, page: int) -> None:
    """SQLite fills up the last page with zeros; what is written ahead may still mend it."""
    if path.stat().st_size % (page or 512) and not has_beside(path, "wal"):
        raise StoreError(f"{path} was cut short: its last page is not whole.")


def _not_ours(path: Path) -> StoreError:
    return StoreError(f"{path} is an SQLite file, but not a store of npscore; it is left as it is.")


def _prepare(connection: Any, _record: object) -> None:
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("npscore_begin", "BEGIN"))
