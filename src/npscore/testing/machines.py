"""A machine that does the same to a store and to the store in memory, and finds where they part.

Law S17 runs it. By itself it is run by ``run_state_machine_as_test(lambda: StoreMachine(make_store))`` of
`hypothesis.stateful`, with as many examples as you like. What erasing leaves has other names in each store, so names
that the machine did not give are told by what they stand in.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from npscore.adapters.memory import MemoryStore
from npscore.errors import ConflictError, NotFoundError
from npscore.models import (
    KINDS,
    Account,
    Customer,
    Exclusion,
    FollowUp,
    IdentityLink,
    Interaction,
    Invitation,
    Record,
    Response,
)
from npscore.ports import FILTERS, Exporter, Store

MakeStore = Callable[[], Store]
Reopen = Callable[[Store], Store]

NAMES = ("a", "A", "a ", "\U0001f600")
"""All the ids and words that a machine gives: few, so that they meet, and easily taken for each other."""

PEOPLE = NAMES[:3]
"""Those of them who are customers."""

_NAMED = {
    "id": None,  # in the kind of the record
    "log": "log",
    "response_id": "response",
    "invitation_id": "invitation",
    "interaction_id": "interaction",
    "lifts": "exclusion",
}
_WORDS = ("comment", "name", "note", "rule", "channel")  # every kind has one of them
_LOOKS = 4  # from an exclusion by its response and invitation to the interaction

Name = tuple[str, str]  # kind and id


def _days() -> st.SearchStrategy[datetime]:
    return st.integers(0, 3).map(lambda days: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days))


def _kinds() -> st.SearchStrategy[Record]:
    """Records of any kind with few different values."""
    name, who, day = st.sampled_from(NAMES), st.sampled_from(PEOPLE), _days()
    maybe, maybe_day = st.none() | name, st.none() | day
    version: dict[str, Any] = {"known_at": day, "revised_at": maybe_day}
    about: dict[str, Any] = {"customer_id": st.none() | who, "account_id": maybe}
    made: dict[str, Any] = {"known_at": day, "decided_at": day, "actor": name}
    linked: dict[str, Any] = {"interaction_id": maybe, "survey": maybe}
    ratings = st.none() | st.integers(0, 10)
    return st.one_of(
        st.builds(Customer, id=who, name=maybe, account_id=maybe, since=maybe_day, **version),
        st.builds(Account, id=name, name=maybe, **version),
        st.builds(Interaction, id=name, type=name, happened_at=day, **about, **version),
        st.builds(Invitation, id=name, invited_at=day, **about, **linked, **version),
        st.builds(Response, id=name, answered_at=day, rating=ratings, invitation_id=maybe, comment=maybe, **about,
                  **linked, **version),
        st.builds(FollowUp, log=name, sequence=st.integers(0, 2), step=st.sampled_from(["opened", "closed"]),
                  done_at=day, customer_id=st.none() | who, response_id=maybe, note=maybe, known_at=day),
        st.builds(Exclusion, id=name, response_id=name, reason=name, lifts=maybe, **made),
        st.builds(IdentityLink, id=name, customer_id=who, same_as=who, rule=name, undoes=maybe, **made),
    )  # fmt: skip


def _place(record: Record) -> tuple[str, tuple[Any, ...]]:
    return record.kind, record.key


class StoreMachine(RuleBasedStateMachine):
    """Any history of a store, held against the same history of a `MemoryStore`.

    Args:
        make_store: makes a new and empty store.
        reopen: closes a store and opens it again on what it kept, for a store that outlives its process.
    """

    records = Bundle("records")

    def __init__(self, make_store: MakeStore, reopen: Reopen | None = None) -> None:
        super().__init__()
        self._oracle = MemoryStore()
        self._store = make_store()
        self._reopen = reopen

    @initialize(
        target=records, new=st.lists(_kinds(), min_size=10, max_size=20, unique_by=lambda one: (one.kind, one.key))
    )
    def begin(self, new: list[Record]) -> Any:
        """Something to begin with."""
        return self.put(new)

    @rule(target=records, new=st.lists(_kinds(), max_size=4))
    def put(self, new: list[Record]) -> Any:
        """Some records, all or nothing."""
        self._puts(*new)
        return multiple(*new)

    @rule(record=records, known_at=_days())
    def learn_again(self, record: Record, known_at: datetime) -> None:
        """What was put before, at another time."""
        self._puts(record.model_copy(update={"known_at": known_at}))

    @rule(target=records, record=records, known_at=_days(), word=st.sampled_from(NAMES))
    def correct(self, record: Record, known_at: datetime, word: str) -> Record:
        """A record that says something else than one that was put before."""
        wordy = next(
            name for name in ("comment", "name", "note", "rule", "channel") if name in type(record).model_fields
        )
        corrected = record.model_copy(update={"known_at": known_at, wordy: word})
        self._puts(corrected)
        return corrected

    @rule(record=records, as_of=st.none() | _days())
    def get(self, record: Record, as_of: datetime | None) -> None:
        """A record by the key of one that was put."""
        self._same(lambda store: facts([store.get(type(record), *record.key, as_of=as_of)]))

    @rule(
        kind=st.sampled_from(list(KINDS.values())),
        times=st.fixed_dictionaries({}, optional={"as_of": _days(), "since": _days(), "until": _days()}),
        equal=st.just({}) | st.dictionaries(st.sampled_from(FILTERS), st.sampled_from(NAMES), max_size=2),
    )
    def find(self, kind: type[Record], times: dict[str, datetime], equal: dict[str, str]) -> None:
        """Some records of a kind."""
        fitting = {name: value for name, value in equal.items() if name in kind.model_fields}
        self._finds(kind, **times, **fitting)

    @rule(as_of=st.none() | _days())
    def find_everything(self, as_of: datetime | None) -> None:
        """All kinds at once, by which is seen what belongs to what."""
        self._same(lambda store: facts(one for kind in KINDS.values() for one in store.find(kind, as_of=as_of)))

    @rule(who=st.sampled_from(PEOPLE))
    def erase(self, who: str) -> None:
        """Forget a person."""
        self._same(lambda store: store.erase(who))
        self.find_everything(as_of=None)

    @rule(who=st.sampled_from(PEOPLE))
    def export(self, who: str) -> None:
        """All about a person, where the store can tell it."""
        if isinstance(self._store, Exporter):
            self._same(lambda store: facts(store.export(who)))

    @rule()
    def open_again(self) -> None:
        """Close the store and open it on what it kept, where it keeps anything."""
        if self._reopen is not None:
            self._store = self._reopen(self._store)
            self.find_everything(as_of=None)

    def teardown(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _puts(self, *records: Record) -> None:
        self._same(lambda store: store.put(*records))
        for kind in {type(record) for record in records}:
            self._finds(kind)

    def _finds(self, kind: type[Record], **asked: Any) -> None:
        self._same(lambda store: facts(_in_order(store.find(kind, **asked))))

    def _same(self, deed: Callable[[Any], object]) -> None:
        expected, found = _outcome(deed, self._oracle), _outcome(deed, self._store)
        assert found == expected, f"{self._store!r} says {found}, and the store in memory {expected}"


def _outcome(deed: Callable[[Any], object], store: Store) -> object:
    """What comes of a deed, which may be an error that is as it should be."""
    try:
        return deed(store)
    except ConflictError:
        return ConflictError
    except NotFoundError:
        return NotFoundError


def _in_order(records: Iterable[Record]) -> list[Record]:
    found = list(records)
    keys = [record.key for record in found]
    assert keys == sorted(keys), f"out of order: {keys}"
    return found


def facts(records: Iterable[Record]) -> list[str]:
    """What records say, the names that no machine gave being told by what they stand in."""
    found = list(records)
    faces: dict[Name, str] = {}
    for _ in range(_LOOKS):
        faces = _faces(found, faces)
    return sorted(_text(record, faces) for record in found)


def _faces(records: Iterable[Record], faces: dict[Name, str]) -> dict[Name, str]:
    """What can be told of each strange name, given what could be told before."""
    places: dict[Name, list[str]] = defaultdict(list)
    for record in records:
        for field, name in _strangers(record):
            places[name].append(f"{field} of {_text(record, faces)}")
    return {name: sha256("\n".join(sorted(texts)).encode()).hexdigest() for name, texts in places.items()}


def _strangers(record: Record) -> Iterator[tuple[str, Name]]:
    """The fields with names that no machine gave."""
    for field, kind in _NAMED.items():
        value = getattr(record, field, None)
        if value is not None and value not in NAMES:
            yield field, (kind or record.kind, value)


def _text(record: Record, faces: dict[Name, str]) -> str:
    told = record.model_dump(mode="json", exclude_defaults=True)
    told |= {field: faces.get(name, "?") for field, name in _strangers(record)}
    return f"{record.kind} {json.dumps(told, sort_keys=True, ensure_ascii=False)}"
