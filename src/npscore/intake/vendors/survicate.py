"""Survicate: messages of its webhook. For NPS the id of the choice is the rating, for other questions it is not."""

from __future__ import annotations

from npscore.intake.rows import Values, found, named
from npscore.intake.shapes import Shape
from npscore.intake.values import label

_ANSWERED = "event.questionAnswered"


def _prepared(values: Values) -> Values:
    answer = found(values, _ANSWERED)
    if not isinstance(answer, dict):
        return {}
    return {**answer, "properties": named(found(answer, "respondent.attributes"))}


def _refused(values: Values) -> str | None:
    if label(found(values, f"{_ANSWERED}.choice.body")) is None:
        return "an answer to a question that is not NPS"
    return None


WEBHOOK = Shape(
    name="survicate",
    marks=((_ANSWERED,),),
    fields={
        "id": "responseUuid",
        "rating": "choice.id",
        "category": "choice.body",
        "comment": "choice.comment",
        "answered_at": "timestamp",
        "survey": ("survey.name", "survey.id"),
        "customer.id": ("respondent.id", "respondent.uuid"),
        "attributes": "properties",
    },
    prepare=_prepared,
    refuse=_refused,
)

SHAPES = (WEBHOOK,)
