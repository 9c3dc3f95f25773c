"""HubSpot: feedback submissions of its API, or of an export by internal names. All values are text."""

from __future__ import annotations

from npscore.intake.shapes import Shape


def _property(name: str) -> tuple[str, str]:
    return f"properties.{name}", name


FEEDBACK = Shape(
    name="hubspot",
    marks=(("properties.hs_value",), ("hs_value", "hs_survey_type"), ("properties.hs_survey_type",)),
    fields={
        "id": ("id", "properties.hs_object_id", "hs_object_id"),
        "rating": _property("hs_value"),
        "metric": _property("hs_survey_type"),
        "category": _property("hs_response_group"),
        "comment": _property("hs_content"),
        "answered_at": (*_property("hs_submission_timestamp"), *_property("hs_createdate"), "createdAt"),
        "revised_at": (*_property("hs_lastmodifieddate"), "updatedAt"),
        "survey": (*_property("hs_survey_name"), *_property("hs_survey_id")),
        "channel": _property("hs_survey_channel"),
        "interaction_id": _property("hs_ticket_id"),
        "customer.id": _property("hs_contact_id"),
        "customer.email": _property("hs_contact_email_rollup"),
        "customer.first_name": _property("hs_contact_firstname"),
        "customer.last_name": _property("hs_contact_lastname"),
        "attributes.sentiment": _property("hs_sentiment"),
        "excluded": "archived",
    },
    scales={"csat": "0-2", "ces": "1-7"},
)

SHAPES = (FEEDBACK,)
