"""The JSON Schemas that the pages hand out are those of the records and of rules."""

import json
import runpy
from pathlib import Path

import pytest

from npscore.models import KINDS

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS = runpy.run_path(str(DOCS / "schemas.py"))


@pytest.mark.parametrize("name", KINDS)
def test_the_page_hands_out_todays_schema(name: str) -> None:
    published = (DOCS / "_static" / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert published == SCHEMAS["schema"](KINDS[name]), "run python docs/schemas.py"
    assert json.loads(published)["additionalProperties"] is False
    assert f"schemas/{name}.json" in (DOCS / "reference" / "records.md").read_text(encoding="utf-8")


def test_the_page_hands_out_todays_schema_of_files_of_segments() -> None:
    published = (DOCS / "_static" / "schemas" / "segments.json").read_text(encoding="utf-8")
    assert published == SCHEMAS["schema_of_segments"](), "run python docs/schemas.py"


def test_the_page_hands_out_todays_schema_of_rules() -> None:
    published = (DOCS / "_static" / "schemas" / "rule.json").read_text(encoding="utf-8")
    assert published == SCHEMAS["rule_schema"](), "run python docs/schemas.py"
    assert "schemas/rule.json" in (DOCS / "reference" / "segments.md").read_text(encoding="utf-8")
