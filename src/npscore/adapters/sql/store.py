"""The door: a store in a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, Select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from npscore.adapters.arrow import batches_of
from npscore.adapters.memory import check_filters, wanted_of
from npscore.adapters.sql.counting import Count, check_place, names_of
from npscore.adapters.sql.databases import Database, OvertakenError
from npscore.adapters.sql.erasing import erase
from npscore.adapters.sql.mariadb import MariaDB
from npscore.adapters.sql.postgresql import PostgreSQL
from npscore.adapters.sql.reading import about, all_of, gathered, one, standing
from npscore.adapters.sql.rows import batches, is_storable, record_of
from npscore.adapters.sql.sqlite import SQLite
from npscore.adapters.sql.unfinished import SINCE, all_logs, noted
from npscore.adapters.sql.upgrading import bring_up_to_date
from npscore.adapters.sql.writing import Entry, entries, put
from npscore.errors import InputError, NotFoundError, StoreError
from npscore.loop.cases import is_finished
from npscore.models import FollowUp, IdentityLink, Record
from npscore.models.places import Place
from npscore.periods import Grid
from npscore.ports import EVERYTHING, Counted, Progress, Question

if TYPE_CHECKING:
    from npscore.adapters.arrow import Batches

R = TypeVar("R", bound=Record)

DATABASES: dict[str, type[Database]] = {"sqlite": SQLite, "postgresql": PostgreSQL, "mariadb": MariaDB}
"""The databases there are, by the scheme of their URLs."""

BATCH = 10_000
VALUES_AT_A_TIME = 500
ROWS_AT_A_TIME = 1_000
TRIES = 3


class SQLStore:
    """Keeps records in a database: an SQLite file, PostgreSQL or MariaDB.

    A place that is new gets its tables; one that an older npscore wrote is
    upgraded. Threads may share a store; processes each open their own. The
    class has all that `Store`, `BulkStore`, `Engine`, `Exporter`, `Gatherer`
    and `Caseload` ask for.

    Args:
        url: ``sqlite:///npscore.db``, ``postgresql://user@host/database`` or
            ``mariadb://user@host/database``.
        timeout: how many seconds to wait for another writer.

    Raises:
        InputError: for a URL that names no such database.
        StoreError: when what is there is no store, or one of a newer npscore.
        StoreUnavailableError: when the database is busy or cannot be reached.
        MissingExtraError: when the driver is not installed.

    Example:
        >>> import tempfile
        >>> from datetime import UTC, datetime
        >>> from npscore import Response
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = SQLStore(f"sqlite:///{folder.name}/npscore.db")
        >>> today = datetime(2026, 11, 22, tzinfo=UTC)
        >>> answer = Response(id="r1", rating=9, answered_at=today, known_at=today)
        >>> store.put(answer), store.put(answer)
        (1, 0)
        >>> store.close()
        >>> SQLStore(f"sqlite:///{folder.name}/npscore.db").get(Response, "r1").rating
        9
        >>> folder.cleanup()
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        self._database = _database(url, timeout)
        self._engine: Engine | None = self._database.engine()
        try:
            with self._database.told():
                self._schema = bring_up_to_date(self._engine, self._database)
                self._database.settle(self._engine)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"SQLStore({self._database.name!r})"

    def put(self, *records: Record) -> int:
        """Keep records, all of them or none; see `Store.put`."""
        return self._put(list(entries(records)))

    def put_all(self, records: Iterable[Record], *, progress: Progress | None = None) -> int:
        """Keep a stream in batches, each all or nothing; see `BulkStore.put_all`."""
        self._open()
        read = new = 0
        for batch in batches(entries(records), BATCH):
            new += self._put(batch)
            read += len(batch)
            if progress is not None:
                progress(read)
        return new

    def get(self, kind: type[R], *key: Any, as_of: datetime | None = None) -> R:
        """The version of one record that stands; see `Store.get`."""
        with self._transaction() as connection:
            body = connection.execute(one(kind, key, as_of)).scalar()
        if body is None:
            raise NotFoundError(f"no {kind.kind} has the key {', '.join(map(repr, key))}.")
        return record_of(kind, body)

    def find(
        self,
        kind: type[R],
        *,
        as_of: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **equal: str,
    ) -> Iterator[R]:
        """The standing versions of one kind, in the order of their keys; see `Store.find`.

        They are read as they are asked for, and are those of the moment at
        which the first was, whatever is put meanwhile. Until the last is
        read, or the iterator is closed, a connection is held.
        """
        self._open()
        check_filters(kind, equal)
        return self._records(iter([(kind, standing(kind, as_of, since, until, equal))]))

    def versions(self, kind: type[R], *, as_of: datetime | None = None) -> Iterator[R]:
        """Every version of every record of a kind; see `Historian.versions`. They are read as `find` reads."""
        self._open()
        check_filters(kind, {})
        return self._records(iter([(kind, all_of(kind, as_of))]))

    def gather(self, kind: type[R], name: str, values: Iterable[str], *, as_of: datetime | None = None) -> Iterator[R]:
        """The standing versions whose field has one of some values; see `Gatherer.gather`.

        They are read as `find` reads, some hundred values at a time, which
        are taken as they are needed.
        """
        self._open()
        wanted = filter(is_storable, wanted_of(kind, name, values, as_of))
        some = batches(wanted, VALUES_AT_A_TIME)
        return self._records((kind, gathered(self._database, kind, name, values, as_of)) for values in some)

    def unfinished(self) -> Iterator[tuple[FollowUp, ...]]:
        """The logs in which something is left to do; see `Caseload.unfinished`.

        Only their steps are read, as `find` reads; all steps are in a place
        of an older schema that cannot be written.
        """
        self._open()
        return self._unfinished()

    def tally(
        self,
        question: Question = EVERYTHING,
        *,
        by: Sequence[str] = (),
        every: Grid | None = None,
        zone: str = "UTC",
        as_of: datetime | None = None,
    ) -> Counted:
        """Count answers in the database; see `Engine.tally`.

        Raises:
            InputError: for an attribute with a quote or a backslash in its name.
        """
        places = [Place.read(name) for name in by]
        for place in (*places, *map(Place.read, question.where)):
            check_place(place)
        with self._transaction() as connection:
            names = names_of(self._linked(connection, as_of))
            count = Count(
                database=self._database,
                question=question,
                places=places,
                every=every,
                zone=zone,
                as_of=as_of,
                people=self._database.pairs(names) if names else None,
            )
            return Counted.of(count.seen(connection))

    def frame(self, kind: type[Record], *, as_of: datetime | None = None, attributes: Sequence[str] = ()) -> Batches:
        """The standing records of a kind as Arrow batches; see `npscore.adapters.arrow.batches_of`."""
        self._open()
        return batches_of(self, kind, as_of=as_of, attributes=attributes)

    def erase(self, customer_id: str) -> int:
        """Forget a person; see `Store.erase`.

        SQLite overwrites what was erased, in the file at once and in the log
        beside it as soon as nobody reads it any more; PostgreSQL is asked to
        vacuum; InnoDB under MariaDB purges by itself, later. Backups and the
        logs of servers are out of reach.
        """
        engine = self._open()
        with self._transaction(writing=True) as connection:
            erased = erase(self._database, connection, customer_id)
        with self._database.told():
            self._database.scrub(engine)
        return erased

    def export(self, customer_id: str) -> Iterator[Record]:
        """Every version of every record about a customer; see `Exporter.export`."""
        self._open()
        return self._records(about(customer_id))

    def close(self) -> None:
        """Let go of all connections; see `Store.close`."""
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    def _linked(self, connection: Connection, as_of: datetime | None) -> Iterator[IdentityLink]:
        for body in connection.execute(standing(IdentityLink, as_of)).scalars():
            yield record_of(IdentityLink, body)

    def _open(self) -> Engine:
        if self._engine is None:
            raise StoreError("the store is closed; open it again.")
        return self._engine

    def _put(self, some: list[Entry]) -> int:
        for _ in range(TRIES - 1):
            with suppress(OvertakenError):
                return self._try_to_put(some)
        return self._try_to_put(some)

    def _try_to_put(self, some: list[Entry]) -> int:
        with self._transaction(writing=True) as connection:
            return put(self._database, connection, some)

    @contextmanager
    def _transaction(self, *, writing: bool = False) -> Iterator[Connection]:
        options = self._database.writing if writing else self._database.reading
        engine = self._open()
        with self._database.told(), engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def _unfinished(self) -> Iterator[tuple[FollowUp, ...]]:
        with self._transaction() as connection:
            for bodies in noted(self._database, connection) if self._schema >= SINCE else all_logs(connection):
                self._open()
                log = tuple(record_of(FollowUp, body) for body in bodies)
                if not is_finished(log):
                    yield log

    def _records(self, statements: Iterator[tuple[type[R], Select[str]]]) -> Iterator[R]:
        with self._transaction() as connection:
            for kind, statement in statements:
                bodies = connection.execution_options(yield_per=ROWS_AT_A_TIME).execute(statement).scalars()
                for body in bodies:
                    self._open()
                    yield record_of(kind, body)


def _database(url: str, timeout: float) -> Database:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise InputError(f"{url!r} is no URL; a store is named as in sqlite:///npscore.db.") from None
    if parsed.drivername not in DATABASES:
        raise InputError(f"there is no {parsed.drivername}://; there are {', '.join(DATABASES)}.")
    return DATABASES[parsed.drivername](parsed, timeout)
