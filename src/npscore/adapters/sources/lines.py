"""A file of JSON lines, one record each."""

from __future__ import annotations

import json
import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from npscore.adapters.json_texts import parsed
from npscore.adapters.paths import path_of
from npscore.adapters.sources.memory import check_since, is_new
from npscore.errors import ConnectorError, InputError, InvalidRecordError, short
from npscore.intake.results import Rejected
from npscore.models import KINDS, Record
from npscore.ports import Pulled

_BEGINS = re.compile(r'\{"kind":"(\w+)",')


class LinesSource:
    r"""Reads records from a file of JSON lines in UTF-8.

    A line is what `Record.to_json` writes with the name of the kind beside it;
    `line_of` makes one. Every line becomes a record or a reject with its number
    and reason; those come each time, as nobody knows their time.

    Args:
        path: of the file, which is read anew at each pull.

    Raises:
        InputError: for a path that is none.

    Example:
        >>> from datetime import UTC, datetime
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from npscore import Customer
        >>> path = Path(mkdtemp()) / "records.jsonl"
        >>> line = line_of(Customer(id="c1", known_at=datetime(2026, 11, 22, tzinfo=UTC)))
        >>> path.write_text(f"{line}\nnonsense\n", encoding="utf-8") > 0
        True
        >>> pulled = LinesSource(path).pull()
        >>> pulled.records[0].id, pulled.rejects[0].row
        ('c1', 2)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path_of(path)

    def pull(self, since: datetime | None = None) -> Pulled:
        """The records known at a moment or later; see `Source.pull`.

        Raises:
            InputError: for a moment that is no datetime with a zone.
            ConnectorError: when the file cannot be read.
        """
        check_since(since)
        read = list(self._read())
        return Pulled(
            records=tuple(one for one in read if isinstance(one, Record) and is_new(one, since)),
            rejects=tuple(one for one in read if isinstance(one, Rejected)),
        )

    def _read(self) -> Iterator[Record | Rejected]:
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    yield _read(number, line.removeprefix(BOM_UTF8) if number == 1 else line)
        except OSError as error:
            raise ConnectorError(f"{self._path} cannot be read: {error.strerror or error}.") from error


def line_of(record: Record) -> str:
    """A record as a line that `LinesSource` reads, without the line break.

    Raises:
        InputError: for what is no record.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import Customer
        >>> line_of(Customer(id="c1", known_at=datetime(2026, 11, 22, tzinfo=UTC)))
        '{"kind":"customer","known_at":"2026-11-22T00:00:00Z","id":"c1"}'
    """
    if not isinstance(record, Record):
        raise InputError(f"a line is made of a record, not of {short(record)}.")
    return f'{{"kind":"{record.kind}",{record.to_json()[1:]}'


def _read(number: int, line: bytes) -> Record | Rejected:
    """The record on a line, or why there is none."""
    try:
        text = line.decode().strip()
    except UnicodeDecodeError:
        return Rejected(number, "", "not UTF-8", line.decode("utf-8", "backslashreplace"))
    if not text:
        return Rejected(number, "", "the line is empty")
    record = _as_written(text)
    if record is not None:
        return record
    said, fault = parsed(text)
    return _record(number, said, text) if fault is None else Rejected(number, "", fault, text)


def _as_written(text: str) -> Record | None:
    """The record on a line as `line_of` writes it, which takes half as long; None where it is another."""
    begins = _BEGINS.match(text)
    kind = KINDS.get(begins[1]) if begins else None
    if begins is None or kind is None:
        return None
    try:
        return kind.from_json(f"{{{text[begins.end() :]}")
    except InvalidRecordError:
        return None  # and the other way says why


def _record(number: int, said: dict[str, Any], text: str) -> Record | Rejected:
    name = said.pop("kind", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        return Rejected(number, "kind", f"no kind of record; there are {', '.join(KINDS)}", name)
    try:
        return kind.from_json(json.dumps(said))
    except InvalidRecordError as error:
        return Rejected(number, error.field, error.reason, error.value)
    except (ValueError, RecursionError):
        return Rejected(number, "", "not JSON", text)
