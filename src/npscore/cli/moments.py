"""Times that flags give."""

from __future__ import annotations

from datetime import datetime

from npscore.errors import InputError
from npscore.periods import instant


def read_moment(flag: str, text: str, zone: str | None) -> datetime:
    """The time that a flag gives.

    Raises:
        InputError: for what is no time, and for one without a zone where --zone says none.
    """
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None and zone is None:
            raise InputError(f"{flag} {text} has no zone; write 2026-11-22T10:30:00Z, or say which with --zone.")
        return instant(time, zone or "UTC")
    except (ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{flag} is a time as in 2026-11-22T10:30:00Z, not {text!r}.") from None
