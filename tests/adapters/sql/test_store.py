"""What a store does, asked of the store in memory and of each database alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import npscore as nps
from absent import DATABASES
from databases import emptied
from npscore import (
    Account,
    ConflictError,
    Customer,
    Exclusion,
    FollowUp,
    InputError,
    Interaction,
    Invitation,
    MemoryStore,
    NotFoundError,
    Record,
    Response,
    StoreError,
)
from npscore.adapters.sql import SQLStore
from npscore.models import KINDS
from records import START, answer, day, everything

ODD = (
    "'; DROP TABLE npscore_response; --",
    '"quoted"',
    "back\\slash \\' %s %(id)s :id ?",
    "trailing blank ",
    "trailing blank",
    " leading",
    "tab\tand\r\nline",
    "😀 non-BMP",
    "e\u0301 decomposed",
    "\u00e9 composed",
    "STRASSE",
    "strasse",
    "straße",
    "\u007f\u0001",
    "\ufffe\U0010ffff",
    "NULL",
    "%",
    "_",
    "\\N",
    "\\.",
    "1",
    "01",
    "1.0",
)


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryStore()
        return
    store = SQLStore(emptied(request.getfixturevalue(f"{request.param}_database")))
    yield store
    store.close()


def test_every_kind_comes_back_as_it_was_put(store: Any) -> None:
    records = everything()
    assert store.put(*records) == len(KINDS) == len(records)
    for record in records:
        assert store.get(type(record), *record.key) == record
        assert list(store.find(type(record))) == [record]
        assert type(store.get(type(record), *record.key)) is type(record)


def test_putting_the_same_again_changes_nothing(store: Any) -> None:
    assert store.put(*everything()) == len(KINDS)
    assert store.put(*everything()) == 0
    assert store.put(*everything(known=9)) == 0
    assert len(list(store.export("ann"))) == 6
    assert store.get(Response, "ann says").known_at == START


def test_versions_tells_how_a_record_came_to_be_what_it_is(store: Any) -> None:
    store.put(answer(rating=9), answer(rating=1, known=2), answer("b", known=1), *everything())
    told = [(one.id, one.rating) for one in store.versions(Response) if one.id in (answer().id, "b")]
    assert told == sorted(told, key=lambda one: one[0])
    assert [rating for name, rating in told if name == answer().id] == [9, 1]
    early = list(store.versions(Response, as_of=START))
    assert all(one.known_at <= START for one in early)
    assert len(early) == len(list(store.versions(Response))) - 2
    assert isinstance(store, nps.Historian)


def test_versions_and_find_agree_on_what_stands(store: Any) -> None:
    store.put(*everything(), answer(known=3, rating=2), answer(known=1, rating=5))
    for kind in KINDS.values():
        last = {one.key: one for one in store.versions(kind)}
        assert list(last.values()) == list(store.find(kind))
    with pytest.raises(InputError, match="class"):
        list(store.versions("response"))


def test_putting_nothing_is_nothing_new(store: Any) -> None:
    assert store.put() == 0


def test_a_record_twice_in_one_put_is_one(store: Any) -> None:
    assert store.put(answer(), answer(), answer(known=1)) == 1


def test_a_correction_stands_and_the_past_can_be_read(store: Any) -> None:
    assert store.put(answer(rating=3), answer(rating=9, known=5)) == 2
    assert store.get(Response, "r1").rating == 9
    assert store.get(Response, "r1", as_of=day(4)).rating == 3
    assert [found.rating for found in store.find(Response, as_of=day(5))] == [9]
    assert [found.rating for found in store.find(Response, as_of=day(5) - timedelta(microseconds=1))] == [3]
    assert list(store.find(Response, as_of=day(-1))) == []


def test_the_last_revision_stands_whatever_came_last(store: Any) -> None:
    store.put(answer(rating=9, known=1, revised_at=day(1)))
    store.put(answer(rating=3, known=2, revised_at=day(0)))
    store.put(answer(rating=5, known=3))
    assert store.get(Response, "r1").rating == 9
    assert [found.rating for found in store.find(Response)] == [9]


def test_saying_again_what_was_said_before_a_change_is_a_version(store: Any) -> None:
    assert store.put(answer(rating=3), answer(rating=9, known=1), answer(rating=3, known=2)) == 3
    assert store.get(Response, "r1").rating == 3


def test_what_arrives_late_and_was_known_earlier_is_kept(store: Any) -> None:
    store.put(answer(rating=3, known=5))
    assert store.put(answer(rating=3, known=2)) == 1
    assert store.get(Response, "r1", as_of=day(3)).rating == 3


@pytest.mark.parametrize("field", [{"rating": 4}, {"comment": "other"}, {"attributes": {"a": 1}}])
def test_other_content_under_the_same_times_is_a_conflict(store: Any, field: dict[str, Any]) -> None:
    store.put(answer(rating=3))
    with pytest.raises(ConflictError, match="same times"):
        store.put(answer(**{"rating": 3, **field}))


@pytest.mark.parametrize("known", [0, 1])
def test_what_has_no_versions_never_changes(store: Any, known: int) -> None:
    step = FollowUp(log="case", sequence=0, step="opened", done_at=START, known_at=START)
    other = FollowUp(log="case", sequence=0, step="closed", done_at=START, known_at=day(known))
    assert store.put(step) == 1
    with pytest.raises(ConflictError, match="never changed"):
        store.put(other)
    assert store.put(FollowUp(log="case", sequence=0, step="opened", done_at=START, known_at=day(3))) == 0
    assert list(store.find(FollowUp)) == [step]


def test_a_put_that_fails_keeps_nothing(store: Any) -> None:
    store.put(answer("r2", rating=3))
    with pytest.raises(ConflictError):
        store.put(answer("r1"), *everything(), answer("r2", rating=4), answer("r3"))
    assert [found.id for found in store.find(Response)] == ["r2"]
    assert all(not list(store.find(kind)) for kind in KINDS.values() if kind is not Response)


def test_a_conflict_within_one_put_keeps_nothing(store: Any) -> None:
    with pytest.raises(ConflictError):
        store.put(answer(rating=3), answer(rating=4))
    assert list(store.find(Response)) == []


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Response, ("nobody",)),
        (Response, ()),
        (Response, ("r1", "r1")),
        (Response, (1,)),
        (Response, (None,)),
        (Response, ("r1\0",)),
        (Response, ("\ud800",)),
        (FollowUp, ("case",)),
        (FollowUp, ("case", 1)),
        (FollowUp, ("case", -1)),
        (FollowUp, ("case", 2**70)),
        (FollowUp, ("case", "0")),
    ],
)
def test_what_is_not_kept_is_not_found(store: Any, kind: type[Record], key: tuple[Any, ...]) -> None:
    store.put(answer("r1"), answer("1"), FollowUp(log="case", sequence=0, step="opened", done_at=START, known_at=START))
    with pytest.raises(NotFoundError, match=kind.kind):
        store.get(kind, *key)


def test_texts_keep_every_character_and_are_never_taken_for_each_other(store: Any) -> None:
    answers = [answer(odd, comment=odd, customer_id=odd, survey=odd, attributes={odd: odd}) for odd in ODD]
    assert store.put(*answers) == len(ODD)
    for one in answers:
        assert store.get(Response, one.id) == one
        for filters in ({"customer_id": one.id}, {"survey": one.id}):
            assert list(store.find(Response, **filters)) == [one]
    assert [found.id for found in store.find(Response)] == sorted(ODD)


def test_keys_are_in_order_part_by_part(store: Any) -> None:
    keys = [("b", 2), ("b", 10), ("a", 3), ("B", 1), ("a ", 0), ("é", 0), ("😀", 0), ("\ufffd", 0), ("a", 0)]
    store.put(*(FollowUp(log=log, sequence=n, step="opened", done_at=START, known_at=START) for log, n in keys))
    assert [found.key for found in store.find(FollowUp)] == sorted(keys)
    assert [found.key for found in store.find(FollowUp, log="a")] == [("a", 0), ("a", 3)]


def test_filters_ask_the_version_that_stands(store: Any) -> None:
    store.put(answer(customer_id="ann"), answer(customer_id="zoe", known=2), answer("r2", customer_id="ann"))
    assert [found.id for found in store.find(Response, customer_id="ann")] == ["r2"]
    assert [found.id for found in store.find(Response, customer_id="zoe")] == ["r1"]
    assert [found.id for found in store.find(Response, customer_id="ann", as_of=day(1))] == ["r1", "r2"]


@pytest.mark.parametrize("value", ["", "ann\0", "\ud800", 1, True, b"ann"])
def test_a_filter_that_no_record_can_meet_finds_nothing(store: Any, value: Any) -> None:
    store.put(answer(customer_id="1"), answer("r2"))
    assert list(store.find(Response, customer_id=value)) == []


def test_what_nobody_told_is_found_by_none(store: Any) -> None:
    store.put(answer("r1", customer_id="ann"), answer("r2"))
    assert [found.id for found in store.find(Response, customer_id=None)] == ["r2"]


def test_every_filter_of_every_kind_works(store: Any) -> None:
    store.put(*everything("ann"), *everything("zoe"))
    for kind in KINDS.values():
        (first, second) = store.find(kind)
        for name in set(nps.ports.FILTERS) & set(kind.model_fields):
            value = getattr(second, name)
            if value is not None and value != getattr(first, name):
                assert list(store.find(kind, **{name: value})) == [second], (kind, name)


@pytest.mark.parametrize("name", ["rating", "email", "id", "nonsense", "customer_id; DROP TABLE x"])
def test_other_filters_are_refused_with_those_there_are(store: Any, name: str) -> None:
    with pytest.raises(InputError, match="it can by customer_id"):
        list(store.find(Response, **{name: "x"}))


def test_a_span_of_time_takes_its_beginning_and_leaves_its_end(store: Any) -> None:
    store.put(*(answer(f"r{n}", at=n) for n in range(4)), Customer(id="ann", known_at=START))
    assert [found.id for found in store.find(Response, since=day(1), until=day(3))] == ["r1", "r2"]
    assert [found.id for found in store.find(Response, until=day(1))] == ["r0"]
    east = timezone(timedelta(hours=9))
    assert [found.id for found in store.find(Response, since=day(3).astimezone(east))] == ["r3"]
    assert list(store.find(Customer, since=datetime.min.replace(tzinfo=UTC))) == []


def test_times_keep_their_microseconds_from_the_first_year_to_the_last(store: Any) -> None:
    first, last = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    for number, moment in enumerate((first, first + tick, last - tick, last)):
        record = Response(id=f"r{number}", answered_at=moment, known_at=moment, revised_at=moment)
        assert store.put(record) == 1
        assert store.get(Response, f"r{number}") == record
    assert [found.id for found in store.find(Response, as_of=last - tick)] == ["r0", "r1", "r2"]
    assert [found.id for found in store.find(Response, since=first + tick, until=last)] == ["r1", "r2"]


def test_the_first_and_last_answers_there_can_be_are_counted_by_every_grid(store: Any) -> None:
    ends = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, tzinfo=UTC)
    store.put(*(Response(id=f"r{n}", rating=9, answered_at=at, known_at=at) for n, at in enumerate(ends)))
    for every in ("year", "quarter"):
        assert len(nps.count_answers(store, every=every, zone="Asia/Tokyo").tallies) == 2


def test_never_is_no_instant_of_a_record() -> None:
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        with pytest.raises(nps.InvalidRecordError, match="between the years 2 and 9998"):
            answer(revised_at=moment)


def test_the_largest_record_comes_back(store: Any) -> None:
    largest = answer(
        "😀" * 200, survey="😀" * 1000, comment="😀" * 100_000, attributes={"big": 2**200, "small": 5e-324}
    )
    store.put(largest)
    assert store.get(Response, "😀" * 200) == largest
    assert list(store.find(Response, survey="😀" * 1000)) == [largest]


def test_erasing_reaches_every_kind_and_leaves_what_names_nobody(store: Any) -> None:
    store.put(*everything("ann"), *everything("zoe"), answer("ann says", known=2, rating=2, customer_id="c3"))
    assert store.erase("ann") == 8
    assert list(store.export("ann")) == []
    found = [record for kind in KINDS.values() for record in store.find(kind) if "zoe" not in str(record)]
    left = ["account", "interaction", "invitation", "response", "follow_up", "exclusion"]
    assert [record.kind for record in found] == left
    assert not [record for record in found[1:] if "ann" in record.to_json()]
    (said,) = (found for found in store.find(Response) if found.id != "zoe says")
    (asked,) = (found for found in store.find(Invitation) if found.id != "zoe asked")
    (bought,) = (found for found in store.find(Interaction) if found.id != "zoe buys")
    assert (said.rating, said.answered_at, said.invitation_id) == (2, START, None)
    assert store.get(Response, said.id, as_of=day(1)).invitation_id == asked.id
    assert asked.interaction_id == bought.id
    assert {record.response_id for record in store.find(Exclusion)} == {said.id, "zoe says"}
    assert {record.response_id for record in store.find(FollowUp)} == {said.id, "zoe says"}
    assert store.erase("ann") == 0
    again = [record for record in everything("ann") if not isinstance(record, Account)]
    assert store.put(*again) == len(again)


@pytest.mark.parametrize("who", ["nobody", "", "ann\0", "\ud800", "' OR 1=1 --", "%"])
def test_erasing_nobody_erases_nothing(store: Any, who: str) -> None:
    store.put(*everything())
    assert store.erase(who) == 0
    assert list(store.export(who)) == []
    assert len(list(store.export("ann"))) == 6


def test_a_person_gets_every_version_about_them(store: Any) -> None:
    store.put(*everything("ann"), *everything("zoe"), answer("ann says", known=2, customer_id="ann"))
    store.put(answer("ann says", known=3))
    assert sorted((record.kind, record.known_at) for record in store.export("ann")) == [
        ("customer", START),
        ("follow_up", START),
        ("identity_link", START),
        ("interaction", START),
        ("invitation", START),
        ("response", START),
        ("response", day(2)),
    ]
    assert [record.id for record in store.export("ann too")] == ["ann link"]


def test_a_closed_store_says_so_and_closing_twice_is_fine(store: Any) -> None:
    store.put(answer())
    store.close()
    store.close()
    for use in (
        lambda: store.put(answer()),
        lambda: store.get(Response, "r1"),
        lambda: list(store.find(Response)),
        lambda: store.erase("ann"),
        lambda: list(store.export("ann")),
    ):
        with pytest.raises(StoreError, match="closed"):
            use()


def test_what_is_read_slowly_is_one_moment(store: Any) -> None:
    if isinstance(store, MemoryStore):
        pytest.skip("memory shows what is put meanwhile")
    store.put(*(answer(f"r{number:04}") for number in range(3_000)))
    found = store.find(Response)
    first = next(found)
    store.put(answer("r2999x"), answer("r0000", known=1, rating=1))
    assert [first.id, *(record.id for record in found)] == [f"r{number:04}" for number in range(3_000)]
    assert len(list(store.find(Response))) == 3_001


def test_it_is_a_store(store: Any) -> None:
    assert isinstance(store, nps.Store)
    assert isinstance(store, nps.Exporter)
