"""A store of a third party, installed from tests/plugin as a distribution of its own, opens and keeps the laws."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import mkdtemp

import pytest

from absent import skip
from npscore import InputError, Response, Store, open_store
from npscore.plugins import GROUP
from npscore.testing.stores import DurableStoreConformance
from records import answer


@pytest.fixture(autouse=True)
def _installed() -> None:
    if "jsonlines" not in entry_points(group=GROUP).names:
        skip("plugin (pip install ./tests/plugin)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "npscore.jsonl"


def test_it_is_opened_by_its_scheme_and_keeps_what_it_is_given(path: Path) -> None:
    store = open_store(f"jsonlines:///{path}")
    assert type(store).__name__ == "JSONLinesStore"
    assert store.put(answer()) == 1
    store.close()
    assert open_store(f"jsonlines:///{path}").get(Response, "r1") == answer()


def test_its_scheme_is_named_beside_our_own() -> None:
    with pytest.raises(InputError, match="jsonlines, mariadb, memory"):
        open_store("oracle://host")


def test_a_line_that_broke_off_is_left_out(path: Path) -> None:
    store = open_store(f"jsonlines:///{path}")
    store.put(answer("r1"))
    store.put(answer("r2"), answer("r3"))
    os.truncate(path, path.stat().st_size - 1)
    again = open_store(f"jsonlines:///{path}")
    assert [found.id for found in again.find(Response)] == ["r1"]
    assert again.put(answer("r2")) == 1
    assert [found.id for found in open_store(f"jsonlines:///{path}").find(Response)] == ["r1", "r2"]


class TestJSONLinesStore(DurableStoreConformance):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Callable[[], Store]:
        return lambda: open_store(f"jsonlines:///{mkdtemp(dir=tmp_path)}/npscore.jsonl")

    @pytest.fixture
    def reopen(self) -> Callable[[Store], Store]:
        def reopened(store: Store) -> Store:
            path = store._path  # type: ignore[attr-defined]
            store.close()
            return open_store(f"jsonlines:///{path}")

        return reopened
