"""What ``npscore loop replay`` tells: cases by owner and day, and whom two policies treat differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from textwrap import wrap
from typing import Any

import attrs

from npscore.cli.told_cases import length
from npscore.cli.wording import by_name, number
from npscore.errors import InputError
from npscore.loop.clocks import Clock
from npscore.loop.health import Took
from npscore.loop.history import History
from npscore.loop.policies import Policy
from npscore.loop.replaying import Difference, Replay, replay
from npscore.loop.staff import OwnerLoad, Staff, Workload

_MOST = 10
_MOST_WAYS = 5


@attrs.frozen(kw_only=True)
class Replayed:
    """One replay, and another that it is compared with.

    Attributes:
        here: of the policies that are tried.
        there: of the others; None where there are none.
        staff: who works on the cases; None where nobody asked.
        workload: what staff makes of them; None where nobody asked.
        unlike: how many steps of the log that ran are not those of `here`;
            None where the policies never ran.
    """

    here: Replay
    there: Replay | None
    unlike: int | None
    staff: Staff | None = None
    workload: Workload | None = attrs.field(init=False)

    @workload.default
    def _made_of_them(self) -> Workload | None:
        return None if self.staff is None else self.here.forecast(self.staff)

    @property
    def differences(self) -> list[Difference]:
        """The answers that are treated differently."""
        return [] if self.there is None else self.here.differences(self.there)

    def values(self) -> dict[str, Any]:
        """All of it but the cases, as values that JSON has."""
        return {
            "outcomes": self.here.outcomes,
            "per_owner_and_day": [row | {"day": str(row["day"])} for row in self.here.per_owner_and_day()],
            "against": None if self.there is None else self.there.outcomes,
            "differences": [attrs.asdict(one) for one in self.differences],
            "unlike_the_log": self.unlike,
            "unapplied": len(self.here.unapplied),
            "assumed": None if self.staff is None else _assumed(self.staff),
            "staff": [] if self.workload is None else list(map(_load, self.workload.owners)),
        }

    def lines(self) -> Iterator[str]:
        """All of it in words."""
        names = ", ".join(policy.name for policy in self.here.policies)
        yield f"{names}: {_counts(self.here.outcomes)}."
        yield from _busiest(self.here)
        if self.unlike is not None:
            said = (
                "is the log that ran, byte for byte" if not self.unlike else f"differs in {number(self.unlike, 'step')}"
            )
            yield f"Held against the log that ran, with the answers decided on then, it {said}."
        if self.staff is not None and self.workload is not None:
            yield from _loads(self.staff, self.workload)
        kinds = Counter(step.step == "receipted" for step in self.here.unapplied)
        if kinds[False]:
            yield f"{number(kinds[False], 'step')} that people logged and that no case here can take."
        if kinds[True]:
            yield f"{number(kinds[True], 'receipt')} of what is not asked for here."
        if self.there is not None:
            yield from self._compared(self.there)

    def _compared(self, there: Replay) -> Iterator[str]:
        yield f"Against {', '.join(policy.name for policy in there.policies)}: {_counts(there.outcomes)}."
        found = self.differences
        yield f"{number(len(found), 'answer')} treated differently{':' if found else '.'}"
        ways = Counter((one.here, one.there) for one in found)
        for (done, instead), often in ways.most_common(_MOST_WAYS):
            times = number(often, "time")
            yield f"  {times} {done}"
            yield f"  {'not':>{len(times)}} {instead}"
        if found:
            yield "Among them:"
        for one in found[:_MOST]:
            reasons = dict.fromkeys((_reason(one.because_here), _reason(one.because_there)))
            yield f"  {one.response_id} of {one.customer_id or 'nobody known'}: {' Against: '.join(reasons)}"
        if len(found) > _MOST:
            yield f"  … and {len(found) - _MOST:,} more; --format json has all."


def of(
    history: History,
    policies: Sequence[Policy],
    others: Sequence[Policy],
    handling: Clock | None = None,
    resolving: Clock | None = None,
) -> Replayed:
    """Replay policies, and others to compare with where there are some.

    Args:
        history: what happened.
        policies: that are tried.
        others: that they are compared with.
        handling: working time up to and including the first contact of a case.
        resolving: business time from there to its resolution.

    Raises:
        InputError: for a time of handling where the policies have no business hours.
    """
    here = replay(policies, history)
    names = {policy.name for policy in policies}
    ran = [step for step in history.follow_ups if step.policy in names]
    unlike = len(replay(policies, history, undecided="leave out").unlike(ran)) if ran and not others else None
    staff = None if handling is None or not here.cases else _staff(here, handling, resolving)
    there = replay(others, history) if others else None
    return Replayed(here=here, there=there, unlike=unlike, staff=staff)


def _staff(made: Replay, handling: Clock, resolving: Clock | None) -> Staff:
    """One person for each owner, working in the business hours of the policies."""
    hours = next((policy.hours for policy in made.policies if policy.hours is not None), None)
    if hours is None:
        raise InputError("--handling needs to know when people work; give the policy [hours].")
    owners = dict.fromkeys(case.owner for case in made.cases if case.owner is not None)
    after = None if resolving is None else resolving.length
    return Staff(hours, handling.length, dict.fromkeys(owners, 1), resolving=after)


def _assumed(staff: Staff) -> dict[str, Any]:
    """What the simulation takes for granted."""
    return {
        "people": dict(staff.people),
        "hours": str(staff.hours),
        "handling": _business(staff.handling),
        "resolving": None if staff.resolving is None else _business(staff.resolving),
    }


def _business(time: timedelta) -> str:
    return str(Clock(time, business=True))


def _load(load: OwnerLoad) -> dict[str, Any]:
    return {
        "owner": load.owner,
        "cases": load.new,
        "contact_missed": load.contact_missed,
        "to_contact": _waits(load.to_contact),
        "resolution_missed": load.resolution_missed,
        "to_resolution": None if load.resolution_missed is None else _waits(load.to_resolution),
        "longest_queue": load.longest_queue,
        "utilisation": load.utilisation,
    }


def _waits(took: Took) -> dict[str, Any]:
    times = {"median_hours": took.median, "longest_hours": took.longest}
    hours = {name: None if time is None else time / timedelta(hours=1) for name, time in times.items()}
    return {"n": took.n, **hours}


def _loads(staff: Staff, workload: Workload) -> Iterator[str]:
    then = "" if staff.resolving is None else f", resolved {_business(staff.resolving)} later"
    yield f"With one person for each owner, {_business(staff.handling)} up to a contact{then}:"
    yield from wrap(str(workload), 110, initial_indent="  ", subsequent_indent="  ")
    for load in workload.owners:
        busy = "never there" if load.utilisation is None else f"busy {load.utilisation:.0%} of the time"
        yield f"  {load.owner}: {number(load.new, 'case')}, at most {load.longest_queue:,} waiting at once, {busy}"
        yield f"    contact     {load.contact_missed:,} missed{_waited(load.to_contact)}"
        if load.resolution_missed is not None:
            yield f"    resolution  {load.resolution_missed:,} missed{_waited(load.to_resolution)}"
    if staff.resolving is None:
        yield "  Whether cases would be resolved in time --resolving tells: how long after the contact they are."


def _waited(took: Took) -> str:
    if took.median is None or took.longest is None:
        return ""
    return f"; {took.n:,} after {length(took.median)} in the median, {length(took.longest)} at most"


def _counts(outcomes: dict[str, int]) -> str:
    said = by_name(outcomes)
    return number(sum(outcomes.values()), "answer") + (f", {said}" if said else "")


def _busiest(made: Replay) -> Iterator[str]:
    """For each owner the number of cases, and the day with most."""
    cases: Counter[str | None] = Counter()
    most: dict[str | None, tuple[int, str]] = {}
    for row in made.per_owner_and_day():
        cases[row["owner"]] += row["cases"]
        most[row["owner"]] = max(most.get(row["owner"], (0, "")), (row["cases"], str(row["day"])))
    for owner, count in sorted(cases.items(), key=lambda item: (-item[1], item[0] or "")):
        yield f"  {owner or 'nobody'}: {number(count, 'case')}, at most {most[owner][0]:,} a day ({most[owner][1]})"


def _reason(because: str) -> str:
    """The line that tells which rule fired, else the last."""
    lines = because.splitlines()
    return next((line for line in lines if ": fired" in line), lines[-1] if lines else "no decision")
