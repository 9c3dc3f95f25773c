"""What differs from one database to the next, and how its troubles are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Table, exc, insert, select, tuple_
from sqlalchemy.engine import URL

from npscore.adapters.sql.rows import Row
from npscore.adapters.sql.tables import WRITERS, columns_of
from npscore.errors import MissingExtraError, StoreError, StoreUnavailableError
from npscore.models import KINDS


class OvertakenError(StoreUnavailableError):
    """Another writer put the same row a moment earlier; looking again tells what it was."""


class Database:
    """One database: where it is, how to reach it, and what it does in its own way.

    Attributes:
        url: where it is.
        timeout: how many seconds to wait for others to finish writing.
        name: for people, without a password.
        reading, writing: options of the connections that do either.
    """

    driver = ""
    extra = ""
    reading: Mapping[str, Any] = MappingProxyType({"isolation_level": "REPEATABLE READ"})
    writing: Mapping[str, Any] = MappingProxyType({"isolation_level": "READ COMMITTED"})

    def __init__(self, url: URL, timeout: float) -> None:
        self.url = url
        self.timeout = timeout
        self.name = url.set(query={}).render_as_string(hide_password=True)

    def engine(self) -> Engine:
        """Connections to the database.

        Raises:
            StoreError: when this can be no store, now or ever.
            MissingExtraError: when the driver is not installed.
        """
        raise NotImplementedError

    def refuse_strangers(self, connection: Connection) -> None:
        """Refuse a place without our schema in which others have put something.

        Raises:
            StoreError: saying what was found.
        """

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """Keep others from changing the schema meanwhile."""
        raise NotImplementedError

    def settle(self, engine: Engine) -> None:
        """What is to be set once in a database whose schema is up to date."""

    def lock(self, connection: Connection, stripes: Iterable[int]) -> None:
        """Keep others from writing these keys until the transaction ends; in order, so that nobody waits in a ring."""
        wanted = select(WRITERS.c.stripe).where(WRITERS.c.stripe.in_(sorted(set(stripes))))
        connection.execute(wanted.order_by(WRITERS.c.stripe).with_for_update()).all()

    def insert(self, connection: Connection, table: Table, kind: str, rows: Sequence[Row]) -> None:
        """Add rows, through the driver."""
        columns = list(columns_of(KINDS[kind]))
        statement = insert(table).inline().compile(dialect=connection.dialect, column_keys=columns)
        connection.exec_driver_sql(str(statement), list(rows))

    def among(self, columns: Sequence[ColumnElement[Any]], keys: Sequence[Row]) -> ColumnElement[bool]:
        """What holds for the rows that have one of some keys in these columns."""
        return tuple_(*columns).in_(keys) if len(columns) > 1 else columns[0].in_([key for (key,) in keys])

    def json(self, body: ColumnElement[str], path: Sequence[str]) -> ColumnElement[str]:
        """The value at a path in a column of JSON, as JSON."""
        raise NotImplementedError

    def pairs(self, names: Mapping[str, str]) -> FromClause:
        """A table of names, in the columns ``name`` and ``stands``."""
        raise NotImplementedError

    def scrub(self, engine: Engine) -> None:
        """Leave no trace of rows that were deleted, as far as the database lets us."""

    def is_sealed_by(self, error: BaseException) -> bool:
        """Whether an error of the driver says that nothing can be written here, and reading goes on."""
        return False

    def trouble(self, error: BaseException) -> StoreError:
        """An error of the driver as one of ours."""
        raise NotImplementedError

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell the driver's errors as ours.

        Raises:
            OvertakenError: when a row stands where one was to be put.
            StoreUnavailableError: for trouble that may pass.
            StoreError: for other trouble.
        """
        try:
            yield
        except exc.IntegrityError as error:
            raise OvertakenError(f"{self.name} was written by somebody else meanwhile: {_said(error.orig)}.") from error
        except exc.DBAPIError as error:
            raise self.trouble(error.orig or error) from error
        except exc.TimeoutError as error:
            raise StoreUnavailableError(f"all connections to {self.name} are in use.") from error

    def passing(self, error: BaseException) -> StoreUnavailableError:
        """Trouble that may pass."""
        return StoreUnavailableError(f"{self.name} is busy or cannot be reached: {_said(error)}.")

    def lasting(self, error: BaseException) -> StoreError:
        """Trouble that stays until somebody does something."""
        return StoreError(f"{self.name} did not do it: {_said(error)}.")

    def _need_driver(self) -> Any:
        try:
            return import_module(self.driver)
        except ImportError:
            raise MissingExtraError(self.driver, self.extra) from None


def json_path(path: Sequence[str]) -> str:
    """A path as SQLite and MariaDB write it.

    Example:
        >>> json_path(["attributes", "region"])
        '$."attributes"."region"'
    """
    return "$" + "".join(f'."{name}"' for name in path)


def _said(error: BaseException | None) -> str:
    """What a driver said, on one line, without a full stop."""
    words = error.args[-1] if error is not None and error.args else error
    return " ".join(str(words).split()).rstrip(".")
