"""The main job on real and on badly behaved files, where they lie beside the checkout."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from npscore.cli.app import app

DATA = Path(os.environ.get("NPSCORE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no data sets beside the checkout (NPSCORE_TEST_DATA names them)"
)

FFT = "Extremely likely=5,Likely=4,Neither likely nor unlikely=3,Unlikely=2,Extremely unlikely=1"


def _score(file: str, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["score", str(DATA / file), *arguments, "--format", "json"])
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    total = document["total"]
    assert document["rows_read"] == (
        total["n"] + total["unanswered"] + total["invalid"] + document["rows_left_out"] + len(document["rows_reported"])
    )
    return document


def _notes(document: dict[str, Any]) -> str:
    return " ".join(document["notes"])


def test_the_garden_centres(tmp_path: Path) -> None:
    document = _score("botanic_retail_fr/responses.csv", "--rating", "nps", "--scale", "1-10")
    assert (document["rows_read"], document["rows_unanswered"], document["total"]["n"]) == (13_954, 342, 13_612)
    rows = (DATA / "botanic_retail_fr/responses.csv").read_text(encoding="utf-8").splitlines()[1:]
    ratings = [int(row.split(",")[1]) for row in rows if row.split(",")[1] != "NA"]
    net = sum(rating >= 9 for rating in ratings) - sum(rating <= 6 for rating in ratings)
    assert document["total"]["nps"] == pytest.approx(100 * net / len(ratings), abs=1e-12)
    assert "look like" not in _notes(document)


def test_the_garden_centres_scored_on_the_wrong_scale_in_the_wrong_encoding() -> None:
    document = _score("botanic_retail_fr/responses_raw_mixed_encoding.csv")
    assert "look like a 1-10 scale" in _notes(document)
    assert "not valid UTF-8" in _notes(document)


@pytest.mark.parametrize(("file", "likely"), [("airline", "1-10"), ("airport", "1-10"), ("lounge", "1-5")])
def test_the_reviews_are_not_on_the_scale_they_seem_to_be_on(file: str, likely: str) -> None:
    document = _score(f"skytrax_reviews/{file}.csv", "--every", "year")
    assert f"look like a {likely} scale" in _notes(document)


def test_the_surgeries_answer_in_words() -> None:
    document = _score(
        "gp_fft_uk/responses.csv", "--scale", "1-5:4:5", "--words", FFT, "--every", "month", "--by", "practice"
    )
    assert (document["rows_read"], document["rows_invalid"]) == (3_882, 0)
    assert document["rows_unanswered"] > 0


@pytest.mark.parametrize("file", ["crm_export_semicolon_bom.csv", "mixed_scores.csv", "three_header_rows.csv"])
def test_dirty_exports_give_the_true_scores(file: str) -> None:
    truth = json.loads((DATA / "dirty_exports/truth.json").read_text(encoding="utf-8"))["summary"][file]
    where = ["--where", "Status=IP Address"] if "no_preview" in truth else []
    true = truth.get("strict") or truth.get("no_preview") or truth
    document = _score(f"dirty_exports/{file}", *where)
    assert document["total"]["n"] == true["valid"]
    assert document["total"]["nps"] == pytest.approx(true["nps"], abs=1e-9)


def test_dirty_exports_say_what_is_odd() -> None:
    crm = _score("dirty_exports/crm_export_semicolon_bom.csv", "--by", "Region", "--every", "quarter")
    assert [bad["reason"] for bad in crm["rows_reported"]] == ["a row of totals, not an answer"]
    assert "'EMEA' and 'emea'" in _notes(crm)
    assert "35 rows repeat an id" in _notes(_score("dirty_exports/survey_tool_utf16_updates.tsv"))
    assert "three header rows" in _notes(_score("dirty_exports/three_header_rows.csv"))
    mixed = _score("dirty_exports/mixed_scores.csv", "--every", "quarter")
    assert "month first" in _notes(mixed)
    assert mixed["rows_reported"] == []
