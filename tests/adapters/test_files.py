import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore.adapters.files import AnswerFile, look_at
from npscore.errors import InputError


def _write(folder: Path, data: bytes | str, name: str = "answers.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def _all(file: AnswerFile, *columns: str) -> list[tuple[int, list[object], str | None]]:
    return [(line, list(cells), fault) for line, cells, fault in file.rows(columns)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encoding_separator_and_newlines_are_found(tmp_path: Path, encoding: str, separator: str, newline: str) -> None:
    rows = [["id", " Score ", "comment"], ["1", "9", "très bien"], ["2", "3", "naïve café"], ["3", "10", "ok"]]
    text = newline.join(separator.join(row) for row in rows) + newline
    file = look_at(_write(tmp_path, text.encode(encoding)))
    assert file.separator == separator
    assert file.columns == ("id", "Score", "comment")
    assert _all(file, "comment", "Score")[0] == (2, ["très bien", "9"], None)


def test_bytes_that_are_no_utf8_are_read_as_windows_1252_and_noted(tmp_path: Path) -> None:
    file = look_at(_write(tmp_path, "nps,ort\n9,Köln\n".encode("cp1252")))
    assert _all(file, "ort") == [(2, ["Köln"], None)]
    assert "not valid UTF-8" in file.notes[0]


def test_a_bad_byte_far_behind_the_start_is_found_too(tmp_path: Path) -> None:
    body = b"nps,ort\n" + b"9,Bonn\n" * 300_000 + "9,Köln\n".encode("cp1252")
    assert look_at(_write(tmp_path, body)).encoding == "cp1252"


def test_lines_are_those_of_the_file_also_after_a_quoted_line_break(tmp_path: Path) -> None:
    text = 'nps,comment\n9,"two\nlines"\n\n,\n3,"a ""quote"""\n'
    assert _all(look_at(_write(tmp_path, text)), "nps", "comment") == [
        (2, ["9", "two\nlines"], None),
        (6, ["3", 'a "quote"'], None),
    ]


def test_rows_that_do_not_fit_the_header_are_reported_not_dropped(tmp_path: Path) -> None:
    text = "id,nps,x\n1,9,a\n2,8\n3,7,b,c\n4,6,d,\nTotal,,24\nTotal,9,x\n"
    faults = {line: fault for line, _, fault in _all(look_at(_write(tmp_path, text)), "nps")}
    assert faults == {
        2: None,
        3: "2 cells where the header has 3",
        4: "4 cells where the header has 3",
        5: None,
        6: "a row of totals, not an answer",
        7: None,
    }


def test_rows_far_into_a_file_keep_their_lines_and_their_order(tmp_path: Path) -> None:
    bodies = {line: "2" if line % 700 == 0 else f"{line},9,x" for line in range(2, 5000)}
    bodies[3000] = '3000,9,"two\nlines"'
    text = "id,nps,x\n" + "".join(f"{body}\n" for body in bodies.values())
    found = _all(look_at(_write(tmp_path, text)), "nps", "id")
    assert [line - (line > 3000) for line, _, _ in found] == list(bodies)
    assert [line - (line > 3000) for line, _, fault in found if fault] == [line for line in bodies if line % 700 == 0]
    assert all(cells == ["9", str(line - (line > 3000))] for line, cells, fault in found if not fault)


@pytest.mark.parametrize("columns", [["nps"], ["x", "nps"]])
def test_blocks_hold_what_rows_hold(tmp_path: Path, columns: list[str]) -> None:
    file = look_at(_write(tmp_path, "nps,x\n" + "9,a\n3\n" * 2000 + "7, b \n"))
    blocks = list(file.blocks(columns))
    assert len(blocks) > 1
    assert [row for block in blocks for row in block.rows()] == list(file.rows(columns))
    assert sum(len(block.lines) for block in blocks) == 2001
    assert sum(len(block.faults) for block in blocks) == 2000


def test_a_quote_that_never_closes_is_named_as_the_likely_cause(tmp_path: Path) -> None:
    text = 'id,nps,x\n1,9,a\n2,"8,b\n3,7,c\n4,6,d\n'
    (_, _, first), (line, _, fault) = _all(look_at(_write(tmp_path, text)), "nps")
    assert first is None
    assert (line, fault) == (3, "not CSV from here to line 5: unexpected end of data")


def test_a_cell_of_a_million_characters_is_read(tmp_path: Path) -> None:
    file = look_at(_write(tmp_path, "nps,comment\n9," + "x" * 1_000_000 + "\n3,y\n"))
    assert [len(str(cells[0])) for _, cells, _ in _all(file, "comment")] == [1_000_000, 1]


def test_a_cell_beyond_the_limit_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    file = look_at(_write(tmp_path, "nps,comment\n9," + "x" * (17 << 20) + "\n3,y\n"))
    rows = _all(file, "nps")
    assert "field larger than field limit" in str(rows[0][2])
    assert rows[-1][1:] == (["3"], None)


def test_the_two_extra_header_rows_of_a_qualtrics_export_are_no_answers(tmp_path: Path) -> None:
    text = 'Status,Q1\nResponse Type,How likely?\n"{""ImportId"":""status""}","{""ImportId"":""Q1""}"\nIP Address,9\n'
    file = look_at(_write(tmp_path, text))
    assert file.header_rows == 3
    assert "three header rows" in file.notes[0]
    assert _all(file, "Q1") == [(4, ["9"], None)]


def test_json_lines_keep_their_types_and_report_what_is_no_object(tmp_path: Path) -> None:
    lines = ['{"nps": 9, "who": {"id": 1}}', "", '{"nps": null}', "[1]", "{broken", '{"nps": "8"}']
    file = look_at(_write(tmp_path, "\n".join(lines), "answers.jsonl"))
    assert (file.kind, file.columns) == ("json lines", ("nps", "who"))
    rows = _all(file, "nps", "who")
    assert [row[:2] for row in rows] == [(1, [9, '{"id": 1}']), (3, [None, None]), (4, []), (5, []), (6, ["8", None])]
    assert [str(fault).split(":")[0] for _, _, fault in rows[2:4]] == ["not a JSON object", "not JSON"]


def test_a_json_array_is_read_as_records(tmp_path: Path) -> None:
    file = look_at(_write(tmp_path, json.dumps([{"nps": 9}, 5, {"nps": 2}]), "answers.json"))
    assert _all(file, "nps") == [(1, [9], None), (2, [], "not a JSON object"), (3, [2], None)]
    with pytest.raises(InputError, match="not JSON"):
        look_at(_write(tmp_path, "[{1, 2", "cut.json"))


def test_parquet_is_read_in_batches_with_types(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table(
        {"nps": [9, None, 3] * 50_000, "tags": [["a"], [], None] * 50_000, "region": ["x", None, "y"] * 50_000}
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    file = look_at(tmp_path / "a.parquet")
    sizes: list[int] = []
    rows = list(file.rows(["nps", "tags"], sizes.append))
    assert len(rows) == 150_000
    assert [list(row[1]) for row in rows[:3]] == [[9, '["a"]'], [None, "[]"], [3, None]]
    assert rows[-1][0] == 150_000
    assert abs(sum(sizes) - (tmp_path / "a.parquet").stat().st_size) < 10


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n\n", "is empty"),
        (b"PK\x03\x04 a workbook", "save the sheet of answers as CSV"),
        (b"PAR1 no parquet", "cannot be read"),
        (gzip.compress(b"PAR1 packed", mtime=0), "Parquet in gzip; unpack it first"),
        (gzip.compress(b"PK\x03\x04", mtime=0), "save the sheet of answers as CSV"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"nps\n9\n", mtime=0)[:-9], "damaged or cut off"),
        (b"\x1f\x8b and then nothing of the kind", "damaged or cut off"),
        (bz2.compress(b"nps\n9\n"), "pack it with gzip"),
        (b"answers.csv".ljust(257, b"\x00") + b"ustar\x0000", "is an archive"),
        (b"\x0b\x0c\n", "is empty"),
        (b"[{", "not JSON"),
        (b"{\n  1\n}", "answers.csv holds no JSON object"),
    ],
)
def test_what_is_no_file_of_answers_is_refused_with_a_sentence(tmp_path: Path, data: bytes, message: str) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match=message):
        look_at(_write(tmp_path, data))


