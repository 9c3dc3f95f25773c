"""What processes of their own do to a store in tests."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from time import monotonic
from typing import Any, TypeVar

from npscore import ConflictError, FollowUp, Record
from npscore.adapters.sql import SQLStore, upgrading
from records import START, answer

T = TypeVar("T")

PRELOADED = [
    "npscore.adapters.sql.store",
    "npscore.adapters.sinks.lines",
    "npscore.service.looping",
    "npscore.loop.replaying",
    "filelock",
    "alembic.command",
    "alembic.runtime.migration",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.mysql.mariadb",
    "psycopg",
    "pymysql",
]
"""Of installed packages: the server of forks does not look where tests lie, and passes over what it does not find."""


def at_once(work: Callable[..., T], calls: Sequence[tuple[Any, ...]]) -> list[T]:
    """What processes of their own give, which wait for each other; one that dies is an error and not a long wait."""
    context = forks()
    together = context.Barrier(len(calls), timeout=60).wait
    with ProcessPoolExecutor(len(calls), mp_context=context, initializer=together) as pool:
        return [future.result() for future in [pool.submit(work, *call) for call in calls]]


def forks() -> BaseContext:
    """Processes that begin with what is slow to import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def import_answers(url: str, writer: int, answers: int) -> tuple[int, int, int]:
    """Shared answers as the worker learns of them, some of its own, and an attempt to open each case.

    Returns:
        How many versions were new, how many cases it opened, how many another had opened.
    """
    store = SQLStore(url)
    new = opened = refused = 0
    for number in range(answers):
        shared = answer(f"shared {number}", known=writer, rating=number % 11)
        new += store.put(shared, answer(f"own {writer} {number}", known=writer))
        case = FollowUp(
            log=f"case {number}", sequence=0, step="opened", done_at=START, actor=f"worker {writer}", known_at=START
        )
        try:
            opened += store.put(case)
        except ConflictError:
            refused += 1
    store.close()
    return new, opened, refused


def killed_after(seconds: float, work: Callable[..., None], *arguments: Any) -> list[Any]:
    """All that a process said until it ended, or was killed so long after its first word."""
    context = forks()
    hears, says = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(says, *arguments))
    process.start()
    says.close()
    with hears:
        assert hears.poll(60), "it never began"
        process.join(seconds)
        process.kill()
        process.join()
        return list(_heard(hears))


def _heard(hears: Connection) -> Iterator[Any]:
    with suppress(EOFError, ConnectionResetError):
        while True:
            yield hears.recv()


def put_batches(says: Connection, url: str, life: int, size: int) -> None:
    """Put one batch after the other, and say which are safe."""
    store = SQLStore(url)
    says.send("begins")
    for number in count():
        store.put(*_batch(f"{life}/{number}", size))
        says.send(number)


def _batch(name: str, size: int) -> list[Record]:
    """Some answers and a follow-up, which belong together."""
    step = FollowUp(log=name, sequence=0, step="opened", done_at=START, known_at=START)
    return [*(answer(f"{name}/{part}", comment="x" * 200) for part in range(size)), step]


def open_place(says: Connection, url: str) -> None:
    """Make a store, or bring it up to date, and say when it began and when it was done."""
    says.send(monotonic())
    SQLStore(url).close()
    says.send(monotonic())


def upgrade_place(says: Connection, url: str, migrations: str) -> None:
    """Bring a store up to the schema of the next release."""
    upgrading.MIGRATIONS, upgrading.HEAD = migrations, "0003"
    open_place(says, url)
