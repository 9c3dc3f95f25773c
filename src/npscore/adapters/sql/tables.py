"""The tables: one for each kind of record, one row for each version, the whole record as JSON beside what is searched.

Times are counted in microseconds, so that their order is exact in every database. Texts keep every character and are
compared by code point: SQLite does so by itself, PostgreSQL under the collation "C", MariaDB under
``utf8mb4_nopad_bin``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from npscore.models import KINDS, FollowUp, Record, Response
from npscore.models.fields import LONGEST_ID, LONGEST_LINE
from npscore.ports import FILTERS

PREFIX = "npscore_"
STRIPES = 64
COUNTED = {
    "response": ("rating", "scale", "metric", "survey_kind", "completed", "test"),
    "exclusion": ("lifts",),
}
"""The fields, beside the filters, that are columns so that databases can count answers."""

_LONGEST = {"survey": LONGEST_LINE}
_WHOLE_NUMBERS = {"rating", "sequence"}
_TRUTHS = {"completed", "test"}
_EXACT = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}


def text(length: int) -> TypeEngine[str]:
    """Text up to a length, compared by code point, blanks at its end included."""
    kind = String(length).with_variant(Text(), "sqlite").with_variant(String(length, collation="C"), "postgresql")
    return kind.with_variant(mysql.VARCHAR(length, **_EXACT), "mysql", "mariadb")


def long_text() -> TypeEngine[str]:
    """Text without an end."""
    kind = Text().with_variant(Text(collation="C"), "postgresql")
    return kind.with_variant(mysql.LONGTEXT(**_EXACT), "mysql", "mariadb")


def moment() -> TypeEngine[int]:
    """Microseconds since 1970 in UTC."""
    return BigInteger().with_variant(Integer(), "sqlite")


def truth() -> TypeEngine[int]:
    """0 or 1."""
    return SmallInteger().with_variant(Integer(), "sqlite")


def columns_of(kind: type[Record]) -> tuple[str, ...]:
    """The columns that a record fills, in order; the first are its key."""
    searched = [name for name in FILTERS if name in kind.model_fields and name not in kind.keyed_by]
    counted = COUNTED.get(kind.kind, ())
    return (*kind.keyed_by, "revised_at", "known_at", "happened_at", "digest", *searched, *counted, "body")


def _type(name: str) -> TypeEngine[Any]:
    if name.endswith("_at"):
        return moment()
    if name in _WHOLE_NUMBERS:
        return Integer()
    if name in _TRUTHS:
        return truth()
    return long_text() if name == "body" else text(_LONGEST.get(name, LONGEST_ID))


def _column(kind: type[Record], name: str) -> Column[Any]:
    field = kind.model_fields.get(name)
    may_be_null = name == "happened_at" or (field is not None and not field.is_required() and field.default is None)
    return Column(name, _type(name), nullable=may_be_null and name != "revised_at")


def _index(table: Table, name: str) -> Index:
    """An index of the rows that have a value, where the database can leave out the others."""
    column = table.c[name]
    has_value = column.is_not(None) if column.nullable else None
    return Index(f"{table.name}_by_{name}", column, sqlite_where=has_value, postgresql_where=has_value)


def _table(kind: type[Record], metadata: MetaData) -> Table:
    name = f"{PREFIX}{kind.kind}"
    unique = (*kind.keyed_by, "revised_at", "known_at") if kind.versioned else kind.keyed_by
    table = Table(
        name,
        metadata,
        Column("arrival", moment(), Identity(), primary_key=True),
        *(_column(kind, column) for column in columns_of(kind)),
        UniqueConstraint(*unique, name=f"{name}_key"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    looked_up = {*FILTERS, "lifts", "happened_at" if kind in (Response, FollowUp) else ""} - {"survey", *kind.keyed_by}
    for column in columns_of(kind):
        if column in looked_up:
            _index(table, column)
    return table


METADATA = MetaData()
TABLES: dict[str, Table] = {name: _table(kind, METADATA) for name, kind in KINDS.items()}
"""By the name of the kind."""

WRITERS = Table(
    f"{PREFIX}writer",
    METADATA,
    Column("stripe", Integer(), primary_key=True, autoincrement=False),
    sqlite_strict=True,
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
)
"""What writers to a server lock, one stripe for each hash of a key, so that a key has one writer at a time.

The stripe of a follow-up is that of its log: whether a log is finished is told by all of its steps.
"""

UNFINISHED = Table(
    f"{PREFIX}unfinished",
    METADATA,
    Column("log", text(LONGEST_ID), primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
)
"""The logs in which something is left to do, worked out of their steps by whoever puts or erases one."""
