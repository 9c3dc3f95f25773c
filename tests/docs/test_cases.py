"""The page of cases, its picture and its text for Mermaid are those of the one table."""

import re
import runpy
from pathlib import Path
from typing import get_args

from npscore.loop.transitions import STATES, TRANSITIONS, diagram
from npscore.models.actions import Step

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference" / "cases.md").read_text(encoding="utf-8")
DRAWING = runpy.run_path(str(DOCS / "cases.py"))


def test_the_page_shows_todays_picture():
    kept = (DOCS / "_static" / "case-states.svg").read_text(encoding="utf-8")
    assert kept == DRAWING["draw"](), "run python docs/cases.py"
    assert "_static/case-states.svg" in PAGE


def test_the_picture_has_an_arrow_for_each_way_of_the_table_and_no_other():
    ways = {(before, state) for before, steps in TRANSITIONS.items() for state in steps.values() if before != state}
    assert set(DRAWING["PATHS"]) == ways
    drawn = DRAWING["draw"]()
    assert drawn.count("<path ") == len(ways)
    words = set(re.findall(r"[a-z-]+", " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawn))))
    assert {step for steps in TRANSITIONS.values() for step in steps} | set(STATES) <= words


def test_the_text_for_mermaid_is_that_of_the_table():
    assert re.search(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)[1] == diagram()


def test_the_page_explains_every_state_and_every_step():
    rows = re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted([*STATES, *(step for step in get_args(Step) if step != "decided")])
