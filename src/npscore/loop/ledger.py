"""What was done so far, as it grows: logs by person and by answer, and how many cases each owner got on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from npscore.intake.identity import Identities
from npscore.loop.cases import Case
from npscore.loop.logs import in_order
from npscore.loop.policies import Policy
from npscore.loop.situations import Situation, case_columns, cases_among, logs_by_id
from npscore.models import FollowUp, Response
from npscore.models.erasure import is_erased
from npscore.periods import local_day
from npscore.segments.rows import Row


class Ledger:
    """The logs of cases and decisions.

    Args:
        follow_ups: those that there are.
        people: who is whom.
        zone: in which the days of owners begin.
        given: another ledger in the same zone, whose count of cases by owner
            and day this one goes on with.
    """

    def __init__(
        self,
        follow_ups: Iterable[FollowUp] = (),
        *,
        people: Identities | None = None,
        zone: str = "UTC",
        given: Ledger | None = None,
    ) -> None:
        self._people = people or Identities([])
        self._zone = zone
        self._logs: dict[str, list[FollowUp]] = {}
        self._of_person: dict[str, dict[str, None]] = {}
        self._of_answer: dict[str, dict[str, None]] = {}
        self._given: dict[tuple[date, str], set[str]] = {} if given is None else given._given
        self.add(follow_ups)

    def add(self, steps: Iterable[FollowUp]) -> None:
        """More steps of any logs; those that are there already are not taken again."""
        for step in steps:
            if is_erased(step.log):
                continue
            log = self._logs.setdefault(step.log, [])
            if not any(one.sequence == step.sequence for one in log):
                log.append(step)
            if step.customer_id is not None:
                self._of_person.setdefault(self._people.of(step.customer_id), {})[step.log] = None
            if step.response_id is not None:
                self._of_answer.setdefault(step.response_id, {})[step.log] = None
            self.count(step)

    def count(self, step: FollowUp) -> None:
        """Count a case that an owner got, without keeping the step."""
        owner = step.details.get("owner")
        if step.step in ("opened", "assigned", "escalated") and isinstance(owner, str):
            self._given.setdefault((local_day(step.done_at, self._zone), owner), set()).add(step.log)

    def log(self, name: str) -> tuple[FollowUp, ...]:
        """One log in order; empty where there is none.

        Raises:
            InputError: for a step that is missing in it.
        """
        return in_order(self._logs[name]) if name in self._logs else ()

    def about(self, answer: Response) -> tuple[FollowUp, ...]:
        """All steps of all logs about the person who gave an answer, and about the answer."""
        names = dict(self._of_answer.get(answer.id, {}))
        if answer.customer_id is not None:
            names |= self._of_person.get(self._people.of(answer.customer_id), {})
        return tuple(step for name in names for step in self._logs[name])

    def cases_of(self, answer: Response) -> list[Case]:
        """The cases of the person who gave an answer, but for logs that no case could have."""
        return _cases(self.about(answer))

    def situation(self, answer: Response, row: Row, now: datetime, *, is_excluded: bool) -> Situation:
        """What is known of an answer at this point."""
        steps = self.about(answer)
        return Situation(
            answer=answer,
            row=row | case_columns(_cases(steps)),
            follow_ups=steps,
            given_today=self.given(now),
            not_counted="it is a trial" if answer.test else "it is excluded" if is_excluded else None,
        )

    def given(self, now: datetime) -> Mapping[str, int]:
        """How many cases each owner got on the day of a moment."""
        day = local_day(now, self._zone)
        return {owner: len(logs) for (when, owner), logs in self._given.items() if when == day}


def _cases(steps: Iterable[FollowUp]) -> list[Case]:
    return list(cases_among(logs_by_id(steps)).values())


def zone_of(policies: Iterable[Policy]) -> str:
    """The zone in which the days of owners begin: that of the first business hours, else UTC."""
    return next((policy.hours.zone for policy in policies if policy.hours is not None), "UTC")
