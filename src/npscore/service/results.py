"""What the loop tells of what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from npscore.loop.deciding import Decision
from npscore.loop.ledger import Ledger
from npscore.service.gathering import Known
from npscore.service.sending import Sent


@attrs.frozen(kw_only=True)
class Received:
    """What became of answers.

    Attributes:
        answers: how many were received, each id once.
        decided: how many decisions were made now, by outcome.
        already: how many had been made before.
        sending: what became of what they ask of the outside.
        ahead: how many stored answers are known later than now only; they wait
            for a call that is as late.
        never_seen: columns of which policies speak, and in which no answer of
            these had a value: perhaps their names are wrong.
    """

    answers: int
    decided: Mapping[str, int]
    already: int
    sending: Sent
    ahead: int = 0
    never_seen: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Swept:
    """What a sweep did.

    Attributes:
        logs: how many were not finished, and were looked at.
        steps: how many steps were taken, by their name.
        sending: what became of what is owed.
        broken: logs that no case could have, each with what is wrong.
        orphans: cases that are not closed, of policies that were not given.
    """

    logs: int
    steps: Mapping[str, int]
    sending: Sent
    broken: Mapping[str, str]
    orphans: int = 0


@attrs.define
class Counts:
    """What became of answers so far."""

    unseen: dict[str, None]
    given: Ledger
    decided: Counter[str] = attrs.field(factory=Counter)
    already: int = 0

    def count(self, decisions: Sequence[Decision], known: Known, policies: int) -> None:
        """Count a batch that was logged."""
        made = [step for decision in decisions for step in decision.records if step.step == "decided"]
        self.decided.update(str(step.details.get("outcome")) for step in made)
        self.already += policies * len(decisions) - len(made)
        for column in list(self.unseen):
            if any(row.get(column) is not None for row in known.rows.values()):
                del self.unseen[column]

    def told(self, answers: int, sent: Sent) -> Received:
        """As a result. Nothing can be said of columns where there was no answer."""
        unseen = tuple(self.unseen) if answers else ()
        return Received(
            answers=answers,
            decided=dict(self.decided),
            already=self.already,
            sending=sent,
            never_seen=unseen,
        )
