"""Retently: feedback of its API. The messages of its webhook are templates of the user: map them with fields=."""

from __future__ import annotations

from npscore.intake.rows import Values, named
from npscore.intake.shapes import Shape


def _prepared(values: Values) -> Values:
    tags = [tag for key in ("tags", "feedbackTags") if isinstance(values.get(key), list) for tag in values[key]]
    return {**values, "properties": named(values.get("customProps")), "all_tags": tags}


API = Shape(
    name="retently",
    marks=(("metricsType", "score", "createdDate"), ("ratingCategory", "score", "campaignId")),
    fields={
        "id": "id",
        "rating": "score",
        "metric": "metricsType",
        "category": "ratingCategory",
        "comment": "comment",
        "answered_at": "createdDate",
        "survey": ("campaignName", "campaignId"),
        "channel": "channel",
        "customer.id": "customerId",
        "customer.email": "email",
        "customer.first_name": "firstName",
        "customer.last_name": "lastName",
        "role": "jobTitle",
        "account.id": "companyId",
        "account.name": "companyName",
        "customer.country": "country",
        "customer.state": "state",
        "customer.city": "city",
        "attributes": "properties",
        "tags": "all_tags",
        "excluded": "isBogus",
    },
    constants={"metric": "nps"},
    prepare=_prepared,
)

SHAPES = (API,)
