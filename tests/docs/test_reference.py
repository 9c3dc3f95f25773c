"""The reference has every public name."""

import re
from pathlib import Path

import npscore

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_every_public_name_is_in_the_reference() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE.rglob("*.md"))
    named = {match.rsplit(".", 1)[-1] for match in re.findall(r"auto(?:function|class|data):: (\S+)", text)}
    for module in re.findall(r"automodule:: (\S+)", text):
        named |= {name for name in npscore.__all__ if npscore._HOME_OF[name] == module}
    assert set(npscore.__all__) <= named, sorted(set(npscore.__all__) - named)
