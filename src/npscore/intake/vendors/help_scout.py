"""Help Scout: messages about an answer. The rating is text, and only NPS has a category."""

from __future__ import annotations

from npscore.intake.rows import Values, found
from npscore.intake.shapes import Shape


def _prepared(values: Values) -> Values:
    has_category = found(values, "response.category") not in (None, "")
    return {**values, "metric": "nps" if has_category else None}


WEBHOOK = Shape(
    name="help-scout",
    marks=(("message.name", "response.value"),),
    fields={
        "id": "response.id",
        "rating": "response.value",
        "metric": "metric",
        "category": "response.category",
        "comment": "response.comment",
        "answered_at": "response.timestamp",
        "survey": "message.name",
        "interaction_id": "_embedded.conversation.id",
        "customer.id": "_embedded.customer.id",
        "customer.first_name": ("_embedded.customer.firstName", "_embedded.customer.first"),
        "customer.last_name": ("_embedded.customer.lastName", "_embedded.customer.last"),
        "customer.email": "_embedded.customer.email",
    },
    prepare=_prepared,
)

SHAPES = (WEBHOOK,)
