"""Cells of text become times: ISO 8601, months in letters, serial days, Unix seconds, and days whose order is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Any, Literal

from npscore.errors import AmbiguousDateError, InputError
from npscore.intake.cells import BLANKS

DateOrder = Literal["day first", "month first"]

_NUMERIC_DATE = re.compile(r"\s*([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})(?:[ T,]+(.*?))?\s*")
_YEAR_FIRST = re.compile(r"([0-9]{4})([/.])([0-9]{1,2})\2([0-9]{1,2})(?=\D|$)")
_SERIAL = re.compile(r"\s*([0-9]{5})(?:[.,]([0-9]+))?\s*")
_UNIX = re.compile(r"\s*([0-9]{10})(?:([0-9]{3})|\.[0-9]+)?\s*")
_APART = re.compile(r"\s+([+-][0-9]{2}:?[0-9]{2})$")
_FIFTH = itemgetter(4)
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a spreadsheet's serial day has no zone
_WRITTEN = (
    "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%B-%Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y",
)  # fmt: skip


def read_time(cell: object, order: DateOrder | None = None) -> datetime | date | None:
    """The time in a cell, None for a blank one.

    Reads ISO 8601, dates with the month in letters, numeric dates in a known
    order, spreadsheet serial days (since 1899-12-30) and Unix seconds or
    milliseconds. A time without a zone stays without one.

    Args:
        cell: a text, or a time that a typed file brought.
        order: which number comes first where both could be the month.

    Raises:
        AmbiguousDateError: for ``05/07/2026`` when the order is not given.
        InputError: for anything that is not a time.

    Example:
        >>> read_time("2026-11-22T10:00:00Z")
        datetime.datetime(2026, 11, 22, 10, 0, tzinfo=datetime.timezone.utc)
        >>> read_time("05/07/2026", "day first")
        datetime.datetime(2026, 7, 5, 0, 0)
        >>> read_time("27-Apr-2026")
        datetime.datetime(2026, 4, 27, 0, 0)
    """
    if cell is None or isinstance(cell, date):
        return cell
    text = str(cell).strip()
    if text.lower() in BLANKS:
        return None
    time = _iso(text) or _counted(text) or _written(text) or _numeric(text, order)
    if time is None:
        raise InputError(f"{text!r} is not a time that can be read; write it as 2026-11-22 or 2026-11-22T10:30:00Z.")
    return time


def read_iso(cells: Sequence[object]) -> list[datetime] | None:
    """The times in texts such as 2026-11-22 and 2026-11-22T10:30:00Z, None unless all are such.

    Quicker than `read_time` for many at once, and of the same result.

    Example:
        >>> read_iso(["2026-11-22 10:30"])
        [datetime.datetime(2026, 11, 22, 10, 30)]
        >>> read_iso(["2026-11-22", "22/11/2026"]) is None
        True
    """
    texts: Any = cells
    try:
        return list(map(datetime.fromisoformat, texts)) if set(map(_FIFTH, texts)) == {"-"} else None
    except (ValueError, TypeError, IndexError):  # other texts, values of typed files, short texts
        return None


def is_numeric_date(cell: object) -> bool:
    """Whether a cell is a date whose order of day and month must be known.

    Example:
        >>> is_numeric_date("05/07/2026"), is_numeric_date("2026-07-05")
        (True, False)
    """
    return _NUMERIC_DATE.fullmatch(str(cell)) is not None


def date_order(cells: Iterable[object]) -> DateOrder | None:
    """The order that a column of numeric dates proves, None when every date fits both.

    Raises:
        InputError: when one date fits only one order and another only the other.

    Example:
        >>> date_order(["05/07/2026", "23/07/2026"])
        'day first'
    """
    proofs: dict[DateOrder, str] = {}
    for cell in cells:
        match = _NUMERIC_DATE.fullmatch(str(cell))
        if match and int(match[1]) > 12 >= int(match[3]):
            proofs.setdefault("day first", match[0].strip())
        elif match and int(match[3]) > 12 >= int(match[1]):
            proofs.setdefault("month first", match[0].strip())
    if len(proofs) == 2:
        raise InputError(
            f"the dates conflict: {proofs['day first']!r} has the day first and {proofs['month first']!r} the month; "
            "say which order holds (--day-first or --month-first at the shell)."
        )
    return next(iter(proofs), None)


def _iso(text: str) -> datetime | None:
    if text.isdigit() and len(text) != 8:
        return None
    text = _YEAR_FIRST.sub(lambda match: f"{match[1]}-{match[3]:0>2}-{match[4]:0>2}", text)
    if text.endswith(" UTC"):
        text = text.removesuffix(" UTC") + "+00:00"
    text = _APART.sub(r"\1", text)
    for read in (datetime.fromisoformat, _of_twelve_hours):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _of_twelve_hours(text: str) -> datetime:
    """A date in ISO form with a time such as 3:00 PM."""
    form = "%Y-%m-%d %I:%M:%S %p" if text.count(":") == 2 else "%Y-%m-%d %I:%M %p"
    return datetime.strptime(text.replace("T", " ", 1), form)  # noqa: DTZ007  # the caller knows the zone


def _counted(text: str) -> datetime | None:
    """Serial days of a spreadsheet, or Unix seconds or milliseconds."""
    if match := _SERIAL.fullmatch(text):
        return _EXCEL_EPOCH + timedelta(days=float(f"{match[1]}.{match[2] or 0}"))
    if match := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]), UTC)
    return None


def _written(text: str) -> datetime | None:
    if not any(letter.isalpha() for letter in text):
        return None
    for form in _WRITTEN:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  # the caller knows the zone
        except ValueError:
            continue
    return None


def _numeric(text: str, order: DateOrder | None) -> datetime | None:
    match = _NUMERIC_DATE.fullmatch(text)
    if match is None:
        return None
    first, second = int(match[1]), int(match[3])
    if order is None and max(first, second) <= 12 and first != second:
        raise AmbiguousDateError(text)
    day_first = first > 12 if order is None else order == "day first"
    day, month = (first, second) if day_first else (second, first)
    return _iso(f"{match[4]}-{month:02d}-{day:02d}" + (f"T{match[5]}" if match[5] else ""))
