"""What is owed to the outside is worked out of the log, and has the same ids whoever works it out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs import START, case, hour
from npscore import InputError
from npscore.loop.actions import actions_of, case_id, decision_id, owed, subject_of
from npscore.loop.cases import Case, is_finished
from npscore.models import FollowUp, Response

texts = st.text(max_size=8)


def decided(do):
    return [FollowUp(log="d", sequence=0, step="decided", done_at=START, known_at=START, details={"do": do})]


def kinds(log):
    return [action.do for action in actions_of(log)]


@given(st.tuples(texts, texts), st.tuples(texts, texts))
def test_ids_of_decisions_differ_where_their_parts_do(one, other):
    assert (decision_id(*one) == decision_id(*other)) == (one == other)


@given(st.tuples(texts, texts, st.integers(0, 99)), st.tuples(texts, texts, st.integers(0, 99)))
def test_ids_of_cases_differ_where_their_parts_do(one, other):
    assert (case_id(*one) == case_id(*other)) == (one == other)


@pytest.mark.parametrize("name", [None, 5, b"x", [], float("nan")])
def test_ids_are_made_of_names(name):
    for call in (lambda: decision_id(name, "r"), lambda: decision_id("p", name), lambda: case_id("p", name, 0)):
        with pytest.raises(InputError, match="ids are made of names"):
            call()


def test_an_answer_of_nobody_is_a_subject_of_its_own():
    known = Response(id="x", answered_at=START, known_at=START, customer_id="y")
    assert subject_of(known) == "customer y"
    assert subject_of(known.model_copy(update={"customer_id": None})) == "answer x"


def test_what_is_receipted_is_not_owed_any_more():
    made = case(owner="ann", priority="high")
    (action,) = owed(made.steps)
    assert (action.do, action.to, action.id) == ("contact", "ann", "case-1/0")
    done = Case.of([*made.steps, made.next("receipted", hour(1), details={"action": action.id})])
    assert owed(done.steps) == ()
    assert actions_of(done.steps) == (action,)


def test_working_out_a_longer_log_changes_no_earlier_action():
    made = case(("assigned", 1), ("escalated", 2, {"to": "boss"}), ("resolved", 3), ("closed", 4), owner="bo")
    for length in range(len(made.steps)):
        assert actions_of(made.steps[:length]) == actions_of(made.steps)[: len(actions_of(made.steps[:length]))]
    assert len({action.id for action in actions_of(made.steps)}) == len(actions_of(made.steps)) == 3


def test_surveys_rest_while_the_case_is_open_and_again_when_it_is_opened_again():
    made = case(
        *[
            ("resolved", 1),
            ("closed", 2),
            ("reopened", 3),
            ("resolved", 4),
            ("reopened", 5),
            ("resolved", 6),
            ("closed", 7),
        ],
        suppress_surveys=True,
    )
    assert kinds(made.steps) == ["suppress surveys", "resume surveys", "suppress surveys", "resume surveys"]


def test_a_case_opened_again_before_it_was_closed_does_not_ask_for_rest_twice():
    assert kinds(case(("resolved", 1), ("reopened", 3), suppress_surveys=True).steps) == ["suppress surveys"]


def test_a_decision_asks_for_its_deeds():
    log = decided(json.dumps([{"do": "thank"}, {"do": "notify", "to": "store", "because": "glad"}]))
    thank, notify = actions_of(log)
    assert (thank.id, notify.to, notify.details) == ("d/thank", "store", {"because": "glad"})
    assert json.loads(notify.to_json())["asked_at"] == START.isoformat()


@pytest.mark.parametrize(
    "do", ["{", "5", "[5]", '[{"to": "x"}]', '[{"do": 5}]', '{"do": "thank"}', "null", "[" * 100_000, "1" * 5_000, 5]
)
def test_deeds_that_cannot_be_read_are_refused_and_left_to_be_looked_at(do):
    with pytest.raises(InputError, match="no deeds that can be read"):
        actions_of(decided(do))
    assert not is_finished(decided(do))


@pytest.mark.parametrize("do", ["[]", "", None])
def test_a_decision_may_ask_for_nothing(do):
    assert actions_of(decided(do)) == ()
