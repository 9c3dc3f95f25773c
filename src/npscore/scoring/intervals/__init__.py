"""Intervals: how sure a score is.

Sampling error only. No interval here knows of people who did not answer.
"""

from npscore.scoring.intervals.formulas import (
    RAW,
    ROCKS,
    PseudoCounts,
    adjusted_wald,
    as_given,
    check_level,
    check_pseudo_counts,
    clip,
    within,
    z_two_sided,
)
from npscore.scoring.intervals.methods import (
    ENOUGH,
    THIN,
    Interval,
    Kind,
    Method,
    check_method,
    interval,
    warn_if_few,
    warn_of_few,
)
from npscore.scoring.intervals.shares import Moments, moments

__all__ = [
    "ENOUGH",
    "RAW",
    "ROCKS",
    "THIN",
    "Interval",
    "Kind",
    "Method",
    "Moments",
    "PseudoCounts",
    "adjusted_wald",
    "as_given",
    "check_level",
    "check_method",
    "check_pseudo_counts",
    "clip",
    "interval",
    "moments",
    "warn_if_few",
    "warn_of_few",
    "within",
    "z_two_sided",
]
