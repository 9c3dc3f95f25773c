"""How often and how long a sink may go on trying."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import attrs

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


def _library() -> ModuleType:
    try:
        import stamina
    except ImportError:
        raise MissingExtraError("stamina", "net") from None
    return stamina


@attrs.frozen
class Tries:
    """How often and how long a sink over the net goes on trying, with growing pauses.

    Args:
        attempts: how often, from 1 to 100.
        patience: in seconds, from 0, with which there is no second try, to a day.

    Raises:
        InputError: for attempts or a patience that cannot be.
        MissingExtraError: without the extra ``net``.
    """

    attempts: int
    patience: float
    _stamina: ModuleType = attrs.field(factory=_library, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or not 1 <= self.attempts <= 100:
            raise InputError(f"attempts is a number from 1 to 100, not {short(self.attempts)}.")
        check_patience(self.patience)

    def each(self, on: Any) -> Iterable[AbstractContextManager[object]]:
        """A context for each try, to be left at the first that ends well.

        Args:
            on: the kind of error after which to try again, or a function that
                says of one whether to, or in how many seconds.
        """
        attempts = self.attempts if self.patience else 1
        found: Iterable[AbstractContextManager[object]] = self._stamina.retry_context(
            on=on, attempts=attempts, timeout=self.patience or None
        )
        return found
