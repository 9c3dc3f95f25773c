"""One pass over files of answers: tallies by group, and what was noticed on the way.

Memory grows with the groups and with the rows that had to be reported, never
with the rows that were read. Rows come in blocks and are counted by column, and
what a text means is looked up once: texts repeat, and the caches are bounded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import islice, repeat
from typing import Any

import attrs

from npscore import intake
from npscore.adapters.files import AnswerFile, Block
from npscore.cli.sorting import Sorter, Sorting
from npscore.errors import AmbiguousDateError, InputError
from npscore.periods import Grid, first_day, local_day, local_days
from npscore.report import Report, Rows
from npscore.scoring.conventions import Convention
from npscore.scoring.groups import Key, check_keys, group_rows
from npscore.scoring.scales import STANDARD, Scale, as_whole, likely_scale, scale_hint
from npscore.scoring.tallies import Tally, slot_of

_Cells = Sequence[Any]
_Counts = dict[Key, list[int]]  # by slot, as `slot_of` numbers them
_Reading = tuple[int, int | None]  # the slot, and the rating where it is valid
_CATEGORIES, _INVALID = (0, 1, 2), 4
_BLANK = ("", None)
_EXAMPLES = 20
_WATCHED_IDS = 1_000_000
_QUALTRICS_MARKS = {"Status": ("Survey Preview", "Survey Test"), "Finished": ("FALSE", "False", "0")}


@attrs.frozen(kw_only=True)
class Choices:
    """What the flags ask for; None means that it is to be guessed or is not wanted."""

    rating: str | None
    by: tuple[str, ...]
    every: Grid | None
    at: str | None
    wheres: tuple[tuple[str, str], ...]
    words: dict[str, int] | None
    order: intake.DateOrder | None
    convention: Convention
    sorting: Sorting | None = None

    @property
    def keys(self) -> list[str]:
        """The names of the parts of a key, the segments first and the period last."""
        segment = [] if self.sorting is None else [self.sorting.segmentation.name]
        return [*segment, *self.by, *(["period"] if self.every else [])]

    @property
    def overlapping(self) -> bool:
        """Whether a row can be in several groups."""
        return self.sorting is not None and self.sorting.segmentation.overlapping

    def in_order(self, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Groups in the order of the segments, where there are any."""
        return groups if self.sorting is None else self.sorting.in_order(groups)


@attrs.frozen(kw_only=True)
class Columns:
    """Which columns are read, and in which order they come."""

    rating: str
    by: tuple[str, ...]
    at: tuple[str, ...]
    wheres: tuple[str, ...]
    watched: tuple[str, ...]
    asked: tuple[str, ...] = ()  # by the rules of segments

    @property
    def names(self) -> list[str]:
        """All of them, in the order in which they are read."""
        return [self.rating, *self.by, *self.at, *self.wheres, *self.watched, *self.asked]

    def split(self, cells: Sequence[_Cells]) -> Parts:
        """What was read, cut into its parts."""
        keys = 1 + len(self.by) + len(self.at)
        wheres = keys + len(self.wheres)
        watched = wheres + len(self.watched)
        return Parts(cells[0], cells[1:keys], cells[keys:wheres], cells[wheres:watched], cells[watched:])


@attrs.frozen
class Parts:
    """The cells of some rows, column by column: the ratings, and what they are there for."""

    ratings: _Cells
    keys: Sequence[_Cells]
    wheres: Sequence[_Cells]
    watched: Sequence[_Cells]
    asked: Sequence[_Cells]


@attrs.define
class Noticed:
    """What one pass noticed: rows that could not be read, and what is odd about the others."""

    read: int = 0
    left_out: int = 0
    reported: list[dict[str, Any]] = attrs.Factory(list)
    invalid: list[dict[str, Any]] = attrs.Factory(list)
    readings: Counter[_Reading] = attrs.Factory(Counter)
    marks: Counter[tuple[str, str]] = attrs.Factory(Counter)
    notes: list[str] = attrs.Factory(list)
    ids: set[int] = attrs.Factory(set)
    repeated: int = 0

    def watch(self, column: str, cells: _Cells) -> None:
        """Count the marks of rows that are no answers, or the ids that came before."""
        if column in _QUALTRICS_MARKS:
            came = Counter(cells)
            self.marks.update({(column, mark): came[mark] for mark in _QUALTRICS_MARKS[column] if mark in came})
        elif len(self.ids) < _WATCHED_IDS:
            for text in filter(None, cells):
                self._id(hash(text))

    def _id(self, text: int) -> None:
        if len(self.ids) < _WATCHED_IDS:
            self.repeated += text in self.ids
            self.ids.add(text)


