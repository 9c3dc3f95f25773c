"""The service for asynchronous applications: the same names, awaited.

Stores and sinks are synchronous and work in threads of `asyncio`, so that the event loop is never blocked. A store in
a database may be shared by threads; a `MemoryStore` too, as long as one call at a time writes to it, and here one does:
the calls of one `Loop` follow each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from npscore import service
from npscore.loop.cases import Case
from npscore.loop.history import History
from npscore.loop.policies import Policy
from npscore.loop.recovery import Comparison
from npscore.models import FollowUp, Record, Response
from npscore.periods import Grid
from npscore.ports import EVERYTHING, Counted, Question, Sink, Store
from npscore.scoring.conventions import DEFAULT, Convention
from npscore.service import Beside, LoopReport, Received, Restatement, Swept

P = ParamSpec("P")
T = TypeVar("T")


async def answers(store: Store, question: Question = EVERYTHING, *, as_of: datetime | None = None) -> list[Response]:
    """The answers that count; see `npscore.service.answers`."""
    return await asyncio.to_thread(service.answers, store, question, as_of=as_of)


async def known_records(
    store: Store, question: Question = EVERYTHING, *, as_of: datetime | None = None
) -> list[Record]:
    """What rows for rules are made of, as a list; see `npscore.known_records`."""
    return await asyncio.to_thread(lambda: list(service.known_records(store, question, as_of=as_of)))


async def count_answers(
    store: Store,
    question: Question = EVERYTHING,
    *,
    by: str | Sequence[str] = (),
    every: Grid | None = None,
    zone: str = "UTC",
    as_of: datetime | None = None,
) -> Counted:
    """Tallies of stored answers; see `npscore.count_answers`."""
    return await asyncio.to_thread(service.count_answers, store, question, by=by, every=every, zone=zone, as_of=as_of)


async def restate(
    store: Store,
    then: datetime,
    now: datetime,
    *,
    question: Question = EVERYTHING,
    convention: Convention = DEFAULT,
) -> Restatement:
    """Why a score as it was known then is another one now; see `npscore.restate`."""
    return await asyncio.to_thread(service.restate, store, then, now, question=question, convention=convention)


class Loop:
    """The loop, awaited; see `npscore.Loop`.

    Args:
        store: that keeps answers and logs.
        policies: one or several.
        sink: to which actions go; without one they stay owed.
        beside: tells more columns that rules may read.

    Raises:
        InputError: for what is no store, policy or sink.

    Example:
        >>> import asyncio
        >>> from datetime import UTC, datetime
        >>> from npscore import MemoryStore, Response, aio
        >>> from npscore.loop.policies import OpenCase, Policy, PolicyRule
        >>> policy = Policy(name="care", rules=[PolicyRule("unhappy", 'category = "detractor"', OpenCase(owner="ann"))])
        >>> now = datetime(2026, 11, 20, 9, tzinfo=UTC)
        >>> answer = Response(id="r1", customer_id="c1", rating=2, answered_at=now, known_at=now)
        >>> async def main():
        ...     loop = aio.Loop(MemoryStore(), policy)
        ...     return (await loop.receive([answer], now)).decided
        >>> asyncio.run(main())
        {'case opened': 1}
    """

    def __init__(
        self,
        store: Store,
        policies: Policy | Iterable[Policy],
        *,
        sink: Sink | None = None,
        beside: Beside | None = None,
    ) -> None:
        self._loop = service.Loop(store, policies, sink=sink, beside=beside)
        self._one_at_a_time = asyncio.Lock()

    async def receive(self, responses: Iterable[Response], now: datetime) -> Received:
        """Keep answers and decide on them; see `npscore.Loop.receive`."""
        return await self._awaited(self._loop.receive, responses, now)

    async def catch_up(self, now: datetime, *, since: datetime | None = None) -> Received:
        """Decide on stored answers; see `npscore.Loop.catch_up`."""
        return await self._awaited(self._loop.catch_up, now, since=since)

    async def step(self, follow_up: FollowUp, now: datetime) -> FollowUp:
        """Log a step of a case; see `npscore.Loop.step`."""
        return await self._awaited(self._loop.step, follow_up, now)

    async def sweep(self, now: datetime) -> Swept:
        """Do what time asks for; see `npscore.Loop.sweep`."""
        return await self._awaited(self._loop.sweep, now)

    async def report(
        self,
        now: datetime,
        *,
        since: datetime | None = None,
        level: float = 0.95,
        comparison: Comparison = "not contacted",
    ) -> LoopReport:
        """How the loop is doing; see `npscore.Loop.report`."""
        return await self._awaited(self._loop.report, now, since=since, level=level, comparison=comparison)

    async def log(self, name: str) -> tuple[FollowUp, ...]:
        """The steps of a case or decision; see `npscore.Loop.log`."""
        return await self._awaited(self._loop.log, name)

    async def cases(self, *, finished: bool = True) -> list[Case]:
        """The cases in the store; see `npscore.Loop.cases`."""
        return await self._awaited(self._loop.cases, finished=finished)

    async def broken(self) -> dict[str, str]:
        """The logs that nobody can read; see `npscore.Loop.broken`."""
        return await self._awaited(self._loop.broken)

    async def history(self) -> History:
        """All that the store keeps; see `npscore.Loop.history`."""
        return await self._awaited(self._loop.history)

    async def _awaited(self, call: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        await self._one_at_a_time.acquire()
        running = asyncio.ensure_future(asyncio.to_thread(call, *args, **options))
        running.add_done_callback(self._done)
        return await asyncio.shield(running)  # a thread cannot be stopped, so the next call waits for it all the same

    def _done(self, running: asyncio.Future[Any]) -> None:
        self._one_at_a_time.release()
        if not running.cancelled():
            running.exception()  # whoever waited may be gone; then nobody else asks
