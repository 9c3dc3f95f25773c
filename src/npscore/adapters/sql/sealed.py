"""SQLite files that lie where nothing can be written: archives, copies on a disk for reading.

A file that is written ahead needs two more beside it, for reading too. Where they cannot be made, SQLite reads the
file as one that nobody changes; whether that is so is looked at before and after each reading.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event

from npscore.errors import StoreError, StoreUnavailableError

_CLOSED = ("SQLITE_CANTOPEN", "SQLITE_READONLY")


def is_sealed(path: Path) -> bool:
    """Whether a file is there, and SQLite cannot read it as it reads others because of its folder."""
    if os.access(path.parent, os.W_OK) or not path.exists():
        return False
    with closing(_connect(path, "mode=ro")) as connection:
        try:
            connection.execute("PRAGMA schema_version").fetchone()
        except sqlite3.OperationalError as error:
            return error.sqlite_errorname.startswith(_CLOSED)
    return False


def sealed_engine(path: Path, timeout: float) -> Engine:
    """Connections that read a sealed file.

    Raises:
        StoreError: when some of its content is still beside it, where SQLite cannot reach it.
    """
    if has_beside(path, "wal"):
        raise StoreError(
            f"the newest records of {path} are in {path.name}-wal, which cannot be read in a folder that cannot be "
            "written; copy both to one that can."
        )
    seen = _state(path)
    engine = create_engine(
        f"sqlite:///{path}", creator=lambda: _connect(path, "mode=ro&immutable=1"), pool_timeout=timeout
    )
    for moment in ("begin", "commit", "rollback"):
        event.listen(engine, moment, lambda _connection: _refuse_changed(path, seen))
    return engine


def has_beside(path: Path, ending: str) -> bool:
    """Whether SQLite left something beside the file that it still needs."""
    beside = Path(f"{path}-{ending}")
    return beside.exists() and beside.stat().st_size > 0


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None, check_same_thread=False)


def _state(path: Path) -> tuple[Any, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, has_beside(path, "wal")


def _refuse_changed(path: Path, seen: tuple[Any, ...]) -> None:
    if not path.exists() or _state(path) != seen:
        raise StoreUnavailableError(f"{path} was written by somebody else meanwhile; open it again.")
