"""The grammar of the reference has an example of each line, and the reader reads it."""

import re
from pathlib import Path

import pytest

from npscore import Rule
from npscore.segments.words import KEYWORDS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "segments.md").read_text(encoding="utf-8")
FORM = PAGE.split("## The text form")[1].split("## The JSON form")[0]
GRAMMAR = re.search(r"```text\n(.*?)```", FORM, re.DOTALL)[1]
EXAMPLES = [
    double or single
    for line in FORM.splitlines()
    if line.startswith("| ") and "example" not in line
    for double, single in re.findall(r"`` (.*?) ``|`([^`]+)`", line.split("|", 2)[2])
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_is_read_and_written_back(example):
    rule = Rule.parse(example)
    assert Rule.parse(str(rule)) == rule


def test_the_grammar_and_its_examples_have_all_words():
    words = set(re.findall(r'"([a-z]+)"', GRAMMAR))
    assert words - {"e"} == KEYWORDS
    shown = set(re.findall(r"[a-z]+", " ".join(EXAMPLES)))
    assert KEYWORDS - shown <= {"false", "minutes", "seconds", "microseconds"}