@pytest.mark.parametrize(
    ("data", "encoding", "sentence"),
    [
        ("nps,ort\n9,Köln\n".encode("cp1252"), "utf-8", "is not utf-8: byte 12 (0xf6, on line 2) does not fit"),
        (b"nps,ort\n" + b"9,Bonn\n" * 30_000 + b"9,K\xf6ln\n", "utf8", "byte 210,012 (0xf6, on line 30,002)"),
        (b"\xef\xbb\xbfnps,ort\n9,\xff\n", "utf-8-sig", "byte 14 (0xff, on line 2)"),
        (b"nps,ort\n9,a\x81\n", "cp1252", "byte 12 (0x81, on line 2)"),
        (b"nps,ort\n9,K\xc3", "utf-8", "byte 12 (0xc3, on line 2)"),
        ("nps\n9\n".encode("utf-16-le") + b"1\x00\xdc", "utf-16-le", "byte 15 (0xdc, on line 3)"),
    ],
)
def test_bytes_that_do_not_fit_the_encoding_that_was_given_are_refused_with_their_place(
    tmp_path: Path, data: bytes, encoding: str, sentence: str
) -> None:
    for packed in (data, gzip.compress(data, mtime=0)):
        with pytest.raises(InputError, match="leave --encoding out") as caught:
            look_at(_write(tmp_path, packed), encoding=encoding)
        assert sentence in str(caught.value)


