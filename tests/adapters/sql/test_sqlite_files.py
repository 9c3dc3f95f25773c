"""Files that are locked, foreign, damaged or not to be written, and what is left in them of erased people."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from databases import put_in_an_old_place
from npscore import InputError, NpscoreError, Response, StoreError, StoreUnavailableError
from npscore.adapters.sql import SQLStore, sqlite
from npscore.adapters.sql.sealed import sealed_engine
from npscore.testing.caseloads import step
from records import answer, everything


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "npscore.db"


def _open(path: Path, **options: float) -> SQLStore:
    return SQLStore(f"sqlite:///{path}", **options)


@contextmanager
def _a_store_with_answers(path: Path, number: int = 1) -> Iterator[SQLStore]:
    store = _open(path, timeout=0.1)
    store.put(*(answer(f"r{n}", comment="said") for n in range(number)))
    yield store
    store.close()


def test_a_file_that_another_holds_is_busy_and_may_be_tried_again(path: Path) -> None:
    with _a_store_with_answers(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="locked") as caught:
            store.put(answer("r9"))
        assert caught.value.retryable
        with pytest.raises(StoreUnavailableError, match="locked"):
            store.erase("ann")
        assert store.get(Response, "r0").comment == "said", "reading waits for nobody"
        other.execute("ROLLBACK")
        assert store.put(answer("r9")) == 1


def test_a_new_file_that_another_holds_is_busy_too(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailableError, match="locked"):
            _open(path, timeout=0.1)
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    "content", [b"rating,comment\n9,good\n", b"\0" * 5000, b"PK\x03\x04 and so on", b"SQLite format 3", b"x"]
)
def test_what_is_no_sqlite_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not an SQLite file"):
        _open(path)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_an_sqlite_file_of_others_is_refused_and_left_as_it_is(path: Path, mode: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA journal_mode = {mode}")
        other.execute("CREATE TABLE response (id TEXT)")
        other.commit()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="not a store of npscore"):
        _open(path)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with _a_store_with_answers(path) as store:
        assert store.get(Response, "r0").comment == "said"


def test_an_empty_file_beside_what_was_written_ahead_is_refused(path: Path) -> None:
    path.touch()
    ahead = path.with_name(f"{path.name}-wal")
    ahead.write_bytes(b"answers")
    with pytest.raises(StoreError, match="truncated or replaced"):
        _open(path)
    assert ahead.read_bytes() == b"answers"


@pytest.mark.parametrize("left", [50, 99, 100, 4096, 3 * 4096, 0.5, -1])
def test_a_truncated_file_is_never_read_as_if_it_were_whole(path: Path, left: float) -> None:
    with _a_store_with_answers(path, 500):
        pass
    size = path.stat().st_size
    os.truncate(path, int(left * size) if isinstance(left, float) else left % size)
    with pytest.raises(StoreError) as caught:
        list(_open(path).find(Response))
    assert not caught.value.retryable
    assert str(path) in str(caught.value)


def test_a_damaged_page_is_an_error_of_the_store(path: Path) -> None:
    with _a_store_with_answers(path, 500):
        pass
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="malformed"):
        list(_open(path).find(Response))


def test_a_record_that_something_else_changed_is_told(path: Path) -> None:
    with _a_store_with_answers(path) as store:
        with closing(sqlite3.connect(path)) as other:
            other.execute("UPDATE npscore_response SET body = '{}'")
            other.commit()
        with pytest.raises(StoreError, match="something else wrote"):
            store.get(Response, "r0")


def test_tables_refuse_what_other_programs_get_wrong(path: Path) -> None:
    with _a_store_with_answers(path), closing(sqlite3.connect(path)) as other:
        with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
            other.execute("UPDATE npscore_response SET rating = 'nine'")
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            other.execute(
                "INSERT INTO npscore_response (id, revised_at, known_at, digest, scale, metric, survey_kind, completed,"
                " test, body) SELECT id, revised_at, known_at, 'x', scale, metric, survey_kind, 1, 0, body"
                " FROM npscore_response"
            )


READ_ONLY = """
import os, sys
from npscore import *
from datetime import UTC, datetime
now = datetime(2026, 1, 1, tzinfo=UTC)
warm = open_store("sqlite:///warm.db")
warm.put(Response(id="r0", answered_at=now, known_at=now))
warm.get(Response, "r0")
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
store = open_store(sys.argv[1])
print(store.get(Response, "r0").comment)
try:
    store.put(Response(id="new", answered_at=now, known_at=now))
except StoreError as error:
    print(error.retryable, error)
for log in store.unfinished():
    print(log[0].log)
