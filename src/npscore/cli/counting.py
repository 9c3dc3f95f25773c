"""One pass over files of answers: tallies by group, and what was noticed on the way.

Memory grows with the groups and with the rows that had to be reported, never
with the rows that were read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs

from npscore import intake
from npscore.adapters.files import AnswerFile
from npscore.errors import AmbiguousDateError, InputError
from npscore.periods import Grid, first_day, local_day
from npscore.report import Report, Rows
from npscore.scoring.conventions import Convention
from npscore.scoring.groups import Key, check_keys, group_rows, tally_groups
from npscore.scoring.scales import STANDARD, Scale, as_whole, is_missing, likely_scale, scale_hint
from npscore.scoring.tallies import Tally

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


@attrs.frozen(kw_only=True)
class Columns:
    """Which columns are read, and in which order their cells come."""

    rating: str
    by: tuple[str, ...]
    at: tuple[str, ...]
    wheres: tuple[str, ...]
    watched: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """All of them, in the order of the cells."""
        return [self.rating, *self.by, *self.at, *self.wheres, *self.watched]

    def split(self, cells: Sequence[Any]) -> tuple[Any, Sequence[Any], Sequence[Any], Sequence[Any], Sequence[Any]]:
        """The cells of a row as rating, keys, time, cells to compare, cells to watch."""
        by = 1 + len(self.by)
        at = by + len(self.at)
        wheres = at + len(self.wheres)
        return cells[0], cells[1:by], cells[by:at], cells[at:wheres], cells[wheres:]


@attrs.define
class Noticed:
    """What one pass noticed: rows that could not be read, and what is odd about the others."""

    read: int = 0
    left_out: int = 0
    reported: list[dict[str, Any]] = attrs.Factory(list)
    invalid: list[dict[str, Any]] = attrs.Factory(list)
    ratings: Counter[int] = attrs.Factory(Counter)
    marks: Counter[tuple[str, str]] = attrs.Factory(Counter)
    notes: list[str] = attrs.Factory(list)
    ids: set[int] = attrs.Factory(set)
    repeated: int = 0

    def rating(self, rating: object, scale: Scale, file: AnswerFile, line: int) -> None:
        """Keep how often each rating came, and the first invalid ones."""
        whole = as_whole(rating)
        if whole is not None and scale.low <= whole <= scale.high:
            self.ratings[whole] += 1
        elif len(self.invalid) < _EXAMPLES and not is_missing(rating):
            shown = rating if isinstance(rating, str | int) else str(rating)
            self.invalid.append({"file": file.path.name, "line": line, "rating": shown})

    def id(self, text: object) -> None:
        """Count ids that came before, among the first million."""
        if text and len(self.ids) < _WATCHED_IDS:
            self.repeated += hash(text) in self.ids
            self.ids.add(hash(text))


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
            raise InputError(f"no column looks like the {flag}; name it with --{flag}: {', '.join(map(repr, first))}.")
        guesses.append(f"the column {guessed!r} was taken for --{flag}.")
        return guessed

    check_keys(choices.by, choices.every)
    if choices.at is not None and choices.every is None:
        raise InputError("--at names the time by which --every groups; give --every too, or leave --at out.")
    rating = settle("rating", choices.rating, intake.guess_rating)
    at = (settle("at", choices.at, intake.guess_time),) if choices.every else ()
    wheres = tuple(column for column, _ in choices.wheres)
    settled = [
        Columns(rating=rating, by=choices.by, at=at, wheres=wheres, watched=_watched(file)) for file in files
    ]  # fmt: skip
    for file, columns in zip(files, settled, strict=True):
        file.check(columns.names)
    return settled, guesses


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
    scale = choices.convention.scale_for()
    answers = (
        answer
        for file, columns in zip(files, settled, strict=True)
        for answer in _Pass(file, columns, choices, noticed).answers(progress)
    )
    return _report(tally_groups(answers, scale), choices, noticed)


def _said(choices: Choices) -> Iterator[str]:
    """The flags that change what the numbers mean, so that two reports can be told apart."""
    for column, value in choices.wheres:
        yield f"only rows whose {column!r} is {value!r} were counted."
    if choices.words:
        yield f"words were read as {', '.join(f'{word} = {number}' for word, number in choices.words.items())}."


@attrs.define
class _Pass:
    """The pass over one file."""

    file: AnswerFile
    columns: Columns
    choices: Choices
    noticed: Noticed
    order: intake.DateOrder | None = attrs.field(init=False)
    asked: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.order = self.choices.order
        self.asked = self.order is not None

    def answers(self, progress: Callable[[int], None]) -> Iterator[tuple[Key, object]]:
        """The (key, rating) pairs of the rows that could be read; the others are noticed."""
        wanted = [value for _, value in self.choices.wheres]
        words, scale = self.choices.words, self.choices.convention.scale_for()
        read_rating = lru_cache(maxsize=4096)(lambda cell: intake.read_rating(cell, words))
        read_period = lru_cache(maxsize=65536)(self._period)
        for line, cells, fault in self.file.rows(self.columns.names, progress):
            self.noticed.read += 1
            if fault is not None:
                self._report(line, fault)
                continue
            cell, by, at, wheres, watched = self.columns.split(cells)
            if wanted and wanted != [_text(cell) for cell in wheres]:
                self.noticed.left_out += 1
                continue
            try:
                period = [read_period(time) for time in at]
            except _UnreadableError as error:
                self._report(line, str(error))
                continue
            rating = read_rating(cell) if type(cell) is str else cell
            self._watch(line, rating, scale, watched)
            yield (*(_text(part) or None for part in by), *period), rating

    def _report(self, line: int, reason: str) -> None:
        self.noticed.reported.append({"file": self.file.path.name, "line": line, "reason": reason})

    def _watch(self, line: int, rating: object, scale: Scale, watched: Sequence[Any]) -> None:
        self.noticed.rating(rating, scale, self.file, line)
        for name, cell in zip(self.columns.watched, watched, strict=True):
            if name not in _QUALTRICS_MARKS:
                self.noticed.id(cell)
            elif cell in _QUALTRICS_MARKS[name]:
                self.noticed.marks[name, cell] += 1

    def _period(self, cell: Any) -> Any:
        if not self.asked and intake.is_numeric_date(cell):
            self.asked, self.order = True, self._proven_order()
        try:
            return self._first_day(cell)
        except AmbiguousDateError:
            raise InputError(
                f"every date in {self.columns.at[0]!r} of {self.file.path.name} can begin with the day or with the "
                f"month, as does {cell!r}; say which with --day-first or --month-first."
            ) from None
        except (InputError, OverflowError) as error:
            raise _UnreadableError(str(error).rstrip(".")) from None

    def _first_day(self, cell: Any) -> Any:
        time = intake.read_time(cell, self.order)
        if time is None or self.choices.every is None:
            return None
        day = local_day(time, self.choices.convention.zone) if isinstance(time, datetime) else time
        return first_day(day, self.choices.every)

    def _proven_order(self) -> intake.DateOrder | None:
        """The order of day and month that some date of the column proves, if any does; conflicts are refused."""
        (at,) = self.columns.at
        order = intake.date_order(cells[0] for _, cells, fault in self.file.rows([at]) if fault is None)
        if order is not None:
            self.noticed.notes.append(f"{at!r} of {self.file.path.name} was read {order}: some dates fit only that.")
        return order


class _UnreadableError(Exception):
    """A cell of time that cannot be read; the row is reported with this reason."""


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell).strip()


def _report(tallies: dict[Key, Tally], choices: Choices, noticed: Noticed) -> Report:
    convention = choices.convention
    total = sum(tallies.values(), Tally(scale=convention.scale_for()))
    keys = [*choices.by, *(["period"] if choices.every else [])]
    rows = Rows(
        read=noticed.read,
        scored=total.n,
        unanswered=total.unanswered,
        invalid=total.invalid,
        left_out=noticed.left_out,
        reported=len(noticed.reported),
    )
    return Report(
        keys=keys,
        every=choices.every,
        groups=group_rows(tallies, keys, convention),
        total=group_rows({(): total}, [], convention)[0],
        convention=convention,
        rows=rows,
        reported=noticed.reported,
        invalid=noticed.invalid,
        notes=[*noticed.notes, *_oddities(total, tallies, noticed)],
    )


def _oddities(total: Tally, tallies: dict[Key, Tally], noticed: Noticed) -> Iterator[str]:
    if total.n == 0 and noticed.invalid:
        yield (
            f"nothing could be scored: no rating is a number on the scale {total.scale}, the first is "
            f"{noticed.invalid[0]['rating']!r}. If they are words, say what they mean with --words 'WORD=NUMBER,...'."
        )
    elif total.n == 0:
        yield "nothing could be scored: no row that was counted has an answer."
    if total.scale == STANDARD and (likely := _likely(noticed.ratings)):
        yield scale_hint(likely, total.n)
    if noticed.repeated:
        among = f" (the first {_WATCHED_IDS:,} ids were watched)" if len(noticed.ids) == _WATCHED_IDS else ""
        yield f"{noticed.repeated:,} rows repeat an id that came before; each was counted{among}."
    for (column, value), times in noticed.marks.items():
        yield f"{times:,} rows whose {column} is {value!r} were counted too; --where {column}=... keeps one value."
    for one, other in _alike(tallies):
        yield f"the groups {one!r} and {other!r} differ in case only and were counted apart."


def _likely(ratings: Counter[int]) -> str | None:
    valid = {rating: times for rating, times in ratings.items() if 0 <= rating <= 10}
    return likely_scale(
        n=sum(valid.values()),
        zeros=ratings[0],
        ones=ratings[1],
        up_to_five=sum(times for rating, times in valid.items() if rating <= 5),
    )


def _alike(tallies: dict[Key, Tally]) -> Iterator[tuple[str, str]]:
    for parts in zip(*tallies, strict=True):
        first: dict[str, str] = {}
        for text in sorted({part for part in parts if isinstance(part, str)}):
            if first.setdefault(text.casefold(), text) != text:
                yield first[text.casefold()], text
