"""Answers, policies and situations for tests of the loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from npscore import Deed, MemoryStore, OpenCase, Owners, Policy, PolicyRule, Response, Situation, answer_rows
from npscore.loop.cases import cases_of
from npscore.loop.situations import case_columns
from npscore.models import FollowUp

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # a Friday
UNHAPPY, HAPPY = 'category = "detractor"', 'category = "promoter"'


def hours(number: float) -> datetime:
    """So many hours after now."""
    return NOW + timedelta(hours=number)


def said(
    name: str = "r1", rating: int | None = 3, customer: str | None = "c1", *, at: datetime = NOW, **fields: Any
) -> Response:
    """An answer, known as it is given."""
    return Response(**{
        "id": name, "customer_id": customer, "rating": rating, "answered_at": at, "known_at": at, **fields,
    })  # fmt: skip


def care(*, opening: OpenCase | None = None, deeds: Iterable[Deed] = (), name: str = "care", **parts: Any) -> Policy:
    """A policy that opens a case for each detractor, and does deeds for promoters."""
    made = OpenCase(owner="ann", contact_within="24 hours", resolve_within="5 days") if opening is None else opening
    done = list(deeds) or [Deed(do="thank")]
    return Policy(name=name, rules=[PolicyRule("unhappy", UNHAPPY, made), PolicyRule("happy", HAPPY, done)], **parts)


def by_account(**parts: Any) -> Policy:
    """A policy that gives cases to the owners of customers, one a day."""
    owners = Owners(**{"by": ["customer.owner"], "per_day": 1, **parts.pop("owners", {})})
    return care(opening=OpenCase(), owners=owners, **parts)


def known(answer: Response, log: Iterable[FollowUp] = (), row: dict[str, Any] | None = None, **more: Any) -> Situation:
    """What is known of an answer, with what was logged about its customer."""
    steps = list(log)
    (made,) = answer_rows([answer])
    cells = {**made, **case_columns(cases_of(steps)), **(row or {})}
    return Situation(answer=answer, row=cells, follow_ups=steps, **more)


class PlainStore:
    """A store with the five methods of `Store`, and nothing else."""

    def __init__(self) -> None:
        self._kept = MemoryStore()

    def put(self, *records: Any) -> int:
        return self._kept.put(*records)

    def get(self, kind: Any, *key: Any, as_of: datetime | None = None) -> Any:
        return self._kept.get(kind, *key, as_of=as_of)

    def find(
        self,
        kind: Any,
        *,
        as_of: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **equal: str,
    ) -> Iterator[Any]:
        return self._kept.find(kind, as_of=as_of, since=since, until=until, **equal)

    def erase(self, customer_id: str) -> int:
        return self._kept.erase(customer_id)

    def close(self) -> None:
        self._kept.close()
