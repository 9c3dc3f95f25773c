"""What is known of people: records in order, found by id, by customer and by time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, TypeVar

import attrs

from npscore.errors import InputError, short
from npscore.models import Account, Customer, Interaction, Invitation, Record, Response
from npscore.models.records import BEGINNING

R = TypeVar("R", bound=Record)
Version = Customer | Account
V = TypeVar("V", Customer, Account)

KINDS = (Response, Customer, Account, Interaction, Invitation)


@attrs.frozen
class Course:
    """What happened to one customer, each in the order of time.

    Attributes:
        answers: to the NPS question, with a rating.
        interactions, invitations: when there were any.
    """

    answers: list[Response] = attrs.field(factory=list)
    interactions: list[datetime] = attrs.field(factory=list)
    invitations: list[datetime] = attrs.field(factory=list)

    def answers_until(self, moment: datetime) -> list[Response]:
        """The answers up to a moment and at it."""
        return self.answers[: bisect_right(self.answers, moment, key=attrgetter("answered_at"))]


def count_until(moments: Sequence[datetime], moment: datetime, within: timedelta | None = None) -> int:
    """How many moments lie up to one and at it; with a period, only those less than that before it."""
    is_short = within is not None and within < moment - BEGINNING
    first = bisect_right(moments, moment - within) if within is not None and is_short else 0
    return max(0, bisect_right(moments, moment) - first)


@attrs.frozen(kw_only=True)
class Known:
    """Records by id, and the course of each customer.

    Attributes:
        responses, interactions, invitations: the standing version of each, by id.
        customers, accounts: all versions of each in the order in which they
            held, by id.
        courses: by customer.
    """

    responses: Mapping[str, Response]
    interactions: Mapping[str, Interaction]
    invitations: Mapping[str, Invitation]
    customers: Mapping[str, list[Customer]]
    accounts: Mapping[str, list[Account]]
    courses: Mapping[str, Course]

    @classmethod
    def of(cls, records: Iterable[Record]) -> Known:
        """What some records tell, in any order, several versions of one among them.

        Raises:
            InputError: for what is no record of a kind that rows are made of.
        """
        given: dict[type[Record], list[Any]] = {kind: [] for kind in KINDS}
        if not isinstance(records, Iterable):
            raise InputError(f"rows are made of records, not of {short(records)}.")
        for record in records:
            if type(record) not in given:
                raise InputError(f"rows are made of {', '.join(kind.kind for kind in KINDS)}, not of {short(record)}.")
            given[type(record)].append(record)
        responses, interactions, invitations = (_standing(given[kind]) for kind in (Response, Interaction, Invitation))
        return cls(
            responses=responses,
            interactions=interactions,
            invitations=invitations,
            customers=_versions(given[Customer]),
            accounts=_versions(given[Account]),
            courses=_courses(responses.values(), interactions.values(), invitations.values()),
        )

    @property
    def people(self) -> list[str]:
        """The ids of all customers that any record names, each once."""
        answered = (answer.customer_id for answer in self.responses.values() if answer.customer_id is not None)
        return list(dict.fromkeys([*self.customers, *self.courses, *answered]))

    def course(self, customer_id: str | None) -> Course:
        """What happened to a customer, nothing where nobody knows them."""
        return self.courses.get(customer_id or "", _NOTHING)


_NOTHING = Course()


def _standing(records: Iterable[R]) -> dict[str, R]:
    """The version of each record that stands, by id."""
    found: dict[str, R] = {}
    for record in records:
        (name,) = record.key
        if name not in found or record.version > found[name].version:
            found[name] = record
    return found


def _versions(records: Iterable[V]) -> dict[str, list[V]]:
    found: dict[str, list[V]] = {}
    for record in records:
        found.setdefault(record.id, []).append(record)
    for versions in found.values():
        versions.sort(key=lambda one: (held_since(one), one.known_at))
    return found


def held_since(record: Version) -> datetime:
    """Since when a version holds: since the source changed it, or else since it was known."""
    return record.revised_at or record.known_at


def held_at(versions: Sequence[V], moment: datetime | None) -> tuple[V | None, bool]:
    """The version that held at a moment, and whether it was learned only later; None takes the latest.

    Where none held yet it is the earliest: the nearest that is known beats nothing, as long as somebody says so.
    """
    if not versions:
        return None, False
    if moment is None:
        return max(versions, key=attrgetter("version")), False
    number = bisect_right(versions, moment, key=held_since)
    return versions[max(number - 1, 0)], number == 0


def counts_as_answer(answer: Response) -> bool:
    """Whether an answer is part of the course of a customer: to the NPS question, whole, no trial, with a rating."""
    return answer.metric == "nps" and answer.completed and not answer.test and answer.rating is not None


def _courses(
    answers: Iterable[Response], interactions: Iterable[Interaction], invitations: Iterable[Invitation]
) -> dict[str, Course]:
    courses: dict[str, Course] = {}
    for customer, answer in _owned(filter(counts_as_answer, answers)):
        courses.setdefault(customer, Course()).answers.append(answer)
    for customer, interaction in _owned(interactions):
        courses.setdefault(customer, Course()).interactions.append(interaction.happened_at)
    for customer, invitation in _owned(invitations):
        courses.setdefault(customer, Course()).invitations.append(invitation.invited_at)
    for course in courses.values():
        course.answers.sort(key=attrgetter("answered_at", "id"))
        course.interactions.sort()
        course.invitations.sort()
    return courses


Owned = TypeVar("Owned", Response, Interaction, Invitation)


def _owned(records: Iterable[Owned]) -> Iterator[tuple[str, Owned]]:
    return ((record.customer_id, record) for record in records if record.customer_id is not None)
