"""Staff works off a queue: the same as somebody who plays it through minute by minute."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs import case, opened
from npscore import InputError
from npscore.hours import BusinessHours
from npscore.loop.cases import PRIORITIES
from npscore.loop.clocks import Clock
from npscore.loop.staff import Staff, simulate

PARIS = "Europe/Paris"
OFFICE = BusinessHours.parse("mon-fri 09:00-12:00, mon-fri 13:00-17:00", zone=PARIS, closed=[date(2026, 10, 27)])
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FRIDAY = datetime(2026, 10, 23, 6, tzinfo=UTC)  # clocks go back on Sunday
PROMISES = ["2 business hours", "1 day", "6 business hours", None]


def local(*parts):
    return datetime(2026, 10, *parts, tzinfo=ZoneInfo(PARIS))


@st.composite
def offices(draw):
    """Cases of a few days, and staff that may keep up with them."""
    cases = []
    for number in range(draw(st.integers(0, 14))):
        owner = draw(st.sampled_from(["ann", "ann", "bo", "cy", None]))
        contact, resolve = draw(st.sampled_from(PROMISES)), draw(st.sampled_from(PROMISES))
        details = {"owner": owner, "priority": draw(st.sampled_from(PRIORITIES))}
        details |= {"contact_within": contact, "resolve_within": resolve}
        details |= {"hours": str(OFFICE), "closed_days": "2026-10-27"}
        at = FRIDAY + draw(st.sampled_from([0, 1, 60, 130, 240, 700, 2500]) | st.integers(0, 6 * 1440)) * MINUTE
        cases.append(case(log=f"case-{number}", at=at, **details))
    staff = Staff(
        OFFICE,
        draw(st.integers(1, 300)) * MINUTE,
        {"ann": draw(st.integers(1, 3)), "bo": 1},
        resolving=draw(st.none() | st.integers(1, 600).map(lambda minutes: minutes * MINUTE)),
    )
    return cases, staff, FRIDAY + draw(st.integers(0, 7 * 1440)) * MINUTE


def is_there(moment):
    wall = moment.astimezone(ZoneInfo(PARIS))
    return wall.weekday() < 5 and wall.date() != date(2026, 10, 27) and wall.hour in (9, 10, 11, 13, 14, 15, 16)


def played(cases, staff, until):
    """When each case is contacted and how many minutes each owner worked, minute by minute."""
    contacted, busy = {}, Counter()
    for owner, number in staff.people.items():
        queue = [one for one in cases if one.owner == owner and one.opened_at <= until]
        hands = []  # what is in hand: the minutes left and the case
        for moment in (FRIDAY + minute * MINUTE for minute in range((until - FRIDAY) // MINUTE)):
            if not is_there(moment):
                continue
            there = sorted((one for one in queue if one.opened_at <= moment), key=rank)[: number - len(hands)]
            queue = [one for one in queue if one not in there]
            hands = [(left - 1, one) for left, one in hands + [(staff.handling // MINUTE, one) for one in there]]
            busy[owner] += len(hands)
            contacted |= {one.id: moment + MINUTE for left, one in hands if not left}
            hands = [(left, one) for left, one in hands if left]
    return contacted, busy


def rank(one):
    due = one.contact.due_at if one.contact else None
    late = datetime(9999, 1, 1, tzinfo=UTC)
    return -PRIORITIES.index(one.priority), due or late, one.opened_at, one.id


@settings(max_examples=40, deadline=None)
@given(offices())
def test_a_queue_is_worked_off_as_it_is_played_through_by_hand(office):
    cases, staff, until = office
    made = simulate(cases, staff, until)
    contacted, busy = played(cases, staff, until)
    assert {one.case_id: one.contacted_at for one in made.cases if one.contacted_at} == contacted
    assert {row.owner: row.busy for row in made.owners} == {owner: busy[owner] * MINUTE for owner in staff.people}


@settings(max_examples=40, deadline=None)
@given(offices())
def test_promises_are_those_of_the_clocks_and_missed_when_the_time_is_up(office):
    cases, staff, until = office
    by_id = {one.id: one for one in cases}
    for one in simulate(cases, staff, until).cases:
        due = by_id[one.case_id].contact.due_at if by_id[one.case_id].contact else None
        assert one.contact_due_at == due
        if due is None or (one.contacted_at is None and due >= until):
            assert one.contact is None
        else:
            assert one.contact == (one.contacted_at is not None and one.contacted_at <= due)
        assert one.resolution is None or staff.resolving is not None
        if one.resolved_at is not None:
            assert one.resolved_at == OFFICE.due(one.contacted_at, staff.resolving)


@settings(max_examples=40, deadline=None)
@given(offices())
def test_owners_tell_how_long_contacts_and_resolutions_took_and_how_many_are_late(office):
    cases, staff, until = office
    made = simulate(cases, staff, until)
    for row in made.owners:
        mine = [one for one in made.cases if one.owner == row.owner]
        contacts = [one.contacted_at - one.opened_at for one in mine if one.contacted_at]
        resolutions = [one.resolved_at - one.opened_at for one in mine if one.resolved_at]
        for took, times in ((row.to_contact, contacts), (row.to_resolution, resolutions)):
            assert (took.n, took.longest) == (len(times), max(times, default=None))
            assert took.median == (median(times) if times else None)
        late = [one for one in mine if one.resolution is False]
        assert row.resolution_missed == (None if staff.resolving is None else len(late))
    said = "would be resolved" in str(made)
    assert said == (staff.resolving is not None)


@settings(max_examples=40, deadline=None)
@given(offices())
def test_every_case_and_every_day_is_accounted_for(office):
    cases, staff, until = office
    made = simulate(cases, staff, until)
    assert len(made.cases) + made.unassigned + made.elsewhere + made.later == len(cases)
    for row in made.owners:
        days = [day for day in made.days if day.owner == row.owner]
        assert (sum(day.new for day in days), sum(day.contacted for day in days)) == (row.new, row.contacted)
        assert all(day.waiting >= 0 for day in days)
        assert row.waiting == row.new - row.contacted == (days[-1].waiting if days else 0)
        assert [day.day for day in days] == sorted({day.day for day in days})
        assert row.longest_queue >= max((day.waiting for day in days), default=0)
        assert row.busy <= row.available
        assert row.utilisation is None or 0 <= row.utilisation <= 1


@settings(max_examples=40, deadline=None)
@given(offices())
def test_work_is_conserved(office):
    cases, staff, _ = office
    made = simulate(cases, staff, FRIDAY + timedelta(days=60))
    for row in made.owners:
        assert row.waiting == 0
        assert row.busy == row.contacted * staff.handling


@settings(max_examples=40, deadline=None)
@given(offices())
def test_with_endless_staff_nothing_is_missed_that_could_be_met(office):
    cases, staff, _ = office
    many = Staff(OFFICE, staff.handling, dict.fromkeys(staff.people, 1000))
    for one in simulate(cases, many, FRIDAY + timedelta(days=60)).cases:
        assert one.contacted_at == OFFICE.due(one.opened_at, staff.handling)
        assert one.contact is None or one.contact == (one.contacted_at <= one.contact_due_at)


@settings(max_examples=40, deadline=None)
@given(offices())
def test_one_person_more_never_leaves_fewer_contacted_on_any_day(office):
    cases, staff, until = office
    more = Staff(OFFICE, staff.handling, {owner: number + 1 for owner, number in staff.people.items()})
    for few, many in zip(simulate(cases, staff, until).days, simulate(cases, more, until).days, strict=True):
        assert (few.owner, few.day, few.new) == (many.owner, many.day, many.new)
        assert many.waiting <= few.waiting


@settings(max_examples=30, deadline=None)
@given(offices(), st.randoms(use_true_random=False))
def test_the_order_of_cases_does_not_matter(office, chance):
    cases, staff, until = office
    shuffled = list(cases)
    chance.shuffle(shuffled)
    assert simulate(shuffled, staff, until) == simulate(cases, staff, until)


def test_the_urgent_case_of_the_night_goes_before_the_low_one_of_the_evening():
    cases = [
        case(log="low", at=local(22, 18), owner="ann", priority="low"),
        case(log="urgent", at=local(22, 22), owner="ann", priority="urgent"),
        case(log="urgent too", at=local(23, 9, 1), owner="ann", priority="urgent"),
    ]
    made = simulate(cases, Staff(OFFICE, HOUR, ["ann"]), local(24))
    assert {one.case_id: one.contacted_at for one in made.cases} == {
        "urgent": local(23, 10),
        "urgent too": local(23, 11),
        "low": local(23, 12),
    }
    assert made.owners[0].longest_queue == 3


def test_a_contact_that_was_begun_is_finished_after_the_week_end():
    made = simulate([case(at=local(23, 16), owner="ann")], Staff(OFFICE, 3 * HOUR, ["ann"]), local(31))
    assert made.cases[0].contacted_at == local(26, 11)
    assert [(row.day.day, row.new, row.contacted, row.waiting) for row in made.days][:4] == [
        (23, 1, 0, 1),
        (24, 0, 0, 1),
        (25, 0, 0, 1),
        (26, 0, 1, 0),
    ]


def test_what_is_begun_as_the_simulation_ends_keeps_people_busy_and_is_not_contacted():
    made = simulate([case(at=local(23, 9), owner="ann")], Staff(OFFICE, 3 * HOUR, {"ann": 2}), local(23, 11))
    (row,) = made.owners
    assert (row.contacted, row.waiting, row.busy, row.available, row.utilisation) == (0, 1, 2 * HOUR, 4 * HOUR, 0.5)


def test_cases_of_nobody_and_of_others_go_to_nobody():
    cases = [
        case(log="a"),
        case(log="b", owner="somebody"),
        case(log="c", owner="ann"),
        case(log="d", at=local(30), owner="ann"),
    ]
    made = simulate(cases, Staff(OFFICE, HOUR, ["ann"]), local(29) + timedelta(days=10))
    assert (made.unassigned, made.elsewhere, made.later, len(made.cases)) == (1, 1, 0, 2)
    early = simulate(cases, Staff(OFFICE, HOUR, ["ann"]), local(31))
    assert (early.later, len(early.cases)) == (3, 1)
    assert "0 more belong to nobody" in str(early)


def test_a_promise_is_as_it_was_when_the_case_was_opened():
    at = local(23, 9)
    made = simulate(
        [case(("snoozed", at + HOUR), at=at, owner="ann", contact_within="2 hours")],
        Staff(OFFICE, 3 * HOUR, ["ann"]),
        local(23, 15),
    )
    assert (made.cases[0].contact_due_at, made.cases[0].contact) == (local(23, 11), False)
    assert made.owners[0].contact_missed == 1


def test_a_clock_of_no_time_is_due_at_once():
    made = simulate(
        [case(at=local(24, 9), owner="ann", contact_within="0 business hours", hours=str(OFFICE))],
        Staff(OFFICE, HOUR, ["ann"]),
        local(31),
    )
    assert made.cases[0].contact_due_at == Clock.parse("0 minutes").due(local(24, 9), None)


@pytest.mark.parametrize(
    "given_",
    [
        {"hours": "mon-fri 09:00-17:00"},
        {"hours": None},
        {"handling": 5},
        {"handling": timedelta(0)},
        {"handling": None},
        {"people": "ann"},
        {"people": None},
        {"people": [None]},
        {"people": [["ann"]]},
        {"people": {"ann": 0}},
        {"people": {"ann": True}},
        {"people": {"ann": 1.5}},
        {"people": {5: 1}},
        {"resolving": -HOUR},
        {"resolving": "1 hour"},
    ],
)
def test_what_is_no_staff_is_refused(given_):
    with pytest.raises(InputError):
        Staff(**({"hours": OFFICE, "handling": HOUR, "people": ["ann"]} | given_))


@pytest.mark.parametrize("cases", [None, 5, "x", [None], [opened()], {"a": 1}])
def test_what_are_no_cases_is_refused(cases):
    with pytest.raises(InputError, match="cases_of"):
        simulate(cases, Staff(OFFICE, HOUR, ["ann"]), local(30))


@pytest.mark.parametrize(
    "until",
    [
        None,
        "now",
        datetime(2026, 1, 1),
        datetime(2050, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
    ],
)
def test_an_end_is_a_moment_with_a_zone_within_ten_years(until):
    with pytest.raises(InputError):
        simulate([case(owner="ann")], Staff(OFFICE, HOUR, ["ann"]), until)


@pytest.mark.parametrize("staff", [None, "ann", {"ann": 1}])
def test_staff_is_staff(staff):
    with pytest.raises(InputError, match="staff is made by"):
        simulate([], staff, local(30))
