"""Reports in which small groups are hidden."""

from __future__ import annotations

import attrs

from npscore.errors import InputError
from npscore.report import Report
from npscore.segments.suppression import suppress


def hide(report: Report, minimum: int | None, *, overlapping: bool) -> Report:
    """The report without the numbers of groups of fewer than so many answers, and of others that would tell them.

    Raises:
        InputError: for a minimum below 1, when all there is is fewer, and for
            segments that overlap, because what one hides others may tell.
    """
    if minimum is None:
        return report
    if overlapping:
        raise InputError("--hide-under cannot protect segments that overlap: what one hides, others may tell.")
    groups = suppress(report.groups, by=report.keys, minimum=minimum)
    small = sum(group["n"] < minimum for group in report.groups)
    others = sum(group["hidden"] for group in groups) - small
    also = f", and {others:,} more so that the total does not tell them" if others else ""
    which = "group" if small == 1 else "groups"
    verb = "is" if small == 1 else "are"
    note = f"{small:,} {which} of fewer than {minimum:,} answers {verb} hidden{also}."
    return attrs.evolve(report, groups=groups, notes=[*report.notes, note])
