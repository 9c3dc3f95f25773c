"""The suite of laws for stores that count answers themselves. Subclass it, give it a store, and run pytest.

    class TestMine(CountingConformance):
        @pytest.fixture
        def make_store(self):
            return lambda: MyStore(...)  # a new and empty one each time

The numbers are those of ``docs/reference/contracts/engine.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npscore.adapters.memory import MemoryStore
from npscore.errors import PoolingError
from npscore.models import Account, Customer, Exclusion, IdentityLink, Record, Response
from npscore.periods import Grid
from npscore.ports import EVERYTHING, Counted, Engine, Question, Store
from npscore.scoring.tallies import Tally
from npscore.service import count_answers

MakeStore = Callable[[], Store]

DAY = datetime(2026, 3, 1, tzinfo=UTC)
ZONES = ("UTC", "America/St_Johns", "Asia/Kathmandu")
GRIDS: tuple[Grid | None, ...] = (None, "day", "week", "month", "quarter", "half", "year")
PLACES = ("customer.region", "account.owner", "account.tier", "customer_id", "channel", "wave", "drivers.price", "id")
VALUES = ("EMEA", "emea", "Zürich", "Zu\u0308rich", "\U0001f600", 'a "quote"', "back\\slash", "true", "5", "null")

MIDNIGHTS = (
    ("UTC", datetime(2026, 4, 1, tzinfo=UTC), date(2026, 3, 31), date(2026, 4, 1)),
    ("UTC", datetime(1969, 12, 31, tzinfo=UTC), date(1969, 12, 30), date(1969, 12, 31)),
    ("Europe/Paris", datetime(2026, 3, 31, 22, tzinfo=UTC), date(2026, 3, 31), date(2026, 4, 1)),
    # in St. John's clocks were put back a minute after midnight
    ("America/St_Johns", datetime(2006, 10, 29, 2, 30, tzinfo=UTC), date(2006, 10, 28), date(2006, 10, 29)),
    ("America/St_Johns", datetime(2006, 10, 29, 2, 31, tzinfo=UTC), date(2006, 10, 29), date(2006, 10, 28)),
    ("America/St_Johns", datetime(2006, 10, 29, 3, 30, tzinfo=UTC), date(2006, 10, 28), date(2006, 10, 29)),
)
"""Zones, moments, and the days before and after them."""

_names = st.sampled_from(["a", "b", "B", "c"])
_values = st.sampled_from([*VALUES, "", True, False, 5, 1.5, None])
_days = st.integers(0, 9).map(lambda days: DAY + timedelta(days=days))
_times = st.sampled_from(
    [
        datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 8, 3, 30, tzinfo=UTC),
        datetime(2005, 10, 30, 2, 30, 59, tzinfo=UTC),  # in St. John's put back a minute after midnight
        datetime(2005, 10, 30, 2, 31, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
) | st.integers(0, 100 * 86_400).map(lambda seconds: datetime(2025, 12, 25, tzinfo=UTC) + timedelta(seconds=seconds))


def _attributes(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(keys), _values)


_customers = st.builds(
    Customer, id=_names, known_at=_days, account_id=st.none() | _names, attributes=_attributes("region")
)
_accounts = st.builds(
    Account, id=_names, known_at=_days, owner=st.sampled_from([*VALUES, None]), attributes=_attributes("tier")
)
_responses = st.builds(
    Response,
    id=st.integers(0, 30).map("r{}".format),
    answered_at=_times,
    known_at=_days,
    rating=st.none() | st.integers(-1, 11),
    metric=st.sampled_from(["nps"] * 5 + ["csat"]),
    survey=st.sampled_from(["s", "S", None]),
    customer_id=st.none() | _names,
    account_id=st.none() | _names,
    channel=st.sampled_from(["web", "", None]),
    attributes=_attributes("wave"),
    drivers=_attributes("price"),
    completed=st.sampled_from([True] * 4 + [False]),
    test=st.sampled_from([False] * 4 + [True]),
)


def _exclusion(name: str, *, response: str, known: datetime, lifts: str | None) -> Exclusion:
    return Exclusion(id=name, response_id=response, reason="r", actor="a", decided_at=DAY, known_at=known, lifts=lifts)


def _link(name: str, *, stands: str, same_as: str, known: datetime, undoes: str | None) -> IdentityLink:
    return IdentityLink(
        id=name, customer_id=stands, same_as=same_as, rule="r", actor="a", decided_at=DAY, known_at=known, undoes=undoes
    )  # fmt: skip


_decisions = st.sampled_from(["d0", "d1", "d2"])
_exclusions = st.builds(
    _exclusion,
    _decisions,
    response=st.integers(0, 30).map("r{}".format),
    known=_days,
    lifts=st.none() | _decisions,
)
_links = st.builds(_link, _decisions, stands=_names, same_as=_names, known=_days, undoes=st.none() | _decisions)


def _once(records: Sequence[Record]) -> list[Record]:
    """One record for each place in the history, so that none is in conflict with another."""
    places = {(record.kind, record.key, record.version if record.versioned else None): record for record in records}
    return list(places.values())


histories = st.builds(
    lambda *kinds: _once([record for kind in kinds for record in kind]),
    st.lists(_responses, max_size=30),
    st.lists(_customers, max_size=6),
    st.lists(_accounts, max_size=6),
    st.lists(_exclusions, max_size=4),
    st.lists(_links, max_size=4),
)
questions = st.builds(
    Question,
    survey=st.sampled_from([None, None, "s", "S "]),
    since=st.none() | _times,
    until=st.none() | _times,
    where=st.dictionaries(st.sampled_from(PLACES[:-1]), st.sampled_from([*VALUES, None, "a"]), max_size=1),
)
ways = st.fixed_dictionaries(
    {
        "by": st.lists(st.sampled_from(PLACES), max_size=3, unique=True),
        "every": st.sampled_from(GRIDS),
        "zone": st.sampled_from(ZONES),
        "as_of": st.none() | _days,
    }
)


def answer(name: str, rating: int | None = 9, **fields: Any) -> Response:
    """An answer given and known on the first day of the suite."""
    return Response(**{"id": name, "rating": rating, "answered_at": DAY, "known_at": DAY, **fields})


def _counted(make_store: MakeStore, *records: Record, question: Question = EVERYTHING, **way: Any) -> Counted:
    """What a new store counts of some records."""
    with closing(make_store()) as store:
        store.put(*records)
        assert isinstance(store, Engine), "this store is no Engine: it has no tally"
        return store.tally(question, **way)


class CountingConformance:
    """The laws of the door `Engine`."""

    @pytest.fixture
    def make_store(self) -> MakeStore:
        """A function that makes a new and empty store; yours."""
        raise NotImplementedError("give the suite a fixture make_store that returns a function making an empty store")

    def test_e01_any_history_is_counted_as_its_records_are(self, make_store: MakeStore) -> None:
        @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories, questions, ways)
        def law(history: list[Record], question: Question, way: dict[str, Any]) -> None:
            oracle = MemoryStore()
            oracle.put(*history)
            assert _counted(make_store, *history, question=question, **way) == count_answers(oracle, question, **way)

        law()

    def test_e02_no_answer_is_lost(self, make_store: MakeStore) -> None:
        answers = [answer(f"r{n}", n % 12 if n % 5 else None, test=n == 3, completed=n != 4) for n in range(40)]
        answers.append(answer("other", 5, metric="csat"))
        counted = _counted(make_store, *answers, by=["id"])
        assert sum(tally.rows for tally in counted.tallies.values()) + sum(counted.left_out.values()) == 41
        assert counted.left_out == {"trial": 1, "broken off": 1, "csat": 1}

    def test_e03_groups_are_told_apart_letter_by_letter(self, make_store: MakeStore) -> None:
        people = [Customer(id=f"c{n}", known_at=DAY, attributes={"v": value}) for n, value in enumerate(VALUES)]
        answers = [answer(f"r{n}", customer_id=f"c{n}") for n in range(len(VALUES))]
        assert set(_counted(make_store, *people, *answers, by=["customer.v"]).tallies) == {(v,) for v in VALUES}
        for value in VALUES:
            wanted = Question(where={"customer.v": value})
            assert _counted(make_store, *people, *answers, question=wanted).tallies == {(): Tally(promoters=1)}

    def test_e04_days_begin_at_midnight_in_the_zone(self, make_store: MakeStore) -> None:
        for zone, moment, before, after in MIDNIGHTS:
            late = answer("late", answered_at=moment - timedelta(microseconds=1))
            counted = _counted(
                make_store, late, answer("on time", answered_at=moment), every="day", by=["id"], zone=zone
            )
            assert set(counted.tallies) == {("late", before), ("on time", after)}

    def test_e05_merged_customers_are_one_until_they_are_parted(self, make_store: MakeStore) -> None:
        people = [Customer(id="a", known_at=DAY, attributes={"region": "EMEA"}), Customer(id="b", known_at=DAY)]
        merge = _link("m", stands="a", same_as="b", known=DAY, undoes=None)
        part = _link("p", stands="a", same_as="b", known=DAY + timedelta(days=2), undoes="m")
        for as_of, region in ((None, None), (DAY, "EMEA")):
            told = *people, answer("r", customer_id="b"), merge, part
            counted = _counted(make_store, *told, by=["customer.region"], as_of=as_of)
            assert set(counted.tallies) == {(region,)}

    def test_e06_what_is_not_alike_is_not_pooled(self, make_store: MakeStore) -> None:
        for other in (answer("b", survey_kind="employee"), answer("b", 5, scale="1-5:4:5")):
            with pytest.raises(PoolingError):
                _counted(make_store, answer("a"), other)
            left_out = other.model_copy(update={"test": True})
            assert _counted(make_store, answer("a"), left_out).tallies == {(): Tally(promoters=1)}

    def test_e07_the_excluded_are_left_out_until_they_are_taken_back(self, make_store: MakeStore) -> None:
        out = _exclusion("out", response="a", known=DAY + timedelta(days=1), lifts=None)
        back = _exclusion("back", response="a", known=DAY + timedelta(days=3), lifts="out")
        for days, left_out in ((0, {}), (2, {"excluded": 1}), (3, {})):
            counted = _counted(make_store, answer("a"), answer("b"), out, back, as_of=DAY + timedelta(days=days))
            assert counted == Counted(tallies={(): Tally(promoters=2 - len(left_out))}, left_out=left_out)

    def test_e08_everything_is_as_it_was_known(self, make_store: MakeStore) -> None:
        told = [
            record
            for days, value in enumerate(("x", "y"))
            for record in (
                Customer(id="c", known_at=DAY + timedelta(days=days), attributes={"region": value}),
                Account(id="a", known_at=DAY + timedelta(days=days), owner=value),
                answer("r", 9 - days, customer_id="c", account_id="a", known_at=DAY + timedelta(days=days)),
            )
        ]
        for as_of, key, tally in ((None, "y", Tally(passives=1)), (DAY, "x", Tally(promoters=1))):
            counted = _counted(make_store, *told, by=["customer.region", "account.owner"], as_of=as_of)
            assert counted.tallies == {(key, key): tally}

    def test_e09_an_answer_without_an_account_is_of_that_of_its_customer(self, make_store: MakeStore) -> None:
        later = DAY + timedelta(days=1)
        told: list[Record] = [Account(id=name, known_at=DAY, owner=f"owner of {name}") for name in ("a", "b")]
        told += [Customer(id="c", known_at=DAY, account_id="a"), Customer(id="c", known_at=later, account_id="b")]
        told += [Customer(id="lone", known_at=DAY), _link("m", stands="c", same_as="d", known=later, undoes=None)]
        told += [answer("named", customer_id="c", account_id="a"), answer("lone", customer_id="lone")]
        told += [answer("left", customer_id="c"), answer("merged", customer_id="d")]
        for as_of, left, merged in ((None, "owner of b", "owner of b"), (DAY, "owner of a", None)):
            counted = _counted(make_store, *told, by=["id", "account.owner"], as_of=as_of)
            keys = {("named", "owner of a"), ("lone", None), ("left", left), ("merged", merged)}
            assert set(counted.tallies) == keys
            wanted = _counted(make_store, *told, question=Question(where={"account.owner": left}), as_of=as_of)
            assert wanted.tallies == {(): Tally(promoters=sum(owner == left for _, owner in keys))}
