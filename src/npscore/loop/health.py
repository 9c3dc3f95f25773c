"""Loop health: whether promises are kept, how long it takes, what is old, what comes back, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from types import MappingProxyType

import attrs

from npscore.loop.cases import PRIORITIES, Case, Priority, cases_given
from npscore.loop.clocks import Deadline, Reading
from npscore.loop.transitions import STATES, State
from npscore.periods import check_instant
from npscore.scoring.intervals.formulas import check_level
from npscore.scoring.intervals.proportions import Share, share

BANDS: tuple[tuple[str, timedelta], ...] = (
    ("<1 day", timedelta(days=1)),
    ("1-3 days", timedelta(days=3)),
    ("3-7 days", timedelta(days=7)),
    ("7-30 days", timedelta(days=30)),
    ("30+ days", timedelta.max),
)
"""Bands of age, each up to but not including its end."""


@attrs.frozen(kw_only=True)
class Kept:
    """How a promise was kept.

    Attributes:
        share: of the cases that are decided, those in time, with its interval.
        met: done in time.
        late: done, but late.
        missed: not done, and the time is up.
        running: not done, and there is time left; in no share.
        paused: waiting for the customer; in no share.
        without: nothing was promised; in no share.
    """

    share: Share
    met: int
    late: int
    missed: int
    running: int
    paused: int
    without: int


@attrs.frozen
class Took:
    """How long something took, of the cases in which it was done.

    Attributes:
        n: how many.
        median: of the time as it passes; None where there are none.
        longest: of all; None where there are none.
    """

    n: int
    median: timedelta | None
    longest: timedelta | None

    @classmethod
    def of(cls, times: Iterable[timedelta | None]) -> Took:
        """The same of times, None being that of something that was not done."""
        known = sorted(time for time in times if time is not None)
        middle = known[(len(known) - 1) // 2 : len(known) // 2 + 1]
        median = sum(middle, timedelta(0)) / len(middle) if middle else None
        return cls(len(known), median, known[-1] if known else None)


@attrs.frozen
class AgeBand:
    """Open cases of one age.

    Attributes:
        name: from when to when after they were opened, as in ``"1-3 days"``.
        priorities: how many of each priority, the least urgent first.
    """

    name: str
    priorities: Mapping[Priority, int] = attrs.field(hash=False)

    @property
    def n(self) -> int:
        """How many."""
        return sum(self.priorities.values())


@attrs.frozen
class RootCause:
    """One row of a Pareto chart of root causes.

    Attributes:
        code: of the root cause.
        n: of how many cases.
        share: of all that have a root cause, a fraction.
        cumulative: the share of this one and those before it.
    """

    code: str
    n: int
    share: float
    cumulative: float


@attrs.frozen(kw_only=True)
class OwnerHealth:
    """How one owner keeps promises.

    Attributes:
        owner: who; None has the cases that nobody has.
        n: how many cases, whatever they are in.
        open: how many of them are neither resolved nor closed.
        contact: the first contact in time.
        resolution: the resolution in time.
    """

    owner: str | None
    n: int
    open: int
    contact: Kept
    resolution: Kept


@attrs.frozen(kw_only=True)
class LoopHealth:
    """How the loop does at a moment.

    Attributes:
        now: the moment.
        level: the confidence level of all intervals, a fraction.
        n: how many cases there are.
        states: how many in each state.
        contact: whether the first contact was in time.
        resolution: whether the resolution was; of a case that was opened
            again, the last one.
        to_contact: from opening to the first contact.
        to_resolution: from opening to the first resolution.
        ages: open cases by age, the youngest first.
        reopened: of the cases that were ever resolved, those opened again.
        causes: root causes, the most frequent first.
        unassigned: open cases that nobody has.
        escalated: open cases that were escalated since they were last opened.
        owners: the same promises by owner, in the order of names, None last.
    """

    now: datetime
    level: float
    n: int
    states: Mapping[State, int] = attrs.field(hash=False)
    contact: Kept
    resolution: Kept
    to_contact: Took
    to_resolution: Took
    ages: tuple[AgeBand, ...]
    reopened: Share
    causes: tuple[RootCause, ...]
    unassigned: int
    escalated: int
    owners: tuple[OwnerHealth, ...]

    def __str__(self) -> str:
        waiting = sum(band.n for band in self.ages)
        return (
            f"{self.n} cases, {waiting} of them open and {self.unassigned} of these with nobody. "
            f"Contacted in time: {self.contact.share}; resolved in time: {self.resolution.share}; "
            f"opened again: {self.reopened}."
        )


def loop_health(cases: Iterable[Case], now: datetime, *, level: float = 0.95) -> LoopHealth:
    """How well the loop is closed.

    A promise counts when it is decided: kept, kept late, or broken because
    the time is up. Clocks that still run or pause are counted beside, for
    they would make the share look better or worse than it is. A share of no
    cases is None and never 0.

    Args:
        cases: what `cases_of` gives; their logs end before `now`.
        now: an aware time.
        level: the confidence level, a fraction.

    Raises:
        InputError: for what are no cases, a moment without a zone, a level
            that is none, and a case whose log says what cannot be read.

    References:
        Intervals of shares are Wilson's; see
        `npscore.scoring.intervals.proportions.share`.

    Example:
        >>> from datetime import UTC
        >>> health = loop_health([], datetime(2026, 11, 20, tzinfo=UTC))
        >>> health.n, health.contact.share.value
        (0, None)
    """
    check_instant("now", now)
    check_level(level)
    made = cases_given(cases)
    waiting = [case for case in made if case.is_open]
    resolved = [case for case in made if case.entered("resolved")]
    read = [_Read(case, _reading(case.contact, now), _reading(case.resolution, now)) for case in made]
    states = Counter(case.state for case in made)
    return LoopHealth(
        now=now,
        level=level,
        n=len(made),
        states=MappingProxyType({state: states[state] for state in STATES}),
        contact=_kept((one.contact for one in read), level),
        resolution=_kept((one.resolution for one in read), level),
        to_contact=Took.of(case.time_between("open", "contacted") for case in made),
        to_resolution=Took.of(case.time_between("open", "resolved") for case in made),
        ages=_ages(waiting, now),
        reopened=share(sum(any(_steps(case, "reopened")) for case in resolved), len(resolved), level=level),
        causes=_pareto(made),
        unassigned=sum(case.owner is None for case in waiting),
        escalated=sum(map(_is_escalated, waiting)),
        owners=tuple(_owners(read, level)),
    )


@attrs.frozen
class _Read:
    """A case and how its clocks stand."""

    case: Case
    contact: Reading | None
    resolution: Reading | None


def _reading(clock: Deadline | None, now: datetime) -> Reading | None:
    return None if clock is None else clock.reading(now)


def _kept(readings: Iterable[Reading | None], level: float) -> Kept:
    read = Counter(readings)
    decided = read["met"] + read["met late"] + read["missed"]
    return Kept(
        share=share(read["met"], decided, level=level),
        met=read["met"],
        late=read["met late"],
        missed=read["missed"],
        running=read["running"],
        paused=read["paused"],
        without=read[None],
    )


def _ages(waiting: Sequence[Case], now: datetime) -> tuple[AgeBand, ...]:
    aged = Counter((_band(now - case.opened_at), case.priority) for case in waiting)
    return tuple(
        AgeBand(name, MappingProxyType({priority: aged[name, priority] for priority in PRIORITIES}))
        for name, _ in BANDS
    )


def _band(age: timedelta) -> str:
    return next(name for name, end in BANDS if age < end)


def _pareto(cases: Iterable[Case]) -> tuple[RootCause, ...]:
    """The most frequent first, ties in the order of their codes."""
    counts = Counter(case.root_cause for case in cases if case.root_cause is not None)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    total = counts.total()
    sums = accumulate(n for _, n in rows)
    return tuple(RootCause(code, n, n / total, sum_ / total) for (code, n), sum_ in zip(rows, sums, strict=True))


def _steps(case: Case, *names: str) -> list[str]:
    return [step.step for step in case.steps if step.step in names]


def _is_escalated(case: Case) -> bool:
    """Whether a case was escalated since it was last opened."""
    return _steps(case, "opened", "reopened", "escalated")[-1] == "escalated"


def _owners(read: Iterable[_Read], level: float) -> Iterable[OwnerHealth]:
    by_owner: dict[str | None, list[_Read]] = {}
    for one in read:
        by_owner.setdefault(one.case.owner, []).append(one)
    for owner in sorted(by_owner, key=lambda name: (name is None, name or "")):
        mine = by_owner[owner]
        yield OwnerHealth(
            owner=owner,
            n=len(mine),
            open=sum(one.case.is_open for one in mine),
            contact=_kept((one.contact for one in mine), level),
            resolution=_kept((one.resolution for one in mine), level),
        )
