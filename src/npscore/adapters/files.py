"""Files of answers, streamed: CSV, TSV, JSON lines, JSON and Parquet.

A file is looked at once (kind, encoding, separator, header) and then read in
blocks of some thousand rows with line numbers. A row that cannot be read comes
out with its fault instead of its cells; it is never dropped.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, compress, islice, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, TextIO

import attrs

from npscore.adapters import encodings, headers
from npscore.adapters.json_texts import loaded, parsed
from npscore.errors import InputError, MissingExtraError
from npscore.intake.rows import Row as SourceRow
from npscore.intake.rows import is_total

Kind = Literal["csv", "json lines", "json", "parquet"]
Row = tuple[int, Sequence[Any], str | None]
Progress = Callable[[int], None]

_OVER_LINES = re.compile(r"\{[^\r\n]*(?<=[\[{,])[ \t]*[\r\n]")
_JSON = re.compile(r"\{|\[\s*[\[{\]]")
_CELL_LIMIT = 1 << 24
_BLOCK = 1024  # rows: few enough to stay in the cache of the processor


@attrs.frozen
class Block:
    """Some rows that follow each other, column by column.

    Attributes:
        lines: the line or the number of each row that could be read.
        cells: for each column that was asked for, its cells in those rows.
        faults: line and reason of each row that could not be read.
    """

    lines: Sequence[int]
    cells: Sequence[Sequence[Any]]
    faults: Sequence[tuple[int, str]] = ()

    def keep(self, wanted: Sequence[bool]) -> Block:
        """The block without the rows that are not wanted."""
        lines, *cells = (list(compress(column, wanted)) for column in (self.lines, *self.cells))
        return Block(lines, cells, self.faults)

    def rows(self) -> list[Row]:
        """The same row by row, as (line, cells, fault)."""
        read = zip(self.lines, zip(*self.cells, strict=True), repeat(None))
        return sorted([*read, *((line, (), fault) for line, fault in self.faults)], key=itemgetter(0))


@attrs.frozen(kw_only=True)
class AnswerFile:
    """A file of answers that was looked at: what it is and how to read it.

    Attributes:
        path: where it lies.
        kind: "csv", "json lines", "json" or "parquet".
        columns: the names in its header, without blanks around them; of JSON
            lines the names in the first 10,000.
        encoding, separator: of text files.
        preface: records before the header: one where the first line is ``sep=;``.
        header_rows: rows of the header: three in a Qualtrics export.
        notes: what is odd about it, a sentence each.
        doubt: why the columns may be none, for when one is not found.
    """

    path: Path
    kind: Kind
    columns: tuple[str, ...]
    encoding: str = "utf-8"
    separator: str = ","
    preface: int = 0
    header_rows: int = 1
    notes: tuple[str, ...] = ()
    doubt: str = ""

    def __iter__(self) -> Iterator[SourceRow]:
        """Every row with all its cells by column, as `read_responses` takes them; the file is read each time."""
        return self.whole()

    def whole(self, progress: Progress = lambda size: None) -> Iterator[SourceRow]:
        """Every row with all its cells by column.

        Args:
            progress: called now and then with the bytes read since the last call.
        """
        return _whole(self, progress)

    def check(self, columns: Sequence[str]) -> None:
        """Refuse columns that are not there, or are there twice.

        Raises:
            InputError: with the nearest name as a hint.
        """
        for column in columns:
            self._check(column)

    def rows(self, columns: Sequence[str], progress: Progress = lambda size: None) -> Iterator[Row]:
        """The cells of some columns, row by row, as (line or row number, cells, fault).

        Args:
            columns: the columns to read, at least one, all among `columns`.
            progress: called now and then with the bytes read since the last call.

        Raises:
            InputError: when a column is not there, or is there twice.
        """
        return chain.from_iterable(block.rows() for block in self.blocks(columns, progress))

    def blocks(self, columns: Sequence[str], progress: Progress = lambda size: None) -> Iterator[Block]:
        """The cells of some columns in blocks of some thousand rows, which is the quick way to read many.

        Args:
            columns: the columns to read, at least one, all among `columns`.
            progress: called once a block with the bytes read since the last call.

        Raises:
            InputError: when a column is not there, or is there twice.
        """
        self.check(columns)
        return _READERS[self.kind](self, columns, progress)

    def _check(self, column: str) -> None:
        from difflib import get_close_matches

        if column not in self.columns:
            close = get_close_matches(column, self.columns, n=1)
            others = f"there are {', '.join(map(repr, self.columns))}."
            hint = self.doubt or (f"did you mean {close[0]!r}?" if close else others)
            raise InputError(f"{self.path.name} has no column {column!r}; {hint}")
        if self.columns.count(column) > 1:
            raise InputError(f"{self.path.name} has {self.columns.count(column)} columns {column!r}; rename one.")


def look_at(path: str | Path, *, encoding: str | None = None, separator: str | None = None) -> AnswerFile:
    """Find out what a file is: its kind, encoding, separator and columns.

    Args:
        path: the file; a text in gzip is unpacked on the way.
        encoding: of a text file, when it is not to be detected.
        separator: of a CSV file, when it is not to be detected.

    Raises:
        InputError: for a file that is missing, empty, damaged or of an unknown kind, and for bytes that do not
            fit the encoding given.
    """
    path = Path(path)
    try:
        with encodings.unpacking(path):
            return _looked_at(path, encoding, separator)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def _looked_at(path: Path, encoding: str | None, separator: str | None) -> AnswerFile:
    with encodings.open_bytes(path) as raw:
        head = raw.read(1 << 16)
    if not head.strip(b" \t\r\n\x00" + codecs.BOM_UTF8 + codecs.BOM_UTF16_LE):
        raise InputError(f"{path.name} is empty.")
    for (place, magic), what in _REFUSED.items():
        if head[place:].startswith(magic):
            raise InputError(f"{path.name} is {what}")
    if not head.startswith(b"PAR1"):
        return _look_at_text(path, head, encoding, separator)
    if encodings.is_packed(path):
        raise InputError(f"{path.name} is Parquet in gzip; unpack it first.")
    return _look_at_parquet(path)


_SPREADSHEET = "a spreadsheet or an archive; save the sheet of answers as CSV (UTF-8)."
_PACKED = "packed in a way that is not read here; unpack it, or pack it with gzip."
_REFUSED = {
    (0, b"PK\x03\x04"): _SPREADSHEET,
    (0, b"\xd0\xcf\x11\xe0"): _SPREADSHEET,
    (257, b"ustar"): "an archive; take the file of answers out of it.",
    (4, b"1AY&SY"): _PACKED,  # bzip2
    (0, b"\xfd7zXZ"): _PACKED,
    (0, b"\x28\xb5\x2f\xfd"): _PACKED,  # Zstandard
}
"""What stands at some byte of files that hold no answers, or none that are read here."""


def _look_at_text(path: Path, head: bytes, encoding: str | None, separator: str | None) -> AnswerFile:
    notes: list[str] = []
    encoding = encodings.checked(path, head, encoding) if encoding else encodings.detect(path, head, notes)
    start = encodings.first_characters(path, encoding, limit=len(head)).lstrip()
    if not start:
        raise InputError(f"{path.name} is empty.")
    if _is_json(path, encoding, start):
        file = AnswerFile(path=path, kind="json lines", columns=(), encoding=encoding, notes=tuple(notes))
        file = attrs.evolve(file, kind="json" if _is_whole(file, start) else "json lines")
        if not (columns := _json_columns(file)):
            raise InputError(f"{path.name} holds no JSON object; write one object a line, or one array of them.")
        return attrs.evolve(file, columns=columns)
    return _look_at_csv(path, encoding, separator, start, notes)


def _is_json(path: Path, encoding: str, start: str) -> bool:
    """Whether a text is JSON; where it does not begin like an object or a list of them, all of it must be."""
    if _JSON.match(start) or not (start.startswith("[") or ".json" in path.suffixes):
        return _JSON.match(start) is not None
    with encodings.open_text(path, encoding) as text:
        return loaded(text.read())[1] is None


def _look_at_csv(path: Path, encoding: str, separator: str | None, start: str, notes: list[str]) -> AnswerFile:
    declared = headers.declared_separator(start)
    separator = separator or declared or headers.detect_separator(start)
    if len(separator) != 1:
        raise InputError(f"the separator is one character, not {separator!r}; a tab is written as $'\\t'.")
    file = AnswerFile(path=path, kind="csv", columns=(), encoding=encoding, separator=separator)
    preface = 1 if declared else 0
    with _text(file) as text:
        rows = [cells for _, cells, _ in islice(_records(file, text), preface, preface + 3)]
    if not rows or not rows[0]:
        raise InputError(f"{path.name} has no header.")
    height, names = headers.names(rows)
    if any("\0" in name for name in names):
        raise InputError(f"{path.name} is no text: there are zero bytes in its first line.")
    if height > 1:
        notes.append(f"{path.name} has {headers.HEIGHTS[height]}; those after the first are no answers.")
    return attrs.evolve(
        file, columns=names, preface=preface, header_rows=height, notes=tuple(notes), doubt=headers.doubt(start)
    )


def _text(file: AnswerFile) -> TextIO:
    return encodings.open_text(file.path, file.encoding)


def _csv_blocks(file: AnswerFile, columns: Sequence[str], progress: Progress) -> Iterator[Block]:
    places, width = [file.columns.index(column) for column in columns], len(file.columns)
    with _text(file) as text:
        records, seen = islice(_records(file, text), file.preface + file.header_rows, None), 0
        while batch := list(islice(records, _BLOCK)):
            yield _csv_block(batch, places, width)
            seen = _tick(text, seen, progress)


def _csv_block(records: Sequence[Row], places: Sequence[int], width: int) -> Block:
    lines, kept, faults = [], [], []
    for line, cells, unreadable in records:
        if fault := unreadable or _fault(cells, width):
            faults.append((line, fault))
        else:
            lines.append(line)
            kept.append(cells)
    return Block(lines, [[cells[place].strip() for cells in kept] for place in places], faults)


def _records(file: AnswerFile, text: TextIO) -> Iterator[Row]:
    """Every record with the line on which it begins, the header's too; blank lines are no records."""
    csv.field_size_limit(_CELL_LIMIT)
    reader = csv.reader(text, delimiter=file.separator, strict=True)  # else an open quote swallows the rest unseen
    line, ended = 1, False
    while not ended:
        try:
            for cells in reader:
                if (cells and cells[0].strip()) or any(map(str.strip, cells)):
                    yield line, cells, None
                line = reader.line_num + 1
            ended = True
        except csv.Error as error:
            yield line, (), f"not CSV from here to line {reader.line_num}: {error}"
            line = reader.line_num + 1


