"""Typeform: messages of its webhook, answers of its API, and its CSV export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from npscore.intake.guessing import guess_fields
from npscore.intake.rows import Values, found, is_scalar, objects
from npscore.intake.shapes import Fields, Shape

_RATED = ("nps", "opinion_scale")
_TEXTS = ("long_text", "short_text")


def _prepared(values: Values) -> Values:
    """The answers by the reference of their question, the rating and the comment apart."""
    inner = values.get("form_response")
    form = inner if isinstance(inner, dict) else values
    answers = list(objects(form.get("answers")))
    rated = _rated(answers)
    told = {**form, "drivers": {_reference(answer): _said(answer) for answer in answers if answer is not rated}}
    told |= {f"answers.{_reference(answer)}": _said(answer) for answer in answers}
    if rated is not None:
        told |= {"rating": _said(rated), "scale": _scale(rated, form)}
    return {**told, "comment": next((_said(answer) for answer in answers if _type(answer) in _TEXTS), None)}


def _rated(answers: list[Values]) -> Values | None:
    """The answer that is the rating: of a reference that says so, else the only one of its type."""
    rated = [answer for answer in answers if _type(answer) in _RATED]
    of_name = [answer for answer in rated if "nps" in _reference(answer).lower()]
    of_type = [answer for answer in rated if _type(answer) == "nps"]
    return next((few[0] for few in (of_name, of_type, rated) if len(few) == 1), None)


def _type(answer: Values) -> Any:
    type_ = found(answer, "field.type")
    return type_ if isinstance(type_, str) else None


def _reference(answer: Values) -> str:
    name = found(answer, "field.ref") or found(answer, "field.id")
    return str(name) if is_scalar(name) else "?"


def _said(answer: Values) -> Any:
    """What was answered stands under the name of its type."""
    type_ = answer.get("type")
    value = answer.get(type_) if isinstance(type_, str) else None
    if isinstance(value, dict):
        labels = value.get("labels")
        return ", ".join(map(str, filter(is_scalar, labels))) if isinstance(labels, list) else value.get("label")
    return value


def _scale(rated: Values, form: Values) -> str | None:
    """0-10 for NPS; of an opinion scale the form says where it begins and ends, or nobody does."""
    if _type(rated) == "nps":
        return "0-10"
    fields = found(form, "definition.fields")
    field = next((field for field in objects(fields) if field.get("id") == found(rated, "field.id")), {})
    steps, starts_at_one = found(field, "properties.steps"), found(field, "properties.start_at_one")
    if not isinstance(steps, int) or not 2 <= steps <= 100:
        return None
    return f"1-{steps}" if starts_at_one is True else f"0-{steps - 1}"


def _refused(values: Values) -> str | None:
    form = values.get("form_response", values)
    answers = list(objects(form.get("answers"))) if isinstance(form, dict) else []
    rated = [answer for answer in answers if _type(answer) in _RATED]
    if rated and _rated(answers) is None:
        return "several answers may be the rating; fields={'rating': 'answers.REFERENCE'} names one"
    return None


API = Shape(
    name="typeform-api",
    marks=(("answers", "token", "landed_at"), ("answers", "response_id", "landing_id")),
    fields={
        "id": ("token", "response_id"),
        "rating": "rating",
        "scale": "scale",
        "comment": "comment",
        "answered_at": "submitted_at",
        "survey": ("definition.title", "form_id"),
        "customer.id": ("hidden.customer_id", "hidden.user_id"),
        "customer.email": "hidden.email",
        "account.id": "hidden.account_id",
        "attributes": "hidden",
        "drivers": "drivers",
    },
    guesses=frozenset({"hidden.user_id"}),
    prepare=_prepared,
    refuse=_refused,
)
WEBHOOK = attrs.evolve(API, name="typeform-webhook", marks=(("event_type", "form_response"),))


def _guessed(columns: Sequence[str]) -> Fields:
    return {field: paths for field, paths in guess_fields(columns).items() if field not in {"id", "answered_at"}}


TABLE = Shape(
    name="typeform-csv",
    marks=(("#", "Submit Date (UTC)"),),
    fields={
        "id": "#",
        "answered_at": "Submit Date (UTC)",
        "completed": "Response Type",
        "tags": "Tags",
    },
    words={"completed": {"completed": True, "partial": False, "started": False}},
    zone="UTC",
    table=True,
    ignored=frozenset({"Network ID", "Start Date (UTC)", "Stage Date (UTC)"}),
    guess=_guessed,
)

SHAPES = (WEBHOOK, API, TABLE)
