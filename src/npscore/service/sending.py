"""Sending what is owed to the outside, and logging the receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from npscore.errors import ConflictError, ConnectorError, InputError, RejectedError, short
from npscore.loop.actions import Action, owed
from npscore.models import FollowUp
from npscore.models.fields import LONGEST_LINE
from npscore.ports import Receipt, Sink, Store
from npscore.service.gathering import gather

TRIES = 20
"""How often a step is logged anew where somebody else logged one in its place."""


@attrs.frozen(kw_only=True)
class Sent:
    """What became of what is owed.

    Attributes:
        sent: how many actions the sink took, and were receipted.
        rejected: how many it will never take; they are receipted as such.
        waiting: how many are owed still, for the next sweep.
        fault: what the sink said when it could take no more, None where it took all.
    """

    sent: int = 0
    rejected: int = 0
    waiting: int = 0
    fault: str | None = None


@attrs.define
class Sending:
    """Sends to one sink until it can take no more.

    Attributes:
        store: that keeps the logs.
        sink: None leaves everything owed.
        now: the time of the receipts.
    """

    store: Store
    sink: Sink | None
    now: datetime
    _sent: int = 0
    _rejected: int = 0
    _waiting: set[str] = attrs.field(factory=set)
    _fault: str | None = None

    def settle(self, logs: Iterable[Sequence[FollowUp]]) -> None:
        """Send what some logs owe, and log the receipts."""
        receipts: dict[str, list[FollowUp]] = {}
        for log in logs:
            for action in owed(log):
                receipt = self._send(log, action)
                if receipt is None:
                    self._waiting.add(action.id)
                    continue
                receipts.setdefault(log[0].log, []).append(receipt)
                self._rejected += "rejected" in receipt.details
                self._sent += "rejected" not in receipt.details
        self._keep(receipts)

    def told(self) -> Sent:
        """What became of it all."""
        return Sent(sent=self._sent, rejected=self._rejected, waiting=len(self._waiting), fault=self._fault)

    def _send(self, log: Sequence[FollowUp], action: Action) -> FollowUp | None:
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
            known_at=self.now,
            log=action.log,
            sequence=0,
            step="receipted",
            done_at=self.now,
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
            logs: dict[str, list[FollowUp]] = {}
            for step in gather(self.store, FollowUp, "log", receipts):
                logs.setdefault(step.log, []).append(step)
            try:
                self.store.put(*(step for name, made in receipts.items() for step in _placed(made, logs.get(name, ()))))
                return
            except ConflictError:
                continue
        raise ConflictError("others log steps faster than the receipts could be; sweep again.")


def _kept(text: str) -> str:
    """What the other side said, as a log can keep it."""
    return text[:LONGEST_LINE].replace("\0", " ").encode(errors="replace").decode()


def _placed(receipts: Iterable[FollowUp], log: Sequence[FollowUp]) -> list[FollowUp]:
    """Receipts that a log does not have, at its end; none where the log is gone, as when a person was erased."""
    there = {step.details.get("action") for step in log if step.step == "receipted"}
    new = [one for one in receipts if one.details["action"] not in there] if log else []
    return [one.model_copy(update={"sequence": len(log) + place}) for place, one in enumerate(new)]
