"""Records: strict, frozen, in UTC, exact, and the same after any journey."""

import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings

from npscore import Account, Customer, FollowUp, InputError, InvalidRecordError, Invitation, Money, Response, score
from npscore.models import KINDS
from npscore.models.fields import FrozenDict
from npscore.models.records import BEGINNING
from npscore.testing import strategies as make

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


def answer(**fields):
    return Response(**{"id": "r1", "answered_at": NOW, "known_at": NOW, **fields})


@settings(max_examples=200, deadline=None)
@given(make.records())
def test_a_record_is_the_same_after_json_and_pickle(record):
    assert type(record).from_json(record.to_json()) == record
    copy = pickle.loads(pickle.dumps(record))  # noqa: S301 (our own bytes)
    assert (copy, hash(copy)) == (record, hash(record))


@settings(max_examples=100, deadline=None)
@given(make.records())
def test_content_is_everything_but_when_it_became_known(record):
    later = record.model_copy(update={"known_at": record.known_at + timedelta(seconds=1)})
    assert later.content == record.content
    assert later.digest == record.digest
    assert "known_at" not in json.loads(record.content)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rating": True}, "response.rating"),
        ({"rating": "9"}, "response.rating"),
        ({"rating": 9.0}, "response.rating"),
        ({"answered_at": 1_700_000_000}, "response.answered_at"),
        ({"answered_at": datetime(2026, 1, 1)}, "without a zone"),
        ({"answered_at": "2026-01-01"}, "without a zone"),
        ({"answered_at": "1700000000"}, "date, time and offset"),
        ({"comment": "a\0b"}, "NUL"),
        ({"comment": "x" * 100_001}, "longer than 100,000"),
        ({"id": ""}, "empty"),
        ({"id": "x" * 201}, "longer than 200"),
        ({"scale": "ten"}, "response.scale"),
        ({"metric": "NPS"}, "response.metric"),
        ({"colour": "red"}, "response.colour"),
        ({"attributes": {"x": float("nan")}}, "response.attributes.x"),
        ({"attributes": {"x": [1]}}, "response.attributes.x"),
        ({"attributes": {str(n): n for n in range(201)}}, "more than 200"),
        ({"comment": "\ud800"}, "response.comment"),
    ],
)
def test_what_a_field_does_not_take_is_refused_by_name(fields, words):
    with pytest.raises(InvalidRecordError, match=words) as caught:
        answer(**fields)
    assert isinstance(caught.value, InputError)
    assert caught.value.kind == "response"
    assert caught.value.field.split(".")[0] == next(iter(fields))
    assert "\n" not in str(caught.value)


def test_several_faults_are_counted_and_the_first_is_told():
    with pytest.raises(InvalidRecordError, match="and 2 more") as caught:
        Response(id="r1", rating="9")
    assert caught.value.faults == 3


@pytest.mark.parametrize("text", ['{"id": "r1"', "[]", '{"id": 5, "known_at": 3}', "null", ""])
def test_broken_json_is_refused_with_one_sentence(text):
    with pytest.raises(InvalidRecordError):
        Response.from_json(text)


def test_a_bare_number_is_never_a_time_in_json_either():
    with pytest.raises(InvalidRecordError, match="answered_at"):
        Response.from_json('{"id": "x", "known_at": "2026-01-01T00:00:00Z", "answered_at": 1700000000}')


def test_times_are_kept_in_utc():
    paris = timezone(timedelta(hours=1))
    assert (
        answer(answered_at=datetime(2026, 1, 1, 1, tzinfo=paris)).answered_at.isoformat() == "2026-01-01T00:00:00+00:00"
    )
    assert answer(answered_at="2026-01-01T01:00:00+01:00").answered_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_money_is_exact_and_written_one_way():
    assert Money(amount="1.10", currency="EUR") == Money(amount=Decimal("1.1"), currency="EUR")
    assert str(Money(amount=Decimal("1E+3"), currency="EUR").amount) == "1000"
    for amount in (1.5, True, "ten", Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(InvalidRecordError, match=r"money\.amount"):
            Money(amount=amount, currency="EUR")
    with pytest.raises(InvalidRecordError, match="currency"):
        Money(amount=1, currency="euro")


def test_a_record_is_frozen_all_through():
    record = answer(attributes={"region": "EMEA"}, tags=["x"])
    with pytest.raises(ValueError, match="frozen"):
        record.rating = 3
    for change in (
        lambda: record.attributes.update(region="x"),
        lambda: record.attributes.pop("region"),
        lambda: record.attributes.__setitem__("a", 1),
        lambda: record.attributes.setdefault("b", 1),
        record.attributes.clear,
    ):
        with pytest.raises(TypeError, match="another version"):
            change()
    assert record.tags == ("x",)
    assert record.attributes == {"region": "EMEA"}


def test_the_repr_shows_what_was_said_and_no_more():
    assert repr(Customer(id="c1", known_at=NOW)).count("=") == 2 + repr(NOW).count("=")


def test_each_kind_has_a_key_a_time_and_a_place_among_its_versions():
    assert set(KINDS) == {
        "customer", "account", "interaction", "invitation", "response", "follow_up", "exclusion", "identity_link",
    }  # fmt: skip
    step = FollowUp(log="c", sequence=3, step="opened", done_at=NOW, known_at=NOW)
    assert (step.key, step.time, step.versioned) == (("c", 3), NOW, False)
    account = Account(id="a", known_at=NOW)
    assert (account.key, account.time, account.version) == (("a",), None, (BEGINNING, NOW))
    asked = Invitation(id="i", invited_at=NOW, known_at=NOW, revised_at=NOW)
    assert (asked.time, asked.version) == (NOW, (NOW, NOW))


def test_records_are_scored_with_their_own_scale():
    rows = [answer(id=f"r{rating}", rating=rating, scale="1-10") for rating in (1, 9, 10)]
    made = score(rows)
    assert str(made.tally.scale) == "1-10"
    assert (made.n, made.value) == (3, pytest.approx(100 / 3))
    assert rows[0].response_id == "r1"


def test_every_kind_publishes_a_json_schema():
    for kind in KINDS.values():
        schema = kind.model_json_schema()
        assert schema["additionalProperties"] is False
        assert "known_at" in schema["required"]


def test_attributes_that_are_equal_hash_alike() -> None:
    assert hash(FrozenDict(a=1, b="x")) == hash(FrozenDict(b="x", a=1))
    assert Response(id="r", answered_at=NOW, known_at=NOW).attributes == {}
