"""What processes of their own do to a file of actions in tests; light to import, as each of them does."""

from __future__ import annotations

from datetime import UTC, datetime
from multiprocessing.connection import Connection
from random import Random

from filelock import FileLock

from npscore.adapters.sinks.lines import JsonLinesSink
from npscore.loop.actions import Action

START = datetime(2026, 11, 22, tzinfo=UTC)


def task(name: str) -> Action:
    """An action of some length."""
    return Action(
        id=name,
        do="contact",
        log=name,
        policy="p",
        customer_id=None,
        response_id=None,
        to=None,
        asked_at=START,
        details={"note": name * 500},
    )


def send_all(path: str, seed: int, tasks: int, told: Connection) -> None:
    """Sends every action once it is told to go, in the order of a seed, and tells each receipt."""
    names = [f"a{number}" for number in range(tasks)]
    Random(seed).shuffle(names)  # noqa: S311
    sink = JsonLinesSink(path)
    told.send("ready")
    told.recv()
    for name in names:
        sink.send(task(name))
        told.send(name)


def hold(path: str, told: Connection) -> None:
    """Holds a lock until it is told to let go."""
    with FileLock(path):
        told.send("held")
        told.recv()
