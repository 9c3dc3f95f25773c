"""How the loop is doing: the health of its cases, and proof that no answer was dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import attrs

from npscore.errors import InputError
from npscore.loop.actions import decision_id, owed
from npscore.loop.cases import Case, in_order
from npscore.loop.health import LoopHealth, loop_health
from npscore.loop.policies import Policy
from npscore.models import FollowUp, Response
from npscore.models.erasure import is_erased
from npscore.ports import Store


@attrs.frozen(kw_only=True)
class LoopReport:
    """How the loop is doing.

    Attributes:
        health: of the cases.
        answers: how many are stored, those of erased people apart.
        decided: how many decisions there are, by outcome.
        undecided: how many decisions are missing; `npscore.Loop.catch_up`
            makes them.
        corrected: answers whose rating is another one now than was decided
            on: somebody should look at them.
        unassigned: open cases that nobody has.
        owed: actions that no sink has taken yet.
        rejected: actions that the sink will never take.
        broken: logs that no case could have, each with what is wrong.
    """

    health: LoopHealth
    answers: int
    decided: Mapping[str, int]
    undecided: int
    corrected: tuple[str, ...]
    unassigned: tuple[str, ...]
    owed: int
    rejected: int
    broken: Mapping[str, str]


def report(
    store: Store, policies: Sequence[Policy], now: datetime, *, since: datetime | None, level: float
) -> LoopReport:
    """How the loop is doing under some policies; see `npscore.Loop.report`."""
    names = {policy.name for policy in policies}
    found = _Found()
    for name, steps in groupby(store.find(FollowUp), key=attrgetter("log")):
        found.look_at(name, list(steps), names)
    corrected = []
    answers = there = 0
    for answer in store.find(Response, since=since):
        if is_erased(answer.id):
            continue
        answers += 1
        ratings = [found.ratings.get(decision_id(name, answer.id), _NONE) for name in sorted(names)]
        there += sum(rating is not _NONE for rating in ratings)
        if any(rating is not _NONE and rating != answer.rating for rating in ratings):
            corrected.append(answer.id)
    return LoopReport(
        health=loop_health(found.cases, now, level=level),
        answers=answers,
        decided=dict(found.decided),
        undecided=answers * len(names) - there,
        corrected=tuple(corrected),
        unassigned=tuple(case.id for case in found.cases if case.is_open and case.owner is None),
        owed=found.owed,
        rejected=found.rejected,
        broken=found.broken,
    )


_NONE = object()


@attrs.define
class _Found:
    """What the logs tell."""

    cases: list[Case] = attrs.field(factory=list)
    ratings: dict[str, object] = attrs.field(factory=dict)
    decided: Counter[str] = attrs.field(factory=Counter)
    owed: int = 0
    rejected: int = 0
    broken: dict[str, str] = attrs.field(factory=dict)

    def look_at(self, name: str, steps: Iterable[FollowUp], policies: set[str]) -> None:
        """One log more."""
        try:
            log = in_order(steps)
            if is_erased(name) or log[0].policy not in policies:
                return
            self.owed += len(owed(log))
            if log[0].step == "decided":
                self.ratings[name] = log[0].details.get("rating")
                self.decided[str(log[0].details.get("outcome"))] += 1
            else:
                self.cases.append(Case.of(log))
            self.rejected += sum("rejected" in step.details for step in log)
        except InputError as error:
            self.broken[name] = str(error)
