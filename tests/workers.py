"""What processes of their own do to a store in tests."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

from npscore import ConflictError, FollowUp
from npscore.adapters.sql import SQLStore
from records import START, answer

T = TypeVar("T")

PRELOADED = [
    "npscore.adapters.sql.store",
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
