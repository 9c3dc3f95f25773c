"""Which records were told before: a hash of each, so that files of any size fit."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

from npscore.models import Record

_WATCHED = 1_000_000


class Repeats:
    """Remembers the first million versions of records by their hashes."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def compare(self, record: Record) -> Literal["new", "again", "other"]:
        """Whether a version is new, came before, or came before with other content."""
        key = hash((record.kind, record.key, record.version))
        content = hash(tuple(map(_hashable, record.__dict__.values())))
        known = self._seen.get(key)
        if known is None:
            if len(self._seen) < _WATCHED:
                self._seen[key] = content
            return "new"
        return "again" if known == content else "other"


def _hashable(value: Any) -> Hashable:
    return frozenset(value.items()) if isinstance(value, dict) else value
