"""The version of the schema: new places get the newest, older ones are brought up to it, newer ones are refused."""

from __future__ import annotations

from threading import Lock

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from npscore.adapters.sql.databases import Database
from npscore.adapters.sql.tables import PREFIX
from npscore.errors import StoreError

HEAD = "0002"
"""The version of the schema that this npscore writes: the name of the last file in ``migrations/versions``."""

VERSION_TABLE = f"{PREFIX}schema"
MIGRATIONS = "npscore.adapters.sql:migrations"

_ONE_AT_A_TIME = Lock()  # Alembic keeps what it works on in globals


def bring_up_to_date(engine: Engine, database: Database) -> str:
    """Give a database the schema of this npscore, all or nothing where the database can.

    Returns:
        The version of the schema: an older one only of a place that cannot be written, which is read as it is.

    Raises:
        StoreError: when its schema is newer, or when what is there is not ours.
    """
    with engine.connect() as connection:
        found = _found(connection, database)
    if found == HEAD:
        return HEAD
    try:
        _write_schema(engine, database)
    except DBAPIError as error:
        if found is None or error.orig is None or not database.is_sealed_by(error.orig):
            raise
        return found
    return HEAD


def _write_schema(engine: Engine, database: Database) -> None:
    writer = engine.connect().execution_options(**database.writing)
    with writer as connection, connection.begin(), database.alone(connection):
        if _found(connection, database) != HEAD:
            _upgrade(connection)


def _found(connection: Connection, database: Database) -> str | None:
    """The version of the schema that is there and may be brought up to date, None of a new place."""
    found = version_of(connection)
    if found is None:
        database.refuse_strangers(connection)
    elif not found.isdecimal():
        raise StoreError(f"{database.name} has a schema {found!r} that no npscore made.")
    elif int(found) > int(HEAD):
        raise StoreError(
            f"{database.name} has schema {found}, written by a newer npscore; this one knows {HEAD} and older. "
            "Upgrade npscore to open it."
        )
    return found


def version_of(connection: Connection) -> str | None:
    """The version of the schema that is there, None where there is none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return version


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")
