"""Cells of text become ratings, or say why not. A cell that cannot be read is never guessed at."""

from __future__ import annotations

import re
from collections.abc import Mapping

from npscore.errors import InputError

BLANKS = frozenset({"", "-", "--", ".", "na", "n/a", "#n/a", "nan", "none", "null", "nil", "(blank)"})
"""Texts that mean "no answer", in lower case."""

_WHOLE = re.compile(r"\s*(-?[0-9]{1,9})(?:\.0+|,0{1,2})?\s*")


def read_rating(cell: object, words: Mapping[str, int] | None = None) -> object:
    """What a cell says: a whole number, None for no answer, or the cell itself when it is no rating.

    Digits may have blanks around them, leading zeros and a decimal part of
    zeros after a point or a comma. Everything else stays as it is, for a
    tally to count as invalid.

    Args:
        cell: a text, or a value that a typed file brought.
        words: what texts mean, keys in lower case; when given, a text that is
            neither a number nor listed is no answer.

    Example:
        >>> [read_rating(cell) for cell in (" 07 ", "9,0", "10.0", "n/a", "9.5", "ten")]
        [7, 9, 10, None, '9.5', 'ten']
        >>> read_rating("Don't know", {"likely": 4}) is None
        True
    """
    if not isinstance(cell, str):
        return cell
    text = cell.strip().lower()
    if words and text in words:
        return words[text]
    if match := _WHOLE.fullmatch(cell):
        return int(match[1])
    return None if words is not None or text in BLANKS else cell


def read_words(text: str) -> dict[str, int]:
    """Read ``"Extremely likely=5,Likely=4"`` into what words mean.

    Raises:
        InputError: for a part that is not WORD=NUMBER.

    Example:
        >>> read_words("Likely=4, Unlikely=2")
        {'likely': 4, 'unlikely': 2}
    """
    words: dict[str, int] = {}
    for part in text.split(","):
        word, equals, number = part.rpartition("=")
        if not equals or not _WHOLE.fullmatch(number) or not word.strip():
            raise InputError(f"{part.strip()!r} is not WORD=NUMBER, as in 'Extremely likely=5'.")
        words[word.strip().lower()] = int(number)
    return words
