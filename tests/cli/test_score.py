import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import npscore as nps
from npscore.cli.app import app, demo_csv

CSV = "id,nps,region,answered_at\n1,9,EU,2026-01-05\n2,3,EU,2026-02-07\n3,,US,2026-04-01\n4,10,US,2026-05-09\n5,11,,\n"


@pytest.fixture(name="answers")
def _answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["score", *map(str, arguments)])


def _json(*arguments: object) -> dict[str, Any]:
    result = _run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def _file(folder: Path, text: str, name: str = "answers.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_json_has_the_promised_shape(answers: Path) -> None:
    document = _json(answers, "--by", "region", "--every", "quarter")
    assert document["rows_read"] == 5
    assert document["rows_reported"] == []
    assert document["convention"]["fingerprint"] == nps.DEFAULT.fingerprint
    assert document["groups"][0] == {
        "region": "EU", "period": "2026-01-01", "n": 2, "detractors": 1, "passives": 0, "promoters": 1, "unanswered": 0,
        "invalid": 0, "nps": 0.0, **_limits(nps.Tally(1, 0, 1)),
    }  # fmt: skip
    assert [(group["region"], group["period"]) for group in document["groups"]] == [
        ("EU", "2026-01-01"), ("US", "2026-04-01"), (None, None),
    ]  # fmt: skip


def _limits(tally: nps.Tally) -> dict[str, float]:
    limits = nps.interval(tally)
    return {"lower": limits.lower, "upper": limits.upper}


def test_every_row_is_somewhere(answers: Path) -> None:
    answers.write_text(CSV + "6,8\nTotal,40,,\n7,8,EU,someday\n8,9,EU,2026-05-01\n", encoding="utf-8")
    document = _json(answers, "--every", "month", "--where", "region=EU")
    assert document["rows_read"] == 9
    assert [bad["line"] for bad in document["rows_reported"]] == [7, 8, 9]
    kept = document["rows_scored"] + document["rows_unanswered"] + document["rows_invalid"]
    assert kept + document["rows_left_out"] + len(document["rows_reported"]) == 9
    assert kept == sum(group["n"] + group["unanswered"] + group["invalid"] for group in document["groups"])


def test_the_account_of_the_rows_is_printed_in_every_form(answers: Path) -> None:
    for form in ("table", "markdown", "html", "csv", "json"):
        result = _run(answers, "--format", form)
        assert "5 rows read = 3 scored + 1 unanswered + 1 invalid + 0 reported" in result.output, form


def test_a_guessed_column_is_named(answers: Path) -> None:
    assert "the column 'nps' was taken for --rating" in _run(answers).output
    assert "was taken for" not in _run(answers, "--rating", "nps").output


def test_groups_of_two_columns_and_a_period(answers: Path) -> None:
    document = _json(answers, "--by", "region", "--by", "id", "--every", "year", "--at", "answered_at")
    assert list(document["groups"][0])[:3] == ["region", "id", "period"]
    assert len(document["groups"]) == 5


def test_the_zone_decides_the_day(tmp_path: Path) -> None:
    path = _file(tmp_path, "nps,at\n9,2025-12-31T23:30:00Z\n")
    assert _json(path, "--every", "year", "--at", "at")["groups"][0]["period"] == "2025-01-01"
    there = _json(path, "--every", "year", "--at", "at", "--zone", "Europe/Berlin")
    assert there["groups"][0]["period"] == "2026-01-01"


def test_words_are_read_as_said(tmp_path: Path) -> None:
    path = _file(tmp_path, "rating\nLikely\nExtremely likely\nDon't know\nUnlikely\n")
    document = _json(path, "--scale", "1-5:4:5", "--words", "Extremely likely=5,Likely=4,Unlikely=2")
    assert (document["total"]["n"], document["total"]["nps"], document["rows_unanswered"]) == (3, 0.0, 1)


def test_words_without_a_meaning_are_a_data_problem_with_a_hint(tmp_path: Path) -> None:
    result = _run(_file(tmp_path, "rating\nLikely\nUnlikely\n"))
    assert result.exit_code == 1
    assert "--words" in result.output


def test_day_and_month_are_proven_asked_or_given(tmp_path: Path) -> None:
    proven = _file(tmp_path, "nps,date\n9,05/07/2026\n3,23/07/2026\n", "proven.csv")
    document = _json(proven, "--every", "month")
    assert [group["period"] for group in document["groups"]] == ["2026-07-01"]
    assert any("day first" in note for note in document["notes"])
    open_ = _file(tmp_path, "nps,date\n9,05/07/2026\n3,06/07/2026\n", "open.csv")
    result = _run(open_, "--every", "month")
    assert result.exit_code == 1
    assert "--day-first or --month-first" in result.output
    assert _json(open_, "--every", "month", "--month-first")["groups"][0]["period"] == "2026-05-01"


def test_odd_data_is_named(tmp_path: Path) -> None:
    rows = [f"{i},{1 + i % 10},{'Eu' if i % 2 else 'EU'}" for i in range(400)] + ["7,10,EU"]
    document = _json(_file(tmp_path, "id,nps,region\n" + "\n".join(rows)), "--by", "region")
    notes = " ".join(document["notes"])
    assert "look like a 1-10 scale" in notes
    assert "1 rows repeat an id" in notes
    assert "differ in case only" in notes
    assert not any("look like" in note for note in _json(tmp_path / "answers.csv", "--scale", "1-10")["notes"])


def test_several_files_are_one_report(tmp_path: Path) -> None:
    first, second = _file(tmp_path, "nps\n9\n", "a.csv"), _file(tmp_path, '{"nps": 3}\n', "b.jsonl")
    assert _json(first, second)["total"]["nps"] == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rating", "npps"], "did you mean 'nps'"),
        (["--by", "country"], "no column 'country'"),
        (["--scale", "1-5"], "no standard cut-offs"),
        (["--zone", "Mars/Phobos"], "not a time zone"),
        (["--level", "95"], "level=0.95"),
        (["--where", "region"], "COLUMN=VALUE"),
        (["--words", "Likely"], "WORD=NUMBER"),
        (["--day-first", "--month-first"], "exclude each other"),
        (["--format", "pdf"], "pdf"),
        (["--out", "/nowhere/at/all.csv"], "cannot be written"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_exit_code_2(answers: Path, arguments: list[str], message: str) -> None:
    result = _run(answers, *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    assert _run(tmp_path / "nowhere.csv").exit_code == 2


@pytest.mark.parametrize("text", ["", "nps\n", "nps\n\n,\n", "nps\nNA\n", "nps\n11\n"])
def test_nothing_to_score_is_exit_code_1(tmp_path: Path, text: str) -> None:
    result = _run(_file(tmp_path, text))
    assert result.exit_code == 1
    assert "empty" in result.output or "nothing could be scored" in result.output


def test_out_writes_the_whole_file_or_nothing(answers: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    result = _run(answers, "--by", "region", "--format", "csv", "--out", out)
    assert result.exit_code == 0
    assert out.read_text(encoding="utf-8").splitlines()[0].startswith("region,n,detractors")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.csv", "scores.csv"]


def test_hostile_names_and_values_stay_text(tmp_path: Path) -> None:
    rows = ["=1+2,9", "<script>alert(1)</script>,3", "[red]a|b[/red],10", "\x1b[31mred,8"]
    path = _file(tmp_path, "team,nps\n" + "\n".join(rows))
    assert "'=1+2," in _run(path, "--by", "team", "--format", "csv").stdout
    html = _run(path, "--by", "team", "--format", "html").stdout
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    table = _run(path, "--by", "team").stdout
    assert "[red]a|b[/red]" in table
    assert "\x1b" not in table
    assert "\\|b" in _run(path, "--by", "team", "--format", "markdown").stdout


def test_demo_is_the_same_everywhere_and_never_overwrites(tmp_path: Path) -> None:
    folder = tmp_path / "lumen"
    first = CliRunner().invoke(app, ["demo", str(folder)])
    assert first.exit_code == 0
    assert "Europe" in first.output
    assert (folder / "answers.csv").read_text(encoding="utf-8") == demo_csv()
    assert CliRunner().invoke(app, ["demo", str(folder)]).exit_code == 0
    (folder / "answers.csv").write_text("mine", encoding="utf-8")
    assert CliRunner().invoke(app, ["demo", str(folder)]).exit_code == 2
    assert (folder / "answers.csv").read_text(encoding="utf-8") == "mine"


def test_the_module_runs_as_a_command(answers: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "npscore", "score", str(answers), "--format", "json"],
        capture_output=True, text=True, check=True, encoding="utf-8",
    )  # fmt: skip
    assert json.loads(done.stdout)["rows_read"] == 5
    version = subprocess.run([sys.executable, "-m", "npscore", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.split() == ["npscore", nps.__version__]


def test_a_key_that_would_hide_a_result_is_refused(answers: Path) -> None:
    for arguments in (["--by", "nps"], ["--by", "region", "--by", "region"]):
        result = _run(answers, *arguments)
        assert result.exit_code == 2
        assert "key" in result.output


def test_an_open_quote_does_not_swallow_the_rest_unseen(tmp_path: Path) -> None:
    document = _json(_file(tmp_path, 'nps,note\n9,fine\n8,"unclosed\n3,b\n2,c\n'))
    assert document["rows_scored"] == 1
    assert document["rows_reported"][0]["line"] == 3
    assert "to line 5: unexpected end of data" in document["rows_reported"][0]["reason"]


def test_dates_that_prove_opposite_orders_are_an_error(tmp_path: Path) -> None:
    result = _run(_file(tmp_path, "nps,date\n9,23/07/2026\n3,07/23/2026\n"), "--every", "month")
    assert result.exit_code == 1
    assert "conflict" in result.output


def test_a_moment_outside_the_calendar_of_the_zone_is_reported(tmp_path: Path) -> None:
    path = _file(tmp_path, "nps,date\n9,9999-12-31T23:59:00Z\n3,2026-01-01\n")
    document = _json(path, "--every", "year", "--zone", "Asia/Tokyo")
    assert [bad["line"] for bad in document["rows_reported"]] == [2]


def test_the_input_is_never_overwritten(answers: Path) -> None:
    result = _run(answers, "--format", "csv", "--out", answers)
    assert result.exit_code == 2
    assert answers.read_text(encoding="utf-8") == CSV


def test_what_narrows_the_numbers_stands_in_the_report(answers: Path) -> None:
    notes = " ".join(_json(answers, "--where", "region=EU", "--words", "Yes=10")["notes"])
    assert "'region' is 'EU'" in notes
    assert "yes = 10" in notes


def test_a_long_file_is_counted_as_row_by_row(tmp_path: Path) -> None:
    ratings = ["9", "3", "", "11", "8 ", "n/a", "10.0", "free text"]
    times = ["2026-01-31T23:30:00Z", "2026-02-01", "", "someday", "2026-02-28 23:59:59+00:00", "5-Mar-2026"]
    months = ["2026-02-01", "2026-02-01", None, "reported", "2026-03-01", "2026-03-01"]  # in Paris
    lines = [
        (f"i{at % 4000}", ratings[at * 7 % 8], "a" if at % 5 else " b", times[at * at % 6], at * at % 6)
        for at in range(5000)
    ]
    text = "id,nps,team,answered_at\n" + "".join(",".join(line[:4]) + "\n" for line in lines)
    arguments = ["--by", "team", "--every", "month", "--zone", "Europe/Paris", "--where", "team=a"]
    document = _json(_file(tmp_path, text), "--rating", "nps", *arguments)
    kept = [(at + 2, line) for at, line in enumerate(lines) if line[2] == "a"]
    read = [(line, row) for line, row in kept if months[row[4]] != "reported"]
    assert document["rows_left_out"] == 5000 - len(kept)
    assert [bad["line"] for bad in document["rows_reported"]] == [n for n, row in kept if (n, row) not in read]
    assert [bad["line"] for bad in document["invalid_examples"]] == [
        line for line, row in read if row[1] in ("11", "free text")
    ][:20]
    for group in document["groups"]:
        here = [row[1] for _, row in read if months[row[4]] == group["period"]]
        slots = {"promoters": ("9", "10.0"), "passives": ("8 ",), "detractors": ("3",), "invalid": ("11", "free text")}
        assert {name: group[name] for name in slots} == {
            name: sum(here.count(text) for text in texts) for name, texts in slots.items()
        }
        assert group["unanswered"] == here.count("") + here.count("n/a")
    seen = [row[0] for _, row in read]
    assert f"{len(seen) - len(set(seen)):,} rows repeat an id" in " ".join(document["notes"])


def test_equal_values_of_different_types_are_told_apart(tmp_path: Path) -> None:
    rows = ['{"nps": 1, "team": 1}', '{"nps": true, "team": true}', '{"nps": 1.0, "team": 1.0}']
    document = _json(_file(tmp_path, "\n".join(rows * 3), "answers.jsonl"), "--by", "team")
    assert {group["team"]: (group["n"], group["invalid"]) for group in document["groups"]} == {
        "1": (3, 0), "true": (0, 3), "1.0": (3, 0),
    }  # fmt: skip


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_help_speaks_of_columns_and_files_and_not_of_types_of_python(
    columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    text = _run("--help").stdout
    assert "FILE" in text.splitlines()[0]
    for shown in ("--by COLUMN", "--every PERIOD", "--where COLUMN=VALUE", "--out FILE", "UTC when left out"):
        assert shown in " ".join(text.split())
    assert not set("<>{}│╭").intersection(text.split("\n", 1)[1])
    assert all(f"--{name}" in text for name in ("rating", "at", "scale", "words", "level", "encoding", "separator"))


def test_packed_answers_are_scored_also_from_a_pipe(answers: Path, tmp_path: Path) -> None:
    packed = tmp_path / "answers.csv.gz"
    packed.write_bytes(gzip.compress(answers.read_bytes()))
    assert _json(packed)["groups"] == _json(answers)["groups"]
    piped = CliRunner().invoke(app, ["score", "-", "--format", "json"], input=packed.read_bytes())
    assert json.loads(piped.stdout)["groups"] == _json(answers)["groups"]


def test_a_file_in_another_encoding_than_was_said_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes("nps,ort\n9,Köln\n".encode("cp1252"))
    result = _run(path, "--encoding", "utf-8")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "answers.csv is not utf-8: byte 12 (0xf6, on line 2)" in result.stderr
    assert _json(path, "--encoding", "cp1252", "--by", "ort")["groups"][0]["ort"] == "Köln"


def test_a_title_above_the_header_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, f"NPS of our teams\n\n{CSV}")
    for arguments in ([], ["--rating", "nps"]):
        result = _run(path, *arguments)
        assert result.exit_code == 2
        assert "'NPS of our teams', looks like a title, and line 3 like the header" in result.stderr


def test_a_key_that_is_nan_is_missing(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"nps": 9, "size": NaN}\n{"nps": 9, "size": null}\n{"nps": 9, "size": 1.5}\n', "a.jsonl")
    assert [(group["size"], group["n"]) for group in _json(path, "--by", "size")["groups"]] == [("1.5", 1), (None, 2)]


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "npscore", "score", "-", "--format", "json"],
        input=CSV.encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["rows_read"] == 5


def test_ratings_written_as_floats_are_watched_too(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    ratings = [None, *(float(1 + i % 10) for i in range(400))]
    parquet.write_table(pa.table({"nps": ratings}), tmp_path / "a.parquet")
    assert "look like a 1-10 scale" in " ".join(_json(tmp_path / "a.parquet")["notes"])


def test_a_bar_keeps_its_shares_on_a_narrow_terminal(answers: Path) -> None:
    import io

    from rich.console import Console

    from npscore.adapters.files import look_at
    from npscore.cli.counting import Choices, count
    from npscore.report import terminal

    choices = Choices(
        rating="nps", by=("region",), every=None, at=None, wheres=(), words=None, order=None, convention=nps.DEFAULT
    )  # fmt: skip
    console = Console(width=60, file=io.StringIO(), color_system=None)
    console.print(terminal(count([look_at(answers)], choices)))
    (first,) = (line for line in console.file.getvalue().splitlines() if line.startswith("EU"))  # type: ignore[attr-defined]
    assert abs(first.count("▓") - first.count("█")) <= 1
