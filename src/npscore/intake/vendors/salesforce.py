"""Salesforce: answers to survey questions, as queries give them. Ids come out in their form of 18 characters."""

from __future__ import annotations

import re
from typing import Any

from npscore.intake.rows import Values, found
from npscore.intake.shapes import Shape

_ID = re.compile(r"[A-Za-z0-9]{15}")
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(id_: Any) -> Any:
    """An id of 15 characters with the checksum of its capitals, in 18; anything else as it is.

    Example:
        >>> long_id("001D000000IqhSL")
        '001D000000IqhSLIAZ'
    """
    if not isinstance(id_, str) or _ID.fullmatch(id_.strip()) is None:
        return id_
    text = id_.strip()
    parts = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(
        _CHECKSUM[sum(1 << place for place, c in enumerate(part) if "A" <= c <= "Z")] for part in parts
    )


_IDS = {
    "id": ("Id", "ResponseId"),
    "invitation": ("InvitationId", "Response.InvitationId"),
    "contact": ("Invitation.ContactId", "Response.Invitation.ContactId", "Response.SubmitterId", "SubmitterId"),
    "account": ("Invitation.Contact.AccountId", "Response.Invitation.Contact.AccountId"),
}
_TYPES = ("Question.QuestionType", "QuestionType", "questionType")
_METRICS = {"nps": "nps", "csat": "csat", "rating": "star"}


def _prepared(values: Values) -> Values:
    told = {**values, "metric": _first(values, _TYPES)}
    told |= {f"long {name}": long_id(_first(values, paths)) for name, paths in _IDS.items()}
    low, high = values.get("minScale"), values.get("maxScale")
    if isinstance(low, int) and isinstance(high, int) and abs(low) < 10**9 and abs(high) < 10**9:
        told["scale"] = f"{low:d}-{high:d}"
    return told


def _first(values: Values, paths: tuple[str, ...]) -> Any:
    return next((value for path in paths if (value := found(values, path)) is not None), None)


def _refused(values: Values) -> str | None:
    asked = _first(values, _TYPES)
    if isinstance(asked, str) and asked.strip().lower() not in _METRICS:
        return "an answer to a question that asks for no rating"
    return None


ANSWERS = Shape(
    name="salesforce",
    marks=(("NumberValue", "ResponseId"), ("NumberValue", "QuestionId"), ("responseValue", "minScale", "maxScale")),
    fields={
        "id": "long id",
        "rating": ("NumberValue", "responseValue"),
        "scale": "scale",
        "metric": "metric",
        "answered_at": ("Response.CompletionDateTime", "CompletionDateTime", "CreatedDate"),
        "revised_at": ("LastModifiedDate", "SystemModstamp"),
        "comment": "ResponseShortText",
        "survey": ("Question.SurveyVersion.Name", "SurveyVersion.Name", "SurveyVersionId"),
        "locale": "Response.Language",
        "invitation_id": "long invitation",
        "customer.id": "long contact",
        "customer.name": ("Invitation.Contact.Name", "Response.Invitation.Contact.Name"),
        "customer.email": ("Invitation.Contact.Email", "Response.Invitation.Contact.Email"),
        "account.id": "long account",
        "account.name": ("Invitation.Contact.Account.Name", "Response.Invitation.Contact.Account.Name"),
        "completed": "Response.Status",
    },
    words={"metric": _METRICS, "completed": {"started": False, "paused": False, "completed": True}},
    prepare=_prepared,
    refuse=_refused,
)

SHAPES = (ANSWERS,)
