"""Rows out of what they came in: the page of an API, the object of one message, a plain list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from npscore.errors import InputError
from npscore.intake.guessing import guess_rating
from npscore.intake.rows import Values
from npscore.intake.vendors import SHAPES

_NAMES = ("results", "responses", "value", "records", "items", "data", "subscribers")
_DEEPEST = 3


def opened(source: Any) -> Iterable[Any]:
    """The rows of what was given: of an envelope its list, of a single object itself.

    Raises:
        InputError: for what holds no rows at all.

    Example:
        >>> opened({"results": [{"id": "1"}, {"id": "2"}], "paging": {}})
        [{'id': '1'}, {'id': '2'}]
        >>> opened({"id": "1", "score": 9, "items": []})
        [{'id': '1', 'score': 9, 'items': []}]
    """
    if isinstance(source, Mapping):
        inner = None if _is_answer(source) else _list_in(source, 0)
        return [source] if inner is None else inner
    if isinstance(source, str | bytes) or not isinstance(source, Iterable) or hasattr(source, "shape"):
        raise InputError(
            f"rows are mappings, or an object of JSON that was parsed, not {type(source).__name__}; "
            "read text with json.loads or csv.DictReader first, and a dataframe with to_dict('records') or to_dicts()."
        )
    return source


def _list_in(payload: Values, depth: int) -> list[Any] | None:
    for name in _NAMES:
        inner = payload.get(name)
        if isinstance(inner, list) and (not inner or any(isinstance(item, Mapping) for item in inner)):
            return inner
        if isinstance(inner, Mapping) and depth < _DEEPEST and (deeper := _list_in(inner, depth + 1)) is not None:
            return deeper
    return None


def _is_answer(payload: Values) -> bool:
    """Whether an object is itself an answer, whatever lists it has."""
    if not any(isinstance(payload.get(name), list | Mapping) for name in _NAMES):
        return True
    if any(shape.fits(payload) for shape in SHAPES.values()):
        return True
    rating = guess_rating([name for name, value in payload.items() if not isinstance(value, list | Mapping)])
    return rating is not None
