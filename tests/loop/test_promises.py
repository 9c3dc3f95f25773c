"""Promises on the calendar: what nobody can keep is refused, what comes in an odd order is told with an example."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linted import ALL, CASE, DETRACTOR, OFFICE, THANK, policy, refused, unwise
from npscore import BusinessHours
from npscore.hours import public_holidays
from npscore.loop.clocks import Clock
from npscore.loop.linting import lint
from npscore.loop.policies import Escalation, OpenCase, Owners
from npscore.loop.ready import ready_policy


def promising(contact=None, resolve=None, hours=OFFICE, **more):
    case = OpenCase(contact_within=contact, resolve_within=resolve)
    return policy((DETRACTOR, case), (ALL, THANK), hours=hours, **more)


def closed_on(*days, week="mon-fri 09:00-17:00"):
    return BusinessHours.parse(week, closed=days)


def days(first, count):
    return [first + timedelta(days=number) for number in range(count)]


@pytest.mark.parametrize(
    ("case", "hours", "words"),
    [
        (OpenCase(contact_within="8 business hours"), None, "no business hours"),
        (OpenCase(contact_within="0 hours"), None, "nobody can keep"),
        (OpenCase(contact_within="2 days", resolve_within="1 day"), None, "before the first contact"),
        (OpenCase(contact_within="16 business hours", resolve_within="8 business hours"), OFFICE, "before the first"),
        (OpenCase(contact_within="30 business hours", resolve_within="1 day"), OFFICE, "before the first contact"),
        (OpenCase(contact_within="40 business hours"), BusinessHours.parse("mon 09:00-09:01"), "ten years"),
    ],
)
def test_promises_that_nobody_can_keep_are_refused(case, hours, words):
    (found,) = refused(policy((DETRACTOR, case), (ALL, THANK), hours=hours))
    assert found[0] == "rule 1"
    assert words in found[1]


def test_promises_that_may_be_kept_pass():
    for contact, resolve in (("30 hours", "8 business hours"), ("8 hours", "8 hours"), ("8 business hours", "8 hours")):
        case = OpenCase(contact_within=contact, resolve_within=resolve)
        assert not refused(policy((DETRACTOR, case), (ALL, THANK), hours=OFFICE))


def test_hours_closed_for_longer_than_ten_years_are_refused():
    closed = {date(2031, 1, 1) + timedelta(days=day) for day in range(4_000)}
    hours = BusinessHours.parse("mon-fri 09:00-17:00", closed=closed)
    case = OpenCase(contact_within="8 business hours")
    assert "ten years" in refused(policy((DETRACTOR, case), (ALL, THANK), hours=hours))[0][1]


@pytest.mark.parametrize("name", ["close_after", "resurvey_after"])
def test_other_clocks_of_business_hours_need_them_too(name):
    ((rule, message),) = refused(policy((DETRACTOR, CASE), (ALL, THANK), **{name: "8 business hours"}))
    assert rule is None
    assert message.startswith(f"{name} is 8 business hours, and the policy has no business hours")


@pytest.mark.parametrize(
    ("after", "words"),
    [("8 business hours", "no business hours"), ("0 hours", "at once")],
)
def test_an_escalation_comes_some_time(after, words):
    late = [Escalation(name="late", after=after, to="ann")]
    (found,) = refused(policy((DETRACTOR, CASE), (ALL, THANK), escalations=late))
    assert words in found[1]


def test_hours_closed_for_longer_than_ten_years_later_on_are_refused_too():
    hours = closed_on(date(2026, 12, 24), *days(date(2031, 1, 1), 4_000))
    assert "ten years" in refused(promising("8 business hours", hours=hours))[0][1]


NEARLY_SHUT = closed_on(*days(date(2027, 1, 4), 2_200), *days(date(2033, 1, 19), 2_300))  # seven days between


@pytest.mark.parametrize("as_of", [None, date(2026, 12, 1), date(2027, 1, 4), date(2030, 1, 1), date(2033, 1, 18)])
def test_two_long_times_without_an_opening_are_told_together(as_of):
    made = promising("80 business hours", "100 days", hours=NEARLY_SHUT)
    ((rule, message),) = refused(made, as_of=as_of)
    assert rule == "rule 1"
    assert message.startswith("rule 'rule 1' promises contact_within 80 business hours, which take more than ten years")


@pytest.mark.parametrize("first", days(date(2027, 1, 4), 7))
@pytest.mark.parametrize("length", [3_640, 3_654, 3_657])
@pytest.mark.parametrize("work", [16, 24])
def test_at_the_edge_of_ten_years_a_promise_is_told_where_some_moment_is_past_it(first, length, work):
    hours = closed_on(*days(first, length))
    said = refused(promising(f"{work} business hours", "100 days", hours=hours), as_of=date(2026, 12, 15))
    closings = [end for day in days(date(2026, 12, 15), 30) for _, end in hours.spans(day)]
    ahead = [hours.worked(moment, moment + timedelta(days=3_660)) for moment in closings]
    assert ["ten years" in message for _, message in said] == [True] * (min(ahead) < timedelta(hours=work))


def test_a_resolution_that_a_week_end_puts_before_the_contact_is_told_with_an_example():
    made = promising("16 business hours", "2 days")
    assert not refused(made)
    (message,) = unwise(made, as_of=date(2026, 11, 23))
    assert "of a case of Thu 2026-11-26 17:00 UTC the resolution is due on Sat 2026-11-28 17:00 UTC, and" in message
    assert "the first contact only on Mon 2026-11-30 17:00 UTC; count both in business hours or neither." in message


@pytest.mark.parametrize(
    ("contact", "resolve", "closed", "is_told"),
    [
        ("16 business hours", "4 days", [], False),  # Thursday evening to Monday evening
        ("16 business hours", "95 hours", [], True),
        ("16 business hours", "4 days", [date(2026, 12, 25)], True),
        ("16 business hours", "5 days", [date(2026, 12, 25)], False),
        ("16 business hours", "4 days", [date(2020, 12, 25)], False),  # long ago
        ("8 hours", "40 business hours", [], False),
        ("6 days", "40 business hours", [], True),
        ("4 days", "40 business hours", [], False),
        ("8 business hours", "8 hours", [], True),
        ("5 days", "1 day", None, False),  # refused
        ("1 day", "5 days", [], False),
        ("8 business hours", "40 business hours", [], False),
        ("8 business hours", None, [], False),
    ],
)
def test_promises_of_unlike_kinds_are_tried_on_the_calendar(contact, resolve, closed, is_told):
    made = promising(contact, resolve, hours=closed_on(*(closed or ())))
    assert any("count both" in message for message in unwise(made, as_of=date(2026, 11, 23))) == is_told


def test_a_resolution_that_is_always_before_the_contact_is_refused():
    assert "before the first contact" in refused(promising("10 days", "8 business hours"))[0][1]
    assert not refused(promising("60 hours", "8 business hours"))  # a Friday afternoon


HOURS = st.builds(
    lambda week, zone, closed: BusinessHours.parse(week, zone=zone, closed=closed),
    st.sampled_from(["mon-fri 09:00-17:00", "mon-sat 10:00-12:30, mon 14:00-15:00", "sun 00:00-24:00"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
    st.sets(st.dates(date(2026, 3, 2), date(2026, 3, 20)), max_size=4),
)
CLOCKS = st.tuples(
    st.builds(lambda length: Clock(timedelta(hours=length), business=True), st.integers(1, 30)),
    st.builds(lambda length: Clock(timedelta(hours=length)), st.integers(1, 200)),
)


@settings(max_examples=40, deadline=None)
@given(HOURS, CLOCKS, st.booleans(), st.integers(0, 29))
def test_no_moment_is_unlike_what_is_said(hours, clocks, is_contact, offset):
    contact, resolve = clocks if is_contact else clocks[::-1]
    made = lint(promising(contact, resolve, hours=hours), as_of=date(2026, 2, 23))
    start = datetime(2026, 2, 24, tzinfo=UTC) + timedelta(minutes=offset)
    moments = [start + timedelta(minutes=30 * number) for number in range(48 * 28)]
    odd = {contact.due(moment, hours) > resolve.due(moment, hours) for moment in moments}
    said = {one.severity for one in made if "count both" in one.message or "resolution before" in one.message}
    assert odd <= {frozenset(["refused"]): {True}, frozenset(): {False}}.get(frozenset(said), {True, False})


def test_a_contact_after_the_window_is_told():
    made = promising("40 business hours", window=timedelta(days=5), hours=closed_on(week="mon 09:00-10:00"))
    assert any("after the window" in message for message in unwise(made))
    assert lint(promising("8 business hours", window=timedelta(days=5))) == ()
    assert any("after the window" in message for message in unwise(promising("100 days", hours=None, escalations=[])))


def test_hours_without_an_opening_for_more_than_a_month_are_told():
    shut = closed_on(*days(date(2026, 7, 1), 45))
    assert any(
        "no opening from 2026-07-01 to 2026-08-14, 45 days" in message
        for message in unwise(promising("8 business hours", hours=shut))
    )
    mondays = closed_on(*days(date(2026, 1, 5), 365)[::7], week="mon 09:00-17:00")
    assert any("no opening" in message for message in unwise(promising("8 business hours", hours=mondays)))


@pytest.mark.parametrize(
    "hours",
    [
        closed_on(*days(date(2026, 12, 24), 9)),  # over Christmas
        closed_on(*days(date(2026, 7, 1), 31)),
        closed_on(*days(date(2026, 1, 5), 365)[::7]),  # every Monday
        closed_on(*public_holidays("DE", range(2020, 2030))),
        closed_on(date(2026, 1, 1), date(2028, 1, 1)),
        OFFICE,
    ],
)
def test_other_closed_days_pass(hours):
    assert lint(promising("8 business hours", hours=hours)) == ()


def test_hours_that_no_clock_counts_are_not_looked_at():
    shut = closed_on(*days(date(2026, 7, 1), 45))
    assert lint(promising("8 hours", hours=shut), as_of=date(2030, 1, 1)) == ()


@pytest.mark.parametrize(
    ("as_of", "is_told"),
    [
        (None, False),
        (date(2027, 9, 27), False),  # 90 days before the last holiday
        (date(2027, 9, 28), True),
        (datetime(2027, 9, 27, 21, 59, tzinfo=UTC), False),
        (datetime(2027, 9, 27, 22, 0, tzinfo=UTC), True),  # the 28th in Berlin
        (date(2031, 1, 1), True),
    ],
)
def test_closed_days_that_run_out_are_told(as_of, is_told):
    hours = BusinessHours.parse("mon-fri 09:00-17:00", zone="Europe/Berlin", closed=public_holidays("DE", [2026, 2027]))
    told = unwise(promising("8 business hours", hours=hours), as_of=as_of)
    assert [message.startswith("the last closed day of the hours is 2027-12-26") for message in told] == [
        True
    ] * is_told


def test_hours_without_closed_days_have_none_to_run_out():
    for name in ("b2b saas", "retailer", "helpdesk"):
        assert lint(ready_policy(name), as_of=date(2026, 11, 22)) == ()


def late(after, **more):
    return [Escalation(**{"name": "late", "after": after, "to": "ann", **more})]


@pytest.mark.parametrize(
    ("case", "escalations", "words"),
    [
        (CASE, late("6 days"), "should be resolved"),
        (CASE, late("121 business hours"), "should be resolved"),
        (OpenCase(contact_within="8 hours", resolve_within="16 business hours"), late("20 business hours"), "resolved"),
        (CASE, late("4 hours", owner="ann"), "takes the case from its owner"),
        (CASE, late("1 day", clock="resolve", owner="ann"), "rule 'rule 1' gives 5 days"),
        (CASE, late("91 days", clock="resolve"), "longer than the window"),
    ],
)
def test_an_escalation_out_of_its_time_is_told(case, escalations, words):
    made = policy((DETRACTOR, case), (ALL, THANK), hours=OFFICE, escalations=escalations)
    assert not refused(made)
    assert [message for message in unwise(made) if words in message]


@pytest.mark.parametrize(
    "escalations",
    [
        late("48 hours"),
        late("5 days"),
        late("7 days", clock="resolve"),
        late("4 hours"),  # only told
        late("12 hours", owner="ann"),  # half of the time
        late("24 hours", owner="ann"),
        late("24 business hours", owner="ann"),  # may be earlier or later
    ],
)
def test_an_escalation_in_its_time_passes(escalations):
    assert lint(policy((DETRACTOR, CASE), (ALL, THANK), escalations=escalations, hours=OFFICE)) == ()


def test_who_has_the_case_already_takes_it_from_nobody():
    case = OpenCase(contact_within="24 hours", owner="ann")
    made = policy((DETRACTOR, case), (ALL, THANK), escalations=late("4 hours", owner="ann"), owners=Owners())
    assert lint(made) == ()


def test_an_escalation_that_is_in_time_for_some_case_passes():
    slow = OpenCase(contact_within="24 hours", resolve_within="30 days")
    made = policy(("rating < 3", CASE), (DETRACTOR, slow), (ALL, THANK), escalations=late("6 days"))
    assert lint(made) == ()
