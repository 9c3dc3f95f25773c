"""What is wrong with a record, in plain words."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from npscore import InvalidRecordError, Money, Response

DAY = datetime(2026, 1, 5, tzinfo=UTC)
CASES: list[tuple[dict[str, Any], str]] = [
    ({"id": 7}, "response.id: not a text; it was 7."),
    ({"id": ""}, "response.id: empty; it was ''."),
    ({"survey": "s" * 2_000}, "response.survey: longer than 1,000 characters;"),
    ({"rating": "9"}, "response.rating: not a whole number; it was '9'."),
    ({"rating": 10**12}, "response.rating: more than 1,000,000,000;"),
    ({"rating": 10**6_000}, "response.rating: more than 1,000,000,000; it was a value of type int"),
    ({"scale": "high"}, "response.scale: not a scale; it is written as 0-10 or 1-5:4:5; it was 'high'."),
    ({"metric": "happiness"}, "response.metric: none of 'nps', 'csat', 'ces' or 'star';"),
    ({"answered_at": None}, "response.answered_at: not a time; it was None."),
    ({"answered_at": "2026-01-05"}, "response.answered_at: a time without a zone;"),
    ({"tags": "a"}, "response.tags: not a list; it was 'a'."),
    ({"attributes": []}, "response.attributes: not a mapping of names to values; it was []."),
    ({"attributes": {"a": [1]}}, "response.attributes.a: neither a text, a finite number nor a truth value;"),
    ({"completed": "yes"}, "response.completed: neither true nor false; it was 'yes'."),
    ({"colour": "red"}, "response.colour: not a field of such a record; it was 'red'."),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "message"), CASES, ids=[message for _, message in CASES])
def test_a_fault_is_said_in_plain_words(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRecordError) as raised:
        Response(**{"id": "r", "answered_at": DAY, "known_at": DAY, **fields})
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Response.from_json("{}"), "response.known_at: missing; it was None (and 2 more)."),
        (lambda: Money(amount=Decimal(1), currency="euro"), "money.currency: not a currency; it is written as EUR;"),
        (lambda: Money(amount=Decimal("1" * 40), currency="EUR"), "money.amount: more than 24 digits;"),
        (lambda: Response.from_json("{"), "response: not JSON: "),
    ],
)
def test_what_is_missing_or_nested_is_said_in_plain_words(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidRecordError) as raised:
        make()
    assert str(raised.value).startswith(message)
