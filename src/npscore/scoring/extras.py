"""The one place where the optional mathematical libraries are loaded."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from npscore.errors import MissingExtraError


def optional(module: str) -> Any:
    """A module of NumPy, SciPy or statsmodels, loaded when a function needs it.

    Raises:
        MissingExtraError: when it is not installed.

    Example:
        >>> from npscore.scoring.extras import optional
        >>> optional("numpy").__name__
        'numpy'
    """
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtraError(module.split(".", maxsplit=1)[0], "stats") from None
