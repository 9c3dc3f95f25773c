"""The suite of laws for sinks. Subclass it, give it a sink and the outside, and run pytest.

    class TestMine(SinkConformance):
        @pytest.fixture
        def make_sink(self, crm):
            return lambda: MySink(crm.url)  # each on the same place

        @pytest.fixture
        def received(self, crm):
            return lambda: crm.tasks  # each as `Action.to_dict` has it, in order

        @pytest.fixture
        def refusing(self, crm):
            return crm.refusing  # for the length of a block it refuses all

        @pytest.fixture
        def away(self, crm):
            return crm.away  # for the length of a block it cannot be reached

The numbers are those of ``docs/reference/contracts/sinks.md``. A law that your
sink cannot keep may be overridden only as ``xfail`` with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, get_args

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npscore.errors import ConnectorError, InputError, RejectedError
from npscore.loop.actions import Action, Do
from npscore.ports import Receipt, Sink
from npscore.testing import strategies as make

MakeSink = Callable[[], Sink]
Received = Callable[[], Sequence[Mapping[str, Any]]]
Trouble = Callable[[], AbstractContextManager[object]]

HOSTILE = (
    "",
    " ",
    " between blanks ",
    "two\nlines",
    "Subject: x\r\nBcc: everybody@example.org",
    "tab\tbell\x07escape\x1b[31m",
    "line\u2028paragraph\u2029next\x85",
    "<script>alert(1)</script>",
    "' OR 1=1; --",
    '"\\',
    "{{ 7 * 7 }}{% for x in y %}",
    "${HOME} %s {0}",
    "../../etc/passwd",
    "\U0001f600\u0301 e\u0301 \u00e9 \u202egnp.exe",
    "null",
    "true",
    "1e400",
    "x" * 20_000,
)
"""Texts that some sink or other has changed on the way."""


def action(id: str = "case-1/0", **fields: Any) -> Action:  # noqa: A002 (the field's name)
    """An action with some fields as you say."""
    usual: dict[str, Any] = {
        "do": "contact",
        "log": "case-1",
        "policy": "promise",
        "customer_id": "c1",
        "response_id": "r1",
        "to": "ann",
        "asked_at": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        "details": {"priority": "high", "rating": 2, "share": 0.1, "vip": True, "because": None},
    }
    return Action(**{"id": id, **usual, **fields})


def actions() -> st.SearchStrategy[Action]:
    """Actions of any deed, with texts as hostile as records allow."""
    maybe = st.none() | make.texts()
    return st.builds(
        Action,
        id=make.ids(),
        do=st.sampled_from(get_args(Do)),
        log=make.ids(),
        policy=make.texts(),
        customer_id=maybe,
        response_id=maybe,
        to=st.none() | st.just("ann"),
        asked_at=make.times(),
        details=make.attributes(),
    )


class SinkConformance:
    """The laws of the door `Sink`."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, law in vars(cls).items():
            if (
                name.startswith("test_k")
                and any(hasattr(base, name) for base in cls.__mro__[1:])
                and not is_honest(law)
            ):
                raise TypeError(f"{cls.__name__} overrides the law {name} without xfail and a reason")

    @pytest.fixture
    def make_sink(self) -> MakeSink:
        """A function that makes a sink, each on the same place, which is empty at first; yours."""
        raise NotImplementedError("give the suite a fixture make_sink that returns a function making a sink")

    @pytest.fixture
    def received(self) -> Received:
        """A function that tells what the outside got, as `Action.to_dict` has it, in order; yours."""
        raise NotImplementedError("give the suite a fixture received that returns a function telling what arrived")

    @pytest.fixture
    def refusing(self) -> Trouble:
        """A function that gives a block within which the outside refuses every action for good; yours."""
        raise NotImplementedError("give the suite a fixture refusing that returns a context manager")

    @pytest.fixture
    def away(self) -> Trouble:
        """A function that gives a block within which the outside cannot be reached; yours."""
        raise NotImplementedError("give the suite a fixture away that returns a context manager")

    def test_k01_what_was_sent_arrives_once_with_all_its_fields(self, make_sink: MakeSink, received: Received) -> None:
        sink, numbers = make_sink(), iter(range(10**6))

        @given_some(actions())
        def law(sent: Action) -> None:
            new = attrs.evolve(sent, id=f"{sent.id} {next(numbers)}")
            before = len(received())
            sink.send(new)
            assert list(received())[before:] == [new.to_dict()]

        law()

    def test_k02_the_same_action_again_is_one_deed(self, make_sink: MakeSink, received: Received) -> None:
        sink = make_sink()
        sink.send(action("a"))
        sink.send(action("b"))
        for again in (action("a"), action("a"), action("b", to="bob")):
            sink.send(again)
        assert list(received()) == [action("a").to_dict(), action("b").to_dict()]

    def test_k03_a_receipt_names_the_action_and_tells_a_repeat(self, make_sink: MakeSink) -> None:
        sink = make_sink()
        first, again = sink.send(action("a")), sink.send(action("a"))
        assert isinstance(first, Receipt)
        assert (first.action, first.is_repeat) == ("a", False)
        assert (again.action, again.is_repeat) == ("a", True)
        assert sink.send(action("b")).action == "b"

    def test_k04_actions_arrive_in_the_order_in_which_they_were_sent(
        self, make_sink: MakeSink, received: Received
    ) -> None:
        sink = make_sink()
        names = ["b", "a", "c/10", "c/9", "B", "0"]
        for name in names:
            sink.send(action(name))
        assert [got["id"] for got in received()] == names

    def test_k05_hostile_texts_arrive_letter_by_letter(self, make_sink: MakeSink, received: Received) -> None:
        sink = make_sink()
        sent = [
            action(f"a{number}", policy=text, customer_id=text, details={"note": text, "x": number})
            for number, text in enumerate(HOSTILE)
        ]
        for one in sent:
            sink.send(one)
        assert list(received()) == [one.to_dict() for one in sent]

    def test_k06_ids_are_compared_letter_by_letter(self, make_sink: MakeSink, received: Received) -> None:
        names = ["a", "A", "a ", " a", "\u00e9", "e\u0301", "a/0", "a%2F0", "a\n", "a\u2028"]
        sink = make_sink()
        for name in names:
            assert sink.send(action(name)).action == name
        assert [got["id"] for got in received()] == names

    def test_k07_what_is_refused_for_good_is_not_worth_a_retry(
        self, make_sink: MakeSink, received: Received, refusing: Trouble
    ) -> None:
        sink = make_sink()
        sink.send(action("before"))
        with refusing(), pytest.raises(RejectedError) as caught:
            sink.send(action("a"))
        assert not caught.value.retryable
        assert [got["id"] for got in received()] == ["before"]
        sink.send(action("after"))
        assert [got["id"] for got in received()] == ["before", "after"]

    def test_k08_what_fails_for_now_can_be_sent_again(
        self, make_sink: MakeSink, received: Received, away: Trouble
    ) -> None:
        sink = make_sink()
        sink.send(action("before"))
        with away(), pytest.raises(ConnectorError) as caught:
            sink.send(action("a"))
        assert caught.value.retryable
        assert [got["id"] for got in received()] == ["before"]
        sink.send(action("a"))
        assert list(received()) == [action("before").to_dict(), action("a").to_dict()]

    def test_k09_what_is_no_action_is_refused_before_anything_is_sent(
        self, make_sink: MakeSink, received: Received
    ) -> None:
        sink = make_sink()
        wrong: list[Any] = [None, "a", 7, {"id": "a"}, action("a").to_dict(), action(id=None), action(id="")]  # type: ignore[arg-type]
        wrong += [action(details={"x": value}) for value in (float("nan"), object(), b"x", "\ud800")]
        wrong += [action(details=None), action(asked_at="today"), action(to=["ann"])]
        for value in wrong:
            with pytest.raises(InputError):
                sink.send(value)
        assert list(received()) == []

    def test_k10_threads_that_send_at_once_do_each_deed_once(self, make_sink: MakeSink, received: Received) -> None:
        sink = make_sink()
        names = [f"a{number}" for number in range(8)]
        with ThreadPoolExecutor(4) as pool:
            receipts = list(pool.map(lambda name: sink.send(action(name)), sorted(names * 4)))
        assert sorted(got["id"] for got in received()) == names
        assert sorted(receipt.action for receipt in receipts if not receipt.is_repeat) == names


class DurableSinkConformance(SinkConformance):
    """The laws of a sink whose place outlives its process."""

    def test_k11_another_sink_on_the_same_place_knows_what_was_sent(
        self, make_sink: MakeSink, received: Received
    ) -> None:
        first, second = make_sink(), make_sink()
        first.send(action("a"))
        assert second.send(action("a")).is_repeat
        assert not second.send(action("b")).is_repeat
        assert first.send(action("b")).is_repeat
        assert make_sink().send(action("a")).is_repeat
        assert list(received()) == [action("a").to_dict(), action("b").to_dict()]


def is_honest(law: Any) -> bool:
    """Whether a law that is overridden is marked as `xfail`, with a reason."""
    marks = getattr(law, "pytestmark", [])
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)


def given_some(strategy: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """As Hypothesis does, but with few examples where the profile says 100, and in proportion elsewhere."""

    def decorate(law: Callable[..., None]) -> Callable[[], None]:
        share = max(1, 25 * settings().max_examples // 100)
        relaxed = settings(max_examples=share, deadline=None, suppress_health_check=list(HealthCheck))
        return relaxed(given(strategy)(law))

    return decorate
