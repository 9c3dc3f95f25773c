"""Which records were told before: a hash of each, so that files of any size fit."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from operator import itemgetter
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
        content = fingerprint(record)
        known = self._seen.get(key)
        if known is None:
            if len(self._seen) < _WATCHED:
                self._seen[key] = content
            return "new"
        return "again" if known == content else "other"


def fingerprint(record: Record) -> int:
    """A hash of what a record says, good within this process."""
    fields = record.__dict__
    mappings, others = _getters(type(record))
    return hash((others(fields), *(frozenset(fields[name].items()) for name in mappings)))


@lru_cache(maxsize=16)
def _getters(kind: type[Record]) -> tuple[tuple[str, ...], Callable[[dict[str, Any]], Hashable]]:
    mappings = tuple(name for name in ("attributes", "drivers") if name in kind.model_fields)
    return mappings, itemgetter(*(name for name in kind.model_fields if name not in mappings))
