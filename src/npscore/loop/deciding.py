"""Decisions: what policies say about an answer, with the reasons. Same inputs, same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.loop.actions import EPOCH, Action, asked_by, case_id, decision_id, subject_of
from npscore.loop.cases import PRIORITIES, Case, by_opening
from npscore.loop.clocks import Clock, hours_text
from npscore.loop.policies import Deed, OpenCase, Policy, PolicyRule
from npscore.loop.routing import rated_in, route
from npscore.loop.situations import Situation, cases_among, logs_by_id
from npscore.loop.withholding import held_back
from npscore.models import FollowUp
from npscore.models.actions import Step
from npscore.models.fields import LONGEST_TEXT, FrozenDict
from npscore.periods import local_day, moment_in_utc

Logs = dict[str, tuple[FollowUp, ...]]
Given = dict[str, int]


@attrs.frozen(kw_only=True)
class Decision:
    """What follows from an answer.

    Attributes:
        records: the steps to log, for a store to keep all of them or none.
        actions: what they ask of the outside; they are owed until receipted.
        because: which rules fired, which did not and why, a line each.
    """

    records: tuple[FollowUp, ...]
    actions: tuple[Action, ...]
    because: tuple[str, ...]


def decide(policies: Policy | Iterable[Policy], situation: Situation, now: datetime) -> Decision:
    """What policies say about an answer.

    Each policy takes the first of its rules that holds, and logs one
    ``decided`` step with its reasons, also when nothing is to be done. An
    answer that was decided on gets nothing more. It reads nothing but its
    arguments: the same ones give the same bytes.

    Args:
        policies: one or several, each for itself, in order.
        situation: what is known.
        now: an aware time, that of all steps.

    Raises:
        InputError: for what is no policy, two policies of one name, a now
            without a zone.
        InvalidRuleError: for a column that the row does not have.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Response, answer_rows
        >>> from npscore.loop.situations import case_columns
        >>> now = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
        >>> answer = Response(id="r1", customer_id="c1", rating=3, answered_at=now, known_at=now)
        >>> policy = Policy(
        ...     name="care",
        ...     rules=[PolicyRule("unhappy", 'category = "detractor"', OpenCase(contact_within="24 hours"))],
        ... )
        >>> (row,) = answer_rows([answer])
        >>> made = decide(policy, Situation(answer=answer, row=row | case_columns([])), now)
        >>> [record.step for record in made.records]
        ['decided', 'opened']
        >>> print(made.because[0])
        unhappy: fired, for category is "detractor".
    """
    now = moment_in_utc("now", now)
    if not isinstance(situation, Situation):
        raise InputError(f"a decision is about a Situation, not about {short(situation)}.")
    logs = logs_by_id(situation.follow_ups)
    records: list[FollowUp] = []
    actions: list[Action] = []
    because: list[str] = []
    given = dict(situation.given_today)
    all_of_them = [_Deciding(policy, situation, now, logs, given) for policy in check_policies(policies)]
    opens = any(deciding.rule is not None and deciding.rule.case is not None for deciding in all_of_them)
    for deciding in all_of_them:
        made = deciding.steps(opens)
        for step in made:
            log = logs[step.log] = (*logs.get(step.log, ()), step)
            actions += asked_by(log, len(log) - 1)
            if step.step == "opened" and "owner" in step.details:
                owner = str(step.details["owner"])
                given[owner] = given.get(owner, 0) + 1
        records += made
        because += deciding.because
    return Decision(records=tuple(records), actions=tuple(actions), because=tuple(because))


def check_policies(policies: Any) -> tuple[Policy, ...]:
    """Policies as a tuple.

    Raises:
        InputError: for what is none, and for two of one name.
    """
    if isinstance(policies, Policy):
        return (policies,)
    made = policies
    if isinstance(made, str) or not isinstance(made, Iterable):
        raise InputError(f"this needs policies, not {short(policies)}.")
    found = tuple(made)
    for one in found:
        if not isinstance(one, Policy):
            raise InputError(f"{short(one)} is no Policy.")
    names = [policy.name for policy in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two policies are called {twice!r}, and their cases could not be told apart.")
    return found


class _Deciding:
    """One policy and one answer."""

    def __init__(self, policy: Policy, situation: Situation, now: datetime, logs: Logs, given: Given) -> None:
        self.policy = policy
        self.situation = situation
        self.answer = situation.answer
        self.now = now
        self.logs = logs
        self.given = given
        self.id = decision_id(policy.name, self.answer.id)
        self.because: list[str] = []
        self.more: list[FollowUp] = []
        self.details: dict[str, Any] = {}
        self.rule = None if self.id in logs else self._rule()

    def steps(self, opens: bool) -> list[FollowUp]:
        """The steps to log: the decision first, then those of the case; none where it was decided before.

        Args:
            opens: whether any policy opens a case, so that none asks for anything.
        """
        if self.id in self.logs:
            self.because.append(f"{self.policy.name} decided on {self.logs[self.id][0].done_at.isoformat()} already.")
            return []
        rule = self.rule
        self.details = {
            "rule": None if rule is None else rule.name,
            "fingerprint": self.policy.fingerprint,
            "rating": self.answer.rating,
        }
        if self.answer.known_at > self.now:  # else it is the version that was known
            self.details["known_at"] = self.answer.known_at.isoformat()
        self.details["outcome"] = "nothing" if rule is None else self._follow(rule, opens)
        decided = self._step(self.id, 0, "decided", self.details, note="\n".join(self.because))
        return [decided, *self.more]

    def _rule(self) -> PolicyRule | None:
        if self.situation.not_counted is not None:
            self.because.append(f"The answer does not count: {self.situation.not_counted}.")
            return None
        place, lines = self.policy.telling.first(self.situation.row, self.now)
        self.because += lines
        if place is None:
            self.because.append("No rule fired, so nothing is done.")
            return None
        return self.policy.rules[place]

    def _follow(self, rule: PolicyRule, opens: bool) -> str:
        """Do what a rule asks for; returns the outcome."""
        opening = rule.case
        cases = cases_among(self.logs) if self.logs else {}
        outcome = None if opening is None else self._open(rule, opening, cases)
        is_open = opens or any(case.is_open for case in cases.values())
        due = tuple([(deed.do, deed.to) for deed in rule.deeds if self._is_due(deed, is_open)])
        if due:
            self.details["do"] = _as_text(due)
        return outcome or ("deeds" if due else "nothing")

    def _is_due(self, deed: Deed, is_open: bool) -> bool:
        """Whether a deed is done now; what holds it back is said."""
        if deed.do == "nothing":
            self.because.append(f"Nothing is done: {deed.reason}.")
            return False
        if deed.do == "suppress surveys":
            return False  # it is said with the case
        held = self._against(deed, is_open)
        if held is not None:
            self.because.append(f"{deed.do}: held back, for {held}.")
        return held is None

    def _against(self, deed: Deed, is_open: bool) -> str | None:
        if held := held_back(deed.do, deed.consent, self.situation.row, is_open=is_open):
            return held
        last = None if deed.cooldown is None else self._last(deed)
        if deed.cooldown is not None and last is not None and abs(self.now - last) < deed.cooldown:
            return f"it was asked for on {last.isoformat()}, and not again for {Clock(deed.cooldown)}"
        return None

    def _last(self, deed: Deed) -> datetime | None:
        """When the deed was last asked for under the policy."""
        decisions = (log[0] for log in self.logs.values() if log[0].step == "decided")
        moments = [
            step.done_at
            for step in decisions
            if step.policy == self.policy.name and f'"do": "{deed.do}"' in str(step.details.get("do", ""))
        ]
        return max(moments, default=None)

    def _open(self, rule: PolicyRule, opening: OpenCase, cases: Mapping[str, Case]) -> str:
        """Open a case, or join the one of the window."""
        ordinal = (self.answer.answered_at - EPOCH) // self.policy.window
        name = case_id(self.policy.name, subject_of(self.answer), ordinal)
        self.details["case"] = name
        if name in cases:
            return self._join(cases[name], rule, opening)
        if name in self.logs:
            self.because.append(f"The log of the case {name} of this window cannot be read; the answer joins it.")
            return "case joined"
        own = [case for case in cases.values() if case.policy == self.policy.name and case.is_open]
        previous = max(own, key=by_opening, default=None)
        self.because.append(f"A case is opened: {name}.")
        self.more.append(self._opened(name, rule, opening, previous))
        return "case opened"

    def _join(self, case: Case, rule: PolicyRule, opening: OpenCase) -> str:
        """Another answer in the window of a case: its owner is told and promises count anew, or it is opened again."""
        is_over = not case.is_open
        if is_over and self.answer.answered_at <= case.answered_at:
            self.because.append(f"The case {case.id} of this window is {case.state} since; the answer joins it.")
            return "case joined"
        self.because.append(
            f"The case {case.id} of this window was {case.state}, and is opened again."
            if is_over
            else f"The case {case.id} of this window is {case.state}; the answer joins it."
        )
        if is_over:
            self.more.append(self._step(case.id, len(case.steps), "reopened", {"because": _AGAIN}))
        owner = self._owner_of(case, opening)
        said = {
            "because": _AGAIN,
            "rating": self.answer.rating,
            "owner": owner,
            "priority": max(case.priority, opening.priority, key=PRIORITIES.index),
            "suppress_surveys": (_suppresses(rule) and not case.suppresses_surveys) or None,
            "rated": self._rated(),
            **self._promises(opening),
        }
        told = {name: value for name, value in said.items() if value is not None}
        place = len(case.steps) + is_over
        self.more.append(self._step(case.id, place, "escalated" if owner is None else "assigned", told))
        return "case reopened" if is_over else "case joined"

    def _owner_of(self, case: Case, opening: OpenCase) -> str | None:
        """Who gets a case that the customer answers again to: who has it, unless they were rated now."""
        rated = rated_in(self.policy.owners, self.situation.row)
        if case.owner is not None and case.owner not in rated:
            return case.owner
        found = route(self.policy.owners, opening, self.situation.row, self.given)
        self.because += found.because
        return found.owner

    def _rated(self) -> str | None:
        """Who was rated, as a log keeps it."""
        return "\n".join(sorted(rated_in(self.policy.owners, self.situation.row))) or None

    def _opened(self, name: str, rule: PolicyRule, opening: OpenCase, previous: Case | None) -> FollowUp:
        policy, row = self.policy, self.situation.row
        has_it = None if previous is None else previous.owner
        found = route(policy.owners, opening, row, self.given, has_it)
        self.because += found.because
        details = {
            "rule": rule.name,
            "rating": self.answer.rating,
            "priority": opening.priority,
            "owner": found.owner,
            "waits_for": found.waits_for,
            "follows": None if previous is None else previous.id,
            "suppress_surveys": _suppresses(rule) or None,
            "rated": self._rated(),
            "answered_at": self.answer.answered_at.isoformat(),
            **self._clocks(opening),
        }
        return self._step(name, 0, "opened", {key: value for key, value in details.items() if value is not None})

    def _clocks(self, opening: OpenCase) -> dict[str, Any]:
        """The clocks of a case, and all that is needed to read them later."""
        policy, made = self.policy, self._promises(opening)
        if policy.hours is not None:
            day = local_day(self.now, policy.hours.zone)
            made["hours"], made["closed_days"] = hours_text(policy.hours, day)
        if policy.resurvey_after is not None and self.answer.customer_id is not None:
            made["resurvey_after"] = str(policy.resurvey_after)
        return {key: value for key, value in made.items() if value}

    def _promises(self, opening: OpenCase) -> dict[str, Any]:
        """Within which time, from now on, somebody does something."""
        made = {}
        for what, clock in (("contact", opening.contact_within), ("resolve", opening.resolve_within)):
            if clock is not None:
                made[f"{what}_within"] = str(clock)
                made[f"{what}_due_at"] = clock.due(self.now, self.policy.hours).isoformat()
        return made

    def _step(
        self, log: str, sequence: int, step: Step, details: Mapping[str, Any], note: str | None = None
    ) -> FollowUp:
        return self.policy.a_step.changed(
            known_at=self.now,
            log=log,
            sequence=sequence,
            step=step,
            done_at=self.now,
            customer_id=self.answer.customer_id,
            response_id=self.answer.id,
            note=None if note is None else note[:LONGEST_TEXT],
            details=FrozenDict(sorted(details.items())),
        )


_AGAIN = "the customer answered again"


def _suppresses(rule: PolicyRule) -> bool:
    return any(deed.do == "suppress surveys" for deed in rule.deeds)


@lru_cache(maxsize=1_024)
def _as_text(deeds: tuple[tuple[str, str | None], ...]) -> str:
    """Deeds as a log keeps them."""
    asked = [{"do": do} if to is None else {"do": do, "to": to} for do, to in deeds]
    return json.dumps(asked, ensure_ascii=False)
