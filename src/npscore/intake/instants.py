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


class Instants:
    """Reads the times of rows into instants, each text once.

    Args:
        zone: of times that have none; without it such a time is a question.
        order: of day and month, where the caller knows it.

    Example:
        >>> Instants("Europe/Paris").read("answered_at", "2026-11-22 10:00").isoformat()
        '2026-11-22T09:00:00+00:00'
    """

    def __init__(self, zone: str | None = None, order: DateOrder | None = None) -> None:
        self.zone, self.order = zone, order
        self.proven: dict[str, DateOrder] = {}
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
        return self._known(field, raw)

    def _read(self, field: str, raw: Any) -> datetime | None:
        try:
            time = read_time(raw, self.order or self.proven.get(field))
            if time is not None and self.zone is None and getattr(time, "tzinfo", None) is None:
                raise _ZoneMissing
            return None if time is None else instant(time, self.zone or "UTC")
        except AmbiguousDateError:
            raise
        except _ZoneMissing:
            raise InputError(
                f"{field} has times without a zone, as {str(raw)!r}; say which with zone= (--zone at the shell)."
            ) from None
        except (InputError, OverflowError):
            raise Fault(field, _NO_TIME, raw) from None


class _ZoneMissing(Exception):  # noqa: N818  # never leaves the file
    """A time without a zone, where nobody said which holds."""