"""


def _as_nobody(path: Path, folder_mode: int) -> list[str]:
    """What a program says that reads a file and tries to write it, without the rights of root."""
    elsewhere = path.parents[1] / "elsewhere"
    elsewhere.mkdir()
    path.parent.chmod(folder_mode)
    for folder in path.parents:
        if os.geteuid() == 0 and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
    program = [sys.executable, "-c", READ_ONLY, f"sqlite:///{path}"]
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=elsewhere)
    path.parent.chmod(0o755)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A store in a folder of its own, which nobody has open."""
    (tmp_path / "archive").mkdir()
    path = tmp_path / "archive" / "npscore.db"
    with _a_store_with_answers(path):
        pass
    return path


@pytest.mark.parametrize(("mode", "folder_mode"), [(0o444, 0o777), (0o444, 0o555), (0o666, 0o555)])
def test_a_place_that_may_only_be_read_is_read_and_not_written(archive: Path, mode: int, folder_mode: int) -> None:
    archive.chmod(mode)
    content = archive.read_bytes()
    said, refused = _as_nobody(archive, folder_mode)
    assert said == "said"
    assert refused.startswith("False ")
    assert "cannot be written" in refused
    assert archive.read_bytes() == content


@pytest.mark.parametrize(("mode", "folder_mode"), [(0o444, 0o777), (0o444, 0o555), (0o666, 0o555)])
def test_an_older_archive_is_read_as_it_is(
    archive: Path, mode: int, folder_mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.unlink()
    steps = step("a", 0, "opened"), step("b", 0, "decided"), step("c", 1, "closed")
    put_in_an_old_place(f"sqlite:///{archive}", monkeypatch, tmp_path / "first", answer("r0", comment="said"), *steps)
    archive.chmod(mode)
    content = archive.read_bytes()
    said, refused, *unfinished = _as_nobody(archive, folder_mode)
    assert said == "said"
    assert "cannot be written" in refused
    assert unfinished == ["a", "c"]
    assert archive.read_bytes() == content


def test_what_is_written_ahead_of_a_sealed_file_is_not_passed_over(archive: Path) -> None:
    with _a_store_with_answers(archive) as store:
        store.put(answer("r1"))
        ahead = archive.with_name(f"{archive.name}-wal").read_bytes()
    archive.with_name(f"{archive.name}-wal").write_bytes(ahead)
    with pytest.raises(StoreError, match="-wal, which cannot be read"):
        sealed_engine(archive, 1)


def test_a_sealed_file_that_changes_is_told(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "is_sealed", lambda _path: True)
    sealed = _open(archive)
    assert sealed.get(Response, "r0").comment == "said"
    found = sealed.find(Response)
    next(found)
    monkeypatch.undo()
    with _a_store_with_answers(archive, 3):
        with pytest.raises(StoreUnavailableError, match="meanwhile"):
            list(found)
        with pytest.raises(StoreUnavailableError, match="meanwhile"):
            sealed.get(Response, "r0")
    sealed.close()


def test_a_place_that_cannot_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no folder"):
        _open(tmp_path / "nowhere" / "npscore.db")
    with pytest.raises(StoreError, match="a folder, not a file"):
        _open(tmp_path)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://host/x.db", "sqlite:///x.db?mode=ro"]
)
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="sqlite:///PATH"):
        SQLStore(url)


def test_odd_names_of_files_are_names_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("übér straße.db", "a b.db", "100%.db", "it's.db"):
        store = SQLStore(f"sqlite:///{name}")
        store.put(answer(name))
        store.close()
        assert Path(name).exists(), sorted(tmp_path.iterdir())
        assert SQLStore(f"sqlite:///{name}").get(Response, name).id == name


def test_what_was_erased_is_not_in_the_file_any_more(path: Path) -> None:
    store = _open(path)
    people = [f"person{number:03}" for number in range(60)]
    for who in people:
        store.put(
            *everything(who), *(answer(f"{who} {n}", customer_id=who, comment=f"{who} long " * 40) for n in range(9))
        )
    store.put(*(answer(f"{who} says", known=5, customer_id=who, comment=f"{who} again") for who in people))
    for who in people[1:]:
        store.erase(who)
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"person000 long" in left
    found = {who for who in people[1:] if f"{who} ".encode() in left.replace(f"{who} account".encode(), b"")}
    assert found == set()
    store.close()


def test_reading_while_erasing_does_not_wait_long(path: Path) -> None:
    with _a_store_with_answers(path, 3_000) as store:
        store.put(*everything())
        found = store.find(Response)
        next(found)
        assert store.erase("ann") == 7
        assert len(list(found)) == 3_000


def test_every_trouble_is_of_the_family(path: Path) -> None:
    assert issubclass(StoreUnavailableError, NpscoreError)
    with _a_store_with_answers(path) as store:
        path.write_bytes(b"overwritten by something else" * 1000)
        for file in path.parent.glob("*-wal"):
            file.write_bytes(b"")
        with pytest.raises(StoreError):
            _open(path).put(answer())
        del store
