"""A row becomes drafts of records: every field found, read and checked, or the row's fault."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

import attrs

from npscore.intake import values as say
from npscore.intake.answers import Answers
from npscore.intake.beside import Told, exclusion, invitation, people, tells_of
from npscore.intake.cells import BLANKS
from npscore.intake.instants import Instants
from npscore.intake.noticing import Noticed
from npscore.intake.options import Reading
from npscore.intake.rows import Values
from npscore.intake.shapes import Fields, Shape, value_at
from npscore.intake.values import Fault
from npscore.scoring.scales import is_missing

_MOST = 200  # attributes
_LINES = ("invitation_id", "interaction_id", "survey", "role", "channel", "locale")
_TIMES = ("answered_at", "revised_at", "invited_at", "interaction_at")
_NAMES = frozenset({
    "customer.id", "customer.name", "customer.first_name", "customer.last_name", "customer.email", "customer.phone",
    "customer.role", "customer.since", "account.id", "account.name", "account.owner", "account.parent_id",
})  # fmt: skip


@attrs.frozen
class Drafts:
    """What one row told: the fields of each record with its kind, the response first."""

    row: int
    records: list[tuple[str, dict[str, Any]]]


class Drafter:
    """Reads the rows of one shape, whose fields have been settled.

    Args:
        shape: how the rows look.
        fields: where each field stands in them.
        leftover: the columns that become attributes.
        reading: what the caller said.
        noticed: takes the notes.
    """

    def __init__(
        self, shape: Shape, fields: Fields, leftover: tuple[str, ...], reading: Reading, noticed: Noticed
    ) -> None:
        self.shape, self.fields, self.leftover = shape, fields, leftover
        self.reading, self.noticed = reading, noticed
        self.instants = Instants(reading.zone or shape.zone, reading.order)
        self.answers = Answers(shape, reading, noticed, asks="metric" in fields)
        self._constants = {**shape.constants, **reading.constants}
        self._knows = frozenset([*fields, *self._constants])
        self._lines = tuple(field for field in _LINES if field in self._knows)
        self._truths = tuple(field for field in ("completed", "test") if field in self._knows)
        self._people = tuple(who for who in ("customer", "account") if tells_of(who, self._knows))
        self._came: Counter[bytes] = Counter()

    def draft(self, number: int, values: Values) -> Drafts:
        """What a row tells.

        Raises:
            Fault: why it cannot be kept.
            InputError: for a time that can be read in two ways, or in any zone.
        """
        if reason := self.shape.refuse(values):
            raise Fault("", reason)
        prepared = self.shape.prepare(values)
        said = {**self._constants, **self._said(prepared)}
        response = self._response(number, said, values, prepared)
        told = Told(said, response, self.instants, lambda found: self._kept(number, found))
        others = self._others(told)
        if not self.shape.answered(prepared):
            return Drafts(number, others)
        if response["answered_at"] is None:
            raise Fault("answered_at", "no time of the answer; answered_at= (--answered-at at the shell) supplies one")
        return Drafts(number, [("response", response), *others])

    def _said(self, prepared: Values) -> dict[str, Any]:
        said = {}
        for field, paths in self.fields.items():
            value = value_at(prepared, paths)
            if field in self.shape.words and isinstance(value, str | int):
                value = self.shape.words[field].get(str(value).strip().lower(), value)
            if value is not None:
                said[field] = value
        return said

    def _response(self, number: int, said: dict[str, Any], values: Values, prepared: Values) -> dict[str, Any]:
        times: dict[str, Any] = {field: self.instants.read(field, said.get(field)) for field in _TIMES}
        times["answered_at"] = times["answered_at"] or self.reading.answered_at
        self._check_time(number, times["answered_at"])
        return {
            "known_at": self.reading.known_at,
            **times,
            **{field: say.line(field, said[field]) for field in _LINES if field in said},
            **{
                field: mark
                for field in ("completed", "test")
                if (mark := say.truth(field, said.get(field))) is not None
            },
            **self.answers.read(number, said),
            **_ids_of_people(said),
            "id": self._id(said, values),
            "comment": self._comment(number, said.get("comment")),
            "tags": _tags(said.get("tags")),
            "attributes": self._attributes(number, said, prepared),
            "drivers": self._kept(number, _group("drivers", said)),
        }

    def _id(self, said: dict[str, Any], values: Values) -> str:
        known = say.line("id", said.get("id"))
        if known is not None:
            return self.reading.prefix + known
        digest = content_hash(values)
        if not self.shape.table:  # a message that came twice is one answer
            return self.reading.prefix + digest.hex()
        self._came[digest] += 1
        return f"{self.reading.prefix}{digest.hex()}-{self._came[digest]}"

    def _comment(self, number: int, raw: object) -> str | None:
        if not isinstance(raw, str):
            return say.line("comment", raw)
        if say.is_formula(raw):
            self.noticed.count("formula", "comments that a spreadsheet would run were kept as text:", number, repr(raw))
        return raw

    def _check_time(self, number: int, answered_at: datetime | None) -> None:
        if answered_at is not None and answered_at > self.reading.known_at:
            self.noticed.count("time", "answers are dated after the time at which they became known:", number)

    def _attributes(self, number: int, said: dict[str, Any], prepared: Values) -> dict[str, Any]:
        """What is known of the customer at the time of the answer."""
        found = _group("attributes", said)
        for field, value in said.items():
            if field.startswith(("customer.", "account.")) and field not in _NAMES:
                found[field.partition(".")[2]] = value
        for column in self.leftover:
            found.setdefault(column, prepared.get(column))
        return self._kept(number, found)

    def _kept(self, number: int, found: Mapping[str, Any]) -> dict[str, Any]:
        """What a record can keep of some attributes; the rest is noted."""
        kept: dict[str, Any] = {}
        for name, raw in found.items():
            value = raw.strip() if isinstance(raw, str) else raw
            if is_missing(value) or (isinstance(value, str) and value.lower() in BLANKS):
                continue
            if len(kept) < _MOST and say.keepable(name, value):
                kept[name] = value
            else:
                self.noticed.count(
                    "left out", "values that a record cannot keep were left out:", number, repr(name)[:60]
                )
        return kept

    def _others(self, told: Told) -> list[tuple[str, dict[str, Any]]]:
        others = people(told, self._people)
        if self.shape.invites and told.response["invited_at"]:
            others.append(("invitation", invitation(told)))
        if say.truth("excluded", told.said.get("excluded")):
            others.append(("exclusion", exclusion(told, self.shape.name)))
        return others


def _ids_of_people(said: dict[str, Any]) -> dict[str, str | None]:
    """Who has no id is known by the e-mail address or the phone, an account by its name."""
    lines = {field: say.line(field, said[field]) for field in _NAMES if field in said and field != "customer.since"}
    email = lines.get("customer.email")
    return {
        "customer_id": lines.get("customer.id") or (email.lower() if email else lines.get("customer.phone")),
        "account_id": lines.get("account.id") or lines.get("account.name"),
    }


def _group(group: str, said: dict[str, Any]) -> dict[str, Any]:
    """The attributes or the driver answers that a row tells, as one object or field by field."""
    whole, start = said.get(group), f"{group}."
    found = dict(whole) if isinstance(whole, dict) else {}
    return found | {field.removeprefix(start): value for field, value in said.items() if field.startswith(start)}


def _tags(raw: object) -> tuple[str, ...]:
    """Labels in a list, in a list of objects with a name, or in a text with commas."""
    parts = raw.split(",") if isinstance(raw, str) else raw if isinstance(raw, list | tuple) else []
    names = (part.get("name") if isinstance(part, Mapping) else part for part in parts)
    return tuple(dict.fromkeys(name.strip() for name in names if isinstance(name, str) and name.strip()))


def content_hash(values: Values) -> bytes:
    """A hash of what a row says, the order of its columns and its blanks aside.

    Raises:
        Fault: for a row that cannot be written as JSON.

    Example:
        >>> content_hash({"nps": "9 ", "team": ""}) == content_hash({"nps": "9"})
        True
    """
    told = {
        str(key).strip(): value.strip() if isinstance(value, str) else value
        for key, value in values.items()
        if value is not None and not (isinstance(value, str) and not value.strip())
    }
    try:
        text = json.dumps(told, sort_keys=True, default=str)
    except (ValueError, TypeError, RecursionError):
        raise Fault("id", "the row has no id, and its content cannot be written as JSON") from None
    return blake2b(text.encode(), digest_size=16).digest()
