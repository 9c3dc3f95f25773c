"""Places: where a value about an answer stands, in its own record or in that of its customer or account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.models.events import Response
from npscore.models.people import Account, Customer
from npscore.models.records import Record

_KINDS: Mapping[str, type[Record]] = {"response": Response, "customer": Customer, "account": Account}
_ASKED = "survey", "survey_kind", "scale", "channel", "locale"
_FIELDS: Mapping[type[Record], tuple[str, ...]] = {
    Response: ("id", "customer_id", "account_id", "role", "invitation_id", "interaction_id", *_ASKED),
    Customer: ("id", "account_id", "role", "name", "email", "phone"),
    Account: ("id", "name", "parent_id", "owner"),
}
_MAPS = ("attributes", "drivers")


@attrs.frozen
class Place:
    """Where a value stands.

    Attributes:
        kind: the class of the record.
        path: the name of a field, or of a mapping and of a key in it.
    """

    kind: type[Record]
    path: tuple[str, ...]

    @classmethod
    def read(cls, name: str) -> Place:
        """The place of a name as in ``channel``, ``drivers.price``, ``customer.region`` or ``account.owner``.

        What is no field of the record is one of its attributes; names without
        ``customer.`` or ``account.`` are of the response.

        Raises:
            InputError: for a name that is empty, or a field that makes no groups.

        Example:
            >>> Place.read("customer.region").path, Place.read("channel").path
            (('attributes', 'region'), ('channel',))
        """
        prefix, dot, rest = name.partition(".") if isinstance(name, str) else ("", "", "")
        kind, field = (_KINDS[prefix], rest) if dot and prefix in _KINDS else (Response, name)
        if not isinstance(field, str) or not field.strip():
            raise InputError(f"{short(name)} names no field; say channel, customer.region or account.owner.")
        return cls(kind, _path(kind, field))

    def value(self, record: Record | None) -> str | None:
        """The value there as text, None where it is missing or empty.

        Example:
            >>> from datetime import UTC, datetime
            >>> ann = Customer(id="c", attributes={"vip": True}, known_at=datetime(2026, 1, 1, tzinfo=UTC))
            >>> Place.read("customer.vip").value(ann)
            'true'
        """
        found: Any = getattr(record, self.path[0], None)
        return as_text(found.get(self.path[1]) if len(self.path) > 1 and found is not None else found)


def as_text(value: Any) -> str | None:
    """A value as people write it, None for what is missing or empty."""
    if value is None:
        return None
    return (str(value).lower() if isinstance(value, bool) else str(value)) or None


def _path(kind: type[Record], field: str) -> tuple[str, ...]:
    if field in _FIELDS[kind]:
        return (field,)
    mapping, dot, key = field.partition(".")
    if dot and mapping in _MAPS and mapping in kind.model_fields:
        return mapping, key
    if field in kind.model_fields:
        known = ", ".join(sorted(_FIELDS[kind]))
        raise InputError(f"the field {kind.kind}.{field} makes no groups; these do: {known}, and attributes.")
    return "attributes", field
