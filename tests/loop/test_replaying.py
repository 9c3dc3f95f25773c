"""The policies that ran reproduce the log that ran, byte for byte; others tell what they would have done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import npscore as nps
from loops import NOW, UNHAPPY, by_account, care, hours, said
from npscore import Deed, Escalation, History, InputError, Loop, MemoryStore, OpenCase, Owners, Policy, PolicyRule
from npscore.loop.cases import Case
from npscore.service import looping

ESCALATIONS = [Escalation(name="late", after="2 hours", to="lead"), Escalation(name="remind", after="1 hour")]
FULL = by_account(
    escalations=ESCALATIONS,
    close_after="3 hours",
    resurvey_after="5 hours",
    window=timedelta(hours=12),
    deeds=[Deed(do="ask for referral", cooldown=timedelta(hours=30)), Deed(do="thank")],
)
SECOND = care(name="second", opening=OpenCase(owner="bo"), window=timedelta(days=1), close_after="0 minutes")
CUSTOMERS = [
    nps.Customer(id=f"c{number}", attributes={"owner": owner}, known_at=hours(-99))
    for number, owner in enumerate(["ann", "ann", "bo"])
]


def acts():
    """What can happen, hours apart: answers, steps of people, sweeps, corrections, links, exclusions."""
    ratings, people = st.sampled_from([0, 3, 8, 9, 10, None]), st.sampled_from(["c0", "c1", "c2", None])
    answers = st.lists(st.tuples(ratings, people), min_size=1, max_size=4)
    steps = st.tuples(st.integers(0, 9), st.sampled_from(["contacted", "attempted", "snoozed", "resolved", "reopened"]))
    others = st.sampled_from(["sweep", "correct", "link", "exclude", "imported"])
    return st.lists(st.tuples(st.integers(1, 9), answers | steps | others), min_size=2, max_size=12)


def ran(policies, done, *, sink=True):
    """A loop in which things happened, each some hours after the one before."""
    store, at = MemoryStore(), 0
    store.put(*CUSTOMERS)
    loop = Loop(store, policies, sink=nps.MemorySink() if sink else None)
    for number, (wait, what) in enumerate(done):
        at += wait
        _happens(loop, store, f"x{number}", what, hours(at))
    return loop


def _happens(loop, store, name, what, now):
    match what:
        case "sweep":
            loop.sweep(now)
        case "imported":
            store.put(said(name, 2, "c1", at=now - timedelta(hours=4), known_at=now))
            loop.catch_up(now)
        case "link" | "exclude" | "correct":
            _learn(store, name, what, now)
        case [*answers] if isinstance(what, list):
            loop.receive([said(f"{name}.{n}", rating, who, at=now) for n, (rating, who) in enumerate(answers)], now)
        case (place, step):
            cases = loop.cases()
            if cases:
                _step(loop, cases[place % len(cases)], step, now)


def _step(loop, case, step, now):
    try:
        loop.step(case.next(step, now, actor="mo", details={"root_cause": "price"}), now)
    except nps.TransitionError:
        return


def _learn(store, name, what, now):
    answer = next(store.find(nps.Response), None)
    if what == "link":
        fields = {"customer_id": "c0", "same_as": "c1", "rule": "e-mail"}
        store.put(nps.IdentityLink(id=name, **fields, decided_at=now, actor="mo", known_at=now))
    elif answer is not None and what == "correct":
        store.put(answer.model_copy(update={"rating": 10, "known_at": now}))
    elif answer is not None:
        fields = {"response_id": answer.id, "reason": "internal", "actor": "mo"}
        store.put(nps.Exclusion(id=name, **fields, decided_at=now, known_at=now))


@settings(max_examples=100, deadline=None)
@given(acts(), st.sampled_from([[FULL], [SECOND], [FULL, SECOND]]), st.sampled_from([1, 2, 500]))
def test_the_policies_that_ran_reproduce_the_log_byte_for_byte(done, policies, batch):
    looping.BATCH, before = batch, looping.BATCH
    try:
        history = ran(policies, done).history()
    finally:
        looping.BATCH = before
    made = nps.replay(policies, history)
    assert made.unlike(history.follow_ups) == []
    assert made.unapplied == ()
    assert [step.to_json() for step in made.log] == [
        step.to_json() for step in sorted(history.follow_ups, key=lambda step: step.key)
    ]
    assert nps.replay(policies, made_again(history)).log == made.log


def made_again(history):
    """The same records in another order."""
    return History(reversed([record for kind in history._kinds.values() for record in kind]))


@settings(max_examples=25, deadline=None)
@given(acts())
def test_policies_that_never_ran_decide_once_on_each_answer_and_keep_to_their_cap(done):
    history = ran(SECOND, done).history()
    made = nps.replay(FULL, history)
    answers = {step.response_id for step in history.follow_ups if step.step == "decided"}
    assert sum(made.outcomes.values()) == len({step.response_id for step in made.log if step.step == "decided"})
    assert answers <= {step.response_id for step in made.log if step.step == "decided"}
    assert made.unapplied == ()
    by_time = {step.step for step in made.log if "because" not in step.details}
    assert not by_time & {"escalated", "closed", "re-surveyed"}
    for row in made.per_owner_and_day():
        assert row["cases"] <= 1 or row["owner"] is None


def test_a_change_of_one_byte_in_the_log_is_found():
    history = ran(FULL, [(1, [(3, "c0")]), (1, "sweep")]).history()
    made = nps.replay(FULL, history)
    first, *rest = history.follow_ups
    changed = first.model_copy(update={"note": "another"})
    assert made.unlike([changed, *rest]) == [first.key]
    assert made.unlike(rest) == [first.key]
    assert made.unlike([*history.follow_ups, changed.model_copy(update={"policy": "else", "log": "x"})]) == []


def test_differences_come_with_the_reasons_of_both():
    answers = [said("r3", 3), said("r8", 8, "c2"), said("r9", 9, "c3")]
    strict = Policy(
        name="strict", rules=[PolicyRule("not happy", 'category != "promoter"', OpenCase(priority="high", owner="bo"))]
    )
    here, there = nps.replay(strict, answers), nps.replay(care(opening=OpenCase(owner="bo")), answers)
    found = {one.response_id: one for one in here.differences(there)}
    assert list(found) == ["r3", "r8", "r9"]
    assert found["r3"].here == "case opened: priority high, owner bo"
    assert found["r3"].there == "case opened: priority normal, owner bo"
    assert (found["r8"].there, found["r9"].here, found["r9"].there) == ("nothing", "nothing", "thank")
    assert 'not happy: fired, for category is "passive".' in found["r8"].because_here
    assert "No rule fired" in found["r8"].because_there
    assert here.differences(here) == []


def test_the_same_policy_under_another_name_treats_nobody_differently():
    answers = [said(f"r{rating}", rating, f"c{rating}") for rating in range(11)]
    assert nps.replay(care(), answers).differences(nps.replay(care(name="other"), answers)) == []


def test_cases_beyond_the_cap_get_their_owner_on_the_next_days():
    answers = [said(f"r{number}", 2, f"c{number}") for number in range(3)]
    policy = care(opening=OpenCase(owner="ann"), owners=Owners(per_day=1))
    made = nps.replay(policy, answers)
    days = [NOW.date() + timedelta(days=number) for number in range(3)]
    assert made.per_owner_and_day() == [{"owner": "ann", "day": day, "cases": 1} for day in days]
    moments = sorted(case.steps[-1].done_at for case in made.cases)
    assert [moment.hour for moment in moments] == [16, 0, 0]


def test_days_are_those_of_the_zone():
    made = nps.replay(care(), [said()])
    assert made.per_owner_and_day("Asia/Tokyo") == [{"owner": "ann", "day": date(2026, 11, 21), "cases": 1}]
    nobody = nps.replay(care(opening=OpenCase()), [said()])
    assert nobody.per_owner_and_day() == [{"owner": None, "day": NOW.date(), "cases": 1}]


def test_steps_that_its_cases_cannot_take_are_told():
    loop = ran(care(), [(1, [(3, "c0")])], sink=False)
    (case,) = loop.cases()
    kept = loop.step(case.next("contacted", hours(2), actor="mo"), hours(2))
    never = Policy(name="care", rules=[PolicyRule("nobody", "rating = 99", OpenCase())])
    made = nps.replay(never, loop.history())
    assert made.unapplied == (kept,)
    assert made.cases == []


def test_people_keep_their_steps_where_the_case_is_still_there():
    loop = ran(care(), [(1, [(3, "c0")])], sink=False)
    (case,) = loop.cases()
    loop.step(case.next("contacted", hours(2), actor="mo"), hours(2))
    made = nps.replay(care(opening=OpenCase(priority="urgent")), loop.history())
    assert [(one.state, one.priority) for one in made.cases] == [("contacted", "urgent")]
    assert made.unapplied == ()


RENAMED = care(name="renamed", deeds=[Deed(do="ask for referral")])


def test_a_policy_that_never_ran_takes_over_what_people_did_for_the_same_answer():
    old = care(name="old", deeds=RENAMED.rules[1].deeds)
    done = [(1, [(3, "c0")]), (1, (0, "contacted")), (1, (0, "resolved")), (9, [(9, "c0"), (2, "c2")]), (1, "sweep")]
    history = ran(old, done).history()
    here, there = nps.replay(RENAMED, history), nps.replay(old, history)
    assert here.differences(there) == []
    assert [(one.state, one.root_cause) for one in here.cases] == [("resolved", "price"), ("open", None)]
    assert {step.policy for step in here.log} == {"renamed"}
    assert here.unapplied == ()
    both = nps.replay([old, RENAMED], history)
    assert [one.state for one in both.cases if one.policy == "old"] == ["resolved", "open"]
    assert [one.state for one in both.cases if one.policy == "renamed"] == ["resolved", "open"]
    assert both.unapplied == ()
    assert there.unlike(history.follow_ups) == []


def test_what_people_did_where_a_policy_that_never_ran_opens_no_case_is_told():
    history = ran(care(), [(1, [(3, "c0"), (5, "c2")]), (1, (0, "contacted")), (1, (1, "contacted"))]).history()
    furious = Policy(name="furious", rules=[PolicyRule("all", "rating <= 3", OpenCase(owner="ann"))])
    made = nps.replay(furious, history)
    assert [one.state for one in made.cases] == ["contacted"]
    assert [(step.policy, step.step) for step in made.unapplied] == [("care", "contacted")]


def test_a_policy_that_ran_does_not_take_over_what_people_did_under_another():
    loop = ran([care(), SECOND], [(1, [(3, "c0")])], sink=False)
    case = next(one for one in loop.cases() if one.policy == "second")
    loop.step(case.next("contacted", hours(2), actor="mo"), hours(2))
    made = nps.replay(care(), loop.history())
    assert ([one.state for one in made.cases], made.unapplied) == (["open"], ())


def test_who_is_served_first_in_a_sweep_is_served_first_in_the_replay():
    rules = [
        PolicyRule("furious", "rating <= 1", OpenCase(priority="urgent")),
        PolicyRule("unhappy", UNHAPPY, OpenCase()),
    ]
    late = Escalation(name="late", after="1 hour", to="lead")
    policy = Policy(name="care", rules=rules, owners=Owners(fallback="ann", per_day=1), escalations=[late])
    for number in range(6):  # whatever the ids of the cases are
        loop = Loop(MemoryStore(), policy)
        rated = enumerate([3, 3, 3, 0])
        loop.receive([said(f"r{n}", rating, f"c{number}-{n}", at=hours(n - 5)) for n, rating in rated], NOW)
        loop.sweep(hours(24))
        history = loop.history()
        assert nps.replay(policy, history).unlike(history.follow_ups) == []


def test_a_receipt_between_two_answers_of_one_moment_keeps_its_place():
    loop = Loop(MemoryStore(), care(), sink=nps.MemorySink())
    for name in ("r1", "r2"):
        loop.receive([said(name)], NOW)
    history = loop.history()
    assert [step.step for step in history.follow_ups if step.step != "decided"] == [
        "opened", "receipted", "assigned", "receipted",
    ]  # fmt: skip
    assert nps.replay(care(), history).unlike(history.follow_ups) == []


@pytest.mark.parametrize("in_one_call", [True, False])
def test_an_answer_that_came_again_from_a_clock_ahead_and_said_nothing_new_is_replayed_as_it_ran(in_one_call):
    store, again = MemoryStore(), said(known_at=hours(2))
    loop = Loop(store, care())
    if not in_one_call:
        store.put(said())
    loop.receive([said(), again] if in_one_call else [again], hours(1))
    assert len(list(store.versions(nps.Response))) == 1
    history = loop.history()
    assert nps.replay(care(), history).unlike(history.follow_ups) == []


def test_a_receipt_of_what_these_policies_do_not_ask_for_is_told():
    history = ran(care(), [(1, [(9, "c0")])]).history()
    (receipt,) = [step for step in history.follow_ups if step.step == "receipted"]
    made = nps.replay(care(deeds=[Deed(do="ask for review")]), history)
    assert (made.unapplied, [step.step for step in made.log]) == ((receipt,), ["decided"])


def test_sweeps_of_promises_that_were_changed_in_between_are_not_repeated():
    before = care(opening=OpenCase(owner="ann"), escalations=ESCALATIONS)
    loop = ran(before, [(1, [(3, "c0")]), (4, "sweep")])
    assert len([step for step in loop.history().follow_ups if step.step == "escalated"]) == 2
    changed = care(opening=OpenCase(owner="bo"), escalations=ESCALATIONS)
    Loop(loop._store, changed).receive([said("r2", customer="c1", at=hours(6))], hours(6))
    made = nps.replay(changed, loop.history())
    assert [case.owner for case in made.cases] == ["bo", "bo"]
    assert [step for step in made.log if step.step == "escalated"] == []


def test_a_case_counts_for_the_owner_and_the_day_to_whom_it_was_given_first():
    loop = ran(care(), [(1, [(3, "c0")])], sink=False)
    (case,) = loop.cases()
    loop.step(case.next("assigned", hours(30), actor="mo", details={"owner": "bo"}), hours(30))
    rows = nps.replay(care(), loop.history()).per_owner_and_day()
    assert rows == [{"owner": "ann", "day": hours(1).date(), "cases": 1}]


def test_nothing_that_was_known_later_is_seen():
    rule = PolicyRule("big", f'{UNHAPPY} and customer.size = "big"', OpenCase())
    policy = Policy(name="sizes", rules=[rule])
    store = MemoryStore()
    loop = Loop(store, policy)
    loop.receive([said()], NOW)
    store.put(nps.Customer(id="c1", attributes={"size": "big"}, known_at=hours(1)))
    assert nps.replay(policy, loop.history()).outcomes == {"nothing": 1}
    undecided = [said(), *store.find(nps.Customer)]
    assert nps.replay(policy, undecided).outcomes == {"case opened": 1}


def test_what_is_left_of_erased_people_is_passed_over():
    loop = ran(care(), [(1, [(3, "c0"), (9, "c1")])])
    loop._store.erase("c0")
    history = loop.history()
    made = nps.replay(care(), history)
    assert made.unlike(history.follow_ups) == []
    assert made.outcomes == {"deeds": 1}


def test_of_nothing_nothing_is_made():
    made = nps.replay(care(), [])
    assert (made.log, made.cases, made.outcomes, made.per_owner_and_day()) == ((), [], {}, [])
    assert nps.replay([], [said()]).log == ()


@pytest.mark.parametrize("wrong", [None, 5, "x", [5], [None], object(), Case, {"a": 1}])
def test_what_is_of_another_kind_is_refused(wrong):
    made = nps.replay(care(), [said()])
    for call in (
        lambda: nps.replay(wrong, [said()]),
        lambda: nps.replay(care(), wrong),
        lambda: made.differences(wrong),
        lambda: made.unlike(wrong),
        lambda: made.per_owner_and_day(wrong or 5),
        lambda: History(wrong),
    ):
        with pytest.raises(InputError):
            call()
