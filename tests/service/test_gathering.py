"""What is gathered about some answers gives the rows that all records would give, and nothing known later."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import npscore as nps
from loops import NOW, PlainStore, hours, said
from npscore import MemoryStore, OpenCase, Owners, Policy, PolicyRule, answer_rows, known_records
from npscore.service.gathering import Gathering, Waiting, count_today, gather, is_capped

TEXT = (
    'customer.region = "EMEA" and account.plan = "gold" and history.responses.9d >= 2 and interaction.agent = "ann" '
    'and invitation.wave = "w"'
)
POLICY = Policy(
    name="care",
    rules=[PolicyRule("all", TEXT, OpenCase())],
    owners=Owners(by=["account.owner"], never=["interaction.agent"], per_day=1),
)
PEOPLE, known = ["c0", "c1", "c2"], st.integers(-3, 3)
who = st.sampled_from([*PEOPLE, None])


def record(kind, name, at, **fields):
    return kind(id=name, known_at=hours(at), **fields)


@st.composite
def records(draw):
    """Records of all kinds about few people, known before and after now, some of them linked."""
    made = {}
    for number in range(draw(st.integers(1, 5))):
        fields = {"customer": draw(who), "at": hours(draw(known)), "known_at": hours(draw(known))}
        links = {"interaction_id": f"t{draw(st.integers(0, 2))}", "invitation_id": f"i{draw(st.integers(0, 2))}"}
        account = draw(st.sampled_from(["a0", None]))
        made["r", number] = said(f"r{number}", draw(st.integers(0, 10)), account_id=account, **fields, **links)
    for number in range(3):
        region = draw(st.sampled_from(["EMEA", "APAC"]))
        account = draw(st.sampled_from(["a0", "a1", None]))
        made["c", number] = record(
            nps.Customer, f"c{number}", draw(known), attributes={"region": region}, account_id=account
        )
        person, at = draw(who), hours(draw(known))
        made["t", number] = record(
            nps.Interaction, f"t{number}", draw(known), type="call", customer_id=person, happened_at=at,
            attributes={"agent": draw(st.sampled_from(["ann", "bo"]))},
        )  # fmt: skip
        touch = draw(st.sampled_from(["t0", "t1", None]))
        made["i", number] = record(
            nps.Invitation, f"i{number}", draw(known), customer_id=draw(who), invited_at=at, interaction_id=touch,
            attributes={"wave": "w"},
        )  # fmt: skip
    for number in range(2):
        fields = {"attributes": {"plan": draw(st.sampled_from(["gold", "tin"])), "owner": "ann"}}
        made["a", number] = record(nps.Account, f"a{number}", draw(known), **fields)
    if draw(st.booleans()):
        fields = {"customer_id": "c0", "same_as": "c1", "rule": "e-mail", "decided_at": NOW, "actor": "mo"}
        made["l", 0] = record(nps.IdentityLink, "l", draw(known), **fields)
    return list(made.values())


@settings(max_examples=150, deadline=None)
@given(records(), st.booleans())
def test_rows_are_those_of_all_records_known_at_the_moment(made, is_plain):
    store = PlainStore() if is_plain else MemoryStore()
    store.put(*made)
    gathering = Gathering(store=store, policies=[POLICY], now=NOW)
    answers = list(store.find(nps.Response, as_of=NOW))
    rows = gathering.about(answers).rows
    asked = gathering.asked
    assert all(row.keys() >= {*asked} for row in rows.values())
    all_rows = answer_rows(known_records(store, as_of=NOW), as_of="now", asked=asked, attributes=asked)
    assert sorted(rows) == sorted(row["response_id"] for row in all_rows)
    for row in all_rows:
        assert unlike(row, rows[row["response_id"]]) == {}
    for answer in answers:
        (alone,) = gathering.about([answer]).rows.values()
        assert unlike(rows[answer.id], alone) == {}


def unlike(one, other):
    """The cells in which two rows differ; columns that nobody asked for may be left out where they are empty."""
    names = one.keys() | other.keys()
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def test_an_answer_received_now_is_seen_although_its_clock_is_ahead():
    store, ahead = MemoryStore(), said("r1", at=hours(1))
    known_now = Gathering(store=store, policies=[POLICY], now=NOW, received=[ahead]).about([ahead])
    assert known_now.rows["r1"]["category"] == "detractor"


def test_of_two_versions_the_later_stands_whichever_is_stored():
    store, later = MemoryStore(), said(rating=9, known_at=hours(-1))
    store.put(said(rating=2, at=hours(-3)))
    assert Gathering(store=store, policies=[POLICY], now=NOW).about([later]).answers["r1"].rating == 9
    store.put(said(rating=5, known_at=NOW))
    assert Gathering(store=store, policies=[POLICY], now=NOW).about([later]).answers["r1"].rating == 5


def test_exclusions_known_later_do_not_count_yet():
    store = MemoryStore()
    fields = {"response_id": "r1", "reason": "internal", "actor": "mo", "decided_at": hours(-1)}
    store.put(nps.Exclusion(id="x", known_at=hours(1), **fields))
    gone = [Gathering(store=store, policies=[POLICY], now=moment).about([said()]).gone for moment in (NOW, hours(1))]
    assert gone == [frozenset(), {"r1"}]


@pytest.mark.parametrize("make", [MemoryStore, PlainStore])
def test_records_are_gathered_alike_from_any_store(make):
    store = make()
    store.put(*(said(f"r{number}", customer=f"c{number % 3}") for number in range(6)))
    for values in ([], ["c0"], ["c0", "c1", "c0"], ["nobody"]):
        found = {one.id for one in gather(store, nps.Response, "customer_id", iter(values))}
        assert found == {f"r{number}" for number in range(6) if f"c{number % 3}" in values}
    assert [one.id for one in gather(store, nps.Response, "id", ["r1", "r9"])] == ["r1"]
    assert gather(store, nps.Response, "id", ["r1"], hours(-1)) == []


def test_cases_given_today_are_counted_until_now_and_only_for_a_cap():
    store = MemoryStore()
    moments = enumerate([-17, -16, 0, 1])  # now is half past four, so that the day began 16.5 hours ago
    fields = {"sequence": 0, "step": "opened", "details": {"owner": "ann"}}
    store.put(*(nps.FollowUp(log=f"case-{n}", done_at=hours(at), known_at=NOW, **fields) for n, at in moments))
    ledgers = [count_today(store, [policy], NOW) for policy in (POLICY, Policy(name="free", rules=[]))]
    assert [ledger.given(NOW) for ledger in ledgers] == [{"ann": 2}, {}]


def linked(*records):
    """A gathering from a store in which c0 and c1 are one person, without a cap."""
    store, free = MemoryStore(), Policy(name="free", rules=[PolicyRule("all", TEXT, OpenCase())])
    fields = {"customer_id": "c0", "same_as": "c1", "rule": "e-mail", "decided_at": hours(-9), "actor": "mo"}
    store.put(nps.IdentityLink(id="l", known_at=hours(-9), **fields), *records)
    return Gathering(store=store, policies=[free], now=NOW)


def test_answers_of_one_person_under_two_ids_come_in_their_order_and_under_the_one_that_stands():
    first, second = said("r1", customer="c1", at=hours(-2)), said("r2", customer="c0", at=hours(-1))
    gathering = linked()
    assert gathering.in_turn([first, second]) == [first, second]
    answers = gathering.about([first, second]).answers
    assert [(one.id, one.customer_id) for one in answers.values()] == [("r1", "c0"), ("r2", "c0")]


def test_answers_come_person_by_person_where_no_owner_has_a_cap():
    answers = [said(f"r{number}", customer=f"c{1 + number % 2}", at=hours(number - 9)) for number in range(4)]
    assert [one.id for one in linked().in_turn(answers)] == ["r0", "r2", "r1", "r3"]


def test_history_has_the_answers_that_are_received_now_and_known_later_by_their_own_clocks():
    ahead, other = said("r1", at=hours(-5), known_at=hours(1)), said("r2", at=hours(-1))
    rows = [
        Gathering(store=MemoryStore(), policies=[POLICY], now=NOW, received=received).about([other]).rows["r2"]
        for received in ([other], [ahead, other])
    ]
    assert [row["history.responses.9d"] for row in rows] == [1, 2]


def test_the_cases_of_a_person_are_found_under_all_their_ids():
    fields = {"sequence": 0, "step": "opened", "done_at": hours(-3), "known_at": hours(-3), "policy": "free"}
    logs = [nps.FollowUp(log=f"case-{name}", customer_id=name, **fields) for name in ("c0", "c1", "c2")]
    gathering = linked(*logs)
    for customer in ("c0", "c1"):
        known_now = gathering.about([said(customer=customer)])
        found = known_now.ledger.cases_of(known_now.answers["r1"])
        assert sorted(case.id for case in found) == ["case-c0", "case-c1"]


def test_one_policy_with_a_cap_is_enough_for_the_order_of_time():
    assert [is_capped(some) for some in ([], [Policy(name="free", rules=[])])] == [False, False]
    assert is_capped([Policy(name="free", rules=[]), POLICY])


def cases_about(gathering, one):
    known_now = gathering.about([one])
    return [(case.id, case.state) for case in known_now.ledger.cases_of(known_now.answers["r1"])]


OPENED = {"log": "case-1", "sequence": 0, "step": "opened", "policy": "care", "done_at": hours(-3), "known_at": NOW}


def test_the_cases_are_those_of_whom_the_stored_answer_names():
    store, older = MemoryStore(), said(at=hours(-3), customer="c2")
    store.put(said(customer="c1", at=hours(-3), known_at=hours(-1)), nps.FollowUp(customer_id="c1", **OPENED))
    gathering = Gathering(store=store, policies=[POLICY], now=NOW)
    assert cases_about(gathering, older) == [("case-1", "open")]
    assert cases_about(gathering, Waiting(NOW, "r1", "c1")) == [("case-1", "open")]


def test_the_case_of_an_answer_of_nobody_is_found_whole():
    store, anonymous = MemoryStore(), said(customer=None)
    step = OPENED | {"sequence": 1, "step": "contacted", "actor": "ann"}
    store.put(anonymous, nps.FollowUp(response_id="r1", **OPENED), nps.FollowUp(**step))
    for one in (anonymous, Waiting(NOW, "r1", None)):
        assert cases_about(Gathering(store=store, policies=[POLICY], now=NOW), one) == [("case-1", "contacted")]
