"""The JSON Schemas that the pages hand out are those of records, rules and files; ready-made policies are today's."""

import json
import runpy
from pathlib import Path

import pytest

from npscore.documents import read_policy
from npscore.loop.ready import ready_policy
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


def test_the_page_hands_out_todays_schema_of_files_of_policies() -> None:
    published = (DOCS / "_static" / "schemas" / "policy.json").read_text(encoding="utf-8")
    assert published == SCHEMAS["schema_of_policies"](), "run python docs/schemas.py"
    assert "schemas/policy.json" in (DOCS / "reference" / "policy-files.md").read_text(encoding="utf-8")


def test_the_page_tells_of_every_key_of_a_file_of_a_policy() -> None:
    page = (DOCS / "reference" / "policy-files.md").read_text(encoding="utf-8")
    assert SCHEMAS["keys_of_policies"]() in page, "take what keys_of_policies of docs/schemas.py writes"


@pytest.mark.parametrize("stem", SCHEMAS["READY"])
def test_the_pages_hand_out_todays_ready_made_policies(stem: str) -> None:
    published = (DOCS / "_static" / "policies" / f"{stem}.toml").read_text(encoding="utf-8")
    name = SCHEMAS["READY"][stem]
    assert published == SCHEMAS["ready_file"](name), "run python docs/schemas.py"
    assert read_policy(published, "toml") == ready_policy(name)
    assert f"policies/{stem}.toml" in (DOCS / "reference" / "policies.md").read_text(encoding="utf-8")
