"""Questions put to a store: what counts, and why a number is another one now."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import (
    Convention,
    Customer,
    EmptyTallyError,
    Exclusion,
    IdentityLink,
    InputError,
    Interaction,
    MemoryStore,
    PoolingError,
    Response,
    answer_rows,
    known_records,
    score,
)
from npscore.ports import Question
from npscore.service import answers, restate

DAY = datetime(2026, 10, 1, tzinfo=UTC)
THEN, NOW = DAY + timedelta(days=10), DAY + timedelta(days=20)


def answer(name, rating, *, known=0, **fields):
    return Response(id=name, rating=rating, answered_at=DAY, known_at=DAY + timedelta(days=known), **fields)


def excluded(name, *, known=0, lifts=None, made="e"):
    moment = DAY + timedelta(days=known)
    return Exclusion(
        id=f"{made}-{name}",
        response_id=name,
        reason="test",
        decided_at=moment,
        actor="Ann",
        lifts=lifts,
        known_at=moment,
    )


def kept(*records):
    store = MemoryStore()
    store.put(*records)
    return store


def test_only_what_counts_is_answered():
    store = kept(
        answer("a", 9),
        answer("b", 9, test=True),
        answer("c", 9, completed=False),
        answer("d", 5, metric="csat"),
        answer("e", 1),
        excluded("e"),
        answer("f", 1),
        excluded("f"),
        excluded("f", lifts="e-f", made="lift"),
        answer("g", 1, survey="other"),
    )
    assert [one.id for one in answers(store)] == ["a", "f", "g"]
    assert [one.id for one in answers(store, Question(survey="other"))] == ["g"]
    assert answers(store, Question(since=DAY + timedelta(days=1))) == []


def test_kinds_of_surveys_are_not_pooled_unless_one_is_named():
    store = kept(answer("a", 9), answer("b", 1, survey_kind="transactional"))
    with pytest.raises(PoolingError, match="unlike questions"):
        answers(store)
    assert [one.id for one in answers(store, Question(survey_kind="transactional"))] == ["b"]


def test_each_cause_is_told_with_its_effect():
    link = IdentityLink(id="l", customer_id="c1", same_as="c2", rule="e-mail", decided_at=NOW, actor="x", known_at=NOW)
    store = kept(
        answer("a", 9, customer_id="c1"),
        answer("b", 9, customer_id="c2"),
        answer("c", 9, customer_id="c3"),
        answer("d", 9, customer_id="c4"),
        answer("a", 2, customer_id="c1", known=12),
        answer("late", 8, customer_id="c5", known=13),
        excluded("d", known=14),
        link,
    )
    latest = Convention(unit="customer", repeats="worst")
    told = restate(store, THEN, NOW, convention=latest)
    assert (told.before.value, told.after.value) == (100.0, pytest.approx(0.0))
    assert {name: cause.count for name, cause in told.causes.items()} == {
        "corrections": 1,
        "late answers": 1,
        "moves": 0,
        "exclusions": 1,
        "merges": 1,
        "erasures": 0,
    }
    assert [round(cause.effect, 6) for cause in told.causes.values()] == [-50.0, -10.0, 0.0, -15.0, -25.0, 0.0]
    assert str(told).startswith("NPS +100.0 is now +0.0: corrections -50.0 (1), late answers -10.0 (1)")


def test_a_report_of_then_is_rebuilt_and_nothing_changed_is_said():
    store = kept(answer("a", 9), answer("b", 1, known=15))
    assert [one.id for one in answers(store, as_of=THEN)] == ["a"]
    assert str(restate(store, THEN, THEN)) == "NPS +100.0 is now +100.0: nothing changed"


def test_there_must_be_something_to_restate():
    with pytest.raises(EmptyTallyError):
        restate(kept(answer("a", 9, known=15)), THEN, NOW)
    with pytest.raises(EmptyTallyError):
        restate(kept(answer("a", 9), excluded("a", known=15)), THEN, NOW)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 10), st.integers(0, 20)), min_size=1, max_size=15),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 20)), max_size=4, unique_by=lambda pair: pair[0]),
)
def test_effects_sum_to_the_difference(versions, exclusions):
    store = MemoryStore()
    for name, rating, known in versions:
        if (name, known) not in {(one.id, (one.known_at - DAY).days) for one in store.export("c")}:
            store.put(answer(name, rating, known=known, customer_id="c"))
    store.put(*(excluded(name, known=known) for name, known in exclusions))
    try:
        told = restate(store, THEN, NOW)
    except EmptyTallyError:
        return
    assert sum(cause.effect for cause in told.causes.values()) == pytest.approx(told.difference, abs=1e-9)
    assert told.before.value == score(answers(store, as_of=THEN)).value
    assert told.after.value == score(answers(store, as_of=NOW)).value


@pytest.mark.parametrize("moment", ["2026-10-01", datetime(2026, 10, 1), DAY.date(), None])
def test_the_times_of_a_restatement_are_datetimes_with_a_zone(moment):
    for times in ((moment, NOW), (THEN, moment)):
        with pytest.raises(InputError, match="must be a datetime with a zone"):
            restate(kept(answer("a", 9)), *times)
    if moment is not None:
        with pytest.raises(InputError, match="until must be a datetime with a zone"):
            Question(until=moment)


def test_what_is_no_store_and_no_question_is_refused():
    with pytest.raises(InputError, match="not None"):
        restate(None, THEN, NOW)
    with pytest.raises(InputError, match="the question is a Question"):
        restate(kept(answer("a", 9)), THEN, NOW, question="all")


def test_rows_are_made_of_the_answers_that_count_and_of_all_that_is_known():
    early, late = (
        Customer(id="c", known_at=DAY + timedelta(days=days), attributes={"tier": tier})
        for days, tier in ((-5, "small"), (5, "large"))
    )
    seen = Interaction(id="i", type="call", customer_id="c", happened_at=DAY, known_at=DAY)
    store = kept(early, late, seen, answer("a", 9, customer_id="c"), answer("b", 1, test=True))
    records = list(known_records(store))
    assert [one.id for one in records if isinstance(one, Response)] == ["a"]
    assert [one for one in records if isinstance(one, Customer)] == [early, late]
    (row,) = answer_rows(records)
    assert (row["customer.tier"], row["history.interactions"]) == ("small", 1)
    assert [one for one in known_records(store, as_of=DAY) if isinstance(one, Customer)] == [early]


def test_rows_of_linked_customers_are_about_one_person():
    link = IdentityLink(
        id="l", customer_id="ann", same_as="ann2", rule="r", actor="a", decided_at=DAY, known_at=DAY
    )  # fmt: skip
    people = [Customer(id=name, known_at=DAY, attributes={"from": name}) for name in ("ann", "ann2")]
    seen = Interaction(id="i", type="call", customer_id="ann2", happened_at=DAY, known_at=DAY)
    store = kept(link, *people, seen, answer("a", 9, customer_id="ann2"))
    (row,) = answer_rows(known_records(store))
    assert (row["customer_id"], row["customer.from"], row["history.interactions"]) == ("ann", "ann", 1)


def test_a_store_without_a_history_hands_out_customers_as_they_stand():
    class Forgetful:
        def __init__(self, store):
            self.put, self.get, self.find = store.put, store.get, store.find
            self.erase, self.close = store.erase, store.close

    people = [Customer(id="c", known_at=DAY + timedelta(days=days), name=str(days)) for days in (0, 5)]
    store = Forgetful(kept(*people, answer("a", 9, customer_id="c")))
    assert [one.name for one in known_records(store) if isinstance(one, Customer)] == ["5"]
