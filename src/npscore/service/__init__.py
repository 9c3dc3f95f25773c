"""The only code that walks through the doors: questions put to a store, and the loop that is kept in one."""

from npscore.service.asking import Cause, Restatement, answers, count_answers, known_records, restate
from npscore.service.looping import Loop

__all__ = ["Cause", "Loop", "Restatement", "answers", "count_answers", "known_records", "restate"]
