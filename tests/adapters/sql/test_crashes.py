"""A process that is killed at any moment loses nothing that it was told is safe, and leaves nothing half done.

`NPSCORE_TEST_CRASHES` says how often (4 times, unless it does), `NPSCORE_TEST_SEED` from which seed the moments are
drawn. The same seed draws the same moments; what a process is doing by then is the machine's affair.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from random import Random, SystemRandom
from tempfile import mkdtemp

import pytest
from sqlalchemy import inspect, text

from absent import DATABASES
from databases import beside, emptied, fresh, next_migrations
from npscore import FollowUp, Response
from npscore.adapters.sql import SQLStore, upgrading
from npscore.adapters.sql.tables import STRIPES
from records import answer, everything
from workers import killed_after, open_place, put_batches, upgrade_place

ROUNDS = int(os.environ.get("NPSCORE_TEST_CRASHES", "4"))
SIZE = 40
LONGEST_LIFE = 0.5  # seconds
ANSWERS = {f"r{number}": number % 11 for number in range(200)}
MORE = 'op.execute("UPDATE npscore_response SET wait_for = rating")'

Place = Callable[[], AbstractContextManager[str]]


@pytest.fixture
def chance() -> Random:
    """Draws the moments; its seed is shown where a test fails."""
    seed = int(os.environ.get("NPSCORE_TEST_SEED", "0")) or SystemRandom().randrange(1, 2**32)
    sys.stdout.write(f"NPSCORE_TEST_SEED={seed}\n")
    return Random(seed)  # noqa: S311


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest) -> str:
    return emptied(request.getfixturevalue(f"{request.param}_database"))


@pytest.fixture(params=DATABASES)
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A function that gives, for a block, the URL of a place that no store has seen."""
    if request.param == "sqlite":
        return lambda: nullcontext(f"sqlite:///{Path(mkdtemp(dir=tmp_path)) / 'npscore.db'}")
    server = request.getfixturevalue(f"{request.param}_server")
    return lambda: fresh(server)


def test_what_was_acknowledged_is_kept_and_no_batch_is_half_there(url: str, chance: Random) -> None:
    lives = [killed_after(chance.uniform(0, LONGEST_LIFE), put_batches, url, life, SIZE) for life in range(ROUNDS)]
    acknowledged = {(life, number) for life, (_, *numbers) in enumerate(lives) for number in numbers}
    answers, steps = _kept(url)
    assert set(answers.values()) <= {SIZE}
    assert set(answers) == steps
    assert acknowledged <= steps
    untold = len(steps - acknowledged)
    assert untold <= ROUNDS
    sys.stdout.write(f"{ROUNDS} killed, {len(acknowledged)} batches acknowledged and kept, {untold} kept untold\n")


def _kept(url: str) -> tuple[Counter[tuple[int, ...]], set[tuple[int, ...]]]:
    """How many answers there are of each life and batch, and the follow-ups."""
    store = SQLStore(url)
    answers = Counter(tuple(map(int, found.id.split("/")[:2])) for found in store.find(Response))
    steps = {tuple(map(int, found.log.split("/"))) for found in store.find(FollowUp)}
    store.close()
    if url.startswith("sqlite"):
        with beside(url).connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    return answers, steps


def test_a_creation_that_is_killed_is_finished_by_the_next(new_place: Place, chance: Random) -> None:
    with new_place() as place:
        took = _seconds_of(open_place, place)
    killed = 0
    for _ in range(ROUNDS):
        with new_place() as place:
            killed += len(killed_after(chance.uniform(0, took), open_place, place)) == 1
            _is_whole(place)
    sys.stdout.write(f"{killed} of {ROUNDS} killed before the store was made\n")


def _seconds_of(work: Callable[..., None], *arguments: str) -> float:
    """How long it takes where nobody kills it."""
    began, ended = killed_after(60, work, *arguments)
    return float(ended - began)


def _is_whole(place: str) -> None:
    """A store that has each of its tables."""
    store = SQLStore(place)
    assert store.put(*everything()) == len(everything())
    assert store.erase("ann") == len(everything()) - 1
    store.close()
    with beside(place).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM npscore_writer")).scalar() == STRIPES


@pytest.mark.parametrize("new_place", ["sqlite", "postgresql"], indirect=True)
def test_an_upgrade_that_is_killed_is_done_or_not_begun(
    new_place: Place, chance: Random, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations = next_migrations(tmp_path / "next", MORE)
    with new_place() as place:
        took = _seconds_of(upgrade_place, _with_answers(place), migrations)
    killed = 0
    for _ in range(ROUNDS):
        with new_place() as place, monkeypatch.context() as next_release:
            _with_answers(place)
            killed += len(killed_after(chance.uniform(0, took), upgrade_place, place, migrations)) == 1
            _is_old_or_new(place)
            next_release.setattr(upgrading, "MIGRATIONS", migrations)
            next_release.setattr(upgrading, "HEAD", "0003")
            _has_its_answers(place)
    sys.stdout.write(f"{killed} of {ROUNDS} killed before the store was upgraded\n")


def _with_answers(place: str) -> str:
    store = SQLStore(place)
    store.put(*(answer(name, rating=rating) for name, rating in ANSWERS.items()))
    store.close()
    return place


def _is_old_or_new(place: str) -> None:
    with beside(place).connect() as connection:
        version = upgrading.version_of(connection)
        columns = {column["name"] for column in inspect(connection).get_columns("npscore_response")}
    assert version == ("0003" if "wait_for" in columns else "0002")


def _has_its_answers(place: str) -> None:
    store = SQLStore(place)
    assert {found.id: found.rating for found in store.find(Response)} == ANSWERS
    assert store.put(answer("new")) == 1
    store.close()
    with beside(place).connect() as connection:
        changed = connection.execute(text("SELECT count(*) FROM npscore_response WHERE wait_for = rating")).scalar()
    assert changed == len(ANSWERS)
