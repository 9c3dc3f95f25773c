"""How commands refuse: our own errors become one sentence and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from npscore.errors import NpscoreError


@contextmanager
def errors(code: int) -> Iterator[None]:
    """Say what is wrong and leave with an exit code."""
    try:
        yield
    except NpscoreError as error:
        typer.echo(f"npscore: {error}", err=True)
        code = 1 if getattr(error, "retryable", False) else getattr(error, "code", code)
        raise typer.Exit(code) from None
