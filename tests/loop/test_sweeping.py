"""What time alone does to a case happens once, in order, and again only after the case was opened again."""

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs import case, hour, opened
from loops import care
from npscore import BusinessHours, Clock, Escalation, InputError, Owners
from npscore.loop.actions import actions_of
from npscore.loop.cases import Case
from npscore.loop.sweeping import due_moments, due_steps, waits_for

LATE = Escalation(name="late", after="2 hours", to="lead")
LATER = Escalation(name="later", after="4 hours", to="boss", owner="boss", priority="urgent")
REMIND = Escalation(name="remind", after="1 hour")
SLOW = Escalation(name="slow", clock="resolve", after="3 hours", to="lead")
ALL = care(escalations=[REMIND, LATE, SLOW, LATER], close_after="2 days", resurvey_after="30 days")


def swept(policy, made, now, given=None):
    """The case after a sweep, and the names of what was done."""
    steps = due_steps(policy, made, now, given or {})
    return Case.of([*made.steps, *steps]), [step.details.get("escalation", step.step) for step in steps]


def take(made, step, at, **details):
    return Case.of([*made.steps, made.next(step, at, details=details)])


def test_escalations_come_in_their_order_each_once():
    made, done = swept(ALL, case(owner="ann"), hour(1))
    assert done == ["remind"]
    made, done = swept(ALL, made, hour(5))
    assert done == ["late", "slow", "later"]
    assert (made.owner, made.priority) == ("boss", "urgent")
    assert swept(ALL, made, hour(500))[1] == []


def test_an_escalation_is_due_with_the_last_moment_of_its_clock():
    policy = care(escalations=[LATE])
    assert swept(policy, case(), hour(2) - timedelta(microseconds=1))[1] == []
    assert swept(policy, case(), hour(2))[1] == ["late"]


def test_who_reached_the_customer_is_left_alone_until_the_resolution_is_late():
    made = take(case(owner="ann"), "contacted", hour(0.5))
    assert swept(ALL, made, hour(9))[1] == ["slow"]
    assert swept(ALL, take(made, "resolved", hour(1), root_cause="price"), hour(9))[1] == []


def test_a_case_opened_again_can_be_escalated_again():
    made, _ = swept(ALL, case(owner="ann"), hour(5))
    made = take(take(made, "resolved", hour(6), root_cause="price"), "reopened", hour(10))
    made, done = swept(ALL, made, hour(13))
    assert done == ["remind", "late", "slow"]  # nobody has reached them again for three hours
    made, done = swept(ALL, made, hour(14))
    assert done == ["later"]
    assert swept(ALL, made, hour(14))[1] == []


def test_a_reminder_goes_to_the_owner_and_an_escalation_to_who_is_named():
    made, _ = swept(ALL, case(owner="ann"), hour(2))
    told = [(action.do, action.to) for action in actions_of(made.steps)]
    assert told == [("contact", "ann"), ("remind", "ann"), ("escalate", "lead")]
    own, _ = swept(ALL, case(owner="lead"), hour(2))
    assert [(action.do, action.to) for action in actions_of(own.steps)][1:] == [("remind", "lead"), ("remind", "lead")]


def test_a_reminder_waits_until_somebody_has_the_case():
    policy = care(escalations=[REMIND], owners=Owners(per_day=1))
    made, done = swept(policy, case(waits_for="ann"), hour(5), {"ann": 1})
    assert (done, due_moments(policy, made)) == ([], [])
    made, done = swept(policy, made, hour(24))
    assert done == ["assigned", "remind"]
    assert [(action.do, action.to) for action in actions_of(made.steps)] == [("contact", "ann"), ("remind", "ann")]
    assert swept(policy, made, hour(48))[1] == []


def test_the_priority_of_a_case_of_nobody_is_raised_all_the_same():
    made, done = swept(care(escalations=[attrs.evolve(REMIND, priority="urgent")]), case(), hour(1))
    assert (done, made.priority, actions_of(made.steps)) == (["remind"], "urgent", ())


WAITS = Escalation(name="waits", clock="snooze", after="3 hours")


def test_a_snooze_without_an_end_is_not_forgotten():
    made = take(case(owner="ann"), "snoozed", hour(1))
    assert due_moments(care(escalations=[WAITS]), made) == [hour(4)]
    assert swept(care(escalations=[WAITS]), made, hour(3.9))[1] == []
    made, done = swept(care(escalations=[WAITS]), made, hour(4))
    assert (done, made.state, swept(care(escalations=[WAITS]), made, hour(400))[1]) == (["waits"], "snoozed", [])
    again = take(made, "snoozed", hour(10), until=hour(20).isoformat())
    assert swept(care(escalations=[WAITS]), again, hour(22))[1] == []
    assert swept(care(escalations=[WAITS]), again, hour(23))[1] == ["waits"]


@pytest.mark.parametrize("step", ["contacted", "resolved"])
def test_a_case_that_is_taken_up_again_waits_for_nobody(step):
    made = take(take(case(owner="ann"), "snoozed", hour(1)), step, hour(2), root_cause="price")
    assert (swept(care(escalations=[WAITS]), made, hour(400))[1], due_moments(care(escalations=[WAITS]), made)) == (
        [],
        [],
    )
    assert swept(care(escalations=[WAITS]), case(owner="ann"), hour(400))[1] == []


def test_only_cases_of_the_priorities_that_it_names_are_escalated():
    policy = care(escalations=[Escalation(name="high", after="1 hour", to="lead", only=["high", "urgent"])])
    assert swept(policy, case(priority="normal"), hour(9))[1] == []
    assert swept(policy, case(priority="high"), hour(9))[1] == ["high"]


