"""Times of rows become instants, in a zone and an order of day and month that somebody named."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from npscore.errors import AmbiguousDateError, InputError
from npscore.intake.times import DateOrder, read_time
from npscore.intake.values import Fault
from npscore.periods import instant

_NO_TIME = "not a time that can be read"
_LONGEST = 100
_TWICE = "{} has times that clocks in {} show twice, for they are put back; the first was taken:"
_NEVER = "{} has times that clocks in {} leap over, for they are put forward; they were read as if they were not yet:"


class Instants:
    """Reads the times of rows into instants, each text once.

    Args:
        zone: of times that have none; without it such a time is a question.
        order: of day and month, where the caller knows it.

    Attributes:
        proven: the order of each field, as its dates prove it.
        doubts: what was odd about times since the list was last cleared, a sentence and the time each.

    Example:
        >>> Instants("Europe/Paris").read("answered_at", "2026-11-22 10:00").isoformat()
        '2026-11-22T09:00:00+00:00'
    """

    def __init__(self, zone: str | None = None, order: DateOrder | None = None) -> None:
        self.zone, self.order = zone, order
        self.proven: dict[str, DateOrder] = {}
        self.doubts: list[tuple[str, str]] = []
        self._known = lru_cache(8192, typed=True)(self._read)

    def read(self, field: str, raw: object) -> datetime | None:
        """The instant that a value of a field means, None for a blank.

        Raises:
            Fault: for what is no time.
            InputError: for a time that can be read in two ways, or in any zone.
        """
        if raw is None or raw != raw:  # NaN
            return None
        is_huge = isinstance(raw, int) and raw.bit_length() > 64
        if isinstance(raw, bool) or not isinstance(raw, str | int | float | date) or is_huge:
            raise Fault(field, _NO_TIME, raw)
        if isinstance(raw, str) and len(raw) > _LONGEST:
            raise Fault(field, _NO_TIME, raw)
        moment, doubt = self._known(field, raw)
        if doubt:
            self.doubts.append((doubt.format(field, self.zone), str(raw)))
        return moment

    def _read(self, field: str, raw: Any) -> tuple[datetime | None, str]:
        try:
            time = read_time(raw, self.order or self.proven.get(field))
            if time is not None and self.zone is None and getattr(time, "tzinfo", None) is None:
                raise _ZoneMissing
            return (None, "") if time is None else (instant(time, self.zone or "UTC"), self._doubt(time))
        except AmbiguousDateError:
            raise
        except _ZoneMissing:
            raise InputError(
                f"{field} has times without a zone, as {str(raw)!r}; say which with zone= (--zone at the shell)."
            ) from None
        except (InputError, OverflowError):
            raise Fault(field, _NO_TIME, raw) from None

    def _doubt(self, time: date) -> str:
        """What is odd about a local time on a day when clocks are changed."""
        if self.zone is None or self.zone == "UTC" or not isinstance(time, datetime) or time.tzinfo is not None:
            return ""
        first, second = (instant(time.replace(fold=fold), self.zone) for fold in (0, 1))
        return "" if first == second else _TWICE if first < second else _NEVER


class _ZoneMissing(Exception):  # noqa: N818  # never leaves the file
    """A time without a zone, where nobody said which holds."""
