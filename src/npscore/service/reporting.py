"""How the loop is doing: the health of its cases, proof that no answer was dropped, and whether calling helped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import attrs

from npscore.errors import InputError, PoolingError
from npscore.intake.hygiene import excluded
from npscore.intake.identity import Identities
from npscore.loop.actions import decision_id, owed
from npscore.loop.cases import Case
from npscore.loop.courses import Courses
from npscore.loop.health import LoopHealth, loop_health
from npscore.loop.logs import in_order
from npscore.loop.policies import Policy
from npscore.loop.recovery import Comparison, Recovery, Terms, recovery_in
from npscore.loop.situations import case_in, cases_among
from npscore.models import Exclusion, FollowUp, IdentityLink, Response
from npscore.models.erasure import is_erased
from npscore.ports import Store


@attrs.frozen(kw_only=True)
class LoopReport:
    """How the loop is doing.

    Attributes:
        health: of the cases.
        answers: how many are stored and were given since then, those of
            erased people apart.
        decided: how many decisions there are on these answers, by outcome.
        undecided: how many decisions are missing; `npscore.Loop.catch_up`
            makes them.
        corrected: answers whose rating is another one now than was decided
            on: somebody should look at them.
        unassigned: open cases that nobody has.
        owed: actions that no sink has taken yet.
        rejected: actions that the sink will never take.
        withheld: actions that were overtaken before they could be sent.
        broken: logs that no case could have, each with what is wrong.
        recovery: whether calling helped, worked out of the answers that count
            since then and of all cases in the store, for whoever is called
            under another policy is not left alone; None where answers were
            given on several scales, or to several kinds of survey.
        no_recovery: in words why there is no effect; None where there is one.
    """

    health: LoopHealth
    answers: int
    decided: Mapping[str, int]
    undecided: int
    corrected: tuple[str, ...]
    unassigned: tuple[str, ...]
    owed: int
    rejected: int
    withheld: int
    broken: Mapping[str, str]
    recovery: Recovery | None = None
    no_recovery: str | None = None


def report(
    store: Store,
    policies: Sequence[Policy],
    now: datetime,
    *,
    since: datetime | None,
    level: float,
    comparison: Comparison,
) -> LoopReport:
    """How the loop is doing under some policies; see `npscore.Loop.report`."""
    terms = Terms(since=since, comparison=comparison, level=level)
    found = _Found(names={policy.name for policy in policies})
    for name, steps in groupby(store.find(FollowUp), key=attrgetter("log")):
        found.look_at(name, steps)
    given = _Given.of(store, found)
    for answer in store.find(Response, since=since if comparison == "not contacted" else None):
        given.look_at(answer, since)
    made, why = given.recovery(terms)
    cases = found.cases
    return LoopReport(
        health=loop_health(cases, now, level=level),
        answers=given.answers,
        decided=dict(given.decided),
        undecided=given.answers * len(found.names) - given.decided.total(),
        corrected=tuple(given.corrected),
        unassigned=tuple(case.id for case in cases if case.is_open and case.owner is None),
        owed=found.owed,
        rejected=found.rejected,
        withheld=found.withheld,
        broken=found.broken,
        recovery=made,
        no_recovery=why,
    )


@attrs.define(kw_only=True)
class _Found:
    """What the logs tell."""

    names: set[str]
    cases: list[Case] = attrs.field(factory=list)
    others: list[Case] = attrs.field(factory=list)
    decisions: dict[str, tuple[str, object]] = attrs.field(factory=dict)
    owed: int = 0
    rejected: int = 0
    withheld: int = 0
    broken: dict[str, str] = attrs.field(factory=dict)

    def look_at(self, name: str, steps: Iterable[FollowUp]) -> None:
        """One log more."""
        try:
            log = in_order(steps)
            if is_erased(name):
                return
            if log[0].policy in self.names:
                self._read(name, log)
            else:
                self.others += cases_among({name: log}).values()
        except InputError as error:
            self.broken[name] = str(error)

    def _read(self, name: str, log: tuple[FollowUp, ...]) -> None:
        case = case_in(log)
        if case is None:
            details = log[0].details
            self.decisions[name] = str(details.get("outcome")), details.get("rating")
        else:
            self.cases.append(case)
        self.owed += len(owed(log))
        self.rejected += sum("rejected" in step.details for step in log)
        self.withheld += sum("withheld" in step.details for step in log)


@attrs.define(kw_only=True)
class _Given:
    """What the answers tell, one after the other."""

    found: _Found
    gone: frozenset[str]
    courses: Courses
    answers: int = 0
    decided: Counter[str] = attrs.field(factory=Counter)
    corrected: list[str] = attrs.field(factory=list)

    @classmethod
    def of(cls, store: Store, found: _Found) -> _Given:
        courses = Courses(Identities(store.find(IdentityLink)))
        return cls(found=found, gone=excluded(store.find(Exclusion)), courses=courses)

    def look_at(self, answer: Response, since: datetime | None) -> None:
        """One answer more, which counts where it was given since then."""
        if is_erased(answer.id):
            return
        if answer.id not in self.gone:
            self.courses.add(answer)
        if since is not None and answer.answered_at < since:
            return
        self.answers += 1
        ids = (decision_id(name, answer.id) for name in sorted(self.found.names))
        made = [self.found.decisions[name] for name in ids if name in self.found.decisions]
        self.decided.update(outcome for outcome, _ in made)
        if any(rating != answer.rating for _, rating in made):
            self.corrected.append(answer.id)

    def recovery(self, terms: Terms) -> tuple[Recovery | None, str | None]:
        """Whether calling helped, or in words why nothing tells."""
        cases = [*self.found.cases, *self.found.others]
        try:
            made = recovery_in(self.courses, cases, terms)
        except PoolingError as error:
            return None, f"There is no one recovery: {error}"
        return made, made.why_none
