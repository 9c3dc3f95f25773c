"""Questions put to a store."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import attrs

from npscore.errors import EmptyTallyError, InputError, short
from npscore.intake.hygiene import check_alike, counting, excluded, reason_against
from npscore.intake.identity import Identities
from npscore.models import Account, Customer, Exclusion, IdentityLink, Interaction, Invitation, Record, Response
from npscore.models.erasure import is_erased
from npscore.models.places import Place
from npscore.periods import Grid, check_grid, check_instant, check_zone, first_day, local_day
from npscore.ports import EVERYTHING, Counted, Engine, Historian, Question, Seen, Store
from npscore.scoring.conventions import DEFAULT, Convention
from npscore.scoring.scores import Score, score

R = TypeVar("R", bound=Record)


def answers(store: Store, question: Question = EVERYTHING, *, as_of: datetime | None = None) -> list[Response]:
    """The answers that count, each under the id of the person who gave it.

    Trials, answers broken off, other metrics and excluded answers are left out.

    Args:
        store: that keeps them.
        question: which are meant.
        as_of: as they were known then, with the decisions of then.

    Raises:
        PoolingError: when surveys of several kinds are meant and none is named.
    """
    _check(store, question, as_of=as_of)
    known = _State.of(store, question, as_of)
    return known.counting()


def known_records(store: Store, question: Question = EVERYTHING, *, as_of: datetime | None = None) -> Iterator[Record]:
    """What rows for rules are made of: the answers that count, and all that is known of the people.

    Give it to `answer_rows` or `customer_rows`. Linked customers are one
    person, under the id that stands. Customers and accounts come in all
    versions where the store is a `Historian`, so that answers can be held
    against what was true when they were given; else as they stand.

    Args:
        store: that keeps them.
        question: which answers are meant; customers, accounts, interactions
            and invitations are always all there.
        as_of: as they were known then.

    Raises:
        PoolingError: when surveys of several kinds are meant and none is named.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Customer, MemoryStore, answer_rows
        >>> today = datetime(2026, 11, 22, tzinfo=UTC)
        >>> store = MemoryStore()
        >>> store.put(
        ...     Customer(id="c1", attributes={"region": "EMEA"}, known_at=today),
        ...     Response(id="r1", customer_id="c1", rating=9, answered_at=today, known_at=today),
        ... )
        2
        >>> [row["customer.region"] for row in answer_rows(known_records(store))]
        ['EMEA']
    """
    yield from answers(store, question, as_of=as_of)
    people = Identities(store.find(IdentityLink, as_of=as_of))
    for customer in versions_of(store, Customer, as_of):
        if people.of(customer.id) == customer.id:
            yield customer
    yield from versions_of(store, Account, as_of)
    yield from map(people.name, store.find(Interaction, as_of=as_of))
    yield from map(people.name, store.find(Invitation, as_of=as_of))


def versions_of(store: Store, kind: type[R], as_of: datetime | None) -> Iterator[R]:
    """All versions of the records of a kind where the store tells them, else the standing ones."""
    if isinstance(store, Historian):
        return store.versions(kind, as_of=as_of)
    return store.find(kind, as_of=as_of)


def count_answers(
    store: Store,
    question: Question = EVERYTHING,
    *,
    by: str | Sequence[str] = (),
    every: Grid | None = None,
    zone: str = "UTC",
    as_of: datetime | None = None,
) -> Counted:
    """Tallies of stored answers by group and period, counted in the store where it is an `Engine`.

    Args:
        store: that keeps them.
        question: which are meant.
        by: what makes the groups: places as in ``"channel"``,
            ``"customer.region"`` or ``"account.owner"``; see `Question`.
            Values are texts in the keys, None where missing or empty.
        every: also group by the ``"day"``, ``"week"``, ``"month"``,
            ``"quarter"``, ``"half"`` or ``"year"``, whose first day ends the key.
        zone: in which days begin.
        as_of: as they were known then, with the decisions of then.

    Returns:
        A `Counted`: a tally for each key, and what was left out.

    Raises:
        PoolingError: for surveys of several kinds, or answers on several scales.
        InputError: for a place, a period or a zone that there is not.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Customer, MemoryStore
        >>> today = datetime(2026, 11, 22, tzinfo=UTC)
        >>> store = MemoryStore()
        >>> store.put(
        ...     Customer(id="c1", attributes={"region": "EMEA"}, known_at=today),
        ...     Response(id="r1", customer_id="c1", rating=9, answered_at=today, known_at=today),
        ... )
        2
        >>> count_answers(store, by=["customer.region"], every="quarter").tallies
        {('EMEA', datetime.date(2026, 10, 1)): Tally(detractors=0, ..., promoters=1, unanswered=0, ...)}
    """
    _check(store, question, as_of=as_of)
    names = _names(by)
    places = [Place.read(name) for name in names]
    check_zone(zone)
    if every is not None:
        check_grid(every)
    if isinstance(store, Engine):
        return store.tally(question, by=names, every=every, zone=zone, as_of=as_of)
    return Counted.of(_seen(_State.of(store, question, as_of, places), places, every, zone))


def _seen(state: _State, places: Sequence[Place], every: Grid | None, zone: str) -> Iterator[Seen]:
    gone = excluded(state.exclusions)
    for answer in state.meant():
        key: tuple[Hashable, ...] = tuple(state.value(place, answer) for place in places)
        if every is not None:
            key = *key, first_day(local_day(answer.answered_at, zone), every)
        reason = reason_against(answer, gone) if answer.metric == "nps" else answer.metric
        yield Seen(key, reason, answer.survey_kind, answer.scale, answer.rating)


@attrs.frozen
class Cause:
    """One reason why a number that was reported is another one now.

    Attributes:
        count: how many answers, or decisions, it comes from.
        effect: points.
    """

    count: int
    effect: float


@attrs.frozen(kw_only=True)
class Restatement:
    """Why a score as it was known then is another one now.

    Attributes:
        before: as it was known then.
        after: as it is known now.
        causes: by ``"corrections"``, ``"late answers"``, ``"moves"`` of
            customers and accounts into the question or out of it,
            ``"exclusions"``, ``"merges"`` and ``"erasures"``; their effects
            sum to the difference. Erasures have none: the person goes from
            what was known then, too, and the rating stays in both. Their count
            is that of the answers left without a name.
    """

    before: Score
    after: Score
    causes: dict[str, Cause]

    @property
    def difference(self) -> float:
        """After - before, in points."""
        return self.after.value - self.before.value

    def __str__(self) -> str:
        parts = (f"{name} {cause.effect:+.1f} ({cause.count})" for name, cause in self.causes.items() if cause.count)
        reasons = ", ".join(parts) or "nothing changed"
        return f"NPS {self.before.value:+.1f} is now {self.after.value:+.1f}: {reasons}"


def restate(
    store: Store,
    then: datetime,
    now: datetime,
    *,
    question: Question = EVERYTHING,
    convention: Convention = DEFAULT,
) -> Restatement:
    """Explain why a score as it was known then is another one as it is known now.

    What was learned between the two is let in one cause after another:
    corrections of answers that were known, answers that came late, customers
    and accounts that moved into the question or out of it, exclusions decided
    or lifted, and customers merged or parted.

    Args:
        store: that keeps the answers.
        then: as of when it was reported.
        now: as of when it is reported again.
        question: which answers are meant.
        convention: the declared choices.

    Raises:
        EmptyTallyError: when there was nothing to score then, or is nothing now.
        InputError: for a time that is no datetime with a zone, or what is no
            store.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import MemoryStore
        >>> october, november = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
        >>> store = MemoryStore()
        >>> store.put(
        ...     Response(id="r1", rating=9, answered_at=october, known_at=october),
        ...     Response(id="r2", rating=3, answered_at=october, known_at=november),
        ... )
        2
        >>> print(restate(store, october, november))
        NPS +100.0 is now +0.0: late answers -100.0 (1)
    """
    _check(store, question, then=then, now=now)
    known_then, known_now = _State.of(store, question, then), _State.of(store, question, now)
    corrected = {name: known_now.responses.get(name, answer) for name, answer in known_then.responses.items()}
    steps = {
        "corrections": attrs.evolve(known_then, responses=corrected),
        "late answers": attrs.evolve(known_then, responses=known_now.responses),
        "moves": attrs.evolve(known_now, exclusions=known_then.exclusions, links=known_then.links),
        "exclusions": attrs.evolve(known_now, links=known_then.links),
        "merges": known_now,
    }
    before = last = score(known_then.counting(), convention=convention)
    after = score(known_now.counting(), convention=convention)
    causes, previous = {}, known_then
    for name, state in steps.items():
        made = after if state is known_now else _scored(state, convention) or last
        causes[name] = Cause(_changes(previous, state), made.value - last.value)
        previous, last = state, made
    nameless = sum(map(is_erased, known_now.responses))
    return Restatement(before=before, after=after, causes=causes | {"erasures": Cause(nameless, 0.0)})


def _names(by: object) -> tuple[str, ...]:
    if isinstance(by, str) or not isinstance(by, Iterable):
        return (by,)  # type: ignore[return-value]  # what is no name is refused where it is read
    return tuple(by)


def _check(store: object, question: object, **moments: object) -> None:
    if not isinstance(store, Store):
        raise InputError(f"this needs a store, such as a MemoryStore, not {short(store)}.")
    if not isinstance(question, Question):
        raise InputError(f"the question is a Question, not {short(question)}.")
    for name, moment in moments.items():
        if moment is not None or name != "as_of":
            check_instant(name, moment)


@attrs.frozen
class _State:
    """What a store knew at one moment."""

    question: Question
    responses: Mapping[str, Response]
    exclusions: tuple[Exclusion, ...]
    links: tuple[IdentityLink, ...]
    customers: Mapping[str, Customer]
    accounts: Mapping[str, Account]

    @classmethod
    def of(cls, store: Store, question: Question, as_of: datetime | None, by: Sequence[Place] = ()) -> _State:
        filters = {} if question.survey is None else {"survey": question.survey}
        found = store.find(Response, as_of=as_of, since=question.since, until=question.until, **filters)
        kinds = {Place.read(name).kind for name in question.where} | {place.kind for place in by}
        asks_people = bool(kinds & {Customer, Account})
        return cls(
            question,
            {answer.id: answer for answer in found if question.survey_kind in (None, answer.survey_kind)},
            tuple(store.find(Exclusion, as_of=as_of)),
            tuple(store.find(IdentityLink, as_of=as_of)),
            {one.id: one for one in store.find(Customer, as_of=as_of)} if asks_people else {},
            {one.id: one for one in store.find(Account, as_of=as_of)} if Account in kinds else {},
        )

    def meant(self) -> Iterator[Response]:
        """The answers of the question, whether they count or not, each under the id of the person."""
        people = Identities(self.links)
        wanted = [(Place.read(name), value) for name, value in self.question.where.items()]
        for answer in map(people.name, self.responses.values()):
            if all(self.value(place, answer) == value for place, value in wanted):
                yield answer

    def value(self, place: Place, answer: Response) -> str | None:
        """What stands at a place about an answer."""
        if place.kind is Response:
            return place.value(answer)
        person = self.customers.get(answer.customer_id or "")
        return place.value(person if place.kind is Customer else self._account(answer, person))

    def _account(self, answer: Response, person: Customer | None) -> Account | None:
        """The account that the answer names, else that of the person."""
        name = answer.account_id or (person and person.account_id)
        return self.accounts.get(name or "")

    def counting(self) -> list[Response]:
        """The answers of the question that count."""
        count = counting((answer for answer in self.meant() if answer.metric == "nps"), self.exclusions)
        check_alike(count)
        return count


def _scored(state: _State, convention: Convention) -> Score | None:
    try:
        return score(state.counting(), convention=convention)
    except EmptyTallyError:
        return None


def _changes(before: _State, after: _State) -> int:
    """How many answers, people or decisions differ."""
    sides = ((state.responses, state.customers, state.accounts) for state in (before, after))
    changed = [old.get(name) != record for old, new in zip(*sides, strict=True) for name, record in new.items()]
    exclusions, links = set(before.exclusions) ^ set(after.exclusions), set(before.links) ^ set(after.links)
    return changed.count(True) + len(exclusions) + len(links)
