"""Cases, worked out of their logs: the state, the owner, the two clocks, and the step that may come next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, Literal, get_args

import attrs

from npscore.errors import InputError, short
from npscore.hours import BusinessHours
from npscore.loop.actions import owed
from npscore.loop.clocks import Clock, Deadline, Pause, check_clock, hours_of
from npscore.loop.logs import in_order, is_case, logs_of
from npscore.loop.transitions import ALWAYS, NEEDS, STATES, TRANSITIONS, State, after
from npscore.models import FollowUp
from npscore.models.actions import Step
from npscore.models.erasure import is_erased
from npscore.periods import check_instant
from npscore.scoring.choices import check_choice

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
_TELLING: tuple[Step, ...] = tuple(step for step in get_args(Step) if step not in ALWAYS)


@attrs.frozen(slots=False)
class Case:
    """A loop to close, as its log tells it. What a step says is read when it is asked for, or is an `InputError` then.

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
            InputError: for no steps, those of several logs, one that is missing, and what is no follow-up.

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
        return self._text("owner", "opened", "assigned", "escalated")

    @cached_property
    def priority(self) -> Priority:
        """Its urgency, as the last step that spoke of it said."""
        said = self._last("priority", *_TELLING) or "normal"
        if said not in PRIORITIES:
            raise InputError(f"the case {self.id} has no priority {short(said)}; there are {', '.join(PRIORITIES)}.")
        priority: Priority = said
        return priority

    @cached_property
    def root_cause(self) -> str | None:
        """Why the customer was unhappy, as the last resolution said."""
        return self._text("root_cause", "resolved")

    @cached_property
    def hours(self) -> BusinessHours | None:
        """The business hours in which its clocks run."""
        details = self.steps[0].details
        return hours_of(str(details["hours"]), str(details.get("closed_days") or "")) if details.get("hours") else None

    @property
    def answered_at(self) -> datetime:
        """When the answer was given that opened it."""
        said = self.steps[0].details.get("answered_at")
        return self.opened_at if said is None else _moment(said)

    @property
    def suppresses_surveys(self) -> bool:
        """Whether the customer is not to be asked anything as long as it is open."""
        return any(step.details.get("suppress_surveys") is True for step in self.steps)

    @cached_property
    def contact(self) -> Deadline | None:
        """The clock of the first contact; None where none was promised.

        A case that was opened again, or whose customer answered again, has
        another one. It is the one that is due first of those that were not
        met, else the first that was met late, else the last.
        """
        made = [self._until_contact(Clock.parse(within), place) for place, within in self._promised("contact")]
        if waiting := [one for one in made if one.met_at is None]:
            return _first_due(waiting)
        late = (one for one in made if one.due_at is not None and one.met_at is not None and one.met_at > one.due_at)
        return next(late, made[-1] if made else None)

    @cached_property
    def resolution(self) -> Deadline | None:
        """The clock of the resolution, which begins anew with each opening; None where none was promised."""
        met, promised = self._resolved_since(self._last_opening), self._promised("resolve")
        made = [self._deadline(Clock.parse(within), self.steps[place].done_at, met) for place, within in promised]
        return _first_due(made) if made else None

    def to_contact(self, clock: Clock) -> Deadline:
        """Any other clock that ends with the first contact, from the moment since when one is owed."""
        owed = 0
        for place in self.turns:
            if any(step.step == "contacted" for step in self.steps[owed:place]):
                owed = place
        return self._until_contact(clock, max(owed, self._last_opening))

    def to_resolution(self, clock: Clock) -> Deadline:
        """Any other clock that ends with the resolution."""
        return self._deadline(clock, self.steps[self._last_opening].done_at, self._resolved_since(self._last_opening))

    @cached_property
    def _last_opening(self) -> int:
        """The place of the step that opened it last."""
        return max((step.sequence for step in self.steps if step.step == "reopened"), default=0)

    @cached_property
    def turns(self) -> tuple[int, ...]:
        """The places of the steps by which it was opened again, or with which the customer answered again."""
        return tuple(place for place, step in enumerate(self.steps) if step.step == "reopened" or _is_again(step))

    def _promised(self, what: str) -> list[tuple[int, str]]:
        """What was promised since it was last opened: the place of the step, and within which time."""
        again, name = self._last_opening, f"{what}_within"
        found = [(place, step.details.get(name)) for place, step in enumerate(self.steps) if place >= again]
        made = [(place, str(within)) for place, within in found if within is not None]
        first = self.steps[0].details.get(name)
        return made or ([] if first is None else [(again, str(first))])

    def _until_contact(self, clock: Clock, place: int) -> Deadline:
        since = self.steps[place].done_at
        made = [step.done_at for step in self.steps[place:] if step.step == "contacted"]
        met = min([moment for moment in made if moment >= since] or made[:1], default=None)  # logged in any order
        return self._deadline(clock, since, met)

    def _resolved_since(self, place: int) -> datetime | None:
        return next((step.done_at for step in reversed(self.steps[place:]) if step.step == "resolved"), None)

    def entered(self, state: State) -> tuple[datetime, ...]:
        """When the case came into a state from another one, in order.

        Raises:
            InputError: for a state that there is not.
        """
        return tuple(self.steps[place].done_at for place in self._entries(state))

    def time_between(self, first: State, then: State, *, clock: Clock | None = None) -> timedelta | None:
        """How long it took from first entering a state to next entering another.

        Args:
            first: the state that is entered first.
            then: the state that is entered next.
            clock: counts business hours where it does; what it promises does not matter.

        Returns:
            The time; None where the case was never in both in this order.

        Raises:
            InputError: for a state that there is not, what is no clock, and one of business hours without any.
        """
        if clock is not None:
            check_clock(clock)
        ends = self._entries(then)
        start = next(iter(self._entries(first)), len(self.steps))
        end = next((place for place in ends if place > start), None)
        if end is None:
            return None
        moments = self.steps[start].done_at, self.steps[end].done_at
        return (clock or Clock(timedelta(0))).passed(*moments, self.hours)

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
        check_choice("step", step, get_args(Step))
        after(self.state, step, self.id)
        check_details(step, {} if details is None else details)
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
        said = (step.details.get(name) for step in reversed(self.steps) if step.step in steps)
        return next((value for value in said if value is not None), None)

    def _text(self, name: str, *steps: Step) -> str | None:
        said = self._last(name, *steps)
        if not isinstance(said, str | None):
            raise InputError(f"the case {self.id} has a text as its {name}, not {short(said)}.")
        return said

    def _entries(self, state: State) -> tuple[int, ...]:
        """The places of the steps by which the case came into a state from another one."""
        check_choice("state", state, STATES)
        befores = (None, *self.states)
        moves = enumerate(zip(befores, self.states, strict=False))
        return tuple(place for place, (before, now) in moves if now == state != before)

    def _deadline(self, clock: Clock, since: datetime, met_at: datetime | None) -> Deadline:
        pauses = tuple(sorted(self._pauses(), key=itemgetter(0)))  # steps may be logged later than others after them
        return Deadline(clock=clock, hours=self.hours, since=since, pauses=pauses, met_at=met_at)

    def _pauses(self) -> Iterator[Pause]:
        """When the case waits for the customer: from a snooze to its end, or to the step that takes it up again."""
        for place, step in enumerate(self.steps):
            if step.step != "snoozed":
                continue
            rest = zip(self.steps[place + 1 :], self.states[place + 1 :], strict=True)
            taken_up = next((one.done_at for one, now in rest if now != "snoozed" or one.step == "snoozed"), None)
            ends = [moment for moment in (until(step), taken_up) if moment is not None]
            yield step.done_at, max(step.done_at, min(ends)) if ends else None


