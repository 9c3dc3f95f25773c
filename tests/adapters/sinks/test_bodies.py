"""An action is spelled one way, or refused in one sentence."""

import json

import pytest
from hypothesis import given

from npscore.adapters.sinks.bodies import body_of
from npscore.errors import InputError
from npscore.testing.sinks import action, actions


@given(actions())
def test_a_body_says_all_of_an_action_on_one_line(sent):
    body = body_of(sent)
    assert b"\n" not in body
    assert json.loads(body) == sent.to_dict()
    assert body.decode() == sent.to_json()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (None, "not None"),
        ("a", "not 'a'"),
        (action(id=7), "the id of an action"),
        (action(id=""), "the id of an action"),
        (action(do=None), "do of an action is a text"),
        (action(to=["ann"]), "to of an action is a text"),
        (action(customer_id=7), "customer_id of an action"),
        (action(asked_at="today"), "cannot be written as JSON"),
        (action(details={"x": float("inf")}), "cannot be written as JSON"),
        (action(details={"x": {1, 2}}), "cannot be written as JSON"),
        (action(details={1: 2, "x": 3}), "cannot be written as JSON"),
        (action(details={"x": "\ud800"}), "cannot be written as JSON"),
        (action(details=None), "cannot be written as JSON"),
        (action(id="\udfff"), "cannot be written as JSON"),
    ],
)
def test_what_json_cannot_say_is_refused_in_one_sentence(wrong, said):
    with pytest.raises(InputError, match=said) as caught:
        body_of(wrong)
    assert "\n" not in str(caught.value)


def test_details_that_hold_themselves_are_refused():
    circle = {}
    circle["x"] = circle
    with pytest.raises(InputError, match="cannot be written as JSON"):
        body_of(action(details=circle))
