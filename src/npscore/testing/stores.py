"""The suite of laws for stores. Subclass it, give it a store, and run pytest.

    class TestMine(StoreConformance):
        @pytest.fixture
        def make_store(self):
            return lambda: MyStore(...)  # a new and empty one each time

The numbers are those of ``docs/reference/contracts/store.md``. A law that your
store cannot keep may be overridden only as ``xfail`` with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from npscore.errors import ConflictError, InputError, NotFoundError, StoreError
from npscore.models import (
    KINDS,
    Account,
    Customer,
    Exclusion,
    FollowUp,
    IdentityLink,
    Interaction,
    Invitation,
    Money,
    Record,
    Response,
)
from npscore.ports import Store
from npscore.testing import strategies as make
from npscore.testing.machines import MakeStore, Reopen, StoreMachine

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    """A day of the suite's calendar."""
    return DAY + timedelta(days=number)


def answer(id: str = "r1", *, known: int = 0, **fields: Any) -> Response:  # noqa: A002 (the field's name)
    """A response that became known on a day."""
    return Response(**{"id": id, "answered_at": DAY, "rating": 9, "known_at": day(known), **fields})


def everything(store: Store, as_of: datetime | None = None) -> list[Record]:
    """All that stands in a store."""
    return [record for kind in KINDS.values() for record in store.find(kind, as_of=as_of)]


def facts(records: Iterable[Record]) -> list[tuple[str, str]]:
    """What records say, whenever it became known."""
    return sorted((record.kind, record.content) for record in records)


