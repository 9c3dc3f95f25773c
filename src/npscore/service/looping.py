"""The loop, kept in a store: answers are received and decided on, steps are logged, time is swept for what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import attrs

from npscore.errors import ConflictError, InputError, short
from npscore.loop.actions import decision_id
from npscore.loop.cases import Case, by_opening, check_details, is_finished, until
from npscore.loop.deciding import Decision, check_policies, decide
from npscore.loop.history import History
from npscore.loop.logs import Log, in_order
from npscore.loop.policies import Policy
from npscore.loop.recovery import Comparison
from npscore.loop.routing import check_owner
from npscore.loop.situations import case_in, cases_among
from npscore.loop.transitions import after
from npscore.models import (
    Account,
    Customer,
    Exclusion,
    FollowUp,
    IdentityLink,
    Interaction,
    Invitation,
    Response,
)
from npscore.models.erasure import is_erased
from npscore.periods import check_instant, moment_in_utc
from npscore.ports import Caseload, Sink, Store
from npscore.service.asking import versions_of
from npscore.service.gathering import BATCH, Beside, Gathering, Known, Waiting, batches, count_today, gather, is_capped
from npscore.service.reporting import LoopReport, report
from npscore.service.results import Counts, Received, Swept
from npscore.service.sending import TRIES, Sending
from npscore.service.sweeps import Sweep

Versions = Mapping[str, Sequence[Response]]
_IN_TIME = attrgetter("answered_at", "id")


class Loop:
    """Keeps the promises of policies, on any store.

    Stop it anywhere: what was decided is in the store whole or not at all,
    and what is owed to the outside is sent by the next sweep. Several
    processes may run on one store.

    Args:
        store: that keeps answers and logs.
        policies: one or several; see `decide`.
        sink: to which actions go; without one they stay owed.
        beside: tells more columns that rules may read, such as those of
            health: a function of a list of customers, to mappings of columns
            to values by customer.

    Raises:
        InputError: for what is no store, policy or sink.

    Example:
        >>> from datetime import UTC, datetime
        >>> from npscore import MemoryStore, Response
        >>> from npscore.loop.policies import OpenCase, Policy, PolicyRule
        >>> policy = Policy(name="care", rules=[PolicyRule("unhappy", 'category = "detractor"', OpenCase(owner="ann"))])
        >>> loop, now = Loop(MemoryStore(), policy), datetime(2026, 11, 20, 9, tzinfo=UTC)
        >>> answer = Response(id="r1", customer_id="c1", rating=2, answered_at=now, known_at=now)
        >>> loop.receive([answer], now).decided
        {'case opened': 1}
        >>> (case,) = loop.cases()
        >>> _ = loop.step(case.next("contacted", now, actor="ann"), now)
        >>> [case.state for case in loop.cases()]
        ['contacted']
    """

    def __init__(
        self,
        store: Store,
        policies: Policy | Iterable[Policy],
        *,
        sink: Sink | None = None,
        beside: Beside | None = None,
    ) -> None:
        if not isinstance(store, Store):
            raise InputError(f"the loop needs a store, such as a MemoryStore, not {short(store)}.")
        if sink is not None and not isinstance(sink, Sink):
            raise InputError(f"a sink has a method send, and {short(sink)} has none.")
        self._store = store
        self._policies = check_policies(policies)
        if beside is not None and not callable(beside):
            raise InputError(f"beside is a function of a list of customers, not {short(beside)}.")
        self._sink = sink
        self._beside = beside

    def receive(self, responses: Iterable[Response], now: datetime) -> Received:
        """Keep answers, decide on those that were not decided on, log it and send what is owed.

        The answers of a person are decided in the order of (answered_at, id),
        and where an owner has a cap all answers are, so that any order of them
        gives the same log. Receiving again changes nothing.

        Args:
            responses: all versions that came.
            now: an aware time, that of the decisions.

        Raises:
            InputError: for what is no response, and a now without a zone.
            ConflictError: for an answer that is kept with other content under
                the same times.
            StoreUnavailableError: when the store cannot be reached.
        """
        now = moment_in_utc("now", now)
        versions = _by_id(responses)
        ordered = sorted(map(_standing, versions.values()), key=_IN_TIME)
        return self._decide_all(ordered, versions, now)

    def catch_up(self, now: datetime, *, since: datetime | None = None) -> Received:
        """Decide on stored answers that were not decided on, as after an import; see `receive`.

        Args:
            now: an aware time, that of the decisions.
            since: only answers given then or later.

        Raises:
            InputError: for moments without a zone.
        """
        now = moment_in_utc("now", now)
        if since is not None:
            check_instant("since", since)
        waiting: list[Waiting] = []
        ahead = 0
        for some in batches(self._store.find(Response, since=since), BATCH):
            known = self._known(some, now)
            ahead += len(some) - len(known)
            done = self._decided(answer.id for answer in known)
            new = (one for one in known if one.id not in done and not is_erased(one.id))
            waiting += [Waiting(one.answered_at, one.id, one.customer_id) for one in new]
        return attrs.evolve(self._decide_all(sorted(waiting, key=_IN_TIME), {}, now), ahead=ahead)

    def step(self, follow_up: FollowUp, now: datetime) -> FollowUp:
        """Log a step of a case, as `Case.next` makes it, and send what it asks for.

        Args:
            follow_up: the step; its place in the log is found anew where
                others logged steps meanwhile.
            now: an aware time, when the step becomes known.

        Returns:
            The step as it is kept. Logging it again changes nothing.

        Raises:
            TransitionError: for a step that the case cannot take.
            InputError: for details that the step needs, a root cause or owner
                that the policy does not have, an owner who was rated, a
                snooze that has ended, and what is no step.
        """
        now = moment_in_utc("now", now)
        if not isinstance(follow_up, FollowUp):
            raise InputError(f"a step is a FollowUp, not {short(follow_up)}.")
        if follow_up.step in ("decided", "receipted"):
            raise InputError(f"nobody but the loop itself logs that something is {follow_up.step}.")
        self._check(follow_up)
        for _ in range(TRIES):
            log = self.log(follow_up.log)
            if same := next((step for step in log if _says_the_same(step, follow_up)), None):
                return same
            case = Case.of(log) if log else None
            after(None if case is None else case.state, follow_up.step, follow_up.log)
            if case is not None and follow_up.details.get("owner") is not None:
                check_owner(str(follow_up.details["owner"]), case, self._policy_of(follow_up))
            placed = follow_up.model_copy(update={"sequence": len(log), "known_at": now})
            try:
                self._store.put(placed)
            except ConflictError:
                continue
            Sending(self._gathering(now), self._sink).settle([(*log, placed)])
            return placed
        raise ConflictError(f"others log steps of {follow_up.log} faster than this one could be; try again.")

    def sweep(self, now: datetime) -> Swept:
        """Do what time asks for: give waiting cases to owners, escalate, remind, close, ask again, send what is owed.

        Only logs that are not finished are read, where the store is a
        `Caseload`. Sweeping again at the same moment changes nothing.

        Raises:
            InputError: for a now without a zone.
        """
        now = moment_in_utc("now", now)
        ledger = count_today(self._store, self._policies, now)
        policies = {policy.name: policy for policy in self._policies}
        sweep = Sweep(self._store, policies, now, ledger, Sending(self._gathering(now), self._sink))
        if is_capped(self._policies):
            sweep.serve(self._unfinished())
        for some in batches(self._unfinished(), BATCH):
            sweep.take(some)
        return sweep.told()

    def log(self, name: str) -> tuple[FollowUp, ...]:
        """The steps of a case or decision in order, none where it does not exist.

        Raises:
            InputError: for a step that is missing in it, and what is no id.
        """
        if not isinstance(name, str):
            raise InputError(f"a log is found by its id, which is a text, not by {short(name)}.")
        steps = list(self._store.find(FollowUp, log=name))
        return in_order(steps) if steps else ()

    def cases(self, *, finished: bool = True) -> list[Case]:
        """The cases in the store, in the order in which they were opened.

        Logs that no case could have are none of them; `broken` names those.

        Args:
            finished: also those of which nothing is left to do; without them
                only the others are read, where the store is a `Caseload`.

        Raises:
            InputError: for finished that is neither True nor False.
        """
        if not isinstance(finished, bool):
            raise InputError(f"finished is True or False, not {short(finished)}.")
        logs = _logs(self._store) if finished else self._unfinished()
        cases = cases_among({log[0].log: log for log in logs if not is_erased(log[0].log)}).values()
        return sorted(cases, key=by_opening)

    def broken(self) -> dict[str, str]:
        """The logs that nobody can read, each with what is wrong; somebody has to look at them."""
        found = {}
        for log in self._unfinished():
            try:
                case_in(log)
            except InputError as error:
                found[log[0].log] = str(error)
        return found

    def report(
        self,
        now: datetime,
        *,
        since: datetime | None = None,
        level: float = 0.95,
        comparison: Comparison = "not contacted",
    ) -> LoopReport:
        """How the loop is doing: promises kept, proof that no answer was dropped, and whether calling helped.

        Answers are read one after the other; of each only what was rated is
        kept, and all cases are.

        Args:
            now: an aware time, as of which clocks are read.
            since: looks for decisions on answers given then or later only,
                and for detractors among these.
            level: of all intervals, a fraction.
            comparison: with whom those who were contacted are compared, as
                in `recovery`; ``"before"`` needs since.

        Raises:
            InputError: for a now without a zone, a level that is no fraction,
                and a comparison that is none or needs since.
        """
        now = moment_in_utc("now", now)
        since = None if since is None else moment_in_utc("since", since)
        return report(self._store, self._policies, now, since=since, level=level, comparison=comparison)

    def history(self) -> History:
        """All that the store keeps, for `npscore.replay`, held in memory; what is told beside is told as of now."""
        kinds = (Response, Customer, Account, Interaction, Invitation, FollowUp, Exclusion, IdentityLink)
        records = [record for kind in kinds for record in versions_of(self._store, kind, None)]
        people = dict.fromkeys(one.customer_id for one in records if isinstance(one, Response) and one.customer_id)
        return History(records, beside=None if self._beside is None else self._beside(list(people)))

    def _decide_all(self, answers: Sequence[Response | Waiting], versions: Versions, now: datetime) -> Received:
        """Decide on all batches, and only then send what they ask for, so that batches leave no trace in the log.

        Args:
            answers: in the order of (answered_at, id).
            versions: of those that are received now, to be kept with their decisions.
            now: that of the decisions.
        """
        gathering = self._gathering(now, [one for one in answers if isinstance(one, Response)])
        total = Counts(dict.fromkeys(gathering.asked), count_today(self._store, self._policies, now))
        asked: dict[str, str] = {}
        for some in batches(gathering.in_turn(answers), BATCH):
            made = self._take(some, versions, gathering, total)
            asked |= {action.id: action.log for decision in made for action in decision.actions}
        sending = Sending(gathering, self._sink)
        sending.settle_asked(asked)
        return total.told(len(answers), sending.told())

    def _take(
        self, answers: Sequence[Response | Waiting], versions: Versions, gathering: Gathering, total: Counts
    ) -> list[Decision]:
        """Decide on a batch and log it, all or nothing; again from the start where others were quicker."""
        kept = [version for answer in answers for version in versions.get(answer.id, ())]
        for last in (*[False] * (TRIES - 1), True):
            known = gathering.about(answers, total.given)
            decisions = list(self._decisions(known, gathering.now))
            steps = [step for decision in decisions for step in decision.records]
            try:
                self._store.put(*kept, *steps)
                break
            except ConflictError:
                if last:
                    raise
                total.given = count_today(self._store, self._policies, gathering.now)
        total.count(decisions, known, len(self._policies))
        return decisions

    def _decisions(self, known: Known, now: datetime) -> Iterator[Decision]:
        for name in known.answers:
            decision = decide(self._policies, known.situation(name, now), now)
            known.ledger.add(decision.records)
            yield decision

    def _gathering(self, now: datetime, received: Sequence[Response] = ()) -> Gathering:
        return Gathering(store=self._store, policies=self._policies, now=now, received=received, beside=self._beside)

    def _known(self, answers: Sequence[Response], now: datetime) -> list[Response]:
        """Those of some stored answers that are known by now, as they were then."""
        later = [one.id for one in answers if one.known_at > now]
        return [one for one in answers if one.known_at <= now] + gather(self._store, Response, "id", later, now)

    def _decided(self, names: Iterable[str]) -> set[str]:
        """Which answers all policies have decided on."""
        ids = {name: [decision_id(policy.name, name) for policy in self._policies] for name in names}
        logs = gather(self._store, FollowUp, "log", (log for logs in ids.values() for log in logs))
        there = {step.log for step in logs}
        return {name for name, logs in ids.items() if there.issuperset(logs)}

    def _policy_of(self, step: FollowUp) -> Policy | None:
        return next((policy for policy in self._policies if policy.name == step.policy), None)

    def _unfinished(self) -> Iterator[Log]:
        if isinstance(self._store, Caseload):
            return self._store.unfinished()
        return (log for log in _logs(self._store) if not is_finished(log))

    def _check(self, step: FollowUp) -> None:
        """Refuse a step that does not say what it has to, or says a root cause or an end that cannot be."""
        check_details(step.step, step.details)
        policy, code = self._policy_of(step), step.details.get("root_cause")
        end = until(step) if step.step == "snoozed" else None
        if end is not None and end <= step.done_at:
            raise InputError(f"a case is snoozed until a moment to come, and {end.isoformat()} has passed.")
        if step.step == "resolved" and policy is not None and code not in policy.codes:
            raise InputError(f"{short(code)} is no root cause of {policy.name}; there are {', '.join(policy.codes)}.")


def _by_id(responses: object) -> dict[str, list[Response]]:
    """The versions of answers by id."""
    if isinstance(responses, str) or not isinstance(responses, Iterable):
        raise InputError(f"answers are received as Responses, not as {short(responses)}.")
    found: dict[str, list[Response]] = {}
    for one in responses:
        if not isinstance(one, Response):
            raise InputError(f"answers are received as Responses, and {short(one)} is none.")
        found.setdefault(one.id, []).append(one)
    return found


def _standing(versions: Sequence[Response]) -> Response:
    return max(versions, key=attrgetter("version"))


def _says_the_same(step: FollowUp, other: FollowUp) -> bool:
    same: Callable[[FollowUp], object] = attrgetter("step", "done_at", "actor", "note", "details")
    return same(step) == same(other)


def _logs(store: Store) -> Iterator[Log]:
    """All logs, one after the other; a store finds steps in the order of log and sequence."""
    for _, steps in groupby(store.find(FollowUp), key=attrgetter("log")):
        yield tuple(steps)
