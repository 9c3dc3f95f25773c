"""Wootric: messages of its webhook, in JSON or as a form, and answers of its API."""

from __future__ import annotations

import re
from typing import Any

from npscore.intake.rows import Values
from npscore.intake.shapes import Shape

_FORM = re.compile(r"(\w+)\[(\w+)\](?:\[(.+)\])?")


def _unfolded(values: Values) -> dict[str, Any]:
    """A form's ``response[id]=…`` as the object that it stands for."""
    plain: dict[str, Any] = {}
    for key, value in values.items():
        match = _FORM.fullmatch(key) if isinstance(key, str) else None
        if match is None:
            plain.setdefault(key, value)
            continue
        inner = plain.setdefault(match[1], {})
        if match[3] and isinstance(inner, dict):
            inner, name = inner.setdefault(match[2], {}), match[3]
        else:
            name = match[2]
        if isinstance(inner, dict):
            inner[name] = value
    return plain


def _prepared(values: Values) -> Values:
    plain = _unfolded(values)
    declined = plain.get("decline")
    answer = declined if isinstance(declined, dict) else plain.get("response")
    if not isinstance(answer, dict):
        return plain
    told = {**answer, "survey_mode": plain.get("survey_mode")}
    if isinstance(declined, dict) or str(plain.get("event_name")) == "declined":
        told |= {"declined": True, "invited_at": answer.get("created_at")}
    return told


def _is_answer(values: Values) -> bool:
    return not values.get("declined")


_FIELDS = {
    "id": "id",
    "rating": "score",
    "comment": "text",
    "answered_at": "created_at",
    "revised_at": "updated_at",
    "customer.id": ("external_id", "end_user.external_id", "end_user_id", "end_user.id"),
    "customer.email": ("email", "end_user.email"),
    "customer.phone": "end_user.phone_number",
    "attributes": ("end_user_properties", "end_user.properties"),
    "excluded": "excluded_from_calculations",
    "completed": "completed",
    "survey": "survey_id",
}
API = Shape(
    name="wootric-api",
    marks=(("score", "text", "excluded_from_calculations"), ("score", "text", "end_user")),
    fields=_FIELDS,
)
WEBHOOK = Shape(
    name="wootric-webhook",
    marks=(
        ("response", "event_name", "account_token"),
        ("decline", "event_name", "account_token"),
        ("response[id]", "event_name"),
        ("decline[id]", "event_name"),
    ),
    fields={**_FIELDS, "metric": "survey_mode", "invited_at": "invited_at", "declined": "declined"},
    constants={"metric": "nps"},
    invites=True,
    prepare=_prepared,
    answered=_is_answer,
)

SHAPES = (WEBHOOK, API)