class StoreConformance:
    """The laws of the door `Store`."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, law in vars(cls).items():
            if name.startswith("test_s") and hasattr(StoreConformance, name) and not _is_xfail(law):
                raise TypeError(f"{cls.__name__} overrides the law {name} without xfail and a reason")

    @pytest.fixture
    def make_store(self) -> MakeStore:
        """A function that makes a new and empty store; yours."""
        raise NotImplementedError("give the suite a fixture make_store that returns a function making an empty store")

    @pytest.fixture
    def reopen(self) -> Reopen | None:
        """A function that closes a store and opens it again; none for a store that keeps nothing."""
        return None

    def test_s01_what_was_put_is_got_back_equal_in_every_field(self, make_store: MakeStore) -> None:
        @_given(make.records())
        def law(record: Record) -> None:
            with _new(make_store) as store:
                assert store.put(record) == 1
                got = store.get(type(record), *record.key)
                assert got == record
                assert type(got) is type(record)

        law()

    def test_s02_what_was_never_put_is_not_found(self, make_store: MakeStore) -> None:
        with _new(make_store) as store:
            store.put(answer("r1"))
            for kind, key in ((Response, ("R1",)), (Response, ("r1 ",)), (Customer, ("r1",)), (FollowUp, ("r1", 0))):
                with pytest.raises(NotFoundError):
                    store.get(kind, *key)

    def test_s03_putting_the_same_again_changes_nothing(self, make_store: MakeStore) -> None:
        @_given(st.lists(make.records(), max_size=6, unique_by=lambda record: (record.kind, record.key)))
        def law(records: list[Record]) -> None:
            with _new(make_store) as store:
                assert store.put(*records) == len(records)
                before = everything(store)
                later = [
                    record.model_copy(update={"known_at": record.known_at + timedelta(days=1)}) for record in records
                ]
                assert store.put(*records) == 0
                assert store.put(*later) == 0
                assert everything(store) == before

        law()

    def test_s04_a_put_keeps_all_or_nothing(self, make_store: MakeStore) -> None:
        with _new(make_store) as store:
            store.put(answer("r1"))
            with pytest.raises(ConflictError):
                store.put(answer("r2"), answer("r3"), answer("r1", rating=3), answer("r4"))
            assert [record.id for record in store.find(Response)] == ["r1"]
            with pytest.raises(ConflictError):
                store.put(answer("r5"), answer("r5", rating=2))
            assert [record.id for record in store.find(Response)] == ["r1"]

    def test_s05_the_latest_version_stands_in_whatever_order_they_came(self, make_store: MakeStore) -> None:
        versions = [
            answer(known=0, rating=1, revised_at=day(3)),
            answer(known=1, rating=2),
            answer(known=2, rating=3, revised_at=day(1)),
            answer(known=3, rating=4, revised_at=day(3)),
        ]
        for order in permutations(versions):
            with _new(make_store) as store:
                assert sum(store.put(version) for version in order) == len(versions)
                ratings = [store.get(Response, "r1", as_of=day(known)).rating for known in range(4)]
                assert ratings == [1, 1, 1, 4], [version.rating for version in order]
                assert store.get(Response, "r1").rating == 4
        with _new(make_store) as store:
            assert store.put(*reversed(versions)) == len(versions)
            assert store.get(Response, "r1").rating == 4

    def test_s06_what_was_not_yet_known_is_not_there(self, make_store: MakeStore) -> None:
        with _new(make_store) as store:
            store.put(answer("r1", known=1), answer("r2", known=2))
            with pytest.raises(NotFoundError):
                store.get(Response, "r1", as_of=day(1) - timedelta(microseconds=1))
            assert store.get(Response, "r1", as_of=day(1)).id == "r1"
            assert [record.id for record in store.find(Response, as_of=day(1))] == ["r1"]
            assert list(store.find(Response, as_of=day(0))) == []

    def test_s07_what_has_no_versions_is_never_changed(self, make_store: MakeStore) -> None:
        step = FollowUp(log="case-1", sequence=0, step="opened", done_at=DAY, known_at=DAY)
        link = IdentityLink(
            id="l1", customer_id="a", same_as="b", rule="e-mail", decided_at=DAY, actor="x", known_at=DAY
        )
        exclusion = Exclusion(id="e1", response_id="r1", reason="test", decided_at=DAY, actor="x", known_at=DAY)
        changed = (("note", "x"), ("rule", "phone"), ("reason", "other"))
        with _new(make_store) as store:
            for record, (field, value) in zip((step, link, exclusion), changed, strict=True):
                assert store.put(record) == 1
                assert store.put(record.model_copy(update={"known_at": day(5)})) == 0
                with pytest.raises(ConflictError):
                    store.put(record.model_copy(update={"known_at": day(5), field: value}))
                assert store.get(type(record), *record.key) == record

    def test_s08_two_contents_of_one_version_conflict(self, make_store: MakeStore) -> None:
        with _new(make_store) as store:
            store.put(answer(revised_at=day(2)))
            with pytest.raises(ConflictError):
                store.put(answer(rating=3, revised_at=day(2)))
            assert store.put(answer(rating=3, revised_at=day(2), known=1)) == 1

    def test_s09_find_gives_each_key_once_in_order(self, make_store: MakeStore) -> None:
        names = ["b", "a", "A", "a ", "é", "\U0001f600", "\uffee", "Z", "10", "9"]
        steps = [
            FollowUp(log=log, sequence=number, step="contacted", done_at=DAY, known_at=DAY)
            for log in ("b", "a")
            for number in (10, 9, 0)
        ]
        with _new(make_store) as store:
            store.put(*(answer(name) for name in names), *(answer(name, rating=1, known=1) for name in names), *steps)
            assert [record.id for record in store.find(Response)] == sorted(names)
            assert {record.rating for record in store.find(Response)} == {1}
            assert [record.key for record in store.find(FollowUp)] == sorted(step.key for step in steps)

    def test_s10_find_judges_the_version_that_stands(self, make_store: MakeStore) -> None:
        with _new(make_store) as store:
            store.put(answer("r1", customer_id="c1"), answer("r1", customer_id="c2", known=1), answer("r2"))
            assert list(store.find(Response, customer_id="c1")) == []
            assert [record.id for record in store.find(Response, customer_id="c2")] == ["r1"]
            assert [record.id for record in store.find(Response, customer_id="c1", as_of=day(0))] == ["r1"]
            assert list(store.find(Response, customer_id="C2")) == []
            assert list(store.find(Response, customer_id="c2 ")) == []
            with pytest.raises(InputError, match="customer_id"):
                list(store.find(Response, colour="red"))

    def test_s11_find_takes_times_from_the_first_up_to_the_second(self, make_store: MakeStore) -> None:
        with _new(make_store) as store:
            store.put(*(answer(f"r{number}", answered_at=day(number)) for number in range(4)))
            store.put(Customer(id="c1", known_at=DAY), Customer(id="c2", since=day(2), known_at=DAY))
            assert [record.id for record in store.find(Response, since=day(1), until=day(3))] == ["r1", "r2"]
            assert [record.id for record in store.find(Response, since=day(3))] == ["r3"]
            assert [record.id for record in store.find(Customer, since=day(0))] == ["c2"]

    def test_s12_erasing_forgets_the_person_everywhere(self, make_store: MakeStore) -> None:
        with _new(make_store) as store:
            store.put(*_a_person("NAME-OF-C1", "person-1"), *_a_person("NAME-OF-C2", "person-2"))
            store.put(answer("r-person-1", customer_id=None, comment="NAME-OF-C1", known=-9))
            assert store.erase("person-1") >= len(_a_person("", "person-1"))
            texts = [record.to_json() for as_of in (None, day(0)) for record in everything(store, as_of)]
            assert not [text for text in texts if "NAME-OF-C1" in text or "person-1" in text]
            assert store.get(Customer, "person-2").name == "NAME-OF-C2"
            assert store.get(Response, "r-person-2").comment == "NAME-OF-C2"
            assert store.erase("person-1") == 0

    def test_s13_erasing_leaves_the_counts(self, make_store: MakeStore) -> None:
        with _new(make_store) as store:
            store.put(*_a_person("x", "c1"), answer("r-c1", customer_id="c1", invitation_id="v-c1", rating=2, known=1))
            before = {as_of: _counts(store, as_of) for as_of in (day(0), day(1), None)}
            store.erase("c1")
            assert {as_of: _counts(store, as_of) for as_of in before} == before
            excluded = {record.response_id for record in store.find(Exclusion)}
            assert excluded == {record.id for record in store.find(Response)}
            assert {record.invitation_id for record in store.find(Response)} == {
                record.id for record in store.find(Invitation)
            }

    def test_s14_money_times_and_texts_are_exact(self, make_store: MakeStore) -> None:
        exact = Decimal("12345678901234567890.0001")
        moment = datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC)
        with _new(make_store) as store:
            store.put(Account(id="a", revenue=Money(amount=exact, currency="EUR"), known_at=moment))
            store.put(answer("r", comment=" \U0001f600e\u0301 ", answered_at=moment, tags=("", " ")))
            kept = store.get(Account, "a")
            assert kept.revenue is not None
            assert kept.revenue.amount == exact
            assert kept.known_at == moment
            response = store.get(Response, "r")
            assert (response.comment, response.answered_at, response.tags) == (" \U0001f600e\u0301 ", moment, ("", " "))

    def test_s15_a_closed_store_does_nothing_more(self, make_store: MakeStore) -> None:
        store = make_store()
        store.put(answer())
        store.close()
        store.close()
        for deed in (
            lambda: store.put(answer("r2")),
            lambda: store.get(Response, "r1"),
            lambda: list(store.find(Response)),
            lambda: store.erase("c1"),
        ):
            with pytest.raises(StoreError):
                deed()

    def test_s17_after_any_history_it_answers_as_the_store_in_memory(
        self, make_store: MakeStore, reopen: Reopen | None
    ) -> None:
        run_state_machine_as_test(lambda: StoreMachine(make_store, reopen), settings=_relaxed(6))  # type: ignore[arg-type]


class DurableStoreConformance(StoreConformance):
    """The laws of a store that outlives its process: give it also a fixture `reopen`."""

    @pytest.fixture
    def reopen(self) -> Reopen:
        """A function that closes a store and opens it again on what it kept; yours."""
        raise NotImplementedError("give the suite a fixture reopen that closes a store and opens it on the same data")

    def test_s16_what_was_put_is_there_after_opening_again(self, make_store: MakeStore, reopen: Reopen) -> None:
        store = make_store()
        store.put(*_a_person("x", "c1"), answer("r2", known=3), answer("r2", rating=1, known=4))
        before = everything(store), everything(store, day(3))
        store = reopen(store)
        assert (everything(store), everything(store, day(3))) == before
        assert store.put(answer("r2", rating=1, known=5)) == 0
        store.close()


def _is_xfail(law: Any) -> bool:
    marks = getattr(law, "pytestmark", [])
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)


def _given(strategy: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    def decorate(law: Callable[..., None]) -> Callable[[], None]:
        return _relaxed(25)(given(strategy)(law))

    return decorate


def _relaxed(examples: int) -> settings:
    """So many examples where the profile says 100, and in proportion elsewhere."""
    share = max(1, examples * settings().max_examples // 100)
    return settings(max_examples=share, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))


class _new:
    """A new store for the length of a block."""

    def __init__(self, make_store: MakeStore) -> None:
        self._store = make_store()

    def __enter__(self) -> Store:
        return self._store

    def __exit__(self, *_error: object) -> None:
        self._store.close()


def _a_person(name: str, customer: str) -> list[Record]:
    """A record of every kind about one customer, each naming them somewhere."""
    about: dict[str, Any] = {"customer_id": customer, "known_at": DAY}
    response = f"r-{customer}"
    return [
        Customer(id=customer, name=name, known_at=DAY),
        Interaction(id=f"i-{customer}", type="call", happened_at=DAY, attributes={"with": name}, **about),
        Invitation(id=f"v-{customer}", invited_at=DAY, attributes={"to": name}, **about),
        answer(response, customer_id=customer, comment=name, tags=(name,), invitation_id=f"v-{customer}"),
        FollowUp(
            log=f"case-{customer}", sequence=0, step="opened", done_at=DAY, response_id=response, note=name, **about
        ),
        Exclusion(
            id=f"e-{customer}", response_id=response, reason="test", decided_at=DAY, actor="x", note=name, known_at=DAY
        ),
        IdentityLink(
            id=f"l-{customer}", customer_id=customer, same_as=f"{name}-2", rule="e-mail", decided_at=DAY, actor="x",
            known_at=DAY,
        ),
    ]  # fmt: skip


def _counts(store: Store, as_of: datetime | None) -> dict[str, Any]:
    counted = (Interaction, Invitation, FollowUp, Exclusion)
    ratings = sorted(record.rating or 0 for record in store.find(Response, as_of=as_of))
    return {"ratings": ratings} | {kind.kind: len(list(store.find(kind, as_of=as_of))) for kind in counted}
