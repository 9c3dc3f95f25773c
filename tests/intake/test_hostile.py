"""Whatever comes in, each row is kept or rejected; only a question to the caller may interrupt."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget import examples
from npscore import InputError, Intake, MemoryStore, read_responses, stream_responses
from npscore.intake import SHAPES

KNOWN = "2026-11-22T00:00:00Z"
OPTIONS: dict[str, Any] = {"known_at": KNOWN, "answered_at": KNOWN, "zone": "UTC", "day_first": True}

ODD = st.sampled_from([
    "=cmd|' /C calc'!A0", "\x00", "\ud800", "9\x00", "\u202e9", "9" * 5_000, "x" * 300_000, "NaN", "1e999", "-0", "0x9",
    "9/10", "0-10", "1-1", "5-1", "2026-01-05T08:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "05/07/2026", "99999", "1767600000", "promoter", "Total", '{"ImportId":"x"}', "NPS", "csat", "TRUE", "{}", "[[[[",
])  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**4_000),
    st.floats(),
    st.text(max_size=30),
    ODD,
    st.integers(0, 10),
)
GARBAGE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths_of(name: str) -> list[str]:
    shape = SHAPES[name]
    return sorted({path for paths in (*shape.fields.values(), *shape.marks) for path in paths} | {"nps", "date", "id"})


@st.composite
def rows_like(draw: st.DrawFn, name: str) -> list[Any]:
    """Objects with the names of a shape, and anything under them."""
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row: dict[Any, Any] = {}
        for path in draw(st.lists(st.sampled_from(paths_of(name)), max_size=12)):
            *parents, last = path.split(".")
            inner: Any = row
            for parent in parents:
                inner = inner.setdefault(parent, {}) if isinstance(inner, dict) else {}
            if isinstance(inner, dict):
                inner[last] = draw(GARBAGE)
        rows.append(draw(st.one_of(st.just(row), st.just(row), st.just(row), GARBAGE)))
    return rows


def check(intake: Intake, rows: int) -> None:
    assert intake.rows == rows
    assert intake.kept + len(intake.rejected) == rows
    assert all(bad.reason and bad.row for bad in intake.rejected)
    assert json.dumps(intake.to_dict())
    assert str(intake)
    store = MemoryStore()
    store.put(*intake.records)
    assert store.put(*intake.records) == 0


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_garbage_in_the_shape_of_a_tool_is_kept_or_rejected(name: str) -> None:
    @examples(40)
    @given(rows_like(name), st.booleans())
    def law(rows: list[Any], lenient: bool) -> None:
        extra = {"fields": {"rating": "question.q1"}} if name == "surveymonkey-api" else {}
        try:
            intake = read_responses(rows, shape=name, lenient=lenient, **OPTIONS, **extra)
        except InputError as question:
            assert "rating" in str(question) or "no column" in str(question)
        else:
            check(intake, len(rows))

    law()


@examples(200)
@given(
    st.lists(st.dictionaries(st.sampled_from(["id", "nps", "date", "email", "metric", "scale", "tags", "x"]), GARBAGE))
)
def test_tables_of_garbage_are_kept_or_rejected(rows: list[Any]) -> None:
    rows = [{"id": "r", "nps": 9}, *rows]
    check(read_responses(rows, shape="generic", **OPTIONS), len(rows))
    parts = list(stream_responses(rows, size=2, shape="generic", **OPTIONS))
    assert sum(part.rows for part in parts) == len(rows)


@examples(200)
@given(st.one_of(GARBAGE, st.lists(GARBAGE, max_size=4)))
def test_of_anything_the_worst_is_a_question(payload: Any) -> None:
    try:
        intake = read_responses(payload, **OPTIONS)
    except InputError as question:
        assert str(question)
    else:
        check(intake, intake.rows)


def test_nests_of_any_depth_are_no_trouble() -> None:
    deep: Any = "9"
    for _ in range(100_000):
        deep = {"data": [deep]} if isinstance(deep, str) else {"data": deep}
    rows = [{"id": 1, "nps": deep}, {"nps": deep}, {"id": 2, "nps": "9", "deep": deep}]
    intake = read_responses(rows, **OPTIONS)
    assert (intake.kept, len(intake.rejected)) == (1, 2)
    listed: Any = []
    for _ in range(100_000):
        listed = [listed]
    assert read_responses([{"nps": 9, "x": listed}], **OPTIONS).rejected[0].field == "id"


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_messages_that_were_cut_and_mended_are_kept_or_rejected(cut: int) -> None:
    message = json.dumps(
        {
            "event_type": "survey_response.created",
            "event_data": {"id": "r-1", "score": 9, "survey_type": "nps", "created_at": 1767600000},
        }
    )
    for end in ("", '"}', '"}}', "}", "}}", "null}}"):
        try:
            payload = json.loads(message[:cut] + end)
        except ValueError:
            continue
        try:
            check(read_responses(payload, shape="delighted-webhook", **OPTIONS), 1)
        except InputError as question:
            assert "rows are mappings" in str(question)
