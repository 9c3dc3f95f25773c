"""The one spelling of an action that goes outside."""

from __future__ import annotations

from npscore.errors import InputError, short
from npscore.loop.actions import Action

_MAY_BE_NONE = ("customer_id", "response_id", "to")


def body_of(action: Action) -> bytes:
    """An action as JSON in UTF-8 on one line, always spelled the same.

    Args:
        action: with an id, and details of texts, finite numbers, truth values and None.

    Raises:
        InputError: for what is no action, and for one that JSON cannot say.

    Example:
        >>> from datetime import UTC, datetime
        >>> thank = Action(id="d/thank", do="thank", log="d", policy="p", customer_id="c1", response_id="r1", to=None,
        ...                asked_at=datetime(2026, 11, 22, tzinfo=UTC))
        >>> body_of(thank)[:58]
        b'{"asked_at": "2026-11-22T00:00:00+00:00", "customer_id": "'
    """
    check_action(action)
    try:
        return action.to_json().encode()
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(f"the action {short(action.id)} cannot be written as JSON: {error}.") from None


def check_action(action: object) -> None:
    """Refuse what is no action, and one whose names are no texts.

    Raises:
        InputError: saying what it is, or which field and what it says.

    Example:
        >>> check_action("call her")
        Traceback (most recent call last):
            ...
        npscore.errors.InputError: a sink is sent an Action, not 'call her'.
    """
    if not isinstance(action, Action):
        raise InputError(f"a sink is sent an Action, not {short(action)}.")
    if not isinstance(action.id, str) or not action.id:
        raise InputError(f"the id of an action is a text that is not empty, not {short(action.id)}.")
    for name in ("do", "log", "policy", "customer_id", "response_id", "to"):
        value = getattr(action, name)
        if not isinstance(value, str) and (value is not None or name not in _MAY_BE_NONE):
            raise InputError(f"{name} of an action is a text, not {short(value)}.")
