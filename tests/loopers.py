"""What processes of their own do to one loop in tests; light to import, as each of them does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from random import Random
from time import monotonic

from npscore.adapters.sinks.lines import JsonLinesSink
from npscore.adapters.sql import SQLStore
from npscore.errors import NpscoreError
from npscore.models import Response
from npscore.service.looping import Loop
from proof import POLICIES
from records import day

SIZE = 4
END = day(200)


def answers_of_all(number: int) -> list[Response]:
    """Answers of few people in few weeks, some of nobody and some that are trials."""
    return [
        Response(
            id=f"r{place}",
            customer_id=None if place % 5 == 4 else f"c{place % 7}",
            rating=place * 7 % 11,
            answered_at=day(place * 13 % 40),
            known_at=day(41),
            test=place % 17 == 16,
        )
        for place in range(number)
    ]


def keep_the_loop(says: Connection, url: str, path: str, seed: int, number: int) -> None:
    """Receive the answers in an order of its own and sweep now and then, a while ahead of the others or behind.

    It says when it begins, what went wrong, and how many seconds it took.
    """
    chance = Random(seed)  # noqa: S311
    answers = answers_of_all(number)
    store = SQLStore(url)
    loop = Loop(store, POLICIES, sink=JsonLinesSink(path))
    says.send("begins")
    began, now = monotonic(), day(42) + timedelta(minutes=chance.randrange(120))
    chance.shuffle(answers)
    try:
        for place in range(0, number, SIZE):
            now += timedelta(hours=5)
            _take_turns(loop, answers[place : place + SIZE], now, chance)
        says.send(monotonic() - began)
    except NpscoreError as error:
        says.send(f"{type(error).__name__}: {error}")
    store.close()


def _take_turns(loop: Loop, answers: Sequence[Response], now: datetime, chance: Random) -> None:
    """Some answers, a person who does something, a sweep."""
    loop.receive(answers, now)
    cases = loop.cases(finished=False)
    if cases and chance.random() < 0.5:
        case = chance.choice(cases)
        if case.is_open:
            loop.step(case.next("attempted", now, actor=f"worker {chance.randrange(10**9)}"), now)
    if chance.random() < 0.5:
        loop.sweep(now)
