"""JSON texts into values, or the fault that makes them none."""

from __future__ import annotations

import json
from typing import Any

_MOST_DIGITS = 600  # Python can be told to read no more than 640


def loaded(text: str) -> tuple[Any, str | None]:
    """The value of a text, and why there is none.

    Example:
        >>> loaded("[9]"), loaded("[9")[1]
        (([9], None), "not JSON: Expecting ',' delimiter: line 1 column 3 (char 2)")
    """
    for read_whole in (int, _whole_number):
        try:
            return json.loads(text, parse_int=read_whole), None
        except json.JSONDecodeError as error:
            return None, f"not JSON: {error}"
        except RecursionError:
            return None, "not JSON: it is nested too deeply"
        except ValueError:  # a number of more digits than Python reads
            continue
    return None, "not JSON"


def parsed(line: str) -> tuple[Any, str | None]:
    """The object of a line, and why there is none."""
    record, fault = loaded(line)
    if fault is None and not isinstance(record, dict):
        fault = "not a JSON object"
    return record, fault


def _whole_number(digits: str) -> int | str:
    """A number of very many digits stays text, for whoever wants a number to refuse."""
    return int(digits) if len(digits) <= _MOST_DIGITS else digits