def settle_columns(files: Sequence[AnswerFile], choices: Choices) -> tuple[list[Columns], list[str]]:
    """The columns to read from each file, and a sentence for each that was guessed.

    Raises:
        InputError: when a column is not there, or none looks like what is needed.
    """
    first, guesses = files[0].columns, []

    def settle(flag: str, given: str | None, guess: Callable[[Sequence[str]], str | None]) -> str:
        if given is not None:
            return given.strip()
        if (guessed := guess(first)) is None:
            hint = files[0].doubt or f"name it with --{flag}: {', '.join(map(repr, first))}."
            raise InputError(f"no column of {files[0].path.name} looks like the {flag}; {hint}")
        guesses.append(f"the column {guessed!r} was taken for --{flag}.")
        return guessed

    check_keys([name for name in choices.keys if name != "period"], choices.every)
    if choices.at is not None and choices.every is None:
        raise InputError("--at names the time by which --every groups; give --every too, or leave --at out.")
    rating = settle("rating", choices.rating, intake.guess_rating)
    at = (settle("at", choices.at, intake.guess_time),) if choices.every else ()
    wheres = tuple(column for column, _ in choices.wheres)
    settled = [
        Columns(rating=rating, by=choices.by, at=at, wheres=wheres, watched=_watched(file), asked=_asked(file, choices))
        for file in files
    ]
    for file, columns in zip(files, settled, strict=True):
        file.check(columns.names)
    return settled, guesses


def _asked(file: AnswerFile, choices: Choices) -> tuple[str, ...]:
    """The columns that segments read.

    Raises:
        InvalidRuleError: for one that is not there.
    """
    if choices.sorting is None:
        return ()
    return Sorter(choices.sorting, file.columns, choices.convention.scale_for()).columns


def _watched(file: AnswerFile) -> tuple[str, ...]:
    """The id, to notice repeats, and in a Qualtrics export the columns that mark previews and unfinished answers."""
    marks = [name for name in _QUALTRICS_MARKS if file.header_rows == 3]
    names = [intake.guess_id(file.columns), *marks]
    return tuple(name for name in names if name and file.columns.count(name) == 1)


def count(files: Sequence[AnswerFile], choices: Choices, progress: Callable[[int], None] = lambda size: None) -> Report:
    """Read every row once and report.

    Raises:
        InputError: for dates that can be read in two ways.
    """
    settled, guesses = settle_columns(files, choices)
    noticed = Noticed(notes=[*(note for file in files for note in file.notes), *guesses, *_said(choices)])
    counts: _Counts = defaultdict(lambda: [0] * 5)
    for file, columns in zip(files, settled, strict=True):
        _Pass(file, columns, choices, noticed).count(counts, progress)
    scale = choices.convention.scale_for()
    return _report({key: Tally(*slots, scale=scale) for key, slots in counts.items()}, choices, noticed)


def _said(choices: Choices) -> Iterator[str]:
    """The flags that change what the numbers mean, so that two reports can be told apart."""
    if choices.sorting is not None:
        yield from choices.sorting.notes()
    for column, value in choices.wheres:
        yield f"only rows whose {column!r} is {value!r} were counted."
    if choices.words:
        yield f"words were read as {', '.join(f'{word} = {number}' for word, number in choices.words.items())}."


@attrs.frozen
class _Unreadable:
    """Stands for a period whose time cannot be read, with the reason."""

    reason: str


