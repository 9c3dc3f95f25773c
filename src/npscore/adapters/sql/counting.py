"""Counting answers where they are: one statement that groups them by place, period, scale and rating.

What no database says alike is settled in Python: the instants at which periods begin, and the names under which
people stand. A rating meets its scale only when the groups are few.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import attrs
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
)

from npscore.adapters.sql.databases import Database
from npscore.adapters.sql.reading import Condition, equals, is_outdated, known
from npscore.adapters.sql.rows import EPOCH, micros
from npscore.adapters.sql.tables import TABLES
from npscore.errors import InputError
from npscore.intake.identity import Identities
from npscore.models import Account, Customer, Exclusion, IdentityLink, Response
from npscore.models.places import Place, as_text
from npscore.periods import Grid, beginnings, local_day
from npscore.ports import Question, Seen

PERIODS_AT_A_TIME = 1_000
_UNSAID = ('"', "\\")  # in the path of a value, in which databases disagree on them
_RESPONSE = TABLES[Response.kind]
Beginning = tuple[int, date]


@attrs.frozen
class Stretch:
    """Some periods that follow each other; without an end where all answers are in them."""

    begins: Sequence[Beginning] = ()
    since: int | None = None
    until: int | None = None


@attrs.frozen(kw_only=True)
class Count:
    """What is to be counted, and how it is written for one database.

    Attributes:
        database: whose way it is written in.
        question: which answers.
        places: what makes the groups.
        every: the length of a period, None without.
        zone: in which days begin.
        as_of: only what was known by then.
        people: the ids of linked customers beside those under which they stand, None where nobody is linked.
    """

    database: Database
    question: Question
    places: Sequence[Place]
    every: Grid | None
    zone: str
    as_of: datetime | None
    people: FromClause | None

    def seen(self, connection: Connection) -> Iterator[Seen]:
        """Groups of answers that are alike, as the database counts them."""
        for stretch in self._stretches(connection):
            for *key, period, reason, survey_kind, scale, rating, times in connection.execute(self._counts(stretch)):
                texts = map(_text, self.places, key)
                days = [] if self.every is None else [stretch.begins[period][1]]
                yield Seen((*texts, *days), reason, survey_kind, scale, rating, times)

    def _stretches(self, connection: Connection) -> Iterator[Stretch]:
        """The periods from that of the first answer to that of the last, so many at a time."""
        if self.every is None:
            yield Stretch()
            return
        first, last = (connection.execute(self._extreme(of)).scalar() for of in (func.min, func.max))
        if first is None or last is None:
            return
        first_day, last_day = (local_day(EPOCH + timedelta(microseconds=moment), self.zone) for moment in (first, last))
        after = last_day + timedelta(days=1)  # clocks that are put back across midnight begin a day before it ends
        begins = [(micros(moment), day) for moment, day in beginnings(first_day, after, self.every, self.zone)]
        for start in range(0, len(begins), PERIODS_AT_A_TIME):
            end = start + PERIODS_AT_A_TIME
            since = begins[start][0] if start else None
            until = begins[end][0] if end < len(begins) else None
            yield Stretch(begins[start:end], since, until)

    def _extreme(self, of: Callable[[Any], ColumnElement[int]]) -> Select[Any]:
        at = _RESPONSE.c.happened_at
        return select(of(at)).where(at.is_not(None), *self._span(Stretch()))

    def _span(self, stretch: Stretch) -> Iterator[Condition]:
        """When the answers were given."""
        at, asked = _RESPONSE.c.happened_at, self.question
        sinces = stretch.since, None if asked.since is None else micros(asked.since)
        untils = stretch.until, None if asked.until is None else micros(asked.until)
        yield from (at >= since for since in sinces if since is not None)
        yield from (at < until for until in untils if until is not None)

    def _counts(self, stretch: Stretch) -> Select[Any]:
        answer = _RESPONSE.c
        reason = case(
            (answer.metric != "nps", answer.metric),
            (answer.test == 1, "trial"),
            (answer.completed == 0, "broken off"),
            (self._is_excluded(), "excluded"),
        )
        period = _halved(0, stretch.begins) if stretch.begins else null()
        grouped = [*map(self._value, self.places), period, reason, answer.survey_kind, answer.scale, answer.rating]
        numbers: Iterator[ColumnElement[Any]] = (literal_column(str(number + 1)) for number in range(len(grouped)))
        counts = select(*(column.label(f"part_{n}") for n, column in enumerate(grouped)), func.count())
        return counts.select_from(self._source()).where(*self._meant(), *self._span(stretch)).group_by(*numbers)

    def _meant(self) -> Iterator[Condition]:
        """Which answers the question is about."""
        yield ~is_outdated(Response, self.as_of)
        yield known(_RESPONSE, self.as_of)
        for name in ("survey", "survey_kind"):
            if (wanted := getattr(self.question, name)) is not None:
                yield equals(_RESPONSE.c[name], wanted)
        for name, value in self.question.where.items():
            yield self._is(Place.read(name), value)

    def _source(self) -> FromClause:
        """Answers beside the customers and accounts that are asked for; an account may be that of the customer."""
        kinds = {place.kind for place in (*self.places, *map(Place.read, self.question.where))}
        kinds |= {Customer} if Account in kinds else set()
        source: FromClause = _RESPONSE
        if self.people is not None:
            source = source.outerjoin(self.people, self.people.c.name == _RESPONSE.c.customer_id)
        for kind, name in ((Customer, self._person()), (Account, self._account())):
            if kind in kinds:
                table = TABLES[kind.kind]
                stands = and_(table.c.id == name, known(table, self.as_of), ~is_outdated(kind, self.as_of))
                source = source.outerjoin(table, stands)
        return source

    def _person(self) -> ColumnElement[str]:
        own: ColumnElement[str] = _RESPONSE.c.customer_id
        return own if self.people is None else func.coalesce(self.people.c.stands, own)

    def _account(self) -> ColumnElement[str]:
        return func.coalesce(_RESPONSE.c.account_id, TABLES[Customer.kind].c.account_id)

    def _is_excluded(self) -> Condition:
        decision, lifting = TABLES[Exclusion.kind], TABLES[Exclusion.kind].alias("lifting")
        lifted = exists(select(lifting.c.id).where(lifting.c.lifts == decision.c.id, known(lifting, self.as_of)))
        excludes = decision.c.response_id == _RESPONSE.c.id, decision.c.lifts.is_(None), known(decision, self.as_of)
        return exists(select(decision.c.id).where(*excludes, ~lifted))

    def _value(self, place: Place) -> ColumnElement[Any]:
        """The value at a place: a text, or where it is in no column of its own, JSON."""
        if place == Place(Response, ("customer_id",)):
            return self._person()
        table = TABLES[place.kind.kind]
        return table.c[place.path[0]] if _has_column(place) else self.database.json(table.c.body, place.path)

    def _is(self, place: Place, wanted: str | None) -> Condition:
        """Whether a value is the one that is wanted, however it is written."""
        value = self._value(place)
        if wanted is None:
            return or_(value.is_(None), value.in_(("",) if _has_column(place) else ("null", '""')))
        return equals(value, wanted) if _has_column(place) else value.in_(list(_spellings(wanted)))


def names_of(links: Iterable[IdentityLink]) -> dict[str, str]:
    """Under which id each linked customer stands."""
    given = list(links)
    identities = Identities(given)
    names = {name for link in given for name in (link.customer_id, link.same_as)}
    return {name: identities.of(name) for name in sorted(names) if identities.of(name) != name}


def check_place(place: Place) -> None:
    """Refuse a name that databases read in different ways."""
    if odd := next((letter for letter in _UNSAID if letter in place.path[-1]), None):
        raise InputError(f"an attribute with {odd} in its name cannot be counted in a database; name it otherwise.")


def _has_column(place: Place) -> bool:
    return len(place.path) == 1 and place.path[0] in TABLES[place.kind.kind].c


def _text(place: Place, value: str | None) -> str | None:
    """A value as a text, of a column or of JSON."""
    return as_text(value if value is None or _has_column(place) else json.loads(value))


def _spellings(text: str) -> Iterator[str]:
    """How JSON may write what people write as a text."""
    yield json.dumps(text, ensure_ascii=False)
    try:
        if not isinstance(json.loads(text), str | list | dict | None):
            yield text
    except ValueError:
        return


def _halved(first: int, begins: Sequence[Beginning]) -> ColumnElement[int]:
    """The number of the period in which an answer was given, found by halving."""
    if len(begins) == 1:
        return literal_column(str(first))
    half = len(begins) // 2
    earlier = _RESPONSE.c.happened_at < literal_column(str(begins[half][0]))
    return case((earlier, _halved(first, begins[:half])), else_=_halved(first + half, begins[half:]))
