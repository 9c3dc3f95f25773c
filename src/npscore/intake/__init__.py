"""How answers come in: cells of text become ratings and times, or say why not.

Pure: from text to values. A cell that cannot be read is never guessed at.
"""

from npscore.intake.cells import BLANKS, read_rating, read_words
from npscore.intake.guessing import guess_id, guess_rating, guess_time
from npscore.intake.times import DateOrder, date_order, is_numeric_date, read_iso, read_time

__all__ = [
    "BLANKS",
    "DateOrder",
    "date_order",
    "guess_id",
    "guess_rating",
    "guess_time",
    "is_numeric_date",
    "read_iso",
    "read_rating",
    "read_time",
    "read_words",
]
