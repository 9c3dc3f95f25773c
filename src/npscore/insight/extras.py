"""What the room asks of the extra `stats`, and the sentence when it is not there."""

from __future__ import annotations

from importlib import import_module

from npscore.errors import MissingExtraError


def require(*packages: str) -> None:
    """Load packages of the extra `stats`, so that later imports of them cannot fail.

    Raises:
        MissingExtraError: for the first that is not installed.

    Example:
        >>> require("numpy")
    """
    for package in packages:
        try:
            import_module(package)
        except ImportError:
            raise MissingExtraError(package, "stats") from None
