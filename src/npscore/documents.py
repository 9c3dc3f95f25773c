"""Files of segments: what stands in them, checked, and the segmentation that they mean.

A file may age, the segmentation need not: this is the one place that knows versions of the form. Texts come in and go
out; reading and writing files is for others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from npscore.errors import InputError, InvalidRuleError, MissingExtraError, short
from npscore.scoring.choices import check_choice
from npscore.segments.rules import DEEPEST, Rule
from npscore.segments.segmentation import REST, Segment, Segmentation

DocumentForm = Literal["toml", "json", "yaml"]
"""The forms of a file."""

VERSION = 1
"""The version of the form that is written; newer ones are refused."""

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Entry(BaseModel):
    """One segment of a file: its rule in words, as JSON or as JsonLogic."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: _Name
    rule: str | dict[str, Any]


class _File(BaseModel):
    """A file of segments."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: int
    name: _Name = "segment"
    overlapping: bool = False
    rest: _Name = REST
    segments: list[_Entry] = Field(max_length=1_000)


def read_segments(text: str, form: DocumentForm) -> Segmentation:
    """The segmentation that a file of segments means.

    Args:
        text: of the whole file.
        form: ``"toml"``, ``"json"`` or ``"yaml"``.

    Raises:
        InputError: for what is no such file, saying where; for a version that
            is newer than this library; and for a name given twice, which these
            forms would else read as the last.
        InvalidRuleError: for a rule that cannot be read, naming its segment.
        MissingExtraError: for YAML without the extra ``documents``.

    Example:
        >>> made = read_segments('''
        ... version = 1
        ... name = "tier"
        ... [[segments]]
        ... name = "large"
        ... rule = "account.revenue >= 100000"
        ... ''', "toml")
        >>> made.of({"account.revenue": 250_000})
        ('large',)
    """
    check_choice("form", form, get_args(DocumentForm))
    if not isinstance(text, str):
        raise InputError(f"a file of segments is read as a text, not from {short(text)}.")
    data = _READERS[form](text)
    _check_version(data)
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise _invalid(error) from None
    segments = [Segment(entry.name, _rule(entry)) for entry in file.segments]
    return Segmentation(segments, name=file.name, overlapping=file.overlapping, rest=file.rest)


def write_segments(segmentation: Segmentation, form: DocumentForm) -> str:
    """A segmentation as the text of a file, which `read_segments` reads back to an equal one.

    Raises:
        InputError: for a form that there is not, and for names and numbers of
            segments that no file has.
        MissingExtraError: for TOML and YAML without the extra ``documents``.

    Example:
        >>> print(write_segments(Segmentation({"large": "account.revenue >= 100000"}), "json"))
        {
          "version": 1,
          "name": "segment",
          "overlapping": false,
          "rest": "rest",
          "segments": [
            {
              "name": "large",
              "rule": "account.revenue >= 100000"
            }
          ]
        }
    """
    check_choice("form", form, get_args(DocumentForm))
    if not isinstance(segmentation, Segmentation):
        raise InputError(f"a file of segments is written of a Segmentation, not of {short(segmentation)}.")
    data = {
        "version": VERSION,
        "name": segmentation.name,
        "overlapping": segmentation.overlapping,
        "rest": segmentation.rest,
        "segments": [{"name": segment.name, "rule": str(segment.rule)} for segment in segmentation.segments],
    }
    try:
        _File.model_validate(data)
    except ValidationError as error:
        raise _invalid(error) from None
    return _WRITERS[form](data)


def schema() -> dict[str, Any]:
    """The JSON Schema of a file of segments, for editors and for services that keep them."""
    from npscore.segments.json_form import schema as schema_of_rules

    made, rules = _File.model_json_schema(), schema_of_rules()
    made["$defs"] |= rules["$defs"]
    logic = {
        "type": "object",
        "properties": {"jsonlogic": {}},
        "required": ["jsonlogic"],
        "additionalProperties": False,
    }
    made["$defs"]["_Entry"]["properties"]["rule"] = {"oneOf": [{"type": "string"}, {"$ref": "#/$defs/rule"}, logic]}
    made["properties"]["version"] = {"const": VERSION}
    return {"$schema": rules["$schema"], **made, "title": "npscore segments"}


def _check_version(data: Any) -> None:
    if not isinstance(data, Mapping):
        raise InputError(f"a file of segments has a version and segments at its top, not {short(data)}.")
    version = data.get("version")
    if version is None:
        raise InputError(f"a file of segments begins with version = {VERSION}; this one has none.")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InputError(f"the version of a file is a whole number such as {VERSION}, not {short(version)}.")
    if version > VERSION:
        raise InputError(
            f"the file has version {version}, and this npscore reads up to {VERSION}; install a newer one."
        )


def _invalid(error: ValidationError) -> InputError:
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in fault["loc"] if part != "str")
    known = ", ".join(_Entry.model_fields if "segments" in fault["loc"] else _File.model_fields)
    hint = f"; it has {known}" if fault["type"] == "extra_forbidden" else ""
    return InputError(f"{place} of the file of segments: {fault['msg'].lower()}{hint}; it was {short(fault['input'])}.")


def _rule(entry: _Entry) -> Rule:
    try:
        if isinstance(entry.rule, str):
            return Rule.parse(entry.rule)
        if set(entry.rule) == {"jsonlogic"}:
            return Rule.from_jsonlogic(entry.rule["jsonlogic"])
        return Rule.from_json(entry.rule)
    except InvalidRuleError as error:
        raise InvalidRuleError(f"segment {entry.name!r}: {error}", error.column) from None


def _from_toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"the file is no TOML: {error}.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"the file has {twice!r} twice in one place.")
    return made


def _from_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"the file is no JSON: {error}.") from None


def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        raise MissingExtraError("yaml", "documents") from None
    return yaml


def _from_yaml(text: str) -> Any:
    yaml = _yaml()
    try:
        _check_events(yaml, text)
        return _plain(yaml, yaml.compose(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"the file is no YAML: {' '.join(str(error).split())}.") from None


def _check_events(yaml: Any, text: str) -> None:
    """Refuse references, and depths at which the parser takes minutes."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise InputError("a file of segments repeats nothing by reference; write out what the * stands for.")
        if depth > 3 * DEEPEST:
            raise InputError(f"the file is no YAML of segments: it has more than {3 * DEEPEST} levels.")


def _plain(yaml: Any, node: Any) -> Any:
    """The values of a node, no name of a mapping being given twice."""
    if isinstance(node, yaml.CollectionNode) and node.tag not in _YAML_TAGS:
        raise InputError(f"a file of segments holds lists and mappings, not {short(node.tag)}.")
    if isinstance(node, yaml.MappingNode):
        return _once([(_plain(yaml, name), _plain(yaml, value)) for name, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return [_plain(yaml, value) for value in node.value]
    return None if node is None else yaml.SafeLoader("").construct_object(node)


_YAML_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


def _to_json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def _to_toml(data: Mapping[str, Any]) -> str:
    try:
        import tomli_w
    except ImportError:
        raise MissingExtraError("tomli_w", "documents") from None
    return tomli_w.dumps(data)


def _to_yaml(data: Mapping[str, Any]) -> str:
    made: str = _yaml().safe_dump(data, sort_keys=False, allow_unicode=True, width=1_000_000)
    return made


_READERS = {"toml": _from_toml, "json": _from_json, "yaml": _from_yaml}
_WRITERS = {"toml": _to_toml, "json": _to_json, "yaml": _to_yaml}