@attrs.define(slots=False)
class _Pass:
    """The pass over one file."""

    file: AnswerFile
    columns: Columns
    choices: Choices
    noticed: Noticed

    def __attrs_post_init__(self) -> None:
        self.order = self.choices.order
        self.asked = self.order is not None
        self.scale = self.choices.convention.scale_for()
        sorting = self.choices.sorting
        self.sorter = None if sorting is None else Sorter(sorting, self.file.columns, self.scale)
        self.reading = lru_cache(4096, typed=True)(self._reading)  # 1, 1.0 and True are equal, and not the same
        self.part = lru_cache(4096, typed=True)(lambda cell: _text(cell) or None)
        self.period = lru_cache(4096, typed=True)(self._period)
        self.first_day = lru_cache(4096)(first_day)

    def count(self, counts: _Counts, progress: Callable[[int], None]) -> None:
        """Count the rows that can be read under their keys; the others are noticed."""
        for block in self.file.blocks(self.columns.names, progress):
            self.noticed.read += len(block.lines) + len(block.faults)
            self._count(self._dated(self._wanted(block)), counts)
        self.noticed.notes += () if self.sorter is None else self.sorter.notes()

    def _wanted(self, block: Block) -> Block:
        """The block without the rows that --where leaves out."""
        if not self.choices.wheres:
            return block
        wanted = tuple(value for _, value in self.choices.wheres)
        compared = (map(_text, cells) for cells in self.columns.split(block.cells).wheres)
        kept = block.keep([row == wanted for row in zip(*compared, strict=True)])
        self.noticed.left_out += len(block.lines) - len(kept.lines)
        return kept

    def _dated(self, block: Block) -> Block:
        """The block with periods in place of times; a row whose time cannot be read has a fault."""
        if not self.columns.at:
            return block
        place = 1 + len(self.columns.by)
        periods = self._periods(block.cells[place])
        dated = Block(block.lines, [*block.cells[:place], periods, *block.cells[place + 1 :]], block.faults)
        if _Unreadable not in set(map(type, periods)):
            return dated
        faults = [
            (line, period.reason)
            for line, period in zip(block.lines, periods, strict=True)
            if isinstance(period, _Unreadable)
        ]
        readable = dated.keep([not isinstance(period, _Unreadable) for period in periods])
        return attrs.evolve(readable, faults=sorted([*block.faults, *faults]))

    def _count(self, block: Block, counts: _Counts) -> None:
        given = self.columns.split(block.cells)
        readings = [self.reading(cell) for cell in given.ratings]
        if self.sorter is None:
            for key, (slot, _) in zip(self._keys(given), readings, strict=False):
                counts[key][slot] += 1
        else:
            names = self.sorter.sort(given.asked, [rating for _, rating in readings])
            for key, (slot, _), segments in zip(self._keys(given), readings, names, strict=False):
                for segment in segments:
                    counts[segment, *key][slot] += 1
        self.noticed.readings.update(readings)
        self._report(block, readings)
        for column, cells in zip(self.columns.watched, given.watched, strict=True):
            self.noticed.watch(column, cells)

    def _keys(self, given: Parts) -> Iterable[Key]:
        """The key of each row, a period being a key as it is."""
        by = len(self.columns.by)
        parts = [*(map(self.part, cells) for cells in given.keys[:by]), *given.keys[by:]]
        return zip(*parts, strict=True) if parts else repeat(())

    def _report(self, block: Block, readings: Sequence[_Reading]) -> None:
        """Keep every row that has a fault, and the first invalid ratings."""
        name, invalid = self.file.path.name, self.noticed.invalid
        self.noticed.reported += ({"file": name, "line": line, "reason": fault} for line, fault in block.faults)
        if len(invalid) < _EXAMPLES and (_INVALID, None) in readings:
            odd = (place for place, (slot, _) in enumerate(readings) if slot == _INVALID)
            for place in islice(odd, _EXAMPLES - len(invalid)):
                rating = intake.read_rating(block.cells[0][place], self.choices.words)
                shown = rating if isinstance(rating, str | int) else str(rating)
                invalid.append({"file": name, "line": block.lines[place], "rating": shown})

    def _reading(self, cell: Any) -> _Reading:
        rating = intake.read_rating(cell, self.choices.words)
        slot = slot_of(rating, self.scale)
        return slot, as_whole(rating) if slot in _CATEGORIES else None

    def _periods(self, cells: _Cells) -> list[date | _Unreadable | None]:
        """The period of each time: in one go where all are usual ISO 8601 or blank, as in most files."""
        zone, every = self.choices.convention.zone, self.choices.every
        times = intake.read_iso([cell for cell in cells if cell not in _BLANK])
        if times is None or every is None:
            return [self.period(cell) for cell in cells]
        try:
            days = iter(local_days(times, zone))
            return [None if cell in _BLANK else self.first_day(next(days), every) for cell in cells]
        except OverflowError:  # of one of them
            return [self.period(cell) for cell in cells]

    def _period(self, cell: Any) -> date | _Unreadable | None:
        if not self.asked and intake.is_numeric_date(cell):
            self.asked, self.order = True, self._proven_order()
        try:
            return self._first_day(intake.read_time(cell, self.order))
        except AmbiguousDateError as error:
            raise InputError(
                f"every date in {self.columns.at[0]!r} of {self.file.path.name} can begin with the day or with the "
                f"month, as does {cell!r}{error.readings}; say which with --day-first or --month-first."
            ) from None
        except (InputError, OverflowError) as error:
            return _Unreadable(str(error).rstrip("."))

    def _first_day(self, time: datetime | date | None) -> date | None:
        if time is None or self.choices.every is None:
            return None
        day = local_day(time, self.choices.convention.zone) if isinstance(time, datetime) else time
        return self.first_day(day, self.choices.every)

    def _proven_order(self) -> intake.DateOrder | None:
        """The order of day and month that some date of the column proves, if any does; conflicts are refused."""
        (at,) = self.columns.at
        order = intake.date_order(cells[0] for _, cells, fault in self.file.rows([at]) if fault is None)
        if order is not None:
            self.noticed.notes.append(f"{at!r} of {self.file.path.name} was read {order}: some dates fit only that.")
        return order


