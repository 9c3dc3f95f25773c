"""A store in memory: the oracle that other stores are held against, and a double for tests."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from npscore.adapters.arrow import batches_of
from npscore.errors import ConflictError, InputError, NotFoundError, StoreError, short
from npscore.loop.cases import is_finished
from npscore.models import KINDS, Exclusion, FollowUp, Record
from npscore.models.erasure import PREFIX, anonymous, concerns
from npscore.periods import check_instant
from npscore.ports import FILTERS

if TYPE_CHECKING:
    from npscore.adapters.arrow import Batches

R = TypeVar("R", bound=Record)
Versions = list[Record]  # of one key, in order


class MemoryStore:
    """Keeps records in dictionaries of this process.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Response
        >>> today = datetime(2026, 11, 22, tzinfo=UTC)
        >>> store = MemoryStore()
        >>> store.put(Response(id="r1", rating=9, answered_at=today, known_at=today))
        1
        >>> store.get(Response, "r1").rating
        9
    """

    def __init__(self) -> None:
        self._kinds: dict[str, dict[tuple[Any, ...], Versions]] | None = {kind: {} for kind in KINDS}

    def put(self, *records: Record) -> int:
        """Keep records, all of them or none; see `Store.put`."""
        check_records(records)
        kept = self._open()
        changed: dict[tuple[str, tuple[Any, ...]], Versions] = {}
        new = 0
        for record in records:
            place = record.kind, record.key
            versions = changed.setdefault(place, list(kept[record.kind].get(record.key, ())))
            new += _added(versions, record)
        for (kind, key), versions in changed.items():
            kept[kind][key] = versions
        return new

    def get(self, kind: type[R], *key: Any, as_of: datetime | None = None) -> R:
        """The version of one record that stands; see `Store.get`."""
        standing = _standing(self._open()[kind.kind].get(key, []), as_of)
        if standing is None:
            raise NotFoundError(f"no {kind.kind} has the key {', '.join(map(repr, key))}.")
        return standing  # type: ignore[return-value]

    def find(
        self,
        kind: type[R],
        *,
        as_of: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **equal: str,
    ) -> Iterator[R]:
        """The standing versions of one kind, in the order of their keys; see `Store.find`."""
        kept = self._open()[kind.kind]
        check_filters(kind, equal)
        for key in sorted(kept):
            record = _standing(kept[key], as_of)
            if record is not None and _within(record, since, until) and _equals(record, equal):
                yield record  # type: ignore[misc]

    def versions(self, kind: type[R], *, as_of: datetime | None = None) -> Iterator[R]:
        """Every version of every record of a kind; see `Historian.versions`."""
        check_filters(kind, {})
        kept = self._open()[kind.kind]
        for key in sorted(kept):
            for version in kept[key]:
                if as_of is None or version.known_at <= as_of:
                    yield version  # type: ignore[misc]

    def gather(self, kind: type[R], name: str, values: Iterable[str], *, as_of: datetime | None = None) -> Iterator[R]:
        """The standing versions whose field has one of some values; see `Gatherer.gather`."""
        kept = self._open()
        wanted = set(wanted_of(kind, name, values, as_of))
        found = (_standing(versions, as_of) for versions in kept[kind.kind].values())
        return iter([record for record in found if record and getattr(record, name) in wanted])  # type: ignore[misc]

    def unfinished(self) -> Iterator[tuple[FollowUp, ...]]:
        """The logs in which something is left to do; see `Caseload.unfinished`."""
        logs = groupby(self.find(FollowUp), attrgetter("log"))
        return iter([log for log in (tuple(steps) for _, steps in logs) if not is_finished(log)])

    def frame(self, kind: type[Record], *, as_of: datetime | None = None, attributes: Sequence[str] = ()) -> Batches:
        """The standing records of a kind as Arrow batches; see `npscore.adapters.arrow.batches_of`."""
        self._open()
        return batches_of(self, kind, as_of=as_of, attributes=attributes)

    def erase(self, customer_id: str) -> int:
        """Forget a person; see `Store.erase`."""
        kept = self._open()
        names: dict[tuple[str, str], str] = {}
        responses = {key[0] for key, versions in kept["response"].items() if _any_concerns(versions, customer_id)}
        places = [
            (kind, key)
            for kind, keys in kept.items()
            for key, versions in keys.items()
            if _any_concerns(versions, customer_id) or (kind == Exclusion.kind and versions[0].response_id in responses)  # type: ignore[attr-defined]
        ]
        erased = [version for kind, key in places for version in kept[kind].pop(key)]
        for version in erased:
            left = anonymous(version, lambda kind, old: names.setdefault((kind, old), f"{PREFIX}{uuid4().hex}"))
            if left is not None:
                insort(kept[left.kind].setdefault(left.key, []), left, key=lambda record: record.version)
        return len(erased)

    def export(self, customer_id: str) -> Iterator[Record]:
        """Every version of every record about a customer; see `Exporter.export`."""
        versions = chain.from_iterable(chain.from_iterable(keys.values() for keys in self._open().values()))
        return (version for version in list(versions) if concerns(version, customer_id))

    def close(self) -> None:
        """Forget everything; see `Store.close`."""
        self._kinds = None

    def _open(self) -> dict[str, dict[tuple[Any, ...], Versions]]:
        if self._kinds is None:
            raise StoreError("the store is closed; open it again.")
        return self._kinds


def _added(versions: Versions, record: Record) -> bool:
    """Add a version where it says something new.

    Raises:
        ConflictError: when other content stands in its place.
    """
    if not record.versioned and versions:
        rivals = versions
    else:
        rivals = [version for version in versions if version.version == record.version]
    if any(rival.digest != record.digest for rival in rivals):
        raise conflict(record)
    before = [version for version in versions if version.version < record.version]
    if rivals or (before and before[-1].digest == record.digest):
        return False
    insort(versions, record, key=lambda version: version.version)
    return True


def conflict(record: Record) -> ConflictError:
    """Two contents under one key, as an error for people."""
    key = ", ".join(map(repr, record.key))
    if record.versioned:
        return ConflictError(
            f"another content of {record.kind} {key} is already kept under the same times (revised_at, known_at); "
            "a correction is known later."
        )
    return ConflictError(f"{record.kind} {key} is already kept with another content, and is never changed.")


def _standing(versions: Versions, as_of: datetime | None) -> Record | None:
    known = [version for version in versions if as_of is None or version.known_at <= as_of]
    return known[-1] if known else None


def check_records(records: Iterable[object]) -> None:
    """Refuse to put what is no record.

    Raises:
        InputError: naming the first.
    """
    for record in records:
        if not isinstance(record, Record):
            raise InputError(f"a store keeps records, not {short(record)}; put(*records) takes them one by one.")


def check_filters(kind: type[Record], equal: dict[str, str]) -> None:
    """Refuse a filter that a kind does not have.

    Raises:
        InputError: naming those it has.
    """
    _check_kind(kind)
    for name in equal:
        _check_field(kind, name, FILTERS)


def wanted_of(kind: type[Record], name: str, values: Iterable[str], as_of: datetime | None) -> Iterator[str]:
    """The values to gather by, each once and as they are needed, without those that no field has.

    Raises:
        InputError: for a field by which the kind cannot be found, and what is no values.
    """
    _check_field(kind, name, ("id", *FILTERS))
    if as_of is not None:
        check_instant("as_of", as_of)
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError(f"records are gathered by several values, as in ['r1', 'r2'], not by {short(values)}.")
    return _each_once(value for value in values if isinstance(value, str))


def _each_once(values: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if value not in seen:
            seen.add(value)
            yield value


def _check_kind(kind: object) -> None:
    if not (isinstance(kind, type) and issubclass(kind, Record) and kind in KINDS.values()):
        raise InputError(f"records are found by their class, such as Response, not by {short(kind)}.")


def _check_field(kind: type[Record], name: object, fields: Iterable[str]) -> None:
    _check_kind(kind)
    usable = [field for field in fields if field in kind.model_fields]
    if name not in usable:
        raise InputError(f"{kind.kind} cannot be found by {short(name)}; it can by {', '.join(usable) or 'nothing'}.")


def _within(record: Record, since: datetime | None, until: datetime | None) -> bool:
    if since is None and until is None:
        return True
    moment = record.time
    return moment is not None and (since is None or moment >= since) and (until is None or moment < until)


def _equals(record: Record, equal: dict[str, str]) -> bool:
    return all(getattr(record, name) == value for name, value in equal.items())


def _any_concerns(versions: Versions, customer_id: str) -> bool:
    return any(concerns(version, customer_id) for version in versions)
