"""The loop in a store: nothing is dropped, nothing is done twice, and what is owed to the outside is paid."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

import npscore as nps
from loops import NOW, PlainStore, by_account, care, hours, said
from npscore import (
    ConflictError,
    ConnectorError,
    Escalation,
    InputError,
    Loop,
    MemorySink,
    MemoryStore,
    OpenCase,
    Owners,
    RejectedError,
    TransitionError,
)
from npscore.loop.actions import decision_id
from npscore.service import looping

STORES = pytest.mark.parametrize("make", [MemoryStore, PlainStore])


def a_loop(store, policies=None, sink=None):
    return Loop(store, care() if policies is None else policies, sink=sink)


def one_case(store, sink=None, **parts):
    loop = a_loop(store, care(**parts), sink)
    loop.receive([said()], NOW)
    return loop, loop.cases()[0]


class Rival(MemoryStore):
    """A store into which somebody else writes just before the next write."""

    def __init__(self):
        super().__init__()
        self.before = []

    def put(self, *records):
        if self.before:
            super().put(self.before.pop(0))
        return super().put(*records)


@STORES
def test_answers_are_kept_decided_on_and_sent_once(make):
    sink = MemorySink()
    loop = a_loop(make(), sink=sink)
    answers = [said("r1", 3), said("r2", 9, "c2"), said("r3", 8, "c3"), said("r4", 2, "c1", at=hours(1))]
    made = loop.receive(answers, hours(2))
    assert (made.answers, made.already) == (4, 0)
    assert dict(made.decided) == {"case opened": 1, "case joined": 1, "deeds": 1, "nothing": 1}
    assert (made.sending.sent, made.sending.waiting) == (3, 0)
    again = loop.receive(reversed(answers), hours(3))
    assert (dict(again.decided), again.already, again.sending.sent, len(sink.actions)) == ({}, 4, 0, 3)


@STORES
def test_the_order_in_which_answers_come_does_not_matter(make):
    answers = [said(f"r{number}", 3, f"c{number % 2}", at=hours(number / 7)) for number in range(6)]
    logs = []
    for order in (answers, answers[::-1]):
        loop = a_loop(make())
        loop.receive(order, hours(9))
        logs.append([step.to_json() for step in loop.history().follow_ups])
    assert logs[0] == logs[1]


@STORES
@pytest.mark.parametrize("batch", [1, 2, 500])
def test_imported_answers_are_caught_up_with_as_if_received(make, batch, monkeypatch):
    monkeypatch.setattr(looping, "BATCH", batch)
    answers = [said(f"r{number}", number, f"c{number % 3}", at=hours(-number)) for number in range(8)]
    imported, received = make(), make()
    imported.put(*answers)
    made = a_loop(imported).catch_up(hours(1))
    a_loop(received).receive(answers, hours(1))
    assert made.answers == 8
    logs = [[step.to_json() for step in a_loop(store).history().follow_ups] for store in (imported, received)]
    assert logs[0] == logs[1]
    assert a_loop(imported).catch_up(hours(2)).answers == 0


def test_answers_of_other_batches_whose_clocks_are_ahead_are_in_the_history(monkeypatch):
    rule = nps.PolicyRule("often", "history.responses.9d >= 2", nps.OpenCase(owner="ann"))
    answers = [said(f"r{number}", 3, at=hours(-number), known_at=hours(1)) for number in range(3)]
    logs = []
    for batch in (1, 500):
        monkeypatch.setattr(looping, "BATCH", batch)
        loop = a_loop(MemoryStore(), nps.Policy(name="care", rules=[rule]))
        loop.receive(answers, NOW)
        logs.append([step.to_json() for step in loop.history().follow_ups])
    assert logs[0] == logs[1]


@STORES
def test_only_answers_since_a_moment_are_caught_up_with(make):
    store = make()
    store.put(said("old", at=hours(-9)), said("new", at=NOW))
    assert a_loop(store).catch_up(NOW, since=NOW).answers == 1
    assert [step.response_id for step in a_loop(store).history().follow_ups if step.step == "decided"] == ["new"]


def test_columns_in_which_no_answer_has_a_value_are_told():
    assert a_loop(MemoryStore(), by_account()).receive([said()], NOW).never_seen == ("customer.owner",)
    assert a_loop(MemoryStore(), by_account()).receive([], NOW).never_seen == ()


def test_trials_and_excluded_answers_get_a_decision_and_nothing_else():
    store = MemoryStore()
    store.put(nps.Exclusion(id="x", response_id="r2", reason="internal", decided_at=NOW, actor="mo", known_at=NOW))
    made = a_loop(store).receive([said("r1", test=True), said("r2"), said("r3", 9, metric="csat")], NOW)
    assert dict(made.decided)["nothing"] >= 2
    assert a_loop(store).cases() == []
    assert "it is a trial" in store.get(nps.FollowUp, decision_id("care", "r1"), 0).note
    assert "it is excluded" in store.get(nps.FollowUp, decision_id("care", "r2"), 0).note


def test_what_somebody_else_decided_meanwhile_stands():
    store, other = Rival(), MemoryStore()
    a_loop(other).receive([said()], hours(-1))
    rival = other.get(nps.FollowUp, decision_id("care", "r1"), 0)
    store.before = [rival]
    made = a_loop(store).receive([said()], NOW)
    assert (dict(made.decided), made.already) == ({}, 1)
    assert store.get(nps.FollowUp, *rival.key) == rival


@STORES
def test_a_step_is_kept_once_and_in_utc(make):
    loop, case = one_case(make())
    step = case.next("contacted", hours(1), actor="ann")
    kept = loop.step(step, hours(2).astimezone(timezone(timedelta(hours=9))))
    assert (kept.sequence, kept.known_at.isoformat()) == (1, hours(2).isoformat())
    assert loop.step(step, hours(3)) == kept
    assert len(loop.log(case.id)) == 2


def test_a_step_gets_the_next_place_where_another_one_came_first():
    store = Rival()
    loop, case = one_case(store)
    store.before = [case.next("attempted", hours(1), actor="bo")]
    kept = loop.step(case.next("contacted", hours(1), actor="ann"), hours(1))
    assert (kept.sequence, [step.actor for step in loop.log(case.id)]) == (2, ["care", "bo", "ann"])


def test_a_step_that_cannot_come_after_the_one_that_came_first_is_refused():
    store = Rival()
    loop, case = one_case(store)
    store.before = [case.next("resolved", hours(1), details={"root_cause": "price"})]
    with pytest.raises(TransitionError, match="is resolved and cannot be contacted; it can be assigned, reopened"):
        loop.step(case.next("contacted", hours(1)), hours(1))


def test_wrong_steps_are_refused_and_nothing_is_kept():
    loop, case = one_case(MemoryStore())
    base = case.next("contacted", hours(1))
    wrong = [
        (base.model_copy(update={"step": "closed"}), "it can be"),
        (base.model_copy(update={"step": "decided"}), "nobody but the loop"),
        (base.model_copy(update={"step": "receipted"}), "nobody but the loop"),
        (base.model_copy(update={"log": "case-9"}), "does not exist yet"),
        (base.model_copy(update={"step": "assigned"}), "'owner'"),
        (base.model_copy(update={"step": "resolved"}), "'root_cause'"),
        (case.next("resolved", hours(1), details={"root_cause": "weather"}), "'weather' is no root cause of care"),
    ]
    for step, sentence in wrong:
        with pytest.raises(InputError, match=sentence):
            loop.step(step, hours(1))
    assert len(loop.log(case.id)) == 1


def test_root_causes_are_those_of_the_policy():
    loop, case = one_case(MemoryStore(), root_causes={"weather": ["weather.rain"]})
    kept = loop.step(case.next("resolved", hours(1), details={"root_cause": "weather.rain"}), hours(1))
    assert kept.details["root_cause"] == "weather.rain"


ESCALATED = [Escalation(name="late", after="24 hours", to="lead")]


@STORES
def test_sweeping_does_what_time_asks_for_once(make):
    sink = MemorySink()
    loop, _ = one_case(make(), sink, escalations=ESCALATED)
    assert dict(loop.sweep(hours(23)).steps) == {}
    made = loop.sweep(hours(24))
    assert (dict(made.steps), made.sending.sent, made.logs) == ({"escalated": 1}, 1, 1)
    again = loop.sweep(hours(24))
    assert (dict(again.steps), again.sending.sent) == ({}, 0)
    assert [action.do for action in sink.actions] == ["contact", "escalate"]


@pytest.mark.parametrize(
    ("step", "taken", "did"),
    [("attempted", {"escalated": 1}, ["contact", "escalate"]), ("resolved", {}, [])],
)
def test_a_sweep_goes_on_from_the_log_as_it_is_where_somebody_else_logged_a_step_meanwhile(step, taken, did):
    store, sink = Rival(), MemorySink()
    loop, case = one_case(store, escalations=ESCALATED)  # without a sink, so that its owner is to be told still
    store.before = [case.next(step, hours(23), details={"root_cause": "price"})]
    made = a_loop(store, care(escalations=ESCALATED), sink).sweep(hours(24))
    assert (dict(made.steps), made.sending.sent, made.sending.waiting) == (taken, len(did), 0)
    assert [action.do for action in sink.actions] == did
    assert [one.step for one in loop.log(case.id)][:2] == ["opened", step]
    assert a_loop(store, care(escalations=ESCALATED), sink).sweep(hours(24)).steps == {}


class Contended(MemoryStore):
    """A store in which others are quicker twice, and then a person is gone."""

    leaves = ()

    def put(self, *records):
        if self.leaves:
            name, *self.leaves = self.leaves
            self.erase(name)
            raise ConflictError("others were there")
        return super().put(*records)


def test_a_sweep_does_nothing_for_a_person_who_is_erased_meanwhile():
    store, sink = Contended(), MemorySink()
    one_case(store, escalations=ESCALATED)
    store.leaves = ["nobody", "c1"]
    made = a_loop(store, care(escalations=ESCALATED), sink).sweep(hours(24))
    assert (dict(made.steps), made.orphans, made.sending.sent, sink.actions) == ({}, 0, 0, ())


@STORES
def test_a_sweep_gives_waiting_cases_to_owners_within_their_cap(make):
    store = make()
    store.put(*(nps.Customer(id=f"c{n}", attributes={"owner": "ann"}, known_at=NOW) for n in range(3)))
    loop = a_loop(store, by_account())
    loop.receive([said(f"r{n}", 1, f"c{n}") for n in range(3)], NOW)
    owners = [sum(case.owner == "ann" for case in loop.cases())]
    for day in (0, 1, 1, 2):
        loop.sweep(NOW + timedelta(days=day))
        owners.append(sum(case.owner == "ann" for case in loop.cases()))
    assert owners == [1, 1, 2, 2, 3]


@STORES
def test_broken_logs_are_told_and_do_not_stop_the_others(make):
    store = make()
    loop, case = one_case(store, MemorySink(), escalations=ESCALATED)
    fields = {"done_at": NOW, "known_at": NOW, "policy": "care"}
    store.put(
        nps.FollowUp(log="a", sequence=0, step="decided", details={"do": "{"}, **fields),
        nps.FollowUp(log="b", sequence=1, step="contacted", **fields),
        nps.FollowUp(log="d", sequence=0, step="contacted", **fields),
        *(nps.FollowUp(log="e", sequence=place, step="opened", **fields) for place in range(2)),
    )
    made = loop.sweep(hours(24))
    assert sorted(made.broken) == sorted(loop.report(hours(24)).broken) == ["a", "b", "d", "e"]
    assert (dict(made.steps), made.sending.sent) == ({"escalated": 1}, 1)
    assert [step.step for step in loop.log(case.id)][-2:] == ["escalated", "receipted"]


@STORES
def test_cases_of_policies_that_were_not_given_are_counted_and_left_alone(make):
    store = make()
    one_case(store, escalations=ESCALATED)
    made = a_loop(store, care(name="other")).sweep(hours(99))
    assert (made.orphans, dict(made.steps)) == (1, {})
    loop = a_loop(store)
    for step in ("resolved", "closed"):
        loop.step(loop.cases()[0].next(step, hours(99), details={"root_cause": "price"}), hours(99))
    made = a_loop(store, care(name="other")).sweep(hours(99))
    assert (made.orphans, made.logs) == (0, 1)  # what is closed is no orphan, although its owner was not told yet


def test_a_sink_that_is_away_stops_the_sending_and_everything_stays_owed():
    calls = []

    def away(action):
        calls.append(action.id)
        raise ConnectorError("the server is away")

    store = MemoryStore()
    loop = a_loop(store, sink=MemorySink(away))
    made = loop.receive([said(f"r{number}", 2, f"c{number}") for number in range(3)], NOW)
    assert (len(calls), made.sending.waiting, made.sending.fault) == (1, 3, "the server is away")
    assert loop.report(NOW).owed == 3
    sink = MemorySink()
    later = a_loop(store, sink=sink).sweep(hours(1))
    assert (later.sending.sent, later.sending.waiting, len(sink.actions)) == (3, 0, 3)
    assert a_loop(store, sink=sink).sweep(hours(2)).sending.sent == 0


def test_what_the_sink_will_never_take_is_receipted_as_such_and_the_rest_is_sent():
    def refuse(action):
        if action.customer_id == "c0":
            raise RejectedError("no such person\0" + "x" * 5_000)

    loop = a_loop(MemoryStore(), sink=MemorySink(refuse))
    made = loop.receive([said(f"r{number}", 2, f"c{number}") for number in range(3)], NOW)
    assert (made.sending.sent, made.sending.rejected, made.sending.waiting) == (2, 1, 0)
    (receipt,) = [step for step in loop.history().follow_ups if "rejected" in step.details]
    assert receipt.details["rejected"].startswith("no such person ")
    report = loop.report(NOW)
    assert (report.rejected, report.owed) == (1, 0)
    assert loop.sweep(hours(1)).sending.rejected == 0


@STORES
def test_the_report_proves_that_no_answer_was_dropped(make):
    store = make()
    loop = a_loop(store, [care(), care(name="other")])
    loop.receive([said("r1", 3), said("r2", 9, "c2")], NOW)
    store.put(said("r3", 1, "c3"), said("r1", 9, known_at=hours(1)))
    report = loop.report(hours(2), level=0.9)
    assert (report.answers, report.undecided, sum(report.decided.values())) == (3, 2, 4)
    assert report.corrected == ("r1",)
    assert (report.owed, report.rejected, report.broken) == (4, 0, {})
    store.erase("c2")
    report = loop.report(hours(2))
    assert (report.answers, report.undecided, sum(report.decided.values())) == (2, 2, 2)


def test_cases_that_nobody_has_are_told():
    loop = a_loop(MemoryStore(), by_account())
    loop.receive([said()], NOW)
    assert loop.report(NOW).unassigned == (loop.cases()[0].id,)


@STORES
def test_the_history_replays_to_the_log(make):
    loop, case = one_case(make(), MemorySink(), escalations=ESCALATED)
    loop.sweep(hours(24))
    loop.step(case.next("contacted", hours(25), actor="ann"), hours(25))
    history = loop.history()
    assert nps.replay(care(escalations=ESCALATED), history).unlike(history.follow_ups) == []


@STORES
def test_finished_cases_are_left_out_where_nobody_asks_for_them(make):
    loop, case = one_case(make(), MemorySink(), close_after="0 minutes")
    loop.step(case.next("resolved", hours(1), details={"root_cause": "price"}), hours(1))
    loop.sweep(hours(1))
    assert (len(loop.cases()), loop.cases(finished=False), loop.sweep(hours(2)).logs) == (1, [], 0)


@pytest.mark.parametrize("wrong", [None, 5, "store", object()])
def test_what_is_no_store_policy_or_sink_is_refused(wrong):
    for parts in ((wrong, care()), (MemoryStore(), wrong)):
        with pytest.raises(InputError):
            Loop(*parts)
    if wrong is not None:
        with pytest.raises(InputError, match="sink"):
            Loop(MemoryStore(), care(), sink=wrong)


def test_who_waits_for_a_full_owner_is_served_by_urgency_and_not_by_chance():
    rules = [
        nps.PolicyRule("furious", "rating <= 1", nps.OpenCase(priority="urgent", contact_within="26 hours")),
        nps.PolicyRule("unhappy", 'category = "detractor"', nps.OpenCase(priority="low", contact_within="90 hours")),
    ]
    policy = nps.Policy(name="care", rules=rules, owners=nps.Owners(fallback="ann", per_day=1))
    for number in range(6):  # whatever the ids of the cases are
        loop = Loop(MemoryStore(), policy)
        loop.receive([said(f"r{place}", 3, f"c{number}-{place}", at=hours(-place - 2)) for place in range(6)], NOW)
        loop.receive([said("last", 0, f"c{number}", at=hours(1))], hours(1))
        assert [case.priority for case in loop.cases() if case.owner == "ann"] == ["low"]
        loop.sweep(hours(24))
        assert [case.priority for case in loop.cases() if case.owner == "ann"] == ["low", "urgent"]
        assert loop.sweep(hours(24)).steps == {}


def test_nobody_gets_by_hand_a_case_about_themselves_nor_who_is_none_of_the_people():
    owners = Owners(people=["ann", "bo", "zoe"], fallback="bo", never=["interaction.agent"])
    store = MemoryStore()
    spoken = {"happened_at": hours(-1), "known_at": hours(-1), "attributes": {"agent": "zoe"}}
    store.put(nps.Interaction(id="i1", customer_id="c1", type="call", **spoken))
    loop = Loop(store, care(opening=OpenCase(), owners=owners))
    loop.receive([said(interaction_id="i1")], NOW)
    (case,) = loop.cases()
    for name, sentence in (("zoe", "zoe was rated"), ("ghost", "'ghost' is none of the people of care")):
        with pytest.raises(InputError, match=sentence):
            loop.step(case.next("assigned", hours(1), details={"owner": name}), hours(1))
    assert loop.step(case.next("assigned", hours(1), details={"owner": "ann"}), hours(1)).details["owner"] == "ann"


def test_a_snooze_that_has_ended_is_refused():
    loop, case = one_case(MemoryStore())
    ended = case.next("snoozed", hours(2), details={"until": hours(1).isoformat()})
    with pytest.raises(InputError, match="snoozed until a moment to come"):
        loop.step(ended, hours(2))


def test_stored_answers_that_are_known_later_than_now_wait_and_are_counted():
    store = MemoryStore()
    store.put(said("r1"), said("r2", known_at=hours(2)), said("r3", rating=9), said("r3", rating=2, known_at=hours(2)))
    made = a_loop(store).catch_up(hours(1))
    assert (made.answers, sum(made.decided.values()), made.ahead) == (2, 2, 1)
    assert a_loop(store).report(hours(1)).undecided == 1
    again = a_loop(store).catch_up(hours(2))
    assert (again.answers, again.ahead, a_loop(store).report(hours(2)).undecided) == (1, 0, 0)


def test_the_first_contact_counts_although_it_is_logged_after_a_later_one():
    loop, case = one_case(MemoryStore())
    loop.step(case.next("contacted", hours(30), actor="bo"), hours(30))
    loop.step(loop.cases()[0].next("contacted", hours(2), actor="ann"), hours(31))
    (case,) = loop.cases()
    assert (case.contact.met_at, case.contact.reading(hours(40))) == (hours(2), "met")


def test_a_cap_holds_over_batches_of_one_call(monkeypatch):
    monkeypatch.setattr(looping, "BATCH", 2)
    loop = Loop(MemoryStore(), care(opening=OpenCase(), owners=Owners(fallback="bo", per_day=3)))
    loop.receive([said(f"r{number}", customer=f"c{number}") for number in range(8)], NOW)
    assert sum(case.owner == "bo" for case in loop.cases()) == 3
