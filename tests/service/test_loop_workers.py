"""Several workers on one loop, killed at any moment, drop nobody and do nothing twice.

`NPSCORE_TEST_LOOP_CRASHES` says how many rounds (as many as `NPSCORE_TEST_CRASHES` says, or 2, unless it does), and
`NPSCORE_TEST_SEED` from which seed the moments are drawn.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random, SystemRandom
from time import sleep
from typing import Any

import pytest

from databases import emptied
from loopers import END, answers_of_all, keep_the_loop
from npscore.adapters.sinks.lines import JsonLinesSink
from npscore.adapters.sql import SQLStore
from npscore.service.looping import Loop
from proof import POLICIES, check_nobody_dropped, outcomes, sent_to
from workers import forks

ROUNDS = int(os.environ.get("NPSCORE_TEST_LOOP_CRASHES") or os.environ.get("NPSCORE_TEST_CRASHES") or "2")
WORKERS = 3
LIVES = 2
ANSWERS = 24


@pytest.fixture
def chance() -> Random:
    """Draws the moments; its seed is shown where a test fails."""
    seed = int(os.environ.get("NPSCORE_TEST_SEED", "0")) or SystemRandom().randrange(1, 2**32)
    sys.stdout.write(f"NPSCORE_TEST_SEED={seed}\n")
    return Random(seed)  # noqa: S311


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_database")


def test_workers_who_are_killed_drop_nobody_and_do_nothing_twice(database: str, tmp_path: Path, chance: Random) -> None:
    seen: Counter[str] = Counter()
    longest = 1.0
    for number in range(ROUNDS):
        url, path = emptied(database), str(tmp_path / f"{number}.jsonl")
        for _ in range(LIVES):
            said = _lives(url, path, chance, longest)
            seen["killed"] += sum(last == "begins" for last in said)
            assert [one for one in said if isinstance(one, str) and one != "begins"] == []
        said = _lives(url, path, chance, None)
        assert all(isinstance(one, float) for one in said), said
        longest = max(said)
        seen.update(_proven(url, path))
    sys.stdout.write(f"{ROUNDS} rounds of {WORKERS} workers, {dict(seen)}\n")


def _lives(url: str, path: str, chance: Random, longest: float | None) -> list[Any]:
    """The last word of workers, each killed at a moment of its own unless they may live."""
    alive = []
    for _ in range(WORKERS):
        hears, says = forks().Pipe(duplex=False)
        process = forks().Process(target=keep_the_loop, args=(says, url, path, chance.randrange(10**9), ANSWERS))
        process.start()
        says.close()
        alive.append((process, hears, chance.uniform(0, longest or 0)))
    last = [hears.recv() for _, hears, _ in alive]
    assert last == ["begins"] * WORKERS
    if longest is not None:
        _kill(alive)
    for place, (process, hears, _) in enumerate(alive):
        with hears, suppress(EOFError, ConnectionResetError):
            while True:
                last[place] = hears.recv()
        process.join()
    return last


def _kill(alive: list[Any]) -> None:
    """Kill each of them, one after the other, so long after they began."""
    passed = 0.0
    for process, _, moment in sorted(alive, key=lambda one: one[2]):
        sleep(moment - passed)
        passed = moment
        process.kill()


def _proven(url: str, path: str) -> dict[str, int]:
    """After a last sweep all is decided, sent and receipted, once."""
    store = SQLStore(url)
    loop = Loop(store, POLICIES, sink=JsonLinesSink(path))
    loop.sweep(END)
    assert loop.sweep(END).sending.waiting == 0
    sent = sent_to(path)
    logs = check_nobody_dropped(store, answers_of_all(ANSWERS), sent)
    receipts = [step.details for log in logs.values() for step in log if step.step == "receipted"]
    taken, ids = {one["action"] for one in receipts if "withheld" not in one}, {action.id for action in sent}
    assert taken <= ids <= {one["action"] for one in receipts}  # what was sent before a crash may be overtaken since
    report = loop.report(END)
    assert (report.undecided, report.owed, report.rejected, report.broken) == (0, 0, 0, {})
    store.close()
    return outcomes(logs) | {"actions": len(sent)}
