"""Dynamics 365 Customer Voice: rows of msfp_surveyresponse, from the Web API or a table."""

from __future__ import annotations

import json
from typing import Any

from npscore.intake.rows import Values, is_scalar, objects
from npscore.intake.shapes import Shape

_ABOUT = "_regardingobjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname"
_LONGEST = 1_000_000


def _prepared(values: Values) -> Values:
    told = {**values, "context": _object(values.get("msfp_embedcontextparameters"))}
    told["answers"] = _answers(_parsed(values.get("msfp_questionresponseslist")))
    about, id_ = values.get(_ABOUT), values.get("_regardingobjectid_value")
    if isinstance(about, str):
        told[f"regarding {about}"] = id_
    return told


def _parsed(text: Any) -> Any:
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _object(text: Any) -> dict[str, Any]:
    parsed = _parsed(text)
    return parsed if isinstance(parsed, dict) else {}


def _answers(parsed: Any) -> dict[str, Any]:
    """Question and answer of each entry, under the names that were seen in use."""
    answers = {}
    for entry in objects(parsed):
        name = next(
            (entry[key] for key in ("questionText", "questionName", "questionId") if is_scalar(entry.get(key))), None
        )
        value = next((entry[key] for key in ("response", "answer", "value") if is_scalar(entry.get(key))), None)
        if name is not None and value is not None:
            answers[str(name)] = value
    return answers


RESPONSES = Shape(
    name="dynamics",
    marks=(("msfp_npsscore",),),
    fields={
        "id": ("activityid", "msfp_surveyresponseid", "msfp_sourceresponseidentifier"),
        "rating": "msfp_npsscore",
        "answered_at": ("msfp_submitdate", "createdon"),
        "revised_at": "modifiedon",
        "survey": (
            "_msfp_surveyid_value@OData.Community.Display.V1.FormattedValue",
            "_msfp_surveyid_value",
            "msfp_surveyid",
        ),
        "invitation_id": ("_msfp_surveyinviteid_value", "msfp_surveyinviteid"),
        "locale": ("msfp_locale", "msfp_language"),
        "customer.id": "regarding contact",
        "customer.name": "msfp_respondent",
        "customer.email": "msfp_respondentemailaddress",
        "account.id": "regarding account",
        "interaction_id": "regarding incident",
        "attributes": "context",
        "drivers": "answers",
    },
    prepare=_prepared,
)

SHAPES = (RESPONSES,)
