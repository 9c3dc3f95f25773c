"""A sweep: what time asks of the logs that are not finished, a batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from npscore.errors import ConflictError, InputError
from npscore.loop.cases import Case
from npscore.loop.ledger import Ledger
from npscore.loop.logs import Log, is_case
from npscore.loop.policies import Policy
from npscore.loop.situations import case_in, cases_among
from npscore.loop.sweeping import due_steps, first_served, waits_for
from npscore.models import FollowUp
from npscore.ports import Store
from npscore.service.results import Swept
from npscore.service.sending import TRIES, Sending


@attrs.define
class Sweep:
    """One sweep.

    Attributes:
        store: that keeps the logs.
        policies: by name.
        now: when it is.
        ledger: how many cases each owner got today.
        sending: takes what is owed.
        served: the cases that get whom they wait for; None gives them to the first that are looked at.
    """

    store: Store
    policies: Mapping[str, Policy]
    now: datetime
    ledger: Ledger
    sending: Sending
    served: set[str] | None = None
    _logs: int = 0
    _orphans: int = 0
    _steps: Counter[str] = attrs.field(factory=Counter)
    _broken: dict[str, str] = attrs.field(factory=dict)

    def take(self, logs: Sequence[Log]) -> None:
        """Log what is due of some logs, all at once where nobody else logs steps of them, and send what they owe."""
        self._logs += len(logs)
        due = {log[0].log: steps for log in logs if (steps := self._due(log)) is not None}
        found = {log[0].log: log for log in logs if log[0].log in due}
        try:
            self.store.put(*(step for steps in due.values() for step in steps))
        except ConflictError:
            alone = {name: self._alone(log) for name, log in found.items()}
            found = {name: log for name, (log, _) in alone.items() if log}
            due = {name: alone[name][1] for name in found}
        for steps in due.values():
            self._steps.update(step.step for step in steps)
        whole = [(*log, *due[name]) for name, log in found.items()]
        self._orphans += sum(map(self._is_orphan, whole))
        self.sending.settle(whole)

    def told(self) -> Swept:
        """What it did."""
        return Swept(
            logs=self._logs,
            steps=dict(self._steps),
            sending=self.sending.told(),
            broken=self._broken,
            orphans=self._orphans,
        )

    def _due(self, log: Log) -> list[FollowUp] | None:
        """The steps that time asks for; None where the log is one that nobody can read."""
        try:
            case, policy = case_in(log), self.policies.get(log[0].policy or "")
            if case is None or policy is None:
                return []
            steps = due_steps(policy, case, self.now, self._given(case, policy))
        except InputError as error:
            self._broken[log[0].log] = str(error)
            return None
        for step in steps:
            self.ledger.count(step)
        return steps

    def serve(self, logs: Iterable[Log]) -> None:
        """Say which waiting cases get an owner today: the most urgent first, as many as there is room for."""
        given, self.served = dict(self.ledger.given(self.now)), set()
        waiting = cases_among({log[0].log: log for log in logs if "waits_for" in log[0].details}).values()
        for case in sorted(waiting, key=first_served):
            name, policy = waits_for(case), self.policies.get(case.policy or "")
            cap = None if policy is None else policy.owners.per_day
            if name is not None and (cap is None or given.get(name, 0) < cap):
                self.served.add(case.id)
                given[name] = given.get(name, 0) + 1

    def _given(self, case: Case, policy: Policy) -> Mapping[str, int]:
        """How many cases each owner got today; whom a case waits for has no room before its turn has come."""
        name, cap = waits_for(case), policy.owners.per_day
        if self.served is None or name is None or cap is None or case.id in self.served:
            return self.ledger.given(self.now)
        return {name: cap}

    def _alone(self, log: Log) -> tuple[Log, list[FollowUp]]:
        """Log what is due of one log, as it stands now; gives the log as it was read last, and the steps."""
        for _ in range(TRIES):
            steps = self._due(log)
            if steps is None:
                return (), []
            try:
                self.store.put(*steps)
                return log, steps
            except ConflictError:
                log = tuple(self.store.find(FollowUp, log=log[0].log))
                if not log:  # the person was erased meanwhile
                    return (), []
        return log, []

    def _is_orphan(self, log: Log) -> bool:
        return is_case(log) and (log[0].policy or "") not in self.policies and Case.of(log).state != "closed"
