"""Many records at once: checked by the batch, and one bad draft costs only itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from npscore.errors import InvalidRecordError
from npscore.models.records import Record, invalid

R = TypeVar("R", bound=Record)


def make_all(kind: type[R], drafts: Sequence[Mapping[str, Any]]) -> list[R | InvalidRecordError]:
    """A record, or the reason why there is none, for each draft, in their order.

    Args:
        kind: the class of the records.
        drafts: the fields of each.

    Example:
        >>> drafts = [{"id": "c1", "known_at": "2026-11-22T00:00:00Z"}, {"id": "c2"}]
        >>> [type(made).__name__ for made in make_all(Customer, drafts)]
        ['Customer', 'InvalidRecordError']
    """
    try:
        return list(_adapter(kind).validate_python(drafts))
    except ValidationError:  # one by one is quicker than to sort out which were meant
        return [_made(kind, draft) for draft in drafts]


def _made(kind: type[R], draft: Mapping[str, Any]) -> R | InvalidRecordError:
    try:
        return kind.model_validate(draft)
    except ValidationError as error:
        return invalid(kind, error)


@lru_cache(maxsize=16)
def _adapter(kind: type[R]) -> TypeAdapter[list[R]]:
    return TypeAdapter(list[kind])  # type: ignore[valid-type]