def test_a_priority_that_one_escalation_raises_counts_for_the_next():
    policy = care(
        escalations=[
            Escalation(name="urgent only", after="1 hour", to="lead", only=["urgent"]),
            Escalation(name="raise", after="1 hour", priority="urgent"),
        ]
    )
    assert swept(policy, case(owner="ann"), hour(1))[1] == ["raise", "urgent only"]


def test_time_in_which_the_customer_is_waited_for_does_not_count():
    until = hour(11).isoformat()
    made = take(case(owner="ann"), "snoozed", hour(1), until=until)
    policy = care(escalations=[LATE])
    assert due_moments(policy, made) == [hour(12)]
    assert swept(policy, made, hour(11.9))[1] == []
    assert swept(policy, made, hour(12))[1] == ["late"]
    assert due_moments(policy, take(case(), "snoozed", hour(1))) == []


def test_business_hours_are_those_of_the_case_else_of_the_policy():
    office = BusinessHours.parse("mon-fri 09:00-17:00")
    policy = care(escalations=[Escalation(name="late", after="9 business hours", to="lead")], hours=office)
    assert due_moments(policy, case()) == [hour(25)]
    assert due_moments(policy, case(hours="mon-fri 09:00-12:00 UTC")) == [hour(51)]


def test_the_clock_of_a_snooze_runs_in_the_business_hours_of_the_case_else_of_the_policy():
    office = BusinessHours.parse("mon-fri 09:00-17:00")
    policy = care(escalations=[Escalation(name="waits", clock="snooze", after="9 business hours")], hours=office)
    assert due_moments(policy, take(case(owner="ann"), "snoozed", hour(1))) == [hour(26)]
    own = case(hours="mon-fri 09:00-12:00 UTC", owner="ann")
    assert due_moments(policy, take(own, "snoozed", hour(1))) == [hour(73)]


def test_a_case_that_waits_gets_its_owner_as_soon_as_there_is_room():
    policy = care(owners=Owners(per_day=2))
    made = case(waits_for="ann")
    assert waits_for(made) == "ann"
    assert swept(policy, made, hour(24), {"ann": 2})[1] == []
    made, done = swept(policy, made, hour(24), {"ann": 1, "bo": 5})
    assert (done, made.owner, waits_for(made)) == (["assigned"], "ann", None)
    assert [(action.do, action.to) for action in actions_of(made.steps)] == [("contact", "ann")]


def test_a_case_that_is_done_or_has_somebody_waits_for_nobody():
    assert waits_for(take(case(waits_for="ann"), "assigned", hour(1), owner="bo")) is None
    assert waits_for(case(("resolved", 1), waits_for="ann")) is None
    assert waits_for(case()) is None


def test_a_resolved_case_is_closed_and_a_closed_one_asked_about_again():
    made = case(("resolved", 1), owner="ann", resurvey_after="30 days")
    assert due_moments(ALL, made) == [hour(49)]
    assert swept(ALL, made, hour(48.9))[1] == []
    closed, done = swept(ALL, made, hour(49))
    assert done == ["closed"]
    again, done = swept(ALL, closed, hour(49 + 720))
    assert done == ["re-surveyed"]
    assert actions_of(again.steps)[-1].do == "invite back"
    assert (swept(ALL, again, hour(9999))[1], due_moments(ALL, again)) == ([], [])


def test_a_late_sweep_closes_now_and_asks_again_counted_from_then():
    made, done = swept(ALL, case(("resolved", 1), resurvey_after="30 days"), hour(5_000))
    assert done == ["closed"]
    assert due_moments(ALL, made) == [hour(5_720)]


def test_a_policy_that_leaves_closing_to_people_does_nothing():
    assert swept(care(), case(("resolved", 1)), hour(9_999))[1] == []


steps = st.lists(
    st.tuples(
        st.sampled_from(["contacted", "attempted", "snoozed", "resolved", "reopened", "closed"]), st.integers(0, 9)
    ),
    max_size=6,
)


@given(steps, st.integers(0, 3000), st.booleans())
def test_sweeping_again_does_nothing_and_nothing_is_due_before_its_moment(taken, late, waits):
    made, at = case(**({"waits_for": "ann"} if waits else {"owner": "ann"}), resurvey_after="9 days"), 0.0
    for step, wait in taken:
        at += wait
        try:
            made = take(made, step, hour(at), **({"root_cause": "price"} if step == "resolved" else {}))
        except InputError:
            continue
    now = hour(at + late)
    after, _ = swept(ALL, made, now)
    assert swept(ALL, after, now)[1] == []
    ahead = due_moments(ALL, after)
    assert ahead == sorted(ahead)
    assert all(moment > now for moment in ahead)
    if ahead:
        assert swept(ALL, after, ahead[0] - timedelta(microseconds=1))[1] == []
        assert swept(ALL, after, ahead[0])[1] != []
    assert [step.sequence for step in after.steps] == list(range(len(after.steps)))
    assert {step.actor for step in after.steps[len(made.steps) :]} <= {"care"}


@pytest.mark.parametrize("now", [None, 5, "now", hour(0).replace(tzinfo=None)])
def test_a_moment_without_a_zone_is_refused(now):
    with pytest.raises(InputError, match="now"):
        due_steps(ALL, case(), now, {})


def test_what_lies_past_the_calendar_is_told():
    far = Case.of([opened(at=hour(0).replace(year=9998))])
    with pytest.raises(InputError, match="past the end of the calendar"):
        due_steps(care(escalations=[Escalation(name="far", after=Clock.parse("3650 days"), to="mo")]), far, hour(1), {})