def _text(cell: Any) -> str:
    if cell is None or cell != cell:  # NaN
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell).strip()


def _report(tallies: dict[Key, Tally], choices: Choices, noticed: Noticed) -> Report:
    convention = choices.convention
    total = _total(noticed, convention.scale_for())
    rows = Rows(
        read=noticed.read,
        scored=total.n,
        unanswered=total.unanswered,
        invalid=total.invalid,
        left_out=noticed.left_out,
        reported=len(noticed.reported),
    )
    return Report(
        keys=choices.keys,
        every=choices.every,
        groups=choices.in_order(group_rows(tallies, choices.keys, convention)),
        total=group_rows({(): total}, [], convention)[0],
        convention=convention,
        rows=rows,
        reported=noticed.reported,
        invalid=noticed.invalid,
        notes=[*noticed.notes, *_oddities(total, tallies, noticed)],
    )


def _total(noticed: Noticed, scale: Scale) -> Tally:
    """All rows that were counted, each once, in however many segments it is."""
    slots = [0] * 5
    for (slot, _), times in noticed.readings.items():
        slots[slot] += times
    return Tally(*slots, scale=scale)


def _oddities(total: Tally, tallies: dict[Key, Tally], noticed: Noticed) -> Iterator[str]:
    if total.n == 0 and noticed.invalid:
        yield (
            f"nothing could be scored: no rating is a number on the scale {total.scale}, the first is "
            f"{noticed.invalid[0]['rating']!r}. If they are words, say what they mean with --words 'WORD=NUMBER,...'."
        )
    elif total.n == 0:
        yield "nothing could be scored: no row that was counted has an answer."
    if total.scale == STANDARD and (likely := _likely(noticed.readings)):
        yield scale_hint(likely, total.n)
    if noticed.repeated:
        among = f" (the first {_WATCHED_IDS:,} ids were watched)" if len(noticed.ids) == _WATCHED_IDS else ""
        yield f"{noticed.repeated:,} rows repeat an id that came before; each was counted{among}."
    for (column, value), times in noticed.marks.items():
        yield f"{times:,} rows whose {column} is {value!r} were counted too; --where {column}=... keeps one value."
    for one, other in _alike(tallies):
        yield f"the groups {one!r} and {other!r} differ in case only and were counted apart."


def _likely(readings: Counter[_Reading]) -> str | None:
    valid = {rating: times for (_, rating), times in readings.items() if rating is not None}
    return likely_scale(
        n=sum(valid.values()),
        zeros=valid.get(0, 0),
        ones=valid.get(1, 0),
        up_to_five=sum(times for rating, times in valid.items() if rating <= 5),
    )


def _alike(tallies: dict[Key, Tally]) -> Iterator[tuple[str, str]]:
    for parts in zip(*tallies, strict=True):
        first: dict[str, str] = {}
        for text in sorted({part for part in parts if isinstance(part, str)}):
            if first.setdefault(text.casefold(), text) != text:
                yield first[text.casefold()], text