def test_bytes_that_do_not_fit_a_detected_encoding_are_noted(tmp_path: Path) -> None:
    file = look_at(_write(tmp_path, b"\xef\xbb\xbfnps,ort\n9,\xff\n"))
    assert _all(file, "nps", "ort") == [(2, ["9", "\ufffd"], None)]
    assert "not utf-8-sig and were replaced, the first is byte 14 (0xff, on line 2)" in file.notes[1]
    assert not look_at(_write(tmp_path, "nps,ort\n9,Köln\n")).notes


def test_a_mark_at_the_start_is_no_letter_of_the_first_column(tmp_path: Path) -> None:
    path = _write(tmp_path, "nps,ort\n9,Köln\n".encode("utf-8-sig"))
    assert look_at(path, encoding="UTF8").columns == ("nps", "ort")
    assert look_at(_write(tmp_path, "nps,ort\n9,Köln\n"), encoding="utf-8").columns == ("nps", "ort")


@pytest.mark.parametrize("name", ["answers.csv.gz", "answers"])
def test_text_in_gzip_is_read_like_the_text(tmp_path: Path, name: str) -> None:
    text = "nps,ort\n9,Köln\n3,Bonn\n"
    for encoding in ("utf-8", "cp1252", "utf-16"):
        file = look_at(_write(tmp_path, gzip.compress(text.encode(encoding), mtime=0), name))
        assert _all(file, "ort") == [(2, ["Köln"], None), (3, ["Bonn"], None)]
    file = look_at(_write(tmp_path, gzip.compress(b'{"nps": 9}\n{"nps": 3}\n', mtime=0), name))
    assert _all(file, "nps") == [(1, [9], None), (2, [3], None)]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;  "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_first_line_that_names_the_separator_is_believed(
    tmp_path: Path, line: str, newline: str, encoding: str
) -> None:
    rows = [line, "nps;a, b, c", "9;1,2,3", "3;4,5,6", ""]
    file = look_at(_write(tmp_path, newline.join(rows).encode(encoding)))
    assert file.columns == ("nps", "a, b, c")
    assert _all(file, "nps", "a, b, c") == [(3, ["9", "1,2,3"], None), (4, ["3", "4,5,6"], None)]


def test_a_separator_that_is_given_goes_before_the_first_line(tmp_path: Path) -> None:
    file = look_at(_write(tmp_path, "sep=;\nnps,x\n9,a\n"), separator=",")
    assert (file.columns, _all(file, "x")) == (("nps", "x"), [(3, ["a"], None)])


def test_a_column_whose_name_begins_with_sep_is_a_column(tmp_path: Path) -> None:
    assert look_at(_write(tmp_path, "sep,nps\n1,9\n")).columns == ("sep", "nps")
    assert look_at(_write(tmp_path, "sep=,nps\n1,9\n")).columns == ("sep=", "nps")


TABLE = "nps,team,date\n9,a,2026-01-01\n3,b,2026-01-02\n8,c,2026-01-03\n"


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("NPS export\n", 2),
        ("NPS export\n\n", 3),
        ("NPS export,,\n,,\n", 3),
        ('"NPS, by team",2026\nMade on,2026-01-05\n\n', 4),
    ],
)
def test_lines_of_a_title_above_the_header_are_named_when_a_column_is_not_found(
    tmp_path: Path, title: str, line: int
) -> None:
    file = look_at(_write(tmp_path, title + TABLE))
    with pytest.raises(InputError, match=f"line {line} like the header; delete the lines above line {line}") as caught:
        file.check(["nps"])
    assert "'NPS" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        "nps\n9,5\n8,0\n",
        "nps,x\n9,a,\n3,b,\n",
        ",nps\n0,9\n1,3\n",
        "a b\n1\n",
        "nps,x\nten,a\nsix,b\n",
        ",x\nann,a\nbob,b\n",
    ],
)
def test_no_title_is_seen_where_there_is_none(tmp_path: Path, text: str) -> None:
    assert look_at(_write(tmp_path, text)).doubt == ""


