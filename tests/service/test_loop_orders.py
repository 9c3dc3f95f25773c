"""The order in which answers come changes what is told of them, and not what is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget import examples
from npscore import FollowUp, MemoryStore, Response
from npscore.adapters.sinks.memory import MemorySink
from npscore.loop.policies import Deed, OpenCase, Policy, PolicyRule
from npscore.service import looping
from npscore.service.gathering import Gathering
from npscore.service.looping import Loop
from proof import CARE, POLICIES, check_nobody_dropped, check_replayed, texts_of
from records import day

PEOPLE = ("c1", "c2", None, "c3")
PLAIN = attrs.evolve(
    CARE,
    name="plain",
    rules=[
        PolicyRule("unhappy", 'category = "detractor"', [OpenCase(contact_within="24 hours"), Deed(do="thank")]),
        PolicyRule("happy", 'category = "promoter"', [Deed(do="thank"), Deed(do="notify", to="sales")]),
    ],
)
"""Promises without caps and cooldowns, nor requests, which an open case holds back; its cases are all alike."""


def answers_of(ratings: Sequence[int]) -> list[Response]:
    """Answers of few people in few weeks."""
    return [
        Response(
            id=f"r{number}",
            customer_id=PEOPLE[number % 4],
            rating=rating,
            answered_at=day(number * 11 % 30),
            known_at=day(30),
        )
        for number, rating in enumerate(ratings)
    ]


def corrected(answers: Iterable[Response]) -> list[Response]:
    """A later version of some of the answers."""
    return [one.model_copy(update={"rating": 1, "revised_at": day(31)}) for one in answers if one.rating == 9]


ratings = st.lists(st.sampled_from([0, 2, 4, 6, 7, 9, 10]), min_size=1, max_size=16)


@examples(25)
@given(ratings, st.randoms(use_true_random=False), st.sampled_from([1, 3, 500]))
def test_any_order_within_a_call_gives_the_same_log_byte_for_byte(ratings, chance, batch) -> None:
    answers = answers_of(ratings)
    given_now = [*answers, *corrected(answers)]
    shuffled = chance.sample(given_now, len(given_now))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looping, "BATCH", batch)
        (one, sent), (other, also_sent) = (_after([some], POLICIES) for some in (given_now, shuffled))
    assert texts_of(one) == texts_of(other)
    assert sent.actions == also_sent.actions


@examples(25)
@given(ratings)
def test_batches_of_any_size_leave_the_same_log(ratings) -> None:
    logs = []
    for batch in (1, 4, 500):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(looping, "BATCH", batch)
            logs.append(texts_of(_after([answers_of(ratings)], POLICIES)[0]))
    assert logs[0] == logs[1] == logs[2]


@examples(25)
@given(ratings, st.integers(1, 5), st.randoms(use_true_random=False))
def test_calls_in_any_order_make_the_same_cases_with_the_same_steps(ratings, size, chance) -> None:
    calls = _calls(answers_of(ratings), size)
    stores = [_after(some, [PLAIN]) for some in (calls, chance.sample(calls, len(calls)))]
    first, second = (list(store.find(FollowUp)) for store, _ in stores)
    assert [step.key for step in first] == [step.key for step in second]
    assert Counter(map(_lasting, first)) == Counter(map(_lasting, second))


def _lasting(step: FollowUp) -> tuple[object, ...]:
    """What does not hang on the order: not the times and the reasons, nor which of the answers opened a case."""
    if step.step == "decided":
        outcome = str(step.details["outcome"]).replace("opened", "joined")
        return step.log, step.step, step.details["rule"], step.details["rating"], outcome, step.details.get("case")
    details = {"owner": step.details.get("owner"), "priority": step.details.get("priority")}
    return step.log, step.step, step.policy, step.customer_id, *sorted(details.items(), key=str)


@examples(25)
@given(ratings, st.integers(1, 5), st.randoms(use_true_random=False))
def test_calls_in_any_order_open_the_same_cases_whatever_is_deferred(ratings, size, chance) -> None:
    answers = answers_of(ratings)
    calls = _calls(answers, size)
    stores = [_after(some, [CARE]) for some in (calls, chance.sample(calls, len(calls)))]
    for store, sink in stores:
        check_nobody_dropped(store, answers, sink.actions, [CARE])
        check_replayed(store, Loop(store, CARE).history(), [CARE])
    first, second = ({step.log for step in store.find(FollowUp)} for store, _ in stores)
    assert first == second


def _calls(answers: Sequence[Response], size: int) -> list[list[Response]]:
    return [list(answers[place : place + size]) for place in range(0, len(answers), size)]


@examples(25)
@given(ratings, st.sampled_from([1, 3, 500]), st.sampled_from([1, 5, 500]))
def test_deciding_person_by_person_leaves_the_log_that_the_order_of_time_leaves(ratings, batch, other_batch) -> None:
    policies = [attrs.evolve(one, owners=attrs.evolve(one.owners, per_day=None)) for one in (*POLICIES, PLAIN)]
    logs = []
    for size, in_turn in ((batch, Gathering.in_turn), (other_batch, lambda _, answers: answers)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(looping, "BATCH", size)
            patch.setattr(Gathering, "in_turn", in_turn)
            logs.append(texts_of(_after([answers_of(ratings)], policies)[0]))
    assert logs[0] == logs[1]


def test_where_owners_have_a_cap_the_order_of_time_says_who_comes_first() -> None:
    gathering = Gathering(store=MemoryStore(), policies=POLICIES, now=day(40))
    answers = answers_of([3] * 8)
    assert any(policy.owners.per_day is not None for policy in POLICIES)
    assert gathering.in_turn(answers) == answers


def _after(calls: Sequence[Sequence[Response]], policies: Sequence[Policy]) -> tuple[MemoryStore, MemorySink]:
    """A store and a sink after some calls, an hour apart."""
    store, sink = MemoryStore(), MemorySink()
    loop = Loop(store, policies, sink=sink)
    for number, some in enumerate(calls):
        loop.receive(some, day(32) + timedelta(hours=number))
    return store, sink
