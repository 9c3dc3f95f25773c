"""What the world has overtaken before it was sent is receipted with the reason, and not sent."""

from datetime import timedelta

import attrs
import pytest

from loops import HAPPY, NOW, UNHAPPY, care, hours, said
from npscore import ConnectorError, Customer, Escalation, IdentityLink, MemorySink, MemoryStore
from npscore.loop.actions import owed
from npscore.loop.policies import Deed, OpenCase, Policy, PolicyRule
from npscore.loop.withholding import overtaken
from npscore.models import FollowUp
from npscore.service.looping import Loop

MAY = "customer.may_be_contacted"
ASK = Deed(do="ask for referral", consent=MAY)
PROMOTERS = Policy(
    name="asks",
    rules=[PolicyRule("unhappy", UNHAPPY, OpenCase(owner="ann")), PolicyRule("happy", HAPPY, [ASK, Deed(do="thank")])],
)


class Away:
    """A sink that cannot be reached."""

    def send(self, action):
        raise ConnectorError("away")


def ann(may: bool, hour: float, name: str = "c1") -> Customer:
    return Customer(id=name, attributes={"may_be_contacted": may}, known_at=hours(hour))


def a_store(*records) -> MemoryStore:
    store = MemoryStore()
    store.put(*records)
    return store


def reasons(store) -> dict[str, str]:
    """Why what was withheld was, by what it was."""
    steps = [step.details for step in store.find(FollowUp) if step.step == "receipted"]
    return {str(one["action"]).rpartition("/")[2]: one["withheld"] for one in steps if "withheld" in one}


def owing(policy, *records, rating=9) -> MemoryStore:
    """A store whose loop decided while the sink was away."""
    store = a_store(*records)
    assert Loop(store, policy, sink=Away()).receive([said(rating=rating)], NOW).sending.waiting > 0
    return store


def swept(store, policy, hour=2):
    """What a sweep sends later."""
    sink = MemorySink()
    sent = Loop(store, policy, sink=sink).sweep(hours(hour)).sending
    assert sent.waiting == 0
    assert Loop(store, policy, sink=Away()).sweep(hours(hour + 1)).sending == attrs.evolve(sent, sent=0, withheld=0)
    return sent, [action.do for action in sink.actions]


def test_what_was_owed_is_sent_when_the_sink_is_back():
    sent, done = swept(owing(PROMOTERS, ann(True, -1)), PROMOTERS)
    assert (sent.sent, sent.withheld, sorted(done)) == (2, 0, ["ask for referral", "thank"])


def test_who_has_taken_back_their_consent_is_not_asked():
    store = owing(PROMOTERS, ann(True, -1))
    store.put(ann(False, 1))
    sent, done = swept(store, PROMOTERS)
    assert (sent.sent, sent.withheld, done) == (1, 1, ["thank"])
    assert reasons(store) == {"ask for referral": f"{MAY} is not true"}


def test_who_has_an_open_case_by_now_is_not_asked_under_any_of_their_names():
    store = owing(PROMOTERS, ann(True, -1), ann(True, -1, "c2"))
    link = {"customer_id": "c1", "same_as": "c2", "rule": "e-mail", "actor": "mo"}
    store.put(IdentityLink(id="l", decided_at=hours(1), known_at=hours(1), **link))
    loop = Loop(store, PROMOTERS)
    loop.receive([said("r2", 2, "c2", at=hours(1))], hours(1))
    assert sorted(swept(store, PROMOTERS)[1]) == ["contact", "thank"]
    assert reasons(store) == {"ask for referral": "a case of the customer is open"}


def test_what_a_rule_asks_for_no_more_is_not_asked_and_thanks_are_sent_all_the_same():
    store = owing(PROMOTERS, ann(True, -1))
    assert swept(store, attrs.evolve(PROMOTERS, rules=PROMOTERS.rules[:1]))[1] == ["thank"]
    assert reasons(store) == {"ask for referral": "its rule does not ask for it any more"}


def test_a_sweep_that_does_not_know_the_policy_leaves_its_asks_owed():
    store, sink = owing(PROMOTERS, ann(True, -1)), MemorySink()
    store.put(ann(False, 1))
    sent = Loop(store, care(), sink=sink).sweep(hours(2)).sending
    assert (sent.sent, sent.withheld, sent.waiting, [one.do for one in sink.actions]) == (1, 0, 1, ["thank"])
    assert swept(store, PROMOTERS, 3)[1] == []


