"""What every record has: a kind, a key, two times of its own and a content that can be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from npscore.errors import InvalidRecordError
from npscore.models.faults import reason_of
from npscore.models.fields import Time

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Stands for a `revised_at` that the source does not tell."""


class Fact(BaseModel):
    """What is checked when it is made and never changes afterwards.

    Raises:
        InvalidRecordError: for a field that is missing, unknown, too long or of
            another type; nothing is converted silently.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: ClassVar[str]

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise invalid(type(self), error) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # or JSON would be read by way of Python

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Only what was said, for people who read logs."""
        return ((name, getattr(self, name)) for name in type(self).model_fields if name in self.model_fields_set)


class Record(Fact):
    """A fact from outside, as a store keeps it.

    Attributes:
        known_at: when whoever keeps the record learned of it.
        revised_at: the source's own time of its last change, where it has one.
            Among the versions known at a moment the one with the largest
            (`revised_at`, `known_at`) stands; of kinds that are not versioned
            there is one version for good.
    """

    keyed_by: ClassVar[tuple[str, ...]] = ("id",)
    timed_by: ClassVar[str]
    versioned: ClassVar[bool] = True

    known_at: Time

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells this record from others of its kind."""
        return tuple([getattr(self, name) for name in self.keyed_by])

    @property
    def time(self) -> datetime | None:
        """When it happened, None where nobody knows."""
        moment: datetime | None = getattr(self, self.timed_by)
        return moment

    @property
    def version(self) -> tuple[datetime, datetime]:
        """What orders the versions of one key: `revised_at`, `BEGINNING` where it is unknown, and `known_at`."""
        revised_at = getattr(self, "revised_at", None) if self.versioned else None
        return revised_at or BEGINNING, self.known_at

    @property
    def content(self) -> str:
        """Everything but `known_at`, as text in one spelling: equal facts, equal texts."""
        return _content(self.to_json())

    @property
    def digest(self) -> str:
        """A hash of kind and content."""
        return digest_of(self.kind, self.to_json())

    def changed(self, **values: Any) -> Self:
        """The same record with other values, which are not checked: for those that are known to be sound.

        `model_copy` does the same in six times the time.
        """
        made = self.__class__.__new__(self.__class__)
        object.__setattr__(made, "__dict__", self.__dict__ | values)
        object.__setattr__(made, "__pydantic_fields_set__", self.__pydantic_fields_set__ | values.keys())
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made

    def to_json(self) -> str:
        """The record as JSON text, of which `from_json` makes it again."""
        return self.__pydantic_serializer__.to_json(
            self, exclude_defaults=True
        ).decode()  # model_dump_json takes twice as long

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The record that `to_json`, or another system, wrote.

        Raises:
            InvalidRecordError: naming the field and the reason.
        """
        try:
            record: Self = cls.__pydantic_validator__.validate_json(text)  # a tenth quicker than model_validate_json
        except ValidationError as error:
            raise invalid(cls, error) from None
        return record

    def __hash__(self) -> int:
        return hash((self.kind, self.key, self.known_at))


def digest_of(kind: str, body: str) -> str:
    """The hash of kind and content of a record, by the JSON that `Record.to_json` made of it."""
    return hashlib.sha256(f"{kind}\n{_content(body)}".encode()).hexdigest()


def _content(body: str) -> str:
    """JSON without `known_at`, which is the first field of every record and never a default."""
    return "{" + body.partition('",')[2]


def invalid(kind: type[Fact], error: ValidationError) -> InvalidRecordError:
    """Pydantic's finding as one sentence of ours, about the first fault."""
    faults = error.errors(include_url=False)
    first = faults[0]
    fields = [_field(kind, fault["loc"]) for fault in faults]
    reason = reason_of(first, one_of_several=any(map(_is_inner, first["loc"])))
    value = None if first["type"] == "missing" else first.get("input")
    return InvalidRecordError(kind.kind, fields[0], reason, value, len(set(fields)))


def _field(kind: type[Fact], path: Iterable[int | str]) -> str:
    """The field, with dots into nested ones."""
    return ".".join(str(part) for part in path if str(part) in kind.model_fields or not _is_inner(part))


_INNER = ("function-", "constrained-", "bool", "int", "float", "str", "none")


def _is_inner(part: object) -> bool:
    """Whether a part of a path names one branch of a union rather than a field."""
    return isinstance(part, str) and part.startswith(_INNER)
