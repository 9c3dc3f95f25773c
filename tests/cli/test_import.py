import gzip
import json
import os
import subprocess
import sys
import tracemalloc
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import npscore as nps
from npscore.adapters.files import look_at
from npscore.adapters.sql import SQLStore
from npscore.cli import importing
from npscore.cli.app import app
from npscore.errors import StoreUnavailableError
from npscore.models import Customer
from npscore.service import answers

DATA = Path(os.environ.get("NPSCORE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
real = pytest.mark.skipif(not DATA.is_dir(), reason="no data sets beside the checkout (NPSCORE_TEST_DATA names them)")

CSV = "id,nps,region,answered_at\n1,9,EU,2026-01-05\n2,3,EU,2026-02-07\n3,,US,2026-04-01\n4,11,US,2026-05-09\n"
FFT = "Extremely likely=5,Likely=4,Neither likely nor unlikely=3,Unlikely=2,Extremely unlikely=1"


@pytest.fixture(name="url")
def _url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'npscore.db'}"


def _file(folder: Path, text: str, name: str = "answers.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _run(url: str, *arguments: object, **more: Any) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments), "--store", url], **more)


def _json(url: str, *arguments: object, **more: Any) -> list[dict[str, Any]]:
    result = _run(url, *arguments, "--format", "json", **more)
    assert result.exit_code == 0, result.output
    accounts: list[dict[str, Any]] = json.loads(result.stdout)["files"]
    assert all(account["rows"] == account["kept"] + len(account["rejected"]) for account in accounts)
    return accounts


def _one(url: str, *arguments: object, **more: Any) -> dict[str, Any]:
    (account,) = _json(url, *arguments, **more)
    return account


def _kept(url: str) -> dict[str, nps.Response]:
    store = nps.open_store(url)
    found = {response.id: response for response in store.find(nps.Response)}
    store.close()
    return found


def _score(url: str) -> nps.Score:
    store = nps.open_store(url)
    found = nps.score(answers(store))
    store.close()
    return found


def _refused(result: Result, code: int, message: str) -> None:
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


def test_every_row_is_kept_or_rejected_and_the_account_is_printed(tmp_path: Path, url: str) -> None:
    path = _file(tmp_path, CSV)
    result = _run(url, path, "--zone", "UTC")
    assert result.exit_code == 0
    assert f"{path}: 4 rows (generic) = 3 kept + 1 rejected; 3 responses." in result.stdout
    assert "Rejected: rating: not on the scale 0-10: 1 row (row 5: '11')" in result.stdout
    assert "3 new versions, the rest was known." in result.stdout
    assert {id_: response.rating for id_, response in _kept(url).items()} == {"1": 9, "2": 3, "3": None}
    assert _kept(url)["1"].attributes == {"region": "EU"}


def test_importing_twice_changes_nothing(tmp_path: Path, url: str) -> None:
    rows = (
        "nps,email,name,answered_at\n" + "9,a@e.org,Ann,2026-01-05\n9,a@e.org,Ann,2026-01-05\n3,b@e.org,,2026-01-06\n"
    )
    path = _file(tmp_path, rows)
    assert _one(url, path, "--zone", "UTC")["new"] == 5  # two people; the second row says again what the first did
    before = Path(url.removeprefix("sqlite:///")).read_bytes()
    assert _one(url, path, "--zone", "UTC")["new"] == 0
    assert "0 new versions, the rest was known." in _run(url, path, "--zone", "UTC").stdout
    assert Path(url.removeprefix("sqlite:///")).read_bytes() == before
    assert len(_kept(url)) == 3


def test_a_correction_under_the_same_id_is_a_new_version(tmp_path: Path, url: str) -> None:
    first, second = _file(tmp_path, CSV), _file(tmp_path, CSV.replace("2,3,", "2,8,"), "corrected.csv")
    _json(url, first, "--zone", "UTC", "--known-at", "2026-06-01T00:00:00Z")
    assert _one(url, second, "--zone", "UTC", "--known-at", "2026-07-01")["new"] == 1
    assert _kept(url)["2"].rating == 8
    assert _kept(url)["2"].known_at.isoformat() == "2026-07-01T00:00:00+00:00"


def test_a_correction_known_at_the_same_time_is_a_conflict_that_says_what_to_do(tmp_path: Path, url: str) -> None:
    first, second = _file(tmp_path, CSV), _file(tmp_path, CSV.replace("2,3,", "2,8,"), "corrected.csv")
    result = _run(url, first, second, "--zone", "UTC")
    assert "corrected.csv: another content of response '2'" in result.stderr
    _refused(result, 1, "import it with a later --known-at, or with a --prefix of its own")
    assert "3 kept + 1 rejected" in result.stdout
    assert "0 rows" not in result.stdout
    assert _one(url, second, "--zone", "UTC", "--prefix", "other-")["new"] == 3
    assert set(_kept(url)) == {"1", "2", "3", "other-1", "other-2", "other-3"}


def test_a_customer_at_odds_with_the_store_keeps_no_answer_out(tmp_path: Path, url: str) -> None:
    header = "id,nps,answered_at,customer_id,region\n"
    rows = [f"{n},9,2026-01-05T00:00:00Z,c{n % 3},EU\n" for n in range(6)]
    moved = [row.replace("c1,EU", "c1,US") for row in rows]
    first = _file(tmp_path, header + "".join(rows))
    second = _file(tmp_path, header + "".join(f"1{row}" for row in moved), "second.csv")
    flags = "--map", "customer.region=region", "--known-at", "2026-02-01T00:00:00Z"
    _json(url, first, *flags)
    account = _one(url, second, *flags)
    assert (account["kept"], account["new"], account["contradictions"]) == (6, 6, 1)
    assert len(_kept(url)) == 12
    with closing(nps.open_store(url)) as store:
        assert store.get(nps.Customer, "c1").attributes["region"] == "EU"
    assert "Of 1 customers or accounts the store has other content" in _run(url, second, *flags).stdout


def test_a_column_that_stands_twice_is_refused_as_in_a_score(tmp_path: Path, url: str) -> None:
    doubled = _file(tmp_path, "id,nps,nps,answered_at\n1,9,3,2026-01-01T00:00:00Z\n")
    _refused(_run(url, doubled), 1, "has 2 columns 'nps'")


def test_known_at_is_now_when_left_out(tmp_path: Path, url: str) -> None:
    from datetime import UTC, datetime

    before = datetime.now(UTC)
    _json(url, _file(tmp_path, CSV), "--zone", "UTC")
    assert before <= _kept(url)["1"].known_at <= datetime.now(UTC)


def test_flags_supply_what_a_file_lacks(tmp_path: Path, url: str) -> None:
    path = _file(tmp_path, "no,Q7,Area,mail\nA,Likely,EU,Ann@e.org\nB,7/10,US,\n")
    account = _one(
        url, path, "--rating", "Q7", "--map", "id=no", "--map", "customer.region=Area", "--map", "customer.email=mail",
        "--words", "Likely=8", "--answered-at", "2026-01-05T10:00", "--zone", "Europe/Paris", "--lenient",
        "--set", "survey=exit", "--set", "survey_kind=transactional", "--prefix", "x-",
    )  # fmt: skip
    assert account["records"] == {"response": 2, "customer": 1}
    kept = _kept(url)
    assert kept["x-A"].rating == 8
    assert kept["x-A"].answered_at.isoformat() == "2026-01-05T09:00:00+00:00"
    assert (kept["x-A"].survey, kept["x-A"].survey_kind) == ("exit", "transactional")
    assert (kept["x-A"].customer_id, kept["x-A"].attributes["region"]) == ("ann@e.org", "EU")


def test_an_empty_map_turns_a_guess_off_and_a_repeated_one_names_others(tmp_path: Path, url: str) -> None:
    path = _file(tmp_path, "id,nps,name,first,second,date\n1,9,Ann,,late,2026-01-05\n")
    account = _one(url, path, "--zone", "UTC", "--map", "customer.name=", "--map", "comment=first",
                   "--map", "comment=second", "--at", "date")  # fmt: skip
    assert account["records"] == {"response": 1}
    assert _kept(url)["1"].comment == "late"


def test_the_shape_of_a_tool_is_recognised_or_named(tmp_path: Path, url: str) -> None:
    message = {
        "event_type": "survey_response.created",
        "event_data": {
            "id": "r-1", "person": {"id": "p-5", "email": "ann@example.org"}, "survey_type": "nps", "score": 9,
            "created_at": 1767600000, "updated_at": None,
        },
    }  # fmt: skip
    path = _file(tmp_path, json.dumps(message), "message.json")
    assert _one(url, path)["shape"] == "delighted-webhook"
    assert _one(url, path, "--from", "delighted")["new"] == 0
    store = nps.open_store(url)
    assert store.get(Customer, "p-5").email == "ann@example.org"
    store.close()
    _refused(_run(url, path, "--from", "delihted"), 2, "did you mean 'delighted")
    _refused(_run(url, path, "--from", "qualtrics"), 1, "look like none of qualtrics-csv, qualtrics-api")


def test_a_pipe_and_a_packed_file_are_read_like_a_file(tmp_path: Path, url: str) -> None:
    packed = gzip.compress(CSV.encode())
    account = _one(url, "-", "--zone", "UTC", input=packed)
    assert (account["file"], account["new"]) == ("-", 3)
    (tmp_path / "answers.csv.gz").write_bytes(packed)
    assert _one(url, tmp_path / "answers.csv.gz", "--zone", "UTC")["new"] == 0


def test_what_is_odd_about_a_file_is_noted(tmp_path: Path, url: str) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes("id;nps;ort;date\n1;9;Köln;2026-01-05\n".encode("cp1252"))
    assert "read as Windows-1252" in " ".join(_one(url, path, "--zone", "UTC")["notes"])
    assert _one(url, path, "--zone", "UTC", "--encoding", "cp1252", "--separator", ";")["new"] == 0
    assert _kept(url)["1"].attributes["ort"] == "Köln"


def test_day_and_month_are_proven_asked_or_given(tmp_path: Path, url: str) -> None:
    proven = _file(tmp_path, "id,nps,date\n1,9,05/07/2026\n2,3,23/07/2026\n", "proven.csv")
    assert any("day first" in note for note in _one(url, proven, "--zone", "UTC")["notes"])
    assert {response.answered_at.month for response in _kept(url).values()} == {7}
    open_ = _file(tmp_path, "id,nps,date\n3,9,05/07/2026\n4,3,06/07/2026\n", "open.csv")
    _refused(_run(url, open_, "--zone", "UTC"), 1, "open.csv: the date '05/07/2026' may begin")
    _refused(_run(url, open_, "--zone", "UTC"), 1, "--day-first or --month-first")
    _json(url, open_, "--zone", "UTC", "--month-first")
    assert _kept(url)["3"].answered_at.month == 5
    odds = _file(tmp_path, "id,nps,date\n1,9,23/07/2026\n2,3,07/23/2026\n", "odds.csv")
    _refused(_run(url, odds, "--zone", "UTC"), 1, "conflict")


def test_a_date_late_in_the_file_proves_the_order_of_the_first(tmp_path: Path, url: str) -> None:
    rows = "".join(f"{row},9,05/07/2026\n" for row in range(700))
    path = _file(tmp_path, f"id,nps,date\n{rows}700,9,23/07/2026\n")
    reading = importing.Reading(known_at=nps.Response.model_validate(_ANSWER).known_at, zone="UTC")
    store = nps.MemoryStore()
    (account,) = importing.keep(importing.begin([("f", look_at(path))], reading, size=100), store)
    assert (account.summary.kept, account.new) == (701, 701)
    assert {response.answered_at.month for response in store.find(nps.Response)} == {7}


_ANSWER = {"id": "1", "rating": 9, "answered_at": "2026-01-05T00:00:00Z", "known_at": "2026-11-22T00:00:00Z"}


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("id,q7,date\n1,9,2026-01-05\n", ["--zone", "UTC"], "--rating"),
        ("id,nps\n1,9\n", [], "--answered-at"),
        ("id,nps,date\n1,9,2026-01-05\n", [], "--zone"),
        ("id,rating,date\n1,Likely,2026-01-05\n", ["--zone", "UTC"], "--words"),
        ("id,rating,date\n1,7/10,2026-01-05\n", ["--zone", "UTC"], "--lenient"),
        ("id,nps,date\n1,9,\n", ["--zone", "UTC"], "--answered-at"),
        ("id,nps,date\n1,9,someday\n", ["--zone", "UTC"], "--at names another column"),
        ("id,nps,metric,date\n1,9,,2026-01-05\n", ["--zone", "UTC"], "--set metric=nps"),
        ("Our answers\n\nid,nps,date\n1,9,2026-01-05\n", ["--zone", "UTC"], "line 3 like the header"),
        ("", [], "answers.csv is empty"),
        ("id,nps,date\n", [], "there is none to keep"),
        ("\0\1\2\3" * 100, [], "answers.csv is no text"),
        ("SQLite format 3\0\x10\0\1\1", [], "answers.csv is no text"),
        ("{]", [], "answers.csv holds no JSON object"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_that_names_the_flag(
    tmp_path: Path, url: str, text: str, arguments: list[str], message: str
) -> None:
    _refused(_run(url, _file(tmp_path, text), *arguments), 1, message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rating", "npps"], "answers.csv has no column 'npps'; did you mean 'nps'?"),
        (["--map", "comment=remark"], "no column 'remark'"),
        (["--map", "Rating=nps"], "did you mean 'rating'"),
        (["--map", "rating"], "--map 'rating' is not FIELD=COLUMN"),
        (["--map", "rating=nps", "--rating", "nps"], "name the same"),
        (["--set", "survey"], "--set 'survey' is not FIELD=VALUE"),
        (["--set", "survey="], "--set survey has no value"),
        (["--set", "survey=a", "--set", "survey=b"], "--set survey has two values"),
        (["--set", "rating=9"], "--map"),
        (["--known-at", "tomorrow"], "--known-at is a time as in 2026-11-22T10:30:00Z"),
        (["--answered-at", "31/12/2026"], "--answered-at is a time"),
        (["--zone", "Mars/Phobos"], "not a time zone"),
        (["--scale", "1-5"], "no standard cut-offs"),
        (["--words", "Likely"], "WORD=NUMBER"),
        (["--day-first", "--month-first"], "exclude each other"),
        (["--encoding", "utf-88"], "not an encoding"),
        (["--rejects", "/nowhere/at/all.csv"], "--rejects /nowhere/at/all.csv cannot be written"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_exit_code_2(
    tmp_path: Path, url: str, arguments: list[str], message: str
) -> None:
    zone = [] if "--zone" in arguments else ["--zone", "UTC"]
    _refused(_run(url, _file(tmp_path, CSV), *zone, *arguments), 2, message)
    assert not (tmp_path / "npscore.db").exists()


def test_a_time_of_answers_without_a_zone_needs_one(tmp_path: Path, url: str) -> None:
    result = _run(url, _file(tmp_path, CSV), "--answered-at", "2026-11-22")
    _refused(result, 2, "--answered-at 2026-11-22 has no zone")


def test_a_day_of_knowing_is_read_as_that_of_a_report_is(tmp_path: Path) -> None:
    text = "id,nps,answered_at\n1,9,2026-09-01T00:00:00Z\n"
    for zone, moment in (((), "2026-09-30T00:00:00Z"), (("--zone", "Europe/Paris"), "2026-09-29T22:00:00Z")):
        url = f"sqlite:///{tmp_path / f'{len(zone)}.db'}"
        _one(url, _file(tmp_path, text), "--known-at", "2026-09-30", *zone)
        assert _kept(url)["1"].known_at == datetime.fromisoformat(moment)
        report = CliRunner().invoke(app, ["score", "--store", url, "--as-of", "2026-09-30", *zone])
        assert report.exit_code == 0, report.output


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("npscore.db", "a store is named by a URL"),
        ("oracle://host/database", "no store has the scheme 'oracle'"),
        ("sqlite:///nowhere/npscore.db", "there is no folder nowhere"),
        ("sqlite:///answers.csv", "answers.csv is not an SQLite file; it is left as it is"),
    ],
)
def test_a_wrong_store_is_one_sentence_and_exit_code_2(
    tmp_path: Path, store: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _refused(_run(store, _file(tmp_path, CSV), "--zone", "UTC"), 2, message)
    assert [path.name for path in tmp_path.iterdir()] == ["answers.csv"]
    assert (tmp_path / "answers.csv").read_text(encoding="utf-8") == CSV


def test_a_store_must_be_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["import", str(_file(tmp_path, CSV))])
    assert result.exit_code == 2
    assert "--store" in result.stderr


def test_a_busy_store_is_one_sentence_and_exit_code_1(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path, CSV)
    _json(url, path, "--zone", "UTC")
    monkeypatch.setattr("npscore.cli.importing.open_store", lambda url: SQLStore(url, timeout=0.05))
    import sqlite3

    writer = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    _refused(_run(url, path, "--zone", "UTC"), 1, "is busy")
    writer.close()
    monkeypatch.setattr("npscore.cli.importing.open_store", _unavailable)
    _refused(_run(url, path, "--zone", "UTC"), 1, "nobody is there")


def _unavailable(url: str) -> nps.Store:
    raise StoreUnavailableError("nobody is there.")


def test_nothing_is_put_before_every_file_was_looked_at(tmp_path: Path, url: str) -> None:
    good, bad = _file(tmp_path, CSV), _file(tmp_path, "id,q7,answered_at\n1,9,2026-01-05\n", "bad.csv")
    _refused(_run(url, good, bad, "--zone", "UTC"), 1, "bad.csv: no column looks like the rating")
    _refused(_run(url, good, tmp_path / "none.csv", "--zone", "UTC"), 2, "none.csv does not exist")
    _refused(_run(url, good, tmp_path, "--zone", "UTC"), 2, "is a folder")
    assert not (tmp_path / "npscore.db").exists()


def test_a_file_with_nothing_to_keep_among_others_is_told_and_no_failure(tmp_path: Path, url: str) -> None:
    good, bad = _file(tmp_path, CSV), _file(tmp_path, "id,nps,answered_at\n1,ten,2026-01-05\n", "bad.csv")
    accounts = _json(url, good, bad, "--zone", "UTC")
    assert [(account["kept"], account["new"]) for account in accounts] == [(3, 3), (0, 0)]


def test_the_store_in_memory_is_a_trial(tmp_path: Path) -> None:
    for _ in range(2):
        assert _one("memory://", _file(tmp_path, CSV), "--zone", "UTC")["new"] == 3


class _Watching(nps.MemoryStore):
    puts: list[int]

    def put(self, *records: Any) -> int:
        self.puts = [*getattr(self, "puts", ()), len(records)]
        return super().put(*records)


def _imported(folder: Path, rows: int, store: nps.Store, **sizes: int) -> importing.Account:
    path = folder / f"{rows}.csv"
    path.write_text("id,nps,answered_at\n" + "".join(f"{n},{n % 11},2026-01-05T00:00:00Z\n" for n in range(rows)))
    reading = importing.Reading(known_at=nps.Response.model_validate(_ANSWER).known_at)
    (account,) = importing.keep(importing.begin([(path.name, look_at(path))], reading, **sizes), store)
    return account


def test_a_part_of_a_file_is_one_put(tmp_path: Path) -> None:
    store = _Watching()
    account = _imported(tmp_path, 1050, store, size=500)
    assert store.puts == [500, 500, 50]
    assert (account.summary.rows, account.summary.records, account.new) == (1050, {"response": 1050}, 1050)
    whole = _Watching()
    _imported(tmp_path, 1050, whole)
    assert whole.puts == [1050]


def test_files_that_do_not_stay_in_hand_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_IN_HAND", 100)
    store, read = nps.MemoryStore(), []
    assert _imported(tmp_path, 350, store, size=100).new == 350
    path, streams = tmp_path / "350.csv", []

    def counted(rows: Any, **options: Any) -> Any:
        streams.append(rows)
        return nps.stream_responses(rows, **options)

    monkeypatch.setattr(importing, "stream_responses", counted)
    reading = importing.Reading(known_at=nps.Response.model_validate(_ANSWER).known_at)
    files = [(name, look_at(path)) for name in "abc"]
    accounts = list(importing.keep(importing.begin(files, reading, read.append, size=100), store))
    assert [(account.file, account.summary.rows, account.new) for account in accounts] == [
        ("a", 350, 0), ("b", 350, 0), ("c", 350, 0),
    ]  # fmt: skip
    assert sum(read) >= 3 * path.stat().st_size
    assert len(streams) == 1 + 3 + 2  # the flags are checked, each file is begun, two are read again


def test_a_question_in_the_middle_of_a_long_file_says_what_is_kept(tmp_path: Path) -> None:
    path = _file(
        tmp_path, "id,nps,date\n" + "".join(f"{n},9,2026-01-05T00:00:00Z\n" for n in range(5)) + "x,9,2026-01-05\n"
    )
    reading = importing.Reading(known_at=nps.Response.model_validate(_ANSWER).known_at)
    store = nps.MemoryStore()
    begun = importing.begin([("f", look_at(path))], reading, size=2)
    with pytest.raises(nps.InputError, match=r"f: .*--zone.* The 4 rows before are in the store"):
        list(importing.keep(begun, store))
    assert len(list(store.find(nps.Response))) == 4


class _Nowhere(nps.MemoryStore):
    def put(self, *records: Any) -> int:
        return len(records)


def _peak(folder: Path, rows: int) -> int:
    tracemalloc.start()
    assert _imported(folder, rows, _Nowhere(), size=250).summary.kept == rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_rows_that_are_kept(tmp_path: Path) -> None:
    _peak(tmp_path, 500)  # what is loaded once
    assert _peak(tmp_path, 6_000) < 1.5 * _peak(tmp_path, 1_500)


def test_rejected_rows_are_written_whole_or_not_at_all(tmp_path: Path, url: str) -> None:
    hostile = ["=1+2", "\x1b[31m", '"a,b"', "\\ud800", "ten"]
    rows = "".join(f'{{"id": {n}, "nps": "{raw}", "date": "2026-01-05"}}\n' for n, raw in enumerate(hostile[3:]))
    table = (
        "id,nps,date\n" + "".join(f"{n},{raw},2026-01-05\n" for n, raw in enumerate(hostile[:3])) + "9,9,2026-01-05\n"
    )
    out = tmp_path / "rejected.csv"
    files = _file(tmp_path, table, "a.csv"), _file(tmp_path, rows, "b.jsonl")
    accounts = _json(url, *files, "--zone", "UTC", "--rejects", out)
    lines = out.read_bytes().decode().splitlines()
    assert lines[0] == "file,row,field,reason,raw"
    assert len(lines) == 1 + sum(len(account["rejected"]) for account in accounts) == 6
    assert lines[1].endswith("a.csv,2,rating,a spreadsheet formula,'=1+2")
    assert "\x1b" not in out.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix in (".part", ".csv")) == [
        "a.csv", "rejected.csv",
    ]  # fmt: skip
    for name in ("a.csv", "npscore.db"):
        before = (tmp_path / name).read_bytes()
        _refused(_run(url, *files, "--zone", "UTC", "--rejects", tmp_path / name), 2, "--rejects")
        assert (tmp_path / name).read_bytes() == before


def test_the_store_is_not_written_over_under_another_spelling(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = _run(url, _file(tmp_path, CSV), "--zone", "UTC", "--rejects", "npscore.db")
    _refused(result, 2, "--rejects npscore.db is the store")


def test_the_search_for_dates_is_no_progress(tmp_path: Path) -> None:
    path = _file(tmp_path, "id,nps,date\n1,9,05/07/2026\n2,9,23/07/2026\n")
    reading = importing.Reading(known_at=nps.Response.model_validate(_ANSWER).known_at, zone="UTC")
    read: list[int] = []
    list(importing.keep(importing.begin([("f", look_at(path))], reading, read.append), nps.MemoryStore()))
    assert sum(read) == path.stat().st_size


@pytest.mark.parametrize("text", ["[1, 2, 3]", "[null]", "null", "5", "[[[[1]]]]", "[]", "[\n1\n]"])
def test_json_that_holds_no_rows_is_one_error(tmp_path: Path, url: str, text: str) -> None:
    result = _run(url, _file(tmp_path, text, "a.json"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "a.json holds no JSON object; write one object a line" in result.stderr


@pytest.mark.parametrize("text", ['{"results": [null, %s, 7]}', "[null, %s, [1]]"])
def test_what_is_no_row_among_rows_of_json_is_rejected(tmp_path: Path, url: str, text: str) -> None:
    row = '{"id": 1, "nps": 9, "date": "2026-01-05"}'
    account = _one(url, _file(tmp_path, text % row, "a.json"), "--zone", "UTC")
    assert (account["rows"], account["kept"], len(account["rejected"])) == (3, 1, 2)


def test_json_stays_json_whatever_a_row_says(tmp_path: Path, url: str) -> None:
    rows = '{"id": 1, "nps": 1e400, "date": "2026-01-05"}\n{"id": 2, "nps": 9, "date": "2026-01-05"}\n[1]\n'
    result = _run(url, _file(tmp_path, rows, "a.jsonl"), "--zone", "UTC", "--format", "json")
    document = json.loads(result.stdout, parse_constant=pytest.fail)
    assert [row["raw"] for row in document["files"][0]["rejected"]] == ["inf", None]


def test_it_is_in_the_help_which_speaks_of_files_and_not_of_types_of_python() -> None:
    assert "import " in CliRunner().invoke(app, ["--help"]).stdout
    text = CliRunner().invoke(app, ["import", "--help"], env={"COLUMNS": "80"}).stdout
    shown = " ".join(text.split())
    for flag in ("--from TOOL", "--store URL", "--map FIELD=COLUMN", "--set FIELD=VALUE", "--rejects FILE"):
        assert flag in shown
    assert not set("<>{}│╭").intersection(text.split("\n", 1)[1])


def test_a_score_loads_no_records_and_no_store() -> None:
    program = "import sys, npscore.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"pydantic", "sqlalchemy", "npscore.cli.importing"} & set(done.stdout.split())


def _twice(url: str, file: str, *arguments: str) -> dict[str, Any]:
    account = _one(url, DATA / file, *arguments)
    assert _one(url, DATA / file, *arguments)["new"] == 0
    return account


@real
@pytest.mark.parametrize(
    ("file", "arguments", "rows", "true"),
    [
        ("crm_export_semicolon_bom.csv", ["--zone", "UTC"], (401, 400), ()),
        ("survey_tool_utf16_updates.tsv", [], (335, 300), ()),
        ("mixed_scores.csv", ["--zone", "UTC"], (500, 339), ("strict",)),
        ("mixed_scores.csv", ["--zone", "UTC", "--lenient"], (500, 442), ("lenient",)),
        ("three_header_rows.csv", ["--zone", "UTC"], (250, 250), ("no_preview_finished_only",)),
    ],
)
def test_dirty_exports_are_kept_and_scored_as_the_truth_says(
    url: str, file: str, arguments: list[str], rows: tuple[int, int], true: tuple[str, ...]
) -> None:
    truth = json.loads((DATA / "dirty_exports/truth.json").read_text(encoding="utf-8"))
    account = _twice(url, f"dirty_exports/{file}", *arguments)
    assert (account["rows"], len(_kept(url))) == rows
    known = truth["files"][file]
    known = known["truth"] if isinstance(known, dict) else known
    reading = true[0] if true and true[0] in known[0] else "score"
    ratings = {str(row["id"]): row[reading] for row in known if row[reading] is not None}
    assert {id_: answer.rating for id_, answer in _kept(url).items() if answer.rating is not None} == ratings
    summary = truth["summary"][file]
    summary = summary[true[0]] if true else summary
    found = _score(url)
    assert (found.n, found.tally.promoters, found.tally.passives, found.tally.detractors) == tuple(
        summary[name] for name in ("valid", "promoters", "passives", "detractors")
    )
    assert found.value == pytest.approx(summary["nps"], abs=1e-9)


@real
@pytest.mark.parametrize("file", ["responses.csv", "responses_raw_mixed_encoding.csv"])
def test_the_garden_centres(url: str, file: str) -> None:
    arguments = ["--answered-at", "2014-01-01T00:00:00Z", "--scale", "1-10"]
    account = _one(url, DATA / "botanic_retail_fr" / file, *arguments)
    assert (account["rows"], account["kept"], account["new"]) == (13_954, 13_954, 13_954)
    assert _score(url).n == 13_612
    _refused(_run(url, DATA / "botanic_retail_fr" / file), 1, "--answered-at")


@real
def test_the_surgeries(url: str) -> None:
    arguments = ["--zone", "Europe/London", "--words", FFT, "--scale", "1-5:4:5"]
    account = _twice(url, "gp_fft_uk/responses.csv", *arguments)
    assert (account["rows"], account["kept"], account["new"]) == (3_882, 3_882, 3_882)
    assert str(_score(url).tally.scale) == "1-5:4:5"
    _refused(_run(url, DATA / "gp_fft_uk/responses.csv", *arguments[2:]), 1, "--zone")
    _refused(_run(url, DATA / "gp_fft_uk/responses.csv", *arguments[:2]), 1, "--words")


@real
def test_the_reviews_all_at_once(url: str) -> None:
    files = [DATA / "skytrax_reviews" / f"{name}.csv" for name in ("airline", "airport", "lounge")]
    arguments = ["--zone", "UTC", "--scale", "1-10"]
    _refused(_run(url, *files, *arguments), 1, "--prefix")  # airlines and airports number alike
    accounts = [_one(url, file, *arguments, "--prefix", f"{file.stem}-") for file in files]
    assert [(account["rows"], account["kept"]) for account in accounts] == [(2_244,) * 2, (1_001,) * 2, (2_264,) * 2]


@pytest.mark.parametrize("name", ["answers.csv", "answers.jsonl", "answers.json"])
def test_a_number_of_thousands_of_digits_is_a_rejected_row_with_a_short_message(
    tmp_path: Path, url: str, name: str
) -> None:
    huge, row = "9" * 6_000, {"id": "1", "nps": "9", "customer_id": "c", "date": "2026-01-05"}
    rows = [row, *({**row, field: huge} for field in row)]
    lines = [json.dumps(row).replace(f'"{huge}"', huge) for row in rows]
    table = [",".join(row), *(",".join(row.values()) for row in rows)]
    text = {".csv": "\n".join(table), ".jsonl": "\n".join(lines), ".json": f"[{','.join(lines)}]"}[Path(name).suffix]
    result = _run(url, _file(tmp_path, text, name), "--zone", "UTC")
    assert result.exit_code == 0, result.output
    assert "5 rows (generic) = 1 kept + 4 rejected" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 200
    assert "set_int_max_str_digits" not in result.output


def test_a_customer_of_many_parts_is_one_customer(tmp_path: Path, url: str) -> None:
    rows = [f"r{n},9,c{n % 4},a{n % 2},gold,2026-01-{n + 1:02}" for n in range(20)]
    path = _file(tmp_path, "\n".join(["id,nps,customer_id,account_name,plan,date", *rows]))
    flags = "--zone", "UTC", "--map", "customer.plan=plan"
    reading = importing.Reading(
        known_at=datetime(2026, 2, 1, tzinfo=UTC), zone="UTC", fields={"customer.plan": ("plan",)}
    )
    begun = importing.begin([("a.csv", look_at(path))], reading, size=5)
    with closing(nps.MemoryStore()) as store:
        (account,) = importing.keep(begun, store)
    assert account.summary.records == {"response": 20, "customer": 4, "account": 2}
    assert "20 responses, 4 customers, 2 accounts." in str(account)
    assert _one(url, path, *flags)["records"] == account.to_dict()["records"]


def test_more_people_than_are_remembered_are_said() -> None:
    known = datetime(2026, 2, 1, tzinfo=UTC)
    account = importing.Account("a.csv")
    account.people.most = 2
    account.people.see([Customer(id=name, known_at=known) for name in ("a", "b", "c", "a", "c")])
    assert account.summary.records == {"customer": 4}
    assert "after the first 2 are counted again" in str(account)
