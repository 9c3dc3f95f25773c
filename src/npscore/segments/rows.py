"""Rows: what rules read, one for an answer or for a customer, every value under the name of a column.

The fields of a record stand under its kind, as in ``customer.name``; its attributes beside them, as in
``customer.region``, or as in ``customer.attributes.name`` where a field has the name. Money is an amount and, as in
``account.revenue_currency``, its currency. What happened before stands under ``history``. The short names by which
scores and breakdowns ask for a column are there too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal

import attrs

from npscore.errors import InputError, PoolingError, short
from npscore.models import Account, Interaction, Invitation, Money, Record, Response
from npscore.models.places import Place
from npscore.periods import check_instant
from npscore.scoring.choices import check_choice
from npscore.scoring.conventions import DEFAULT, Convention, check_convention
from npscore.scoring.scales import Category, Scale, classify
from npscore.segments.fields import LOWER
from npscore.segments.known import KINDS, Course, Known, count_until, held_at

AsOf = Literal["answer", "now"]
Row = dict[str, Any]

SHORT = {
    "response_id": "response.id",
    "rating": "response.rating",
    "answered_at": "response.answered_at",
    "invited_at": "response.invited_at",
    "interaction_at": "response.interaction_at",
    "customer_id": "response.customer_id",
    "account_id": "response.account_id",
    "role": "response.role",
}
"""The short names of columns, by which scores and breakdowns ask for them."""

_OF_CATEGORY = {f"{category}s": category.value for category in Category}
OF_ANSWERS = ("responses", *_OF_CATEGORY)
"""What counts in a window are made of the answers of a customer, all or those of a category."""

_WINDOW = re.compile(rf"history\.(responses|interactions|invitations|{'|'.join(_OF_CATEGORY)})\.(\d{{1,5}})d")
_MAPS = ("attributes", "drivers")
_ASIDE = {*_MAPS, "tags", "events"}


def answer_rows(
    records: Iterable[Record],
    *,
    as_of: AsOf = "answer",
    asked: Iterable[str] = (),
    attributes: Iterable[str] = (),
    beside: Mapping[str, Mapping[str, Any]] | None = None,
    convention: Convention = DEFAULT,
    only: Iterable[str] | None = None,
) -> Iterator[Row]:
    """One row for each answer, with its customer, account, interaction, invitation and history.

    Args:
        records: responses, customers, accounts, interactions and invitations
            in any order; of several versions of a customer or account each
            answer gets one.
        as_of: ``"answer"`` takes customers and accounts as they were when
            answering: the version that held then (since `revised_at`, else
            since `known_at`). Where none held yet it is the earliest, and
            ``customer.learned_later`` is true. ``"now"`` takes them as they
            stand.
        asked: columns that rules speak of, as in `Segmentation.columns`; made
            are those of them that are made on demand: counts in a window, as
            in ``history.responses.365d``, and lower case, as in
            ``customer.region.lower``.
        attributes: columns of attributes that rows have although no record
            does, as in ``customer.region``; for single records.
        beside: more columns by customer, as in
            ``{"c1": {"case.open": True}}``.
        convention: whose scale makes the category; without one it is the
            answer's own.
        only: the ids of the answers whose rows are made, in the order of
            these; None makes all.

    Yields:
        A mapping of all columns to values, None where missing. ``category``
        is that of the answer, None for a rating that is missing or off the
        scale and for answers that are not to the NPS question.
        ``history.responses`` is how many such answers came before,
        ``history.rating``, ``history.category`` and ``history.answered_at``
        tell of the last of them, ``history.interactions``,
        ``history.interaction_at``, ``history.invitations`` and
        ``history.invited_at`` of what there was until the answer;
        ``history.responses.365d`` counts answers in the 365 days that end
        with this one, it too, and ``history.promoters.365d`` those of them
        that were promoters (``detractors``, ``passives``). Trials and answers broken off have no part in
        the history of others. ``account_id`` is the account that the answer
        names, else that of its customer.

    Raises:
        InputError: for what is no record of these kinds.
        PoolingError: for an answer on another scale than the convention's.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Customer, Response
        >>> today = datetime(2026, 11, 22, tzinfo=UTC)
        >>> ann = Customer(id="c1", attributes={"region": "EMEA"}, known_at=today)
        >>> answer = Response(id="r1", customer_id="c1", rating=3, answered_at=today, known_at=today)
        >>> (row,) = answer_rows([ann, answer])
        >>> row["customer.region"], row["category"], row["history.responses"]
        ('EMEA', 'detractor', 0)
    """
    check_choice("as_of", as_of, ("answer", "now"))
    maker = _Maker.of(records, asked, attributes, beside, convention)
    answers = maker.known.responses
    for answer in answers.values() if only is None else (answers[name] for name in only if name in answers):
        moment = answer.answered_at
        yield maker.row(answer, answer.customer_id, moment, held=moment if as_of == "answer" else None)


def customer_rows(
    records: Iterable[Record],
    *,
    now: datetime,
    asked: Iterable[str] = (),
    attributes: Iterable[str] = (),
    beside: Mapping[str, Mapping[str, Any]] | None = None,
    convention: Convention = DEFAULT,
) -> Iterator[Row]:
    """One row for each customer as of now, also for those who were never asked or never answered.

    Args:
        records: as in `answer_rows`; what happened after now is not seen, and
            of a customer or account the version counts that held now.
        now: an aware time.
        asked: columns that rules speak of; see `answer_rows`.
        attributes: columns of attributes that rows have in any case.
        beside: more columns by customer.
        convention: whose scale makes the category.

    Yields:
        The same columns as in `answer_rows`, the response being the customer's
        latest with a rating, if any, and the history that before it; windows
        end now.

    Raises:
        InputError: for what is no record of these kinds, and a now without a zone.
        PoolingError: for an answer on another scale than the convention's.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Customer
        >>> today = datetime(2026, 11, 22, tzinfo=UTC)
        >>> (row,) = customer_rows([Customer(id="c1", known_at=today)], now=today)
        >>> row["customer.id"], row["category"], row["history.invitations"]
        ('c1', None, 0)
    """
    check_instant("now", now)
    maker = _Maker.of(records, asked, attributes, beside, convention)
    for name in maker.known.people:
        answers = maker.known.course(name).answers_until(now)
        yield maker.row(answers[-1] if answers else None, name, now, held=now)


def windows_of(asked: Iterable[str]) -> Mapping[str, tuple[str, timedelta]]:
    """The counts in a window that are among some columns: of what and in which time, by column."""
    found = ((column, _WINDOW.fullmatch(column)) for column in asked)
    return {column: (match[1], timedelta(days=int(match[2]))) for column, match in found if match}


def _columns_named(what: str, names: Any) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InputError(f"{what} is a list of the names of columns, not {short(names)}.")
    made = tuple(names)
    for name in made:
        if not isinstance(name, str):
            raise InputError(f"{what} is a list of the names of columns, and {short(name)} is none.")
    return made


def _beside(given: Any) -> Mapping[str, Mapping[str, Any]]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(columns, Mapping) for columns in given.values()):
        raise InputError(f"beside is a mapping of customers to mappings of columns, not {short(given)}.")
    return given


@attrs.frozen(kw_only=True)
class _Maker:
    """Makes rows of what is known, all with the same columns."""

    known: Known
    blank: Row
    windows: Mapping[str, tuple[str, timedelta]]
    lowered: Sequence[str]
    beside: Mapping[str, Mapping[str, Any]]
    convention: Convention

    @classmethod
    def of(
        cls,
        records: Iterable[Record],
        asked: Iterable[str],
        attributes: Iterable[str],
        beside: Mapping[str, Mapping[str, Any]] | None,
        convention: Convention,
    ) -> _Maker:
        check_convention(convention)
        known, more = Known.of(records), _beside(beside)
        wanted, attributes = _columns_named("asked", asked), _columns_named("attributes", attributes)
        windows = windows_of(wanted)
        own = dict.fromkeys(_columns(known))
        added = dict.fromkeys(name for columns in more.values() for name in columns)
        if taken := next((name for name in added if name in own), None):
            raise InputError(f"beside has a column {taken!r}, which rows have already; name it otherwise.")
        there = dict.fromkeys([*own, *attributes, *added, *windows])
        lowered = [name.removesuffix(LOWER) for name in wanted if name.endswith(LOWER)]
        lowered = [name for name in lowered if name in there]
        blank = dict.fromkeys([*there, *(name + LOWER for name in lowered)])
        return cls(known=known, blank=blank, windows=windows, lowered=lowered, beside=more, convention=convention)

    def row(self, answer: Response | None, customer_id: str | None, moment: datetime, held: datetime | None) -> Row:
        """What is known of an answer and a customer at a moment, who they are being as of `held`."""
        row = dict(self.blank)
        _fill(row, answer)
        account_id = self._fill_people(row, answer, customer_id, held)
        self._fill_touches(row, answer)
        row |= {short: row[column] for short, column in SHORT.items()}
        row["customer_id"], row["account_id"] = customer_id, account_id
        row["category"] = self._category(answer)
        self._fill_history(row, answer, self.known.course(customer_id), moment)
        row |= self.beside.get(customer_id or "", {})
        for column in self.lowered:
            row[column + LOWER] = lowered(row[column])
        return row

    def _fill_people(
        self, row: Row, answer: Response | None, customer_id: str | None, held: datetime | None
    ) -> str | None:
        """The customer and the account as they were held; the id of the account, else that of the customer."""
        customer, late = held_at(self.known.customers.get(customer_id or "", ()), held)
        named = answer.account_id if answer is not None else None
        account_id = named or (None if customer is None else customer.account_id)
        account, account_late = held_at(self.known.accounts.get(account_id or "", ()), held)
        _fill(row, customer)
        _fill(row, account)
        row["customer.learned_later"] = None if customer is None else late
        row["account.learned_later"] = None if account is None else account_late
        return account_id

    def _fill_touches(self, row: Row, answer: Response | None) -> None:
        """The invitation that was answered, and the interaction it is about."""
        if answer is None:
            return
        invitation = self.known.invitations.get(answer.invitation_id or "")
        _fill(row, invitation)
        asked_about = None if invitation is None else invitation.interaction_id
        interaction = self.known.interactions.get(answer.interaction_id or asked_about or "")
        _fill(row, interaction)
        if row["response.invited_at"] is None and invitation is not None:
            row["response.invited_at"] = invitation.invited_at
        if row["response.interaction_at"] is None and interaction is not None:
            row["response.interaction_at"] = interaction.happened_at

    def _category(self, answer: Response | None) -> str | None:
        if answer is None or answer.metric != "nps" or answer.rating is None:
            return None
        own = _scale_of(answer)
        if self.convention.scale not in (None, own):
            raise PoolingError(
                f"the answer {answer.id!r} is on the scale {own}, and the convention asks for {self.convention.scale}."
            )
        return classify(answer.rating, own).value if own.low <= answer.rating <= own.high else None

    def _fill_history(self, row: Row, answer: Response | None, course: Course, moment: datetime) -> None:
        until = course.answers_until(moment)
        before = until if answer is None else until[: bisect_left(until, _place(answer), key=_place)]
        row["history.responses"] = len(before)
        if before:
            last = before[-1]
            row["history.rating"], row["history.answered_at"] = last.rating, last.answered_at
            row["history.category"] = self._category(last)
        for name, moments in (("interaction", course.interactions), ("invitation", course.invitations)):
            number = count_until(moments, moment)
            row[f"history.{name}s"] = number
            row[_LATEST[name]] = moments[number - 1] if number else None
        for column, (what, within) in self.windows.items():
            row[column] = count_until(self._moments(what, until, course), moment, within)

    def _moments(self, what: str, until: Sequence[Response], course: Course) -> Sequence[datetime]:
        """When there were answers, answers of a category, interactions or invitations."""
        if what in _OF_CATEGORY:
            return [one.answered_at for one in until if self._category(one) == _OF_CATEGORY[what]]
        if what == "responses":
            return [one.answered_at for one in until]
        moments: Sequence[datetime] = getattr(course, what)
        return moments


_parsed = lru_cache(maxsize=64)(Scale.parse)


def _scale_of(answer: Response) -> Scale:
    try:
        return _parsed(answer.scale)
    except InputError as error:
        raise InputError(f"the answer {answer.id!r} has no category: {error}") from None


def _place(answer: Response) -> tuple[datetime, str]:
    """What orders the answers of a customer."""
    return answer.answered_at, answer.id


_LATEST = {"interaction": "history.interaction_at", "invitation": "history.invited_at"}

_PLAIN = {kind: [name for name in kind.model_fields if name not in _ASIDE] for kind in KINDS}
_PLAIN_COLUMNS = {kind: [f"{kind.kind}.{name}" for name in names] for kind, names in _PLAIN.items()}
_PLAIN_VALUES = {kind: attrgetter(*names) for kind, names in _PLAIN.items()}
_MONEY: dict[type[Record], tuple[str, ...]] = {Account: ("revenue",), Interaction: ("value",)}
_WORKED_OUT = (
    "response.tags",
    "invitation.last_event",
    "customer.learned_later",
    "account.learned_later",
    *SHORT,
    "category",
    "history.responses",
    "history.rating",
    "history.category",
    "history.answered_at",
    "history.interactions",
    "history.interaction_at",
    "history.invitations",
    "history.invited_at",
)

_TAKEN = {*_WORKED_OUT, *(f"{kind.kind}.{name}_currency" for kind, names in _MONEY.items() for name in names)}
"""Columns that no attribute gets, although no field has their name."""


def _columns(known: Known) -> Iterator[str]:
    """The columns that every row has."""
    for kind, columns in _PLAIN_COLUMNS.items():
        yield from columns
        yield from (f"{kind.kind}.{name}_currency" for name in _MONEY.get(kind, ()))
    yield from _WORKED_OUT
    versions = (version for held in (known.customers, known.accounts) for one in held.values() for version in one)
    for records in (known.responses.values(), known.interactions.values(), known.invitations.values(), versions):
        for record in records:
            yield from dict(_spread(record))


def _spread(record: Record) -> Iterator[tuple[str, Any]]:
    """The attributes of a record, and the drivers of an answer, under the names of columns."""
    for name in _MAPS:
        for key, value in getattr(record, name, {}).items():
            yield _column_of(type(record), name, key), value


def _column_of(kind: type[Record], name: str, key: str) -> str:
    """The column of an attribute or driver: that of a field where none has the name, else under its mapping."""
    column = f"{kind.kind}.{key}"
    is_free = name == "attributes" and key not in kind.model_fields and column not in _TAKEN
    return column if is_free else f"{kind.kind}.{name}.{key}"


def _fill(row: Row, record: Record | None) -> None:
    """Write the fields of a record into a row."""
    if record is None:
        return
    kind = type(record)
    row.update(zip(_PLAIN_COLUMNS[kind], _PLAIN_VALUES[kind](record), strict=True))  # type: ignore[index]
    row.update(_spread(record))
    for name in _MONEY.get(kind, ()):
        money: Money | None = getattr(record, name)
        row[f"{record.kind}.{name}"] = None if money is None else money.amount
        row[f"{record.kind}.{name}_currency"] = None if money is None else money.currency
    if isinstance(record, Response):
        row["response.tags"] = ", ".join(record.tags) or None
    elif isinstance(record, Invitation):
        row["invitation.last_event"] = record.events[-1].type if record.events else None


def column_at(place: Place) -> str:
    """The column in which the value of a place stands."""
    if len(place.path) > 1:
        return _column_of(place.kind, *place.path)
    return f"{place.kind.kind}.{place.path[0]}"


def lowered(value: Any) -> Any:
    """A text in lower case, anything else as missing."""
    return value.lower() if isinstance(value, str) else None
