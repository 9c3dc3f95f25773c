"""A sink in memory: the oracle that other sinks are held against, and a double for tests."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from npscore.adapters.sinks.bodies import body_of
from npscore.errors import InputError, short
from npscore.loop.actions import Action
from npscore.ports import Receipt


class MemorySink:
    """Keeps actions in this process, each id once.

    Args:
        trouble: called with each action before it is kept; what it raises,
            `send` raises, so that tests can play an outside that refuses or is away.

    Raises:
        InputError: for a trouble that cannot be called.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore.loop.actions import Action
        >>> thank = Action(id="d/thank", do="thank", log="d", policy="p", customer_id="c1", response_id="r1", to=None,
        ...                asked_at=datetime(2026, 11, 22, tzinfo=UTC))
        >>> sink = MemorySink()
        >>> sink.send(thank).is_repeat, sink.send(thank).is_repeat
        (False, True)
        >>> [action.do for action in sink.actions]
        ['thank']
    """

    def __init__(self, trouble: Callable[[Action], object] | None = None) -> None:
        if trouble is not None and not callable(trouble):
            raise InputError(f"trouble is a function of an action, not {short(trouble)}.")
        self._trouble = trouble
        self._kept: dict[str, Action] = {}
        self._lock = Lock()

    @property
    def actions(self) -> tuple[Action, ...]:
        """What was sent, in order, each id once."""
        return tuple(self._kept.values())

    def send(self, action: Action) -> Receipt:
        """Keep one action; see `Sink.send`.

        Raises:
            InputError: for what is no action, and for one that JSON cannot say.
        """
        body_of(action)
        if self._trouble is not None:
            self._trouble(action)
        with self._lock:
            is_repeat = action.id in self._kept
            self._kept.setdefault(action.id, action)
        return Receipt(action=action.id, is_repeat=is_repeat)
