"""Why a record cannot be made, in words of ours: half a sentence that follows the name of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_REASONS = {
    "missing": "missing",
    "extra_forbidden": "not a field of such a record",
    "string_type": "not a text",
    "string_too_short": "empty",
    "string_too_long": "longer than {max_length:,} characters",
    "int_type": "not a whole number",
    "int_from_float": "not a whole number",
    "int_parsing": "not a whole number",
    "int_parsing_size": "a number of too many digits",
    "bool_type": "neither true nor false",
    "datetime_type": "not a time",
    "timezone_aware": "a time without a zone",
    "literal_error": "none of {expected}",
    "greater_than_equal": "less than {ge:,}",
    "less_than_equal": "more than {le:,}",
    "less_than": "not less than {lt:,}",
    "too_long": "more than {max_length:,} entries",
    "tuple_type": "not a list",
    "dict_type": "not a mapping of names to values",
    "model_type": "not a mapping of names to values",
    "decimal_type": "not an amount",
    "decimal_parsing": "not an amount",
    "decimal_max_digits": "more than {max_digits} digits",
    "finite_number": "not a finite number",
    "json_invalid": "not JSON: {error}",
}
"""What pydantic finds, by its own name for it."""

_WRITTEN = {"^[A-Z]{3}$": "not a currency; it is written as EUR"}
_NOT_A_SCALE = "not a scale; it is written as 0-10 or 1-5:4:5"
_NO_ATTRIBUTE = "neither a text, a finite number nor a truth value"


def reason_of(fault: ErrorDetails, *, one_of_several: bool) -> str:
    """What is wrong, half a sentence.

    Args:
        fault: what pydantic found.
        one_of_several: whether the value might have been of several types, of which it is none.
    """
    name, told = fault["type"], fault.get("ctx", {})
    if one_of_several and name in ("string_type", "bool_type", "int_type", "float_type"):
        return _NO_ATTRIBUTE
    if name == "string_pattern_mismatch":
        return _WRITTEN.get(told.get("pattern", ""), _NOT_A_SCALE)
    return _REASONS[name].format(**told) if name in _REASONS else _sentence(fault["msg"])


def _sentence(message: str) -> str:
    """A message as half a sentence: ours, or one of pydantic for which there are no words here."""
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
