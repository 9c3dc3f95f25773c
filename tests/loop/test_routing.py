"""Who gets a case: the first who is named, exists, was not rated, and has not had enough today."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npscore import OpenCase, Owners
from npscore.loop.routing import route

NOBODY = "Nobody could be found to get the case."
names = (
    st.none() | st.sampled_from(["ann", "bo", "cy", " ", "a\nb", "x" * 1001]) | st.integers() | st.just(float("nan"))
)


def routed(row=None, given=None, previous=None, owner=None, **owners):
    return route(Owners(**owners), OpenCase(owner=owner), row or {}, given or {}, previous)


@given(
    st.dictionaries(st.sampled_from(["a", "b", "agent"]), names),
    st.dictionaries(st.sampled_from(["ann", "bo"]), st.integers(0, 3)),
    st.none() | st.sampled_from(["ann", "bo"]),
    st.none() | st.sampled_from(["ann", "cy"]),
    st.tuples(st.none() | st.integers(0, 2), st.sampled_from([(), ("ann", "bo")])),
)
def test_whoever_gets_a_case_exists_has_room_and_was_not_rated(row, given, previous, fallback, limits):
    cap, people = limits
    found = routed(row, given, previous, by=["a", "b"], never=["agent"], fallback=fallback, per_day=cap, people=people)
    got = found.owner or found.waits_for
    assert found.owner is None or found.waits_for is None
    assert got is None or (got != row.get("agent") and (not people or got in people))
    assert got in {row.get("a"), row.get("b"), previous, fallback, None}
    if cap is not None and got is not None:
        assert (given.get(got, 0) < cap) == (found.owner is not None)
    assert (found.because[-1] == NOBODY) == (got is None)


def test_candidates_come_in_their_order():
    row = {"a": "cy", "b": "di"}
    order = [{"previous": "ann"}, {"owner": "bo"}, {"by": ["a", "b"]}, {"by": ["b"]}, {"fallback": "ed"}]
    for place, expected in enumerate(["ann", "bo", "cy", "di", "ed"]):
        options = {name: value for option in reversed(order[place:]) for name, value in option.items()}
        assert routed(row, **options).owner == expected


def test_who_was_rated_never_gets_the_case_not_even_as_previous_owner_or_fallback():
    row = {"interaction.agent": "ann", "account.owner": "ann"}
    found = routed(row, previous="ann", owner="ann", by=["account.owner"], fallback="ann", never=["interaction.agent"])
    assert (found.owner, found.waits_for) == (None, None)
    assert found.because == (
        "ann (who has the open case of the customer) was rated and does not get the case.",
        "ann (named by the rule) was rated and does not get the case.",
        "ann (account.owner) was rated and does not get the case.",
        "ann (the fallback) was rated and does not get the case.",
        NOBODY,
    )


def test_unknown_people_are_passed_over_with_the_reason():
    found = routed({"account.owner": "left last year"}, by=["account.owner"], people=["bo"], fallback="bo")
    assert found.owner == "bo"
    assert found.because[0] == "left last year (account.owner) is none of the people of the policy."


def test_a_cap_makes_a_case_wait_for_its_owner_and_not_go_to_others():
    found = routed({"a": "ann"}, {"ann": 2}, by=["a"], fallback="bo", per_day=2)
    assert (found.owner, found.waits_for) == (None, "ann")
    assert found.because == ("ann (a) has had 2 cases today; this one waits.",)


@pytest.mark.parametrize("cap", [0, -1])
def test_who_never_has_room_makes_every_case_wait(cap):
    assert routed({"a": "ann"}, by=["a"], per_day=cap).waits_for == "ann"


@pytest.mark.parametrize("name", [None, "", " ", 5, "a\x1b[31m", "x" * 1_001, ["ann"]])
def test_what_is_no_name_is_passed_over(name):
    assert routed({"a": name, "rated": name}, by=["a"], never=["rated"], fallback="bo").owner == "bo"
