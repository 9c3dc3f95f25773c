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


def _guess(columns: Sequence[str], names: Sequence[str]) -> str | None:
    plain = {_plain(column): column for column in reversed(columns)}
    return next((plain[name] for name in names if name in plain), None)


def _plain(column: str) -> str:
    return re.sub(r"[\s-]+", "_", re.sub(r"\(.*?\)", "", column).strip().lower())
