"""Cases are worked out of their logs: clocks that pause and begin again, and logs that no case could have."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs import START, case, hour, opened
from npscore.errors import InputError, TransitionError
from npscore.loop.cases import Case, cases_of, is_finished
from npscore.loop.clocks import Clock
from npscore.models import FollowUp

HOURS = timedelta(hours=1)
PROMISED = {"contact_within": "24 hours", "resolve_within": "72 hours"}
SAID = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False)
SAID |= st.sampled_from(["", "x", "24 business hours", "9999999 weeks", "2026-13-01", "0001-01-01T00:00:00+23:59"])
SAID |= st.sampled_from(["2026-12-01", "mon-fri 09:00-17:00 UTC", "mon-fri 09:00-17:00 UTC/..", "urgent", "1 hour"])
NAMES = "priority owner rating contact_within resolve_within hours closed_days root_cause until to do resurvey_after"
TOLD = st.dictionaries(st.sampled_from(NAMES.split()), SAID, max_size=8)


def test_a_snooze_pauses_both_clocks_until_its_end():
    paused = case(("snoozed", 10, {"until": hour(15).isoformat()}), **PROMISED)
    assert (paused.contact.due_at, paused.resolution.due_at) == (hour(29), hour(77))
    assert paused.contact.reading(hour(12)) == "paused"
    assert paused.contact.reading(hour(15)) == "running"


def test_a_snooze_without_an_end_pauses_until_somebody_does_something():
    paused = case(("snoozed", 10), **PROMISED)
    assert paused.contact.due_at is None
    assert paused.contact.reading(hour(10_000)) == "paused"
    resumed = Case.of([*paused.steps, paused.next("contacted", hour(50))])
    assert resumed.contact.reading(hour(60)) == "met"
    assert resumed.resolution.due_at == hour(72 + 40)


def test_a_step_that_leaves_the_case_asleep_does_not_end_the_pause():
    paused = case(("snoozed", 10), ("attempted", 11), ("assigned", 12), ("escalated", 13), **PROMISED)
    assert (paused.state, paused.contact.due_at) == ("snoozed", None)


def test_a_second_snooze_takes_the_place_of_the_first():
    again = case(
        ("snoozed", 10, {"until": hour(30).isoformat()}), ("snoozed", 12, {"until": hour(14).isoformat()}), **PROMISED
    )
    assert again.contact.due_at == hour(28)


def test_a_snooze_that_ends_before_it_begins_pauses_nothing():
    assert case(("snoozed", 10, {"until": hour(5).isoformat()}), **PROMISED).contact.due_at == hour(24)


def test_a_clock_that_ran_out_is_not_saved_by_a_snooze():
    assert case(("snoozed", 25), **PROMISED).contact.reading(hour(26)) == "missed"


def test_opening_again_begins_both_clocks_anew():
    again = case(("contacted", 1), ("resolved", 2), ("reopened", 100), **PROMISED)
    assert (again.resolution.since, again.resolution.due_at, again.resolution.met_at) == (hour(100), hour(172), None)
    assert (again.contact.since, again.contact.due_at, again.contact.met_at) == (hour(100), hour(124), None)
    done = Case.of([*again.steps, again.next("resolved", hour(173), details={"root_cause": "price"})])
    assert done.resolution.reading(hour(999)) == "met late"


def test_pauses_before_the_case_was_opened_again_do_not_count():
    again = case(("snoozed", 1), ("resolved", 5), ("reopened", 10), **PROMISED)
    assert again.resolution.due_at == hour(82)


def test_the_clock_of_the_contact_is_met_by_the_first_contact_and_by_no_attempt():
    tried = case(("attempted", 2), **PROMISED)
    assert tried.contact.met_at is None
    assert case(("attempted", 2), ("contacted", 5), ("contacted", 9), **PROMISED).contact.met_at == hour(5)


def test_to_the_minute_in_time_is_in_time():
    assert case(("contacted", 24), **PROMISED).contact.reading(hour(99)) == "met"
    late = case(("contacted", hour(24) + timedelta(minutes=1)), **PROMISED)
    assert late.contact.reading(hour(99)) == "met late"
    assert case(**PROMISED).contact.reading(hour(24)) == "running"


def test_business_hours_of_a_case_are_those_of_its_log():
    friday = datetime(2026, 12, 18, 17, 30, tzinfo=ZoneInfo("Europe/Paris"))
    made = case(
        at=friday,
        contact_within="24 business hours",
        hours="mon-fri 09:00-17:00 Europe/Paris",
        closed_days="2026-12-22",
    )
    assert made.contact.due_at == datetime(2026, 12, 24, 17, tzinfo=ZoneInfo("Europe/Paris"))
    assert made.hours.closed == {date(2026, 12, 22)}


def test_time_between_is_from_the_first_entry_to_the_next():
    walked = case(("contacted", 3), ("snoozed", 4), ("contacted", 10), ("resolved", 12), ("reopened", 20))
    assert walked.time_between("open", "contacted") == 3 * HOURS
    assert walked.time_between("contacted", "resolved") == 9 * HOURS
    assert walked.time_between("snoozed", "contacted") == 6 * HOURS
    assert walked.time_between("contacted", "open") == 17 * HOURS
    assert walked.time_between("open", "open") == 20 * HOURS
    assert walked.time_between("resolved", "closed") is None
    assert walked.time_between("closed", "open") is None


def test_time_between_counts_business_hours_where_it_is_asked_to():
    weekend = case(("contacted", 24 * 7), hours="mon-fri 09:00-17:00 UTC")
    assert weekend.time_between("open", "contacted", clock=Clock.parse("1 business hour")) == 40 * HOURS


def test_steps_at_one_moment_keep_their_order():
    quick = case(("contacted", 0), ("resolved", 0))
    assert quick.time_between("open", "resolved") == timedelta(0)
    assert quick.time_between("contacted", "open") is None


@pytest.mark.parametrize("state", ["gone", None, 5, [], float("nan")])
def test_a_state_that_there_is_not_is_refused(state):
    for call in (case().entered, lambda one: case().time_between(one, "open")):
        with pytest.raises(InputError, match="is not known"):
            call(state)
    with pytest.raises(InputError, match="is not known"):
        case().time_between("open", state)


def test_the_last_word_on_owner_and_priority_counts():
    handed = case(
        ("assigned", 1, {"owner": "bo"}), ("escalated", 2, {"priority": "urgent"}), owner="ann", priority="high"
    )
    assert (handed.owner, handed.priority) == ("bo", "urgent")
    kept = case(("escalated", 2, {"owner": None, "priority": None}), owner="ann", priority="high")
    assert (kept.owner, kept.priority) == ("ann", "high")


def test_a_receipt_says_nothing_of_the_priority():
    assert case(("receipted", 1, {"action": "x", "priority": "P1"}), priority="high").priority == "high"


@settings(max_examples=300, deadline=None)
@given(TOLD, st.lists(TOLD, max_size=4), st.data())
def test_a_hostile_log_gives_a_case_or_an_error_of_ours(first, others, data):
    steps = [opened(**first)]
    for number, details in enumerate(others, 1):
        step = data.draw(st.sampled_from(["snoozed", "assigned", "resolved", "escalated", "reopened", "closed"]))
        log, sequence = data.draw(
            st.sampled_from([("case-1", number)] * 9 + [("case-2", number), ("case-1", number + 1)])
        )
        steps.append(
            FollowUp(log=log, sequence=sequence, step=step, done_at=hour(number), known_at=START, details=details)
        )
    assert is_finished(steps) in (True, False)
    for ask in (
        lambda: cases_of(steps),
        lambda: Case.of(steps).contact.due_at,
        lambda: Case.of(steps).resolution.reading(hour(5)),
        lambda: Case.of(steps).priority,
        lambda: Case.of(steps).owner,
        lambda: Case.of(steps).root_cause,
        lambda: Case.of(steps).hours,
    ):
        try:
            ask()
        except InputError:
            pass
        except AttributeError as error:  # a clock that was not promised is None
            assert "NoneType" in str(error) and error.name in ("due_at", "reading")  # noqa: PT018


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (None, "made of follow-ups"),
        ("log", "made of follow-ups"),
        ({"a": 1}, "made of follow-ups"),
        ([None], "None is none"),
        ([0], "0 is none"),
        ([opened(), "x"], "is none"),
        ([], "at least one step"),
        ([opened(), opened("case-2")], "several logs"),
        ([opened(), opened()], "no step 1"),
        ([case(("contacted", 1)).steps[1]], "no step 0"),
    ],
)
def test_what_is_no_log_is_refused(steps, says):
    with pytest.raises(InputError, match=says):
        Case.of(steps)


@pytest.mark.parametrize("steps", [None, 5, "log", [None], ["x"], [opened(), 5]])
def test_what_are_no_follow_ups_have_no_cases(steps):
    with pytest.raises(InputError, match="made of follow-ups"):
        cases_of(steps)


def test_cases_come_in_the_order_in_which_they_were_opened():
    steps = [opened("b", at=hour(1)), opened("c", at=hour(0)), opened("a", at=hour(1))]
    assert [made.id for made in cases_of(steps)] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("step", "details", "says"),
    [
        ("resolved", None, "root_cause"),
        ("resolved", {"root_cause": " "}, "root_cause"),
        ("assigned", {}, "owner"),
        ("assigned", {"owner": 5}, "owner"),
        ("assigned", [1], "mapping"),
        ("assigned", "", "mapping"),
        ("snoozed", {"until": "tomorrow"}, "tomorrow"),
        ("snoozed", {"until": "2026-12-01"}, "2026-12-01"),
        ("snoozed", {"until": 5}, "5"),
        ("snoozed", {"until": datetime(2026, 12, 1, tzinfo=UTC)}, "snoozed until"),
        ("escalated", {"priority": "P1"}, "priority"),
        ("contacted", {"x": object()}, "details"),
        ("contacted", {5: "x"}, "details"),
        ("dropped", None, "step"),
        (None, None, "step"),
        ([], None, "step"),
    ],
)
def test_a_step_without_what_it_has_to_say_is_refused(step, details, says):
    with pytest.raises(InputError, match=says):
        case().next(step, hour(1), details=details)


@pytest.mark.parametrize("now", [None, "now", 5, datetime(2026, 1, 1)])
def test_a_step_needs_a_moment(now):
    with pytest.raises(InputError, match="zone"):
        case().next("contacted", now)


def test_a_step_carries_whom_and_what_it_is_about():
    step = case().next("contacted", hour(1), actor="ann", note="angry")
    assert (step.log, step.sequence, step.customer_id, step.response_id, step.policy) == (
        "case-1",
        1,
        "c1",
        "r1",
        "care",
    )


def test_a_case_is_finished_when_it_is_closed_and_nothing_is_owed():
    closed = case(("contacted", 1), ("resolved", 2), ("closed", 3))
    assert is_finished(closed.steps)
    assert not is_finished(case(("contacted", 1), ("resolved", 2)).steps)
    assert not is_finished(case(("resolved", 2), ("closed", 3), owner="ann").steps)
    assert not is_finished(case(("resolved", 2), ("closed", 3), resurvey_after="30 days").steps)


def test_a_log_that_no_case_could_have_is_not_finished():
    made = case(("contacted", 1), ("resolved", 2), ("closed", 3))
    assert not is_finished(made.steps[1:])
    assert not is_finished([made.steps[0], made.steps[1].model_copy(update={"step": "closed"})])


def test_what_is_left_of_erased_people_is_finished():
    assert is_finished([opened("erased-1")])


def test_a_log_is_a_case_in_any_order():
    walked = case(("contacted", 3), ("resolved", 4))
    assert Case.of(reversed(walked.steps)) == walked
    with pytest.raises(TransitionError):
        Case.of([walked.steps[0], walked.steps[2].model_copy(update={"sequence": 1, "step": "closed"})])
