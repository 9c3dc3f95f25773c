"""The names of the logs in which something is left to do, and an index of follow-ups by time.

The names are worked out of the steps that are there. MariaDB cannot take back a table, so one that is there from an
attempt that broke off is filled anew. On a server the locks of all writers are held: where a change of the schema lets
go of them, they are taken again.
"""

from typing import Any

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, select
from sqlalchemy import column as named
from sqlalchemy import table as some_table

from npscore.adapters.sql.tables import text
from npscore.adapters.sql.unfinished import by_log, is_left

revision = "0002"
down_revision = "0001"

OPTIONS: dict[str, Any] = {
    "sqlite_strict": True,
    "sqlite_with_rowid": False,
    "mysql_engine": "InnoDB",
    "mariadb_engine": "InnoDB",
    "if_not_exists": True,
}
AT_A_TIME = 1_000
_STEPS = some_table("npscore_follow_up", named("log"), named("sequence"), named("body"))
_WRITERS = some_table("npscore_writer", named("stripe"))
_NAMES = some_table("npscore_unfinished", named("log"))


def upgrade() -> None:
    """Make the table and the index, and fill the table."""
    _lock()
    name = Column("log", text(200), nullable=False)
    op.create_table("npscore_unfinished", name, PrimaryKeyConstraint("log"), **OPTIONS)
    has_value = named("happened_at").is_not(None)
    op.create_index(
        "npscore_follow_up_by_happened_at",
        "npscore_follow_up",
        ["happened_at"],
        if_not_exists=True,
        sqlite_where=has_value,
        postgresql_where=has_value,
    )
    _lock()
    _fill()


def _lock() -> None:
    op.get_bind().execute(select(_WRITERS.c.stripe).order_by(_WRITERS.c.stripe).with_for_update()).all()


def _fill() -> None:
    connection = op.get_bind()
    in_order = select(_STEPS.c.log, _STEPS.c.body).order_by(_STEPS.c.log, _STEPS.c.sequence)
    with connection.execute(in_order, execution_options={"yield_per": AT_A_TIME}) as rows:
        names = [{"log": log} for log, bodies in by_log(rows) if is_left(bodies)]
    connection.execute(_NAMES.delete())
    for place in range(0, len(names), AT_A_TIME):
        op.bulk_insert(_NAMES, names[place : place + AT_A_TIME])
