"""Paths of files, as they are given."""

from __future__ import annotations

import os
from pathlib import Path

from npscore.errors import InputError, short


def path_of(path: object) -> Path:
    """The path that a text or a path-like object names.

    Raises:
        InputError: for what names none.

    Example:
        >>> path_of("answers.csv").name
        'answers.csv'
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(text, str) or not text or "\0" in text:
        raise InputError(f"path is that of a file, not {short(path)}.")
    return Path(text)
