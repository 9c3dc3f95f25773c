"""How often and how long a sink may go on trying."""

from __future__ import annotations

from types import ModuleType

from npscore.errors import InputError, MissingExtraError, short

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


def check_attempts(attempts: object) -> None:
    """Refuse what is no number of tries.

    Args:
        attempts: from 1 to 100.

    Raises:
        InputError: for anything else.
    """
    if isinstance(attempts, bool) or not isinstance(attempts, int) or not 1 <= attempts <= 100:
        raise InputError(f"attempts is a number from 1 to 100, not {short(attempts)}.")


def stamina_library() -> ModuleType:
    """The library that tries again with growing pauses.

    Raises:
        MissingExtraError: without the extra ``net``.
    """
    try:
        import stamina
    except ImportError:
        raise MissingExtraError("stamina", "net") from None
    return stamina
