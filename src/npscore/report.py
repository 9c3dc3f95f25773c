"""What people look at: one report of scores, as table, Markdown, CSV, JSON or HTML.

A report takes rows (mappings), never dataframes. Whatever the form, the
convention, the account of the rows and what is odd about the data go with it.
"""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from npscore.errors import InputError, MissingExtraError
from npscore.scoring.conventions import Convention
from npscore.scoring.groups import COUNTS, RESULTS
from npscore.scoring.scores import COLOURS, signed

if TYPE_CHECKING:
    from rich.console import RenderableType

Form = Literal["table", "markdown", "csv", "json", "html"]
Group = Mapping[str, Any]

CATEGORIES = {name: (sign, COLOURS[name]) for name, sign in zip(COLOURS, "▓░█", strict=True)}
"""The sign and the colour of each category in a bar."""

_PERIODS: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": lambda day: "{}-W{:02d}".format(*day.isocalendar()[:2]),
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year} Q{(day.month + 2) // 3}",
    "half": lambda day: f"{day.year} H{(day.month + 5) // 6}",
    "year": lambda day: str(day.year),
}


@attrs.frozen(kw_only=True)
class Rows:
    """Where the rows of the input went: read = scored + unanswered + invalid + left out + reported."""

    read: int
    scored: int
    unanswered: int
    invalid: int
    left_out: int
    reported: int
    why_left_out: str = "by --where"

    def __str__(self) -> str:
        parts = [f"{self.scored:,} scored", f"{self.unanswered:,} unanswered", f"{self.invalid:,} invalid"]
        if self.left_out:
            parts.append(f"{self.left_out:,} left out {self.why_left_out}")
        return f"{self.read:,} rows read = {' + '.join(parts)} + {self.reported:,} reported"


@attrs.frozen(kw_only=True)
class Report:
    """Scores by group with everything that must stand beside them.

    Attributes:
        keys: the names of the group columns, "period" last where there is one.
        every: the length of a period, None without.
        groups: one mapping a group, with the columns of a breakdown; None in
            place of all numbers of a group that is hidden.
        total: the same columns over all groups.
        convention: the declared choices.
        rows: where the rows went.
        reported: the rows that could not be read, with line and reason.
        invalid: the first invalid ratings, with line and value.
        notes: what is odd about the data, a sentence each.
    """

    keys: Sequence[str]
    every: str | None
    groups: Sequence[Group]
    total: Group
    convention: Convention
    rows: Rows
    reported: Sequence[Mapping[str, Any]]
    invalid: Sequence[Mapping[str, Any]]
    notes: Sequence[str]

    @property
    def footer(self) -> list[str]:
        """The lines under every table: convention, rows, oddities."""
        return [
            f"Convention {self.convention}.",
            f"{self.rows}.",
            *_listed("Invalid", [f"{where(bad)} is {bad['rating']!r}" for bad in self.invalid], self.rows.invalid),
            *_listed("Reported", [f"{where(bad)}: {bad['reason']}" for bad in self.reported], self.rows.reported),
            *(f"Note: {note}" for note in self.notes),
            "The interval covers sampling error only, not who chose to answer.",
        ]


def _listed(kind: str, sentences: list[str], count: int, most: int = 5) -> list[str]:
    lines = [f"{kind}: {sentence}." for sentence in sentences[:most]]
    if count > most:
        lines.append(f"{kind}: and {count - most:,} more.")
    return lines


def where(bad: Mapping[str, Any]) -> str:
    """The place of a row, for people: file and line."""
    return f"{bad['file']} line {bad['line']}"


def render(report: Report, form: Form) -> str:
    """The report as text in one of the forms.

    Raises:
        InputError: for a form that there is not.
        MissingExtraError: for the terminal table without the extra ``cli``.
    """
    if form not in get_args(Form):
        raise InputError(f"there is no format {form!r}; it is one of {', '.join(get_args(Form))}.")
    return _FORMS[form](report)