def _is_again(step: FollowUp) -> bool:
    """Whether with a step the customer answered again."""
    return step.step in ("assigned", "escalated") and "because" in step.details


def _first_due(deadlines: Sequence[Deadline]) -> Deadline:
    """The one that is due first; those that stand still without an end come last."""
    return min(deadlines, key=lambda one: (one.due_at is None, one.due_at or one.since))


def until(step: FollowUp) -> datetime | None:
    """Until when a snooze is to last, in UTC; None where nobody said.

    Raises:
        InputError: for what is no moment with a zone.
    """
    text = step.details.get("until")
    return None if text is None else _moment(text)


def _moment(text: object) -> datetime:
    with suppress(ValueError, OverflowError):
        if isinstance(text, str) and (moment := datetime.fromisoformat(text)).tzinfo is not None:
            return moment.astimezone(UTC)
    raise InputError(f"a case is snoozed until a moment as in '2026-12-01T09:00:00+00:00', not until {short(text)}.")


def check_details(step: Step, details: Mapping[str, Any]) -> None:
    """Refuse a step without what it has to say.

    Raises:
        InputError: naming the detail.
    """
    if not isinstance(details, Mapping):
        raise InputError(f"details are a mapping of names to values, not {short(details)}.")
    needed = NEEDS.get(step)
    if needed is not None and not (isinstance(details.get(needed), str) and details[needed].strip()):
        raise InputError(f"a case is {step} with details that say {needed!r}, as in {{{needed!r}: ...}}.")
    if step == "snoozed" and details.get("until") is not None:
        _moment(details["until"])
    if step not in ALWAYS and details.get("priority") is not None:
        check_choice("priority", details["priority"], PRIORITIES)


by_opening: Callable[[Case], tuple[datetime, str]] = attrgetter("opened_at", "id")
"""The order of cases: that in which they were opened."""


def cases_of(follow_ups: Iterable[FollowUp]) -> list[Case]:
    """The cases among follow-ups, in the order in which they were opened; logs of decisions are none.

    Raises:
        TransitionError: for a log that no case could have.
        InputError: for a log in which a step is missing, and what is no follow-up.
    """
    cases = [Case.of(log) for log in logs_of(follow_ups) if is_case(log)]
    return sorted(cases, key=by_opening)


def cases_given(cases: object) -> tuple[Case, ...]:
    """Cases that were handed over.

    Raises:
        InputError: for anything else.
    """
    if isinstance(cases, str | Mapping) or not isinstance(cases, Iterable):
        raise InputError(f"cases are what cases_of makes of follow-ups, not {short(cases)}.")
    made = tuple(cases)
    for case in made:
        if not isinstance(case, Case):
            raise InputError(f"cases are what cases_of makes of follow-ups, and {short(case)} is none.")
    return made


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
    if not log or is_erased(log[0].log):
        return True
    try:
        steps = in_order(log)
        if not is_case(steps):
            return steps[0].step == "decided" and not owed(steps)
        case = Case.of(steps)
        is_owed = bool(owed(steps))
    except InputError:  # a TransitionError is one
        return False
    is_waiting = case.steps[0].details.get("resurvey_after") and not any(s.step == "re-surveyed" for s in steps)
    return case.state == "closed" and not is_waiting and not is_owed


__all__ = [
    "LAST_STEPS",
    "PRIORITIES",
    "Case",
    "Priority",
    "by_opening",
    "cases_given",
    "cases_of",
    "is_finished",
]
