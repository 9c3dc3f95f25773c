"""A row becomes drafts of records: every field found, read and checked, or the row's fault."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

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
_NO_TIMES: dict[str, datetime | None] = dict.fromkeys(_TIMES)
_PEOPLE = ("customer.", "account.")
_WHO = {"customer": "a customer", "account": "an account"}
_WITH_ANSWER = "values of {} without an id stand with the answer only:"
_NOWHERE = "values of {} without an id were left out, for an answer has no place for them:"
_NAMES = frozenset({
    "customer.id", "customer.name", "customer.first_name", "customer.last_name", "customer.email", "customer.phone",
    "customer.role", "customer.since", "account.id", "account.name", "account.owner", "account.parent_id",
})  # fmt: skip


Draft = tuple[str, dict[str, Any]]
"""The kind of a record and its fields."""


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
        knows = frozenset([*fields, *self._constants])
        self._lines = tuple(field for field in _LINES if field in knows)
        self._times = tuple(field for field in _TIMES if field in knows)
        self._truths = tuple(field for field in ("completed", "test") if field in knows)
        self._people = tuple(who for who in _WHO if tells_of(who, knows))
        self._told_of = {who: tuple(field for field in knows if field.startswith(f"{who}.")) for who in _WHO}
        self._of_people = tuple(field for field in knows if field.startswith(_PEOPLE) and field not in _NAMES)
        self._drivers = _members("drivers", knows)
        self._attributes = _members("attributes", knows)
        self._excludes = "excluded" in knows
        self._came: Counter[bytes] = Counter()

    def draft(self, number: int, values: Values) -> list[Draft]:
        """What a row tells: the fields of each record, the response first where there is one.

        Raises:
            Fault: why it cannot be kept.
            InputError: for a time that can be read in two ways, or in any zone.
        """
        self.instants.doubts.clear()
        drafts = self._drafts(number, values)
        for text, said in self.instants.doubts:
            self.noticed.count("time", text, number, said)
        return drafts

    def _drafts(self, number: int, values: Values) -> list[Draft]:
        if reason := self.shape.refuse(values):
            raise Fault("", reason)
        prepared = self.shape.prepare(values)
        said = {**self._constants, **self._said(prepared)}
        response = self._response(number, said, values, prepared)
        others = self._others(number, said, response)
        if not self.shape.answered(prepared):
            if not any(kind == "invitation" for kind, _ in others):
                raise Fault("invited_at", "neither an answer nor an invitation whose time is known")
            return others
        if response["answered_at"] is None:
            raise Fault("answered_at", "no time of the answer; answered_at= (--answered-at at the shell) supplies one")
        self._notice_nobody(number, said, response)
        return [("response", response), *others]

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
        times = {**_NO_TIMES, **{field: self.instants.read(field, said.get(field)) for field in self._times}}
        times["answered_at"] = times["answered_at"] or self.reading.answered_at
        self._check_time(number, times["answered_at"])
        return {
            "known_at": self.reading.known_at,
            **times,
            **{field: say.line(field, said.get(field)) for field in self._lines},
            **{field: mark for field in self._truths if (mark := say.truth(field, said.get(field))) is not None},
            **self.answers.read(number, said),
            **_ids_of_people(said),
            "id": self._id(said, values),
            "comment": self._comment(number, said.get("comment")),
            "tags": _tags(said["tags"]) if "tags" in said else (),
            "attributes": self._kept(number, self._found(said, prepared)),
            "drivers": self._kept(number, _group("drivers", self._drivers, said)) if self._drivers else {},
        }

    def _notice_nobody(self, number: int, said: dict[str, Any], response: dict[str, Any]) -> None:
        """Note what becomes of what is told of somebody who has no id."""
        for who, whose in _WHO.items():
            told = () if response[f"{who}_id"] else sorted(field for field in self._told_of[who] if field in said)
            if kept := [field for field in told if field not in _NAMES]:
                self.noticed.count("nobody", _WITH_ANSWER.format(whose), number, ", ".join(kept))
            if lost := [field for field in told if field in _NAMES]:
                self.noticed.count("nobody", _NOWHERE.format(whose), number, ", ".join(lost))

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

    def _found(self, said: dict[str, Any], prepared: Values) -> dict[str, Any]:
        """What is known of the customer at the time of the answer."""
        found = _group("attributes", self._attributes, said) if self._attributes else {}
        for field in self._of_people:
            if field in said:
                found[field.partition(".")[2]] = said[field]
        for column in self.leftover:
            found.setdefault(column, prepared.get(column))
        return found

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

    def _others(self, number: int, said: dict[str, Any], response: dict[str, Any]) -> list[Draft]:
        if not (self._people or self.shape.invites or self._excludes):
            return []
        told = Told(said, response, self.instants, lambda found: self._kept(number, found))
        others = people(told, self._people)
        if self.shape.invites and response["invited_at"]:
            others.append(("invitation", invitation(told)))
        if self._excludes and say.truth("excluded", said.get("excluded")):
            others.append(("exclusion", exclusion(told, self.shape.name)))
        return others


def _ids_of_people(said: dict[str, Any]) -> dict[str, str | None]:
    """Who has no id is known by the e-mail address or the phone, an account by its name."""
    customer, account = (say.line(field, said.get(field)) for field in ("customer.id", "account.id"))
    if customer is None and (email := say.line("customer.email", said.get("customer.email"))):
        customer = email.lower()
    return {
        "customer_id": customer or say.line("customer.phone", said.get("customer.phone")),
        "account_id": account or say.line("account.name", said.get("account.name")),
    }


def _members(group: str, fields: Iterable[str]) -> tuple[str, ...]:
    """The fields that tell attributes or driver answers, as one object or one by one."""
    return tuple(sorted(field for field in fields if field == group or field.startswith(f"{group}.")))


def _group(group: str, members: Iterable[str], said: dict[str, Any]) -> dict[str, Any]:
    whole = said.get(group)
    found = dict(whole) if isinstance(whole, dict) else {}
    return found | {
        field.removeprefix(f"{group}."): said[field] for field in members if field != group and field in said
    }


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
