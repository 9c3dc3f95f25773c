"""The logs in which something is left to do: their names stand in a table of their own.

Whoever puts or erases steps of a log works out in the same transaction whether it is finished, and holds the lock of
the log meanwhile. So a sweep reads the few logs that are open, however many are closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select

from npscore.adapters.sql.databases import Database
from npscore.adapters.sql.rows import batches, record_of
from npscore.adapters.sql.tables import TABLES, UNFINISHED
from npscore.errors import StoreError
from npscore.loop.cases import LAST_STEPS, is_finished
from npscore.models import FollowUp
from npscore.models.erasure import is_erased

LOGS_AT_A_TIME = 500
SINCE = "0002"
"""The version of the schema that has the table."""

_STEPS = TABLES[FollowUp.kind]
Bodies = list[str]  # of the steps of a log, in order


def note(database: Database, connection: Connection, judged: Mapping[str, bool | None]) -> None:
    """Write down in which of some logs something is left to do.

    Args:
        database: whose transaction it is.
        connection: which holds the locks of the logs.
        judged: the logs whose steps were put or erased, and whether something is left to do, as `judge` says.
    """
    for some in batches(judged, LOGS_AT_A_TIME):
        left = {log: bool(judged[log]) for log in some}
        unread = [log for log in some if judged[log] is None]
        left |= {log: is_left(bodies) for log, bodies in _logs_among(database, connection, unread)}
        _write(database, connection, left)


def judge(log: str, new: Mapping[int, FollowUp], kept: AbstractSet[int]) -> bool | None:
    """Whether something of a log is left to do, None where its steps have to be read for that.

    Args:
        log: its id.
        new: the steps that were put, by sequence.
        kept: the places of those that were there before.
    """
    if not kept or is_erased(log):
        return not is_finished(list(new.values()))
    places = kept | new.keys()
    last = max(places)
    if last >= len(places):
        return True
    return True if last in new and new[last].step not in LAST_STEPS else None


def is_left(bodies: Iterable[str]) -> bool:
    """Whether something of a log is left to do; of one that cannot be read, somebody has to look at it."""
    try:
        return not is_finished([record_of(FollowUp, body) for body in bodies])
    except StoreError:
        return True


def noted(database: Database, connection: Connection) -> Iterator[Bodies]:
    """The logs whose names stand in the table, in order."""
    last: str | None = None
    while names := connection.execute(_names_after(last)).scalars().all():
        last = names[-1]
        for _, bodies in _logs_among(database, connection, names):
            yield bodies


def all_logs(connection: Connection) -> Iterator[Bodies]:
    """All logs there are, in order, of a place without the table."""
    with connection.execute(_steps(), execution_options={"yield_per": LOGS_AT_A_TIME}) as rows:
        for _, bodies in by_log(rows):
            yield bodies


def by_log(rows: Iterable[Any]) -> Iterator[tuple[str, Bodies]]:
    """The bodies of steps by log, of rows of both that come log by log."""
    for log, steps in groupby(rows, itemgetter(0)):
        yield log, [body for _, body in steps]


def _logs_among(database: Database, connection: Connection, names: Sequence[str]) -> Iterator[tuple[str, Bodies]]:
    if not names:
        return
    wanted = database.among([_STEPS.c.log], [(name,) for name in names])
    yield from by_log(connection.execute(_steps().where(wanted)).all())


def _steps() -> Select[Any]:
    return select(_STEPS.c.log, _STEPS.c.body).order_by(_STEPS.c.log, _STEPS.c.sequence)


def _names_after(last: str | None) -> Select[str]:
    names = select(UNFINISHED.c.log).order_by(UNFINISHED.c.log).limit(LOGS_AT_A_TIME)
    return names if last is None else names.where(UNFINISHED.c.log > last)


def _write(database: Database, connection: Connection, left: Mapping[str, bool]) -> None:
    """Add and take away names, where that changes anything."""
    wanted = database.among([UNFINISHED.c.log], [(log,) for log in left])
    there = set(connection.execute(select(UNFINISHED.c.log).where(wanted)).scalars())
    new = [log for log, is_open in left.items() if is_open and log not in there]
    gone = [(log,) for log, is_open in left.items() if not is_open and log in there]
    if gone:
        connection.execute(delete(UNFINISHED).where(database.among([UNFINISHED.c.log], gone)))
    if new:
        connection.execute(insert(UNFINISHED), [{"log": log} for log in new])
