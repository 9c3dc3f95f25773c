import json
from datetime import UTC, datetime, timedelta

import pytest

from npscore import (
    Account,
    Customer,
    InputError,
    Intake,
    Note,
    Rejected,
    Response,
    read_responses,
    stream_responses,
)
from npscore.intake.results import Summary

TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def answer(id_: str, rating: int, revised_at: datetime | None = None) -> Response:
    return Response(id=id_, rating=rating, answered_at=TODAY, revised_at=revised_at, known_at=TODAY)


def test_there_is_no_third_way_for_a_row() -> None:
    with pytest.raises(InputError, match="3 rows are not 1 kept \\+ 1 rejected"):
        Intake(rows=3, kept=1, rejected=(Rejected(2, "rating", "not a whole number", "ten"),))


def test_intakes_add_up() -> None:
    bad = Rejected(2, "rating", "not a whole number", "ten")
    one = Intake(shape="generic", rows=2, kept=1, records=(answer("a", 9),), rejected=(bad,))
    two = Intake(shape="hubspot", rows=1, kept=1, records=(answer("b", 3),))
    both = one + two
    assert (both.rows, both.kept, both.rejected, both.shape) == (3, 2, (bad,), "generic, hubspot")
    assert [response.id for response in both.responses] == ["a", "b"]
    assert sum([one, two], Intake()) == Intake.merge([one, two]) == both
    assert Intake.merge([]) == Intake()


def test_notes_of_one_text_are_counted_together_and_keep_the_first_examples() -> None:
    note = Note("lenient", "read out of texts:", 1, ((9, "'ten' as 10"),))
    early = Note("lenient", "read out of texts:", 6, tuple((row, "") for row in range(1, 6)))
    both = Intake(notes=(note,)) + Intake(notes=(early, Note("columns", "some columns.")))
    assert [(known.about, known.times) for known in both.notes] == [("lenient", 7), ("columns", 0)]
    assert [row for row, _ in both.notes[0].examples] == [1, 2, 3, 4, 5]
    assert str(both.notes[0]) == "read out of texts: 7 rows (row 1, row 2, row 3, row 4, row 5, …)."
    assert str(both.notes[1]) == "some columns."


def test_the_version_of_the_latest_change_stands() -> None:
    versions = [answer("a", rating, TODAY + timedelta(hours=rating)) for rating in (3, 9, 5)]
    intake = Intake(rows=4, kept=4, records=(answer("a", 1), *versions))
    assert [response.rating for response in intake.standing] == [9]
    assert len(intake.responses) == 4


def test_of_people_and_accounts_only_the_latest_is_kept_in_any_order() -> None:
    old = Customer(id="c", name="Ann", revised_at=TODAY, known_at=TODAY)
    new = Customer(id="c", name="Ann Lee", revised_at=TODAY + timedelta(days=1), known_at=TODAY)
    rival = Customer(id="c", name="Anne Lee", revised_at=TODAY + timedelta(days=1), known_at=TODAY)
    account = Account(id="c", name="Acme", known_at=TODAY)
    one, two = Intake(records=(old, account, rival)), Intake(records=(new,))
    assert set((one + two).records) == set((two + one).records)
    assert {record.kind for record in (one + two).records} == {"customer", "account"}
    assert len((one + two).records) == 2


def test_people_read_where_the_rows_went() -> None:
    rejected = tuple(Rejected(row, "rating", "not a whole number", "x" * 100) for row in range(1, 8))
    intake = Intake(shape="generic", rows=8, kept=1, records=(answer("a", 9),), rejected=rejected)
    first, second = str(intake).splitlines()
    assert first == "8 rows (generic) = 1 kept + 7 rejected; 1 response."
    assert second.startswith("Rejected: rating: not a whole number: 7 rows (row 1: 'xxxx")
    assert second.endswith("…, …)")
    assert len(second) < 500
    assert str(Intake()) == "0 rows = 0 kept + 0 rejected; no records."
    assert str(Rejected(3, "", "an empty row")) == "row 3: an empty row"


def test_programs_read_the_same() -> None:
    rejected = Rejected(2, "id", "no", {"a": [1]})
    account = Intake(shape="generic", rows=2, kept=1, records=(answer("a", 9),), rejected=(rejected,)).to_dict()
    assert json.loads(json.dumps(account)) == account
    assert account["records"] == {"response": 1}
    assert account["rejected"] == [{"row": 2, "field": "id", "reason": "no", "raw": "{'a': [1]}"}]


def test_what_a_row_said_is_cut() -> None:
    for raw in ("x" * 10**6, ["x" * 10**6], 10**5_000, {"a": 10**5_000}):  # Python writes no number so long
        assert len(str(Rejected(1, "id", "no", raw).raw)) <= 1_000


def test_a_summary_adds_up_without_the_records() -> None:
    rows = [{"id": n, "nps": n, "at": TODAY} for n in range(13)]
    whole = read_responses(rows, known_at=TODAY, fields={"answered_at": "at"})
    parts = stream_responses(rows, size=5, known_at=TODAY, fields={"answered_at": "at"})
    summary = Summary.merge([part.summary for part in parts])
    assert summary.to_dict() == whole.to_dict()
    assert str(summary) == str(whole)
    assert summary.records == {"response": 11}  # 11 and 12 are off the scale
