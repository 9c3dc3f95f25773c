"""The table of names of unfinished logs is right after every put, whoever puts, and spares reading the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from absent import DATABASES
from databases import emptied
from npscore import FollowUp, SQLStore
from npscore.adapters.sql import store as door
from npscore.adapters.sql.reading import standing
from npscore.adapters.sql.tables import UNFINISHED
from npscore.loop.cases import LAST_STEPS, is_finished
from npscore.models.erasure import is_erased
from npscore.testing.caseloads import histories, left_to_do, step, walks
from records import START, day


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def store(url: str) -> Iterator[SQLStore]:
    store = SQLStore(emptied(url))
    yield store
    store.close()


def names_in(store: SQLStore) -> list[str]:
    with store._open().connect() as connection:
        return list(connection.execute(select(UNFINISHED.c.log).order_by(UNFINISHED.c.log)).scalars())


def ids_of(logs: list[tuple[FollowUp, ...]]) -> list[str]:
    return [log[0].log for log in logs]


def closed_case(log: str, **fields: Any) -> list[FollowUp]:
    return [step(log, n, name, **fields) for n, name in enumerate(("opened", "resolved", "closed"))]


@settings(max_examples=300)
@given(walks("a"))
def test_a_log_that_is_finished_ends_with_one_of_the_last_steps(log: list[FollowUp]) -> None:
    if is_finished(log) and log:
        assert log[-1].step in LAST_STEPS


def test_the_table_has_the_names_of_the_unfinished_logs_and_no_others(url: str) -> None:
    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    @given(histories(), st.booleans())
    def law(batches: list[list[FollowUp]], erases: bool) -> None:
        store = SQLStore(emptied(url))
        steps: list[FollowUp] = []
        for batch in batches:
            told = [one.model_copy(update={"customer_id": "ann"}) if one.sequence == 0 else one for one in batch]
            store.put_all(told)
            steps += told
            assert names_in(store) == ids_of(left_to_do(steps))
        if erases:
            store.erase("ann")
            assert names_in(store) == ids_of(left_to_do(one for one in steps if one.customer_id is None))
        store.close()

    law()


def test_only_the_steps_of_unfinished_logs_are_read(store: SQLStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(*(one for n in range(1_200) for one in closed_case(f"closed {n}")))
    store.put(*(one for n in range(700) for one in closed_case(f"open {n:03}")[:2]))
    read = []
    monkeypatch.setattr(door, "record_of", lambda kind, body: read.append(body) or kind.from_json(body))
    assert ids_of(list(store.unfinished())) == [f"open {n:03}" for n in range(700)]
    assert len(read) == 1_400


def test_what_is_left_is_read_as_of_one_moment(store: SQLStore) -> None:
    store.put(*(step(f"log {n:04}", 0, "opened") for n in range(1_100)))
    unfinished = store.unfinished()
    next(unfinished)
    store.put(step("log 1000", 1, "resolved"), step("log 1000", 2, "closed"), step("log 2000", 0, "opened"))
    assert [log[0].log for log in unfinished] == [f"log {n:04}" for n in range(1, 1_100)]


def test_writers_of_one_log_at_once_leave_the_table_right(url: str) -> None:
    """Each sees only its own step, unless one waits for the other."""
    emptied(url)
    stores = SQLStore(url), SQLStore(url), SQLStore(url)
    for number in range(25):
        ready = threading.Barrier(3)

        def put(part: int, number: int = number, ready: threading.Barrier = ready) -> int:
            ready.wait()
            return stores[part].put(closed_case(f"log {number}")[part])

        with ThreadPoolExecutor(3) as pool:
            assert sum(pool.map(put, range(3))) == 3
    assert names_in(stores[0]) == []
    for store in stores:
        store.close()


def test_writers_of_many_logs_at_once_do_not_stop_each_other(url: str) -> None:
    emptied(url)
    stores = [SQLStore(url) for _ in range(3)]

    def put(part: int) -> int:
        done = 0
        for number in range(10):
            logs = range(number, 40) if part else reversed(range(number, 40))
            done += stores[part].put(*(one for n in logs for one in closed_case(f"log {n}")[part : part + 1]))
        return done

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(put, range(3))) == 120
    assert names_in(stores[0]) == []
    for store in stores:
        store.close()


def test_a_name_that_something_else_left_there_is_passed_over(store: SQLStore) -> None:
    store.put(*closed_case("closed"), step("open", 0, "opened"))
    with store._open().begin() as connection:
        connection.execute(UNFINISHED.insert(), [{"log": "closed"}, {"log": "gone"}])
    assert ids_of(list(store.unfinished())) == ["open"]
    store.put(step("closed", 3, "receipted"))
    assert names_in(store) == ["gone", "open"]


def test_the_table_has_nothing_of_the_erased(store: SQLStore) -> None:
    store.put(*closed_case("ann's", customer_id="ann")[:2], step("bob's", 0, "opened", customer_id="bob"))
    assert store.erase("ann") == 2
    assert names_in(store) == ["bob's"]
    assert all(is_erased(found.log) for found in store.find(FollowUp) if found.log != "bob's")


def test_follow_ups_of_a_span_are_looked_up(request: pytest.FixtureRequest) -> None:
    store = SQLStore(emptied(request.getfixturevalue("sqlite_database")))
    for span in ({"since": START}, {"since": START, "until": day(1)}):
        with store._open().connect() as connection:
            said = str(standing(FollowUp, None, **span).compile(compile_kwargs={"literal_binds": True}))
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {said}")).all()
        assert "npscore_follow_up_by_happened_at" in plan[0][-1]
    store.close()