def terminal(report: Report) -> RenderableType:
    """The table for a terminal, as something that rich can print."""
    try:
        from rich.console import Group as Stack
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        raise MissingExtraError("rich", "cli") from None
    shown = [name for name in ("unanswered", "invalid") if report.total[name]]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for key in report.keys:
        table.add_column(Text(_plain(key)))
    for name in ("n", *shown, "NPS", _interval_title(report)):
        table.add_column(name, justify="right")
    table.add_column(_legend())
    for group in _groups_and_total(report):
        style = "bold" if group is report.total and report.keys else ""
        cells = [_plain(cell) for cell in (*_labels(report, group), *_numbers(group, shown))]
        table.add_row(*(Text(cell) for cell in cells), _Bar(group), style=style)
    return Stack(table, Text(""), *(Text(_plain(line), style="dim") for line in report.footer))


def _groups_and_total(report: Report) -> list[Group]:
    return [*report.groups, report.total] if report.keys else [report.total]


def _interval_title(report: Report) -> str:
    return f"{100 * report.convention.level:.6g} % interval"


def _labels(report: Report, group: Group) -> list[str]:
    if group is report.total:
        return ["all", *[""] * (len(report.keys) - 1)] if report.keys else []
    return [_label(group[key], report.every if key == "period" else None) for key in report.keys]


def _label(value: Any, every: str | None) -> str:
    if value is None:
        return "(none)"
    return _PERIODS[every](value) if every else str(value)


def _numbers(group: Group, shown: Sequence[str]) -> list[str]:
    if group["n"] is None:
        return ["hidden", *[""] * (len(shown) + 2)]
    counts = [f"{group[name]:,}" for name in ("n", *shown)]
    if group["nps"] is None:
        return [*counts, "-", "-"]
    return [*counts, signed(group["nps"]), f"{signed(group['lower'])} to {signed(group['upper'])}"]


def _legend() -> Any:
    from rich.text import Text

    return Text(" ").join(Text(f"{sign} {name}", style=colour) for name, (sign, colour) in CATEGORIES.items())


@attrs.frozen
class _Bar:
    """A stacked bar that takes the room there is, whole categories at any width."""

    group: Group

    def __rich_measure__(self, console: Any, options: Any) -> Any:
        from rich.measure import Measurement

        return Measurement(4, min(30, options.max_width))

    def __rich_console__(self, console: Any, options: Any) -> Any:
        from rich.text import Text

        edges = [round(min(30, options.max_width) * share) for share in _running_shares(self.group)]
        widths = [right - left for left, right in zip([0, *edges], edges, strict=False)]
        parts = zip(widths, CATEGORIES.values(), strict=False)
        yield Text("").join(Text(sign * cells, style=colour) for cells, (sign, colour) in parts)


def _running_shares(group: Group) -> list[float]:
    counts = [group[name] for name in CATEGORIES]
    return [sum(counts[: i + 1]) / group["n"] for i in range(3)] if group["n"] else []


def _plain(text: str) -> str:
    """Text without control characters, which a terminal might obey."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _table(report: Report) -> str:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=120, color_system=None)
    console.print(terminal(report))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _markdown(report: Report) -> str:
    head = [*report.keys, *COUNTS, "NPS", _interval_title(report)]
    lines = [head, ["---"] * len(report.keys) + ["---:"] * (len(head) - len(report.keys))]
    lines += [[*_labels(report, group), *_numbers(group, COUNTS[1:])] for group in _groups_and_total(report)]
    table = "\n".join(f"| {' | '.join(_pipeless(cell) for cell in line)} |" for line in lines)
    return table + "\n\n" + "\n".join(f"- {_pipeless(line)}" for line in report.footer) + "\n"


def _pipeless(cell: str) -> str:
    return html.escape(_plain(cell), quote=False).replace("|", "\\|")


def _csv(report: Report) -> str:
    """The groups alone: a program reads them.

    Texts that a spreadsheet would run as a formula get an apostrophe, control characters are replaced.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*report.keys, *RESULTS])
    for group in report.groups:
        writer.writerow([inert(group[name]) for name in (*report.keys, *RESULTS)])
    return text.getvalue()


def inert(value: Any) -> Any:
    """A cell of CSV that no spreadsheet runs and no terminal obeys.

    Example:
        >>> inert("=1+2"), inert(9)
        ("'=1+2", 9)
    """
    if not isinstance(value, str):
        return value
    return _plain(f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value)


