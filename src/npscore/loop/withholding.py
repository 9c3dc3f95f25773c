"""What is not asked of the outside, or not any more: deeds that a customer's consent or an open case stands against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from npscore.loop.actions import Action
from npscore.loop.cases import Case
from npscore.loop.logs import Log, is_case
from npscore.loop.policies import ASKS, Deed, Policy
from npscore.models import FollowUp

_FOR_OWNERS = ("contact", "answered again", "remind", "escalate")
_AFTERWARDS = ("resume surveys", "invite back")


def held_back(do: str, consent: str | None, row: Mapping[str, Any], *, is_open: bool) -> str | None:
    """Why a deed is not asked for now, None where nothing stands against it.

    Args:
        do: what a rule asks for.
        consent: the column that has to be true, None where it needs none.
        row: what is known of the customer.
        is_open: whether a case of the customer is open.
    """
    if do in ASKS and is_open:
        return "a case of the customer is open"
    if consent is not None and row.get(consent) is not True:
        return f"{consent} is not true"
    return None


def overtaken(action: Action, log: Log, now: datetime) -> str | None:
    """Why an owner is not told any more what was to be told before now, None where it still matters.

    Args:
        action: that is owed.
        log: which asks for it.
        now: when it would be sent.
    """
    if action.do not in _FOR_OWNERS or action.asked_at >= now or not is_case(log):
        return None
    case = Case.of(log)
    if not case.is_open:
        return f"the case is {case.state}"
    has_gone = action.do != "escalate" and case.owner not in (None, action.to)
    return f"the case has gone to {case.owner}" if has_gone else None


def hangs_on_the_customer(action: Action, log: Log, now: datetime) -> bool:
    """Whether what is known of the customer now may stand against an action; see `against`."""
    if is_case(log):
        return action.do in _AFTERWARDS
    return action.asked_at < now


def is_strange(action: Action, now: datetime, policies: Iterable[Policy]) -> bool:
    """Whether nobody here knows what consent an ask from before now needs, for its policy is none of these."""
    is_old_ask = action.do in ASKS and action.asked_at < now
    return is_old_ask and all(policy.name != action.policy for policy in policies)


def against(
    action: Action, log: Log, row: Mapping[str, Any], cases: Iterable[Case], policies: Iterable[Policy]
) -> str | None:
    """Why an action is not asked of a customer any more, None where nothing stands against it.

    Args:
        action: that is owed.
        log: which asks for it.
        row: what is known of the customer now.
        cases: of the customer.
        policies: of which one asked for it.
    """
    unsolved = [case for case in cases if case.is_open]
    if not is_case(log):
        deed = _deed(action, log[0], policies)
        if deed is None:
            return "its rule does not ask for it any more" if action.do in ASKS else None
        return held_back(deed.do, deed.consent, row, is_open=bool(unsolved))
    if action.do == "resume surveys":
        unsolved = [case for case in unsolved if case.suppresses_surveys]
    return f"the case {unsolved[0].id} of the customer is open" if unsolved else None


def _deed(action: Action, decided: FollowUp, policies: Iterable[Policy]) -> Deed | None:
    """The deed that a decision asked for, as its rule stands now; None where there is no such one any more."""
    rules = (rule for policy in policies if policy.name == action.policy for rule in policy.rules)
    deeds = (deed for rule in rules if rule.name == decided.details.get("rule") for deed in rule.deeds)
    return next((deed for deed in deeds if deed.do == action.do), None)
