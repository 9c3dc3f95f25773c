"""Writes what services that wrap the library read: `python docs/schemas.py`.

The JSON Schemas of records, rules, files of segments and files of policies, and the ready-made policies as files.
"""

from __future__ import annotations

import json
from pathlib import Path

from npscore import documents
from npscore.loop.ready import ready_policy
from npscore.models import KINDS, Record
from npscore.segments import json_form

FOLDER = Path(__file__).parent / "_static" / "schemas"
POLICIES = Path(__file__).parent / "_static" / "policies"
READY = {"b2b-saas": "b2b saas", "retailer": "retailer", "helpdesk": "helpdesk"}


def schema(kind: type[Record]) -> str:
    """The JSON Schema of a kind, as text."""
    return json.dumps(kind.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def schema_of_segments() -> str:
    """The JSON Schema of a file of segments, as text."""
    return json.dumps(documents.schema(), indent=2, ensure_ascii=False) + "\n"


def schema_of_policies() -> str:
    """The JSON Schema of a file of a policy, as text."""
    return json.dumps(documents.policy_schema(), indent=2, ensure_ascii=False) + "\n"


def keys_of_policies() -> str:
    """The keys of a file of a policy as tables, from its schema."""
    schema = documents.policy_schema()
    parts = {"": schema} | {name: part for name, part in schema["$defs"].items() if name.startswith("_")}
    return "\n".join(_table(TITLES[name], parts[name]) for name in TITLES)


TITLES = {
    "": "At the top", "_Hours": "`[hours]`", "_Holidays": "`hours.holidays`", "_Owners": "`[owners]`",
    "_Rule": "`[[rules]]`", "_Case": "`case`", "_Deed": "`then`", "_Escalation": "`[[escalations]]`",
}  # fmt: skip


def _table(title: str, part: dict) -> str:
    rows = [_row(name, field, name in part.get("required", ())) for name, field in part["properties"].items()]
    return "\n".join([f"### {title}", "", "| key | default | what |", "|---|---|---|", *rows, ""])


def _row(name: str, field: dict, required: bool) -> str:
    default = field.get("default") or "none"
    shown = "required" if required else default if default == "none" else f"`{json.dumps(default)}`"
    return f"| `{name}` | {shown} | {field.get('description', DESCRIPTIONS.get(name))} |"


DESCRIPTIONS = {
    "version": "of the form of the file, 1",
    "when": "rule in its [text form](segments.md), its JSON form or JsonLogic",
}


def ready_file(name: str) -> str:
    """A ready-made policy as a file."""
    return documents.write_policy(ready_policy(name), "toml")


def rule_schema() -> str:
    """The JSON Schema of the JSON form of rules, as text."""
    return json.dumps(json_form.schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, kind in KINDS.items():
        (FOLDER / f"{name}.json").write_text(schema(kind), encoding="utf-8")
    (FOLDER / "segments.json").write_text(schema_of_segments(), encoding="utf-8")
    (FOLDER / "policy.json").write_text(schema_of_policies(), encoding="utf-8")
    for stem, name in READY.items():
        (POLICIES / f"{stem}.toml").write_text(ready_file(name), encoding="utf-8")
    (FOLDER / "rule.json").write_text(rule_schema(), encoding="utf-8")
