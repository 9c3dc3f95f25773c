"""Courses: what each customer rated and when, kept of a stream of answers of any length."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import attrs

from npscore.errors import PoolingError
from npscore.intake.identity import Identities
from npscore.loop.cases import Case
from npscore.models import Response
from npscore.scoring.scales import Scale


@attrs.frozen
class Rated:
    """What one answer says to `npscore.recovery`.

    Attributes:
        id: of the answer.
        customer_id: who gave it.
        answered_at: when.
        rating: on the scale.
    """

    id: str
    customer_id: str
    answered_at: datetime
    rating: int


Course = list[Rated]
"""What one customer rated, the earliest first."""

_Asked = tuple[str, str]
_Version = tuple[datetime, datetime]


class Courses:
    """Ratings by customer, of answers that come one after the other and are not kept.

    Answers that take no part in `npscore.recovery` are none. Of several
    versions of one answer the latest stands.

    Args:
        people: which ids are one person's, of answers and of cases; when left
            out, each id is a person of its own.

    Example:
        >>> from datetime import UTC
        >>> courses, now = Courses(), datetime(2026, 11, 20, tzinfo=UTC)
        >>> courses.add(Response(id="r1", customer_id="c1", rating=3, answered_at=now, known_at=now))
        >>> [[one.rating for one in course] for course in courses.by_customer()]
        [[3]]
    """

    def __init__(self, people: Identities | None = None) -> None:
        self._people = people or Identities([])
        self._standing: dict[str, tuple[_Version, _Asked, Rated | None]] = {}
        self._asked: dict[_Asked, _Asked] = {}

    def add(self, answer: Response) -> None:
        """One answer more."""
        known = self._standing.get(answer.id)
        if known is not None and known[0] >= answer.version:
            return
        asked, rated = (answer.scale, answer.survey_kind), _rated(self._people.name(answer))
        self._standing[answer.id] = answer.version, self._asked.setdefault(asked, asked), rated

    def scale(self) -> Scale | None:
        """The scale of all ratings; None where there are none.

        Raises:
            PoolingError: for ratings on several scales, or given to several
                kinds of survey.
        """
        asked = {asked for _, asked, rated in self._standing.values() if rated is not None}
        scales = {Scale.parse(text) for text, _ in asked}
        kinds = {kind for _, kind in asked}
        if len(scales) > 1:
            raise PoolingError(f"answers on the scales {', '.join(sorted(map(str, scales)))} have no change in common.")
        if len(kinds) > 1:
            said = ", ".join(sorted(kinds))
            raise PoolingError(f"{said} answers were given to unlike questions; hand over one kind.")
        return next(iter(scales), None)

    def person(self, case: Case) -> str | None:
        """Who gave the rating of a case, as its answer names them; of no rating of these, as the case names them."""
        _, _, rated = self._standing.get(case.response_id or "", (None, None, None))
        if rated is not None:
            return rated.customer_id
        return None if case.customer_id is None else self._people.of(case.customer_id)

    def by_customer(self) -> Iterator[Course]:
        """What each customer rated, in the order of their ids."""
        rated = (rated for _, _, rated in self._standing.values() if rated is not None)
        ordered = sorted(rated, key=attrgetter("customer_id", "answered_at", "id"))
        return (list(course) for _, course in groupby(ordered, key=attrgetter("customer_id")))


def _rated(answer: Response) -> Rated | None:
    is_whole = answer.completed and not answer.test and answer.metric == "nps"
    if not is_whole or answer.rating is None or answer.customer_id is None:
        return None
    return Rated(answer.id, answer.customer_id, answer.answered_at, answer.rating)


__all__ = ["Course", "Courses", "Rated"]
