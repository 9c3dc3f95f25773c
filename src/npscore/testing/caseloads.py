"""The suite of laws for stores that gather records and know what is left to do. Subclass it and run pytest.

    class TestMine(CaseloadConformance):
        @pytest.fixture
        def make_store(self):
            return lambda: MyStore(...)  # a new and empty one each time

The numbers are those of ``docs/reference/contracts/caseloads.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npscore.errors import ConflictError, InputError, StoreError
from npscore.loop.actions import owed
from npscore.loop.cases import is_finished
from npscore.loop.transitions import TRANSITIONS
from npscore.models import KINDS, Customer, FollowUp, Record, Response
from npscore.models.erasure import PREFIX
from npscore.ports import FILTERS, Caseload, Gatherer, Store
from npscore.testing.machines import MakeStore

DAY = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("a", "A", "a ", "é", "e\u0301", "\U0001f600", "it's", "%", '"', "\\")
"""Values that are easily taken for each other."""

UNHEARD = ("nobody", "", "a\0", "\ud800", "x" * 5_000)
"""Values that no record has."""

_names = st.sampled_from(NAMES)
_days = st.integers(0, 5).map(lambda days: DAY + timedelta(days=days))
_maybe = st.none() | _names
_records: st.SearchStrategy[Record] = st.one_of(
    st.builds(Customer, id=_names, account_id=_maybe, known_at=_days),
    st.builds(Response, id=_names, answered_at=_days, known_at=_days, customer_id=_maybe, survey=_maybe),
    st.builds(
        FollowUp,
        log=_names,
        sequence=st.integers(0, 3),
        step=st.just("opened"),
        done_at=_days,
        known_at=_days,
        customer_id=_maybe,
        response_id=_maybe,
    ),
)


def _unlike(records: Iterable[Record]) -> list[Record]:
    """One record for each place in the history, so that none is in conflict with another."""
    places = {(record.kind, record.key, record.version if record.versioned else None): record for record in records}
    return list(places.values())


def step(log: str, sequence: int, name: Any, **fields: Any) -> FollowUp:
    """A step of a policy, so many days after the first."""
    moment = DAY + timedelta(days=sequence)
    told = {"done_at": moment, "known_at": moment, "policy": "p", "actor": "p", **fields}
    return FollowUp(log=log, sequence=sequence, step=name, **told)


_OPENINGS: tuple[dict[str, Any], ...] = (
    {},
    {"owner": "ann"},
    {"resurvey_after": "90d"},
    {"owner": "ann", "suppress_surveys": True},
)
_DEEDS = ("[]", '[{"do": "thank"}]', '[{"do": "thank"}, {"do": "notify", "to": "ann"}]', "{}", "[[", "5", '["thank"]')


@st.composite
def walks(draw: st.DrawFn, name: str) -> list[FollowUp]:
    """A log that a policy could have made, or one in which a step is missing or out of place."""
    if draw(st.booleans()):
        log = [step(name, 0, "decided", details={"do": draw(st.sampled_from(_DEEDS))})]
    else:
        log = [step(name, 0, "opened", details=draw(st.sampled_from(_OPENINGS)))]
        state: Any = "open"
        for chosen in draw(st.lists(st.integers(0, 9), max_size=5)):
            done, state = list(TRANSITIONS[state].items())[chosen % len(TRANSITIONS[state])]
            log.append(step(name, len(log), done))
        if draw(st.booleans()):
            log += [step(name, len(log) + n, done) for n, done in enumerate(_ENDS.get(state, ()))]
    return _spoiled(draw, log + _receipts(log) if draw(st.booleans()) else log)


_ENDS: dict[str, tuple[str, ...]] = {"resolved": ("closed",), "open": ("resolved", "closed")}


def _receipts(log: list[FollowUp]) -> list[FollowUp]:
    """The steps that say that all of what a log asks for was done, where it asks for anything."""
    try:
        asked = owed(log)
    except InputError:
        return []
    first, name = len(log), log[0].log
    return [step(name, first + n, "receipted", details={"action": action.id}) for n, action in enumerate(asked)]


def _spoiled(draw: st.DrawFn, log: list[FollowUp]) -> list[FollowUp]:
    """One step less, or one of another kind, once in a while."""
    place = draw(st.integers(0, 4 * len(log)))
    if place >= 2 * len(log):
        return log
    rest = [one for one in log if one.sequence != place % len(log)]
    return rest if place < len(log) else sorted([*rest, step(log[0].log, place % len(log), "re-surveyed")], key=_ORDER)


_ORDER = attrgetter("log", "sequence")


@st.composite
def histories(draw: st.DrawFn) -> list[list[FollowUp]]:
    """The steps of several logs in any order, in batches."""
    names = draw(st.lists(st.sampled_from([*NAMES, f"{PREFIX}a"]), min_size=1, max_size=6, unique=True))
    steps = draw(st.permutations([one for name in names for one in draw(walks(name))]))
    cuts = sorted(draw(st.lists(st.integers(0, len(steps)), max_size=4)))
    return [list(steps[low:high]) for low, high in zip([0, *cuts], [*cuts, len(steps)], strict=True)]


def left_to_do(steps: Iterable[FollowUp]) -> list[tuple[FollowUp, ...]]:
    """The logs that are not finished, each whole and in order, in the order of their ids."""
    logs = (tuple(log) for _, log in groupby(sorted(steps, key=_ORDER), attrgetter("log")))
    return [log for log in logs if not is_finished(log)]


def _unfinished(store: Store) -> list[tuple[FollowUp, ...]]:
    assert isinstance(store, Caseload), "this store is no Caseload: it has no unfinished"
    return list(store.unfinished())


def _gathered(store: Store, kind: type[Record], name: Any, values: Any, **way: Any) -> list[Record]:
    assert isinstance(store, Gatherer), "this store is no Gatherer: it has no gather"
    return sorted(store.gather(kind, name, values, **way), key=attrgetter("key"))


def _found(store: Store, kind: type[Record], name: str, values: Sequence[str], as_of: datetime | None) -> list[Record]:
    """What looking for each value finds."""
    everything = store.find(kind, as_of=as_of)
    if name == "id":
        return [record for record in everything if getattr(record, "id", None) in values]
    wanted: list[dict[str, Any]] = [{name: value} for value in dict.fromkeys(values)]
    several = [store.find(kind, as_of=as_of, **equal) for equal in wanted]
    return sorted((record for found in several for record in found), key=attrgetter("key"))


_WAYS: tuple[tuple[type[Record], str], ...] = tuple(
    (kind, name) for kind in (Customer, Response, FollowUp) for name in ("id", *FILTERS) if name in kind.model_fields
)


class CaseloadConformance:
    """The laws of the doors `Gatherer` and `Caseload`."""

    @pytest.fixture
    def make_store(self) -> MakeStore:
        """A function that makes a new and empty store; yours."""
        raise NotImplementedError("give the suite a fixture make_store that returns a function making an empty store")

    def test_l01_gather_finds_what_find_does_for_each_value_and_each_record_once(self, make_store: MakeStore) -> None:
        @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
        @given(
            st.lists(_records, max_size=30).map(_unlike),
            st.lists(st.sampled_from([*NAMES, *UNHEARD]), max_size=8),
            st.none() | _days,
        )
        def law(records: list[Record], values: list[str], as_of: datetime | None) -> None:
            with closing(make_store()) as store:
                store.put(*records)
                for kind, name in _WAYS:
                    gathered = _gathered(store, kind, name, iter(values), as_of=as_of)
                    assert gathered == _found(store, kind, name, values, as_of)

        law()

    def test_l02_gather_takes_any_number_of_values(self, make_store: MakeStore) -> None:
        steps = [step(f"log {n:04}", 0, "opened", customer_id=f"c{n % 3}") for n in range(1_400)]
        names = [one.log for one in steps]
        with closing(make_store()) as store:
            store.put(*steps)
            assert _gathered(store, FollowUp, "log", iter(names + names)) == steps
            assert _gathered(store, FollowUp, "log", names[:501]) == steps[:501]
            assert _gathered(store, FollowUp, "customer_id", [f"c{n % 3}" for n in range(2_000)]) == steps
            assert _gathered(store, FollowUp, "log", []) == []

    def test_l03_gather_judges_the_version_that_stands_or_stood_then(self, make_store: MakeStore) -> None:
        old, new = (
            Customer(id="c", account_id=account, known_at=DAY + timedelta(days=days))
            for days, account in enumerate(("a", "b"))
        )
        with closing(make_store()) as store:
            store.put(old, new)
            assert _gathered(store, Customer, "account_id", ["a"]) == []
            assert _gathered(store, Customer, "account_id", ["a", "b"]) == [new]
            assert _gathered(store, Customer, "account_id", ["a", "b"], as_of=DAY) == [old]
            assert _gathered(store, Customer, "id", ["c"], as_of=DAY - timedelta(days=1)) == []

    def test_l04_gather_refuses_other_fields_and_finds_nothing_by_what_no_field_has(
        self, make_store: MakeStore
    ) -> None:
        with closing(make_store()) as store:
            store.put(Response(id="r", answered_at=DAY, known_at=DAY), step("log", 0, "opened"))
            for kind in KINDS.values():
                for name in {"", "known_at", "rating", "sequence", "note", "id", *FILTERS, None, 5}:
                    if name not in ("id", *FILTERS) or name not in kind.model_fields:
                        with pytest.raises(InputError):
                            _gathered(store, kind, name, ["r"])
            for values in (None, "r", 5):
                with pytest.raises(InputError):
                    _gathered(store, Response, "id", values)
            for moment in ("today", 5, DAY.replace(tzinfo=None)):
                with pytest.raises(InputError):
                    _gathered(store, Response, "id", ["r"], as_of=moment)
            assert _gathered(store, Response, "id", [None, 5, [], float("nan"), *UNHEARD]) == []
            assert _gathered(store, Response, "customer_id", [None]) == []

    def test_l05_unfinished_gives_the_logs_in_which_something_is_left_to_do(self, make_store: MakeStore) -> None:
        @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories())
        def law(batches: list[list[FollowUp]]) -> None:
            with closing(make_store()) as store:
                steps: list[FollowUp] = []
                for batch in batches:
                    store.put(*batch)
                    steps += batch
                    assert _unfinished(store) == left_to_do(steps)

        law()

    def test_l06_the_last_step_takes_a_log_out_and_opening_it_again_puts_it_back(self, make_store: MakeStore) -> None:
        names = "opened", "resolved", "closed", "receipted", "reopened", "resolved", "closed"
        details: dict[int, dict[str, Any]] = {0: {"owner": "ann"}, 3: {"action": "log/0"}}
        steps = [step("log", n, name, details=details.get(n, {})) for n, name in enumerate(names)]
        with closing(make_store()) as store:
            for place, one in enumerate(steps):
                store.put(one)
                assert _unfinished(store) == ([] if place in (3, 6) else [tuple(steps[: place + 1])])

    def test_l07_erasing_takes_a_log_out_and_leaves_what_is_not_about_the_person(self, make_store: MakeStore) -> None:
        theirs = step("a", 0, "opened", customer_id="ann")
        shared = [step("b", 0, "opened", customer_id="ann"), step("b", 1, "contacted")]
        others = step("c", 0, "opened", customer_id="bob")
        with closing(make_store()) as store:
            store.put(theirs, *shared, others)
            store.erase("ann")
            assert _unfinished(store) == [(shared[1],), (others,)]
            store.put(step("c", 1, "contacted", customer_id="bob"))
            store.erase("bob")
            assert _unfinished(store) == [(shared[1],)]

    def test_l08_putting_again_or_in_vain_changes_nothing(self, make_store: MakeStore) -> None:
        log = [step("a", 0, "opened"), step("a", 1, "resolved"), step("a", 2, "closed")]
        with closing(make_store()) as store:
            store.put(*log[:1])
            assert store.put(log[0]) == 0
            with pytest.raises(ConflictError):
                store.put(*log[1:], step("a", 0, "decided"), step("b", 0, "opened"))
            assert _unfinished(store) == [(log[0],)]
            store.put(*log[1:])
            assert store.put(*reversed(log)) == 0
            with pytest.raises(ConflictError):
                store.put(step("a", 3, "reopened"), step("a", 0, "decided"))
            assert _unfinished(store) == []

    def test_l09_a_closed_store_says_so(self, make_store: MakeStore) -> None:
        store = make_store()
        store.close()
        asks: tuple[Callable[[], Any], ...] = (
            lambda: _unfinished(store),
            lambda: _gathered(store, FollowUp, "log", ["a"]),
        )
        for ask in asks:
            with pytest.raises(StoreError):
                ask()
