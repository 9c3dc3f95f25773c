"""Erasure: what is left of a person's records when the person is forgotten.

Ratings, times and the names of surveys stay, so that past scores and response
rates can still be told; whatever names the person or could lead to them goes.
"""

from __future__ import annotations

from collections.abc import Callable

from npscore.models.actions import Exclusion, FollowUp, IdentityLink
from npscore.models.events import Interaction, Invitation, Response
from npscore.models.fields import FrozenDict
from npscore.models.people import Customer
from npscore.models.records import Record

NewId = Callable[[str, str], str]
"""Gives an id that leads nowhere, the same one for the same kind and old id."""


PREFIX = "erased-"
"""With this begin the ids of what is left of people who were erased."""


def is_erased(name: str) -> bool:
    """Whether an id, be it of an answer or of a log, is that of what is left of somebody who was erased."""
    return name.startswith(PREFIX)


def concerns(record: Record, customer_id: str) -> bool:
    """Whether a record is about a customer by itself. An exclusion is by the response that it names."""
    if isinstance(record, Customer):
        return record.id == customer_id
    if isinstance(record, IdentityLink):
        return customer_id in {record.customer_id, record.same_as}
    return getattr(record, "customer_id", None) == customer_id


def anonymous(record: Record, new_id: NewId) -> Record | None:
    """What is left of a record, None where nothing is.

    Args:
        record: about the person who is forgotten.
        new_id: gives the ids under which the rest is kept.
    """
    if isinstance(record, Customer | IdentityLink):
        return None
    return record.model_copy(update=_changes(record, new_id))


def _changes(record: Record, new_id: NewId) -> dict[str, object]:
    changes: dict[str, object] = {name: blank for name, blank in _BLANK.items() if name in type(record).model_fields}
    for name, kind in _LINKS.items():
        if getattr(record, name, None) is not None:
            changes[name] = new_id(kind, getattr(record, name))
    if isinstance(record, FollowUp):
        changes["log"] = new_id("log", record.log)
    elif isinstance(record, Response | Invitation | Interaction | Exclusion):
        changes["id"] = new_id(record.kind, record.id)
    return changes


_BLANK = {
    "customer_id": None,
    "account_id": None,
    "role": None,
    "comment": None,
    "locale": None,
    "note": None,
    "value": None,
    "drivers": FrozenDict(),
    "attributes": FrozenDict(),
    "details": FrozenDict(),
    "tags": (),
}
_LINKS = {
    "response_id": "response",
    "invitation_id": "invitation",
    "interaction_id": "interaction",
    "lifts": "exclusion",
}
