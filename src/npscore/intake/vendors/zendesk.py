"""Zendesk: answers and recipients of its former NPS surveys, as they were exported."""

from __future__ import annotations

from npscore.intake.rows import Values
from npscore.intake.shapes import Shape


def _is_answer(values: Values) -> bool:
    """Whether somebody rated: recipients have no rating, and responses always have one."""
    return "rating" in values


EXPORT = Shape(
    name="zendesk",
    marks=(
        ("rating", "rated_at", "delivery_id"),
        ("rating", "recipient_id", "survey_id"),
        ("rating", "recipient_id", "comment"),
        ("delivery_id", "delivered_at", "survey_id", "user_id"),
    ),
    fields={
        "id": "id",
        "rating": "rating",
        "comment": "comment",
        "answered_at": ("rated_at", "created_at"),
        "revised_at": "updated_at",
        "invited_at": "delivered_at",
        "invitation_id": "recipient_id",
        "survey": ("survey_name", "survey_id"),
        "customer.id": "user_id",
        "customer.name": "user_name",
        "customer.email": "user_email",
    },
    invites=True,
    answered=_is_answer,
)

SHAPES = (EXPORT,)
