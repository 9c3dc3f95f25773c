"""Scores of what a store keeps, at the shell."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import npscore as nps
from npscore.cli.app import app

SEPTEMBER, OCTOBER = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)


def answer(name: str, rating: int | None, **fields: Any) -> nps.Response:
    return nps.Response(**{"id": name, "rating": rating, "answered_at": SEPTEMBER, "known_at": SEPTEMBER, **fields})


@pytest.fixture(name="url")
def _url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'npscore.db'}"
    store = nps.open_store(url)
    store.put(
        nps.Customer(id="c1", known_at=SEPTEMBER, attributes={"region": "EMEA"}),
        nps.Customer(id="c2", known_at=SEPTEMBER, attributes={"region": "Asia"}),
        answer("r1", 9, customer_id="c1"),
        answer("r2", 3, customer_id="c2", channel="web"),
        answer("r3", None, customer_id="c2"),
        answer("r4", 10, customer_id="c1", test=True),
        answer("r5", 5, metric="csat"),
        answer("r6", 0, customer_id="c1", answered_at=OCTOBER, known_at=OCTOBER),
    )
    store.close()
    return url


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["score", *map(str, arguments)])


def _json(*arguments: object) -> dict[str, Any]:
    result = _run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_groups_are_those_of_the_customers(url: str) -> None:
    document = _json("--store", url, "--by", "customer.region", "--every", "quarter")
    assert [(g["customer.region"], g["period"], g["n"], g["nps"]) for g in document["groups"]] == [
        ("Asia", "2026-07-01", 1, -100.0), ("EMEA", "2026-07-01", 1, 100.0), ("EMEA", "2026-10-01", 1, -100.0),
    ]  # fmt: skip
    assert document["rows_read"] == 6


def test_what_is_left_out_is_said(url: str) -> None:
    footer = _run("--store", url).output
    assert "6 rows read = 3 scored + 1 unanswered + 0 invalid + 2 left out (1 csat, 1 trial) + 0 reported." in footer


def test_a_report_of_then_leaves_out_what_was_learned_later(url: str) -> None:
    assert _json("--store", url, "--as-of", "2026-10-01")["groups"][0]["n"] == 2
    assert _json("--store", url, "--as-of", "2026-10-02")["groups"][0]["n"] == 3
    assert _json("--store", url, "--as-of", "2026-10-02", "--zone", "Asia/Tokyo")["groups"][0]["n"] == 2
    assert "known by 2026-10-01T00:00:00+00:00" in _run("--store", url, "--as-of", "2026-10-01").output


def test_where_keeps_one_value(url: str) -> None:
    assert _json("--store", url, "--where", "customer.region=EMEA")["groups"][0]["n"] == 2
    assert _json("--store", url, "--where", "channel=")["groups"][0]["n"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--by", "customer.regoin"], "no answer has a value for 'customer.regoin'; there are customer.region."),
        (["--by", "rating"], "the field response.rating makes no groups"),
        (["--by", "n"], "the key 'n' has the name of a result column"),
        (["--as-of", "soon"], "--as-of is a time as in 2026-11-22T10:30:00Z, not 'soon'"),
        (["--at", "when"], "--at says how files are read"),
        (["answers.csv"], "name the files to score, or a store with --store; one of the two."),
        (["--scale", "1-10"], "1-10"),
    ],
)
def test_what_cannot_be_asked_of_a_store_is_refused(url: str, arguments: list[str], said: str) -> None:
    result = _run("--store", url, *arguments)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    result = _run("--store", f"sqlite:///{tmp_path / 'typo.db'}")
    assert result.exit_code == 1
    assert "npscore import FILE" in result.stderr
    assert not (tmp_path / "typo.db").exists()


def test_no_store_is_made_of_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "typo.db").touch()
    result = _run("--store", f"sqlite:///{tmp_path / 'typo.db'}")
    assert result.exit_code == 1
    assert "typo.db is empty; npscore import FILE" in result.stderr
    assert (tmp_path / "typo.db").read_bytes() == b""


def test_nothing_to_score_is_told(tmp_path: Path) -> None:
    assert _run("--store", "memory://").exit_code == 1
    assert "the store has no answer that counts" in _run("--store", "memory://").output


def test_as_of_belongs_to_stores(tmp_path: Path) -> None:
    assert "--as-of belongs to a store" in _run("answers.csv", "--as-of", "2026-01-01").stderr
    assert "name the files to score" in _run().stderr


def test_kinds_are_not_pooled(url: str) -> None:
    with closing(nps.open_store(url)) as store:
        store.put(answer("r7", 9, survey_kind="employee"))
    assert "employee and relationship answers" in _run("--store", url).stderr
    assert _json("--store", url, "--where", "survey_kind=employee")["groups"][0]["n"] == 1
