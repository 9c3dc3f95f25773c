"""What a row tells beside the answer: the customer, the account, the invitation, that the tool leaves it out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import attrs

from npscore.intake import values as say

if TYPE_CHECKING:
    from npscore.intake.instants import Instants

Draft = dict[str, Any]

_LINES = {"customer": ("name", "email", "phone", "role"), "account": ("name", "owner", "parent_id")}
_READ_ELSEWHERE = frozenset({"id", "first_name", "last_name", "since"})


@attrs.frozen
class Told:
    """A row, read so far.

    Attributes:
        said: what it said, by field.
        response: the draft of the response.
        instants: reads times.
        kept: takes what a record can keep out of some attributes.
    """

    said: Draft
    response: Draft
    instants: Instants
    kept: Callable[[Mapping[str, Any]], Draft]

    @property
    def changed_at(self) -> datetime:
        """The source's time of what the row tells, as well as it is known."""
        known: datetime = self.response["known_at"]
        times = (self.response[name] for name in ("revised_at", "answered_at", "invited_at"))
        return next(filter(None, times), known)


def tells_of(who: str, fields: Collection[str]) -> bool:
    """Whether rows with these fields tell more of a customer or an account than the id."""
    more = {"role", "account.id", "account.name"} if who == "customer" else set()
    return any(field in more or (field.startswith(f"{who}.") and field != f"{who}.id") for field in fields)


def people(told: Told, whom: Iterable[str]) -> list[tuple[str, Draft]]:
    """Customer and account, where more than the id is known of them."""
    return [
        (who, {"id": id_, "known_at": told.response["known_at"], "revised_at": told.changed_at, **facts})
        for who in whom
        if (id_ := told.response[f"{who}_id"]) and (facts := _facts(told, who))
    ]


def _facts(told: Told, who: str) -> Draft:
    start = f"{who}."
    own = {field.removeprefix(start): value for field, value in told.said.items() if field.startswith(start)}
    facts: Draft = {name: say.line(start + name, own[name]) for name in _LINES[who] if name in own}
    if who == "customer":
        facts["name"] = facts.get("name") or _full_name(own)
        facts["role"] = facts.get("role") or told.response.get("role")
        facts["account_id"] = told.response["account_id"]
        facts["since"] = told.instants.read("customer.since", own.get("since"))
    others = {name: value for name, value in own.items() if name not in _LINES[who] and name not in _READ_ELSEWHERE}
    facts["attributes"] = told.kept(others)
    return {name: fact for name, fact in facts.items() if fact}


def _full_name(own: Draft) -> str | None:
    parts = (say.line(f"customer.{part}", own.get(part)) for part in ("first_name", "last_name"))
    return " ".join(filter(None, parts)) or None


def invitation(told: Told) -> Draft:
    """The invitation of which the row tells; the response names it from here on."""
    response = told.response
    response["invitation_id"] = response.get("invitation_id") or response["id"]
    shared = ("customer_id", "account_id", "survey", "channel", "survey_kind", "invited_at", "revised_at", "known_at")
    return {
        **{name: response[name] for name in shared if name in response},
        "id": response["invitation_id"],
        "events": tuple({"type": type_, "at": at} for type_, at in _events(told) if at is not None),
    }


def _events(told: Told) -> list[tuple[str, datetime | None]]:
    invited_at = told.response["invited_at"]
    if say.truth("declined", told.said.get("declined")):
        return [("declined", invited_at)]
    answered = told.response["rating"] is not None
    return [
        ("sent", invited_at),
        ("opened", told.instants.read("opened_at", told.said.get("opened_at"))),
        ("answered", told.response["answered_at"] if answered else None),
    ]


def exclusion(told: Told, actor: str) -> Draft:
    """The tool's decision that the answer does not count."""
    response, decided_at = told.response, told.changed_at
    seed = f"{response['id']}\n{decided_at.isoformat()}".encode(errors="replace")
    return {
        "id": f"exclusion-{blake2b(seed, digest_size=16).hexdigest()}",
        "response_id": response["id"],
        "reason": "excluded by the tool",
        "decided_at": decided_at,
        "actor": actor,
        "known_at": response["known_at"],
    }
