"""Cells of text become ratings, or say why not. A cell that cannot be read is never guessed at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from unicodedata import normalize

from npscore.errors import InputError

BLANKS = frozenset({"", "-", "--", ".", "na", "n/a", "#n/a", "nan", "none", "null", "nil", "(blank)"})
"""Texts that mean "no answer", in lower case."""

_WHOLE = re.compile(r"\s*(-?[0-9]{1,9})(?:\.0+|,0{1,2})?\s*")
_OUT_OF = re.compile(r"(\d{1,9})\s*(?:/|out of|of)\s*(\d{1,9})", re.IGNORECASE)
_LABELLED = re.compile(r"(\d{1,9})\s*(?:[-:=]|\u2013|\u2014)\s*[^\W\d_].*|(\d{1,9})\s*\([^\W\d_].*\)|(\d{1,9}) points?")
_NAMED = re.compile(r"(?:nps|score|rating)\s*[:=]?\s*(\d{1,9})", re.IGNORECASE)
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LONGEST_LENIENT = 200


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


def read_leniently(text: str, high: int = 10) -> int | None:
    """The rating that a text plainly means although it is no number alone; None when it does not.

    Reads a rating out of the highest one ("7/10"), with its label ("9 - Likely"),
    after its name ("score 8"), as an English word ("ten") and in full-width digits.

    Args:
        text: of a cell.
        high: the highest rating of the scale: "7/5" means nothing on 0-10.

    Example:
        >>> [read_leniently(text) for text in ("7/10", "9 - Likely", "score 8", "ten", "7/5", "7-8", "9.5")]
        [7, 9, 8, 10, None, None, None]
    """
    plain = normalize("NFKC", text[: _LONGEST_LENIENT + 1]).strip()
    if len(plain) > _LONGEST_LENIENT:
        return None
    if plain.lower() in _NUMBERS:
        return _NUMBERS.index(plain.lower())
    if match := _OUT_OF.fullmatch(plain):
        return int(match[1]) if int(match[2]) == high else None
    for pattern in (_WHOLE, _NAMED, _LABELLED):
        if match := pattern.fullmatch(plain):
            return int(next(filter(None, match.groups())))
    return None


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
