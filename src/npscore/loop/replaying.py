"""Policies held against history: what they would have decided, whom two of them treat differently, and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import Any, Literal

import attrs

from npscore.errors import InputError, short
from npscore.loop.actions import actions_of, decision_id
from npscore.loop.cases import Case, cases_of
from npscore.loop.deciding import check_policies, decide
from npscore.loop.history import History, Moment
from npscore.loop.ledger import Ledger, zone_of
from npscore.loop.logs import is_case
from npscore.loop.policies import Policy
from npscore.loop.situations import asked_columns
from npscore.loop.staff import Staff, Workload, simulate
from npscore.loop.sweeping import due_steps, waits_for
from npscore.loop.transitions import after
from npscore.models import FollowUp, Record, Response
from npscore.periods import check_zone, instant, local_day
from npscore.scoring.choices import check_choice

Key = tuple[str, int]


@attrs.frozen(kw_only=True)
class Difference:
    """An answer that two policies treat differently.

    Attributes:
        response_id: which answer.
        customer_id: whose.
        here: what the one does, in words.
        there: what the other does.
        because_here: the reasons of the one.
        because_there: the reasons of the other.
    """

    response_id: str
    customer_id: str | None
    here: str
    there: str
    because_here: str
    because_there: str


@attrs.frozen(kw_only=True, slots=False)
class Replay:
    """What policies make of history.

    Attributes:
        policies: that were held against it.
        log: all steps, in the order of log and sequence.
        unapplied: steps that people took in history, and that no case of
            this replay can take; and receipts of what it does not ask for.
    """

    policies: tuple[Policy, ...]
    log: tuple[FollowUp, ...]
    unapplied: tuple[FollowUp, ...]

    @property
    def cases(self) -> list[Case]:
        """The cases, in the order in which they were opened."""
        return cases_of(self.log)

    @property
    def outcomes(self) -> dict[str, int]:
        """How many decisions there were, by outcome."""
        return dict(Counter(str(step.details["outcome"]) for step in self.log if step.step == "decided"))

    def per_owner_and_day(self, zone: str | None = None) -> list[dict[str, Any]]:
        """How many cases each owner got on each day.

        Args:
            zone: in which days begin; that of the business hours when left out.

        Returns:
            Rows with ``owner`` (None for cases nobody got), ``day`` and ``cases``, in that order.

        Raises:
            InputError: for a zone that there is not.
        """
        if zone is not None:
            check_zone(zone)
        found: Counter[tuple[str | None, date]] = Counter()
        for case in self.cases:
            given = [step for step in case.steps if step.details.get("owner") is not None]
            moment = given[0].done_at if given else case.opened_at
            owner = str(given[0].details["owner"]) if given else None
            found[owner, local_day(moment, zone or zone_of(self.policies))] += 1
        ordered = sorted(found.items(), key=lambda item: (item[0][1], item[0][0] or ""))
        return [{"owner": owner, "day": day, "cases": number} for (owner, day), number in ordered]

    def forecast(self, staff: Staff, *, until: datetime | None = None) -> Workload:
        """Which clocks so many people would miss; see `npscore.simulate`.

        Args:
            staff: who works on the cases, when, and how long one takes.
            until: the end of the simulation; a week after the last case was
                opened when left out.

        Raises:
            InputError: for no cases where no end is given.
        """
        cases = self.cases
        if until is None and not cases:
            raise InputError("there is no case to work on; say until when nobody works with until=.")
        return simulate(cases, staff, until or cases[-1].opened_at + timedelta(days=7))

    def differences(self, other: Replay) -> list[Difference]:
        """The answers that another replay of the same history treats differently, in the order of their ids.

        Raises:
            InputError: for what is no replay.
        """
        if not isinstance(other, Replay):
            raise InputError(f"a replay is compared with a Replay, not with {short(other)}.")
        here, there = _treatments(self.log), _treatments(other.log)
        return [
            Difference(
                response_id=name,
                customer_id=(here.get(name) or there[name]).customer_id,
                here=_words(here.get(name)),
                there=_words(there.get(name)),
                because_here=here[name].because if name in here else "",
                because_there=there[name].because if name in there else "",
            )
            for name in sorted(here.keys() | there.keys())
            if _words(here.get(name)) != _words(there.get(name))
        ]

    def unlike(self, ran: Iterable[FollowUp]) -> list[Key]:
        """The places, as (log, sequence), where a log that ran under these policies is not this one, byte for byte.

        Args:
            ran: all steps that were logged; those of other policies are passed over.

        Raises:
            InputError: for what is no follow-up.
        """
        if isinstance(ran, str) or not isinstance(ran, Iterable):
            raise InputError(f"a log that ran is made of follow-ups, not of {short(ran)}.")
        names, steps = {policy.name for policy in self.policies}, tuple(ran)
        for step in steps:
            if not isinstance(step, FollowUp):
                raise InputError(f"a log that ran is made of follow-ups, and {short(step)} is none.")
        before = {step.key: step.to_json() for step in steps if step.policy in names}
        now = {step.key: step.to_json() for step in self.log}
        return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))


def replay(
    policies: Policy | Iterable[Policy],
    history: History | Iterable[Record],
    *,
    undecided: Literal["as given", "leave out"] = "as given",
) -> Replay:
    """What policies would have decided on past answers.

    An answer that was decided on is decided on at the same moment, with what
    was known then; any other one at the moment when it was given, with all
    that is known of those days. What people logged about cases is taken over
    where the case exists; a policy of a name that never ran takes over what
    they logged about the case of the same answer, whatever policy had opened
    it. Sweeps of the same policy happen when they did;
    other cases that wait for an owner get them on the next day that has room,
    and are not escalated, for nobody can know what people would have done.

    The policies that ran reproduce the log that ran, byte for byte, when no
    answer is taken that they did not decide on, each call had a moment of its
    own, and the clocks of the callers never went back: a log does not say
    which of two calls at one moment came first.

    Args:
        policies: one or several.
        history: records of all kinds in all versions, follow-ups among them,
            as `npscore.service.Loop.history` hands them out.
        undecided: ``"as given"`` takes answers on which nobody decided at the
            moment when they were given, ``"leave out"`` takes none of them.

    Raises:
        InputError: for what is no policy and no record.
        InvalidRuleError: for a rule that asks for what no column can answer.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Response
        >>> from npscore.loop.policies import OpenCase, PolicyRule
        >>> now = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
        >>> times = {"answered_at": now, "known_at": now}
        >>> answers = [Response(id=f"r{rating}", customer_id="c1", rating=rating, **times) for rating in (3, 9)]
        >>> strict = Policy(name="strict", rules=[PolicyRule("all", "category is not missing", OpenCase(owner="ann"))])
        >>> mild = Policy(name="mild", rules=[PolicyRule("unhappy", 'category = "detractor"', OpenCase(owner="ann"))])
        >>> [one.response_id for one in replay(strict, answers).differences(replay(mild, answers))]
        ['r9']
    """
    found = check_policies(policies)
    check_choice("undecided", undecided, ("as given", "leave out"))
    made = history if isinstance(history, History) else History(history)
    return _Replaying(found, made, undecided == "leave out").told()


class _Replaying:
    """One run through history."""

    def __init__(self, policies: tuple[Policy, ...], history: History, decided_only: bool) -> None:
        self.policies = policies
        self.history = history
        self.zone = zone_of(policies)
        self.names = {policy.name: policy for policy in policies}
        self.unapplied: list[FollowUp] = []
        self.logs: dict[str, list[FollowUp]] = {}
        self.people = history.people(_LONG_AGO)
        self.ledger = Ledger(people=self.people, zone=self.zone)
        self.asked = asked_columns(policies)
        ran = [step for step in history.follow_ups if step.policy in self.names]
        self.same = _same_policies(ran, policies)
        moments = [one for one in history.moments(self.names) if one.was_decided or not decided_only]
        decided = {step.policy for step in history.follow_ups if step.step == "decided"}
        self.new = [name for name in self.names if name not in decided]
        self.opened_by = {step.log: step.response_id for step in history.follow_ups if step.step == "opened"}
        self.served = {(step.log, step.known_at) for step in ran if step.step == "assigned" and self._is_swept(step)}
        self.receipts = {step.key: step for step in ran if step.step == "receipted"}
        self.events: list[tuple[datetime, int, str, int, Any]] = [
            *((moment.now, 0, "", place, moment) for place, moment in enumerate(moments)),
            *((step.known_at, 1, step.log, step.sequence, step) for step in ran if _is_from_outside(step)),
            *((step.known_at, 2, step.log, step.sequence, None) for step in ran if self._is_swept(step)),
            *((step.known_at, 3, step.log, step.sequence, step) for step in history.follow_ups if self._is_work(step)),
        ]
        heapify(self.events)

    def told(self) -> Replay:
        """All events in the order of time."""
        while self.events:
            now, rank, log, _, what = heappop(self.events)
            if rank == 0:
                self._decide(what)
            elif rank == 1 and (what.step != "receipted" or what.key in self.receipts):
                self._take(what)
            elif rank == 2:
                self._sweep(log, now)
            elif rank == 3:
                self._take_over(what)
        steps = sorted((step for log in self.logs.values() for step in log), key=attrgetter("log", "sequence"))
        return Replay(policies=self.policies, log=tuple(steps), unapplied=tuple(self.unapplied))

    def _is_swept(self, step: FollowUp) -> bool:
        """Whether a sweep of the same policy took the step."""
        return step.policy in self.same and not _is_from_outside(step) and _is_of_time(step)

    def _is_work(self, step: FollowUp) -> bool:
        """Whether a policy that never ran is told of a step, for people took it in a case of another one."""
        is_of_people = step.log in self.opened_by and step.step != "receipted" and _is_from_outside(step)
        return bool(self.new) and is_of_people

    def _decide(self, moment: Moment) -> None:
        self._know(moment.now)
        for answer in map(self.people.name, moment.answers):
            self._receipt(answer, moment.now)
            row, is_excluded = self.history.row(answer, moment, self.asked), self.history.is_excluded(answer, moment)
            situation = self.ledger.situation(answer, row, moment.now, is_excluded=is_excluded)
            self._add(decide(self.policies, situation, moment.now).records)

    def _receipt(self, answer: Response, now: datetime) -> None:
        """Take the receipts of the same moment that came between two answers of a person, as their places tell."""
        for name in {step.log for step in self.ledger.about(answer)}:
            while (key := (name, len(self.logs[name]))) in self.receipts and self.receipts[key].known_at == now:
                self._take(self.receipts.pop(key))

    def _know(self, now: datetime) -> None:
        """Who is whom may change with time."""
        people = self.history.people(now)
        if people is not self.people:
            self.people = people
            self.ledger = Ledger((s for log in self.logs.values() for s in log), people=people, zone=self.zone)

    def _take(self, step: FollowUp) -> None:
        """A step that came from outside: of a person, or a receipt."""
        log = self.logs.get(step.log, [])
        if len(log) < step.sequence:
            self._sweep(step.log, step.known_at)  # a sweep of the same moment came before
            log = self.logs.get(step.log, log)
        if self._can_take(log, step):
            self._add([step.model_copy(update={"sequence": len(log)})])
        else:
            self.unapplied.append(step)

    def _take_over(self, step: FollowUp) -> None:
        """What people logged about a case that another policy opened for the same answer."""
        answer, taken = self.opened_by[step.log] or "", False
        for name in self.new:
            case = next((str(one.details.get("case")) for one in self.logs.get(decision_id(name, answer), ())), "")
            log = self.logs.get(case, [])
            if log and self._can_take(log, step):
                self._add([step.model_copy(update={"log": case, "policy": name, "sequence": len(log)})])
                taken = True
        if not taken and step.policy not in self.names:
            self.unapplied.append(step)

    def _can_take(self, log: Sequence[FollowUp], step: FollowUp) -> bool:
        if step.step == "receipted":
            return any(action.id == step.details.get("action") for action in actions_of(log))
        try:
            after(Case.of(log).state if log else None, step.step, step.log)
        except InputError:
            return False
        return True

    def _sweep(self, name: str, now: datetime) -> None:
        """What time does to one case."""
        log = self.logs.get(name, [])
        if not log or not is_case(log):
            return
        policy, case = self.names[log[0].policy or ""], Case.of(log)
        steps = due_steps(policy, case, now, self._given(policy, case, now))
        if policy.name not in self.same:
            steps = [step for step in steps[:1] if step.step == "assigned"]
        self._add(steps)
        if not steps and policy.name not in self.same and waits_for(case) is not None:
            self._wait(name, now)

    def _given(self, policy: Policy, case: Case, now: datetime) -> Mapping[str, int]:
        """How many cases each owner got today; who was not served in a sweep of the same policy found no room."""
        given, name, cap = self.ledger.given(now), waits_for(case), policy.owners.per_day
        if policy.name not in self.same or name is None or cap is None or (case.id, now) in self.served:
            return given
        return {**given, name: cap}

    def _wait(self, name: str, now: datetime) -> None:
        """A case waits for the first moment of the next day."""
        tomorrow = instant(local_day(now, self.zone) + timedelta(days=1), self.zone)
        heappush(self.events, (tomorrow, 2, name, 0, None))

    def _add(self, steps: Iterable[FollowUp]) -> None:
        for step in steps:
            self.logs.setdefault(step.log, []).append(step)
            self.ledger.add([step])
            if step.step == "opened" and "waits_for" in step.details and step.policy not in self.same:
                self._wait(step.log, step.done_at)


_LONG_AGO = instant(date(2, 1, 1), "UTC")


def _same_policies(ran: Iterable[FollowUp], policies: Iterable[Policy]) -> set[str]:
    """The policies that ran just as they are now."""
    prints: dict[str, set[Any]] = {}
    for step in ran:
        if step.step == "decided" and step.policy is not None:
            prints.setdefault(step.policy, set()).add(step.details.get("fingerprint"))
    return {policy.name for policy in policies if prints.get(policy.name) == {policy.fingerprint}}


def _is_from_outside(step: FollowUp) -> bool:
    """Whether people or sinks logged a step; its policy's own steps have it as their actor."""
    return step.actor != step.policy


