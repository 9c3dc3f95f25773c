"""Tallies by group in plain Python, and the rows that every report shows.

`tally_groups` is what dataframe engines are checked against; its memory grows
with the groups, not with the rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from npscore.errors import InputError
from npscore.scoring.conventions import DEFAULT, Convention
from npscore.scoring.scales import STANDARD, Scale
from npscore.scoring.scores import score
from npscore.scoring.tallies import Tally, slot_of

Key = tuple[Hashable, ...]

COUNTS = ("n", "detractors", "passives", "promoters", "unanswered", "invalid")
RESULTS = (*COUNTS, "nps", "lower", "upper")
"""The columns of a breakdown behind its keys."""


def check_keys(keys: Sequence[str], every: str | None, counts: Sequence[str] = COUNTS) -> None:
    """Refuse keys that would hide a column of the result, or stand there twice.

    Raises:
        InputError: naming the key.
    """
    taken = {*RESULTS, *counts, *(["period"] if every else [])}
    for key in keys:
        if key in taken:
            raise InputError(f"the key {key!r} has the name of a result column; rename it first.")
    if len(set(keys)) < len(keys):
        raise InputError(f"a key is named twice: {', '.join(keys)}.")


def tally_groups(answers: Iterable[tuple[Key, object]], scale: Scale = STANDARD) -> dict[Key, Tally]:
    """Count (key, rating) pairs into one `Tally` a key.

    Args:
        answers: pairs of a group's key and a rating; what is not on the scale
            is counted as invalid, what is missing as unanswered.
        scale: the scale on which the ratings were given.

    Example:
        >>> tally_groups([(("Europe",), 9), (("Europe",), None), (("Asia",), 3)])[("Europe",)]
        Tally(detractors=0, passives=0, promoters=1, unanswered=1, invalid=0, scale='0-10')
    """
    counts: dict[Key, list[int]] = {}
    for key, rating in answers:
        if key not in counts:
            counts[key] = [0, 0, 0, 0, 0]
        counts[key][slot_of(rating, scale)] += 1
    return {key: Tally(*count, scale=scale) for key, count in counts.items()}


def group_rows(
    tallies: Mapping[Key, Tally], names: Sequence[str], convention: Convention = DEFAULT
) -> list[dict[str, Any]]:
    """One mapping a group with the columns of a breakdown, sorted by key, missing keys last.

    Args:
        tallies: a tally for each key.
        names: the names of the parts of a key.
        convention: the declared choices.

    Returns:
        Rows with the keys, the counts, and ``nps``, ``lower`` and ``upper`` in
        points, which are None where nobody answered.
    """
    ordered = sorted(tallies, key=lambda key: [(part is None, "" if part is None else part) for part in key])
    return [{**dict(zip(names, key, strict=True)), **_row(tallies[key], convention)} for key in ordered]


def _row(tally: Tally, convention: Convention) -> dict[str, Any]:
    row: dict[str, Any] = {"n": tally.n, **tally.to_dict(), "nps": None, "lower": None, "upper": None}
    del row["scale"]
    if tally.n:
        scored = score(tally, convention=convention)
        row |= {"nps": scored.value, "lower": scored.interval.lower, "upper": scored.interval.upper}
    return row
