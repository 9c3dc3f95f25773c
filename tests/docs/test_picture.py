"""The picture in the README shows what the command prints today."""

import html
import re
import runpy
from pathlib import Path

from npscore.cli.app import demo_csv

ROOT = Path(__file__).parents[2]


def _words(svg: str) -> list[str]:
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return " ".join(html.unescape(text) for text in texts).split()


def test_the_picture_in_the_readme_is_todays_output(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text(demo_csv(), encoding="utf-8")
    draw = runpy.run_path(str(ROOT / "docs" / "picture.py"))["draw"]
    drawn = _words(draw(answers))
    kept = _words((ROOT / "docs" / "_static" / "scores.svg").read_text(encoding="utf-8"))
    assert kept == drawn, "run `nox -s demo` to draw it again"
    assert {"Europe", "2026", "Q2", "-8", "+26"} <= set(drawn)
