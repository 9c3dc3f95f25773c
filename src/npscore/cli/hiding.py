"""Reports in which small groups are hidden."""

from __future__ import annotations

import attrs

from npscore.report import Report
from npscore.segments.suppression import suppress


def hide(report: Report, minimum: int | None, *, overlapping: bool) -> Report:
    """The report without the numbers of groups of fewer than so many answers, and of others that would tell them.

    Overlapping segments sum to no total, so of them the small ones alone are hidden.

    Raises:
        InputError: for a minimum below 1, and when all there is is fewer.
    """
    if minimum is None:
        return report
    totals = [] if overlapping else [()]
    groups = suppress(report.groups, by=report.keys, minimum=minimum, totals=totals)
    small = sum(group["n"] < minimum for group in report.groups)
    others = sum(group["hidden"] for group in groups) - small
    also = f", and {others:,} more so that the total does not tell them" if others else ""
    note = f"{small:,} groups of fewer than {minimum:,} answers are hidden{also}."
    return attrs.evolve(report, groups=groups, notes=[*report.notes, note])
