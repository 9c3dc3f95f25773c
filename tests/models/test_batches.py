from datetime import UTC, datetime

from npscore import InvalidRecordError, Response
from npscore.models.batches import make_all

TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def _draft(**fields: object) -> dict[str, object]:
    return {"id": "r1", "rating": 9, "answered_at": TODAY, "known_at": TODAY, **fields}


def test_a_batch_is_what_the_constructor_makes_of_each() -> None:
    drafts = [_draft(id=f"r{n}", rating=n % 11, tags=("a",), attributes={"plan": "gold"}) for n in range(50)]
    assert make_all(Response, drafts) == [Response(**draft) for draft in drafts]


def test_one_bad_draft_costs_only_itself() -> None:
    made = make_all(
        Response, [_draft(), _draft(rating="9"), _draft(rating=True), _draft(answered_at=5), _draft(colour=1)]
    )
    assert isinstance(made[0], Response)
    faults = [bad for bad in made if isinstance(bad, InvalidRecordError)]
    assert [bad.field for bad in faults] == ["rating", "rating", "answered_at", "colour"]
    assert faults[0].value == "9"


def test_no_drafts_make_no_records() -> None:
    assert make_all(Response, []) == []
