"""How answers come in: rows become records and rejects, cells become ratings and times, or say why not.

Pure: from values to values. A cell that cannot be read is never guessed at.
"""

from npscore.intake.cells import BLANKS, read_leniently, read_rating, read_words
from npscore.intake.guessing import guess_fields, guess_id, guess_rating, guess_time
from npscore.intake.times import DateOrder, date_order, is_numeric_date, read_iso, read_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from npscore.intake.reading import read_responses, stream_responses
    from npscore.intake.results import Intake, Note, Rejected
    from npscore.intake.rows import Row
    from npscore.intake.shapes import Shape
    from npscore.intake.vendors import SHAPES
    from npscore.intake.vendors.survey_monkey import choices_of

_HOMES = {
    "npscore.intake.reading": ("read_responses", "stream_responses"),
    "npscore.intake.results": ("Intake", "Note", "Rejected"),
    "npscore.intake.rows": ("Row",),
    "npscore.intake.shapes": ("Shape",),
    "npscore.intake.vendors": ("SHAPES",),
    "npscore.intake.vendors.survey_monkey": ("choices_of",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BLANKS",
    "SHAPES",
    "DateOrder",
    "Intake",
    "Note",
    "Rejected",
    "Row",
    "Shape",
    "choices_of",
    "date_order",
    "guess_fields",
    "guess_id",
    "guess_rating",
    "guess_time",
    "is_numeric_date",
    "read_iso",
    "read_leniently",
    "read_rating",
    "read_responses",
    "read_time",
    "read_words",
    "stream_responses",
]


def __getattr__(name: str) -> object:
    """Whoever reads cells only loads no records."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'npscore.intake' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value