def test_who_has_the_case_no_more_is_not_reminded_of_it():
    policy = care(
        escalations=[Escalation(name="late", after="1 hour"), Escalation(name="later", after="1 hour", to="mo")]
    )
    store = MemoryStore()
    Loop(store, policy).receive([said()], NOW)
    loop = Loop(store, policy, sink=Away())
    loop.sweep(hours(1))
    loop.step(loop.cases()[0].next("assigned", hours(2), details={"owner": "bo"}), hours(2))
    sink = MemorySink()
    Loop(store, policy, sink=sink).sweep(hours(3))
    assert sorted((one.do, one.to) for one in sink.actions) == [("contact", "bo"), ("escalate", "mo")]
    assert set(reasons(store).values()) == {"the case has gone to bo"}


@pytest.mark.parametrize("step", ["resolved", "closed"])
def test_nobody_is_sent_to_a_customer_whose_case_is_over(step):
    store = owing(care(close_after="1 hour"), rating=3)
    loop = Loop(store, care())
    (case,) = loop.cases()
    loop.step(case.next("resolved", hours(1), details={"root_cause": "price"}), hours(1))
    if step == "closed":
        loop.step(loop.cases()[0].next("closed", hours(1)), hours(1))
    sent, done = swept(store, care())
    assert (sent.withheld, done, reasons(store)) == (1, [], {"0": f"the case is {step}"})
    assert (loop.report(hours(3)).withheld, loop.report(hours(3)).rejected) == (1, 0)


def test_a_case_that_has_gone_to_another_is_told_to_that_one_alone():
    store = owing(care(), rating=3)
    loop = Loop(store, care())
    loop.step(loop.cases()[0].next("assigned", hours(1), details={"owner": "bo"}), hours(1))
    sink = MemorySink()
    assert Loop(store, care(), sink=sink).sweep(hours(2)).sending.withheld == 1
    assert [(action.do, action.to) for action in sink.actions] == [("contact", "bo")]
    assert reasons(store) == {"0": "the case has gone to bo"}


def close(loop, policy, hour):
    """Resolve and close the case under a policy."""
    for step in ("resolved", "closed"):
        (case,) = [case for case in loop.cases() if case.policy == policy]
        loop.step(case.next(step, hours(hour), details={"root_cause": "price"}), hours(hour))


QUIET = Policy(
    name="quiet",
    rules=[PolicyRule("unhappy", UNHAPPY, [OpenCase(owner="ann"), Deed(do="suppress surveys")])],
    window=timedelta(days=7),
    resurvey_after="1 hour",
)


@pytest.mark.parametrize("suppresses", [True, False])
def test_surveys_go_on_when_the_last_case_that_stopped_them_is_closed(suppresses):
    other = attrs.evolve(
        QUIET,
        name="other",
        rules=[QUIET.rules[0] if suppresses else PolicyRule("unhappy", UNHAPPY, OpenCase(owner="bo"))],
    )
    store, sink = MemoryStore(), MemorySink()
    loop = Loop(store, [QUIET, other], sink=sink)
    loop.receive([said()], NOW)
    close(loop, "quiet", 1)
    loop.sweep(hours(3))
    did = [action.do for action in sink.actions if action.do in ("resume surveys", "invite back")]
    assert did == ([] if suppresses else ["resume surveys"])
    (open_one,) = [case for case in loop.cases() if case.policy == "other"]
    why = f"the case {open_one.id} of the customer is open"
    assert set(reasons(store).values()) == {why}
    close(loop, "other", 4)
    did = [action.do for action in sink.actions if action.do == "resume surveys"]
    assert did == ["resume surveys"]


@pytest.mark.parametrize("how", ["answered", "by hand"])
def test_nobody_is_invited_back_whose_own_case_was_opened_again(how):
    store = MemoryStore()
    loop = Loop(store, QUIET, sink=Away())
    loop.receive([said()], NOW)
    close(loop, "quiet", 1)
    assert "re-surveyed" in loop.sweep(hours(3)).steps
    if how == "answered":
        loop.receive([said("r2", 1, at=hours(4))], hours(4))
    else:
        loop.step(loop.cases()[0].next("reopened", hours(4)), hours(4))
    (case,) = loop.cases()
    _, done = swept(store, QUIET, hour=5)
    assert case.is_open
    assert "invite back" not in done
    assert "resume surveys" not in done
    assert "suppress surveys" in done
    assert list(reasons(store).values()).count(f"the case {case.id} of the customer is open") == 2


