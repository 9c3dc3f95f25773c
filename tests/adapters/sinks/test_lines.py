"""A file of lines has every action once, whoever wrote it and whoever was killed."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random, SystemRandom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import errors
from npscore.adapters.sinks import lines
from npscore.adapters.sinks.lines import JsonLinesSink
from npscore.errors import ConnectorError, InputError, MissingExtraError
from npscore.testing.sinks import action
from senders import hold, send_all, task
from workers import forks

LIVES = int(os.environ.get("NPSCORE_TEST_CRASHES", "3"))
ACTIONS = 300


def _ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_bytes().split(b"\n")[:-1]]


def test_three_processes_killed_at_any_moment_leave_each_action_once(tmp_path: Path) -> None:
    seed = int(os.environ.get("NPSCORE_TEST_SEED", "0")) or SystemRandom().randrange(1, 2**32)
    sys.stdout.write(f"NPSCORE_TEST_SEED={seed}\n")
    chance, path, receipted = Random(seed), tmp_path / "actions.jsonl", set()  # noqa: S311
    for life in range(LIVES):
        receipted |= _three_lives(path, chance, life)
        written = Counter(_ids(path)) if path.exists() else Counter()
        assert not [name for name, times in written.items() if times > 1]
        assert receipted <= set(written)
    sink = JsonLinesSink(path)
    for number in range(ACTIONS):
        sink.send(task(f"a{number}"))
    assert sorted(_ids(path)) == sorted(f"a{number}" for number in range(ACTIONS))


def _three_lives(path: Path, chance: Random, life: int) -> set[str]:
    """What three processes, who want to do the same, had receipts for when they were killed."""
    context, alive = forks(), []
    for _ in range(3):
        ours, theirs = context.Pipe()
        process = context.Process(target=send_all, args=(str(path), life, ACTIONS, theirs))
        process.start()
        theirs.close()
        alive.append((process, ours))
    assert [ours.recv() for _, ours in alive] == ["ready"] * 3
    for _, ours in alive:
        ours.send("go")
    receipted: set[str] = set()
    for process, ours in alive:
        with suppress(EOFError, ConnectionResetError):
            receipted |= {ours.recv() for _ in range(chance.randrange(1, max(2, ACTIONS // LIVES)))}
        process.kill()
    for process, ours in alive:
        with suppress(EOFError, ConnectionResetError):
            while True:
                receipted.add(ours.recv())
        process.join()
        process.close()
    return receipted


@given(st.integers(0, 10**6))
def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(tmp_path_factory, cut: int) -> None:
    path = tmp_path_factory.mktemp("torn") / "actions.jsonl"
    sink = JsonLinesSink(path)
    for name in ("a", "b", "c"):
        sink.send(action(name))
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % len(whole)])
    again = JsonLinesSink(path)
    repeats = [again.send(action(name)).is_repeat for name in ("a", "b", "c")]
    assert path.read_bytes() == whole
    assert repeats == sorted(repeats, reverse=True)


def test_a_sink_sees_what_others_tore_after_it_had_read(tmp_path: Path) -> None:
    path = tmp_path / "actions.jsonl"
    sink = JsonLinesSink(path)
    sink.send(action("a"))
    with path.open("ab") as file:
        file.write(b'{"id": "b"')
    assert not sink.send(action("b")).is_repeat
    assert _ids(path) == ["a", "b"]


def test_only_what_is_new_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "actions.jsonl"
    first, second = JsonLinesSink(path), JsonLinesSink(path)
    read = []
    monkeypatch.setattr(lines, "_id_of", lambda line: read.append(line) or json.loads(line)["id"])
    for number in range(50):
        first.send(action(f"a{number}"))
        second.send(action(f"b{number}"))
    assert len(read) <= 100


def test_a_file_that_was_taken_away_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "actions.jsonl"
    sink = JsonLinesSink(path)
    sink.send(action("a"))
    path.rename(tmp_path / "actions.1.jsonl")
    assert not sink.send(action("a")).is_repeat
    assert sink.send(action("a")).is_repeat
    path.write_bytes(b"")
    assert not sink.send(action("a")).is_repeat
    assert _ids(path) == ["a"]


def test_lines_of_others_are_left_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "actions.jsonl"
    others = b'\n[1]\n"a"\n{"id": 7}\n\xff\xfe\n{"name": "a"}\nnonsense\n'
    path.write_bytes(others)
    sink = JsonLinesSink(path)
    assert not sink.send(action("a")).is_repeat
    assert path.read_bytes() == others + action("a").to_json().encode() + b"\n"


def test_a_line_longer_than_what_is_read_at_once_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_CHUNK", 7)
    path = tmp_path / "actions.jsonl"
    JsonLinesSink(path).send(action("a"))
    assert JsonLinesSink(path).send(action("a")).is_repeat
    assert _ids(path) == ["a"]


@pytest.mark.parametrize("fails", ["fsync", "write"])
def test_a_disk_that_fails_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    path = tmp_path / "actions.jsonl"
    sink = JsonLinesSink(path)
    sink.send(action("a"))

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        if fails == "fsync":
            disk.setattr(lines.os, "fsync", full)
        else:
            append = lines._append

            class Half:
                def __init__(self, file):
                    self.file, self.fileno, self.truncate, self.first = file, file.fileno, file.truncate, True

                def write(self, line):
                    if not self.first:
                        full()
                    self.first = False
                    return self.file.write(line[:10])

            disk.setattr(lines, "_append", lambda file, end, line: append(Half(file), end, line))
        with pytest.raises(ConnectorError, match="No space left") as caught:
            sink.send(action("b"))
    assert caught.value.retryable
    assert _ids(path) == ["a"]
    assert not sink.send(action("b")).is_repeat
    assert _ids(path) == ["a", "b"]


def test_a_file_that_is_locked_for_too_long_may_be_free_later(tmp_path: Path) -> None:
    path = tmp_path / "actions.jsonl"
    sink = JsonLinesSink(path, patience=0.05)
    context = forks()
    ours, theirs = context.Pipe()
    process = context.Process(target=hold, args=(f"{path}.lock", theirs))
    process.start()
    assert ours.recv() == "held"
    with pytest.raises(ConnectorError, match="locked by another writer") as caught:
        sink.send(action("a"))
    assert caught.value.retryable
    ours.send("let go")
    process.join()
    assert not sink.send(action("a")).is_repeat


def test_a_folder_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match="there is no folder"):
        JsonLinesSink(tmp_path / "no" / "actions.jsonl").send(action())
    assert not (tmp_path / "no").exists()


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match="cannot be written"):
        JsonLinesSink(tmp_path).send(action())


@pytest.mark.parametrize("path", [None, 7, "", "a\0b", b"", ["x"], float("nan")])
def test_a_path_that_is_none_is_refused(path: object) -> None:
    with pytest.raises(InputError, match="path is that of a file"):
        JsonLinesSink(path)  # type: ignore[arg-type]


@pytest.mark.parametrize("patience", [None, -1, "1", float("nan"), float("inf"), True, 10**6])
def test_a_patience_that_is_none_is_refused(patience: object) -> None:
    with pytest.raises(InputError, match="patience is a number of seconds"):
        JsonLinesSink("x", patience=patience)  # type: ignore[arg-type]


def test_without_its_library_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(MissingExtraError, match=r"npscore\[net\]") as caught:
        JsonLinesSink("x")
    assert isinstance(caught.value, errors.NpscoreError)
