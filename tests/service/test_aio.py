"""The service for asynchronous applications has the same names, blocks nothing, and takes one call at a time."""

from __future__ import annotations

import asyncio
import inspect
import threading

import pytest

import npscore as nps
from loops import NOW, care, hours, said
from npscore import InputError, MemoryStore, aio, service

FUNCTIONS = [name for name in service.__all__ if inspect.isfunction(getattr(service, name))]
METHODS = [name for name, _ in inspect.getmembers(service.Loop, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_there_awaited_and_with_the_same_parameters(name):
    there, here = getattr(service, name), getattr(aio, name)
    assert inspect.iscoroutinefunction(here)
    assert inspect.signature(here).parameters == inspect.signature(there).parameters


@pytest.mark.parametrize("name", METHODS)
def test_every_method_of_the_loop_is_there_awaited_and_with_the_same_parameters(name):
    there, here = getattr(service.Loop, name), getattr(aio.Loop, name)
    assert inspect.iscoroutinefunction(here)
    assert inspect.signature(here) == inspect.signature(there)


def test_it_has_no_method_that_the_loop_has_not():
    assert [name for name, _ in inspect.getmembers(aio.Loop, inspect.isfunction) if not name.startswith("_")] == METHODS
    assert inspect.signature(aio.Loop) == inspect.signature(service.Loop)


class SlowSink:
    """A sink that takes an action when it is told to, and sees how many call it at once."""

    def __init__(self):
        self.go, self.called = threading.Event(), threading.Event()
        self.at_once = self.most = 0

    def send(self, action):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.called.set()
        assert self.go.wait(20)
        self.at_once -= 1
        return nps.Receipt(action=action.id)


def test_the_results_are_those_of_the_service():
    async def main():
        store = MemoryStore()
        loop = aio.Loop(store, care(), sink=nps.MemorySink())
        received = await loop.receive([said()], NOW)
        (case,) = await loop.cases()
        kept = await loop.step(case.next("contacted", hours(1)), hours(1))
        assert await loop.log(case.id) == service.Loop(store, care()).log(case.id)
        assert (received.sending.sent, kept.sequence) == (1, 2)
        assert (await loop.sweep(hours(1))).logs == 1
        assert (await loop.catch_up(hours(1))).answers == 0
        assert await loop.report(hours(1)) == service.Loop(store, care()).report(hours(1))
        history = await loop.history()
        assert nps.replay(care(), history).unlike(history.follow_ups) == []
        assert [one.id for one in await aio.answers(store)] == ["r1"]
        assert [one.id for one in await aio.known_records(store)] == ["r1"]
        assert (await aio.count_answers(store)).tallies == nps.count_answers(store).tallies

    asyncio.run(main())


def test_errors_come_out_where_the_call_is_awaited():
    async def main():
        loop = aio.Loop(MemoryStore(), care())
        with pytest.raises(InputError, match="now"):
            await loop.sweep(None)
        assert (await loop.sweep(NOW)).logs == 0  # and the next call is not held up

    asyncio.run(main())


def test_others_work_while_a_sink_is_waited_for():
    async def main():
        sink = SlowSink()
        loop = aio.Loop(MemoryStore(), care(), sink=sink)
        waiting = asyncio.create_task(loop.receive([said()], NOW))
        while not sink.called.is_set():
            await asyncio.sleep(0.001)
        assert not waiting.done()  # here, on the event loop, while the thread waits
        sink.go.set()
        assert (await waiting).sending.sent == 1

    asyncio.run(main())


@pytest.mark.parametrize("is_given_up", [False, True])
def test_calls_follow_each_other_also_after_one_that_was_given_up(is_given_up):
    async def main():
        sink = SlowSink()
        loop = aio.Loop(MemoryStore(), care(), sink=sink)
        first = asyncio.create_task(loop.receive([said("r1")], NOW))
        while not sink.called.is_set():
            await asyncio.sleep(0.001)
        second = asyncio.create_task(loop.receive([said("r2", customer="c2")], NOW))
        if is_given_up:
            first.cancel()
        await asyncio.wait([first], timeout=0.05)
        assert (first.cancelled(), second.done(), sink.at_once) == (is_given_up, False, 1)
        sink.go.set()
        assert (await second).sending.sent == 1
        assert sink.most == 1
        assert len(await loop.cases()) == 2

    asyncio.run(main())
