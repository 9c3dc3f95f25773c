"""Whatever happens to a loop, and wherever it is stopped, nobody is dropped, doubled or called twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from budget import examples
from npscore import Customer, Exclusion, FollowUp, MemoryStore, Response, open_store
from npscore.adapters.sinks.memory import MemorySink
from npscore.errors import (
    ConnectorError,
    InputError,
    OutsideError,
    RejectedError,
    StoreUnavailableError,
    TransitionError,
)
from npscore.loop.actions import Action
from npscore.loop.transitions import ALWAYS, TRANSITIONS
from npscore.models.actions import Step
from npscore.models.erasure import is_erased
from npscore.ports import Receipt, Store
from npscore.service import looping
from npscore.service.looping import Loop
from proof import POLICIES, check_deeds, check_nobody_dropped, check_replayed, check_sound, texts_of
from records import START, day

CUSTOMERS = ("c1", "c2", "c3", None, "c4")
MANAGERS = ("ann", "bob", "nobody there", None)
DETAILS = {
    "resolved": {"root_cause": "billing"},
    "assigned": {"owner": "bob"},
    "escalated": {"to": "head", "priority": "urgent"},
}
TROUBLES = ("later", "never", "dies before", "dies after")

Fault = tuple[int, bool] | None


class DiedError(Exception):
    """A process that ends in the middle of what it does."""


class Stumbling:
    """A store that fails once, at a call that is drawn, before or after it did what it was asked."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.fault: Fault = None
        self.kind: type[Exception] = DiedError

    def _call(self, name: str, *arguments: Any, **named: Any) -> Any:
        if self.fault is None:
            return getattr(self.store, name)(*arguments, **named)
        left, is_done = self.fault
        self.fault = None if left == 0 else (left - 1, is_done)
        if left == 0 and not is_done:
            raise self.kind("the store is gone")
        answer = getattr(self.store, name)(*arguments, **named)
        if left == 0:
            raise self.kind("the store is gone, and did it")
        return answer

    def put(self, *records: Any) -> int:
        return self._call("put", *records)

    def get(self, *arguments: Any, **named: Any) -> Any:
        return self._call("get", *arguments, **named)

    def find(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        return self._call("find", *arguments, **named)

    def gather(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        return self._call("gather", *arguments, **named)

    def unfinished(self) -> Iterator[Any]:
        return self._call("unfinished")

    def versions(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        return self._call("versions", *arguments, **named)

    def erase(self, customer_id: str) -> int:
        return self._call("erase", customer_id)

    def close(self) -> None:
        self.store.close()


class Outside:
    """A sink with troubles that are drawn; those of one call are gone with it."""

    def __init__(self) -> None:
        self.inner = MemorySink()
        self.troubles: list[str | None] = []
        self.heard: list[str] = []

    def send(self, action: Action) -> Receipt:
        self.heard.append(action.id)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble == "later":
            raise ConnectorError("come back later")
        if trouble == "never":
            raise RejectedError("not that one")
        if trouble == "dies before":
            raise DiedError
        receipt = self.inner.send(action)
        if trouble == "dies after":
            raise DiedError
        return receipt


faults = st.none() | st.tuples(st.integers(0, 14), st.booleans())
troubles = st.lists(st.sampled_from([None, None, None, *TROUBLES]), max_size=4)
minutes = st.sampled_from([1, 1, 7, 60, 60 * 9, 60 * 26, 60 * 24 * 4, 60 * 24 * 22])
drawn_answers = st.lists(
    st.tuples(
        st.integers(0, 24),
        st.sampled_from([0, 2, 3, 5, 6, 7, 8, 9, 10, None]),
        st.sampled_from([-90, -5, 0, 0, 0, 30]),
        st.sampled_from([None, None, -60, -1, 45]),
    ),
    min_size=1,
    max_size=8,
)


class LoopMachine(RuleBasedStateMachine):
    """A loop, people who answer and who care, and trouble."""

    open_one: Callable[[], Any] = MemoryStore

    @initialize(goes_back=st.booleans(), erases=st.booleans())
    def begin(self, goes_back: bool, erases: bool) -> None:
        self.goes_back, self.erases = goes_back, erases
        self.store, self.outside = Stumbling(self.open_one()), Outside()
        self.loop = Loop(self.store, POLICIES, sink=self.outside)
        self.now = day(40)
        self.versions: dict[tuple[str, Any, Any], Response] = {}
        self.waiting: set[str] = set()
        self.gone: set[str] = set()
        self.puts = 0
        self.decided_at: dict[str, datetime] = {}
        self.is_honest = not goes_back

    @rule(drawn=drawn_answers, later=minutes, fault=faults, troubles=troubles)
    def receive(self, drawn: list[Any], later: int, fault: Fault, troubles: list[str | None]) -> None:
        answers = self._answers(drawn)
        now = self._pass(later)
        if self._do(lambda: self.loop.receive(answers, now), fault, troubles):
            self.waiting -= {answer.id for answer in answers}
            assert {answer.id for answer in answers} <= self._there()
            self._again(lambda: self.loop.receive(reversed(answers), now))

    @rule(drawn=drawn_answers, later=minutes)
    def somebody_imports(self, drawn: list[Any], later: int) -> None:
        answers = self._answers(drawn)
        self._pass(later)
        self.waiting |= {answer.id for answer in answers} - self._there()
        self.store.put(*answers)

    @rule(later=minutes, fault=faults, troubles=troubles)
    def catch_up(self, later: int, fault: Fault, troubles: list[str | None]) -> None:
        now = self._pass(later)
        if self._do(lambda: self.loop.catch_up(now), fault, troubles):
            self.waiting -= {answer.id for answer in self.store.find(Response, as_of=now)}
            self._again(lambda: self.loop.catch_up(now))

    @rule(later=minutes, fault=faults, troubles=troubles)
    def sweep(self, later: int, fault: Fault, troubles: list[str | None]) -> None:
        now = self._pass(later)
        if self._do(lambda: self.loop.sweep(now), fault, troubles):
            self._again(lambda: self.loop.sweep(now))

    @rule(
        place=st.integers(0, 40), step=st.sampled_from(get_args(Step)), later=minutes, fault=faults, troubles=troubles
    )
    def somebody_steps(self, place: int, step: Step, later: int, fault: Fault, troubles: list[str | None]) -> None:
        cases = self.loop.cases()
        if not cases:
            return
        case, now = cases[place % len(cases)], self._pass(later)
        snoozed = {"until": (now + timedelta(days=5)).isoformat()}
        made = FollowUp(
            log=case.id,
            sequence=place % 3,
            step=step,
            done_at=now,
            known_at=now,
            actor="ann",
            details=snoozed if step == "snoozed" else DETAILS.get(step, {}),
            **{name: getattr(case, name) for name in ("customer_id", "response_id", "policy")},
        )
        before = texts_of(self.store)
        if step in TRANSITIONS[case.state]:
            if self._do(lambda: self.loop.step(made, now), fault, troubles):
                self._again(lambda: self.loop.step(made, now))
        else:
            with pytest.raises(InputError if step in (*ALWAYS, "decided") else TransitionError):
                self.loop.step(made, now)
            assert texts_of(self.store) == before

    @rule(customer=st.sampled_from([one for one in CUSTOMERS if one]), manager=st.sampled_from(MANAGERS), later=minutes)
    def another_manager(self, customer: str, manager: str | None, later: int) -> None:
        now = self._pass(later)
        if customer not in self.gone:
            told = {} if manager is None else {"manager": manager}
            self.store.put(Customer(id=customer, attributes=told, known_at=now, revised_at=day(0) + (now - START)))

    @rule(number=st.integers(0, 24), later=minutes)
    def exclude(self, number: int, later: int) -> None:
        now = self._pass(later)
        if CUSTOMERS[number % 5] not in self.gone:
            self.puts += 1
            told = {"reason": "internal", "actor": "mo", "decided_at": now, "known_at": now}
            self.store.put(Exclusion(id=f"x{self.puts}", response_id=f"r{number}", **told))

    @rule(customer=st.sampled_from([one for one in CUSTOMERS if one]))
    def erase(self, customer: str) -> None:
        if self.erases:
            self.gone.add(customer)
            self.store.erase(customer)
            self.waiting &= self._there()

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        self.goes_back = False
        self.now = max([self.now, *(answer.known_at for answer in self.versions.values())])
        self.loop.catch_up(self._pass(60))
        self.waiting.clear()
        now = self._pass(60)
        assert self.loop.sweep(now).sending.waiting == 0
        self._check()
        report = self.loop.report(now)
        assert (report.undecided, report.owed, report.broken) == (0, 0, {})
        if self.is_honest and not self.gone:
            check_replayed(self.store, self.loop.history())
        self.store.close()

    def _pass(self, later: int) -> datetime:
        """Time goes on, or a little back."""
        is_back = self.goes_back and later in (7, 60)
        self.now += timedelta(minutes=-later if is_back else later)
        return self.now

    def _answers(self, drawn: list[Any]) -> list[Response]:
        """Versions of answers, of people who were not erased; under one version there is one content."""
        made = []
        for number, rating, skew, revised in drawn:
            known = self.now + timedelta(minutes=skew)
            revised_at = None if revised is None else self.now + timedelta(minutes=revised)
            answer = Response(
                id=f"r{number}",
                customer_id=CUSTOMERS[number % 5],
                rating=rating,
                answered_at=day(number * 37 % 40) + timedelta(minutes=number),
                known_at=known,
                revised_at=revised_at,
                test=number == 7,
            )
            if known <= self.decided_at.get(answer.id, START):
                self.is_honest = False  # who learns of a version after a decision and says before it cannot be replayed
            if answer.customer_id not in self.gone:
                made.append(self.versions.setdefault((answer.id, *answer.version), answer))
        return made

    def _do(self, deed: Callable[[], Any], fault: Fault, troubles: list[str | None]) -> bool:
        """Whether a call came to its end. Where it did not, a new loop goes on."""
        self.store.fault, self.outside.troubles, self.outside.heard = fault, list(troubles), []
        self.store.kind = StoreUnavailableError if len(troubles) % 2 else DiedError
        try:
            deed()
        except (DiedError, OutsideError):
            self.loop = Loop(self.store, POLICIES, sink=self.outside)
            return False
        finally:
            self.store.fault, self.outside.troubles = None, []
            assert len(set(self.outside.heard)) == len(self.outside.heard)
            self._check()
        return True

    def _again(self, deed: Callable[[], Any]) -> None:
        """The same at the same moment, first for what the sink did not take; then it changes nothing."""
        deed()
        before, self.outside.heard = texts_of(self.store), []
        deed()
        assert texts_of(self.store) == before
        assert self.outside.heard == []

    def _there(self) -> set[str]:
        return {answer.id for answer in self.store.find(Response) if not is_erased(answer.id)}

    def _check(self) -> None:
        steps = (step for step in self.store.find(FollowUp) if step.step == "decided" and step.response_id)
        self.decided_at = {step.response_id: step.done_at for step in steps}
        stored = [one for one in self.store.find(Response) if not is_erased(one.id)]
        decided = [one for one in stored if one.id not in self.waiting]
        if self.waiting:
            check_deeds(check_sound(self.store), self.outside.inner.actions)
            there = {step.response_id for step in self.store.find(FollowUp) if step.step == "decided"}
            assert {one.id for one in decided} <= there
        else:
            check_nobody_dropped(self.store, decided, self.outside.inner.actions)


@pytest.fixture
def in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looping, "BATCH", 3)


def _run(machine: Callable[[], LoopMachine], share: int) -> None:
    quiet = settings(examples(share), stateful_step_count=25, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=quiet)


def test_nobody_is_dropped_whatever_happens(in_small_batches: None) -> None:
    _run(LoopMachine, 50)


def test_nobody_is_dropped_in_a_database(in_small_batches: None) -> None:
    with TemporaryDirectory() as folder:
        names = (str(Path(folder, f"{number}.db")) for number in range(10**9))

        class OnSqlite(LoopMachine):
            def open_one(self) -> Store:
                return open_store(f"sqlite:///{next(names)}")

        _run(OnSqlite, 4)
