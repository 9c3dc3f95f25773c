"""The statements that read: one record, the standing versions of a kind, all that is kept about a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, false, or_, select

from npscore.adapters.sql.databases import Database
from npscore.adapters.sql.rows import is_storable, micros
from npscore.adapters.sql.tables import TABLES
from npscore.models import KINDS, Customer, IdentityLink, Record

Condition = ColumnElement[bool]

_LAST = micros(datetime.max.replace(tzinfo=UTC))


def one(kind: type[Record], key: tuple[Any, ...], as_of: datetime | None) -> Select[str]:
    """The body of the version of one key that stands."""
    table = TABLES[kind.kind]
    newest = table.c.revised_at.desc(), table.c.known_at.desc()
    return select(table.c.body).where(has_key(kind, key), known(table, as_of)).order_by(*newest).limit(1)


def has_key(kind: type[Record], key: tuple[Any, ...]) -> Condition:
    """What holds for the versions of one key; nothing for what can be no key."""
    table = TABLES[kind.kind]
    if len(key) != len(kind.keyed_by):
        return false()
    return and_(*(equals(table.c[name], value) for name, value in zip(kind.keyed_by, key, strict=True)))


def standing(
    kind: type[Record],
    as_of: datetime | None,
    since: datetime | None = None,
    until: datetime | None = None,
    equal: Mapping[str, str] = MappingProxyType({}),
) -> Select[str]:
    """The bodies of the standing versions of a kind, in the order of their keys."""
    table = TABLES[kind.kind]
    found = select(table.c.body).where(known(table, as_of), *(equals(table.c[name], equal[name]) for name in equal))
    if since is not None:
        found = found.where(table.c.happened_at >= micros(since))
    if until is not None:
        found = found.where(table.c.happened_at < micros(until))
    elif since is not None and not kind.versioned:
        found = found.where(table.c.happened_at <= _LAST)  # SQLite uses the index of a span, and none without an end
    if kind.versioned:
        found = found.where(~is_outdated(kind, as_of))
    return found.order_by(*(table.c[name] for name in kind.keyed_by))


def gathered(
    database: Database, kind: type[Record], name: str, values: Sequence[str], as_of: datetime | None
) -> Select[str]:
    """The bodies of the standing versions of a kind whose field is one of some values, in no order."""
    wanted = database.among([TABLES[kind.kind].c[name]], [(value,) for value in values])
    return standing(kind, as_of).where(wanted).order_by(None)


def all_of(kind: type[Record], as_of: datetime | None) -> Select[str]:
    """The bodies of all versions of a kind, in the order of keys and versions."""
    table = TABLES[kind.kind]
    order = (table.c[column] for column in (*kind.keyed_by, "revised_at", "known_at"))
    return select(table.c.body).where(known(table, as_of)).order_by(*order)


def known(table: FromClause, as_of: datetime | None) -> Condition:
    """Whether a version was known by then."""
    return and_(True, *([] if as_of is None else [table.c.known_at <= micros(as_of)]))


def is_outdated(kind: type[Record], as_of: datetime | None) -> Condition:
    """Whether a later version was known too."""
    table = TABLES[kind.kind]
    later = table.alias("later")
    same_key = (later.c[name] == table.c[name] for name in kind.keyed_by)
    revised_later = later.c.revised_at > table.c.revised_at
    learned_later = and_(later.c.revised_at == table.c.revised_at, later.c.known_at > table.c.known_at)
    return exists(select(later.c.arrival).where(*same_key, or_(revised_later, learned_later), known(later, as_of)))


def equals(column: ColumnElement[Any], value: object) -> Condition:
    """Equality as Python has it: text equals text only, and nothing that no table can hold."""
    if value is None:
        return column.is_(None)
    fits = is_storable(value) if column.type.python_type is str else isinstance(value, int) and 0 <= value < 2**31
    return column == value if fits else false()


def concerns(kind: type[Record], customer_id: str) -> Condition:
    """Which rows are about a customer by themselves, as `npscore.models.erasure.concerns` has it."""
    table = TABLES[kind.kind]
    if kind is Customer:
        return equals(table.c.id, customer_id)
    if kind is IdentityLink:
        return or_(equals(table.c.customer_id, customer_id), equals(table.c.same_as, customer_id))
    return equals(table.c.customer_id, customer_id) if "customer_id" in table.c else false()


def about(customer_id: str) -> Iterator[tuple[type[Record], Select[str]]]:
    """For each kind, the bodies of all versions about a customer, in order."""
    for name, kind in KINDS.items():
        table = TABLES[name]
        order = (table.c[column] for column in (*kind.keyed_by, "revised_at", "known_at"))
        yield kind, select(table.c.body).where(concerns(kind, customer_id)).order_by(*order)
