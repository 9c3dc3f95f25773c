"""Which column is which, by the names that exports use."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RATING_NAMES = (
    "nps", "nps_score", "nps_rating", "likelihood_to_recommend", "recommend_score", "recommendation", "ltr",
    "rating", "score", "overall_rating", "answer_value", "value",
)  # fmt: skip
_TIME_NAMES = (
    "answered_at", "responded_at", "response_date", "responded", "submitted_at", "submit_date", "completed_at",
    "recordeddate", "recorded_date", "enddate", "end_date", "date", "time", "timestamp", "created_at", "created",
    "createdate", "updated_at",
)  # fmt: skip
_NAMES_OF = {
    "revised_at": ("revised_at", "updated_at", "modified_at", "date_modified", "last_modified", "lastmodifieddate"),
    "customer.id": (
        "customer_id", "customerid", "customer", "contact_id", "contactid", "person_id", "user_id", "userid",
        "reviewer_id", "end_user_id", "external_id", "externalreference", "external_reference",
    ),
    "customer.email": ("email", "e_mail", "email_address", "customer_email", "recipientemail", "contact_email"),
    "customer.name": ("name", "full_name", "customer_name", "contact_name"),
    "customer.first_name": ("first_name", "firstname", "recipientfirstname"),
    "customer.last_name": ("last_name", "lastname", "recipientlastname"),
    "customer.phone": ("phone", "phone_number", "mobile"),
    "account.id": ("account_id", "accountid", "account", "company_id", "companyid", "client_id"),
    "account.name": ("account_name", "company", "company_name", "companyname", "organisation", "organization"),
    "comment": ("comment", "comments", "feedback", "verbatim", "reason", "why", "open_text", "free_text"),
    "channel": ("channel", "distributionchannel", "distribution_channel", "survey_channel"),
    "locale": ("locale", "language", "userlanguage", "user_language"),
    "survey": ("survey", "survey_name"),
    "survey_kind": ("survey_kind",),
    "metric": ("metric", "metric_type", "metrics_type", "question_type"),
    "scale": ("scale", "rating_scale"),
    "category": ("nps_category", "nps_group", "nps_type", "rating_category", "promoter_type"),
    "completed": ("completed", "finished"),
    "test": ("test", "is_test", "is_test_data", "preview"),
    "excluded": ("excluded", "excluded_from_calculations"),
    "invited_at": ("invited_at", "sent_at", "delivered_at"),
    "interaction_at": ("interaction_at",),
    "invitation_id": ("invitation_id",),
    "interaction_id": ("interaction_id", "ticket_id", "case_id", "order_id"),
    "role": ("role", "job_title"),
    "tags": ("tags",),
}  # fmt: skip


def guess_rating(columns: Sequence[str]) -> str | None:
    """The column that most likely holds the rating, by the names that exports use.

    Example:
        >>> guess_rating(["Response ID", "Score (0-10)", "Comment"])
        'Score (0-10)'
    """
    for column in columns:  # Qualtrics writes the category beside the answer
        if column.endswith("_NPS_GROUP") and column.removesuffix("_NPS_GROUP") in columns:
            return column.removesuffix("_NPS_GROUP")
    return _guess(columns, _RATING_NAMES) or next((c for c in columns if "likely" in c.lower()), None)


def guess_time(columns: Sequence[str]) -> str | None:
    """The column that most likely holds the time of the answer.

    Example:
        >>> guess_time(["id", "Date"])
        'Date'
    """
    return _guess(columns, _TIME_NAMES)


def guess_id(columns: Sequence[str]) -> str | None:
    """The column that most likely holds the id of the response.

    Example:
        >>> guess_id(["ResponseId", "Q1"])
        'ResponseId'
    """
    return _guess(columns, ("response_id", "responseid", "review_id", "respondent_id", "submission_id", "id"))


def guess_fields(columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each field the column that most likely holds it; no column is taken twice.

    A time of change serves as the time of the answer too where there is no other.

    Example:
        >>> guess_fields(["id", "email", "score", "updated_at"])
        {'rating': ('score',), 'id': ('id',), 'answered_at': ('updated_at',), 'revised_at': ('updated_at',), \
'customer.email': ('email',)}
    """
    found: dict[str, str] = {}
    for field, guess in (("rating", guess_rating), ("id", guess_id), ("answered_at", guess_time)):
        _take(found, field, guess(_left(columns, found)))
    if (group := f"{found.get('rating')}_NPS_GROUP") in columns:
        found["category"] = group
    changed = _left(columns, {field: column for field, column in found.items() if field != "answered_at"})
    _take(found, "revised_at", _guess(changed, _NAMES_OF["revised_at"]))
    for field, names in _NAMES_OF.items():
        if field not in found:
            _take(found, field, _guess(_left(columns, found), (field, field.replace(".", "_"), *names)))
    return {field: (column,) for field, column in found.items()}


def _take(found: dict[str, str], field: str, column: str | None) -> None:
    if column is not None:
        found[field] = column


def _left(columns: Sequence[str], found: dict[str, str]) -> list[str]:
    """The columns that no field has taken."""
    return [column for column in columns if column not in found.values()]


def _guess(columns: Sequence[str], names: Sequence[str]) -> str | None:
    found = {plain(column): column for column in reversed(columns)}
    return next((found[name] for name in names if name in found), None)


def plain(column: str) -> str:
    """The name of a column without capitals, blanks, hyphens, brackets and question marks.

    Example:
        >>> plain(" Score (0-10) ")
        'score'
    """
    return re.sub(r"[\s-]+", "_", re.sub(r"\(.*?\)", "", column).strip(" ?:").lower().strip())
