"""New places get the schema, older ones are brought up to it, newer and foreign ones are refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, inspect, make_url, table, text

from databases import beside, fresh, next_migrations, put_in_an_old_place
from npscore import FollowUp, Response, StoreError
from npscore.adapters.sql import SQLStore, upgrading
from npscore.adapters.sql.tables import METADATA, STRIPES, TABLES
from npscore.testing.caseloads import left_to_do, step
from records import answer, everything

VERSION = table(upgrading.VERSION_TABLE, column("version_num"))


def _next_release(monkeypatch: pytest.MonkeyPatch, folder: Path, more: str = "") -> None:
    """As if there were a third version of the schema."""
    monkeypatch.setattr(upgrading, "MIGRATIONS", next_migrations(folder, more))
    monkeypatch.setattr(upgrading, "HEAD", "0003")


def _version(store: SQLStore) -> str | None:
    with store._open().connect() as connection:
        return upgrading.version_of(connection)


def test_the_head_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", upgrading.MIGRATIONS)
    assert ScriptDirectory.from_config(config).get_heads() == [upgrading.HEAD]


def test_a_new_place_has_the_tables_that_the_code_speaks_of(empty_place: str) -> None:
    store = SQLStore(empty_place)
    assert _version(store) == upgrading.HEAD
    with store._open().connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": upgrading.VERSION_TABLE})
        differences = compare_metadata(context, METADATA)
        stripes = connection.execute(text("SELECT count(*), min(stripe), max(stripe) FROM npscore_writer")).one()
    store.close()
    assert differences == []
    assert tuple(stripes) == (STRIPES, 0, STRIPES - 1)


def test_tables_of_sqlite_are_strict(tmp_path: Path) -> None:
    store = SQLStore(f"sqlite:///{tmp_path / 'npscore.db'}")
    with store._open().connect() as connection:
        found = connection.execute(text("SELECT name, strict FROM pragma_table_list"))
        strict = {row.name: row.strict for row in found}
    store.close()
    assert all(strict[table.name] == 1 for table in TABLES.values())


def test_an_older_place_is_upgraded_and_keeps_its_records(
    empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SQLStore(empty_place)
    store.put(*everything(), answer(rating=1), answer(rating=2, known=1))
    store.close()
    _next_release(monkeypatch, tmp_path / "next")
    store = SQLStore(empty_place)
    assert _version(store) == "0003"
    assert store.get(Response, "r1").rating == 2
    assert store.put(*everything()) == 0
    assert store.put(answer(rating=3, known=2)) == 1
    store.close()


STEPS = [
    step("closed", 0, "opened", customer_id="ann"),
    step("closed", 1, "resolved"),
    step("closed", 2, "closed"),
    step("decided", 0, "decided"),
    step("missing", 1, "closed"),
    step("open", 1, "contacted"),
    step("open", 0, "opened"),
    step("owed", 0, "decided", details={"do": '[{"do": "thank"}]'}),
]


def _names(url: str) -> list[str]:
    with beside(url).connect() as connection:
        return list(connection.execute(text("SELECT log FROM npscore_unfinished ORDER BY log")).scalars())


def test_a_place_of_the_first_version_learns_which_logs_are_unfinished(
    empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_an_old_place(empty_place, monkeypatch, tmp_path / "first", answer(), *STEPS)
    store = SQLStore(empty_place)
    assert _version(store) == "0002"
    assert list(store.unfinished()) == left_to_do(STEPS)
    assert _names(empty_place) == ["missing", "open", "owed"]
    assert list(store.find(FollowUp, since=STEPS[2].done_at)) == [STEPS[2]]
    assert store.put(answer(), *STEPS) == 0
    with store._open().connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": upgrading.VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []
    store.close()


def test_an_upgrade_is_all_or_nothing_and_can_be_begun_again(
    empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_an_old_place(empty_place, monkeypatch, tmp_path / "first", *STEPS)
    with monkeypatch.context() as broken:
        broken.setattr("npscore.adapters.sql.unfinished.is_left", _power_cut)
        with pytest.raises(RuntimeError, match="power cut"):
            SQLStore(empty_place)
    with beside(empty_place).connect() as connection:
        assert upgrading.version_of(connection) == "0001"
        if not empty_place.startswith("mariadb"):
            assert not inspect(connection).has_table("npscore_unfinished")
    store = SQLStore(empty_place)
    assert _names(empty_place) == ["missing", "open", "owed"]
    store.close()


def _power_cut(_bodies: object) -> bool:
    raise RuntimeError("power cut")


def test_a_step_that_cannot_be_read_leaves_its_log_to_be_looked_at(
    empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_an_old_place(empty_place, monkeypatch, tmp_path / "first", *STEPS)
    with beside(empty_place).begin() as connection:
        connection.execute(text("UPDATE npscore_follow_up SET body = '{}' WHERE log = 'closed' AND sequence = 1"))
    store = SQLStore(empty_place)
    assert _names(empty_place) == ["closed", "missing", "open", "owed"]
    store.put(step("closed", 3, "receipted"), step("closed", 4, "reopened"))
    with pytest.raises(StoreError, match="something else wrote"):
        list(store.unfinished())
    store.close()


@pytest.mark.parametrize("empty_place", ["postgresql"], indirect=True)
def test_an_older_place_on_a_server_that_only_reads_is_read_as_it_is(
    empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_an_old_place(empty_place, monkeypatch, tmp_path / "first", *STEPS)
    name = make_url(empty_place).database
    with beside(empty_place).begin() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    store = SQLStore(empty_place)
    assert _version(store) == "0001"
    assert list(store.unfinished()) == left_to_do(STEPS)
    assert next(store.unfinished())[0].log == "missing", "and what is not read to its end lets go"
    with pytest.raises(StoreError, match="read-only"):
        store.put(answer())
    store.close()


def test_a_newer_place_is_refused_naming_both_versions(
    empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as next_release:
        _next_release(next_release, tmp_path / "next")
        SQLStore(empty_place).close()
    with pytest.raises(StoreError, match=r"schema 0003.*this one knows 0002"):
        SQLStore(empty_place)
    with monkeypatch.context() as next_release:
        _next_release(next_release, tmp_path / "again")
        SQLStore(empty_place).close()


def test_a_version_that_we_never_wrote_is_refused(empty_place: str) -> None:
    store = SQLStore(empty_place)
    with store._open().begin() as connection:
        connection.execute(VERSION.update().values(version_num="abc"))
    store.close()
    with pytest.raises(StoreError, match="'abc' that no npscore made"):
        SQLStore(empty_place)


@pytest.mark.parametrize("empty_place", ["sqlite", "postgresql"], indirect=True)
def test_an_upgrade_that_breaks_off_changes_nothing(
    empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SQLStore(empty_place)
    store.put(answer())
    store.close()
    with monkeypatch.context() as next_release:
        _next_release(next_release, tmp_path / "next", more='raise RuntimeError("power cut")')
        with pytest.raises(RuntimeError, match="power cut"):
            SQLStore(empty_place)
    store = SQLStore(empty_place)
    assert _version(store) == "0002"
    with store._open().connect() as connection:
        columns = inspect(connection).get_columns("npscore_response")
        assert "wait_for" not in {column["name"] for column in columns}
    assert store.get(Response, "r1") == answer()
    store.close()


def test_a_creation_that_broke_off_is_finished(empty_place: str) -> None:
    store = SQLStore(empty_place)
    with store._open().begin() as connection:
        connection.execute(VERSION.delete())
        connection.execute(text("DROP TABLE npscore_identity_link"))
        connection.execute(text("DELETE FROM npscore_writer WHERE stripe > 3"))
    store.close()
    if empty_place.startswith("sqlite"):
        with pytest.raises(StoreError, match="not a store"):
            SQLStore(empty_place)
        return
    store = SQLStore(empty_place)
    assert store.put(*everything()) == 8
    store.close()


def test_several_that_open_a_new_place_at_once_all_get_it(empty_place: str) -> None:
    def opened(number: int) -> int:
        store = SQLStore(empty_place)
        added = store.put(answer(f"r{number}"))
        store.close()
        return added

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(opened, range(6))) == [1] * 6
    store = SQLStore(empty_place)
    assert len(list(store.find(Response))) == 6
    store.close()


@pytest.mark.parametrize("empty_place", ["postgresql", "mariadb"], indirect=True)
def test_tables_of_others_in_a_server_stay_as_they_are(empty_place: str) -> None:
    store = SQLStore(empty_place)
    with store._open().begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of another')"))
        connection.execute(text("CREATE TABLE response (id INTEGER)"))
        for table in (*TABLES.values(), *(METADATA.tables[f"npscore_{name}"] for name in ("writer", "unfinished"))):
            table.drop(connection)
        connection.execute(text(f"DROP TABLE {upgrading.VERSION_TABLE}"))
    store.close()
    store = SQLStore(empty_place)
    assert store.put(*everything()) == 8
    with store._open().connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["of another"]
    store.close()


def test_a_database_that_would_lose_characters_is_refused(postgresql_server: object) -> None:
    latin = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    losing = pytest.raises(StoreError, match="LATIN1 and would lose characters")
    with fresh(postgresql_server, options=latin) as url, losing:
        SQLStore(url)
