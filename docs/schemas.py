"""Writes the JSON Schemas of the records, which services that wrap the library read: `python docs/schemas.py`."""

from __future__ import annotations

import json
from pathlib import Path

from npscore import documents
from npscore.models import KINDS, Record

FOLDER = Path(__file__).parent / "_static" / "schemas"


def schema(kind: type[Record]) -> str:
    """The JSON Schema of a kind, as text."""
    return json.dumps(kind.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def schema_of_segments() -> str:
    """The JSON Schema of a file of segments, as text."""
    return json.dumps(documents.schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, kind in KINDS.items():
        (FOLDER / f"{name}.json").write_text(schema(kind), encoding="utf-8")
    (FOLDER / "segments.json").write_text(schema_of_segments(), encoding="utf-8")
