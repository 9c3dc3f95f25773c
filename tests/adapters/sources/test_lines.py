"""Every line of a file is a record or a reject; nothing is lost between them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore.adapters.sources.lines import LinesSource, line_of
from npscore.errors import ConnectorError, InputError
from npscore.testing import strategies as make
from records import answer, day, everything

ODD = (
    b"",
    b"   ",
    b"nonsense",
    b"[]",
    b"null",
    b"7",
    b'"text"',
    b"{}",
    b'{"kind": null}',
    b'{"kind": ["response"]}',
    b'{"kind": "unicorn", "id": "a"}',
    b'{"kind": "customer"}',
    b'{"kind": "customer", "id": "c1", "known_at": "2026-01-01T00:00:00Z", "colour": "red"}',
    b'{"kind": "customer", "id": "c1", "known_at": "soon"}',
    b'{"kind": "customer", "id": "\\ud800", "known_at": "2026-01-01T00:00:00Z"}',
    b'{"kind": "response", "id": "r", "rating": NaN, "known_at": "2026-01-01T00:00:00Z"}',
    b'{"kind": "response", "id": "r", "rating": 1' + b"0" * 5_000 + b"}",
    b"\xff\xfe{",
    b'{"kind": "customer", "id": "c',
    b"[" * 100_000,
    b'{"kind": "customer", "attributes": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
)


def _source(folder: Path, lines: list[bytes], end: bytes = b"\n") -> LinesSource:
    path = folder / "records.jsonl"
    path.write_bytes(end.join(lines) + end)
    return LinesSource(path)


@given(st.lists(make.records().map(lambda record: line_of(record).encode()) | st.sampled_from(ODD)))
def test_lines_in_are_records_and_rejects_out(tmp_path_factory, lines: list[bytes]) -> None:
    pulled = _source(tmp_path_factory.mktemp("lines"), lines or [b"nonsense"]).pull()
    assert len(pulled.records) + len(pulled.rejects) == max(1, len(lines))
    wrong = [number for number, line in enumerate(lines or [b"nonsense"], 1) if line in ODD or not lines]
    assert [reject.row for reject in pulled.rejects] == wrong


@given(st.lists(make.records()))
def test_records_come_back_in_order_and_whole(tmp_path_factory, records: list[object]) -> None:
    lines = [line_of(record).encode() for record in records]  # type: ignore[arg-type]
    path = tmp_path_factory.mktemp("lines") / "records.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    pulled = LinesSource(str(path)).pull()
    assert pulled.records == tuple(records)
    assert pulled.rejects == ()


@pytest.mark.parametrize("line", ODD)
def test_a_reject_says_why_in_half_a_sentence(tmp_path: Path, line: bytes) -> None:
    ((reject,),) = [_source(tmp_path, [line]).pull().rejects]
    assert reject.row == 1
    assert reject.reason
    assert "\n" not in reject.reason


def test_the_field_of_a_fault_is_named(tmp_path: Path) -> None:
    line = json.dumps(
        {"kind": "response", "id": "r", "rating": 9, "answered_at": "soon", "known_at": day(0).isoformat()}
    )
    (reject,) = _source(tmp_path, [line.encode()]).pull().rejects
    assert (reject.field, reject.raw) == ("answered_at", "soon")


def test_the_kind_may_stand_anywhere_and_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    said = json.loads(answer("r1", comment="é").to_json())
    line = json.dumps({**said, "kind": "response"}).encode()
    assert _source(tmp_path, [b"\xef\xbb\xbf" + line, line], b"\r\n").pull().records == (answer("r1", comment="é"),) * 2


def test_a_last_line_without_a_break_counts(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(f"{line_of(answer('r1'))}\n{line_of(answer('r2'))}", encoding="utf-8")
    assert [record.id for record in LinesSource(path).pull().records] == ["r1", "r2"]


def test_since_chooses_records_and_leaves_rejects(tmp_path: Path) -> None:
    lines = [line_of(answer(f"r{number}", known=number)).encode() for number in range(4)]
    pulled = _source(tmp_path, [*lines, b"nonsense"]).pull(since=day(2))
    assert [record.id for record in pulled.records] == ["r2", "r3"]
    assert [reject.row for reject in pulled.rejects] == [5]


def test_records_of_every_kind_come(tmp_path: Path) -> None:
    records = everything()
    assert _source(tmp_path, [line_of(record).encode() for record in records]).pull().records == tuple(records)


def test_a_file_that_is_not_there_may_come_later(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match="cannot be read: No such file") as caught:
        LinesSource(tmp_path / "no.jsonl").pull()
    assert caught.value.retryable


@pytest.mark.parametrize("path", [None, 7, "", "a\0b", b"x", ["x"], float("nan")])
def test_a_path_that_is_none_is_refused(path: object) -> None:
    with pytest.raises(InputError, match="path is that of a file"):
        LinesSource(path)  # type: ignore[arg-type]


@pytest.mark.parametrize("record", [None, {}, "r1", 7])
def test_a_line_is_made_of_a_record(record: object) -> None:
    with pytest.raises(InputError, match="a line is made of a record"):
        line_of(record)  # type: ignore[arg-type]
