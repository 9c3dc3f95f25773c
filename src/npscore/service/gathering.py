"""What is known about some answers, gathered from a store: rows for rules, and the logs of the people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

import attrs

from npscore.intake.hygiene import excluded
from npscore.intake.identity import Identities
from npscore.loop.actions import decision_id
from npscore.loop.ledger import Ledger, zone_of
from npscore.loop.policies import Policy
from npscore.loop.situations import CASE_COLUMNS, Situation, case_columns
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
from npscore.segments.fields import LOWER
from npscore.segments.rows import Row, answer_rows

R = TypeVar("R", bound=Record)
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
        answer = self.answers[name]
        row = self.rows[name] | case_columns(self.ledger.cases_of(answer))
        return Situation(
            answer=answer,
            row=row,
            follow_ups=self.ledger.about(answer),
            given_today=self.ledger.given(now),
            not_counted="it is a trial" if answer.test else "it is excluded" if name in self.gone else None,
        )


@attrs.frozen(kw_only=True, slots=False)
class Gathering:
    """Gathers what is known about answers, as of one moment.

    Attributes:
        store: from which.
        policies: that will decide.
        now: only what was known by then, beside what is received now.
        people: who is whom.
        received: the answers that are received now, of which the store may
            know later versions, and whose clocks may be ahead.
        beside: tells more columns of some customers.
    """

    store: Store
    policies: Sequence[Policy]
    now: datetime
    people: Identities
    others: dict[str, list[str]]
    received: Sequence[Response]
    beside: Beside | None = None

    @classmethod
    def of(
        cls,
        store: Store,
        policies: Sequence[Policy],
        now: datetime,
        received: Sequence[Response],
        beside: Beside | None = None,
    ) -> Gathering:
        """Ready to gather; the links between people are read once."""
        people = Identities(store.find(IdentityLink, as_of=now))
        return cls(
            store=store,
            policies=policies,
            now=now,
            people=people,
            others=people.linked(),
            received=received,
            beside=beside,
        )

    def about(self, answers: Sequence[Response]) -> Known:
        """All that is known about some answers, of each the version that stands among these and the stored ones."""
        ids = self._ids(map(self.people.name, answers))
        past = self._get(Response, "customer_id", ids) if self._reads("history.") else []
        again = [one.id for one in answers if not past or one.customer_id is None] if self.received else []
        earlier = {one.id: one for one in [*past, *self._get(Response, "id", again)]}
        standing = (max(one, earlier.get(one.id, one), key=attrgetter("version")) for one in answers)
        named = {one.id: self.people.name(one) for one in standing}
        records = list(self._records(named, earlier, ids))
        people = [one.customer_id for one in named.values() if one.customer_id is not None]
        more = None if self.beside is None else self.beside(list(dict.fromkeys(people)))
        rows = answer_rows(records, as_of="now", asked=self.asked, attributes=self.asked, beside=more, only=list(named))
        return Known(
            answers=named,
            rows={row["response_id"]: row for row in rows},
            ledger=self._ledger(named, ids),
            gone=excluded(gather(self.store, Exclusion, "response_id", named, self.now)),
        )

    @cached_property
    def _ahead(self) -> list[Response]:
        """The answers that are received now, and known only later by their own clocks."""
        return [one for one in self.received if one.known_at > self.now]

    @cached_property
    def asked(self) -> list[str]:
        """The columns of which policies speak, those of cases apart."""
        columns = dict.fromkeys(column for policy in self.policies for column in policy.columns)
        plain = [column.removesuffix(LOWER) for column in columns]
        return [column for column in dict.fromkeys([*columns, *plain]) if column not in CASE_COLUMNS]

    def _ids(self, answers: Iterable[Response]) -> list[str]:
        """All ids of the people who gave some answers."""
        standing = dict.fromkeys(answer.customer_id for answer in answers if answer.customer_id is not None)
        return list(chain(standing, *(self.others.get(name, ()) for name in standing)))

    def _records(
        self, named: dict[str, Response], earlier: dict[str, Response], ids: Sequence[str]
    ) -> Iterator[Record]:
        """What rows are made of. What is received now is seen although its clock be ahead."""
        people = self._get(Customer, "id", ids if self._reads("customer.", "account") else ())
        wanted = set(ids)
        earlier |= {one.id: one for one in self._ahead if one.customer_id in wanted}
        answers = {**{name: self.people.name(answer) for name, answer in earlier.items()}, **named}
        yield from (one for one in people if self.people.of(one.id) == one.id)
        yield from answers.values()
        if self._reads("account."):
            yield from self._get(Account, "id", _named([*named.values(), *people], "account_id"))
        if self._reads("invit", "interaction", "history.i", "response.i"):
            yield from self._touches(named, ids)

    def _touches(self, named: dict[str, Response], ids: Sequence[str]) -> Iterator[Record]:
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

    def _ledger(self, named: Iterable[str], ids: Sequence[str]) -> Ledger:
        """The logs about people and answers, whole, and what owners got today where that matters."""
        steps = gather(self.store, FollowUp, "customer_id", ids)
        steps += gather(self.store, FollowUp, "response_id", named)
        decisions = {decision_id(policy.name, name) for policy in self.policies for name in named}
        cases = {step.log for step in steps if step.step not in ("decided", "receipted")}
        whole = gather(self.store, FollowUp, "log", cases | decisions)  # also steps that do not say whom they are about
        others = (step for step in steps if step.log not in cases and step.log not in decisions)
        return Ledger([*whole, *others], people=self.people, zone=zone_of(self.policies))


def count_today(store: Store, ledger: Ledger, policies: Sequence[Policy], now: datetime) -> None:
    """Tell a ledger how many cases each owner got today, where a policy has a cap."""
    if all(policy.owners.per_day is None for policy in policies):
        return
    zone = zone_of(policies)
    begin = instant(local_day(now, zone), zone)
    for step in store.find(FollowUp, since=begin, until=now + timedelta(microseconds=1)):
        ledger.count(step)


def _named(records: Iterable[Record], name: str) -> list[str]:
    """The ids of something that records name."""
    found = (getattr(record, name, None) for record in records)
    return list(dict.fromkeys(value for value in found if value is not None))


__all__ = ["Gathering", "Known", "count_today", "gather"]
