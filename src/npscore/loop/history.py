"""What happened, as policies are held against it: answers, when they were decided on, and what was known then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.intake.hygiene import excluded
from npscore.intake.identity import Identities
from npscore.models import (
    Account,
    Customer,
    Exclusion,
    FollowUp,
    IdentityLink,
    Interaction,
    Invitation,
    Record,
    Response,
)
from npscore.models.erasure import is_erased
from npscore.segments.rows import AsOf, Row, answer_rows


@attrs.frozen(kw_only=True)
class Moment:
    """Answers that were, or would have been, decided on together.

    Attributes:
        now: the moment of the decision.
        answers: in the order in which they are decided on.
        was_decided: whether a decision was logged; else the answer is taken
            as if it had come when it was given.
    """

    now: datetime
    answers: tuple[Response, ...]
    was_decided: bool


class History:
    """All that was recorded.

    Args:
        records: of all kinds, in any order and in all versions.
        beside: more columns by customer, such as those of health.

    Raises:
        InputError: for what are no records.
    """

    def __init__(self, records: Iterable[Record], *, beside: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._beside = beside
        self._kinds: dict[type[Record], list[Any]] = {}
        if isinstance(records, str) or not isinstance(records, Iterable):
            raise InputError(f"history is made of records, not of {short(records)}.")
        for record in records:
            if not isinstance(record, Record):
                raise InputError(f"history is made of records, and {short(record)} is none.")
            self._kinds.setdefault(type(record), []).append(record)
        self._links = sorted(self._of(IdentityLink), key=attrgetter("known_at"))
        self._known_people: tuple[int, Identities] = -1, Identities([])
        self._by_customer = {kind: _grouped(self._of(kind), "customer_id") for kind in (*_TOUCHES, Response)}
        self._by_id = {kind: _grouped(self._of(kind), "id") for kind in (Customer, Account, Response, *_TOUCHES)}
        self._exclusions = _grouped(self._of(Exclusion), "response_id")

    @property
    def follow_ups(self) -> list[FollowUp]:
        """All steps that were logged, but for what is left of erased people."""
        return [step for step in self._of(FollowUp) if not is_erased(step.log)]

    def people(self, now: datetime) -> Identities:
        """Who was known to be whom."""
        number = bisect_right(self._links, now, key=attrgetter("known_at"))
        if number != self._known_people[0]:
            self._known_people = number, Identities(self._links[:number])
        return self._known_people[1]

    def moments(self, policies: Iterable[str]) -> list[Moment]:
        """When answers were decided on, first under one of some policies, else under any, else when they were given.

        Raises:
            InputError: for what is no list of names of policies.
        """
        if isinstance(policies, str) or not isinstance(policies, Iterable):
            raise InputError(f"policies are named in a list, not as {short(policies)}.")
        names = set(policies)
        decided: dict[str, tuple[bool, datetime, str]] = {}
        for step in self.follow_ups:
            if step.step == "decided" and step.response_id is not None:
                found = step.policy not in names, step.done_at, str(step.details.get("known_at") or "")
                decided[step.response_id] = min(decided.get(step.response_id, found), found)
        groups: dict[tuple[datetime, bool], list[Response]] = {}
        for name, versions in self._by_id[Response].items():
            if is_erased(name):
                continue
            _, now, ahead = decided.get(name, (True, None, ""))
            answer = _standing(versions, now, ahead)
            groups.setdefault((now or answer.answered_at, now is not None), []).append(answer)
        return [
            Moment(now=now, was_decided=was, answers=tuple(sorted(group, key=attrgetter("answered_at", "id"))))
            for (now, was), group in sorted(groups.items(), key=lambda item: item[0])
        ]

    def row(self, answer: Response, moment: Moment, asked: Sequence[str]) -> Row:
        """What rules read of an answer at a moment, with what was known then; see `npscore.answer_rows`.

        Where no decision was logged, all that is known by now counts, as it was when the answer was given.
        """
        records = list(self._seen(answer, moment))
        as_of: AsOf = "now" if moment.was_decided else "answer"
        name = self.people(moment.now).of(answer.customer_id) if answer.customer_id is not None else ""
        beside = None if self._beside is None else {name: self._beside.get(name, {})}
        (row,) = answer_rows(records, as_of=as_of, asked=asked, attributes=asked, beside=beside, only=[answer.id])
        return row

    def is_excluded(self, answer: Response, moment: Moment) -> bool:
        """Whether an answer was known not to count."""
        found: Sequence[Exclusion] = self._exclusions.get(answer.id, ())
        seen = (one for one in found if (one.known_at if moment.was_decided else one.decided_at) <= moment.now)
        return answer.id in excluded(seen)

    def _of(self, kind: type[Any]) -> list[Any]:
        return self._kinds.get(kind, [])

    def _seen(self, answer: Response, moment: Moment) -> Iterator[Record]:
        """The records of which the row of an answer is made, each under the name of the person."""
        people = self.people(moment.now)
        name = answer.customer_id
        ids = [] if name is None else [name, *people.linked().get(name, ())]
        customers = [one for key in ids[:1] for one in self._visible(Customer, key, moment)]
        touched = {
            kind: [one for key in ids for one in self._by_customer[kind].get(key, ()) if _is_seen(one, moment)]
            for kind in (*_TOUCHES, Response)
        }
        touched[Invitation] += self._visible(Invitation, answer.invitation_id, moment)
        asked_about = [answer.interaction_id, *(one.interaction_id for one in touched[Invitation])]
        for key in dict.fromkeys(asked_about):
            touched[Interaction] += self._visible(Interaction, key, moment)
        received = {one.id: one for one in moment.answers if one.known_at > moment.now and one.customer_id in ids}
        yield from customers
        for key in dict.fromkeys([answer.account_id, *(one.account_id for one in customers)]):
            yield from self._visible(Account, key, moment)
        for some in (*touched.values(), received.values()):
            yield from (people.name(one) for one in some)
        yield people.name(answer)

    def _visible(self, kind: type[Any], name: str | None, moment: Moment) -> list[Any]:
        return [one for one in self._by_id[kind].get(name or "", ()) if _is_seen(one, moment)]


_TOUCHES = (Interaction, Invitation)


def _grouped(records: Iterable[Any], name: str) -> Mapping[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for record in records:
        value = getattr(record, name)
        if value is not None:
            groups.setdefault(value, []).append(record)
    return groups


def _is_seen(record: Record, moment: Moment) -> bool:
    return record.known_at <= moment.now or not moment.was_decided


def _standing(versions: Sequence[Response], now: datetime | None, ahead: str) -> Response:
    """The version that was known at a moment; the first where none was, and the last where nobody says when.

    A decision on one that came from a clock ahead says when that one is known;
    where it said nothing new, it was not kept beside the one before it.
    """
    if ahead:
        then = datetime.fromisoformat(ahead)
        kept = [one for one in versions if one.known_at == then]
        return _standing(kept or versions, then, "").model_copy(update={"known_at": then})
    known = [one for one in versions if _is_known(one, now)]
    return max(known, key=attrgetter("version")) if known else min(versions, key=attrgetter("version"))


def _is_known(one: Response, now: datetime | None) -> bool:
    return now is None or one.known_at <= now
