"""The forms of files: texts to values and back, the version, and what is wrong said where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar, get_args

import attrs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from npscore.errors import InputError, InvalidRuleError, MissingExtraError, short
from npscore.scoring.choices import check_choice
from npscore.segments.rules import DEEPEST, Rule

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

DocumentForm = Literal["toml", "json", "yaml"]
"""The forms of a file."""

VERSION = 1
"""The version of the forms that is written; newer ones are refused."""

Name = Annotated[str, Field(min_length=1, max_length=200)]
"""What people call something."""


class Part(BaseModel):
    """A part of a file: what it may have, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


P = TypeVar("P", bound=Part)


def _rule_form(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise ValueError("a rule is its text form, its JSON form or { jsonlogic = ... }")
    return value


RuleForm = Annotated[Any, BeforeValidator(_rule_form)]
"""A rule in words, as JSON or as JsonLogic."""


@attrs.frozen
class Document(Generic[P]):
    """A kind of file.

    Attributes:
        what: it is called, as in ``"file of segments"``.
        top: the part that is the whole file.
        parts: those below, by the name under which they stand.
    """

    what: str
    top: type[P]
    parts: Mapping[str, type[Part]]

    def read(self, text: str, form: DocumentForm) -> P:
        """The values of a file, all of which it may have.

        Args:
            text: of the whole file.
            form: ``"toml"``, ``"json"`` or ``"yaml"``.

        Raises:
            InputError: for a form that there is not, a text that is not of the
                form, a name that is given twice in one place, and a version
                that is none or newer than this library; and with the first
                value that is wrong, saying where it is, a name that is nearly
                right coming before what is missing.
            MissingExtraError: for YAML without the extra ``documents``.
        """
        check_choice("form", form, get_args(DocumentForm))
        if not isinstance(text, str):
            raise InputError(f"a {self.what} is read as a text, not from {short(text)}.")
        data = _READERS[form](text, self.what)
        _check_version(data, self.what)
        return self._checked(data)

    def write(self, data: Mapping[str, Any], form: DocumentForm) -> str:
        """Values as the text of a file of this version.

        Raises:
            InputError: for values that no such file has, and a form that there
                is not.
            MissingExtraError: for TOML and YAML without the extra ``documents``.
        """
        versioned = {"version": VERSION, **data}
        self._checked(versioned)
        check_choice("form", form, get_args(DocumentForm))
        return _WRITERS[form](versioned)

    def _checked(self, data: Any) -> P:
        try:
            return self.top.model_validate(data)
        except ValidationError as error:
            raise _invalid(error, self.what, {"": self.top, **self.parts}) from None


def _invalid(error: ValidationError, what: str, parts: Mapping[str, type[Part]]) -> InputError:
    faults = [(fault, _hint(fault, parts)) for fault in error.errors(include_url=False)]
    fault, hint = next((one for one in faults if "did you mean" in one[1]), faults[0])
    names = [str(part + 1 if isinstance(part, int) else part) for part in fault["loc"]]
    reason = _REASONS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    reason = reason[:1].lower() + reason[1:]
    return InputError(f"{'.'.join(names)} of the {what}: {reason}{hint}; it was {short(fault['input'])}.")


_REASONS = {
    "list_type": "a list is asked for, which stands between [ and ]",
    "model_type": "names with values are asked for, which stand between { and }",
}
"""What pydantic would say in words of Python."""


def _hint(fault: ErrorDetails, parts: Mapping[str, type[Part]]) -> str:
    """What a part has, for a name that it has not, and for what is no part."""
    *above, name = fault["loc"] or ("",)
    if fault["type"] == "model_type":
        above = [*above, name]
    elif fault["type"] != "extra_forbidden":
        return ""
    known = parts[next((str(part) for part in reversed(above) if part in parts), "")].model_fields
    near = get_close_matches(str(name).lower(), known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"{meant or ';'} it has {', '.join(known)}"


@contextmanager
def within(place: str) -> Iterator[None]:
    """Says of what is wrong in a block where it stands.

    Args:
        place: what people call it, as in ``"segment 'large'"``.

    Raises:
        InvalidRuleError: for one of the block, behind the place.
        InputError: for any other of the block, likewise.
    """
    try:
        yield
    except InvalidRuleError as error:
        raise InvalidRuleError(f"{place}: {error}", error.column) from None
    except InputError as error:
        raise InputError(f"{place}: {error}") from None


def rule_of(written: str | dict[str, Any]) -> Rule:
    """The rule that is written in words, as JSON or as JsonLogic.

    Raises:
        InvalidRuleError: for what cannot be read.
    """
    if isinstance(written, str):
        return Rule.parse(written)
    if set(written) == {"jsonlogic"}:
        return Rule.from_jsonlogic(written["jsonlogic"])
    return Rule.from_json(written)


def rules_in_schema(made: dict[str, Any], part: str, name: str, title: str) -> dict[str, Any]:
    """The schema of a file that holds rules, with the forms that they have.

    Args:
        made: as pydantic has it.
        part: the definition that has the rule.
        name: of the rule in it.
        title: of the whole.
    """
    from npscore.segments.json_form import schema as schema_of_rules

    rules = schema_of_rules()
    made["$defs"] |= rules["$defs"]
    logic = {
        "type": "object",
        "properties": {"jsonlogic": {}},
        "required": ["jsonlogic"],
        "additionalProperties": False,
    }
    made["$defs"][part]["properties"][name] = {"oneOf": [{"type": "string"}, {"$ref": "#/$defs/rule"}, logic]}
    made["properties"]["version"] = {"const": VERSION}
    return {"$schema": rules["$schema"], **made, "title": title}


def _check_version(data: Any, what: str) -> None:
    if not isinstance(data, Mapping):
        raise InputError(f"a {what} has a version and other names at its top, not {short(data)}.")
    version = data.get("version")
    if version is None:
        raise InputError(f"a {what} begins with version = {VERSION}; this one has none.")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InputError(f"the version of a file is a whole number such as {VERSION}, not {short(version)}.")
    if version > VERSION:
        raise InputError(
            f"the file has version {version}, and this npscore reads up to {VERSION}; install a newer one."
        )


def _from_toml(text: str, _what: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the file is no TOML: {' '.join(str(error).split())}.") from None


def _once(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if (odd := next((name for name in names if not isinstance(name, str)), None)) is not None:
        raise InputError(f"the names in a file are texts, not {short(odd)}.")
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"the file has {twice!r} twice in one place.")
    return made


def _from_json(text: str, _what: str) -> Any:
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


def _from_yaml(text: str, what: str) -> Any:
    yaml = _yaml()
    try:
        _check_events(yaml, text, what)
        return _plain(yaml, yaml.compose(text, Loader=yaml.SafeLoader), what)
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"the file is no YAML: {' '.join(str(error).split())}.") from None


def _check_events(yaml: Any, text: str, what: str) -> None:
    """Refuse references, and depths at which the parser takes minutes."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise InputError(f"a {what} repeats nothing by reference; write out what the * stands for.")
        if depth > 3 * DEEPEST:
            raise InputError(f"the file is no YAML of a {what}: it has more than {3 * DEEPEST} levels.")


def _plain(yaml: Any, node: Any, what: str) -> Any:
    """The values of a node, no name of a mapping being given twice."""
    if isinstance(node, yaml.CollectionNode) and node.tag not in _YAML_TAGS:
        raise InputError(f"a {what} holds lists and mappings, not {short(node.tag)}.")
    if isinstance(node, yaml.MappingNode):
        return _once([(_plain(yaml, name, what), _plain(yaml, value, what)) for name, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return [_plain(yaml, value, what) for value in node.value]
    return None if node is None else _scalar(yaml, node)


def _scalar(yaml: Any, node: Any) -> Any:
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, LookupError, AttributeError, TypeError):  # a thirteenth month, or a tag that lies
        raise InputError(f"the file is no YAML: {short(node.value)} is not what it looks like.") from None


_YAML_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


def _to_json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, default=date.isoformat)


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
