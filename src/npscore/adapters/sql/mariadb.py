"""MariaDB, by PyMySQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text

from npscore.adapters.sql.databases import Database
from npscore.errors import StoreError, StoreUnavailableError

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

    def trouble(self, error: BaseException) -> StoreError:
        """By the number of the error."""
        passing = error.args and error.args[0] in _PASSING
        return self.passing(error) if passing else self.lasting(error)

    def _prepare(self, connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION')")
            cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", (max(1, ceil(self.timeout)),))
