"""The only code that walks through the doors: questions put to a store, and the loop that is kept in one."""

from npscore.service.asking import Cause, Restatement, answers, count_answers, known_records, restate
from npscore.service.gathering import Beside
from npscore.service.looping import Loop
from npscore.service.reporting import LoopReport
from npscore.service.results import Received, Swept
from npscore.service.sending import Sent

__all__ = [
    "Beside",
    "Cause",
    "Loop",
    "LoopReport",
    "Received",
    "Restatement",
    "Sent",
    "Swept",
    "answers",
    "count_answers",
    "known_records",
    "restate",
]
