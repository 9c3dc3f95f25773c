"""Every answer gets exactly one decision a policy, with its reasons, and the same inputs give the same bytes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

import npscore as nps
from logs import opened as a_case
from loops import HAPPY, NOW, UNHAPPY, care, hours, known, said
from npscore import Deed, InputError, OpenCase, Owners, Policy, PolicyRule, decide
from npscore.loop.actions import EPOCH, case_id, decision_id
from npscore.loop.cases import Case
from npscore.loop.sweeping import due_steps

EVERYTHING = 'category = "detractor" or category is missing or category is not missing'


def outcome(decision):
    return decision.records[0].details["outcome"]


def deeds(decision):
    return [deed["do"] for deed in json.loads(decision.records[0].details.get("do", "[]"))]


def after(log, *decisions):
    return [*log, *(step for decision in decisions for step in decision.records)]


def resolved(log, at):
    (case,) = nps.cases_of(log)
    return [*log, case.next("resolved", at, details={"root_cause": "price"})]


ratings = st.none() | st.integers(0, 10)
policies = st.lists(
    st.sampled_from([
        care(),
        care(name="again", opening=OpenCase(priority="high"), owners=Owners(fallback="bo", per_day=1)),
        care(name="asks", deeds=[Deed(do="ask for review", consent="customer.agreed", cooldown=timedelta(days=9))]),
        Policy(name="all", rules=[PolicyRule("all", EVERYTHING, [OpenCase(), Deed(do="suppress surveys")])]),
        Policy(name="none", rules=[]),
    ]),
    unique_by=lambda policy: policy.name,
)  # fmt: skip


@given(policies, ratings, st.none() | st.just("c1"), st.booleans(), st.sampled_from([None, "it is a trial"]))
def test_the_same_inputs_give_the_same_bytes_and_each_policy_one_decision(found, rating, customer, agreed, against):
    answer = said(rating=rating, customer=customer)
    situation = known(answer, row={"customer.agreed": agreed}, not_counted=against)
    made, again = decide(found, situation, NOW), decide(iter(found), situation, NOW)
    assert [step.to_json() for step in made.records] == [step.to_json() for step in again.records]
    assert [one.to_json() for one in made.actions] == [one.to_json() for one in again.actions]
    assert made.because == again.because
    decided = [step for step in made.records if step.step == "decided"]
    assert [step.key for step in decided] == [(decision_id(policy.name, "r1"), 0) for policy in found]
    for step in made.records:  # copies that nobody checked are what records are
        assert nps.FollowUp.model_validate(step.model_dump()) == step
    if against is not None:
        assert len(decided) == len(made.records)


@given(policies, st.lists(st.tuples(ratings, st.integers(0, 200)), max_size=6))
def test_deciding_again_adds_nothing_and_no_case_is_opened_twice(found, given_answers):
    log = []
    for number, (rating, day) in enumerate(given_answers):
        answer = said(f"r{number}", rating, at=NOW + timedelta(days=day))
        made = decide(found, known(answer, log, row={"customer.agreed": True}), NOW + timedelta(days=day))
        log = after(log, made)
        again = decide(found, known(answer, log, row={"customer.agreed": True}), NOW + timedelta(days=day + 1))
        assert (again.records, again.actions) == ((), ())
        assert len(again.because) == len(found)
    assert len({step.key for step in log}) == len(log)
    nps.cases_of(log)  # each log is one that a case can have


def test_a_decision_names_each_rule_why_not_and_those_not_looked_at():
    rules = [PolicyRule("happy", HAPPY, Deed(do="thank")), PolicyRule("unhappy", UNHAPPY, OpenCase())]
    made = decide(Policy(name="care", rules=[*rules, PolicyRule("rest", HAPPY, Deed(do="thank"))]), known(said()), NOW)
    assert made.because[:3] == (
        'happy: did not fire, for category is "detractor"; it asks for category = "promoter".',
        'unhappy: fired, for category is "detractor".',
        "Not looked at any more: rest.",
    )
    assert made.records[0].note == "\n".join(made.because)


def test_where_no_rule_fires_that_is_said_and_nothing_is_done():
    made = decide(care(), known(said(rating=8)), NOW)
    assert made.because[-1] == "No rule fired, so nothing is done."
    assert (outcome(made), made.actions, len(made.records)) == ("nothing", (), 1)


def test_a_case_is_opened_with_all_that_is_needed_to_read_it_later():
    office = nps.BusinessHours.parse("mon-fri 09:00-17:00", zone="Europe/Paris", closed=[datetime(2026, 12, 25).date()])
    policy = Policy(
        name="care",
        rules=[
            PolicyRule(
                "unhappy",
                UNHAPPY,
                [
                    OpenCase(priority="high", contact_within="4 business hours", resolve_within="9 days", owner="ann"),
                    Deed(do="suppress surveys"),
                ],
            )
        ],
        hours=office,
        resurvey_after="30 days",
    )
    made = decide(policy, known(said()), NOW)
    decision, opening = made.records
    assert outcome(made) == "case opened"
    assert opening.key == (case_id("care", "customer c1", (NOW - EPOCH) // timedelta(days=90)), 0)
    assert decision.details["case"] == opening.log
    assert dict(opening.details) == {
        "rule": "unhappy", "rating": 3, "priority": "high", "owner": "ann", "suppress_surveys": True,
        "answered_at": NOW.isoformat(),
        "contact_within": "4 business hours", "contact_due_at": "2026-11-23T12:00:00+00:00",
        "resolve_within": "9 days", "resolve_due_at": "2026-11-29T16:30:00+00:00",
        "hours": str(office), "closed_days": "2026-12-25", "resurvey_after": "30 days",
    }  # fmt: skip
    assert {(step.actor, step.policy, step.customer_id, step.response_id) for step in made.records} == {
        ("care", "care", "c1", "r1")
    }
    assert [action.do for action in made.actions] == ["contact", "suppress surveys"]
    assert Case.of([opening]).contact.due_at.isoformat() == opening.details["contact_due_at"]


def test_windows_lie_on_the_calendar_and_begin_with_their_first_moment():
    policy = care(window=timedelta(days=1))
    midnight = datetime(2026, 11, 21, tzinfo=NOW.tzinfo)
    moments = [midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=23, minutes=59)]
    logs = [decide(policy, known(said(at=moment)), hours(100)).records[1].log for moment in moments]
    assert logs[0] != logs[1] == logs[2]


def test_an_answer_from_before_1970_has_a_window_too():
    old = datetime(1969, 12, 31, 23, tzinfo=NOW.tzinfo)
    assert outcome(decide(care(), known(said(at=old, known_at=NOW)), NOW)) == "case opened"


def test_another_answer_in_the_window_joins_and_its_owner_is_told():
    first = decide(care(), known(said()), NOW)
    second = decide(care(), known(said("r2", 5, at=hours(1)), first.records), hours(1))
    assert outcome(second) == "case joined"
    assert [(action.do, action.to, action.details["rating"]) for action in second.actions] == [
        ("answered again", "ann", 5)
    ]


def test_a_case_without_an_owner_gets_the_one_that_the_joining_rule_names():
    log = decide(care(opening=OpenCase()), known(said()), NOW).records
    assert "owner" not in log[1].details
    made = decide(care(opening=OpenCase(owner="bo")), known(said("r2", at=hours(1)), log), hours(1))
    assert [(action.do, action.to) for action in made.actions] == [("answered again", "bo")]


def test_an_answer_given_after_that_of_a_resolved_case_opens_it_again_whenever_it_comes():
    log = resolved(decide(care(), known(said()), NOW).records, hours(10))
    older = decide(care(), known(said("r2", at=NOW - timedelta(hours=1)), log), hours(11))
    before = decide(care(), known(said("r3", at=hours(9)), log), hours(11))  # given before the resolution, known after
    assert (outcome(older), len(older.records)) == ("case joined", 1)
    assert outcome(before) == "case reopened"
    assert [step.step for step in before.records] == ["decided", "reopened", "assigned"]
    assert nps.cases_of(after(log, before))[0].is_open


def test_another_answer_makes_the_promises_of_its_rule_anew():
    mild = OpenCase(priority="low", contact_within="120 hours", owner="ann")
    strict = OpenCase(priority="urgent", contact_within="4 hours", owner="bo")
    rules = [
        PolicyRule("furious", "rating <= 1", [strict, Deed(do="suppress surveys")]),
        PolicyRule("unhappy", UNHAPPY, mild),
    ]
    policy = Policy(name="care", rules=rules)
    first = decide(policy, known(said()), NOW)
    again = decide(policy, known(said("r2", rating=0, at=hours(1)), first.records), hours(2))
    (case,) = nps.cases_of(after(list(first.records), again))
    assert (case.owner, case.priority, case.contact.due_at) == ("ann", "urgent", hours(6))
    assert [(action.do, action.details.get("priority")) for action in again.actions] == [
        ("answered again", "urgent"), ("suppress surveys", None),
    ]  # fmt: skip
    met = nps.Case.of([*case.steps, case.next("contacted", hours(3))])
    assert met.contact.reading(hours(9)) == "met"


def test_who_was_contacted_and_answers_again_is_owed_another_contact():
    policy = care(opening=OpenCase(contact_within="4 hours", owner="ann"))
    log = list(decide(policy, known(said()), NOW).records)
    log.append(nps.Case.of(log[1:]).next("contacted", hours(1)))
    again = decide(policy, known(said("r2", at=hours(5)), log), hours(6))
    (case,) = nps.cases_of(after(log, again))
    assert (case.contact.due_at, case.contact.met_at) == (hours(10), None)
    assert case.contact.reading(hours(11)) == "missed"


def test_nobody_keeps_or_gets_a_case_about_themselves():
    owners = nps.Owners(by=["account.owner"], fallback="lead", never=["interaction.agent"])
    late = nps.Escalation(name="late", after="1 hour", to="boss", owner="bo")
    policy = care(opening=OpenCase(contact_within="4 hours"), owners=owners, escalations=[late])
    row = {"account.owner": "ann", "interaction.agent": "bo"}
    first = decide(policy, known(said(), row=row), NOW)
    assert nps.cases_of(first.records)[0].owner == "ann"
    again = decide(policy, known(said("r2"), first.records, row=row | {"interaction.agent": "ann"}), hours(1))
    (case,) = nps.cases_of(after(list(first.records), again))
    assert case.owner == "lead"
    (step,) = due_steps(policy, case, hours(3), {})
    assert (step.step, step.details["to"], "owner" in step.details) == ("escalated", "boss", False)


def test_nothing_is_asked_of_a_customer_for_whom_a_later_policy_opens_a_case():
    ask = Policy(name="ask", rules=[PolicyRule("all", "everything", Deed(do="ask for referral"))])
    made = decide([ask, care()], known(said()), NOW)
    assert [action.do for action in made.actions] == ["contact"] or not made.actions
    assert any("held back, for a case of the customer is open" in line for line in made.because)


@pytest.mark.parametrize("step", ["receipted", "closed"])
def test_a_late_receipt_or_closing_does_not_hide_an_answer_given_before_it(step):
    log = resolved(decide(care(), known(said()), NOW).records, hours(10))
    (case,) = nps.cases_of(log)
    log.append(case.next(step, hours(20), details={"action": f"{case.id}/0"}))
    assert outcome(decide(care(), known(said("r2", at=hours(15)), log), hours(21))) == "case reopened"


def test_a_case_of_the_next_window_follows_the_open_one_and_has_its_owner():
    first = decide(care(), known(said()), NOW)
    late = NOW + timedelta(days=100)
    policy = care(opening=OpenCase(owner="bo"))
    second = decide(policy, known(said("r2", at=late), first.records), late).records[1]
    assert (second.details["owner"], second.details["follows"]) == ("ann", first.records[1].log)


def test_a_case_of_another_policy_and_one_that_is_over_are_not_followed():
    other = decide(care(name="other"), known(said()), NOW).records
    over = resolved(decide(care(), known(said()), NOW).records, hours(1))
    late, policy = NOW + timedelta(days=100), care(opening=OpenCase(owner="bo"))
    for log in (other, over):
        opening = decide(policy, known(said("r2", at=late), log), late).records[1]
        assert (opening.details["owner"], "follows" in opening.details) == ("bo", False)


def test_an_answer_of_the_same_moment_does_not_open_a_resolved_case_again():
    log = resolved(decide(care(), known(said()), NOW).records, hours(10))
    made = decide(care(), known(said("r2"), log), hours(11))
    assert (outcome(made), len(made.records)) == ("case joined", 1)


def test_a_milder_answer_takes_no_priority_away_and_surveys_are_suppressed_once():
    quiet = Deed(do="suppress surveys")
    rules = [
        PolicyRule("furious", "rating <= 1", [OpenCase(priority="urgent", owner="ann"), quiet]),
        PolicyRule("unhappy", UNHAPPY, [OpenCase(priority="low", owner="ann"), quiet]),
    ]
    policy = Policy(name="care", rules=rules)
    first = decide(policy, known(said(rating=0)), NOW)
    second = decide(policy, known(said("r2", 4, at=hours(1)), first.records), hours(1))
    assert nps.cases_of(after(list(first.records), second))[0].priority == "urgent"
    assert [action.do for action in second.actions] == ["answered again"]


def test_an_answer_of_nobody_has_a_case_of_its_own_and_is_not_asked_again():
    policy = care(resurvey_after="9 days")
    made = [decide(policy, known(said(name, customer=None)), NOW) for name in ("r1", "r2")]
    assert made[0].records[1].log != made[1].records[1].log
    assert "resurvey_after" not in made[0].records[1].details


def test_two_policies_each_decide_and_each_have_a_case():
    made = decide([care(), care(name="other")], known(said()), NOW)
    assert [step.step for step in made.records] == ["decided", "opened"] * 2
    assert len({action.id for action in made.actions}) == len(made.actions) == 2


def test_what_one_policy_gives_somebody_counts_for_the_cap_of_the_next():
    owners = Owners(fallback="ann", per_day=1)
    made = decide([care(opening=OpenCase(), owners=owners, name=name) for name in "ab"], known(said()), NOW)
    first, second = (step.details for step in made.records if step.step == "opened")
    assert (first["owner"], second.get("owner"), second["waits_for"]) == ("ann", None, "ann")


def asks(**parts):
    return care(deeds=[Deed(do="ask for referral", **parts), Deed(do="thank")])


def test_asks_are_held_back_while_a_case_is_open_thanks_are_not():
    log = decide(care(), known(said()), NOW).records
    made = decide(asks(), known(said("r2", 9), log), NOW)
    assert deeds(made) == ["thank"]
    assert "ask for referral: held back, for a case of the customer is open." in made.because
    assert deeds(decide(asks(), known(said("r2", 9), resolved(log, hours(1))), hours(2))) == [
        "ask for referral", "thank",
    ]  # fmt: skip


def test_asks_wait_for_a_case_of_another_policy_and_for_one_just_opened():
    every = PolicyRule("all", EVERYTHING, [OpenCase(), Deed(do="ask for referral")])
    opener = Policy(name="opener", rules=[every])
    assert deeds(decide(opener, known(said(rating=9)), NOW)) == []
    made = decide([opener, asks()], known(said(rating=9)), NOW)
    assert [json.loads(step.details["do"]) for step in made.records if "do" in step.details] == [[{"do": "thank"}]]


@pytest.mark.parametrize("agreed", [None, False, 1, "true"])
def test_consent_is_true_and_nothing_else(agreed):
    made = decide(asks(consent="customer.agreed"), known(said(rating=9), row={"customer.agreed": agreed}), NOW)
    assert deeds(made) == ["thank"]
    assert "ask for referral: held back, for customer.agreed is not true." in made.because
    yes = decide(asks(consent="customer.agreed"), known(said(rating=9), row={"customer.agreed": True}), NOW)
    assert deeds(yes) == ["ask for referral", "thank"]


def test_a_cooldown_ends_with_its_last_moment_and_says_how_long_it_is():
    policy = asks(cooldown=timedelta(hours=12))
    log = decide(policy, known(said(rating=9)), NOW).records
    within = decide(policy, known(said("r2", 9), log), hours(12) - timedelta(microseconds=1))
    assert deeds(within) == ["thank"]
    assert any("not again for 12 hours" in line for line in within.because)
    assert deeds(decide(policy, known(said("r2", 9), log), hours(12))) == ["ask for referral", "thank"]


def test_a_cooldown_counts_alike_for_a_clock_that_was_put_back():
    policy = asks(cooldown=timedelta(hours=12))
    log = decide(policy, known(said(rating=9)), NOW).records
    made = [decide(policy, known(said("r2", 9), log), hours(at)) for at in (-11, -12)]
    assert [deeds(one) for one in made] == [["thank"], ["ask for referral", "thank"]]


def test_the_cooldown_of_another_deed_or_policy_does_not_count():
    log = decide(asks(), known(said(rating=9)), NOW).records
    other = care(name="other", deeds=[Deed(do="ask for referral", cooldown=timedelta(days=9))])
    assert deeds(decide(other, known(said("r2", 9), log), NOW)) == ["ask for referral"]
    review = care(deeds=[Deed(do="ask for review", cooldown=timedelta(days=9))])
    assert deeds(decide(review, known(said("r2", 9), log), NOW)) == ["ask for review"]


def test_an_answer_that_does_not_count_gets_a_decision_that_says_why_and_nothing_else():
    made = decide(care(), known(said(), not_counted="it is excluded"), NOW)
    assert made.because == ("The answer does not count: it is excluded.",)
    assert (outcome(made), made.actions) == ("nothing", ())


def test_actions_have_ids_of_the_place_in_the_log():
    opening = decide(care(), known(said()), NOW)
    assert [action.id for action in opening.actions] == [f"{opening.records[1].log}/0"]
    thanks = decide(care(), known(said(rating=9)), NOW)
    assert [action.id for action in thanks.actions] == [f"{decision_id('care', 'r1')}/thank"]


def test_now_is_kept_in_utc():
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    assert [step.to_json() for step in decide(care(), known(said()), tokyo).records] == [
        step.to_json() for step in decide(care(), known(said()), NOW).records
    ]


def test_notes_are_never_longer_than_a_log_keeps():
    rules = [PolicyRule(f"{number} " * 40, HAPPY, Deed(do="thank")) for number in range(1_500)]
    assert len(decide(Policy(name="long", rules=rules), known(said()), NOW).records[0].note) == 100_000


EAST, WEST = (timezone(timedelta(hours=number)) for number in (9, -9))


@pytest.mark.parametrize(
    "now",
    [None, 5, "now", NOW.replace(tzinfo=None), datetime.min.replace(tzinfo=EAST), datetime.max.replace(tzinfo=WEST)],
)
def test_moments_that_no_record_has_are_refused(now):
    with pytest.raises(InputError, match=r"^now "):
        decide(care(), known(said()), now)


@pytest.mark.parametrize("wrong", [None, "care", 5, [5], [None], [care(), care()], object()])
def test_what_is_no_policy_is_refused(wrong):
    with pytest.raises(InputError):
        decide(wrong, known(said()), NOW)


@pytest.mark.parametrize("text", ["rating = 3 or seats = 2", "not (rating = 4 or seats = 2)", "seats = 2"])
def test_a_row_that_lacks_a_column_is_refused_however_the_rule_reads_it(text):
    policy = Policy(name="p", rules=[PolicyRule("r", text, OpenCase())])
    situation = nps.Situation(answer=said(), row={"rating": 3})
    with pytest.raises(nps.InvalidRuleError, match="seats"):
        decide(policy, situation, NOW)


def test_a_log_that_no_case_can_have_holds_nobody_up():
    broken = [a_case("case-1", at=NOW), a_case("case-1", at=NOW).model_copy(update={"sequence": 1})]
    made = decide(care(), nps.Situation(answer=said(), row=known(said()).row, follow_ups=broken), NOW)
    assert [step.step for step in made.records] == ["decided", "opened"]


def test_an_answer_joins_the_case_of_its_window_also_where_nobody_can_read_its_log():
    first = decide(care(), nps.Situation(answer=said(), row=known(said()).row), NOW)
    name = first.records[1].log
    broken = [first.records[1], first.records[1].model_copy(update={"sequence": 1})]
    made = decide(care(), nps.Situation(answer=said(), row=known(said()).row, follow_ups=broken), NOW)
    assert [(step.step, step.details["outcome"], step.details["case"]) for step in made.records] == [
        ("decided", "case joined", name)
    ]
    assert f"The log of the case {name} of this window cannot be read; the answer joins it." in made.because
