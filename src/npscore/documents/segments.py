"""Files of segments: what stands in them, checked, and the segmentation that they mean."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from npscore.documents.forms import Document, DocumentForm, Name, Part, RuleForm, rule_of, rules_in_schema, within
from npscore.errors import InputError, short
from npscore.segments.segmentation import REST, Segment, Segmentation


class _Entry(Part):
    """One segment of a file: its rule in words, as JSON or as JsonLogic."""

    name: Name
    rule: RuleForm


class _File(Part):
    """A file of segments."""

    version: int
    name: Name = "segment"
    overlapping: bool = False
    rest: Name = REST
    segments: list[_Entry] = Field(max_length=1_000)


_DOCUMENT = Document("file of segments", _File, {"segments": _Entry})


def read_segments(text: str, form: DocumentForm) -> Segmentation:
    """The segmentation that a file of segments means.

    Args:
        text: of the whole file.
        form: ``"toml"``, ``"json"`` or ``"yaml"``.

    Raises:
        InputError: for what is no such file, saying where; for a version that
            is newer than this library; and for a name given twice, which these
            forms would else read as the last.
        InvalidRuleError: for a rule that cannot be read, naming its segment;
            for a name that cannot be printed, and one that two segments have.
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
    file = _DOCUMENT.read(text, form)
    return Segmentation(map(_segment, file.segments), name=file.name, overlapping=file.overlapping, rest=file.rest)


def write_segments(segmentation: Segmentation, form: DocumentForm) -> str:
    """A segmentation as the text of a file, which `read_segments` reads back to an equal one.

    Raises:
        InputError: for what is no segmentation, a form that there is not, and
            names and numbers of segments that no file has.
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
    if not isinstance(segmentation, Segmentation):
        raise InputError(f"a {_DOCUMENT.what} is written of a Segmentation, not of {short(segmentation)}.")
    data = {
        "name": segmentation.name,
        "overlapping": segmentation.overlapping,
        "rest": segmentation.rest,
        "segments": [{"name": segment.name, "rule": str(segment.rule)} for segment in segmentation.segments],
    }
    return _DOCUMENT.write(data, form)


def schema() -> dict[str, Any]:
    """The JSON Schema of a file of segments, for editors and for services that keep them."""
    return rules_in_schema(_File.model_json_schema(), "_Entry", "rule", "npscore segments")


def _segment(given: _Entry) -> Segment:
    with within(f"segment {given.name!r}"):
        rule = rule_of(given.rule)
    return Segment(given.name, rule)
