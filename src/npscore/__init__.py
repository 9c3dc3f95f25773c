"""Net Promoter Score for people who must stand behind the number.

The map of the house, in the order in which data flows:

==============  ==========================================================
``intake``      how answers come in: cells of text read into ratings, times
``scoring``     what they mean: scales, tallies, scores, intervals, conventions
``insight``     why they moved: mix and rate, charts, sequences, small segments
``adapters``    one file per technology: dataframes, files
``report``      what people look at: tables for terminal, page and program
``cli``         the command line, outermost
==============  ==========================================================

Every name below is imported on first use, so ``import npscore`` costs next
to nothing and a web service that only scores lists never loads a dataframe
library.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from npscore.adapters.frames import breakdown
    from npscore.errors import (
        AmbiguousDateError,
        DataWarning,
        EmptyTallyError,
        InputError,
        MissingExtraError,
        NpscoreError,
        OutOfScaleError,
        PoolingError,
    )
    from npscore.insight.change import Decomposition, SegmentEffect, decompose, standardise
    from npscore.insight.league import League, Standing, league
    from npscore.insight.peeking import ConfidenceSequence, confidence_sequence
    from npscore.insight.shrinkage import Shrinkage, shrink
    from npscore.insight.watching import ControlChart, Cusum, Ewma, control_chart, cusum, ewma
    from npscore.scoring.conventions import DEFAULT, Convention
    from npscore.scoring.intervals import Interval, interval
    from npscore.scoring.scales import ONE_TO_TEN, STANDARD, Category, Scale, classify
    from npscore.scoring.scores import Score, score
    from npscore.scoring.tallies import Tally, tally

__version__ = "0.1.0"

_HOMES = {
    "npscore.adapters.frames": ("breakdown",),
    "npscore.errors": (
        "AmbiguousDateError",
        "DataWarning",
        "EmptyTallyError",
        "InputError",
        "MissingExtraError",
        "NpscoreError",
        "OutOfScaleError",
        "PoolingError",
    ),
    "npscore.insight.change": ("Decomposition", "SegmentEffect", "decompose", "standardise"),
    "npscore.insight.league": ("League", "Standing", "league"),
    "npscore.insight.peeking": ("ConfidenceSequence", "confidence_sequence"),
    "npscore.insight.shrinkage": ("Shrinkage", "shrink"),
    "npscore.insight.watching": ("ControlChart", "Cusum", "Ewma", "control_chart", "cusum", "ewma"),
    "npscore.scoring.conventions": ("DEFAULT", "Convention"),
    "npscore.scoring.intervals": ("Interval", "interval"),
    "npscore.scoring.scales": ("ONE_TO_TEN", "STANDARD", "Category", "Scale", "classify"),
    "npscore.scoring.scores": ("Score", "score"),
    "npscore.scoring.tallies": ("Tally", "tally"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "DEFAULT",
    "ONE_TO_TEN",
    "STANDARD",
    "AmbiguousDateError",
    "Category",
    "ConfidenceSequence",
    "ControlChart",
    "Convention",
    "Cusum",
    "DataWarning",
    "Decomposition",
    "EmptyTallyError",
    "Ewma",
    "InputError",
    "Interval",
    "League",
    "MissingExtraError",
    "NpscoreError",
    "OutOfScaleError",
    "PoolingError",
    "Scale",
    "Score",
    "SegmentEffect",
    "Shrinkage",
    "Standing",
    "Tally",
    "breakdown",
    "classify",
    "confidence_sequence",
    "control_chart",
    "cusum",
    "decompose",
    "ewma",
    "interval",
    "league",
    "score",
    "shrink",
    "standardise",
    "tally",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'npscore' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
