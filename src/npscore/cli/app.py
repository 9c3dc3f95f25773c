"""The command line, outermost: it reads files, counts them and prints a report.

Exit codes: 0 done, 1 the data cannot be scored or kept, 2 the call is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from npscore import __version__, intake
from npscore.adapters.files import AnswerFile, look_at
from npscore.cli import demo, story
from npscore.cli.counting import Choices, count, settle_columns
from npscore.cli.flags import (
    AccountForm,
    DayFirst,
    Encoding,
    Every,
    Files,
    Format,
    MonthFirst,
    Now,
    RatingColumn,
    ScaleText,
    SegmentFile,
    Separator,
    SomeFiles,
    TimeColumn,
    Unanswered,
    Words,
    choices_of,
)
from npscore.cli.hiding import hide
from npscore.cli.looping import loop_app
from npscore.cli.moments import read_moment
from npscore.cli.places import check_files, keep, on_disk, replace
from npscore.cli.refusing import errors
from npscore.cli.sorting import Sorting, load
from npscore.errors import InputError
from npscore.periods import check_zone
from npscore.report import Form, Report, render, terminal
from npscore.scoring.conventions import Convention
from npscore.scoring.scales import STANDARD, Scale

app = typer.Typer(
    help="Net Promoter Score with a declared convention and an honest interval.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # frames and type names of Python fill a narrow terminal and say little
    pretty_exceptions_enable=False,
)

segments_app = typer.Typer(help="Files of segments.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(segments_app, name="segments")
app.add_typer(loop_app, name="loop")

_LONG = 1 << 24  # bytes


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"npscore {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")] = False,
) -> None:
    """Net Promoter Score with a declared convention and an honest interval."""


@app.command()
def score(
    files: SomeFiles = None,
    store: Annotated[
        str | None, typer.Option(help="Score a store instead, as in sqlite:///npscore.db.", metavar="URL")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Of a store: what was known by then, as in 2026-10-01.", metavar="TIME")
    ] = None,
    rating: RatingColumn = None,
    by: Annotated[list[str] | None, typer.Option(help="Column to group by; may be repeated.", metavar="COLUMN")] = None,
    every: Annotated[Every | None, typer.Option(help=f"Also group by {choices_of(Every)}.", metavar="PERIOD")] = None,
    at: TimeColumn = None,
    scale: ScaleText = None,
    words: Words = None,
    zone: Annotated[
        str, typer.Option(help="Time zone in which days begin; UTC when left out.", metavar="NAME", show_default=False)
    ] = "UTC",
    level: Annotated[
        float,
        typer.Option(
            help="Confidence level of the intervals; 0.95 when left out.", metavar="FRACTION", show_default=False
        ),
    ] = 0.95,
    unanswered: Annotated[
        Unanswered,
        typer.Option(
            help=f"Rows without an answer: {choices_of(Unanswered)}; left out when not said.",
            metavar="CHOICE",
            show_default=False,
        ),
    ] = Unanswered.LEAVE_OUT,
    where: Annotated[
        list[str] | None, typer.Option(help="Only rows with this value; may be repeated.", metavar="COLUMN=VALUE")
    ] = None,
    day_first: DayFirst = False,
    month_first: MonthFirst = False,
    encoding: Encoding = None,
    separator: Separator = None,
    hide_under: Annotated[
        int | None, typer.Option(help="Hide groups of fewer answers, so that no total tells them.", metavar="NUMBER")
    ] = None,
    segments: SegmentFile = None,
    now: Now = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format", help=f"As {choices_of(Format)}; a table when left out.", metavar="FORM", show_default=False
        ),
    ] = Format.TABLE,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of the screen.", metavar="FILE")] = None,
) -> None:
    """Score the answers in files, by group and period, with intervals.

    FILE is CSV, TSV, JSON lines, JSON or Parquet, and "-" is what comes through a pipe. CSV and JSON may be gzipped.

    With --store, what was imported is scored; COLUMN is then channel, customer.region, account.owner and the like.
    """
    with errors(2):
        asked = Scale.parse(scale) if scale else None
        choices = Choices(
            rating=rating,
            by=tuple(by or ()),
            every=every.value if every else None,
            at=at,
            wheres=tuple(_where(text) for text in where or ()),
            words=intake.read_words(words) if words else None,
            order=_order(day_first, month_first),
            convention=Convention(scale=asked, zone=zone, level=level, unanswered=unanswered.value),
            sorting=None if segments is None else _sorting(segments, now, zone),
        )
        if now is not None and segments is None:
            raise InputError("--now says from when ages in segments count; give --segments too.")
        flags = {
            "--rating": rating,
            "--at": at,
            "--words": words,
            "--day-first": day_first,
            "--month-first": month_first,
        }
        _check_source(files, store, as_of, {**flags, "--encoding": encoding, "--separator": separator})
        check_files(files or [], out, encoding)
    if store is None:
        report = _score_files(files or [], choices, encoding, separator)
    else:
        report = _score_store(store, choices, as_of)
    with errors(1):
        report = hide(report, hide_under, overlapping=choices.overlapping)
    with errors(2):
        _write(report, form.value, out)
    raise typer.Exit(0 if report.rows.scored else 1)


def _sorting(segments: Path, now: str | None, zone: str) -> Sorting:
    """The segments by which rows are sorted, and when now is."""
    check_zone(zone)
    moment = datetime.now(UTC) if now is None else read_moment("--now", now, zone)
    return Sorting(segmentation=load(segments), now=moment, zone=zone)


def _check_source(
    files: Sequence[Path] | None, store: str | None, as_of: str | None, of_files: Mapping[str, object]
) -> None:
    """Files or a store, and each with flags of its own."""
    if (store is None) == (not files):
        raise InputError("name the files to score, or a store with --store; one of the two.")
    if store is None and as_of is not None:
        raise InputError("--as-of belongs to a store, which remembers when it learned of an answer; give --store too.")
    if store is not None and (odd := next((flag for flag, value in of_files.items() if value), None)):
        raise InputError(f"{odd} says how files are read; answers in a store have been read, so leave it out.")


def _score_files(files: Sequence[Path], choices: Choices, encoding: str | None, separator: str | None) -> Report:
    with errors(1):
        looked_at = [look_at(on_disk(path), encoding=encoding, separator=separator) for path in files]
    with errors(2):
        settle_columns(looked_at, choices)
    with errors(1), _progress(looked_at) as progress:
        return count(looked_at, choices, progress)


def _score_store(url: str, choices: Choices, as_of: str | None) -> Report:
    from npscore.cli import stored  # brings records, and what opens stores

    with errors(2):
        moment = None if as_of is None else read_moment("--as-of", as_of, choices.convention.zone)
    with errors(1):
        return stored.report(url, choices, moment)


@app.command("import")
def import_(
    files: Files,
    store: Annotated[str, typer.Option(help="Where to keep the answers, as in sqlite:///npscore.db.", metavar="URL")],
    shape: Annotated[
        str,
        typer.Option("--from", help="The tool that wrote FILE; recognised by its columns.", metavar="TOOL"),
    ] = "auto",
    rating: RatingColumn = None,
    at: TimeColumn = None,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", help="Column of any field; may be repeated.", metavar="FIELD=COLUMN"),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="What no row says, as survey=exit; may be repeated.", metavar="FIELD=VALUE"),
    ] = None,
    answered_at: Annotated[
        str | None, typer.Option(help="Time of answers that have none, in ISO 8601.", metavar="TIME")
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(help="When you learned of the answers, as in 2026-10-01; now when left out.", metavar="TIME"),
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone of times that have none.", metavar="NAME")] = None,
    day_first: DayFirst = False,
    month_first: MonthFirst = False,
    scale: ScaleText = None,
    words: Words = None,
    lenient: Annotated[bool, typer.Option("--lenient", help="Also read 7/10, 9 - Likely and the like.")] = False,
    prefix: Annotated[
        str, typer.Option(help="Put before the ids of answers.", metavar="TEXT", show_default=False)
    ] = "",
    encoding: Encoding = None,
    separator: Separator = None,
    form: Annotated[
        AccountForm,
        typer.Option(
            "--format", help=f"As {choices_of(AccountForm)}; text when left out.", metavar="FORM", show_default=False
        ),
    ] = AccountForm.TEXT,
    rejects: Annotated[
        Path | None, typer.Option(help="Write all rejected rows to this file, as CSV.", metavar="FILE")
    ] = None,
) -> None:
    """Keep the answers in files in a store; importing them twice changes nothing.

    FILE is CSV, TSV, JSON lines, JSON or Parquet, and "-" is what comes through a pipe. CSV and JSON may be gzipped.
    """
    from npscore.cli import importing  # records take a while to load, and a score needs none

    with errors(2):
        order = _order(day_first, month_first)
        reading = importing.Reading(
            shape=shape,
            known_at=read_moment("--known-at", known_at, zone or "UTC") if known_at else datetime.now(UTC),
            answered_at=read_moment("--answered-at", answered_at, zone) if answered_at else None,
            fields=importing.mapped(map_ or (), rating, at),
            constants=importing.constants(set_ or ()),
            scale=scale,
            words=intake.read_words(words) if words else None,
            zone=zone,
            day_first=None if order is None else order == "day first",
            lenient=lenient,
            prefix=prefix,
        )
        check_files(files, rejects, encoding, "--rejects")
        importing.check_places(rejects, store)
    accounts: list[importing.Account] = []
    try:
        with errors(1):
            found = [(str(path), look_at(on_disk(path), encoding=encoding, separator=separator)) for path in files]
            with _progress([file for _, file in found]) as progress:
                accounts.extend(importing.run(found, reading, store, progress))
    except typer.Exit:
        begun = [account for account in accounts if account.summary.rows]
        typer.echo(importing.told(begun, form.value) if begun else "", nl=bool(begun))
        raise
    typer.echo(importing.told(accounts, form.value))
    with errors(2):
        if rejects is not None:
            replace(rejects, importing.rejects(accounts))
    with errors(1):
        importing.check_kept(accounts)
    if zone not in (None, "UTC"):
        typer.echo(f"npscore: times without a zone were read in {zone}; score with --zone {zone} too.", err=True)


@segments_app.command("check")
def check_segments(
    file: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    files: Annotated[list[Path] | None, typer.Argument(metavar="ANSWERS", hidden=True)] = None,
    store: Annotated[
        str | None, typer.Option(help="Count who falls where in a store, as in sqlite:///npscore.db.", metavar="URL")
    ] = None,
    rating: RatingColumn = None,
    scale: ScaleText = None,
    words: Words = None,
    zone: Annotated[
        str, typer.Option(help="Zone of times without one; UTC when left out.", metavar="NAME", show_default=False)
    ] = "UTC",
    now: Now = None,
    encoding: Encoding = None,
    separator: Separator = None,
    form: Annotated[
        AccountForm,
        typer.Option(
            "--format", help=f"As {choices_of(AccountForm)}; text when left out.", metavar="FORM", show_default=False
        ),
    ] = AccountForm.TEXT,
) -> None:
    """Explain each rule of a file of segments in words, and count who falls where.

    FILE is TOML, JSON or YAML. Counted are the answers and customers of a store, or the rows of files of ANSWERS.
    """
    from npscore.cli import segmenting, stored

    with errors(2):
        if files and store is not None:
            raise InputError("name files of answers, or a store with --store; not both.")
        sorting = _sorting(file, now, zone)
        reading = segmenting.Ratings(
            rating, Scale.parse(scale) if scale else STANDARD, intake.read_words(words) if words else None
        )
        check_files(files or [], None, encoding)
        stored.check_there(store)
    with errors(1):
        if store is not None:
            fallen = segmenting.in_store(store, sorting)
        else:
            found = [look_at(on_disk(path), encoding=encoding, separator=separator) for path in files or []]
            fallen = segmenting.in_files(found, reading, sorting) if found else []
    typer.echo(segmenting.told(sorting, fallen, form.value))


@app.command("demo")
def demo_(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", hidden=True)] = Path("npscore-demo"),
) -> None:
    """Write a made-up company's answers into a folder, score them, and close the loop on some.

    FOLDER is npscore-demo when left out.
    """
    with errors(2):
        path = folder / "answers.csv"
        keep(path, demo_csv())
        keep(folder / "README.md", demo.readme())
        keep(folder / "segments.toml", story.SEGMENTS)
        keep(folder / "policy.toml", story.POLICY)
        typer.echo(f"Wrote {path}, segments, a policy, and a README.md that explains them. Now:")
    story.tell(folder, typer.main.get_command(app))


def demo_csv() -> str:
    """The made-up answers as a CSV file."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, list(demo.COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(demo.answers())
    return text.getvalue()


def _where(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--where {text!r} is not COLUMN=VALUE.")
    return column.strip(), value.strip()


def _order(day_first: bool, month_first: bool) -> intake.DateOrder | None:
    if day_first and month_first:
        raise InputError("--day-first and --month-first exclude each other.")
    return "day first" if day_first else "month first" if month_first else None


@contextmanager
def _progress(files: Sequence[AnswerFile]) -> Iterator[Callable[[int], None]]:
    """A bar on long input, on the error stream and only for people."""
    size = sum(file.path.stat().st_size for file in files)
    if size < _LONG or not sys.stderr.isatty():
        yield lambda done: None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=size)
        yield lambda done: bar.advance(task, done)


def _write(report: Report, form: Form, out: Path | None) -> None:
    if out is None and form == "table":
        Console(width=None if sys.stdout.isatty() else 120, highlight=False).print(terminal(report))
        return
    text = render(report, form)
    if out is None:
        typer.echo(text, nl=False)
    else:
        replace(out, text)
    if form in ("csv", "json") or out is not None:
        typer.echo("\n".join(report.footer), err=True)
