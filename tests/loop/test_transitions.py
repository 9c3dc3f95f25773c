"""The table of states and steps: what it allows is done, and all else is refused with what would be allowed."""

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs import START, opened
from npscore.errors import InputError, TransitionError
from npscore.loop.cases import Case
from npscore.loop.transitions import ALWAYS, STATES, TRANSITIONS, after, diagram
from npscore.models.actions import Step

STEPS = get_args(Step)
NEEDED = {"resolved": {"root_cause": "price"}, "assigned": {"owner": "bo"}}


@given(st.data())
def test_any_walk_through_the_table_is_a_case_and_no_step_beside_it_is(data):
    case, state = Case.of([opened()]), "open"
    for number in range(data.draw(st.integers(0, 12))):
        now = START + timedelta(hours=number)
        allowed = [*TRANSITIONS[state], *ALWAYS]
        for step in set(STEPS) - set(allowed):
            with pytest.raises(TransitionError) as refused:
                case.next(step, now, details=NEEDED.get(step))
            assert refused.value.allowed == tuple(TRANSITIONS[state])
            assert all(name in str(refused.value) for name in TRANSITIONS[state])
        step = data.draw(st.sampled_from(allowed))
        case = Case.of([*case.steps, case.next(step, now, details=NEEDED.get(step))])
        state = TRANSITIONS[state].get(step, state)
        assert case.state == state
    assert len(case.states) == len(case.steps)


def test_the_table_speaks_of_all_states_and_of_no_other():
    ends = {state for steps in TRANSITIONS.values() for state in steps.values()}
    assert ends == set(STATES) == set(TRANSITIONS) - {None}


def test_every_step_has_a_place_but_that_of_a_decision():
    used = {step for steps in TRANSITIONS.values() for step in steps} | set(ALWAYS)
    assert set(STEPS) - used == {"decided"}


@pytest.mark.parametrize("state", STATES)
def test_a_closed_loop_can_be_reached_from_every_state(state):
    reached, edge = {state}, {state}
    while edge:
        edge = {end for one in edge for end in TRANSITIONS[one].values()} - reached
        reached |= edge
    assert "closed" in reached


@pytest.mark.parametrize("state", STATES)
def test_a_receipt_changes_nothing(state):
    assert after(state, "receipted", "case-1") == state


def test_a_case_begins_by_being_opened_and_with_nothing_else():
    for step in set(STEPS) - {"opened"}:
        with pytest.raises(TransitionError, match="does not exist yet"):
            after(None, step, "case-1")


def test_the_error_says_what_is_allowed():
    with pytest.raises(TransitionError) as refused:
        after("closed", "contacted", "case-1")
    assert str(refused.value) == "the case case-1 is closed and cannot be contacted; it can be reopened, re-surveyed."
    assert isinstance(refused.value, InputError)


def test_the_diagram_has_every_way_of_the_table_and_no_other():
    lines = [line.strip().partition(": ") for line in diagram().splitlines()[1:]]
    drawn = {(ends, step) for ends, _, steps in lines for step in steps.split(", ")}
    table = {
        (f"{before or '[*]'} --> {state}", step)
        for before, steps in TRANSITIONS.items()
        for step, state in steps.items()
    }
    assert drawn == table
    assert len(lines) == len({ends for ends, _, _ in lines})
