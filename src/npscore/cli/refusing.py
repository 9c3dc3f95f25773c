"""How commands refuse: our own errors become one sentence and an exit code, and options have to fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import typer

from npscore.errors import InputError, NpscoreError


@contextmanager
def errors(code: int) -> Iterator[None]:
    """Say what is wrong and leave with an exit code."""
    try:
        yield
    except NpscoreError as error:
        typer.echo(f"npscore: {error}", err=True)
        code = 1 if getattr(error, "retryable", False) else getattr(error, "code", code)
        raise typer.Exit(code) from None


_SAID_OF = {"root_cause": ("resolved",), "owner": ("assigned", "escalated"), "until": ("snoozed",)}


def check_said(step: str, said: Mapping[str, str]) -> None:
    """Refuse a step without the option that says what it needs, and options that say nothing of it."""
    from npscore.loop.transitions import NEEDS

    if odd := next((name for name in said if step not in _SAID_OF[name]), None):
        raise InputError(f"--{odd.replace('_', '-')} is for {' and '.join(_SAID_OF[odd])}, not for {step}.")
    needed = NEEDS.get(step)
    if needed is not None and not said.get(needed, "").strip():
        raise InputError(f"STEP {step} needs --{needed.replace('_', '-')} with a text.")
