"""Staff: whether so many people can keep what a policy promises, case by case, before anybody is hired or blamed."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.hours import LONGEST, BusinessHours
from npscore.loop.cases import PRIORITIES, Case, Priority, by_opening, cases_given
from npscore.loop.clocks import Clock, hours_given
from npscore.loop.health import Took
from npscore.loop.working import TICK, WorkingTime, days
from npscore.periods import check_instant, local_day

_URGENCY = {priority: -place for place, priority in enumerate(PRIORITIES)}


def _work(value: Any) -> timedelta:
    if not isinstance(value, timedelta) or not timedelta(0) < value <= LONGEST:
        raise InputError(f"handling and resolving take a timedelta above 0 and up to ten years, not {short(value)}.")
    return value


def _people(value: Any) -> Mapping[str, int]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InputError(f"people are names, or a mapping of owners to how many they are, not {short(value)}.")
    given = value if isinstance(value, Mapping) else dict.fromkeys(_names(value), 1)
    for name, number in given.items():
        if not isinstance(name, str) or isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise InputError(f"an owner is a name and stands for at least one person, not {short((name, number))}.")
    return MappingProxyType(dict(given))


def _names(value: Iterable[Any]) -> Iterator[str]:
    for name in value:
        if not isinstance(name, str):
            raise InputError(f"people are names, and {short(name)} is none.")
        yield name


@attrs.frozen
class Staff:
    """Who works on cases, when, and how long one takes.

    Args:
        hours: in which everybody works.
        handling: working time up to and including the first contact of one
            case; nobody works on two at once.
        people: the owners, as names, or as a mapping of each to how many
            people work under that name.
        resolving: business time from the first contact to the resolution,
            during which its owner works on others; None leaves resolutions
            out.

    Raises:
        InputError: for hours, times or people that are none.

    Example:
        >>> office = BusinessHours.parse("mon-fri 09:00-17:00")
        >>> staff = Staff(office, timedelta(minutes=45), {"ann": 1, "service desk": 4})
        >>> staff.people["service desk"]
        4
    """

    hours: BusinessHours = attrs.field(converter=hours_given)
    handling: timedelta = attrs.field(converter=_work)
    people: Mapping[str, int] = attrs.field(converter=_people, hash=False)
    resolving: timedelta | None = attrs.field(default=None, converter=attrs.converters.optional(_work), kw_only=True)


@attrs.frozen(kw_only=True)
class Forecast:
    """What becomes of one case.

    Attributes:
        case_id: which.
        owner: who has it.
        priority: its urgency.
        opened_at: when it was opened.
        contact_due_at, resolve_due_at: as promised when it was opened; None
            where nothing was.
        contacted_at, resolved_at: when it would be; None where that is not
            before the end.
        contact: whether the contact would be in time; None where nothing was
            promised, or the time is not up.
        resolution: the same of the resolution; None too without `resolving`.
    """

    case_id: str
    owner: str
    priority: Priority
    opened_at: datetime
    contact_due_at: datetime | None
    resolve_due_at: datetime | None
    contacted_at: datetime | None
    resolved_at: datetime | None
    contact: bool | None
    resolution: bool | None


@attrs.frozen
class OwnerDay:
    """One owner on one day.

    Attributes:
        owner: who.
        day: in the zone of the business hours.
        new: cases opened.
        contacted: cases contacted.
        waiting: cases opened and not contacted as the day ends, or as the
            simulation does.
    """

    owner: str
    day: date
    new: int
    contacted: int
    waiting: int


@attrs.frozen(kw_only=True)
class OwnerLoad:
    """One owner over all days.

    Attributes:
        owner: who.
        people: how many work under that name.
        new: cases opened.
        contacted: cases contacted.
        waiting: cases opened and not contacted at the end.
        contact_missed: cases whose contact would be late, or is at the end.
        resolution_missed: the same of the resolution; None without `resolving`.
        to_contact: from opening to the first contact, of those contacted.
        to_resolution: from opening to the resolution, of those resolved.
        busy: working time spent, by everybody together.
        available: working time there was.
        utilisation: busy of available, a fraction; None where there was none.
        longest_queue: the most cases that waited at once, those in hand too.
    """

    owner: str
    people: int
    new: int
    contacted: int
    waiting: int
    contact_missed: int
    resolution_missed: int | None
    to_contact: Took
    to_resolution: Took
    busy: timedelta
    available: timedelta
    utilisation: float | None
    longest_queue: int


@attrs.frozen(kw_only=True)
class Workload:
    """What staff would make of cases.

    Attributes:
        until: the end of the simulation.
        cases: of the staff, in the order in which they were opened.
        days: a row for each owner and day, from the first case to the end.
        owners: one row each, in the order of their names.
        unassigned: cases without an owner, which go to nobody.
        elsewhere: cases of owners who are not of the staff.
        later: cases opened after the end.
    """

    until: datetime
    cases: tuple[Forecast, ...]
    days: tuple[OwnerDay, ...]
    owners: tuple[OwnerLoad, ...]
    unassigned: int
    elsewhere: int
    later: int

    def __str__(self) -> str:
        contacted = sum(owner.contacted for owner in self.owners)
        missed = sum(owner.contact_missed for owner in self.owners)
        late = [owner.resolution_missed for owner in self.owners if owner.resolution_missed is not None]
        resolved = sum(owner.to_resolution.n for owner in self.owners)
        beside = f"{resolved} would be resolved, and {sum(late)} not in time; " if late else ""
        return (
            f"Of {len(self.cases)} cases {contacted} would be contacted until {self.until:%Y-%m-%d %H:%M}, and "
            f"{missed} not in time; {beside}{self.unassigned} more belong to nobody and {self.elsewhere} to others."
        )


def simulate(cases: Iterable[Case], staff: Staff, until: datetime) -> Workload:
    """Have staff work through cases from the opening of the first, as if nobody had yet done anything.

    Whoever is free takes the case that is most urgent, then the one whose
    contact is due first (those without a promise last), then the one opened
    first, then the one with the smallest id. A contact that was begun is
    finished, over nights and week ends, before another one is. What the logs
    say of contacts, snoozes and reopenings does not matter; owner and
    priority are those of today.

    Args:
        cases: what `cases_of` gives.
        staff: who works, when, and how long one case takes.
        until: an aware time: the end.

    Raises:
        InputError: for what are no cases, no staff or a moment without a zone,
            and an end more than ten years after the first case.

    Example:
        >>> from datetime import UTC
        >>> staff = Staff(BusinessHours.parse("mon-fri 09:00-17:00"), timedelta(hours=1), ["ann"])
        >>> nothing = simulate([], staff, datetime(2026, 11, 20, tzinfo=UTC))
        >>> nothing.owners[0].contacted, nothing.owners[0].utilisation
        (0, None)
    """
    check_instant("until", until)
    if not 2 <= until.year <= 9998:
        raise InputError(f"until is a moment of the years 2 to 9998, not {until}.")
    if not isinstance(staff, Staff):
        raise InputError(f"staff is made by Staff(hours, handling, people), and {short(staff)} is none.")
    given = cases_given(cases)
    known = sorted((case for case in given if case.opened_at <= until), key=by_opening)
    mine = [case for case in known if case.owner in staff.people]
    time = WorkingTime.of(staff.hours, mine[0].opened_at if mine else until, until)
    promised = _Promised(time.since, until)
    queues: dict[str, list[_Waiting]] = {owner: [] for owner in sorted(staff.people)}
    for case in mine:
        queues[case.owner or ""].append(_Waiting.of(case, time, promised))
    loads = [_Load(owner, staff, time, *_worked_off(queue, owner, staff, time)) for owner, queue in queues.items()]
    unassigned = sum(case.owner is None for case in known)
    return Workload(
        until=until,
        cases=tuple(sorted((one for load in loads for one in load.cases), key=_place)),
        days=tuple(row for load in loads for row in load.days()) if mine else (),
        owners=tuple(load.row() for load in loads),
        unassigned=unassigned,
        elsewhere=len(known) - len(mine) - unassigned,
        later=len(given) - len(known),
    )


def _place(forecast: Forecast) -> tuple[datetime, str]:
    return forecast.opened_at, forecast.case_id


@attrs.frozen
class _Waiting:
    """A case that waits for its first contact."""

    case: Case
    owner: str
    arrives: int
    contact_due_at: datetime | None
    resolve_due_at: datetime | None
    rank: tuple[int, bool, datetime, datetime, str]

    @classmethod
    def of(cls, case: Case, time: WorkingTime, promised: _Promised) -> _Waiting:
        contact, resolve = promised.due(case, "contact_within"), promised.due(case, "resolve_within")
        rank = _URGENCY[case.priority], contact is None, contact or case.opened_at, case.opened_at, case.id
        return cls(case, case.owner or "", time.at(case.opened_at), contact, resolve, rank)


@attrs.frozen
class _Promised:
    """When clocks run out that begin as cases are opened, each line of business hours being laid once."""

    since: datetime
    until: datetime
    lines: dict[BusinessHours, WorkingTime] = attrs.field(factory=dict)

    def due(self, case: Case, name: str) -> datetime | None:
        within = case.steps[0].details.get(name)
        if within is None:
            return None
        clock = Clock.parse(str(within))
        found = self._on_the_line(clock, case) if clock.business and clock.length else None
        return found or clock.due(case.opened_at, case.hours)

    def _on_the_line(self, clock: Clock, case: Case) -> datetime | None:
        """The same moment found by halving, where it lies before the end."""
        hours = case.hours
        if hours is None:
            return None
        if hours not in self.lines:
            self.lines[hours] = WorkingTime.of(hours, self.since, self.until)
        line = self.lines[hours]
        return line.moment(line.at(case.opened_at) + clock.length // TICK)


def _worked_off(queue: Sequence[_Waiting], owner: str, staff: Staff, time: WorkingTime) -> tuple[list[Forecast], int]:
    """The cases of one owner, in the order in which they are begun, and the working time that they take."""
    work = staff.handling // TICK
    free = [0] * min(staff.people[owner], len(queue))
    there: list[tuple[Any, int]] = []
    made: list[Forecast] = []
    arrived = busy = start = 0
    for _ in queue:
        start = max(free[0], start if there else queue[arrived].arrives)
        while arrived < len(queue) and queue[arrived].arrives <= start:
            heapq.heappush(there, (queue[arrived].rank, arrived))
            arrived += 1
        _, place = heapq.heappop(there)
        heapq.heapreplace(free, start + work)
        busy += min(work, max(time.length - start, 0))
        made.append(_forecast(queue[place], start + work, staff, time))
    return made, busy


def _forecast(one: _Waiting, done: int, staff: Staff, time: WorkingTime) -> Forecast:
    contacted = time.moment(done)
    resolved = None
    if staff.resolving is not None:
        resolved = time.moment(done + staff.resolving // TICK)
    return Forecast(
        case_id=one.case.id,
        owner=one.owner,
        priority=one.case.priority,
        opened_at=one.case.opened_at,
        contact_due_at=one.contact_due_at,
        resolve_due_at=one.resolve_due_at,
        contacted_at=contacted,
        resolved_at=resolved,
        contact=_in_time(contacted, one.contact_due_at, time.until),
        resolution=None if staff.resolving is None else _in_time(resolved, one.resolve_due_at, time.until),
    )


def _in_time(done: datetime | None, due: datetime | None, until: datetime) -> bool | None:
    if due is None:
        return None
    if done is None:
        return False if due < until else None
    return done <= due


@attrs.frozen
class _Load:
    """The cases of one owner, worked off."""

    owner: str
    staff: Staff
    time: WorkingTime
    cases: Sequence[Forecast]
    busy: int

    def days(self) -> Iterator[OwnerDay]:
        zone, waiting = self.time.zone, 0
        new = Counter(local_day(one.opened_at, zone) for one in self.cases)
        done = Counter(local_day(one.contacted_at, zone) for one in self.cases if one.contacted_at is not None)
        for day in days(self.time.since, self.time.until, zone):
            waiting += new[day] - done[day]
            yield OwnerDay(self.owner, day, new[day], done[day], waiting)

    def row(self) -> OwnerLoad:
        contacted = sum(one.contacted_at is not None for one in self.cases)
        available = self.staff.people[self.owner] * self.time.length
        return OwnerLoad(
            owner=self.owner,
            people=self.staff.people[self.owner],
            new=len(self.cases),
            contacted=contacted,
            waiting=len(self.cases) - contacted,
            contact_missed=sum(one.contact is False for one in self.cases),
            resolution_missed=self._resolutions_missed(),
            to_contact=Took.of(_after(one, one.contacted_at) for one in self.cases),
            to_resolution=Took.of(_after(one, one.resolved_at) for one in self.cases),
            busy=self.busy * TICK,
            available=available * TICK,
            utilisation=self.busy / available if available else None,
            longest_queue=_longest(self.cases),
        )

    def _resolutions_missed(self) -> int | None:
        return None if self.staff.resolving is None else sum(one.resolution is False for one in self.cases)


def _after(one: Forecast, moment: datetime | None) -> timedelta | None:
    return None if moment is None else moment - one.opened_at


def _longest(made: Sequence[Forecast]) -> int:
    """The most cases that waited at once; one that is contacted makes room before another one comes."""
    turns = [(one.opened_at, 1) for one in made]
    turns += [(one.contacted_at, -1) for one in made if one.contacted_at is not None]
    longest = waiting = 0
    for _, turn in sorted(turns):
        waiting += turn
        longest = max(longest, waiting)
    return longest
