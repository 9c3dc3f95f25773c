"""Real and badly behaved exports, where they lie beside the checkout: every row, every id, every rating."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from npscore import InputError, Intake, MemoryStore, Response, Tally, read_responses, score, stream_responses
from npscore.adapters.files import look_at
from npscore.intake import read_words

DATA = Path(os.environ.get("NPSCORE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no data sets beside the checkout (NPSCORE_TEST_DATA names them)"
)
KNOWN = "2026-11-22T00:00:00Z"
FFT = "Extremely likely=5,Likely=4,Neither likely nor unlikely=3,Unlikely=2,Extremely unlikely=1"


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DATA / "dirty_exports/truth.json").read_text(encoding="utf-8"))
    return document


def read(file: str, **options: Any) -> Intake:
    intake = read_responses(look_at(DATA / file), known_at=KNOWN, **options)
    assert intake.rows == intake.kept + len(intake.rejected)
    return intake


def check_score(responses: list[Response], true: dict[str, Any]) -> None:
    found = score([response.rating for response in responses])
    assert found.tally == Tally(true["detractors"], true["passives"], true["promoters"], found.tally.unanswered)
    assert found.n == true["valid"]
    assert found.value == pytest.approx(true["nps"], abs=1e-9)


def test_the_crm_export(truth: dict[str, Any]) -> None:
    intake = read("dirty_exports/crm_export_semicolon_bom.csv", zone="UTC")
    assert (intake.rows, intake.kept) == (401, 400)
    assert [bad.reason for bad in intake.rejected] == ["a row of totals, not an answer"]
    rows = truth["files"]["crm_export_semicolon_bom.csv"]
    assert [(response.id, response.rating) for response in intake.responses] == [(r["id"], r["score"]) for r in rows]
    assert {response.attributes["Region"] for response in intake.responses} == {"EMEA", "emea", "APAC", "AMER"}
    check_score(list(intake.standing), truth["summary"]["crm_export_semicolon_bom.csv"])


def test_the_updates_out_of_order(truth: dict[str, Any]) -> None:
    intake = read("dirty_exports/survey_tool_utf16_updates.tsv")
    assert (intake.rows, intake.kept, len(intake.responses)) == (335, 335, 335)
    known = truth["files"]["survey_tool_utf16_updates.tsv"]["truth"]
    assert {response.id: response.rating for response in intake.standing} == {r["id"]: r["score"] for r in known}
    store = MemoryStore()
    store.put(*intake.records)
    assert store.put(*intake.records) == 0
    check_score(list(store.find(Response)), truth["summary"]["survey_tool_utf16_updates.tsv"])


@pytest.mark.parametrize("reading", ["strict", "lenient"])
def test_the_scores_written_in_all_ways(truth: dict[str, Any], reading: str) -> None:
    intake = read("dirty_exports/mixed_scores.csv", zone="UTC", lenient=reading == "lenient")
    known = truth["files"]["mixed_scores.csv"]["truth"]
    kept = {response.id: response for response in intake.responses}
    assert {id_: r.rating for id_, r in kept.items() if r.rating is not None} == {
        str(row["id"]): row[reading] for row in known if row[reading] is not None
    }
    assert all(
        kept[str(row["id"])].answered_at.date().isoformat() == row["date"] for row in known if str(row["id"]) in kept
    )
    assert {bad.field for bad in intake.rejected} == {"rating"}
    assert all(
        response.customer_id == response.customer_id.strip() for response in kept.values() if response.customer_id
    )
    check_score(list(intake.standing), truth["summary"]["mixed_scores.csv"][reading])


def test_the_three_rows_of_header(truth: dict[str, Any]) -> None:
    intake = read("dirty_exports/three_header_rows.csv", zone="UTC")
    assert (intake.shape, intake.rows, intake.kept) == ("qualtrics-csv", 250, 250)
    known = truth["files"]["three_header_rows.csv"]["truth"]
    told = [(r.id, r.rating, r.completed, r.test) for r in intake.responses]
    assert told == [(row["id"], row["score"], row["finished"], row["preview"]) for row in known]
    true = truth["summary"]["three_header_rows.csv"]
    check_score([r for r in intake.standing if not r.test], true["no_preview"])
    check_score([r for r in intake.standing if not r.test and r.completed], true["no_preview_finished_only"])
    assert not any(note.about == "category" for note in intake.notes)


@pytest.mark.parametrize("file", ["responses.csv", "responses_raw_mixed_encoding.csv"])
def test_the_garden_centres(file: str) -> None:
    intake = read(f"botanic_retail_fr/{file}", answered_at="2014-01-01T00:00:00Z", scale="1-10")
    assert (intake.rows, intake.kept, len(intake.responses)) == (13_954, 13_954, 13_954)
    assert sum(response.rating is None for response in intake.responses) == 342
    assert len({response.id for response in intake.responses}) == 13_954
    with pytest.raises(InputError, match="--answered-at"):
        read(f"botanic_retail_fr/{file}")


def test_the_surgeries() -> None:
    options: dict[str, Any] = {"zone": "Europe/London", "words": read_words(FFT), "scale": "1-5:4:5"}
    intake = read("gp_fft_uk/responses.csv", **options)
    assert (intake.rows, intake.kept) == (3_882, 3_882)
    assert {response.scale for response in intake.responses} == {"1-5:4:5"}
    (note,) = (note for note in intake.notes if note.about == "words")
    assert note.times == sum(response.rating is None for response in intake.responses)
    with pytest.raises(InputError, match="--zone"):
        read("gp_fft_uk/responses.csv", words=read_words(FFT), scale="1-5:4:5")
    assert read("gp_fft_uk/responses.csv", zone="Europe/London").kept == 0


@pytest.mark.parametrize(
    ("file", "rows", "blank"), [("airline", 2_244, 187), ("airport", 1_001, 162), ("lounge", 2_264, 5)]
)
def test_the_reviews(file: str, rows: int, blank: int) -> None:
    intake = read(f"skytrax_reviews/{file}.csv", zone="UTC", scale="1-10")
    assert (intake.rows, intake.kept) == (rows, rows)
    assert sum(response.rating is None for response in intake.responses) == blank


@pytest.mark.parametrize("size", [1, 97, 10_000])
def test_files_are_streamed_in_parts_that_add_up(size: int) -> None:
    file = look_at(DATA / "dirty_exports/mixed_scores.csv")
    parts = list(stream_responses(file, size=size, known_at=KNOWN, zone="UTC"))
    whole = read("dirty_exports/mixed_scores.csv", zone="UTC")
    assert max(part.rows for part in parts) <= size
    assert Intake.merge(parts).records == whole.records
    assert Intake.merge(parts).rejected == whole.rejected