def _fault(cells: Sequence[str], width: int) -> str | None:
    if is_total(cells):
        return "a row of totals, not an answer"
    if len(cells) == width or (len(cells) > width and not any(cells[width:])):  # trailing separators
        return None
    return f"{len(cells)} cells where the header has {width}"


def _tick(text: TextIO, seen: int, progress: Progress) -> int:
    now = encodings.bytes_read(text)
    progress(now - seen)
    return now


def _json_columns(file: AnswerFile) -> tuple[str, ...]:
    records = (record for _, record, fault in islice(_json_records(file), 10_000) if fault is None)
    return tuple(dict.fromkeys(chain.from_iterable(records)))


def _json_blocks(file: AnswerFile, columns: Sequence[str], progress: Progress) -> Iterator[Block]:
    records = _json_records(file, progress)
    while batch := list(islice(records, _BLOCK)):
        read = [(number, record) for number, record, fault in batch if fault is None]
        cells = [[_cell(record.get(column)) for _, record in read] for column in columns]
        yield Block([number for number, _ in read], cells, [(number, fault) for number, _, fault in batch if fault])


def _whole(file: AnswerFile, progress: Progress) -> Iterator[SourceRow]:
    from npscore.intake.envelopes import opened  # brings all shapes, which a score needs not

    if file.kind.startswith("json"):
        for number, record, fault in _json_records(file, progress):
            inner = [record] if fault else opened(record)
            yield from (SourceRow(number, values, fault) for values in inner)
        return
    names = headers.unlike(file.columns)
    read = attrs.evolve(file, columns=tuple(names))
    for block in read.blocks(names, progress):
        yield from (
            SourceRow(line, dict(zip(names, cells, strict=False)), fault) for line, cells, fault in block.rows()
        )


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _json_records(file: AnswerFile, progress: Progress = lambda size: None) -> Iterator[tuple[int, Any, str | None]]:
    if file.kind == "json":
        yield from _json_array(file)
        return
    with _text(file) as text:
        seen = 0
        for number, line in enumerate(text, start=1):
            if number % _BLOCK == 1:
                seen = _tick(text, seen, progress)
            if line.strip():
                yield number, *parsed(line)
        _tick(text, seen, progress)


