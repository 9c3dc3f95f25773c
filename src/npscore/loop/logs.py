"""Logs: the steps of one case or decision, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from npscore.errors import InputError, short
from npscore.models import FollowUp

Log = Sequence[FollowUp]
"""The steps of one case or decision, in the order of their sequence."""


def in_order(steps: Iterable[FollowUp]) -> tuple[FollowUp, ...]:
    """The steps of one log in the order of their sequence.

    Raises:
        InputError: for no steps, those of several logs, one that is missing,
            and what is no follow-up.
    """
    log = tuple(sorted(_follow_ups(steps), key=attrgetter("sequence")))
    if not log:
        raise InputError("a log has at least one step.")
    name = log[0].log
    for place, step in enumerate(log):
        if step.log != name:
            raise InputError(f"the steps are of several logs, {name} and others; cases_of takes them apart.")
        if step.sequence != place:
            raise InputError(f"the log {name} has no step {place}, or one of them twice.")
    return log


def _follow_ups(given: object) -> tuple[FollowUp, ...]:
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise InputError(f"a log is made of follow-ups, not of {short(given)}.")
    made = tuple(given)
    for step in made:
        if not isinstance(step, FollowUp):
            raise InputError(f"a log is made of follow-ups, and {short(step)} is none.")
    return made


def logs_of(follow_ups: Iterable[FollowUp]) -> Iterator[tuple[FollowUp, ...]]:
    """Follow-ups by log, each log in order, the logs in the order of their ids.

    Raises:
        InputError: for a log in which a step is missing, and what is no follow-up.
    """
    ordered = sorted(_follow_ups(follow_ups), key=attrgetter("log", "sequence"))
    for _, steps in groupby(ordered, key=attrgetter("log")):
        yield in_order(steps)


def is_case(log: Sequence[FollowUp]) -> bool:
    """Whether a log is that of a case, not of a decision."""
    return log[0].step == "opened"