def test_without_a_sink_nothing_is_withheld_nor_sent():
    store = owing(PROMOTERS, ann(True, -1))
    store.put(ann(False, 1))
    sent = Loop(store, PROMOTERS).sweep(hours(2)).sending
    assert (sent.withheld, sent.waiting) == (0, 2)


def test_surveys_stop_although_the_case_is_resolved_before_the_sink_is_back():
    store = owing(QUIET, rating=3)
    loop = Loop(store, QUIET)
    loop.step(loop.cases()[0].next("resolved", hours(1), details={"root_cause": "price"}), hours(1))
    sent, done = swept(store, QUIET, hour=1.5)
    assert (sent.withheld, done, reasons(store)) == (1, ["suppress surveys"], {"0": "the case is resolved"})


def test_what_is_asked_at_this_moment_is_sent_whatever_else_happens_at_it():
    store, sink = a_store(ann(True, -1)), MemorySink()
    Loop(store, PROMOTERS, sink=sink).receive([said("r1", 9, at=hours(-1)), said("r2", 2)], NOW)
    assert sorted(action.do for action in sink.actions) == ["ask for referral", "contact", "thank"]
    assert reasons(store) == {}


def test_an_owner_is_told_of_a_case_that_is_over_only_at_the_moment_when_it_was_asked():
    store = owing(care(), rating=3)
    loop = Loop(store, care())
    loop.step(loop.cases()[0].next("resolved", NOW, details={"root_cause": "price"}), NOW)
    log = loop.log(loop.cases()[0].id)
    (action,) = owed(log)
    assert (overtaken(action, log, NOW), overtaken(action, log, hours(1))) == (None, "the case is resolved")


LATE = care(escalations=[Escalation(name="remind", after="1 hour"), Escalation(name="late", after="1 hour", to="lead")])


def told_late() -> MemoryStore:
    """A store in which an owner waits for news of three kinds, besides the case."""
    store = owing(LATE, rating=3)
    Loop(store, LATE, sink=Away()).sweep(hours(1))
    Loop(store, LATE, sink=Away()).receive([said("r2", 2, at=hours(1.5))], hours(1.5))
    return store


def test_who_does_not_have_the_case_is_told_of_it_all_the_same_where_it_was_not_given_to_them():
    store, sink = told_late(), MemorySink()
    assert Loop(store, LATE, sink=sink).sweep(hours(2)).sending.withheld == 0
    told = {(action.do, action.to) for action in sink.actions}
    assert told == {("answered again", "ann"), ("contact", "ann"), ("escalate", "lead"), ("remind", "ann")}


def test_nobody_is_reminded_of_a_case_that_is_over_nor_told_that_it_is_late():
    store = told_late()
    loop = Loop(store, LATE)
    loop.step(loop.cases()[0].next("resolved", hours(2), details={"root_cause": "price"}), hours(2))
    sent, done = swept(store, LATE, hour=3)
    assert (sent.withheld, done, set(reasons(store).values())) == (4, [], {"the case is resolved"})


def test_the_consent_that_counts_is_that_of_the_rule_and_the_policy_that_asked():
    free = Deed(do="ask for referral")
    rules = [PolicyRule("top", "rating = 10", ASK), PolicyRule("happy", HAPPY, free)]
    strict = Policy(name="strict", rules=[PolicyRule("happy", HAPPY, attrs.evolve(free, consent=MAY))])
    policies = [strict, Policy(name="mild", rules=rules)]
    store = a_store(ann(True, -1))
    Loop(store, policies, sink=Away()).receive([said(rating=9)], NOW)
    store.put(ann(False, 1))
    sink = MemorySink()
    sent = Loop(store, policies, sink=sink).sweep(hours(2)).sending
    assert (sent.sent, sent.withheld, [action.policy for action in sink.actions]) == (1, 1, ["mild"])
