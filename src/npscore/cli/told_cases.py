"""Cases as commands tell of them: values for JSON, and rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from npscore.loop.cases import PRIORITIES, Case
from npscore.loop.clocks import Deadline

COLUMNS = ("case", "customer", "rating", "priority", "owner", "state", "next", "due")


def printable(text: str) -> str:
    """A text that came from outside as a terminal may show it: without letters that steer it."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "�" for one in text)


def as_values(case: Case, now: datetime) -> dict[str, Any]:
    """A case as values that JSON has; times in ISO 8601."""
    details = case.steps[0].details
    return {
        "id": case.id,
        "policy": case.policy,
        "rule": details.get("rule"),
        "customer_id": case.customer_id,
        "response_id": case.response_id,
        "rating": details.get("rating"),
        "state": case.state,
        "priority": case.priority,
        "owner": case.owner,
        "opened_at": case.opened_at.isoformat(),
        **_clock("contact", case.contact, now),
        **_clock("resolve", case.resolution, now),
        "root_cause": case.root_cause,
        "steps": [
            {"step": step.step, "done_at": step.done_at.isoformat(), "actor": step.actor, "note": step.note}
            for step in case.steps
        ],
    }


def _clock(name: str, deadline: Deadline | None, now: datetime) -> dict[str, Any]:
    if deadline is None:
        return {f"{name}_due_at": None, f"{name}_met_at": None, f"{name}_clock": None}
    return {
        f"{name}_due_at": _iso(deadline.due_at),
        f"{name}_met_at": _iso(deadline.met_at),
        f"{name}_clock": deadline.reading(now),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def pressing(cases: Iterable[Case]) -> list[Case]:
    """Cases, what is due first coming first."""
    return sorted(cases, key=_press)


def _press(case: Case) -> tuple[Any, ...]:
    _, due = next_due(case)
    return due is None, due or case.opened_at, -PRIORITIES.index(case.priority), case.opened_at, case.id


def next_due(case: Case) -> tuple[str, datetime | None]:
    """What comes next in a case, and by when."""
    if case.is_open and case.contact is not None and case.contact.met_at is None:
        return "contact", case.contact.due_at
    if case.is_open and case.resolution is not None and case.resolution.met_at is None:
        return "resolve", case.resolution.due_at
    return ("resolve" if case.is_open else "close" if case.state == "resolved" else "nothing"), None


def as_row(case: Case, now: datetime) -> tuple[str, ...]:
    """A case as the cells of a table, in the order of `COLUMNS`."""
    return tuple(map(printable, _row(case, now)))


def _row(case: Case, now: datetime) -> tuple[str, ...]:
    what, due = next_due(case)
    rating = case.steps[0].details.get("rating")
    return (
        case.id[: len("case-") + 8],
        case.customer_id or f"answer {case.response_id}",
        "" if rating is None else str(rating),
        case.priority,
        case.owner or "nobody",
        case.state,
        what,
        _until(due, now) if due is not None else "waits" if case.state == "snoozed" else "",
    )


def _until(due: datetime, now: datetime) -> str:
    """A moment in UTC, and how far off it is."""
    far = f"in {length(due - now)}" if due >= now else f"{length(now - due)} late"
    return f"{due:%Y-%m-%d %H:%M}Z, {far}"


def length(time: timedelta) -> str:
    """A length of time in the largest unit of which there are two."""
    minutes = int(time.total_seconds()) // 60
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
