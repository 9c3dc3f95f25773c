"""Numbers in the sentences that commands tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def number(count: int, noun: str) -> str:
    """How many of something, as in "1 case" and "1,200 cases"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(counts: Iterable[tuple[str, int]]) -> str:
    """Counts that are not 0, in the order in which they come, as in "3 open, 1 closed"."""
    return ", ".join(f"{count:,} {name}" for name, count in counts if count)


def by_name(counts: Mapping[str, int]) -> str:
    """Counts that are not 0, in the order of their names."""
    return listed(sorted(counts.items()))


__all__ = ["by_name", "listed", "number"]
