"""Forgetting a person: their rows go, and what `npscore.models.erasure` leaves of them comes back under new names."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from sqlalchemy import Connection, Select, bindparam, delete, select

from npscore.adapters.sql.databases import Database
from npscore.adapters.sql.reading import Condition, concerns
from npscore.adapters.sql.rows import record_of, row_of
from npscore.adapters.sql.tables import STRIPES, TABLES
from npscore.adapters.sql.unfinished import note
from npscore.models import KINDS, Exclusion, FollowUp, Record, Response
from npscore.models.erasure import PREFIX, anonymous


def erase(database: Database, connection: Connection, customer_id: str) -> int:
    """Replace all versions about a person by what is left of them; returns how many those were."""
    database.lock(connection, range(STRIPES))
    names: dict[tuple[str, str], str] = {}
    erased = [(kind, list(_taken(connection, kind, customer_id))) for kind in KINDS.values()]
    for kind, versions in erased:
        left = [anonymous(version, lambda *old: names.setdefault(old, _new_name())) for _, version in versions]
        rows = [row_of(version) for version in left if version is not None]
        _delete(connection, kind, [arrival for arrival, _ in versions])
        if rows:
            database.insert(connection, TABLES[kind.kind], kind.kind, rows)
    logs = {version.log for _, versions in erased for _, version in versions if isinstance(version, FollowUp)}
    note(database, connection, dict.fromkeys(logs))
    return sum(len(versions) for _, versions in erased)


def _new_name() -> str:
    return f"{PREFIX}{uuid4().hex}"


def _taken(connection: Connection, kind: type[Record], customer_id: str) -> Iterator[tuple[int, Record]]:
    """All versions of a kind that go, with their numbers."""
    table = TABLES[kind.kind]
    for arrival, body in connection.execute(select(table.c.arrival, table.c.body).where(_goes(kind, customer_id))):
        yield arrival, record_of(kind, body)


def _goes(kind: type[Record], customer_id: str) -> Condition:
    """Which rows go: of a key with versions all where one is about the person; exclusions by their response."""
    table = TABLES[kind.kind]
    if kind is Exclusion:
        return table.c.response_id.in_(_ids(Response, customer_id))
    if kind.versioned and "customer_id" in table.c:
        return table.c.id.in_(_ids(kind, customer_id))
    return concerns(kind, customer_id)


def _ids(kind: type[Record], customer_id: str) -> Select[str]:
    return select(TABLES[kind.kind].c.id).where(concerns(kind, customer_id))


def _delete(connection: Connection, kind: type[Record], arrivals: list[int]) -> None:
    table = TABLES[kind.kind]
    if arrivals:
        one = delete(table).where(table.c.arrival == bindparam("number"))
        connection.execute(one, [{"number": arrival} for arrival in arrivals])
