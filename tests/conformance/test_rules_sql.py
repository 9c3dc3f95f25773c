"""Databases keep the laws of engines that run rules."""

import math
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Double,
    Engine,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    create_engine,
    select,
)
from sqlalchemy.dialects import mysql

from databases import beside
from npscore import rule_condition
from npscore.testing.engines import EngineConformance, Select

TYPES = {
    "truth": Boolean(),
    "integer": BigInteger(),
    "float": Double(),
    "decimal": Numeric(20, 6),
    "text": Text()
    .with_variant(Text(collation="NOCASE"), "sqlite")
    .with_variant(mysql.LONGTEXT(charset="utf8mb4", collation="utf8mb4_general_ci"), "mysql", "mariadb"),
    "time": DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
}


def kept(column, database):
    """Cells as a database can keep them."""
    for cell in column.cells:
        if cell is None or (column.make == "float" and database == "mariadb" and math.isnan(cell)):
            yield None
        elif column.make == "time":
            yield cell.astimezone(UTC) if database == "postgresql" else cell.astimezone(UTC).replace(tzinfo=None)
        else:
            yield cell


class Rows:
    """A table in a database, made anew when other cells are asked about."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.kept, self.made = connection, None, None

    def select(self, rule, table, now):
        """What the database says of each row."""
        self.keep(table)
        names = {column.name: self.made.c[f"c{place}"] for place, column in enumerate(table.columns)}
        condition, place = rule_condition(rule, names, now=now), self.made.c.place
        meant = set(self.connection.scalars(select(place).where(condition)))
        said = self.connection.execute(select(place, condition).order_by(place)).all()
        assert meant == {row for row, answer in said if answer}
        return [answer for _, answer in said]

    def keep(self, table):
        if self.kept == repr(table):
            return
        if self.made is not None:
            self.made.drop(self.connection)
        named = [Column(column.name, TYPES[column.make], key=f"c{n}") for n, column in enumerate(table.columns)]
        place = Column("place", Integer, primary_key=True, autoincrement=False)
        self.kept, self.made = repr(table), Table("rows", MetaData(), place, *named)
        self.made.create(self.connection)
        cells = zip(*(kept(column, self.connection.dialect.name) for column in table.columns), strict=True)
        for number, row in enumerate(cells):
            self.connection.execute(self.made.insert(), {"place": number, **{f"c{n}": c for n, c in enumerate(row)}})


def selecting(engine: Engine) -> Iterator[Select]:
    with closing(engine.connect().execution_options(isolation_level="AUTOCOMMIT")) as connection:
        if connection.dialect.name == "postgresql":
            connection.connection.driver_connection.prepare_threshold = None  # the tables change under one name
        yield Rows(connection).select


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Select]:
    yield from selecting(create_engine("sqlite://"))


@pytest.fixture(scope="module")
def postgresql(postgresql_database: str) -> Iterator[Select]:
    yield from selecting(beside(postgresql_database))


@pytest.fixture(scope="module")
def mariadb(mariadb_database: str) -> Iterator[Select]:
    yield from selecting(beside(mariadb_database))


@pytest.mark.filterwarnings("ignore:Dialect sqlite.*does .not. support Decimal")
class TestSQLite(EngineConformance):
    max_examples = 60

    @pytest.fixture
    def select(self, sqlite: Select) -> Select:
        return sqlite


class TestPostgreSQL(EngineConformance):
    max_examples = 40

    @pytest.fixture
    def select(self, postgresql: Select) -> Select:
        return postgresql


class TestMariaDB(EngineConformance):
    max_examples = 40
    infinities = False

    @pytest.fixture
    def select(self, mariadb: Select) -> Select:
        return mariadb
