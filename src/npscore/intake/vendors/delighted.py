"""Delighted: messages of its webhook, answers of its API, and saved tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs

from npscore.intake.guessing import guess_fields
from npscore.intake.rows import Values, is_scalar, objects
from npscore.intake.shapes import Shape
from npscore.intake.times import read_time


def _with_drivers(values: Values) -> Values:
    """The answers to the questions beside, by what was asked."""
    answer = values.get("event_data", values)
    if not isinstance(answer, dict):
        return values
    return {**answer, "drivers": _drivers(answer)}


def _drivers(answer: Values) -> dict[str, Any]:
    drivers = {}
    for extra in objects(answer.get("additional_answers")):
        question = extra.get("question")
        text = question.get("text") if isinstance(question, dict) else None
        name = text if is_scalar(text) else extra.get("id")
        if is_scalar(name):
            drivers[str(name)] = _answer(extra.get("value"))
    return drivers


def _answer(value: Any) -> Any:
    """The one of the forms of an answer that is filled."""
    if not isinstance(value, dict):
        return value
    chosen = value.get("select_one")
    if isinstance(chosen, dict):
        return chosen.get("text")
    if isinstance(value.get("select_many"), list):
        return ", ".join(
            str(choice["text"]) for choice in objects(value["select_many"]) if is_scalar(choice.get("text"))
        )
    return value.get("free_response") if value.get("free_response") is not None else value.get("scale")


def _in_order(values: Values) -> Values:
    """Messages tell whole seconds: of one second, that the answer was given comes before that it was changed."""
    told = dict(_with_drivers(values))
    event, changed = values.get("event_type"), told.get("updated_at")
    if event == "survey_response.created":
        told["updated_at"] = _just_before(changed)
    elif event == "survey_response.updated" and changed is None:
        told["updated_at"] = told.get("created_at")
    return told


def _just_before(moment: Any) -> Any:
    """A microsecond earlier; what is no time stays as it is, for whoever reads it to refuse."""
    try:
        time = read_time(moment) if isinstance(moment, str | int) else moment
        return time - timedelta(microseconds=1) if isinstance(time, date) else moment
    except (ValueError, OverflowError):
        return moment


def _refused(values: Values) -> str | None:
    event = values.get("event_type")
    if isinstance(event, str) and not event.startswith("survey_response."):
        return "a message about something else than an answer"
    return None


API = Shape(
    name="delighted-api",
    marks=(("survey_type", "score", "person", "permalink"), ("score", "person", "created_at", "person_properties")),
    fields={
        "id": "id",
        "rating": "score",
        "metric": "survey_type",
        "comment": "comment",
        "answered_at": "created_at",
        "revised_at": "updated_at",
        "customer.id": ("person.id", "person"),
        "customer.email": "person.email",
        "customer.name": "person.name",
        "customer.phone": "person.phone_number",
        "customer.since": "person.created_at",
        "attributes": "person_properties",
        "channel": "person_properties.Delighted Source",
        "tags": "tags",
        "drivers": "drivers",
    },
    constants={"metric": "nps"},
    scales={"thumbs": "0-1"},
    prepare=_with_drivers,
)
WEBHOOK = attrs.evolve(
    API, name="delighted-webhook", marks=(("event_type", "event_data"),), prepare=_in_order, refuse=_refused
)
TABLE = Shape(
    name="delighted-csv",
    marks=(("Delighted Source",), ("Delighted Email Subject",)),
    fields={
        "id": ("Response ID", "Survey Response ID"),
        "rating": "Score",
        "metric": "Survey Type",
        "comment": "Comment",
        "answered_at": ("Response Timestamp", "Responded At", "Created At"),
        "revised_at": "Updated At",
        "customer.id": "Person ID",
        "customer.email": ("Person Email", "Email"),
        "customer.name": ("Person Name", "Name"),
        "channel": "Delighted Source",
        "tags": "Tags",
    },
    constants={"metric": "nps"},
    table=True,
    guess=guess_fields,
)

SHAPES = (WEBHOOK, API, TABLE)