def _is_of_time(step: FollowUp) -> bool:
    """Whether time alone led to a step, not an answer."""
    return step.step not in ("decided", "opened", "reopened") and "because" not in step.details


@attrs.frozen
class _Treatment:
    """What was done about an answer."""

    customer_id: str | None
    words: tuple[str, ...]
    because: str


def _treatments(log: Iterable[FollowUp]) -> dict[str, _Treatment]:
    """What was done about each answer, whatever the names of policies and rules."""
    steps = list(log)
    opened = {step.log: step for step in steps if step.step == "opened"}
    found: dict[str, _Treatment] = {}
    for step in steps:
        if step.step == "decided" and step.response_id is not None:
            before = found.get(step.response_id, _Treatment(step.customer_id, (), ""))
            because = "\n".join(part for part in (before.because, step.note or "") if part)
            words = (*before.words, *_done(step.details, opened))
            found[step.response_id] = _Treatment(step.customer_id, words, because)
    return found


def _done(details: Mapping[str, Any], opened: Mapping[str, FollowUp]) -> Iterator[str]:
    outcome, case = str(details.get("outcome")), opened.get(str(details.get("case")))
    if outcome == "case opened" and case is not None:
        said = {name: case.details.get(name) for name in ("priority", "owner", "contact_within", "resolve_within")}
        yield "case opened: " + ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)
    elif outcome.startswith("case"):
        yield outcome
    if "do" in details:
        deeds = json.loads(str(details["do"]))
        yield "; ".join(deed["do"] + (f" ({deed['to']})" if "to" in deed else "") for deed in deeds)


def _words(treatment: _Treatment | None) -> str:
    if treatment is None:
        return "no decision"
    return "; ".join(treatment.words) or "nothing"
