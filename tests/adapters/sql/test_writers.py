"""Several who write at once lose nothing and double nothing, and a put that waits too long says so."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert, text

from absent import DATABASES
from databases import emptied
from npscore import ConflictError, FollowUp, Response, StoreUnavailableError
from npscore.adapters.sql import SQLStore, writing
from npscore.adapters.sql.rows import row_of
from npscore.adapters.sql.tables import TABLES, columns_of
from records import answer, day
from workers import at_once, import_answers


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest) -> str:
    return emptied(request.getfixturevalue(f"{request.param}_database"))


@pytest.mark.parametrize("writers", [2, 8])
def test_processes_that_write_at_once_lose_and_double_nothing(url: str, writers: int) -> None:
    answers = 12
    counts = at_once(import_answers, [(url, writer, answers) for writer in range(writers)])
    store = SQLStore(url)
    kept = [found.id for found in store.find(Response)]
    with store._open().connect() as connection:
        versions = connection.execute(text("SELECT count(*) FROM npscore_response")).scalar()
    cases = list(store.find(FollowUp))
    store.close()
    own = sorted(f"own {writer} {number}" for writer in range(writers) for number in range(answers))
    assert kept == sorted([*own, *(f"shared {number}" for number in range(answers))])
    new, opened, refused = map(sum, zip(*counts, strict=True))
    assert new == versions
    assert len(cases) == answers == opened, "each case was opened by one of them"
    assert refused == answers * (writers - 1), "and to each of the others it was a conflict"


def test_threads_may_share_a_store(url: str) -> None:
    store = SQLStore(url)
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda number: store.put(answer(f"r{number % 20}")), range(80)))
    assert sum(added) == 20
    assert len(list(store.find(Response))) == 20
    store.close()


def test_the_same_learned_by_two_at_once_is_one_version(url: str) -> None:
    """Both look before either has written, unless one waits for the other."""
    stores = SQLStore(url), SQLStore(url)
    for number in range(30):
        ready = threading.Barrier(2)

        def put(part: int, number: int = number, ready: threading.Barrier = ready) -> int:
            ready.wait()
            return stores[part].put(answer(f"r{number}", known=2 - part))

        with ThreadPoolExecutor(2) as pool:
            added = sum(pool.map(put, range(2)))
        with stores[0]._open().connect() as connection:
            same = text("SELECT count(*) FROM npscore_response WHERE id = :id AND known_at > :first")
            late = {"id": f"r{number}", "first": row_of(answer(known=1))[2]}
            redundant = connection.execute(same, late).scalar()
        assert added == 1 + redundant, "a later one is kept only where it came first"
    for store in stores:
        store.close()


def test_a_put_waits_for_another_and_gives_up_in_time(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, hasty = SQLStore(url), SQLStore(url, timeout=0.2)
    began, go_on = threading.Event(), threading.Event()
    original = type(slow._database).insert

    def insert_slowly(self: Any, *arguments: Any) -> None:
        began.set()
        go_on.wait(20)
        original(self, *arguments)

    with ThreadPoolExecutor(2) as pool, monkeypatch.context() as patch:
        patch.setattr(type(slow._database), "insert", insert_slowly)
        first: Future[int] = pool.submit(slow.put, answer())
        began.wait(20)
        with pytest.raises(StoreUnavailableError) as caught:
            hasty.put(answer())
        go_on.set()
        assert first.result() == 1
    assert caught.value.retryable
    assert hasty.put(answer()) == 0
    for store in (slow, hasty):
        store.close()


def _sneak_in(store: SQLStore, record: Response) -> None:
    """Write as a program would that knows the table and not our locks."""
    table = TABLES["response"]
    with store._open().begin() as connection:
        values = dict(zip(columns_of(Response), row_of(record), strict=True))
        connection.execute(insert(table).values(values))


@pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("rating", [9, 3])
def test_a_row_that_appears_between_looking_and_writing_is_looked_at(
    url: str, rating: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = SQLStore(url), SQLStore(url)
    look = writing._kept
    sneaking = iter([True])

    def kept(*arguments: Any) -> Any:
        found = look(*arguments)
        if next(sneaking, False):
            _sneak_in(other, answer(rating=rating))
        return found

    monkeypatch.setattr(writing, "_kept", kept)
    if rating == 9:
        assert store.put(answer(rating=9), answer("r2")) == 1, "the first stands already"
        assert len(list(store.find(Response))) == 2
    else:
        with pytest.raises(ConflictError):
            store.put(answer(rating=9), answer("r2"))
        assert [found.rating for found in store.find(Response)] == [3]
    store.close()
    other.close()


@pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True)
def test_a_row_that_is_always_there_first_is_trouble_that_may_pass(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SQLStore(url)
    store.put(answer())
    monkeypatch.setattr(writing, "_kept", lambda *_arguments: {})
    with pytest.raises(StoreUnavailableError, match="somebody else"):
        store.put(answer(rating=3))
    store.close()


def test_a_connection_that_the_server_ended_is_replaced(request: pytest.FixtureRequest) -> None:
    url = emptied(request.getfixturevalue("postgresql_database"))
    store, other = SQLStore(url), SQLStore(url)
    store.put(answer())
    with other._open().connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.execute(text(f"{others} AND datname = current_database()"))
    assert store.put(answer("r2")) == 1
    store.close()
    other.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hush@127.0.0.1:1/d?connect_timeout=2", "mariadb://u:hush@127.0.0.1:1/d"],
)
def test_a_server_that_is_not_there_may_come_back_and_its_password_is_not_told(url: str) -> None:
    pytest.importorskip("psycopg" if url.startswith("p") else "pymysql")
    with pytest.raises(StoreUnavailableError) as caught:
        SQLStore(url)
    assert "hush" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_a_stream_comes_in_batches_and_tells_how_far_it_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("npscore.adapters.sql.store.BATCH", 1_200)
    store = SQLStore(url)
    read: list[int] = []
    stream = (answer(f"r{number % 2_900}", known=number // 2_900) for number in range(3_000))
    assert store.put_all(stream, progress=read.append) == 2_900
    assert read == [1_200, 2_400, 3_000]
    assert sum(1 for _ in store.find(Response)) == 2_900
    store.close()


def test_a_stream_that_breaks_off_keeps_the_batches_before(url: str) -> None:
    store = SQLStore(url)

    def stream() -> Any:
        yield from (answer(f"r{number:05}") for number in range(10_000))
        yield answer("r99999")
        yield answer("r00000", rating=1)

    with pytest.raises(ConflictError):
        store.put_all(stream())
    assert sum(1 for _ in store.find(Response)) == 10_000
    assert store.put_all([answer("r00000", rating=1, known=1)]) == 1
    assert store.get(Response, "r00000", as_of=day(0)).rating is None
    store.close()
