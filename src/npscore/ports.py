"""The doors: what a store must be able to do, whoever writes it.

The laws behind each door are in ``docs/reference/contracts``, and
`npscore.testing` holds the suites that prove them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar, get_args, runtime_checkable

import attrs

from npscore.errors import InputError, PoolingError, short
from npscore.intake.results import Rejected
from npscore.loop.actions import Action
from npscore.models import FollowUp, Record, SurveyKind
from npscore.models.places import Place
from npscore.periods import Grid, check_instant
from npscore.scoring.choices import check_choice
from npscore.scoring.groups import Key
from npscore.scoring.scales import STANDARD, Scale
from npscore.scoring.tallies import Tally, slot_of

R = TypeVar("R", bound=Record)


@runtime_checkable
class Store(Protocol):
    """Keeps records: append-only, idempotent, all or nothing."""

    def put(self, *records: Record) -> int:
        """Keep records, all of them or none.

        What says nothing new is not kept again: a version whose content equals
        that of the version before it, `known_at` aside.

        Returns:
            How many versions were new.

        Raises:
            ConflictError: when other content stands under the same version of
                a key, or under the key of a kind without versions.
        """
        ...

    def get(self, kind: type[R], *key: Any, as_of: datetime | None = None) -> R:
        """The version of one record that stands, or stood.

        Args:
            kind: the class of the record.
            *key: its natural key.
            as_of: only what was known by then; None takes all that is known.

        Raises:
            NotFoundError: when there is none.
        """
        ...

    def find(
        self,
        kind: type[R],
        *,
        as_of: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **equal: str,
    ) -> Iterator[R]:
        """The standing versions of one kind, in the order of their keys.

        Args:
            kind: the class of the records.
            as_of: only what was known by then.
            since: only what happened then or later.
            until: only what happened before then.
            **equal: only records whose field of that name has that value; one
                of `FILTERS` that the kind has.

        Raises:
            InputError: for a filter that the kind does not have.
        """
        ...

    def erase(self, customer_id: str) -> int:
        """Forget a person: their data go from every kind and version, their ratings stay without a name.

        Returns:
            How many versions were erased or made anonymous.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections. Closing twice is no error; anything else afterwards is a StoreError."""
        ...


FILTERS = ("customer_id", "account_id", "response_id", "invitation_id", "interaction_id", "survey", "log", "same_as")
"""The fields by which `Store.find` can be asked, for the kinds that have them."""

Progress = Callable[[int], None]
"""Told from time to time how many records have been read."""


@runtime_checkable
class BulkStore(Protocol):
    """Keeps a stream of records that does not fit in memory."""

    def put_all(self, records: Iterable[Record], *, progress: Progress | None = None) -> int:
        """Keep a stream in batches, each all or nothing; returns how many versions were new."""
        ...


@runtime_checkable
class Exporter(Protocol):
    """Hands a person what is kept about them."""

    def export(self, customer_id: str) -> Iterator[Record]:
        """Every version of every record about a customer."""
        ...


@runtime_checkable
class Historian(Protocol):
    """Tells how records came to be what they are."""

    def versions(self, kind: type[R], *, as_of: datetime | None = None) -> Iterator[R]:
        """Every version of every record of a kind, in the order of keys and then of versions.

        Args:
            kind: the class of the records.
            as_of: only what was known by then.
        """
        ...


@runtime_checkable
class Gatherer(Protocol):
    """Finds the records of many people, answers or logs at once."""

    def gather(self, kind: type[R], name: str, values: Iterable[str], *, as_of: datetime | None = None) -> Iterator[R]:
        """The standing versions of a kind whose field has one of some values, in any order.

        Args:
            kind: the class of the records.
            name: the field; ``"id"`` of kinds that have it, else one of
                `FILTERS` that the kind has.
            values: of which the field has one; each record comes once,
                however often its value is named.
            as_of: only what was known by then.

        Raises:
            InputError: for a field by which the kind cannot be found.
        """
        ...


@runtime_checkable
class Caseload(Protocol):
    """Tells in which logs something is left to do, without reading those in which nothing is."""

    def unfinished(self) -> Iterator[tuple[FollowUp, ...]]:
        """The logs that are not finished, each with all its steps in order, in the order of their ids.

        What finished means says `npscore.loop.cases.is_finished`.
        """
        ...


@attrs.frozen(kw_only=True)
class Receipt:
    """What a sink says of an action that it took.

    Attributes:
        action: the id of the action.
        reference: under which the other side knows it; None where it does not say.
        is_repeat: whether the sink had it already.
    """

    action: str
    reference: str | None = None
    is_repeat: bool = False


@runtime_checkable
class Sink(Protocol):
    """Takes actions to the outside. Sending one twice is one deed: its id tells."""

    def send(self, action: Action) -> Receipt:
        """Hand over one action; when this returns, it is not lost any more.

        Raises:
            RejectedError: when the other side will never take it.
            ConnectorError: when it may take it later.
        """
        ...


@attrs.frozen(kw_only=True)
class Pulled:
    """What a source had.

    Attributes:
        records: in any order.
        rejects: what could not be read as a record, each with its reason.
    """

    records: tuple[Record, ...] = ()
    rejects: tuple[Rejected, ...] = ()


@runtime_checkable
class Source(Protocol):
    """Brings records in from another system."""

    def pull(self, since: datetime | None = None) -> Pulled:
        """What is new or changed since a moment, also at it; all there is without one.

        Pulling again brings the same records again under the same keys.

        Raises:
            ConnectorError: when the other side cannot be reached or refuses.
        """
        ...


def _text(_question: Question, attribute: attrs.Attribute[str | None], value: object) -> None:
    if not isinstance(value, str | None):
        raise InputError(f"{attribute.name} is a text, not {short(value)}.")


def _instant(_question: Question, attribute: attrs.Attribute[datetime | None], value: object) -> None:
    if value is not None:
        check_instant(attribute.name, value)


def _survey_kind(_question: Question, _attribute: attrs.Attribute[Any], kind: object) -> None:
    if kind is not None:
        check_choice("survey_kind", kind, get_args(SurveyKind))


def _places(_question: Question, _attribute: attrs.Attribute[Any], where: object) -> None:
    if not isinstance(where, Mapping):
        raise InputError(
            f"where is a mapping of places to values, as in {{'customer.region': 'EMEA'}}, not {short(where)}."
        )
    for name in where:
        Place.read(name)


@attrs.frozen(kw_only=True)
class Question:
    """Which stored answers are meant.

    Args:
        survey: of one survey only.
        survey_kind: of one kind only: relationship, transactional, employee or
            competitive. Kinds are never pooled silently.
        since: answered then or later.
        until: answered before then.
        where: only answers with these values, as in
            ``{"customer.region": "EMEA", "channel": None}``, None meaning
            missing or empty; see `Place.read`. Customers and accounts are
            taken as they are known, not as they were when answering. The
            account is the one that the answer names, else that of its
            customer.

    Raises:
        InputError: for a time that is no datetime with a zone, and a place
            that there is not.
    """

    survey: str | None = attrs.field(default=None, validator=_text)
    survey_kind: SurveyKind | None = attrs.field(default=None, validator=_survey_kind)
    since: datetime | None = attrs.field(default=None, validator=_instant)
    until: datetime | None = attrs.field(default=None, validator=_instant)
    where: Mapping[str, str | None] = attrs.field(factory=dict, validator=_places)


EVERYTHING = Question()
"""Every Net Promoter answer there is."""


@attrs.frozen(kw_only=True)
class Counted:
    """Stored answers, counted.

    Attributes:
        tallies: by group.
        left_out: how many answers do not count, by reason: ``"trial"``,
            ``"broken off"``, ``"excluded"``, or another metric by its name.
    """

    tallies: Mapping[Key, Tally]
    left_out: Mapping[str, int]

    @classmethod
    def of(cls, seen: Iterable[Seen]) -> Counted:
        """What was seen of answers, counted.

        Raises:
            PoolingError: for answers to unlike questions or on unlike scales.
        """
        counts: dict[Key, list[int]] = {}
        left_out: dict[str, int] = {}
        kinds, scales = set(), set()
        for one in seen:
            if one.reason:
                left_out[one.reason] = left_out.get(one.reason, 0) + one.times
                continue
            kinds.add(one.survey_kind)
            scales.add(one.scale)
            slots = counts.setdefault(one.key, [0, 0, 0, 0, 0])
            slots[slot_of(one.rating, Scale.parse(one.scale))] += one.times
        _refuse_mixtures(kinds, scales)
        scale = Scale.parse(scales.pop()) if scales else STANDARD
        return cls(tallies={key: Tally(*slots, scale=scale) for key, slots in counts.items()}, left_out=left_out)


@attrs.frozen
class Seen:
    """So many answers alike: their group, why they do not count if they do not, what was asked and answered."""

    key: Key
    reason: str | None
    survey_kind: str
    scale: str
    rating: int | None
    times: int = 1


def _refuse_mixtures(kinds: set[str], scales: set[str]) -> None:
    if len(kinds) > 1:
        named = " and ".join(sorted(kinds))
        raise PoolingError(f"{named} answers were given to unlike questions; name one with survey_kind.")
    if len(scales) > 1:
        named = " and ".join(sorted(scales))
        raise PoolingError(f"answers on the scales {named} are not scored together; name one, as where scale is 0-10.")


@runtime_checkable
class Engine(Protocol):
    """Counts answers where they are stored, so that no record is made of them."""

    def tally(
        self,
        question: Question = EVERYTHING,
        *,
        by: Sequence[str] = (),
        every: Grid | None = None,
        zone: str = "UTC",
        as_of: datetime | None = None,
    ) -> Counted:
        """Count the answers that are meant, by group; see `npscore.count_answers`.

        Args:
            question: which answers.
            by: the places that make the groups; their values as texts are the
                keys, None where they are missing.
            every: also group by period, whose first day is the last of the keys.
            zone: in which days begin.
            as_of: only what was known by then.

        Raises:
            PoolingError: for answers to unlike questions or on unlike scales.
        """
        ...
