"""Actions: what steps ask the outside to do, worked out of the log, with ids that are always the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import attrs

from npscore.errors import InputError, short
from npscore.models import FollowUp, Response

Do = Literal[
    "contact", "answered again", "remind", "escalate", "thank", "ask for referral", "ask for case study",
    "ask for review", "offer upsell talk", "invite back", "notify", "suppress surveys", "resume surveys",
]  # fmt: skip
"""What can be asked of the outside."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _hash(*parts: str) -> str:
    """Thirty-two digits that parts have and no others: ids and names hold no NUL."""
    try:
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    except TypeError:
        wrong = next(part for part in parts if not isinstance(part, str))
        raise InputError(f"ids are made of names, which are texts, not of {short(wrong)}.") from None


def decision_id(policy: str, response_id: str) -> str:
    """The id of the log in which a policy decides on an answer.

    Raises:
        InputError: for names that are no texts.
    """
    return f"decision-{_hash('decision', policy, response_id)}"


def case_id(policy: str, subject: str, ordinal: int) -> str:
    """The id of a case: that of a customer, as `subject_of` names them, under a policy in the window of that number.

    Raises:
        InputError: for names that are no texts.
    """
    return f"case-{_hash('case', policy, subject, str(ordinal))}"


def subject_of(answer: Response) -> str:
    """Whose case an answer opens: the customer's, or where nobody knows them the answer's own."""
    return f"answer {answer.id}" if answer.customer_id is None else f"customer {answer.customer_id}"


@attrs.frozen(kw_only=True)
class Action:
    """One deed for the outside.

    Attributes:
        id: made from (case, step), or from (decision, deed) where there is no
            case: the same whoever works it out and whenever, so that sending
            it twice is one deed.
        do: what.
        log: the case or decision that asks for it.
        policy: under which.
        customer_id, response_id: whom and what it is about.
        to: the person, team or system that does it; None leaves it to the sink.
        asked_at: when it was decided.
        details: what else whoever does it should know: texts, numbers and truth values.
    """

    id: str
    do: Do
    log: str
    policy: str
    customer_id: str | None
    response_id: str | None
    to: str | None
    asked_at: datetime
    details: Mapping[str, Any] = attrs.field(factory=dict, hash=False)

    def to_dict(self) -> dict[str, Any]:
        """The action as values that JSON has.

        Example:
            >>> action = Action(id="a", do="thank", log="d", policy="p", customer_id="c1", response_id="r1", to=None,
            ...                 asked_at=EPOCH)
            >>> action.to_dict()["asked_at"]
            '1970-01-01T00:00:00+00:00'
        """
        return attrs.asdict(self, recurse=False) | {
            "asked_at": self.asked_at.isoformat(),
            "details": dict(self.details),
        }

    def to_json(self) -> str:
        """The action as one line of JSON, always spelled the same.

        Raises:
            ValueError: for details with a number that is not finite, which JSON has not.
            TypeError: for details of other kinds that JSON has not.
        """
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, allow_nan=False)


def actions_of(log: Sequence[FollowUp]) -> tuple[Action, ...]:
    """All that the steps of a log ever asked of the outside, in order.

    Args:
        log: of one case or decision, in the order of its sequence.

    Raises:
        InputError: for a decision whose deeds cannot be read.
    """
    return tuple(action for place in range(len(log)) for action in asked_by(log, place))


def owed(log: Sequence[FollowUp]) -> tuple[Action, ...]:
    """What the outside was asked and nobody has receipted.

    Raises:
        InputError: for a decision whose deeds cannot be read.
    """
    done = {step.details.get("action") for step in log if step.step == "receipted"}
    return tuple(action for action in actions_of(log) if action.id not in done)


def asked_by(log: Sequence[FollowUp], place: int) -> Iterator[Action]:
    """What one step asks for.

    Raises:
        InputError: for a decision whose deeds cannot be read.
    """
    step, opened = log[place], log[0]
    details = step.details
    match step.step:
        case "decided":
            for deed in _deeds(step):
                yield _action(step, f"{step.log}/{deed['do']}", deed["do"], deed.get("to"), deed)
        case "opened" | "assigned" if details.get("owner") is not None:
            do = "answered again" if "because" in details else "contact"
            yield _action(step, _of_step(step), do, details["owner"], _told(opened, details))
        case "escalated" if details.get("to") is not None:
            yield _action(step, _of_step(step), details.get("do", "escalate"), details["to"], _told(opened, details))
        case "re-surveyed" if step.actor == step.policy and step.policy is not None:
            yield _action(step, _of_step(step), "invite back", details.get("to"), _told(opened, details))
        case "closed" if _suppresses(log[:place]):
            yield _action(step, _of_step(step), "resume surveys", None, {})
    is_open_again = step.step == "reopened" and _is_closed(log[:place]) and _suppresses(log[:place])
    if details.get("suppress_surveys") or is_open_again:
        yield _action(step, f"{_of_step(step)}/suppress surveys", "suppress surveys", None, {})


def _deeds(step: FollowUp) -> Sequence[Mapping[str, Any]]:
    """The deeds that a decision asks for, as JSON text under ``do``."""
    text = step.details.get("do")
    deeds = _read_deeds(str(text)) if text else ()
    if deeds is None:
        raise InputError(
            f"the decision {step.log} asks for no deeds that can be read; they are a JSON list of objects."
        )
    return deeds


@lru_cache(maxsize=1_024)
def _read_deeds(text: str) -> tuple[Mapping[str, Any], ...] | None:
    """Deeds as a log keeps them, None where they cannot be read."""
    try:
        deeds = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(deeds, list) or not all(isinstance(deed, dict) for deed in deeds):
        return None
    return tuple(deeds) if all(isinstance(deed.get("do"), str) for deed in deeds) else None


def _suppresses(log: Sequence[FollowUp]) -> bool:
    """Whether surveys of the customer are suppressed while the case is open."""
    return any(step.details.get("suppress_surveys") for step in log)


def _is_closed(log: Sequence[FollowUp]) -> bool:
    """Whether a case was closed, so that surveys of the customer went on."""
    return next((step.step == "closed" for step in reversed(log) if step.step in ("closed", "reopened")), False)


def _of_step(step: FollowUp) -> str:
    return f"{step.log}/{step.sequence}"


_TOLD = ("priority", "rule", "rating", "contact_due_at", "resolve_due_at")


def _told(opened: FollowUp, details: Mapping[str, Any]) -> dict[str, Any]:
    """What whoever gets a case should know of it."""
    told = {name: opened.details[name] for name in _TOLD if name in opened.details}
    return told | {name: value for name, value in details.items() if name in (*_TOLD, "escalation", "because")}


def _action(step: FollowUp, name: str, do: Any, to: Any, details: Mapping[str, Any]) -> Action:
    return Action(
        id=name,
        do=do,
        log=step.log,
        policy=step.policy or "",
        customer_id=step.customer_id,
        response_id=step.response_id,
        to=to,
        asked_at=step.done_at,
        details={name: value for name, value in details.items() if name not in ("do", "to")},
    )
