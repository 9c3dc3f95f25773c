"""A year of answers, received by two loops whose clocks do not agree, leaves nobody out.

`NPSCORE_TEST_LOOP_ANSWERS` says how many answers (1000, unless it does). More are received day by day, these few every
five days.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random

from npscore import Customer, Response, open_store
from npscore.adapters.sinks.memory import MemorySink
from npscore.loop.actions import decision_id
from npscore.loop.cases import Case
from npscore.service.looping import Loop
from proof import POLICIES, check_nobody_dropped, outcomes, texts_of
from records import day

ANSWERS = int(os.environ.get("NPSCORE_TEST_LOOP_ANSWERS", "1000"))
DAYS = 5 if ANSWERS <= 3000 else 1
CUSTOMERS = max(50, ANSWERS // 5)
HOUR = timedelta(hours=1)
NEXT = {"open": "contacted", "contacted": "resolved", "snoozed": "contacted", "resolved": "reopened"}


def test_a_year_with_skewed_clocks_leaves_nobody_out(tmp_path: Path) -> None:
    chance = Random(2026)  # noqa: S311
    store, sink = open_store(f"sqlite:///{tmp_path / 'year.db'}"), MemorySink()
    loops = [Loop(store, POLICIES, sink=sink) for _ in range(2)]
    store.put(*(Customer(id=f"c{n}", attributes={"manager": "ann"}, known_at=day(0)) for n in range(0, CUSTOMERS, 3)))
    answers = list(_year(chance))
    for number, (_, some) in enumerate(groupby(answers, key=lambda answer: (answer.answered_at - day(0)).days // DAYS)):
        _some_days(loops[number % 2], list(some), _late(chance), chance)
        if number * DAYS % 30 == 0:
            loops[chance.randrange(2)].sweep(day((number + 1) * DAYS) + chance.random() * HOUR)
    for number in range(370, 470, 20):
        loops[number % 2].sweep(day(number))
    before = texts_of(store)
    assert loops[0].receive(answers[:500], day(471)).decided == {}
    assert loops[1].sweep(day(450)).steps == {}
    assert texts_of(store) == before
    logs = check_nobody_dropped(store, answers, sink.actions)
    report = loops[0].report(day(471))
    assert (report.answers, report.undecided, report.owed, report.broken) == (ANSWERS, 0, 0, {})
    sys.stdout.write(f"{ANSWERS} answers: {outcomes(logs)}\n")
    store.close()


def _year(chance: Random) -> Iterator[Response]:
    """Answers in the order of their days, known to clocks up to an hour behind or ahead."""
    for number in range(ANSWERS):
        at = day(365 * number / ANSWERS)
        yield Response(
            id=f"r{number}",
            customer_id=None if number % 11 == 0 else f"c{chance.randrange(CUSTOMERS)}",
            rating=chance.choice([0, 1, 3, 5, 6, 7, 8, 9, 10, 10, None]),
            answered_at=at,
            known_at=at + (2 * chance.random() - 1) * HOUR,
            test=number % 97 == 0,
        )


def _late(chance: Random) -> timedelta:
    """How much a clock is ahead."""
    return chance.random() * HOUR


def _some_days(loop: Loop, answers: list[Response], ahead: timedelta, chance: Random) -> None:
    """The answers of some days in any order, some twice, and people who do something about some cases."""
    now = answers[-1].answered_at + ahead
    chance.shuffle(answers)
    received = loop.receive([*answers, *answers[:3]], now)
    assert received.answers == len(answers)
    for case in _cases_of(loop, answers[: 2 * DAYS]):
        _one_step(loop, case, now + chance.random() * HOUR)


def _cases_of(loop: Loop, answers: list[Response]) -> list[Case]:
    """The cases that some answers opened or joined."""
    logs = (loop.log(decision_id(policy.name, answer.id)) for answer in answers for policy in POLICIES)
    names = dict.fromkeys(str(log[0].details["case"]) for log in logs if "case" in log[0].details)
    return [Case.of(loop.log(name)) for name in names]


def _one_step(loop: Loop, case: Case, now: datetime) -> None:
    """What a person does next."""
    step = NEXT.get(case.state)
    if step is not None:
        details = {"root_cause": "billing"} if step == "resolved" else {}
        loop.step(case.next(step, now, actor="ann", details=details), now)
