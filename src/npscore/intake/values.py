"""What a value says in a field: a text, a truth, a metric, a category, a scale. What it does not say is a fault."""

from __future__ import annotations

import re
from functools import lru_cache

from npscore.errors import InputError
from npscore.intake.cells import BLANKS
from npscore.scoring.scales import Category, Scale

METRICS = {
    "nps": "nps", "enps": "nps", "relational nps": "nps", "transactional nps": "nps",
    "csat": "csat", "csat5": "csat", "smileys": "csat", "thumbs": "csat",
    "ces": "ces", "ces2": "ces", "ces7": "ces",
    "star": "star", "stars": "star", "5star": "star", "5-star": "star", "stars5": "star",
}  # fmt: skip
"""What tools call the metrics, in lower case."""

SCALES = {"nps": "0-10", "csat": "1-5", "ces": "1-7", "star": "1-5"}
"""The scale of each metric, where nobody says another."""

KINDS = {
    "relationship": "relationship", "relational": "relationship", "transactional": "transactional",
    "employee": "employee", "enps": "employee", "competitive": "competitive",
}  # fmt: skip

_TRUE = frozenset({"true", "1", "yes", "y", "t", "completed", "complete", "finished"})
_FALSE = frozenset({"false", "0", "no", "n", "f", "partial", "incomplete", "started"})
_CATEGORIES = {
    Category.DETRACTOR: ("detractor", "detractors", "detracteur", "détracteur", "kritiker", "detrattore"),
    Category.PASSIVE: (
        "passive", "passives", "neutral", "neutrals", "passif", "pasivo", "passiv", "indifferent", "indifferente",
    ),
    Category.PROMOTER: ("promoter", "promoters", "promoteur", "promotor", "promotore"),
}  # fmt: skip
_LABELS = {label: category for category, labels in _CATEGORIES.items() for label in labels}
_BOUNDS = re.compile(r"(-?\d{1,9})-(-?\d{1,9})(?::-?\d{1,9}:-?\d{1,9})?")
_LONGEST = 100_000
_LONGEST_BLANK = 1 + max(map(len, BLANKS))
_LONGEST_NAME = 1_000
_FORMULA = re.compile(r"\s*(?:[=@]|[+-](?:[A-Za-z_.]+\(|[0-9]+[-+*/^][0-9]|[^\n|]*\|[^\n!]*!))")
_HALF = re.compile("[\ud800-\udfff]")


class Fault(Exception):  # noqa: N818  # never leaves the room
    """Why a row is rejected: the field, half a sentence, and what it said."""

    def __init__(self, field: str, reason: str, raw: object = None) -> None:
        super().__init__(field, reason, raw)
        self.field = field
        self.reason = reason
        self.raw = raw


def line(field: str, raw: object) -> str | None:
    """The text of an id or a name, None for a blank.

    Raises:
        Fault: for what is neither text nor number.
    """
    if raw is None:
        return None
    if isinstance(raw, str):
        text = raw.strip()
        return None if len(text) < _LONGEST_BLANK and text.lower() in BLANKS else text
    if isinstance(raw, int | float):
        return _number(field, raw)
    raise Fault(field, "neither text nor a number", raw)


def _number(field: str, raw: float) -> str | None:
    if raw != raw:  # NaN
        return None
    if isinstance(raw, bool):
        return str(raw).lower()
    try:
        return str(int(raw)) if raw == int(raw) else str(raw)
    except (ValueError, OverflowError):
        raise Fault(field, "not a number that can be written", raw) from None


def truth(field: str, raw: object) -> bool | None:
    """Yes or no, None for a blank.

    Raises:
        Fault: for any other value.
    """
    text = line(field, raw)
    if text is None:
        return None
    if text.lower() in _TRUE or text.lower() in _FALSE:
        return text.lower() in _TRUE
    raise Fault(field, "neither yes nor no", raw)


def label(raw: object) -> Category | None:
    """The category that a tool's label means, None where it means none that is known."""
    return _LABELS.get(raw.strip().lower()) if isinstance(raw, str) else None


@lru_cache(maxsize=256)
def bounds(scale: str) -> tuple[int, int]:
    """The lowest and the highest rating of a scale as text.

    Raises:
        Fault: for what is no scale.
    """
    match = _BOUNDS.fullmatch(scale)
    if match is None or int(match[1]) >= int(match[2]):
        raise Fault("scale", "not a scale; it is written as 0-10 or 1-5:4:5", scale)
    return int(match[1]), int(match[2])


@lru_cache(maxsize=256)
def scale_of(text: str) -> Scale:
    """The scale on which answers can be scored as NPS.

    Raises:
        Fault: where the text leaves the cut-offs open.
    """
    try:
        return Scale.parse(text)
    except InputError as error:
        raise Fault("scale", str(error).rstrip("."), text) from None


def keepable(name: object, value: object) -> bool:
    """Whether a record can keep a value among its attributes."""
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not _is_clean(name):
        return False
    if isinstance(value, str):
        return len(value) <= _LONGEST and _is_clean(value)
    if isinstance(value, float):
        return abs(value) < float("inf")
    return isinstance(value, int) and value.bit_length() < 64


def _is_clean(text: str) -> bool:
    return "\0" not in text and (text.isascii() or _HALF.search(text) is None)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run a text instead of showing it.

    Example:
        >>> is_formula("=2+3"), is_formula("+49 30 123"), is_formula("- fine (mostly)")
        (True, False, False)
    """
    return text[:1] in "=@+- \t" and text != "" and _FORMULA.match(text[:200]) is not None
