"""Draws the picture of the terminal that the README shows: `python docs/picture.py answers.csv`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console

from npscore.adapters.files import look_at
from npscore.cli.counting import Choices, count
from npscore.report import terminal
from npscore.scoring.conventions import Convention

PICTURE = Path(__file__).parent / "_static" / "scores.svg"


def draw(answers: Path) -> str:
    """The picture of the main job on a file of answers, as SVG."""
    choices = Choices(
        rating="nps",
        by=("region",),
        every="quarter",
        at="answered_at",
        wheres=(),
        words=None,
        order=None,
        convention=Convention(),
    )
    console = Console(record=True, width=112, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(terminal(count([look_at(answers)], choices)))
    title = "npscore score answers.csv --by region --every quarter --at answered_at"
    return console.export_svg(title=title, unique_id="npscore")


if __name__ == "__main__":
    PICTURE.write_text(draw(Path(sys.argv[1])), encoding="utf-8")
