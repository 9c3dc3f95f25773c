"""The flags that commands share, and the choices that some of them offer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Every(StrEnum):
    """The lengths of a period, as choices of --every."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


class Format(StrEnum):
    """The forms of a report, as choices of --format."""

    TABLE = "table"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


class AccountForm(StrEnum):
    """The forms of the account of an import, as choices of --format."""

    TEXT = "text"
    JSON = "json"


class Unanswered(StrEnum):
    """What becomes of rows without an answer, as choices of --unanswered."""

    LEAVE_OUT = "leave out"
    COUNT = "count in the base"


def choices_of(names: type[StrEnum]) -> str:
    """The choices of a flag in words."""
    *others, last = names
    return f"{', '.join(others)} or {last}"


Files = Annotated[list[Path], typer.Argument(metavar="FILE", hidden=True)]  # else its type shows
SomeFiles = Annotated[list[Path] | None, typer.Argument(metavar="FILE", hidden=True)]
RatingColumn = Annotated[
    str | None, typer.Option("--rating", help="Column of the rating; guessed when left out.", metavar="COLUMN")
]
TimeColumn = Annotated[
    str | None, typer.Option("--at", help="Column of the time of the answer; guessed when left out.", metavar="COLUMN")
]
ScaleText = Annotated[
    str | None,
    typer.Option(
        "--scale", help="LOW-HIGH or LOW-HIGH:PASSIVE_FROM:PROMOTER_FROM; 0-10 when left out.", metavar="SCALE"
    ),
]
Words = Annotated[
    str | None,
    typer.Option(
        "--words",
        help="What words mean, as in 'Likely=4,Extremely likely=5'; unlisted ones are unanswered.",
        metavar="WORD=NUMBER,...",
    ),
]
DayFirst = Annotated[bool, typer.Option("--day-first", help="05/07/2026 is 5 July.")]
MonthFirst = Annotated[bool, typer.Option("--month-first", help="05/07/2026 is 7 May.")]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Of text files; detected when left out.", metavar="NAME")
]
Separator = Annotated[
    str | None, typer.Option("--separator", help="Of CSV files; detected when left out.", metavar="CHARACTER")
]
SegmentFile = Annotated[
    Path | None,
    typer.Option("--segments", help="Also group by the segments of this file: TOML, JSON or YAML.", metavar="FILE"),
]
Now = Annotated[
    str | None,
    typer.Option("--now", help="From when ages in segments count, in ISO 8601; now when left out.", metavar="TIME"),
]
