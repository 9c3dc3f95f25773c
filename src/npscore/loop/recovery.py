"""Recovery: whether calling unhappy customers helps, beyond what their ratings would have done by themselves."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Literal, get_args

import attrs

from npscore.errors import InputError, short
from npscore.loop.cases import Case, cases_given
from npscore.loop.courses import Course, Courses, Rated
from npscore.loop.standardised import standardised
from npscore.models import Response
from npscore.periods import check_instant
from npscore.scoring.choices import check_choice
from npscore.scoring.intervals.formulas import check_level
from npscore.scoring.intervals.proportions import Share, share

Comparison = Literal["not contacted", "before"]
"""With whom the treated are compared: detractors whom nobody contacted, or those before the loop began."""

YEAR = timedelta(days=365)


@attrs.frozen(kw_only=True)
class Terms:
    """On which terms `recovery` is told, which has the words for them.

    Raises:
        InputError: naming the term that is none.
    """

    within: timedelta = YEAR
    since: datetime | None = None
    comparison: Comparison = "not contacted"
    level: float = 0.95

    def __attrs_post_init__(self) -> None:
        check_level(self.level)
        check_choice("comparison", self.comparison, get_args(Comparison))
        if not isinstance(self.within, timedelta) or not timedelta(0) < self.within <= timedelta(days=3650):
            raise InputError(f"within is a timedelta above 0 and up to ten years, not {short(self.within)}.")
        if self.since is not None:
            check_instant("since", self.since)
        elif self.comparison == "before":
            raise InputError("comparison='before' needs since: when did the loop begin?")


@attrs.frozen(kw_only=True)
class Recovered:
    """How many are no longer detractors.

    Attributes:
        treated: of those who were contacted, with Wilson's interval.
        comparison: of the others, as they are.
        expected: of the others, with the ratings of the treated; a fraction.
        difference: of the treated less expected; a fraction.
        standard_error: of the difference.
        lower, upper: the limits of the difference, within -1 and 1.
    """

    treated: Share
    comparison: Share
    expected: float | None
    difference: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None


@attrs.frozen(kw_only=True)
class Recovery:
    """What calling unhappy customers did to their ratings.

    Figures are None where there is nobody to tell them of. Changes are in
    points of the scale that was asked, not in points of NPS.

    Attributes:
        naive: the mean change of the ratings of those who were contacted.
            Regression to the mean is in it.
        naive_lower, naive_upper: its t limits.
        expected: the mean change of comparable detractors, with the ratings
            that the treated had before: what time alone did.
        effect: naive - expected.
        standard_error: of the effect.
        df: Welch and Satterthwaite's degrees of freedom.
        lower, upper: t limits of the effect.
        recovered: how many are no longer detractors, compared likewise.
        n_treated: how many were contacted, answered again and can be compared.
        n_comparison: how many they are compared with.
        left_out: contacted and answered again, but no comparable detractor
            had the same rating.
        unmatched: could be compared, but nobody who was contacted had the
            same rating.
        unanswered: contacted, and no later answer so far.
        silent: no later answer so far, and not contacted over a case of their
            rating; with ``"before"`` also those from before the loop began,
            contacted or not.
        elsewhere: contacted before they answered again, but not over a case
            of their rating, or before the loop began; on no side.
        passed_over: with ``"before"``: answered again since the loop began,
            and nobody had contacted them; on no side.
        joined: of n_treated, left_out and unanswered together, those whose
            rating joined a case that an earlier answer had opened.
        n_detractors: ratings that were looked at, one for each customer, and
            with ``"before"`` one for each side of that moment: the sum of
            n_treated, n_comparison and all from left_out to passed_over.
        comparison: ``"not contacted"`` or ``"before"``.
        level: the confidence level, a fraction.
    """

    naive: float | None
    naive_lower: float | None
    naive_upper: float | None
    expected: float | None
    effect: float | None
    standard_error: float | None
    df: float | None
    lower: float | None
    upper: float | None
    recovered: Recovered
    n_treated: int
    n_comparison: int
    left_out: int
    unmatched: int
    unanswered: int
    silent: int
    elsewhere: int
    passed_over: int
    joined: int
    n_detractors: int
    comparison: Comparison
    level: float

    @property
    def why_none(self) -> str | None:
        """In words why there is no effect; None where there is one."""
        if self.effect is not None:
            return None
        if self.left_out:
            said = f"{self.left_out:,} contacted {'detractor has' if self.left_out == 1 else 'detractors have'}"
            return f"{said} answered again, but no detractor {self.others} had the same rating and answered again."
        if self.unanswered:
            were = "was" if self.unanswered == 1 else "were"
            return f"No contacted detractor has answered again so far; {self.unanswered:,} {were} contacted."
        return "No detractor was contacted over the case of their rating before they answered again."

    @property
    def others(self) -> str:
        """With whom the treated are compared, in words that go on from "detractors"."""
        return "whom nobody contacted" if self.comparison == "not contacted" else "from before the loop began"

    def __str__(self) -> str:
        others = self.others
        if self.naive is None or self.expected is None or self.effect is None:
            return str(self.why_none)
        limits = (
            ""
            if self.lower is None or self.upper is None
            else f" ({self.level:.0%}: {self.lower:+.1f} to {self.upper:+.1f})"
        )
        return (
            f"Contacted detractors changed by {self.naive:+.1f} (n = {self.n_treated}), but with the same ratings "
            f"those {others} changed by {self.expected:+.1f} (n = {self.n_comparison}): very low ratings come back "
            f"towards the mean by themselves. What is left for the loop is {self.effect:+.1f}{limits}."
        )


def recovery(
    answers: Iterable[Response],
    cases: Iterable[Case],
    *,
    within: timedelta = YEAR,
    since: datetime | None = None,
    comparison: Comparison = "not contacted",
    level: float = 0.95,
) -> Recovery:
    """Whether ratings recover because somebody called, or would have anyway.

    Treated are detractors who were contacted over the case that their rating
    opened, before they answered again. A rating that joined a case which was
    open is treated by a contact after it, for whoever calls knows of it; one
    before it was about another answer. Their change goes to the first answer
    after the case was closed, where there is none to the first after the
    contact. Compared are detractors whom nobody contacted between their
    rating and their next answer. Each customer counts once on a side, with
    their first rating as a detractor, so that nobody is chosen by what they
    answered later. A case is that of the customer who gave its answer, as
    the answers name them. Answers without a customer or a rating, broken
    off, for trial or of another metric take no part.

    Args:
        answers: in any order; of several versions of one the latest stands.
        cases: what `cases_of` gives.
        within: how long after the first rating an answer still counts.
        since: an aware time: when the loop began; ``"before"`` needs it, and
            ratings before it count for nobody with ``"not contacted"``.
        comparison: ``"not contacted"``, or ``"before"`` for detractors who
            answered before the loop began.
        level: the confidence level, a fraction.

    Raises:
        PoolingError: for answers on several scales, or to several kinds of
            survey.
        InputError: for what are no answers or cases, and options that are
            none.

    References:
        Davis, C. E. (1976). The effect of regression to the mean in
        epidemiologic and clinical studies. American Journal of Epidemiology
        104, 493-498. Formulas: see `npscore.loop.standardised.standardised`.

    Example:
        >>> nobody = recovery([], [])
        >>> nobody.effect, nobody.n_treated
        (None, 0)
    """
    terms = Terms(within=within, since=since, comparison=comparison, level=level)
    courses = Courses()
    for answer in _given(answers):
        courses.add(answer)
    return recovery_in(courses, cases, terms)


def recovery_in(courses: Courses, cases: Iterable[Case], terms: Terms) -> Recovery:
    """The same of answers that were read one after the other; see `recovery`."""
    pairs, care, scale = _Pairs(), _Care.of(cases, courses), courses.scale()
    passive_from = 0 if scale is None else scale.passive_from
    for course in courses.by_customer():
        for first, may in _firsts(course, passive_from, terms):
            pairs.add(course, first, may, care, terms.within)
    return _result(pairs, passive_from, terms)


def _given(answers: object) -> Iterator[Response]:
    if isinstance(answers, str | Mapping) or not isinstance(answers, Iterable):
        raise InputError(f"answers are a collection of Responses, not {short(answers)}.")
    for answer in answers:
        if not isinstance(answer, Response):
            raise InputError(f"answers are a collection of Responses, and {short(answer)} is none.")
        yield answer


_May = Literal["treated", "compared", "either"]


def _firsts(course: Course, passive_from: int, terms: Terms) -> Iterator[tuple[int, _May]]:
    """The place of the first rating as a detractor, and on which side it may count."""
    unhappy = [place for place, one in enumerate(course) if one.rating < passive_from]
    later = [place for place in unhappy if terms.since is None or course[place].answered_at >= terms.since]
    if terms.comparison == "not contacted":
        yield from ((place, "either") for place in later[:1])
        return
    yield from ((place, "treated") for place in later[:1])
    yield from ((place, "compared") for place in unhappy[:1] if place not in later)


@attrs.frozen
class _Contact:
    """A contact that can be about an answer, the closing after it, and whether the answer joined the case."""

    at: datetime
    closed: datetime | None
    is_joined: bool

    @property
    def order(self) -> tuple[datetime, bool, datetime]:
        """What is reached first, with nothing joined, and closed first."""
        return self.at, self.is_joined, self.closed or datetime.max.replace(tzinfo=UTC)


@attrs.frozen
class _Reached:
    """When somebody contacted a customer over a case, and when it was closed."""

    contacts: list[datetime]
    closings: tuple[datetime, ...]
    is_joined: bool

    def about(self, answer: Rated) -> _Contact | None:
        """The first contact that can be about an answer."""
        after = (moment for moment in self.contacts if not self.is_joined or moment > answer.answered_at)
        at = next(after, None)
        if at is None:
            return None
        return _Contact(at, next((moment for moment in self.closings if moment >= at), None), self.is_joined)


@attrs.frozen
class _Care:
    """Who was contacted, when, over whatever case, and over that of an answer."""

    by_answer: Mapping[str, list[_Reached]]
    by_customer: Mapping[str, list[datetime]]

    @classmethod
    def of(cls, cases: Iterable[Case], courses: Courses) -> _Care:
        by_answer: dict[str, list[_Reached]] = {}
        by_customer: dict[str, list[datetime]] = {}
        for case in cases_given(cases):
            contacts = sorted(step.done_at for step in case.steps if step.step == "contacted")
            customer = courses.person(case)
            if customer is not None:
                by_customer.setdefault(customer, []).extend(contacts)
            closings = case.entered("closed") if contacts else ()
            for name in {step.response_id for step in case.steps} if contacts else ():
                if name is not None:
                    by_answer.setdefault(name, []).append(_Reached(contacts, closings, name != case.response_id))
        return cls(by_answer, {customer: sorted(moments) for customer, moments in by_customer.items()})

    def about(self, answer: Rated) -> _Contact | None:
        """The first contact over a case of an answer."""
        made = [one.about(answer) for one in self.by_answer.get(answer.id, ())]
        return min((one for one in made if one is not None), key=attrgetter("order"), default=None)

    def is_contacted(self, first: Rated, then: Rated) -> bool:
        """Whether anybody contacted a customer between two of their answers, over whatever case."""
        moments = self.by_customer.get(first.customer_id, [])
        return bisect_right(moments, then.answered_at) > bisect_right(moments, first.answered_at)


Pair = tuple[int, int]
"""The ratings before and after."""


@attrs.define
class _Pairs:
    """Ratings before and after, on both sides, and who is on none."""

    treated: list[Pair] = attrs.field(factory=list)
    compared: list[Pair] = attrs.field(factory=list)
    aside: Counter[str] = attrs.field(factory=Counter)

    def add(self, course: Course, place: int, may: _May, care: _Care, within: timedelta) -> None:
        """Put the first rating of a customer on the side where it belongs."""
        first = course[place]
        last = first.answered_at + within
        later = [one for one in course[place + 1 :] if first.answered_at < one.answered_at <= last]
        contact = care.about(first)
        if contact is not None and later and contact.at >= later[0].answered_at:
            contact = None
        self.aside["n_detractors"] += 1
        if contact is not None and may != "compared":
            self.aside["joined"] += contact.is_joined
            self._treat(first, later, contact.closed)
        elif not later:
            self.aside["silent"] += 1
        elif contact is not None or care.is_contacted(first, later[0]):
            self.aside["elsewhere"] += 1
        elif may == "treated":
            self.aside["passed_over"] += 1
        else:
            self.compared.append((first.rating, later[0].rating))

    def _treat(self, first: Rated, later: Course, closed: datetime | None) -> None:
        if not later:
            self.aside["unanswered"] += 1
            return
        after = next((one for one in later if closed is not None and one.answered_at > closed), later[0])
        self.treated.append((first.rating, after.rating))


_ASIDE = ("n_detractors", "joined", "unanswered", "silent", "elsewhere", "passed_over")


def _cells(pairs: Iterable[Pair]) -> dict[int, list[int]]:
    """Ratings after by the rating before."""
    cells: dict[int, list[int]] = {}
    for before, after in sorted(pairs):
        cells.setdefault(before, []).append(after)
    return cells


def _result(pairs: _Pairs, passive_from: int, terms: Terms) -> Recovery:
    treated, others = _cells(pairs.treated), _cells(pairs.compared)
    shared = {before: treated[before] for before in treated if before in others}
    beside = {before: others[before] for before in shared}
    changes = [
        {before: [float(after - before) for after in afters] for before, afters in side.items()}
        for side in (shared, beside)
    ]
    n_treated, n_comparison = (sum(map(len, side.values())) for side in (shared, beside))
    compared = standardised(changes[0], changes[1], terms.level)
    return Recovery(
        **attrs.asdict(compared),
        recovered=_recovered(shared, beside, passive_from, terms.level),
        n_treated=n_treated,
        n_comparison=n_comparison,
        left_out=len(pairs.treated) - n_treated,
        unmatched=len(pairs.compared) - n_comparison,
        **{name: pairs.aside[name] for name in _ASIDE},
        comparison=terms.comparison,
        level=terms.level,
    )


def _recovered(
    treated: dict[int, list[int]], others: dict[int, list[int]], passive_from: int, level: float
) -> Recovered:
    is_free = [
        {before: [float(after >= passive_from) for after in afters] for before, afters in side.items()}
        for side in (treated, others)
    ]
    made = standardised(is_free[0], is_free[1], level)
    shares = [share(int(sum(map(sum, side.values()))), sum(map(len, side.values())), level=level) for side in is_free]
    return Recovered(
        treated=shares[0],
        comparison=shares[1],
        expected=made.expected,
        difference=made.effect,
        standard_error=made.standard_error,
        lower=None if made.lower is None else max(-1.0, made.lower),
        upper=None if made.upper is None else min(1.0, made.upper),
    )
