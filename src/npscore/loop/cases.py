"""Cases, worked out of their logs: the state, the owner, the two clocks, and the step that may come next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, get_args

import attrs

from npscore.errors import InputError, TransitionError, short
from npscore.hours import BusinessHours
from npscore.loop.actions import owed
from npscore.loop.clocks import Clock, Deadline, Pause, hours_of
from npscore.loop.transitions import ALWAYS, STATES, TRANSITIONS, State, after
from npscore.models import FollowUp
from npscore.models.actions import Step
from npscore.models.erasure import PREFIX
from npscore.periods import check_instant

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


@attrs.frozen(slots=False)
class Case:
    """A loop to close, as its log tells it.

    Attributes:
        steps: of the log, in order.
        state: open, contacted, snoozed, resolved or closed.
        states: the state after each step.
    """

    steps: tuple[FollowUp, ...]
    states: tuple[State, ...]

    @classmethod
    def of(cls, steps: Iterable[FollowUp]) -> Case:
        """The case that a log tells.

        Args:
            steps: of one log, in any order, with nothing missing between them.

        Raises:
            TransitionError: for a step that the case could not take.
            InputError: for no steps, those of several logs, and one that is missing.

        Example:
            >>> from datetime import UTC, datetime
            >>> opened = FollowUp(log="case-1", sequence=0, step="opened", done_at=datetime(2026, 11, 20, tzinfo=UTC),
            ...                   known_at=datetime(2026, 11, 20, tzinfo=UTC), details={"owner": "ann"})
            >>> case = Case.of([opened])
            >>> case.state, case.owner
            ('open', 'ann')
        """
        log = in_order(steps)
        states: list[State] = []
        for step in log:
            states.append(after(states[-1] if states else None, step.step, log[0].log))
        return cls(log, tuple(states))

    @property
    def id(self) -> str:
        """The id of its log."""
        return self.steps[0].log

    @property
    def state(self) -> State:
        """What it is in."""
        return self.states[-1]

    @property
    def policy(self) -> str | None:
        """Under which it was opened."""
        return self.steps[0].policy

    @property
    def customer_id(self) -> str | None:
        """Whom it is about."""
        return self.steps[0].customer_id

    @property
    def response_id(self) -> str | None:
        """The answer that opened it."""
        return self.steps[0].response_id

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""
        return self.steps[0].done_at

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something: neither resolved nor closed."""
        return self.state not in ("resolved", "closed")

    @cached_property
    def owner(self) -> str | None:
        """Who has it, None while it waits for somebody."""
        owner: str | None = self._last("owner", "opened", "assigned", "escalated")
        return owner

    @cached_property
    def priority(self) -> Priority:
        """Its urgency, as the last step that spoke of it said."""
        return self._last("priority", *get_args(Step)) or "normal"

    @cached_property
    def root_cause(self) -> str | None:
        """Why the customer was unhappy, as the last resolution said."""
        cause: str | None = self._last("root_cause", "resolved")
        return cause

    @cached_property
    def hours(self) -> BusinessHours | None:
        """The business hours in which its clocks run."""
        details = self.steps[0].details
        return hours_of(str(details["hours"]), str(details.get("closed_days", ""))) if details.get("hours") else None

    @cached_property
    def contact(self) -> Deadline | None:
        """The clock of the first contact; None where none was promised."""
        met = next((step.done_at for step in self.steps if step.step == "contacted"), None)
        return self._deadline("contact_within", self.opened_at, met)

    @cached_property
    def resolution(self) -> Deadline | None:
        """The clock of the resolution, which begins again when a case is opened again."""
        since, met = self.opened_at, None
        for step in self.steps:
            if step.step == "reopened":
                since, met = step.done_at, None
            elif step.step == "resolved":
                met = step.done_at
        return self._deadline("resolve_within", since, met)

    def entered(self, state: State) -> tuple[datetime, ...]:
        """When the case came into a state from another one, in order.

        Raises:
            InputError: for a state that there is not.
        """
        _check_state(state)
        befores = (None, *self.states)
        moves = zip(self.steps, befores, self.states, strict=False)
        return tuple(step.done_at for step, before, now in moves if now == state != before)

    def time_between(self, first: State, then: State, *, clock: Clock | None = None) -> timedelta | None:
        """How long it took from first entering a state to next entering another.

        Args:
            first: the state that is entered first.
            then: the state that is entered next.
            clock: counts business hours where it does; what it promises does not matter.

        Returns:
            The time; None where the case was never in both in this order.

        Raises:
            InputError: for a state that there is not.
        """
        _check_state(then)
        start = next(iter(self.entered(first)), None)
        end = None if start is None else next((moment for moment in self.entered(then) if moment >= start), None)
        if start is None or end is None:
            return None
        return (clock or Clock(timedelta(0))).passed(start, end, self.hours)

    def next(
        self,
        step: Step,
        now: datetime,
        *,
        actor: str | None = None,
        note: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> FollowUp:
        """The follow-up that takes the case one step on.

        Args:
            step: which; see `TRANSITIONS`.
            now: an aware time: when it was done.
            actor: who did it.
            note: in words.
            details: as in ``{"root_cause": "billing"}``, which ``resolved``
                needs, ``{"owner": "ann"}``, which ``assigned`` does, and
                ``{"until": "2026-12-01T09:00:00+00:00"}`` of ``snoozed``.

        Raises:
            TransitionError: for a step that the case cannot take.
            InputError: for details that the step needs.
        """
        check_instant("now", now)
        if step not in get_args(Step):
            raise InputError(f"{short(step)} is no step; there are {', '.join(get_args(Step))}.")
        after(self.state, step, self.id)
        check_details(step, details or {})
        return FollowUp(
            log=self.id,
            sequence=len(self.steps),
            step=step,
            done_at=now,
            known_at=now,
            actor=actor,
            note=note,
            details=dict(details or {}),
            customer_id=self.customer_id,
            response_id=self.response_id,
            policy=self.policy,
        )

    def _last(self, name: str, *steps: Step) -> Any:
        """What the last of some steps that has a detail says in it."""
        said = (step.details[name] for step in reversed(self.steps) if step.step in steps and name in step.details)
        return next(said, None)

    def _deadline(self, name: str, since: datetime, met_at: datetime | None) -> Deadline | None:
        within = self.steps[0].details.get(name)
        if within is None:
            return None
        return Deadline(
            clock=Clock.parse(str(within)), hours=self.hours, since=since, pauses=tuple(self._pauses()), met_at=met_at
        )

    def _pauses(self) -> Iterator[Pause]:
        """When the case waits for the customer: from a snooze to its end, or to the step that takes it up again."""
        for place, step in enumerate(self.steps):
            if step.step != "snoozed":
                continue
            rest = zip(self.steps[place + 1 :], self.states[place + 1 :], strict=True)
            taken_up = next((one.done_at for one, now in rest if now != "snoozed" or one.step == "snoozed"), None)
            ends = [moment for moment in (until(step), taken_up) if moment is not None]
            yield step.done_at, max(step.done_at, min(ends)) if ends else None


def until(step: FollowUp) -> datetime | None:
    """Until when a snooze is to last; None where nobody said."""
    text = step.details.get("until")
    return None if text is None else datetime.fromisoformat(str(text)).astimezone(UTC)


def check_details(step: Step, details: Mapping[str, Any]) -> None:
    """Refuse a step without what it has to say.

    Raises:
        InputError: naming the detail.
    """
    needed = {"resolved": "root_cause", "assigned": "owner"}.get(step)
    if needed is not None and not (isinstance(details.get(needed), str) and details[needed].strip()):
        raise InputError(f"a case is {step} with details that say {needed!r}, as in {{{needed!r}: ...}}.")
    if step == "snoozed" and details.get("until") is not None:
        try:
            moment: Any = datetime.fromisoformat(details["until"])
        except (TypeError, ValueError):
            moment = None
        check_instant("until", moment)


def _check_state(state: object) -> None:
    if state not in STATES:
        raise InputError(f"{short(state)} is no state; there are {', '.join(STATES)}.")


def in_order(steps: Iterable[FollowUp]) -> tuple[FollowUp, ...]:
    """The steps of one log in the order of their sequence.

    Raises:
        InputError: for no steps, those of several logs, and one that is missing.
    """
    if isinstance(steps, str) or not isinstance(steps, Iterable):
        raise InputError(f"a log is made of follow-ups, not of {short(steps)}.")
    log = tuple(steps)
    if wrong := next((step for step in log if not isinstance(step, FollowUp)), None):
        raise InputError(f"a log is made of follow-ups, and {short(wrong)} is none.")
    log = tuple(sorted(log, key=attrgetter("sequence")))
    if not log:
        raise InputError("a log has at least one step.")
    if any(step.log != log[0].log for step in log):
        raise InputError(f"the steps are of several logs, {log[0].log} and others; cases_of takes them apart.")
    if missing := next((place for place, step in enumerate(log) if step.sequence != place), None):
        raise InputError(f"the log {log[0].log} has no step {missing}.")
    return log


def logs_of(follow_ups: Iterable[FollowUp]) -> Iterator[tuple[FollowUp, ...]]:
    """Follow-ups by log, each log in order, the logs in the order of their ids.

    Raises:
        InputError: for a log in which a step is missing.
    """
    ordered = sorted(follow_ups, key=attrgetter("log", "sequence"))
    for _, steps in groupby(ordered, key=attrgetter("log")):
        yield in_order(steps)


def is_case(log: Sequence[FollowUp]) -> bool:
    """Whether a log is that of a case, not of a decision."""
    return log[0].step == "opened"


def cases_of(follow_ups: Iterable[FollowUp]) -> list[Case]:
    """The cases among follow-ups, in the order in which they were opened; logs of decisions are none.

    Raises:
        TransitionError: for a log that no case could have.
        InputError: for a log in which a step is missing.
    """
    cases = [Case.of(log) for log in logs_of(follow_ups) if is_case(log)]
    return sorted(cases, key=lambda case: (case.opened_at, case.id))


LAST_STEPS: frozenset[Step] = frozenset(
    {"decided", *ALWAYS, *(step for steps in TRANSITIONS.values() for step in steps if steps[step] == "closed")}
)
"""The steps with which a log can end that is finished."""


def is_finished(log: Sequence[FollowUp]) -> bool:
    """Whether nothing of a log is left to do: its case is closed, and all that was asked is receipted.

    A log in which a step is missing, or one that no case could have, is not
    finished: somebody has to look at it. What is left of erased people is.

    Args:
        log: all steps of one log, in any order.
    """
    if not log or log[0].log.startswith(PREFIX):
        return True
    try:
        steps = in_order(log)
        if not is_case(steps):
            return steps[0].step == "decided" and not owed(steps)
        case = Case.of(steps)
    except (InputError, TransitionError):
        return False
    is_waiting = case.steps[0].details.get("resurvey_after") and not any(s.step == "re-surveyed" for s in steps)
    return case.state == "closed" and not is_waiting and not owed(steps)


__all__ = [
    "ALWAYS", "LAST_STEPS", "PRIORITIES", "Case", "Priority", "cases_of", "in_order", "is_case", "is_finished",
    "logs_of",
]  # fmt: skip
