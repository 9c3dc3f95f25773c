"""A store in a file of JSON lines, one line for each put: what a third party writes to be opened by `open_store`.

It has one process at a time, and reads the whole file when it is opened.
"""

from __future__ import annotations

import json
import os
from bisect import insort
from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from npscore import ConflictError, InputError, NotFoundError, Record, Response, StoreError
from npscore.models import KINDS, Exclusion
from npscore.models.erasure import anonymous, concerns
from npscore.ports import FILTERS

R = TypeVar("R", bound=Record)
Versions = list[Record]
Kept = dict[tuple[str, tuple[Any, ...]], Versions]


class JSONLinesStore:
    """Keeps records in the file that ``jsonlines:///PATH`` names."""

    def __init__(self, url: str) -> None:
        self._path = Path(url.removeprefix("jsonlines:///"))
        self._kept: Kept | None = {}
        self._read()

    def put(self, *records: Record) -> int:
        """Keep records, all of them or none."""
        kept = self._open()
        changed: Kept = {}
        news = [record for record in records if _add(changed.setdefault(_place(record), []), kept, record)]
        if news:
            with self._path.open("a", encoding="utf-8") as file:
                _write(file, news)
        for place, added in changed.items():
            for record in added:
                insort(kept.setdefault(place, []), record, key=attrgetter("version"))
        return len(news)

    def get(self, kind: type[R], *key: Any, as_of: datetime | None = None) -> R:
        """The version of one record that stands."""
        found = _standing(self._open().get((kind.kind, key), []), as_of)
        if found is None:
            raise NotFoundError(f"no {kind.kind} has the key {key}.")
        return found  # type: ignore[return-value]

    def find(
        self,
        kind: type[R],
        *,
        as_of: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **equal: str,
    ) -> Iterator[R]:
        """The standing versions of one kind, in the order of their keys."""
        kept = self._open()
        if unknown := [name for name in equal if name not in FILTERS or name not in kind.model_fields]:
            raise InputError(f"{kind.kind} cannot be found by {unknown[0]!r}; it can by customer_id and others.")
        for place in sorted(place for place in kept if place[0] == kind.kind):
            found = _standing(kept[place], as_of)
            if found and _within(found, since, until) and all(getattr(found, name) == equal[name] for name in equal):
                yield found  # type: ignore[misc]

    def erase(self, customer_id: str) -> int:
        """Forget a person, by writing a new file without them in the place of the old one."""
        kept = self._open()
        gone = _about(kept, customer_id)
        names: dict[tuple[str, str], str] = {}
        erased = [version for place in gone for version in kept[place]]
        left = [anonymous(version, lambda *old: names.setdefault(old, uuid4().hex)) for version in erased]
        stay = [version for place, versions in kept.items() if place not in gone for version in versions]
        after = [*stay, *filter(None, left)]
        if erased:
            beside = self._path.with_name(f"{self._path.name}.new")
            with beside.open("w", encoding="utf-8") as file:
                _write(file, after)
            beside.replace(self._path)
            self._kept = _sorted(after)
        return len(erased)

    def close(self) -> None:
        """Let go of what was read."""
        self._kept = None

    def _open(self) -> Kept:
        if self._kept is None:
            raise StoreError("the store is closed; open it again.")
        return self._kept

    def _read(self) -> None:
        """What is kept, leaving out and cutting off a last line that was not written to its end."""
        self._path.touch()
        lines = self._path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            os.truncate(self._path, sum(map(len, lines[:-1])))
            del lines[-1]
        self._kept = _sorted(KINDS[kind].from_json(body) for line in lines for kind, body in json.loads(line))


def _write(file: Any, records: Iterable[Record]) -> None:
    file.write(json.dumps([(record.kind, record.to_json()) for record in records]) + "\n")
    file.flush()
    os.fsync(file.fileno())


def _sorted(records: Iterable[Record]) -> Kept:
    kept: Kept = {}
    for record in records:
        insort(kept.setdefault(_place(record), []), record, key=attrgetter("version"))
    return kept


def _place(record: Record) -> tuple[str, tuple[Any, ...]]:
    return record.kind, record.key


def _add(added: Versions, kept: Kept, record: Record) -> bool:
    """Add a record to those that a put adds under its key, where it says something new."""
    versions = sorted([*kept.get(_place(record), []), *added], key=attrgetter("version"))
    rivals = [one for one in versions if one.version == record.version or not record.versioned]
    if any(rival.digest != record.digest for rival in rivals):
        raise ConflictError(f"another content of {record.kind} {record.key} is already kept.")
    before = [one.digest for one in versions if one.version < record.version]
    if rivals or before[-1:] == [record.digest]:
        return False
    added.append(record)
    return True


def _standing(versions: Versions, as_of: datetime | None) -> Record | None:
    known = [version for version in versions if as_of is None or version.known_at <= as_of]
    return known[-1] if known else None


def _within(record: Record, since: datetime | None, until: datetime | None) -> bool:
    if since is None and until is None:
        return True
    return (
        record.time is not None and (since is None or since <= record.time) and (until is None or record.time < until)
    )


def _about(kept: Kept, customer_id: str) -> set[tuple[str, tuple[Any, ...]]]:
    """The keys of which a version is about a person, and the exclusions of their responses."""
    own = {place for place, versions in kept.items() if any(concerns(version, customer_id) for version in versions)}
    said = {key[0] for kind, key in own if kind == Response.kind}
    return own | {
        place
        for place, versions in kept.items()
        if any(isinstance(version, Exclusion) and version.response_id in said for version in versions)
    }
