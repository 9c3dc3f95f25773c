"""The only code that walks through the doors: questions put to a store."""

from __future__ import annotations

from datetime import datetime

import attrs

from npscore.errors import EmptyTallyError, InputError, short
from npscore.intake.hygiene import check_alike, counting
from npscore.intake.identity import Identities
from npscore.models import Exclusion, IdentityLink, Response
from npscore.models.events import SurveyKind
from npscore.periods import check_instant
from npscore.ports import Store
from npscore.scoring.conventions import DEFAULT, Convention
from npscore.scoring.scores import Score, score


def _instant(_question: Question, attribute: attrs.Attribute[datetime | None], value: object) -> None:
    if value is not None:
        check_instant(attribute.name, value)


@attrs.frozen(kw_only=True)
class Question:
    """Which stored answers are meant.

    Args:
        survey: of one survey only.
        survey_kind: of one kind only: relationship, transactional, employee or
            competitive. Kinds are never pooled silently.
        since: answered then or later.
        until: answered before then.

    Raises:
        InputError: for a time that is no datetime with a zone.
    """

    survey: str | None = None
    survey_kind: SurveyKind | None = None
    since: datetime | None = attrs.field(default=None, validator=_instant)
    until: datetime | None = attrs.field(default=None, validator=_instant)

    def asks_for(self, response: Response) -> bool:
        """Whether a Net Promoter answer of the store is meant."""
        return response.metric == "nps" and self.survey_kind in (None, response.survey_kind)


EVERYTHING = Question()
"""Every Net Promoter answer there is."""


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
    _check(store, question)
    if as_of is not None:
        check_instant("as_of", as_of)
    known = _State.of(store, question, as_of)
    return known.counting()


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
        causes: by ``"corrections"``, ``"late answers"``, ``"exclusions"`` and
            ``"merges"``; their effects sum to the difference.
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
    corrections of answers that were known, answers that came late, exclusions
    decided or lifted, and customers merged or parted.

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
    _check(store, question)
    check_instant("then", then)
    check_instant("now", now)
    known_then, known_now = _State.of(store, question, then), _State.of(store, question, now)
    corrected = {name: known_now.responses.get(name, answer) for name, answer in known_then.responses.items()}
    steps = {
        "corrections": attrs.evolve(known_then, responses=corrected),
        "late answers": attrs.evolve(known_then, responses={**corrected, **known_now.responses}),
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
    return Restatement(before=before, after=after, causes=causes)


def _check(store: object, question: object) -> None:
    if not isinstance(store, Store):
        raise InputError(f"this needs a store, such as a MemoryStore, not {short(store)}.")
    if not isinstance(question, Question):
        raise InputError(f"the question is a Question, not {short(question)}.")


@attrs.frozen
class _State:
    """What a store knew at one moment."""

    responses: dict[str, Response]
    exclusions: tuple[Exclusion, ...]
    links: tuple[IdentityLink, ...]

    @classmethod
    def of(cls, store: Store, question: Question, as_of: datetime | None) -> _State:
        filters = {} if question.survey is None else {"survey": question.survey}
        found = store.find(Response, as_of=as_of, since=question.since, until=question.until, **filters)
        return cls(
            {response.id: response for response in found if question.asks_for(response)},
            tuple(store.find(Exclusion, as_of=as_of)),
            tuple(store.find(IdentityLink, as_of=as_of)),
        )

    def counting(self) -> list[Response]:
        people = Identities(self.links)
        count = [people.name(response) for response in counting(self.responses.values(), self.exclusions)]
        check_alike(count)
        return count


def _scored(state: _State, convention: Convention) -> Score | None:
    try:
        return score(state.counting(), convention=convention)
    except EmptyTallyError:
        return None


def _changes(before: _State, after: _State) -> int:
    """How many answers or decisions differ."""
    answers_changed = sum(before.responses.get(name) != answer for name, answer in after.responses.items())
    exclusions, links = set(before.exclusions) ^ set(after.exclusions), set(before.links) ^ set(after.links)
    return answers_changed + len(exclusions) + len(links)
