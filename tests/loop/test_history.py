"""What happened: answers by the moment of their decision, with what was known then."""

import pytest

import npscore as nps
from loops import NOW, care, hours, said
from npscore import History, InputError, Loop, MemoryStore


def decided(*answers, at=NOW):
    store = MemoryStore()
    Loop(store, care()).receive(answers, at)
    return store


def test_answers_are_grouped_by_the_moment_of_their_decision():
    store = decided(said("r2", at=hours(-1)), said("r1"), at=hours(2))
    store.put(said("r3", at=hours(-5), known_at=hours(9)))
    moments = Loop(store, care()).history().moments(["care"])
    assert [(one.now, [answer.id for answer in one.answers], one.was_decided) for one in moments] == [
        (hours(-5), ["r3"], False),
        (hours(2), ["r2", "r1"], True),
    ]


def test_the_decision_of_the_policy_comes_before_those_of_others():
    store = decided(said(), at=hours(3))
    Loop(store, care(name="early")).catch_up(hours(1))
    history = Loop(store, care()).history()
    found = [history.moments(names)[0].now for names in (["care"], ["early"], ["care", "early"], ["never ran"], [])]
    assert found == [hours(3), hours(1), hours(1), hours(1), hours(1)]


def test_the_version_that_was_known_at_the_decision_is_decided_on():
    store = decided(said(rating=3))
    store.put(said(rating=9, known_at=hours(1)))
    history = Loop(store, care()).history()
    assert [one.rating for moment in history.moments(["care"]) for one in moment.answers] == [3]
    later = History(reversed([said(rating=3), said(rating=9, known_at=hours(1))]))
    assert [one.rating for moment in later.moments([]) for one in moment.answers] == [9]


@pytest.mark.parametrize(("was_decided", "region"), [(True, None), (False, "EMEA")])
def test_a_row_has_what_was_known_then_and_for_the_undecided_what_is_known_now(was_decided, region):
    records = [said(), nps.Customer(id="c1", attributes={"region": "EMEA"}, known_at=hours(1))]
    store = decided(said()) if was_decided else MemoryStore()
    store.put(*records)
    history = Loop(store, care()).history()
    (moment,) = history.moments(["care"])
    assert history.row(moment.answers[0], moment, ["customer.region"])["customer.region"] == region


def test_exclusions_count_from_when_they_were_known_or_for_the_undecided_decided():
    fields = {"id": "x", "response_id": "r1", "reason": "internal", "actor": "mo"}
    late = nps.Exclusion(**fields, decided_at=hours(-1), known_at=hours(1))
    for store, expected in ((decided(said()), False), (MemoryStore(), True)):
        store.put(said(), late)
        history = Loop(store, care()).history()
        (moment,) = history.moments(["care"])
        assert history.is_excluded(moment.answers[0], moment) is expected


def test_people_are_who_they_were_known_to_be():
    fields = {"id": "l", "customer_id": "c1", "same_as": "c2", "rule": "e-mail", "decided_at": NOW, "actor": "mo"}
    history = History([nps.IdentityLink(**fields, known_at=hours(1))])
    assert [history.people(moment).of("c2") for moment in (NOW, hours(1), NOW)] == ["c2", "c1", "c2"]


def test_what_is_left_of_erased_people_is_no_history():
    store = decided(said())
    store.erase("c1")
    history = Loop(store, care()).history()
    assert (history.follow_ups, history.moments(["care"])) == ([], [])


@pytest.mark.parametrize("wrong", [None, 5, "care", object()])
def test_policies_are_named_by_texts(wrong):
    with pytest.raises(InputError, match="policies"):
        History([]).moments(wrong)
