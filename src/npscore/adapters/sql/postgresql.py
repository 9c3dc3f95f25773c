"""PostgreSQL, by psycopg; rows come in by COPY."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Table,
    Text,
    cast,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
    type_coerce,
)

from npscore.adapters.sql.databases import Database, OvertakenError
from npscore.adapters.sql.rows import Row
from npscore.adapters.sql.tables import TABLES, UNFINISHED, columns_of
from npscore.errors import StoreError
from npscore.models import KINDS

_UPGRADE = 0x4E505363  # the number of the lock that those who change the schema hold
_READ_ONLY = "25006"
_PASSING = ("08", "40", "53", "57P", "55P03")  # lost, rolled back, out of room, shutting down, locked


class PostgreSQL(Database):
    """A server."""

    driver = "psycopg"
    extra = "postgres"

    def engine(self) -> Engine:
        """Connections to the server, which must keep texts in UTF-8."""
        self._psycopg = self._need_driver()
        url = self.url.set(drivername="postgresql+psycopg")
        engine = create_engine(url, pool_pre_ping=True, pool_timeout=self.timeout)
        event.listen(engine, "connect", self._prepare)
        return engine

    def refuse_strangers(self, connection: Connection) -> None:
        """Refuse a database that would lose characters; tables of others do not disturb."""
        encoding = connection.execute(text("SHOW server_encoding")).scalar()
        if encoding != "UTF8":
            raise StoreError(f"{self.name} keeps texts in {encoding} and would lose characters; make one in UTF8.")

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """A lock that ends with the transaction."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _UPGRADE})
        yield

    def insert(self, connection: Connection, table: Table, kind: str, rows: Sequence[Row]) -> None:
        """Add rows by COPY."""
        columns = ", ".join(columns_of(KINDS[kind]))
        cursor = connection.connection.cursor()
        try:
            with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        except self._psycopg.errors.UniqueViolation as error:
            raise OvertakenError(f"{self.name} was written by somebody else meanwhile.") from error
        except self._psycopg.Error as error:
            raise self.trouble(error) from error
        finally:
            cursor.close()

    def among(self, columns: Sequence[ColumnElement[Any]], keys: Sequence[Row]) -> ColumnElement[bool]:
        """The keys come as one array, because a statement with a mark for each takes long to write and to read."""
        if len(columns) > 1:
            return super().among(columns, keys)
        return columns[0] == func.any(literal([key for (key,) in keys], ARRAY(Text)))

    def json(self, body: ColumnElement[str], path: Sequence[str]) -> ColumnElement[str]:
        """The text of the value as it stands there."""
        return cast(func.json_extract_path(cast(body, JSON), *path), Text)

    def pairs(self, names: Mapping[str, str]) -> FromClause:
        """A table that is read from JSON."""
        each = func.json_each_text(cast(type_coerce(json.dumps(names), Text), JSON)).table_valued("key", "value")
        return select(each.c.key.label("name"), each.c.value.label("stands")).subquery("people")

    def scrub(self, engine: Engine) -> None:
        """Give the room of deleted rows back to the tables."""
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in (*TABLES.values(), UNFINISHED):
                connection.execute(text(f"VACUUM {table.name}"))

    def is_sealed_by(self, error: BaseException) -> bool:
        """By the SQLSTATE, as of a server that repeats another."""
        return getattr(error, "sqlstate", None) == _READ_ONLY

    def trouble(self, error: BaseException) -> StoreError:
        """By the SQLSTATE; without one, the server was not reached."""
        state = getattr(error, "sqlstate", None)
        unreached = state is None and isinstance(error, self._psycopg.OperationalError)
        passing = unreached or str(state).startswith(_PASSING)
        return self.passing(error) if passing else self.lasting(error)

    def _prepare(self, connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", (f"{round(self.timeout * 1000)}ms",))
            cursor.execute("SELECT set_config('client_encoding', 'UTF8', false)")
        connection.commit()
