"""Qualtrics: the CSV export with three rows of header, and answers of its API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from npscore.intake.guessing import guess_fields
from npscore.intake.rows import Values
from npscore.intake.shapes import Fields, Shape

_WORDS: dict[str, dict[str, Any]] = {
    "rating": {"-99": None},
    "category": {"1": "detractor", "2": "passive", "3": "promoter"},
    "test": {
        "survey preview": True, "survey test": True, "preview": True, "1": True, "2": True, "9": True, "17": True,
        "ip address": False, "imported": False, "offline": False, "spam": False, "0": False, "4": False, "8": False,
        "12": False, "16": False, "possible spam": False, "eos reference": False, "offline preview": True,
    },
}  # fmt: skip
_PERSONAL = frozenset({
    "IPAddress", "LocationLatitude", "LocationLongitude", "StartDate", "EndDate", "Progress", "RecordedDate",
    "Duration (in seconds)", "ResponseSet", "ipAddress", "locationLatitude", "locationLongitude", "startDate",
    "endDate", "progress", "duration",
})  # fmt: skip


def _guessed(columns: Sequence[str]) -> Fields:
    """Rating, category and what else is guessed; questions beside are driver answers."""
    guessed = {field: paths for field, paths in guess_fields(columns).items() if field not in _FIELDS}
    used = {path for paths in guessed.values() for path in paths}
    questions = [name for name in columns if name[:1] == "Q" and name[1:2].isdigit() and name not in used]
    return guessed | {f"drivers.{name}": (name,) for name in questions}


def _refused(values: Values) -> str | None:
    """Why a row of the header is no answer, where the reader of the file left it among the rows."""
    if any(isinstance(value, str) and value.startswith('{"ImportId"') for value in values.values()):
        return "a row of the header with the import ids, not an answer"
    if str(values.get("ResponseId"))[:20] in {"Response ID", "ResponseID"}:
        return "a row of the header with the questions, not an answer"
    return None


_FIELDS: dict[str, str | tuple[str, ...]] = {
    "id": ("ResponseId", "ResponseID", "_recordId"),
    "answered_at": ("RecordedDate", "EndDate", "recordedDate", "endDate"),
    "completed": ("Finished", "finished"),
    "test": ("Status", "status"),
    "channel": ("DistributionChannel", "distributionChannel"),
    "locale": ("UserLanguage", "userLanguage"),
    "customer.id": ("ExternalReference", "ExternalDataReference", "externalDataReference"),
    "customer.email": ("RecipientEmail", "recipientEmail"),
    "customer.first_name": ("RecipientFirstName", "recipientFirstName"),
    "customer.last_name": ("RecipientLastName", "recipientLastName"),
}
_GUESSES = frozenset({"ExternalReference", "ExternalDataReference", "externalDataReference"})
TABLE = Shape(
    name="qualtrics-csv",
    marks=(("ResponseId", "RecordedDate", "Finished"), ("ResponseID", "ResponseSet")),
    fields=_FIELDS,
    words=_WORDS,
    table=True,
    ignored=_PERSONAL,
    guesses=_GUESSES,
    guess=_guessed,
    refuse=_refused,
)


def _opened(values: Values) -> Values:
    inner = {key.removeprefix("values."): value for key, value in values.items() if key.startswith("values.")}
    return inner or values


API = Shape(
    name="qualtrics-api",
    marks=(("values._recordId",), ("_recordId", "recordedDate"), ("values.recordedDate", "responseId")),
    fields={**_FIELDS, "id": ("_recordId", "responseId")},
    words=_WORDS,
    table=True,
    ignored=_PERSONAL,
    guesses=_GUESSES,
    guess=_guessed,
    prepare=_opened,
)

SHAPES = (TABLE, API)
