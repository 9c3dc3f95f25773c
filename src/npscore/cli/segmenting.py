"""What ``npscore segments check`` tells of a file of segments: each rule in words, and who falls where."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import attrs

from npscore import intake
from npscore.adapters.files import AnswerFile
from npscore.cli.sorting import Sorter, Sorting
from npscore.cli.wording import number
from npscore.plugins import open_store
from npscore.scoring.scales import Scale, as_whole
from npscore.segments import Missing, Segmentation
from npscore.segments.rows import answer_rows, customer_rows
from npscore.service import known_records


@attrs.frozen(kw_only=True)
class Fallen:
    """Who falls where.

    Attributes:
        what: ``"answers"``, ``"customers"`` or ``"rows"``.
        of: how many, by the name of a segment.
        total: how many in all.
        several: how many are in more than one.
        notes: what is odd about them.
    """

    what: str
    of: Mapping[str, int]
    total: int
    several: int
    notes: tuple[str, ...] = ()


def in_store(url: str, sorting: Sorting) -> list[Fallen]:
    """The answers that count, and the customers, of a store.

    Raises:
        InvalidRuleError: for a column that no row has.
    """
    asked = sorting.segmentation.columns
    with closing(open_store(url)) as store:
        records = list(known_records(store))
    rows = {
        "answers": answer_rows(records, asked=asked),
        "customers": customer_rows(records, now=sorting.now, asked=asked),
    }
    names = {what: (sorting.segmentation.of(row, now=sorting.now) for row in made) for what, made in rows.items()}
    return [_fallen(what, found, sorting) for what, found in names.items()]


@attrs.frozen
class Ratings:
    """Where the ratings of a file stand, and how they are read; None is guessed."""

    column: str | None
    scale: Scale
    words: dict[str, int] | None

    def read(self, cell: Any) -> int | None:
        """The rating in a cell, None where it is none on the scale."""
        whole = as_whole(intake.read_rating(cell, self.words))
        return whole if whole is not None and self.scale.low <= whole <= self.scale.high else None


def in_files(files: Sequence[AnswerFile], ratings: Ratings, sorting: Sorting) -> list[Fallen]:
    """The rows of files.

    Raises:
        InputError: for a column that a file does not have.
    """
    notes: list[str] = []
    return [_fallen("rows", _of_files(files, ratings, sorting, notes), sorting, notes)]


def _of_files(
    files: Sequence[AnswerFile], ratings: Ratings, sorting: Sorting, notes: list[str]
) -> Iterator[tuple[str, ...]]:
    for file in files:
        sorter = Sorter(sorting, file.columns, ratings.scale)
        column = ratings.column or intake.guess_rating(file.columns)
        names = [*([] if column is None else [column]), *sorter.columns]
        read = names or [file.columns[0]]
        for _, cells, fault in file.rows(read):
            if fault is None:
                asked = cells[len(names) - len(sorter.columns) :] if names else ()
                given = None if column is None else ratings.read(cells[0])
                yield from sorter.sort([[cell] for cell in asked], [given])
        notes += sorter.notes()


def _fallen(what: str, found: Iterator[tuple[str, ...]], sorting: Sorting, notes: Sequence[str] = ()) -> Fallen:
    counts: Counter[str] = Counter()
    total = several = 0
    for names in found:
        counts.update(names)
        total += 1
        several += len(names) > 1
    of = {name: counts[name] for name in sorting.segmentation.names}
    return Fallen(what=what, of=of, total=total, several=several, notes=tuple(notes))


def told(sorting: Sorting, fallen: Sequence[Fallen], form: str) -> str:
    """The account of a file of segments, as text or as JSON."""
    return _as_json(sorting.segmentation, fallen) if form == "json" else "\n".join(_lines(sorting, fallen))


def _as_json(segmentation: Segmentation, fallen: Sequence[Fallen]) -> str:
    rules = {segment.name: segment.rule for segment in segmentation.segments}
    segments = [
        {
            "name": name,
            "rule": str(rules[name]) if name in rules else None,
            "columns": list(rules[name].columns) if name in rules else [],
            **{one.what: one.of[name] for one in fallen},
        }
        for name in segmentation.names
    ]
    totals = {one.what: {"total": one.total, "in several": one.several} for one in fallen}
    head = {"name": segmentation.name, "overlapping": segmentation.overlapping, "rest": segmentation.rest}
    return json.dumps({**head, "segments": segments, "totals": totals}, indent=2, ensure_ascii=False)


def _lines(sorting: Sorting, fallen: Sequence[Fallen]) -> Iterator[str]:
    segmentation = sorting.segmentation
    ways = "a row is in all that match" if segmentation.overlapping else "the first that matches has a row"
    head = f"{segmentation.name!r}: {number(len(segmentation.segments), 'segment')}"
    yield f"{head}; {ways}, {segmentation.rest!r} the rest."
    for place, segment in enumerate(segmentation.segments, start=1):
        yield f"\n{place}. {segment.name}\n   {segment.rule}"
        yield from (f"   {line}" for line in _remarks(sorting, place - 1))
        yield from _counted(segment.name, fallen)
    yield f"\n{segmentation.rest}\n   whatever is in none of them"
    yield from _counted(segmentation.rest, fallen)
    yield from _totals(sorting, fallen)


def _remarks(sorting: Sorting, place: int) -> Iterator[str]:
    """What is easily overlooked in a rule."""
    segmentation = sorting.segmentation
    rule = segmentation.segments[place].rule
    asks = any(isinstance(leaf, Missing) for leaf in rule.leaves())
    if rule.columns and not asks and rule.matches(dict.fromkeys(rule.columns), now=sorting.now):
        yield f"also where {' and '.join(rule.columns)} {'is' if len(rule.columns) == 1 else 'are'} missing"
    if not rule.columns:
        yield "reads no column: it has every row or none"
    earlier = [one.name for one in segmentation.segments[:place] if one.rule == rule]
    if earlier:
        yield f"the same rule as {earlier[0]!r}" + ("" if segmentation.overlapping else ", which comes first")


def _counted(name: str, fallen: Sequence[Fallen]) -> Iterator[str]:
    if fallen:
        yield "   " + ", ".join(f"{one.of[name]:,} of {one.total:,} {one.what}" for one in fallen)


def _totals(sorting: Sorting, fallen: Sequence[Fallen]) -> Iterator[str]:
    if not fallen:
        yield "\nGive a store with --store, or files of answers, to count who falls where."
        return
    yield ""
    for one in fallen:
        summed = " + ".join(f"{count:,}" for count in one.of.values())
        in_several = f", {one.several:,} of them in several" if sorting.segmentation.overlapping else ""
        yield f"{one.total:,} {one.what}{in_several}: {summed}."
        yield from (f"Note: {note}" for note in one.notes)
    yield from (f"Note: {note}" for note in sorting.notes())