def test_a_missing_file_a_wrong_encoding_and_a_wrong_separator_are_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, "nps\n9\n")
    with pytest.raises(InputError, match="No such file"):
        look_at(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="not an encoding"):
        look_at(path, encoding="utf-9")
    with pytest.raises(InputError, match="one character"):
        look_at(path, separator="::")


def test_a_column_that_is_not_there_or_twice_is_refused_with_a_hint(tmp_path: Path) -> None:
    file = look_at(_write(tmp_path, "nps,region,region\n9,a,b\n"))
    with pytest.raises(InputError, match="did you mean 'nps'"):
        file.rows(["npss"])
    with pytest.raises(InputError, match="2 columns 'region'"):
        file.rows(["region"])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_progress_adds_up_to_the_size_of_the_file(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = _write(tmp_path, pack(b"nps\n" + b"9\n" * 20_000))
    sizes: list[int] = []
    assert len(list(look_at(path).rows(["nps"], sizes.append))) == 20_000
    assert sum(sizes) == path.stat().st_size


HOSTILE = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(str.encode),
    st.text(alphabet='",;\t\n\r{}[]0123456789abc\x00', max_size=300).map(str.encode),
    st.text(max_size=100).map(lambda text: gzip.compress(text.encode(), mtime=0)),
)


@settings(max_examples=300)
@given(data=HOSTILE, header=st.sampled_from([b"", b"nps,x\n", b"\xff\xfe", b"[", b'{"nps": 1}\n', b"PAR1"]))
def test_no_bytes_bring_more_than_rows_or_one_sentence(
    data: bytes, header: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = _write(tmp_path_factory.mktemp("hostile"), header + data)
    try:
        file = look_at(path)
        columns = [name for name in file.columns if file.columns.count(name) == 1][:2]
        for line, cells, fault in file.rows(columns):
            assert line > 0
            assert (fault is None) == (len(cells) == len(columns)) or not columns
    except InputError as error:
        assert str(error)


def test_a_file_is_the_rows_that_an_intake_reads(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("id,nps,team,team,\n1, 9 ,a,b,c\n\nTotal,,,,9\n2,3\n", encoding="utf-8")
    rows = list(look_at(path))
    assert rows[0].values == {"id": "1", "nps": "9", "team": "a", "team (4)": "b", "column 5": "c"}
    assert [(row.number, row.fault) for row in rows] == [
        (2, None),
        (4, "a row of totals, not an answer"),
        (5, "2 cells where the header has 5"),
    ]
    assert list(look_at(path)) == rows


def test_two_rows_of_header_are_one(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(
        "Respondent ID,Collector ID,Likely?,Liked,,Why?\n,,Response,Price,Speed,Open-Ended Response\n1,7,9,yes,,fast\n",
        encoding="utf-8",
    )
    file = look_at(path)
    assert file.header_rows == 2
    assert "two header rows" in file.notes[0]
    (row,) = file
    assert row.values == {
        "Respondent ID": "1", "Collector ID": "7", "Likely?": "9", "Liked - Price": "yes", "Liked - Speed": "",
        "Why?": "fast",
    }  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
def test_a_saved_page_of_an_api_is_its_rows(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "page.json"
    page = {"results": [{"id": "1", "properties": {"hs_value": "9"}}, {"id": "2", "properties": {}}], "paging": {}}
    path.write_text(json.dumps(page, indent=indent), encoding="utf-8")
    assert [row.values for row in look_at(path)] == page["results"]


def test_messages_of_a_webhook_a_line_each_stay_objects(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_text('{"event_type": "x", "event_data": {"id": 1}}\n{"event_type": \n[1]\n', encoding="utf-8")
    first, second, third = look_at(path)
    assert first.values == {"event_type": "x", "event_data": {"id": 1}}
    assert "not JSON" in str(second.fault)
    assert third.fault == "not a JSON object"
