"""SurveyMonkey: the CSV export with two rows of header, and responses of its API, whose rating is behind a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from npscore.intake.cells import read_rating
from npscore.intake.guessing import guess_fields
from npscore.intake.rows import Values, found, is_scalar, objects
from npscore.intake.shapes import Fields, Shape


def choices_of(details: Mapping[str, Any], question: str) -> dict[str, int]:
    """What the choices of a question mean, out of the details of the survey: the texts, never the weights.

    Args:
        details: the survey's details, as its API gives them.
        question: the id of the question.

    Example:
        >>> choices = [{"id": "c9", "text": "9"}, {"id": "c10", "text": "10 - Extremely likely"}]
        >>> details = {"pages": [{"questions": [{"id": "q1", "answers": {"choices": choices}}]}]}
        >>> choices_of(details, "q1")
        {'c9': 9}
    """
    found_ = {}
    for page in objects(details.get("pages")):
        for asked in objects(page.get("questions")):
            if asked.get("id") == question:
                for choice in objects(found(asked, "answers.choices")):
                    rating = read_rating(choice.get("text"))
                    if isinstance(rating, int) and is_scalar(choice.get("id")):
                        found_[str(choice["id"]).lower()] = rating
    return found_


def _prepared(values: Values) -> Values:
    """The answers by the ids of their questions: the choice, or the text."""
    told = dict(values)
    for page in objects(values.get("pages")):
        for question in objects(page.get("questions")):
            answer = next(objects(question.get("answers")), {})
            if is_scalar(question.get("id")):
                said = answer.get("choice_id") if answer.get("choice_id") is not None else answer.get("text")
                told[f"question.{question['id']}"] = said
    return told


API = Shape(
    name="surveymonkey-api",
    marks=(("pages", "response_status", "collector_id"), ("pages", "survey_id", "date_modified")),
    fields={
        "id": "id",
        "rating": (),
        "answered_at": ("date_created", "date_modified"),
        "revised_at": "date_modified",
        "completed": "response_status",
        "survey": "survey_id",
        "locale": "language",
        "customer.id": ("custom_variables.customer_id", "custom_value"),
        "customer.email": ("email_address", "metadata.contact.email"),
        "customer.first_name": "first_name",
        "customer.last_name": "last_name",
        "account.id": "custom_variables.account_id",
        "attributes": "custom_variables",
    },
    guesses=frozenset({"custom_value"}),
    words={"completed": {"completed": True, "partial": False, "overquota": False, "disqualified": False}},
    prepare=_prepared,
)


def _guessed(columns: Sequence[str]) -> Fields:
    return {field: paths for field, paths in guess_fields(columns).items() if field not in {"id", "answered_at"}}


def _refused(values: Values) -> str | None:
    if not any(values.get(name) for name in ("Respondent ID", "Collector ID", "Start Date", "Date Created")):
        return "the second row of the header, not an answer"
    return None


TABLE = Shape(
    name="surveymonkey-csv",
    marks=(("Respondent ID", "Collector ID"),),
    fields={
        "id": "Respondent ID",
        "answered_at": ("End Date", "Date Modified", "Start Date", "Date Created"),
        "customer.email": "Email Address",
        "customer.first_name": "First Name",
        "customer.last_name": "Last Name",
        "customer.id": "Custom Data 1",
    },
    table=True,
    ignored=frozenset({"IP Address", "Collector ID", "Start Date", "Date Created"}),
    guesses=frozenset({"Custom Data 1"}),
    guess=_guessed,
    refuse=_refused,
)

SHAPES = (TABLE, API)
