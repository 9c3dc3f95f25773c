"""Sending what is owed to the outside, and logging the receipts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from npscore.errors import ConflictError, ConnectorError, InputError, RejectedError, short
from npscore.loop.actions import Action, owed
from npscore.loop.logs import Log, logs_of
from npscore.loop.situations import logs_by_id
from npscore.loop.withholding import against, hangs_on_the_customer, is_strange, overtaken
from npscore.models import FollowUp
from npscore.models.fields import LONGEST_LINE
from npscore.ports import Receipt, Sink
from npscore.service.gathering import BATCH, Gathering, Waiting, batches, gather

TRIES = 20
"""How often a step is logged anew where somebody else logged one in its place."""


@attrs.frozen(kw_only=True)
class Sent:
    """What became of what is owed.

    Attributes:
        sent: how many actions the sink took, and were receipted.
        rejected: how many it will never take; they are receipted as such.
        withheld: how many were overtaken before they could be sent, as by a
            consent that was withdrawn; they are receipted with the reason.
        waiting: how many are owed still, for the next sweep.
        fault: what the sink said when it could take no more, None where it took all.
    """

    sent: int = 0
    rejected: int = 0
    withheld: int = 0
    waiting: int = 0
    fault: str | None = None


@attrs.define
class Sending:
    """Sends to one sink until it can take no more.

    Attributes:
        gathering: knows the store that keeps the logs, and the customers.
        sink: None leaves everything owed.
    """

    gathering: Gathering
    sink: Sink | None
    _done: Counter[str] = attrs.field(factory=Counter)
    _waiting: set[str] = attrs.field(factory=set)
    _fault: str | None = None

    def settle(self, logs: Iterable[Log]) -> None:
        """Send what some logs owe, and log the receipts."""
        receipts: dict[str, list[FollowUp]] = {}
        owing = [(log, action) for log in logs for action in owed(log)]
        mine = [(log, action) for log, action in owing if self._may_send(action)]
        self._waiting.update(action.id for _, action in owing if not self._may_send(action))
        reasons = self._overtaken(mine)
        for log, action in mine:
            why = reasons.get(action.id)
            receipt = self._send(log, action) if why is None else self._receipt(log[0], action, {"withheld": why})
            if receipt is None:
                self._waiting.add(action.id)
                continue
            receipts.setdefault(log[0].log, []).append(receipt)
            self._done[next((how for how in ("rejected", "withheld") if how in receipt.details), "sent")] += 1
        self._keep(receipts)

    def settle_asked(self, asked: Mapping[str, str]) -> None:
        """Send what was just asked for, and all else that its logs owe; they are read anew, a batch at a time.

        Args:
            asked: of each action the log, by ids.
        """
        if self.sink is None:
            self._waiting.update(asked)
            return
        for names in batches(dict.fromkeys(asked.values()), BATCH):
            self.settle(logs_of(gather(self.gathering.store, FollowUp, "log", names)))

    def told(self) -> Sent:
        """What became of it all."""
        return Sent(**self._done, waiting=len(self._waiting), fault=self._fault)

    def _may_send(self, action: Action) -> bool:
        return self.sink is not None and not is_strange(action, self.gathering.now, self.gathering.policies)

    def _overtaken(self, owing: Sequence[tuple[Log, Action]]) -> dict[str, str]:
        """Why some of what is owed is not to be sent any more, by action."""
        now, policies = self.gathering.now, self.gathering.policies
        found = {action.id: overtaken(action, log, now) for log, action in owing}
        doubtful = [(log, action) for log, action in owing if hangs_on_the_customer(action, log, now)]
        firsts = {log[0].response_id: log[0] for log, _ in doubtful if log[0].response_id is not None}
        if firsts:
            known = self.gathering.about(
                [Waiting(step.done_at, name, step.customer_id) for name, step in firsts.items()]
            )
            for log, action in doubtful:
                answer = known.answers.get(log[0].response_id or "")
                if answer is not None:
                    cases = known.ledger.cases_of(answer)
                    found[action.id] = against(action, log, known.rows[answer.id], cases, policies)
        return {name: why for name, why in found.items() if why is not None}

    def _send(self, log: Log, action: Action) -> FollowUp | None:
        """The receipt of an action, None where the sink cannot take it now."""
        if self.sink is None or self._fault is not None:
            return None
        try:
            receipt = self.sink.send(action)
        except RejectedError as error:
            return self._receipt(log[0], action, {"rejected": _kept(str(error))})
        except ConnectorError as error:
            self._fault = str(error)
            return None
        if not isinstance(receipt, Receipt):
            raise InputError(f"a sink hands back a Receipt of what it took, not {short(receipt)}.")
        reference = {} if receipt.reference is None else {"reference": _kept(str(receipt.reference))}
        return self._receipt(log[0], action, reference)

    def _receipt(self, first: FollowUp, action: Action, more: dict[str, str]) -> FollowUp:
        return FollowUp(
            known_at=self.gathering.now,
            log=action.log,
            sequence=0,
            step="receipted",
            done_at=self.gathering.now,
            customer_id=first.customer_id,
            response_id=first.response_id,
            policy=first.policy,
            details={"action": action.id, **more},
        )

    def _keep(self, receipts: dict[str, list[FollowUp]]) -> None:
        """Log receipts at the end of their logs; those that somebody else logged meanwhile are let go."""
        for _ in range(TRIES):
            if not receipts:
                return
            logs = logs_by_id(gather(self.gathering.store, FollowUp, "log", receipts))
            try:
                self.gathering.store.put(
                    *(step for name, made in receipts.items() for step in _placed(made, logs.get(name, ())))
                )
                return
            except ConflictError:
                continue
        raise ConflictError("others log steps faster than the receipts could be; sweep again.")


def _kept(text: str) -> str:
    """What the other side said, as a log can keep it."""
    return text[:LONGEST_LINE].replace("\0", " ").encode(errors="replace").decode()


def _placed(receipts: Iterable[FollowUp], log: Log) -> list[FollowUp]:
    """Receipts that a log does not have, at its end; none where the log is gone, as when a person was erased."""
    there = {step.details.get("action") for step in log if step.step == "receipted"}
    new = [one for one in receipts if one.details["action"] not in there] if log else []
    return [one.model_copy(update={"sequence": len(log) + place}) for place, one in enumerate(new)]
