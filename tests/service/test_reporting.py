"""The report of the loop says whether calling helped, of what is in the store, and else why nothing tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loops import PlainStore, care, said
from npscore import Exclusion, IdentityLink, InputError, Loop, MemoryStore, Response
from npscore.loop.recovery import recovery

START = datetime(2026, 1, 5, tzinfo=UTC)
END = START + timedelta(days=300)
STORES = pytest.mark.parametrize("make", [MemoryStore, PlainStore])


def day(number):
    return START + timedelta(days=number)


def rated(customer, rating, at, **fields):
    return said(f"{customer}@{at}", rating, customer, at=day(at), **fields)


def call(loop, *customers, at=1):
    """Somebody contacts these customers over their case."""
    for case in loop.cases():
        if case.customer_id in customers:
            loop.step(case.next("contacted", day(at), actor="ann"), day(at))


def a_loop(store, *before, policy=None):
    """A loop that has decided on the first ratings of customers, by name."""
    loop = Loop(store, policy or care())
    loop.receive([rated(customer, rating, 0) for customer, rating in before], day(0))
    return loop


def two_sides(store, **parts):
    """Two of four like detractors were called, and all have answered again."""
    loop = a_loop(store, ("amy", 3), ("ben", 3), ("cas", 3), ("dee", 3), **parts)
    call(loop, "amy", "ben")
    loop.receive([rated("amy", 9, 99), rated("ben", 7, 99), rated("cas", 5, 99), rated("dee", 4, 99)], day(99))
    return loop


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.booleans(), st.none() | st.integers(0, 10)), max_size=12))
def test_the_report_has_the_recovery_of_the_answers_and_cases_in_the_store(people):
    store = MemoryStore()
    loop = a_loop(store, *((f"c{number}", before) for number, (before, _, _) in enumerate(people)))
    call(loop, *(f"c{number}" for number, (_, is_called, _) in enumerate(people) if is_called))
    after = [rated(f"c{number}", rating, 99) for number, (_, _, rating) in enumerate(people) if rating is not None]
    loop.receive(after, day(99))
    report = loop.report(END)
    assert report.recovery == recovery(store.find(Response), loop.cases())
    assert (report.no_recovery is None) == (report.recovery.effect is not None)


@STORES
def test_the_naive_figure_stands_beside_the_effect(make):
    made = two_sides(make()).report(END).recovery
    assert (made.naive, made.expected, made.effect) == (5, 1.5, 3.5)
    assert (made.n_treated, made.n_comparison, made.comparison) == (2, 2, "not contacted")


def test_why_there_is_no_effect_is_said_in_words():
    assert "No detractor was contacted" in Loop(MemoryStore(), care()).report(END).no_recovery
    loop = a_loop(MemoryStore(), ("amy", 3), ("ben", 4))
    call(loop, "amy", "ben")
    assert "2 were contacted" in loop.report(END).no_recovery
    loop.receive([rated("amy", 9, 99)], day(99))
    report = loop.report(END)
    assert report.no_recovery == report.recovery.why_none == str(report.recovery)
    assert "1 contacted detractor has answered again, but no detractor whom nobody contacted" in report.no_recovery


def test_answers_that_cannot_be_pooled_spoil_nothing_but_the_recovery():
    loop = two_sides(MemoryStore())
    loop.receive([rated("eve", 3, 0, survey_kind="transactional")], day(0))
    report = loop.report(END)
    assert (report.answers, report.undecided, report.recovery) == (9, 0, None)
    assert "unlike questions" in report.no_recovery


def test_who_is_called_under_another_policy_is_not_left_alone():
    store = MemoryStore()
    loop, other = two_sides(store), a_loop(store, ("cas", 3), policy=care(name="other"))
    for case in other.cases():
        if case.policy == "other":
            other.step(case.next("contacted", day(2), actor="bo"), day(2))
    report = loop.report(END)
    assert report.health.n == 6
    assert (report.recovery.expected, report.recovery.n_treated, report.recovery.n_comparison) == (1, 3, 1)


def test_an_answer_that_is_excluded_takes_no_part():
    store = MemoryStore()
    loop = two_sides(store)
    store.put(Exclusion(id="x", response_id="cas@0", reason="fraud", decided_at=day(1), known_at=day(1), actor="bo"))
    made = loop.report(END).recovery
    assert (made.expected, made.n_comparison) == (1, 1)


def test_two_ids_of_one_person_are_one_customer():
    store = MemoryStore()
    loop = two_sides(store)
    loop.receive([rated("fay", 3, 0), rated("fay at home", 8, 50)], day(50))
    call(loop, "fay")
    assert loop.report(END).recovery.unanswered == 1
    known = {"decided_at": day(60), "known_at": day(60), "actor": "bo", "rule": "told"}
    store.put(IdentityLink(id="l", customer_id="fay at home", same_as="fay", **known))
    made = loop.report(END).recovery
    assert (made.unanswered, made.n_treated, made.naive) == (0, 3, 5)


@pytest.mark.parametrize("name", ["fay", "fay at home"])
def test_a_contact_over_an_old_case_of_another_id_of_the_person_is_one_elsewhere(name):
    store = MemoryStore()
    loop = a_loop(store, (name, 3))
    known = {"decided_at": day(1), "known_at": day(1), "actor": "bo", "rule": "told"}
    store.put(IdentityLink(id="l", customer_id="fay", same_as="fay at home", **known))
    call(loop, name, at=60)
    store.put(rated("fay", 3, 50), rated("fay", 9, 99))
    made = loop.report(END, since=day(40)).recovery
    assert (made.elsewhere, made.unmatched, made.n_detractors) == (1, 0, 1)


def test_since_says_whose_decisions_are_told():
    loop = a_loop(MemoryStore(), ("amy", 3), ("ben", 3), ("pat", 9))
    loop.receive([rated("cas", 3, 50), rated("amy", 9, 50)], day(50))
    for since in (None, day(1)):
        report = loop.report(END, since=since)
        assert sum(report.decided.values()) == report.answers - report.undecided
    assert (report.answers, report.decided) == (2, {"case opened": 1, "deeds": 1})


def test_since_says_whose_rating_begins_it():
    loop = two_sides(MemoryStore())
    report = loop.report(END, since=day(1))
    assert (report.answers, report.recovery.n_treated) == (4, 0)


def test_the_time_before_the_loop_can_be_compared_with():
    store = MemoryStore()
    store.put(rated("old", 3, -99), rated("old", 5, -50))
    report = two_sides(store).report(END, since=day(0), comparison="before")
    assert (report.answers, report.undecided) == (8, 0)
    assert (report.recovery.comparison, report.recovery.expected, report.recovery.n_comparison) == ("before", 2, 1)


@pytest.mark.parametrize("options", [{"comparison": "before"}, {"comparison": "x"}, {"comparison": None}])
def test_a_comparison_that_is_none_is_refused_before_anything_is_read(options):
    store = MemoryStore()
    loop = Loop(store, care())
    store.close()
    with pytest.raises(InputError, match="comparison"):
        loop.report(END, **options)
