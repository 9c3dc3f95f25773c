"""Small logs of cases for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from npscore.loop.cases import Case
from npscore.models import FollowUp

START = datetime(2026, 11, 2, 9, tzinfo=UTC)  # a Monday


def hour(number: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=number)


def opened(
    log: str = "case-1",
    *,
    at: datetime = START,
    customer: str | None = "c1",
    response: str | None = "r1",
    **details: Any,
) -> FollowUp:
    """The first step of a case."""
    return FollowUp(
        log=log,
        sequence=0,
        step="opened",
        done_at=at,
        known_at=at,
        customer_id=customer,
        response_id=response,
        policy="care",
        actor="care",
        details=details,
    )


def case(*steps: tuple[Any, ...], **begun: Any) -> Case:
    """A case with steps such as ``("snoozed", 5, {"until": ...})``, a number being hours after the start."""
    made = Case.of([opened(**begun)])
    for step, at, *details in steps:
        moment = at if isinstance(at, datetime) else hour(at)
        told = details[0] if details else {"root_cause": "price", "owner": "ann"} if step != "snoozed" else {}
        told = {name: told[name] for name in told if (step, name) not in _OTHERS}
        made = Case.of([*made.steps, made.next(step, moment, details=told)])
    return made


_OTHERS = {(step, "owner") for step in ("resolved", "contacted", "closed", "reopened", "escalated", "attempted")}
