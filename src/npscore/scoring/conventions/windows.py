"""Windows: which answers feed a score, by their dates.

A window counts whole days in the convention's zone. It is anchored at a day:
the end of each period of a breakdown, or else the day that is asked for.
"""

from __future__ import annotations

from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.periods import Grid, check_grid


def _at_least_one(_window: Any, attribute: attrs.Attribute[int], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{attribute.name}={short(value)} is not a whole number of at least 1.")


@attrs.frozen
class Calendar:
    """The calendar period that holds the anchor.

    Args:
        every: ``"day"``, ``"week"``, ``"month"``, ``"quarter"``, ``"half"`` or ``"year"``.

    Example:
        >>> print(Calendar("half"))
        the calendar half-year
    """

    every: Grid = attrs.field(validator=lambda window, attribute, value: check_grid(value))

    def __str__(self) -> str:
        return f"the calendar {'half-year' if self.every == 'half' else self.every}"


@attrs.frozen
class Rolling:
    """So many days up to and including the day of the anchor.

    Args:
        days: how many.

    Example:
        >>> print(Rolling(90))
        the last 90 days
    """

    days: int = attrs.field(validator=_at_least_one)

    def __str__(self) -> str:
        return f"the last {self.days} days" if self.days > 1 else "the last day"


@attrs.frozen
class BackFromLatest:
    """So many days up to and including the day of each unit's latest answer.

    A unit that never answered is anchored at its latest row. Where the unit is
    the response, the answers of a group are taken as one unit's.

    Args:
        days: how many.

    Example:
        >>> print(BackFromLatest(90))
        90 days back from each latest answer
    """

    days: int = attrs.field(validator=_at_least_one)

    def __str__(self) -> str:
        return f"{self.days} day{'s' if self.days > 1 else ''} back from each latest answer"


@attrs.frozen
class Last:
    """The last so many answers, of whichever unit.

    Rows without a valid answer are in the window from the earliest of those
    answers on; where there are no more answers than that, all rows are.

    Args:
        k: how many.

    Example:
        >>> print(Last(50))
        the last 50 answers
    """

    k: int = attrs.field(validator=_at_least_one)

    def __str__(self) -> str:
        return f"the last {self.k} answers" if self.k > 1 else "the last answer"


Window = Calendar | Rolling | BackFromLatest | Last
