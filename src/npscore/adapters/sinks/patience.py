"""How long a sink may go on trying."""

from __future__ import annotations

from npscore.errors import InputError, short

LONGEST = 86_400
"""The most seconds that a sink can be told to wait: a day."""


def check_patience(patience: object) -> None:
    """Refuse what is no time to wait.

    Args:
        patience: in seconds, from 0 to a day.

    Raises:
        InputError: for anything else.
    """
    if isinstance(patience, bool) or not isinstance(patience, int | float) or not 0 <= patience <= LONGEST:
        raise InputError(f"patience is a number of seconds from 0 to {LONGEST:,}, not {short(patience)}.")
