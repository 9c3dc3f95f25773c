"""A table for each kind of record, and the stripes that writers lock.

What is written here never changes: it is what files of this version have. MariaDB cannot take back a table, so each
is made only where it is not there from an attempt that broke off.
"""

from typing import Any

from alembic import op
from sqlalchemy import Column, Identity, Integer, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy import column as named
from sqlalchemy import table as some_table

from npscore.adapters.sql.tables import long_text, moment, text, truth

revision = "0001"
down_revision = None

SAFE: dict[str, Any] = {
    "sqlite_strict": True,
    "mysql_engine": "InnoDB",
    "mariadb_engine": "InnoDB",
    "if_not_exists": True,
}
STRIPES = 64


def upgrade() -> None:
    """Make the tables."""
    _records("customer", ["id"], [_text("account_id")])
    _records("account", ["id"], [])
    _records("interaction", ["id"], [_text("customer_id"), _text("account_id")])
    _records("invitation", ["id"], [*_texts("customer_id", "account_id", "interaction_id"), _survey()])
    asked = _texts("customer_id", "account_id", "invitation_id", "interaction_id")
    _records("response", ["id"], [*asked, _survey(), *_counted()])
    _records("follow_up", ["log", "sequence"], _texts("customer_id", "response_id"), versioned=False)
    _records("exclusion", ["id"], [_text("response_id", nullable=False), _text("lifts")], versioned=False)
    same = [_text("customer_id", nullable=False), _text("same_as", nullable=False)]
    _records("identity_link", ["id"], same, versioned=False)
    _stripes()


def _records(kind: str, key: list[str], searched: list[Column[Any]], *, versioned: bool = True) -> None:
    name = f"npscore_{kind}"
    op.create_table(
        name,
        Column("arrival", moment(), Identity(), nullable=False),
        *(Column(part, Integer() if part == "sequence" else text(200), nullable=False) for part in key),
        Column("revised_at", moment(), nullable=False),
        Column("known_at", moment(), nullable=False),
        Column("happened_at", moment()),
        Column("digest", text(200), nullable=False),
        *searched,
        Column("body", long_text(), nullable=False),
        PrimaryKeyConstraint("arrival"),
        UniqueConstraint(*key, *(["revised_at", "known_at"] if versioned else []), name=f"{name}_key"),
        sqlite_autoincrement=True,
        **SAFE,
    )
    looked_up = [column for column in searched if column.name.endswith("_id") or column.name in ("same_as", "lifts")]
    for column in [*([Column("happened_at", moment())] if kind == "response" else []), *looked_up]:
        _index(name, column)


def _index(table: str, column: Column[Any]) -> None:
    has_value = named(column.name).is_not(None) if column.nullable else None
    name = f"{table}_by_{column.name}"
    op.create_index(name, table, [column.name], if_not_exists=True, sqlite_where=has_value, postgresql_where=has_value)


def _text(name: str, *, nullable: bool = True, length: int = 200) -> Column[Any]:
    return Column(name, text(length), nullable=nullable)


def _texts(*names: str) -> list[Column[Any]]:
    return [_text(name) for name in names]


def _survey() -> Column[Any]:
    return _text("survey", length=1_000)


def _counted() -> list[Column[Any]]:
    asked = [_text(name, nullable=False) for name in ("scale", "metric", "survey_kind")]
    marks = [Column(name, truth(), nullable=False) for name in ("completed", "test")]
    return [Column("rating", Integer()), *asked, *marks]


def _stripes() -> None:
    op.create_table("npscore_writer", Column("stripe", Integer(), primary_key=True, autoincrement=False), **SAFE)
    stripes = some_table("npscore_writer", named("stripe"))
    op.execute(stripes.delete())
    op.bulk_insert(stripes, [{"stripe": number} for number in range(STRIPES)])
