"""Stores by URL."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from npscore import InputError, MemoryStore, MissingExtraError, Response, SQLStore, StoreError, open_store, plugins
from records import answer


def _offer(monkeypatch: pytest.MonkeyPatch, *values: str, name: str = "redis") -> None:
    offered = [EntryPoint(name, value, plugins.GROUP) for value in values]
    monkeypatch.setattr(plugins, "entry_points", lambda group: offered if group == plugins.GROUP else [])


def mine(url: str) -> MemoryStore:
    """A store that somebody else offers."""
    store = MemoryStore()
    store.put(answer("from " + url))
    return store


def no_store(_url: str) -> object:
    """Something else that somebody offers."""
    return object()


def test_each_scheme_opens_its_store(empty_place: str) -> None:
    assert isinstance(open_store("memory://"), MemoryStore)
    store = open_store(empty_place)
    assert isinstance(store, SQLStore)
    store.put(answer())
    store.close()
    again = open_store(empty_place)
    assert again.get(Response, "r1") == answer()
    again.close()


def test_memory_is_new_each_time_and_has_no_name() -> None:
    open_store("memory://").put(answer())
    assert list(open_store("memory://").find(Response)) == []
    with pytest.raises(InputError, match="memory:// alone"):
        open_store("memory://mine")


@pytest.mark.parametrize("url", ["redis://x", "SQLITE:///x", "mysql://x", "postgresql+psycopg2://x", "://"])
def test_an_unknown_scheme_is_refused_with_those_there_are(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _offer(monkeypatch)
    with pytest.raises(InputError, match="there are mariadb, memory, postgresql, sqlite"):
        open_store(url)


@pytest.mark.parametrize("url", ["", "npscore.db", "sqlite:npscore.db", "C:\\npscore.db"])
def test_what_is_no_url_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(InputError, match=r"sqlite:///npscore\.db"):
        open_store(url)


def test_a_store_of_an_installed_package_opens_by_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "third_party", sys.modules[__name__])
    _offer(monkeypatch, "third_party:mine")
    assert open_store("redis://h/1").get(Response, "from redis://h/1") is not None
    with pytest.raises(InputError, match="memory, postgresql, redis, sqlite"):
        open_store("other://")


def test_our_own_schemes_cannot_be_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    _offer(monkeypatch, "nowhere:nothing", name="memory")
    assert isinstance(open_store("memory://"), MemoryStore)


def test_two_packages_that_offer_one_scheme_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _offer(monkeypatch, "one:store", "two:store")
    with pytest.raises(InputError, match="one:store and two:store both offer redis://"):
        open_store("redis://h")


@pytest.mark.parametrize("value", ["not_installed_at_all:store", "json:no_such_name"])
def test_a_package_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    _offer(monkeypatch, value)
    with pytest.raises(StoreError, match="cannot be loaded"):
        open_store("redis://h")


def test_what_a_package_opens_must_be_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "third_party", sys.modules[__name__])
    _offer(monkeypatch, "third_party:no_store")
    with pytest.raises(StoreError, match="no store"):
        open_store("redis://h")


@pytest.mark.parametrize(
    ("missing", "url", "extra"),
    [
        ("sqlalchemy", "sqlite:///x.db", "sql"),
        ("psycopg", "postgresql://h/d", "postgres"),
        ("pymysql", "mariadb://h/d", "mariadb"),
    ],
)
def test_a_missing_driver_is_named_with_its_extra(tmp_path: Path, missing: str, url: str, extra: str) -> None:
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "import npscore\n"
        f"try: npscore.open_store({url!r})\n"
        "except npscore.MissingExtraError as error: print(error.extra)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == extra
    assert issubclass(MissingExtraError, ImportError)


def test_opening_what_is_up_to_date_does_not_load_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'npscore.db'}"
    open_store(url).close()
    program = f"import sys, npscore; npscore.open_store({url!r}).close(); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
