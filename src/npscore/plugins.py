"""Stores by URL: those of this library, and those that others offer by the entry point group ``npscore.stores``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points

from npscore.errors import InputError, MissingExtraError, StoreError
from npscore.ports import Store

GROUP = "npscore.stores"
"""The group of entry points: the name is the scheme of the URL, the object takes the URL and gives a `Store`."""


def open_store(url: str) -> Store:
    """Open the store that a URL names; made where it is not there yet.

    Args:
        url: ``memory://``, ``sqlite:///npscore.db`` (four slashes before a path
            from the root), ``postgresql://user@host/database``,
            ``mariadb://user@host/database``, or with the scheme of a store that
            an installed package offers.

    Raises:
        InputError: when no store has that scheme, naming those there are.
        MissingExtraError: when its driver is not installed.
        StoreError: when what is there is no store, or one of a newer npscore.
        StoreUnavailableError: when it is busy or cannot be reached.

    Example:
        >>> from npscore import open_store
        >>> type(open_store("memory://")).__name__
        'MemoryStore'
        >>> open_store("oracle://host/database")
        Traceback (most recent call last):
            ...
        npscore.errors.InputError: no store has the scheme 'oracle'; there are ...
    """
    scheme = check_url(url)
    return _OWN[scheme](url) if scheme in _OWN else _opened(_offered()[scheme], url)


def check_url(url: str) -> str:
    """The scheme of a URL that names a store, which is not opened.

    Raises:
        InputError: when no store has that scheme, naming those there are.

    Example:
        >>> check_url("sqlite:///npscore.db")
        'sqlite'
    """
    scheme, separator, _ = url.partition("://") if isinstance(url, str) else ("", "", "")
    if not separator:
        raise InputError("a store is named by a URL, as in sqlite:///npscore.db or memory://.")
    if scheme not in _OWN and scheme not in (offered := _offered()):
        known = ", ".join(sorted({*_OWN, *offered}))
        raise InputError(f"no store has the scheme {scheme!r}; there are {known}.")
    return scheme


def _memory(url: str) -> Store:
    from npscore.adapters.memory import MemoryStore

    if url != "memory://":
        raise InputError("a store in memory has no name; say memory:// alone, and each time it is new.")
    return MemoryStore()


def _sql(url: str) -> Store:
    from npscore.adapters.sql import SQLStore

    return SQLStore(url)


_OWN: Mapping[str, Callable[[str], Store]] = {"mariadb": _sql, "memory": _memory, "postgresql": _sql, "sqlite": _sql}


def _offered() -> dict[str, list[EntryPoint]]:
    """What installed packages offer, by scheme."""
    offered: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        offered.setdefault(entry.name, []).append(entry)
    return offered


def _opened(entries: list[EntryPoint], url: str) -> Store:
    if len({entry.value for entry in entries}) > 1:
        raise InputError(f"{' and '.join(map(_origin, entries))} both offer {entries[0].name}://; remove one.")
    store = _loaded(entries[0])(url)
    if not isinstance(store, Store):
        raise StoreError(
            f"{_origin(entries[0])} offers {entries[0].name}://, but what it opens is no store: {store!r}."
        )
    return store


def _loaded(entry: EntryPoint) -> Callable[[str], object]:
    try:
        opener: Callable[[str], object] = entry.load()
    except MissingExtraError:
        raise
    except (ImportError, AttributeError) as error:
        raise StoreError(f"{_origin(entry)} offers {entry.name}://, but cannot be loaded: {error}.") from error
    return opener


def _origin(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value
