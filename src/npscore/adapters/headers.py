"""Where the header of a CSV file is, and what stands between its cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice

_SEPARATORS = ",;\t|"
_DECLARED = re.compile(r'\s*"?sep=([^"\r\n])"?[ \t]*[\r\n]', re.IGNORECASE)
_LOOKED_AT = 50  # records
_SINGLE = {"", "Response", "Open-Ended Response"}  # what stands below a question with one answer
HEIGHTS = {2: "two header rows (questions, choices)", 3: "three header rows (names, questions, import ids)"}
"""The rows of headers that survey tools write, in words."""


def declared_separator(start: str) -> str | None:
    r"""The separator of a first line such as ``sep=;``, which spreadsheets write for each other.

    Example:
        >>> declared_separator("sep=;\nrating;team\n9;a\n")
        ';'
    """
    match = _DECLARED.match(start)
    return match[1] if match else None


def detect_separator(start: str) -> str:
    r"""The separator that cuts the first rows into the most cells of one common count.

    Example:
        >>> detect_separator("rating;comment\n9;good, fast\n")
        ';'
    """
    lines = _whole_lines(start)
    if not any(separator in lines[0] for separator in _SEPARATORS):  # one column: a comma in it is decimal
        return next((s for s in reversed(_SEPARATORS) if not any(s in line for line in lines)), ",")
    return max((s for s in _SEPARATORS if s in lines[0]), key=lambda separator: _evenness(lines, separator))


def names(rows: Sequence[Sequence[str]]) -> tuple[int, tuple[str, ...]]:
    """How many rows the header has, and the names of the columns.

    SurveyMonkey names a question once and its choices in the row below: such a
    column is called by both.

    Args:
        rows: the first three of the file.

    Example:
        >>> names([["Respondent ID", "Collector ID", "Liked", ""], ["", "", "Price", "Speed"]])
        (2, ('Respondent ID', 'Collector ID', 'Liked - Price', 'Liked - Speed'))
    """
    first = tuple(name.strip() for name in rows[0])
    if len(rows) == 3 and any(cell.startswith('{"ImportId"') for cell in rows[2]):
        return 3, first
    if not {"Respondent ID", "Collector ID"} <= set(first) or len(rows) < 2 or rows[1][0].strip():
        return 1, first
    questions, last = [], ""
    for name in first:
        last = name or last
        questions.append(last)
    below = [cell.strip() for cell in rows[1]]
    choices = [below[place] if place < len(below) else "" for place in range(len(first))]
    return 2, tuple(
        f"{question} - {choice}" if choice not in _SINGLE else question
        for question, choice in zip(questions, choices, strict=True)
    )


def unlike(columns: Sequence[str]) -> list[str]:
    """The names of columns with a number where a name is there twice or missing.

    Example:
        >>> unlike(["nps", "team", "team", ""])
        ['nps', 'team', 'team (3)', 'column 4']
    """
    told: list[str] = []
    for place, name in enumerate(columns, start=1):
        told.append(f"{name} ({place})" if name in told else name or f"column {place}")
    return told


def doubt(start: str) -> str:
    r"""Why the first line may be no header, a sentence for somebody whose column was not found; "" without doubt.

    Example:
        >>> doubt("NPS 2026\n\nrating,team\n9,a\n3,b\n")
        "its first line, 'NPS 2026', looks like a title, and line 3 like the header; delete the lines above line 3."
    """
    lines = _whole_lines(start)
    separator = max(_SEPARATORS, key=lambda separator: _evenness(lines, separator))
    reader = csv.reader(lines, delimiter=separator)
    rows = [(reader.line_num, row) for row in islice(reader, _LOOKED_AT) if any(map(str.strip, row))]
    _, usual = _usual([row for _, row in rows])
    if usual < 2 or not _is_title(rows[0][1], usual):
        return ""
    line = next((line for line, row in rows[1:] if len(row) == usual and all(map(_is_name, row))), None)
    title = " ".join(filter(None, map(str.strip, rows[0][1])))
    if line is None:
        return ""
    return (
        f"its first line, {title!r}, looks like a title, and line {line} like the header; "
        f"delete the lines above line {line}."
    )


def _is_title(row: Sequence[str], usual: int) -> bool:
    filled = sum(1 for cell in row if cell.strip())
    return bool(row[0].strip()) and (len(row) < usual or filled <= usual / 2)


def _is_name(cell: str) -> bool:
    return bool(cell.strip()) and not cell.strip()[0].isdigit()


def _whole_lines(start: str) -> list[str]:
    lines = start.splitlines(keepends=True)
    if len(lines) > 1 and not start.endswith(("\n", "\r")):
        lines.pop()  # cut off in the middle
    return lines


def _evenness(lines: Sequence[str], separator: str) -> tuple[bool, float, int]:
    rows = [row for row in islice(csv.reader(lines, delimiter=separator), _LOOKED_AT) if row]
    share, usual = _usual(rows)
    return usual > 1, share, usual


def _usual(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """The commonest count of cells, and the share of the rows that have it."""
    counts = [len(row) for row in rows]
    usual = max(set(counts), key=counts.count, default=0)
    return counts.count(usual) / max(1, len(counts)), usual
