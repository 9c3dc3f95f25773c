"""AskNicely: answers of its API, all values text and times Unix seconds, and messages of its webhook."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from npscore.intake.rows import Values
from npscore.intake.shapes import Shape

_NEVER = (None, "", "0", 0)
_TIMES = ("sent", "opened", "responded", "created")


def _prepared(values: Values) -> Values:
    """Custom properties together, and no time where one was never reached."""
    properties = {key: value for key, value in values.items() if isinstance(key, str) and key.endswith("_c")}
    told = {key: value for key, value in values.items() if key not in _TIMES or value not in _NEVER}
    return {**told, "properties": properties}


def _is_answered(values: Values) -> bool:
    return "responded" in values or values.get("answer") not in _NEVER[:2]


def _message(values: Values) -> Values:
    """Question and person as one row; each update counts as a microsecond later than the one before."""
    question, person = values.get("question"), values.get("person")
    told = _prepared(question) if isinstance(question, dict) else {}
    responded = _seconds(told.get("responded"))
    if responded is not None and isinstance(values.get("count"), int | str):
        count = str(values["count"]) if not isinstance(values["count"], int) or abs(values["count"]) < 10**6 else ""
        if count.isascii() and count.isdigit() and len(count) <= 6:
            told = {**told, "revised": responded + timedelta(microseconds=int(count))}
    return {**told, "person": person if isinstance(person, dict) else {}}


def _seconds(raw: Any) -> datetime | None:
    text = str(raw) if isinstance(raw, int | str) and len(repr(raw)[:20]) < 20 else ""
    if not (text.isascii() and text.isdigit() and len(text) == 10):
        return None
    return datetime.fromtimestamp(int(text), UTC)


API = Shape(
    name="asknicely-api",
    marks=(("response_id", "answer", "question_type"), ("response_id", "answer", "answerlabel")),
    fields={
        "id": "response_id",
        "rating": "answer",
        "metric": "question_type",
        "category": "answerlabel",
        "comment": "comment",
        "answered_at": "responded",
        "invited_at": "sent",
        "opened_at": "opened",
        "customer.id": ("contact_id", "person_id"),
        "customer.name": "name",
        "customer.email": "email",
        "customer.segment": "segment",
        "attributes": "properties",
    },
    constants={"metric": "nps"},
    invites=True,
    prepare=_prepared,
    answered=_is_answered,
)
WEBHOOK = Shape(
    name="asknicely-webhook",
    marks=(("person", "question.score"), ("person", "question", "count")),
    fields={
        "id": "id",
        "rating": "score",
        "comment": "comment",
        "answered_at": "responded",
        "revised_at": "revised",
        "invited_at": "sent",
        "opened_at": "opened",
        "channel": "deliverymethod",
        "customer.id": "person.id",
        "customer.name": "person.name",
        "customer.first_name": "person.firstname",
        "customer.last_name": "person.lastname",
        "customer.email": "person.email",
        "customer.since": "person.created",
        "customer.segment": ("segment", "person.segment"),
        "attributes": "properties",
    },
    invites=True,
    prepare=_message,
)

SHAPES = (WEBHOOK, API)
