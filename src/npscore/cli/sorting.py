"""Rows sorted into the segments of a file: what cells of text mean to a rule, and who falls where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from npscore.errors import InputError, InvalidRuleError
from npscore.intake.cells import BLANKS
from npscore.periods import instant
from npscore.scoring.scales import Scale, classify
from npscore.segments import Segmentation
from npscore.segments.columns import wanted_of
from npscore.segments.operands import Kind

if TYPE_CHECKING:
    from npscore.documents import DocumentForm

T = TypeVar("T")
_FORMS: Mapping[str, DocumentForm] = {".toml": "toml", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}
_LONGEST = 10_000_000
_WORKED_OUT = ("category", "rating")
_TRUTHS = {"true": True, "false": False}


@attrs.frozen(kw_only=True)
class Sorting:
    """Into which segments rows are sorted, and when now is."""

    segmentation: Segmentation
    now: datetime
    zone: str

    def in_order(self, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Groups in the order of their segments."""
        places = {name: place for place, name in enumerate(self.segmentation.names)}
        return sorted(groups, key=lambda group: places[group[self.segmentation.name]])

    def notes(self) -> Iterator[str]:
        """What must be known of the segments to read their numbers."""
        if self.segmentation.overlapping:
            yield "the segments overlap: an answer can be in several, so they sum to more than the total."
        if self.segmentation.needs_now:
            yield f"ages in segments count from {self.now.isoformat()}."


def load(path: Path) -> Segmentation:
    """The segmentation in a file, whose name ends with its form.

    Raises:
        InputError: for a file that is not there, or is none of segments.
    """
    from npscore.documents import read_segments  # brings pydantic, and most scores need none

    return read_document(path, "segments", read_segments)


def read_document(path: Path, what: str, read: Callable[[str, DocumentForm], T]) -> T:
    """What a file says, whose name ends with its form.

    Raises:
        InputError: for a file that cannot be read, or of another form.
    """
    form = _FORMS.get(path.suffix.lower())
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file of {what} in it.")
    if form is None:
        raise InputError(f"{path} is a file of {what} if its name ends with {', '.join(_FORMS)}; rename it.")
    try:
        if path.stat().st_size > _LONGEST:
            raise InputError(f"{path} is longer than {_LONGEST:,} bytes, which no file of {what} needs.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8; save it anew in that encoding.") from None
    return read(text, form)


class Sorter:
    """Sorts the rows of one file, whose cells may all be texts.

    What a text means to a rule is what the rule compares it with: a number, a
    time or a truth value where it can be read as one, and nothing where it
    says ``n/a`` or the like; else the text as it is, blanks around it and all.

    Attributes:
        columns: which columns of the file the rules read.
        unread: for each column and kind the first text that is none, and how
            many there are that differ.
    """

    def __init__(self, sorting: Sorting, there: Sequence[str], scale: Scale) -> None:
        segmentation = sorting.segmentation
        segmentation.check([*there, *_WORKED_OUT], now=sorting.now)
        self.columns = tuple(name for name in segmentation.columns if name in there)
        self.unread: dict[tuple[str, Kind], list[Any]] = {}
        self._sorting, self._scale = sorting, scale
        self._read = [lru_cache(4096, typed=True)(self._reader(name, kinds)) for name, kinds in self._kinds()]
        self._segments_of = lru_cache(65536, typed=True)(self._sorted)

    def sort(self, cells: Sequence[Sequence[Any]], ratings: Iterable[int | None]) -> list[tuple[str, ...]]:
        """The segments of each row, given the cells of `columns` and the ratings."""
        rows: Iterable[tuple[Any, ...]] = zip(*cells, strict=True) if cells else ((),) * len(ratings := list(ratings))
        return [self._segments_of(row, rating) for row, rating in zip(rows, ratings, strict=True)]

    def _kinds(self) -> Iterator[tuple[str, frozenset[Kind]]]:
        """Each column with the kinds that rules compare it with."""
        leaves = [leaf for segment in self._sorting.segmentation.segments for leaf in segment.rule.leaves()]
        for name in self.columns:
            wanted = frozenset(kind for leaf in leaves if leaf.column == name for kind, _ in wanted_of(leaf))
            if len(wanted) > 1:
                kinds = " and with ".join(sorted(f"{kind}s" for kind in wanted))
                raise InvalidRuleError(
                    f"the rules compare the column {name!r} with {kinds}; "
                    "a cell of a file is read as one of them, so write all its values alike.",
                    name,
                )
            yield name, wanted

    def _sorted(self, cells: tuple[Any, ...], rating: int | None) -> tuple[str, ...]:
        row = {"category": self._category(rating), "rating": rating}
        row |= {name: read(cell) for name, read, cell in zip(self.columns, self._read, cells, strict=True)}
        return self._sorting.segmentation.of(row, now=self._sorting.now)

    def _category(self, rating: int | None) -> str | None:
        return None if rating is None else classify(rating, self._scale).value

    def _reader(self, name: str, kinds: frozenset[Kind]) -> Callable[[Any], Any]:
        """What reads the cells of a column."""
        wanted = [kind for kind in (Kind.NUMBER, Kind.TIME, Kind.TRUTH) if kind in kinds]

        def read(cell: Any) -> Any:
            if not isinstance(cell, str):
                return cell  # typed files bring values
            text = cell.strip()
            if not text or (wanted and text.lower() in BLANKS):
                return None
            for kind in wanted:
                if (value := _READERS[kind](text, self._sorting.zone)) is not None:
                    return value
            if wanted:
                self.unread.setdefault((name, wanted[0]), [cell, 0])[1] += 1
            return cell

        return read

    def notes(self) -> Iterator[str]:
        """What could not be read as what the rules ask for, a sentence a column."""
        for (name, kind), (text, times) in self.unread.items():
            more = f" (and {times - 1:,} more)" if times > 1 else ""
            yield f"in {name!r}, {text!r}{more} is no {kind}, so no segment that asks for one has these rows."


def _number(text: str, _zone: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and "_" not in text else None


def _time(text: str, zone: str) -> datetime | None:
    try:
        return instant(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        return None


_READERS: Mapping[Kind, Callable[[str, str], Any]] = {
    Kind.NUMBER: _number,
    Kind.TIME: _time,
    Kind.TRUTH: lambda text, _zone: _TRUTHS.get(text.lower()),
}
