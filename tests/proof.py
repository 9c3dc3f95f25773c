"""What is true of every loop, whatever happened to it, and promises to try it with. Light to import, as workers do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from npscore.hours import BusinessHours
from npscore.loop.actions import EPOCH, Action, actions_of, case_id, decision_id, owed, subject_of
from npscore.loop.cases import Case, is_finished
from npscore.loop.history import History
from npscore.loop.logs import is_case, logs_of
from npscore.loop.policies import Deed, Escalation, OpenCase, Owners, Policy, PolicyRule
from npscore.loop.replaying import replay
from npscore.models import FollowUp, Response
from npscore.models.erasure import is_erased
from npscore.ports import Store

Log = tuple[FollowUp, ...]

CARE = Policy(
    name="care",
    rules=[
        PolicyRule("furious", "rating <= 2", [OpenCase(priority="urgent", contact_within="4 business hours")]),
        PolicyRule(
            "unhappy",
            'category = "detractor"',
            [OpenCase(contact_within="24 hours", resolve_within="5 days"), Deed(do="suppress surveys")],
        ),
        PolicyRule("happy", 'category = "promoter"', [Deed(do="thank"), Deed(do="ask for review")]),
    ],
    window=timedelta(days=30),
    hours=BusinessHours.parse("mon-fri 09:00-17:00", zone="Europe/Berlin"),
    owners=Owners(by=["customer.manager"], people=["ann", "bob", "mo"], fallback="mo"),
    escalations=[
        Escalation(name="nobody called", after="16 business hours", only=["urgent"]),
        Escalation(name="slow", clock="resolve", after="6 days", to="head", owner="mo", priority="high"),
    ],
    close_after="3 days",
    resurvey_after="20 days",
)
"""Promises whose cases do not hang on the order in which answers come."""

SHOP = Policy(
    name="shop",
    rules=[
        PolicyRule("again", "rating <= 7 and case.count > 0", [OpenCase(owner="zoe"), Deed(do="notify", to="store")]),
        PolicyRule("unhappy", 'category = "detractor"', OpenCase(priority="high", contact_within="8 hours")),
        PolicyRule("passive", 'category = "passive"', Deed(do="nothing", reason="nobody asked")),
        PolicyRule("happy", "rating >= 9", Deed(do="ask for referral", cooldown=timedelta(days=20))),
    ],
    window=timedelta(days=7),
    owners=Owners(by=["customer.manager"], fallback="mo", per_day=2),
    escalations=[Escalation(name="late", after="48 hours", owner="head")],
    close_after="1 day",
)
"""Promises with caps, cooldowns and a look at cases."""

POLICIES = (CARE, SHOP)


def logs_in(store: Store) -> dict[str, Log]:
    """All logs by name, what is left of erased people among them."""
    return {log[0].log: log for log in logs_of(store.find(FollowUp))}


def texts_of(store: Store) -> list[str]:
    """All logs, byte for byte."""
    return [step.to_json() for step in store.find(FollowUp)]


def check_sound(store: Store) -> dict[str, Log]:
    """No case is in a state that there is not, and what is unfinished is found."""
    logs = logs_in(store)
    for log in logs.values():
        assert Case.of(log).steps == log if is_case(log) else log[0].step == "decided"
        assert all(step.step == "receipted" for step in log[1:]) or is_case(log)
    found = [tuple(log) for log in store.unfinished()]
    assert found == [log for log in logs.values() if not is_finished(log)]
    return {name: log for name, log in logs.items() if not is_erased(name)}


def check_decided(logs: dict[str, Log], answers: Iterable[Response], policies: Sequence[Policy] = POLICIES) -> None:
    """Each answer has its one decision under each policy, and each decision is about an answer."""
    expected = {decision_id(policy.name, answer.id) for answer in answers for policy in policies}
    steps = [step for log in logs.values() for step in log if step.step == "decided"]
    assert Counter(step.log for step in steps) == Counter(expected)
    assert {step.sequence for step in steps} <= {0}


def check_cases(logs: dict[str, Log], answers: Iterable[Response], policies: Sequence[Policy] = POLICIES) -> None:
    """Each answer whose rule opens a case has the one case of its window, and there is no other case."""
    expected, windows = set(), set()
    for answer in answers:
        for policy in policies:
            details = logs[decision_id(policy.name, answer.id)][0].details
            rule = next((rule for rule in policy.rules if rule.name == details["rule"]), None)
            ordinal = (answer.answered_at - EPOCH) // policy.window
            case = case_id(policy.name, subject_of(answer), ordinal) if rule and rule.case else None
            assert details.get("case") == case
            assert (case is not None) == str(details["outcome"]).startswith("case")
            if case is not None:
                expected.add(case)
                windows.add((policy.name, subject_of(answer), ordinal))
    assert len(expected) == len(windows)
    assert {name for name, log in logs.items() if is_case(log)} == expected


def check_deeds(logs: dict[str, Log], sent: Sequence[Action]) -> None:
    """Whatever was asked is receipted once or owed, and what the outside has is what was asked."""
    assert max(Counter(action.id for action in sent).values(), default=1) == 1
    kept = {action.id: action.to_json() for action in sent}
    for log in logs.values():
        check_asked(log)
        asked = {action.id: action.to_json() for action in actions_of(log)}
        receipts = {str(step.details["action"]): step for step in log if step.step == "receipted"}
        assert len(receipts) == sum(step.step == "receipted" for step in log)
        assert len(asked) == len(actions_of(log))
        assert set(asked) == {*receipts, *(action.id for action in owed(log))}
        taken = {name for name, step in receipts.items() if not {"rejected", "withheld"} & step.details.keys()}
        assert {name: asked[name] for name in taken} == {name: kept.get(name) for name in taken}
        assert all(kept[name] == text for name, text in asked.items() if name in kept)


def check_asked(log: Log) -> None:
    """Each deed of a decision is asked for, and whoever is given a case is told of it, once; read off the steps."""
    asked = [action.do for action in actions_of(log)]
    if is_case(log):
        given = [step for step in log if step.step in ("opened", "assigned") and step.details.get("owner")]
        assert len([do for do in asked if do in ("contact", "answered again")]) == len(given)
    else:
        assert asked == [deed["do"] for deed in json.loads(str(log[0].details.get("do", "[]")))]


def check_nobody_dropped(
    store: Store, answers: Iterable[Response], sent: Sequence[Action], policies: Sequence[Policy] = POLICIES
) -> dict[str, Log]:
    """All of this at once; gives the logs of people who were not erased."""
    known, logs = list(answers), check_sound(store)
    check_decided(logs, known, policies)
    check_cases(logs, known, policies)
    check_deeds(logs, sent)
    return logs


def outcomes(logs: dict[str, Log]) -> dict[str, int]:
    """How many decisions and steps there are, by what they are."""
    steps = (step for log in logs.values() for step in log)
    said = Counter(str(step.details.get("outcome", step.step)) for step in steps)
    return dict(sorted(said.items()))


def sent_to(path: str) -> list[Action]:
    """The actions in a file of lines."""
    from pathlib import Path

    lines = Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
    return [_action(json.loads(line)) for line in lines]


def _action(said: dict[str, object]) -> Action:
    from datetime import datetime

    return Action(**said | {"asked_at": datetime.fromisoformat(str(said["asked_at"]))})  # type: ignore[arg-type]


def check_replayed(store: Store, history: History, policies: Sequence[Policy] = POLICIES) -> None:
    """History, held against the same policies, gives the same log, byte for byte."""
    made = replay(policies, history, undecided="leave out")
    ran = {step.key: step.to_json() for step in store.find(FollowUp)}
    now = {step.key: step.to_json() for step in made.log}
    unlike = made.unlike(store.find(FollowUp))
    assert [(ran.get(key), now.get(key)) for key in unlike] == []
