"""What is known about some answers, gathered from a store: rows for rules, and the logs of the people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, islice
from operator import attrgetter
from typing import Any, TypeVar

import attrs

from npscore.intake.hygiene import excluded
from npscore.intake.identity import Identities
from npscore.loop.actions import decision_id
from npscore.loop.ledger import Ledger, zone_of
from npscore.loop.policies import Policy
from npscore.loop.situations import Situation, asked_columns
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
from npscore.periods import instant, local_day
from npscore.ports import Gatherer, Store
from npscore.segments.rows import Row, answer_rows

T = TypeVar("T")
R = TypeVar("R", bound=Record)
BATCH = 1_000
"""How many answers or logs are gathered at once."""
Beside = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]
"""Tells more columns of some customers, by customer and column."""


def gather(store: Store, kind: type[R], name: str, values: Iterable[str], as_of: datetime | None = None) -> list[R]:
    """The standing records of a kind whose field has one of some values, from any store."""
    wanted = list(dict.fromkeys(values))
    if not wanted:
        return []
    if isinstance(store, Gatherer):
        return list(store.gather(kind, name, wanted, as_of=as_of))
    if name == "id" or len(wanted) > 1:
        there = set(wanted)
        return [record for record in store.find(kind, as_of=as_of) if getattr(record, name) in there]
    return [record for value in wanted for record in store.find(kind, as_of=as_of, **{name: value})]  # type: ignore[arg-type]


@attrs.frozen(kw_only=True)
class Known:
    """What is known when some answers are decided on.

    Attributes:
        answers: by id, under the name of the person.
        rows: by the id of the answer.
        ledger: what was done about the people so far; it grows.
        gone: the answers that are excluded.
    """

    answers: dict[str, Response]
    rows: dict[str, Row]
    ledger: Ledger
    gone: frozenset[str]

    def situation(self, name: str, now: datetime) -> Situation:
        """What is known of one answer at this point."""
        return self.ledger.situation(self.answers[name], self.rows[name], now, is_excluded=name in self.gone)


@attrs.frozen
class Waiting:
    """A stored answer that waits for its decision."""

    answered_at: datetime
    id: str
    customer_id: str | None


@attrs.frozen(kw_only=True, slots=False)
class Gathering:
    """Gathers what is known about answers, as of one moment.

    Attributes:
        store: from which.
        policies: that will decide.
        now: only what was known by then, beside what is received now.
        received: the answers that are received now, of which the store may
            know later versions, and whose clocks may be ahead.
        beside: tells more columns of some customers.
    """

    store: Store
    policies: Sequence[Policy]
    now: datetime
    received: Sequence[Response] = ()
    beside: Beside | None = None

    @cached_property
    def people(self) -> Identities:
        """Who is whom; the links are read once."""
        return Identities(self.store.find(IdentityLink, as_of=self.now))

    def in_turn(self, answers: Sequence[Response | Waiting]) -> Sequence[Response | Waiting]:
        """Answers person by person, so that what is known of one is read once.

        Decisions about two people depend on each other only where an owner has
        a cap; then the answers stay in the order in which they are.
        """
        return answers if is_capped(self.policies) else sorted(answers, key=self._person)

    def _person(self, answer: Response | Waiting) -> str:
        return "" if answer.customer_id is None else self.people.of(answer.customer_id)

    def about(self, answers: Sequence[Response | Waiting], counted: Ledger | None = None) -> Known:
        """All that is known about some answers, of each the version that stands among these and the stored ones.

        Of one that waits no longer, for it was erased meanwhile, nothing is known.

        Args:
            answers: which.
            counted: knows how many cases each owner got today; see `count_today`.
        """
        stored = self._get(Response, "id", (one.id for one in answers if self._is_read_by_id(one)))
        given = _standing([*stored, *(one for one in answers if isinstance(one, Response))])
        ids = self._ids({one.id: one for one in answers} | given)
        standing = _standing([*given.values(), *self._past(ids)])
        answered = {name: self.people.name(one) for name, one in standing.items()}
        named = {one.id: answered[one.id] for one in answers if one.id in answered}
        records = list(self._records(answered, named, ids))
        people = [one.customer_id for one in named.values() if one.customer_id is not None]
        more = None if self.beside is None else self.beside(list(dict.fromkeys(people)))
        rows = answer_rows(records, as_of="now", asked=self.asked, attributes=self.asked, beside=more, only=list(named))
        return Known(
            answers=named,
            rows={row["response_id"]: row for row in rows},
            ledger=self._ledger(named, ids, counted),
            gone=excluded(gather(self.store, Exclusion, "response_id", named, self.now)),
        )

    def _is_read_by_id(self, answer: Response | Waiting) -> bool:
        """Whether an answer is read by its id; that of a customer whose past is read comes with it."""
        return isinstance(answer, Response) or answer.customer_id is None or not self._reads("history.")

    def _past(self, ids: Sequence[str]) -> list[Response]:
        """All answers of some people that can be seen, those that are received now and known later among them."""
        there, wanted = self._get(Response, "customer_id", ids) if self._reads("history.") else [], set(ids)
        return there + [one for one in self._ahead if one.customer_id in wanted]

    @cached_property
    def _ahead(self) -> list[Response]:
        """The answers that are received now, and known only later by their own clocks."""
        return [one for one in self.received if one.known_at > self.now]

    @cached_property
    def asked(self) -> list[str]:
        """The columns of which policies speak, those of cases apart."""
        return asked_columns(self.policies)

    @cached_property
    def _others(self) -> dict[str, list[str]]:
        """The other ids of people, by the one under which they stand."""
        return self.people.linked()

    def _ids(self, answers: Mapping[str, Response | Waiting]) -> list[str]:
        """All ids of the people who gave some answers."""
        given = (answer.customer_id for answer in answers.values())
        people = dict.fromkeys(self.people.of(name) for name in given if name is not None)
        return list(chain(people, *(self._others.get(name, ()) for name in people)))

    def _records(
        self, answers: Mapping[str, Response], named: Mapping[str, Response], ids: Sequence[str]
    ) -> Iterator[Record]:
        """What rows are made of."""
        people = self._get(Customer, "id", ids if self._reads("customer.", "account") else ())
        yield from (one for one in people if self.people.of(one.id) == one.id)
        yield from answers.values()
        if self._reads("account."):
            yield from self._get(Account, "id", _named([*named.values(), *people], "account_id"))
        if self._reads("invit", "interaction", "history.i", "response.i"):
            yield from self._touches(named, ids)

    def _touches(self, named: Mapping[str, Response], ids: Sequence[str]) -> Iterator[Record]:
        """Interactions and invitations of people, and those that answers name."""
        invitations = self._get(Invitation, "customer_id", ids)
        invitations += self._get(Invitation, "id", _named(named.values(), "invitation_id"))
        touches = _named([*named.values(), *invitations], "interaction_id")
        interactions = self._get(Interaction, "customer_id", ids) + self._get(Interaction, "id", touches)
        yield from {one.id: self.people.name(one) for one in invitations}.values()
        yield from {one.id: self.people.name(one) for one in interactions}.values()

    def _reads(self, *beginnings: str) -> bool:
        """Whether a policy speaks of a column that begins so; what nobody speaks of need not be read."""
        return any(column.startswith(beginnings) for column in self.asked)

    def _get(self, kind: type[R], name: str, values: Iterable[str]) -> list[R]:
        return gather(self.store, kind, name, values, self.now)

    def _ledger(self, named: Iterable[str], ids: Sequence[str], counted: Ledger | None) -> Ledger:
        """The logs about people and answers, whole."""
        steps = gather(self.store, FollowUp, "customer_id", ids)
        steps += gather(self.store, FollowUp, "response_id", named)
        decisions = {decision_id(policy.name, name) for policy in self.policies for name in named}
        cases = {step.log for step in steps if step.step not in ("decided", "receipted")}
        whole = gather(self.store, FollowUp, "log", cases | decisions)  # also steps that do not say whom they are about
        others = (step for step in steps if step.log not in cases and step.log not in decisions)
        return Ledger([*whole, *others], people=self.people, zone=zone_of(self.policies), given=counted)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Items in lists of so many, and a last one of those that are left."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def is_capped(policies: Iterable[Policy]) -> bool:
    """Whether an owner gets only so many cases a day under one of some policies."""
    return any(policy.owners.per_day is not None for policy in policies)


def count_today(store: Store, policies: Sequence[Policy], now: datetime) -> Ledger:
    """A ledger that knows how many cases each owner got today, where a policy has a cap."""
    zone = zone_of(policies)
    ledger = Ledger(zone=zone)
    if is_capped(policies):
        begin = instant(local_day(now, zone), zone)
        for step in store.find(FollowUp, since=begin, until=now + timedelta(microseconds=1)):
            ledger.count(step)
    return ledger


def _named(records: Iterable[Record], name: str) -> list[str]:
    """The ids of something that records name."""
    found = (getattr(record, name, None) for record in records)
    return list(dict.fromkeys(value for value in found if value is not None))


def _standing(answers: Iterable[Response]) -> dict[str, Response]:
    """Of each answer the version that stands among these, by id."""
    found: dict[str, Response] = {}
    for one in answers:
        found[one.id] = max(found.get(one.id, one), one, key=attrgetter("version"))
    return found


__all__ = ["BATCH", "Beside", "Gathering", "Known", "Waiting", "batches", "count_today", "gather", "is_capped"]
