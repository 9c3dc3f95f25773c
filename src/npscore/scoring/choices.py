"""Options that are one of a few words: the sides of a test, and the refusal of words that are not known."""

from __future__ import annotations

from typing import Literal, get_args

from npscore.errors import InputError, short

Alternative = Literal["two-sided", "greater", "less"]
"""The sides of a test."""


def check_choice(option: str, value: object, known: tuple[str, ...]) -> None:
    """Refuse an option that is not one of those known."""
    if not isinstance(value, str) or value not in known:
        raise InputError(f"{option}={short(value)} is not known; it is one of {', '.join(known)}.")


def check_alternative(alternative: object) -> None:
    """Refuse what is no side of a test."""
    check_choice("alternative", alternative, get_args(Alternative))