def _json(report: Report) -> str:
    convention = report.convention
    chosen = {field.name: getattr(convention, field.name) for field in attrs.fields(Convention)}
    chosen["scale"] = str(convention.scale) if convention.scale else None
    document = {
        "convention": {**chosen, "fingerprint": convention.fingerprint, "text": str(convention)},
        "rows_read": report.rows.read,
        "rows_scored": report.rows.scored,
        "rows_unanswered": report.rows.unanswered,
        "rows_invalid": report.rows.invalid,
        "rows_left_out": report.rows.left_out,
        "rows_reported": list(report.reported),
        "invalid_examples": list(report.invalid),
        "notes": list(report.notes),
        "groups": [_named(report, group) for group in report.groups],
        "total": {name: report.total[name] for name in RESULTS},
    }
    return json.dumps(document, ensure_ascii=False, indent=2, default=_iso) + "\n"


def _named(report: Report, group: Group) -> dict[str, Any]:
    return {name: group[name] for name in (*report.keys, *RESULTS)}


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _html(report: Report) -> str:
    head = [*report.keys, *COUNTS, "NPS", _interval_title(report)]
    body = "".join(_html_row(report, group) for group in _groups_and_total(report))
    foot = "".join(f"<p>{html.escape(_plain(line))}</p>" for line in report.footer)
    heads = "".join(_html_head(name, number=i >= len(report.keys)) for i, name in enumerate(head))
    return _PAGE.format(style=_STYLE, heads=heads, body=body, foot=foot)


def _html_head(name: str, *, number: bool) -> str:
    return f"<th{' class=number' if number else ''}>{html.escape(_plain(name))}</th>"


def _html_row(report: Report, group: Group) -> str:
    labels = "".join(f"<td>{html.escape(_plain(label))}</td>" for label in _labels(report, group))
    numbers = "".join(f'<td class="number">{cell}</td>' for cell in _numbers(group, COUNTS[1:]))
    kind = ' class="total"' if group is report.total and report.keys else ""
    return f"<tr{kind}>{labels}{numbers}<td>{_html_bar(group)}</td></tr>\n"


def _html_bar(group: Group) -> str:
    """A stacked bar of the categories with the interval under it, as inline SVG."""
    if not group["n"]:
        return ""
    edges = [200 * share for share in _running_shares(group)]
    spans = zip([0, *edges], edges, CATEGORIES.values(), strict=False)
    bars = "".join(
        f'<rect x="{left:.1f}" width="{right - left:.1f}" height="10" fill="{colour}"/>'
        for left, right, (_, colour) in spans
    )
    low, high, point = (100 + group[name] for name in ("lower", "upper", "nps"))
    mark = (
        f'<path d="M{low:.1f} 16H{high:.1f}" stroke="#333"/><circle cx="{point:.1f}" cy="16" r="2.5"/>'
        '<path d="M100 13V19" stroke="#bbb"/>'
    )
    words = ", ".join(f"{group[name]} {name}" for name in CATEGORIES)
    return f'<svg width="200" height="20" role="img" aria-label="{words}">{bars}{mark}</svg>'


_STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:2em;color:#222}table{border-collapse:collapse}"
    "th,td{padding:.25em .8em;text-align:left;border-bottom:1px solid #e5e5e5;white-space:nowrap}"
    ".number{text-align:right;font-variant-numeric:tabular-nums}.total td{font-weight:bold}p{color:#555;margin:.3em 0}"
)
_PAGE = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Net Promoter Score</title>\n'
    "<style>{style}</style></head><body>\n<h1>Net Promoter Score</h1>\n<table><thead><tr>{heads}"
    "<th>shares; interval, -100 to 100</th></tr></thead>\n"
    "<tbody>\n{body}</tbody></table>\n"
    "{foot}\n</body></html>\n"
)

_FORMS: dict[Form, Callable[[Report], str]] = {
    "table": _table,
    "markdown": _markdown,
    "csv": _csv,
    "json": _json,
    "html": _html,
}
