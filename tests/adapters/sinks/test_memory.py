"""A sink in memory can play any outside."""

import pytest

from npscore.adapters.sinks.memory import MemorySink
from npscore.errors import InputError, RateLimitedError
from npscore.testing.sinks import action


def test_it_plays_an_outside_that_takes_some_actions_and_not_others():
    def trouble(asked):
        if asked.to == "bob":
            raise RateLimitedError("not now", 7)

    sink = MemorySink(trouble)
    sink.send(action("a"))
    with pytest.raises(RateLimitedError):
        sink.send(action("b", to="bob"))
    assert [sent.id for sent in sink.actions] == ["a"]


@pytest.mark.parametrize("trouble", ["no", 7, [], RateLimitedError("x")])
def test_trouble_is_a_function(trouble):
    with pytest.raises(InputError, match="trouble is a function"):
        MemorySink(trouble)
