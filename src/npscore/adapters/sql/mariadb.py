"""MariaDB, by PyMySQL."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    String,
    column,
    create_engine,
    event,
    func,
    select,
    text,
)

from npscore.adapters.sql.databases import Database, json_path
from npscore.errors import StoreError, StoreUnavailableError

_NAME = "VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
_PAIRS = f"JSON_TABLE(:pairs, '$[*]' COLUMNS (name {_NAME} PATH '$[0]', stands {_NAME} PATH '$[1]')) AS pairs"
_UPGRADE = "npscore schema"
_PASSING = {1040, 1203, 1205, 1213, 2002, 2003, 2006, 2013}  # too many, locked, deadlock, not reached, lost


class MariaDB(Database):
    """A server."""

    driver = "pymysql"
    extra = "mariadb"

    def engine(self) -> Engine:
        """Connections to the server, in which nothing is cut short or replaced silently."""
        self._need_driver()
        url = self.url.set(drivername="mariadb+pymysql").update_query_dict({"charset": "utf8mb4"})
        engine = create_engine(url, pool_pre_ping=True, pool_timeout=self.timeout, paramstyle="format")
        event.listen(engine, "connect", self._prepare)
        return engine

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """A named lock; here a change of the schema ends the transaction."""
        seconds = ceil(self.timeout)
        if not connection.execute(text("SELECT GET_LOCK(:name, :wait)"), {"name": _UPGRADE, "wait": seconds}).scalar():
            raise StoreUnavailableError(f"somebody else is changing the schema of {self.name}.")
        try:
            yield
            connection.exec_driver_sql("COMMIT")  # before others look
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _UPGRADE})

    def json(self, body: ColumnElement[str], path: Sequence[str]) -> ColumnElement[str]:
        """The text of the value as it stands there; joined to nothing, because MariaDB would compare it unquoted."""
        return func.concat(func.json_extract(body, json_path(path)), "")

    def pairs(self, names: Mapping[str, str]) -> FromClause:
        """A table that is read from JSON."""
        read = text(_PAIRS).bindparams(pairs=json.dumps(list(names.items())))
        return select(column("name", String), column("stands", String)).select_from(read).subquery("people")

    def trouble(self, error: BaseException) -> StoreError:
        """By the number of the error."""
        passing = error.args and error.args[0] in _PASSING
        return self.passing(error) if passing else self.lasting(error)

    def _prepare(self, connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION')")
            cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", (max(1, ceil(self.timeout)),))