def _is_whole(file: AnswerFile, start: str) -> bool:
    """Whether the text is one JSON value, and not one a line."""
    if start.startswith("[") or not _OVER_LINES.match(start):
        return start.startswith("[")
    with _text(file) as text:
        return loaded(text.read())[1] is None


def _json_array(file: AnswerFile) -> Iterator[tuple[int, Any, str | None]]:
    """A JSON array, or an object over several lines, is read whole: its form allows no other way."""
    from npscore.intake.envelopes import opened

    with _text(file) as text:
        records, fault = loaded(text.read())
    if fault:
        raise InputError(f"{file.path.name} is {fault}.")
    records = opened(records) if isinstance(records, dict) else records
    for number, record in enumerate(records, start=1):
        yield number, record, None if isinstance(record, dict) else "not a JSON object"


def _parquet(path: Path) -> Any:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "arrow") from None
    try:
        return parquet.ParquetFile(path)
    except (ArrowException, OSError) as error:
        raise InputError(f"{path.name} begins like Parquet but cannot be read: {error}.") from None


def _look_at_parquet(path: Path) -> AnswerFile:
    with _parquet(path) as file:
        return AnswerFile(path=path, kind="parquet", columns=tuple(file.schema_arrow.names))


def _parquet_blocks(file: AnswerFile, columns: Sequence[str], progress: Progress) -> Iterator[Block]:
    begin = 1
    with _parquet(file.path) as data:
        share = file.path.stat().st_size / max(1, data.metadata.num_rows)
        for batch in data.iter_batches(batch_size=1 << 14, columns=list(dict.fromkeys(columns))):
            numbers = range(begin, begin + batch.num_rows)
            try:
                cells = [_flat(batch.column(column)) for column in columns]
            except (ValueError, OverflowError) as error:
                raise InputError(f"rows {begin} and on of {file.path.name} cannot be read: {error}.") from None
            yield Block(numbers, cells)
            begin += batch.num_rows
            progress(int(batch.num_rows * share))


def _flat(column: Any) -> list[Any]:
    nested = column.type.num_fields > 0
    return [_cell(value) for value in column.to_pylist()] if nested else list(column.to_pylist())


_READERS: dict[Kind, Callable[[AnswerFile, Sequence[str], Progress], Iterator[Block]]] = {
    "csv": _csv_blocks,
    "json lines": _json_blocks,
    "json": _json_blocks,
    "parquet": _parquet_blocks,
}
