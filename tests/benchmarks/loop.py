"""The loop against code by hand, and against the clock.

    python tests/benchmarks/loop.py --answers 100000 --closed 1000000 --open 10000 --repeats 5

- ``decide``: a policy of 20 rules, against the same policy written by hand as `if`s that makes the same records and
  actions, with one line of reason instead of twenty; turn about, in processor time. Said are decisions a second, and
  the median of the ratios.
- ``receive``: stored answers to decided, logged cases in SQLite, as seconds on the wall and of processor time.
- ``sweep``: over so many closed and open cases in SQLite, as seconds, and how many steps were read.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from npscore import (
    BusinessHours,
    Customer,
    Deed,
    Escalation,
    FollowUp,
    Loop,
    OpenCase,
    Owners,
    Policy,
    PolicyRule,
    Response,
    Situation,
    decide,
)
from npscore.adapters.sql import SQLStore
from npscore.loop.actions import Action, case_id, decision_id
from npscore.models.fields import FrozenDict
from npscore.ports import Receipt

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
REGIONS = ("EMEA", "APAC", "Americas", "Africa")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WINDOW = timedelta(days=90)


def policy_of_twenty() -> Policy:
    """Sixteen rules for detractors by region and revenue, and four for the others."""
    by_value = [
        PolicyRule(
            f"value {place}",
            f'category = "detractor" and customer.region = "{REGIONS[place % 4]}" '
            f"and account.revenue >= {100_000 - 5_000 * place}",
            OpenCase(owner="ann", contact_within="24 hours"),
        )
        for place in range(16)
    ]
    rest = [
        PolicyRule("unhappy", 'category = "detractor"', OpenCase(owner="bob", contact_within="48 hours")),
        PolicyRule("passive", 'category = "passive"', Deed(do="notify", to="account team")),
        PolicyRule("happy", 'category = "promoter"', Deed(do="thank", cooldown=timedelta(days=90))),
        PolicyRule("no rating", "rating is missing", Deed(do="nothing", reason="no rating")),
    ]
    return Policy(name="twenty", rules=[*by_value, *rest])


def by_hand(  # noqa: C901
    answer: Response, row: dict, fingerprint: str
) -> tuple[tuple[FollowUp, ...], tuple[Action, ...]]:
    """The same policy as `if`s, with the records and actions that it makes."""
    category, region, revenue = row["category"], row["customer.region"], row["account.revenue"]
    owner = hours = do = to = None
    if category == "detractor":
        place = 0
        for place in range(16):
            if region == REGIONS[place % 4] and revenue is not None and revenue >= 100_000 - 5_000 * place:
                rule, owner, hours = f"value {place}", "ann", 24
                break
        else:
            rule, owner, hours = "unhappy", "bob", 48
    elif category == "passive":
        rule, do, to = "passive", "notify", "account team"
    elif category == "promoter":
        rule, do = "happy", "thank"
    else:
        rule = "no rating"
    details = {"fingerprint": fingerprint, "rating": answer.rating, "rule": rule}
    case = case_id("twenty", f"customer {answer.customer_id}", (answer.answered_at - EPOCH) // WINDOW)
    log = decision_id("twenty", answer.id)
    about = {"customer_id": answer.customer_id, "response_id": answer.id, "actor": "twenty", "policy": "twenty"}
    times = {"known_at": NOW, "done_at": NOW}
    if owner is not None:
        details |= {"outcome": "case opened", "case": case}
    elif do is not None:
        deed = {"do": do} if to is None else {"do": do, "to": to}
        details |= {"outcome": "deeds", "do": json.dumps([deed])}
    else:
        details |= {"outcome": "nothing"}
    records = [FollowUp(log=log, sequence=0, step="decided", note=f"{rule} fired", details=details, **about, **times)]
    known = {"policy": "twenty", "customer_id": answer.customer_id, "response_id": answer.id, "asked_at": NOW}
    if owner is not None:
        due = (NOW + timedelta(hours=hours or 0)).isoformat()
        opened = {
            "rule": rule, "rating": answer.rating, "priority": "normal", "owner": owner,
            "contact_within": f"{hours // 24 if hours else 0} day", "contact_due_at": due,
        }  # fmt: skip
        records.append(FollowUp(log=case, sequence=0, step="opened", details=opened, **about, **times))
        return tuple(records), (Action(id=f"{case}/0", do="contact", log=case, to=owner, details=opened, **known),)
    return tuple(records), () if do is None else (Action(id=f"{log}/{do}", do=do, log=log, to=to, **known),)  # type: ignore[arg-type]


def situations(number: int) -> list[Situation]:
    """Answers with their rows, half of them of detractors."""
    chance = random.Random(4)
    found = []
    for place in range(number):
        rating = chance.choice((0, 2, 4, 5, 6, 7, 8, 9, 10, None))
        category = None if rating is None else "detractor" if rating < 7 else "passive" if rating < 9 else "promoter"
        answer = Response(id=f"r{place}", customer_id=f"c{place}", rating=rating, answered_at=NOW, known_at=NOW)
        region, revenue = chance.choice(REGIONS), chance.choice((None, *range(10_000, 120_000, 5_000)))
        row = {"category": category, "rating": rating, "customer.region": region, "account.revenue": revenue}
        found.append(Situation(answer=answer, row=row))
    return found


def decide_against_ifs(number: int, repeats: int) -> None:
    """Decisions a second, and the ratio to those by hand."""
    policy, given = policy_of_twenty(), situations(number)
    rows = [(one.answer, dict(one.row), policy.fingerprint) for one in given]
    for one, (answer, row, fingerprint) in zip(given, rows, strict=True):
        made, (records, actions) = decide(policy, one, NOW), by_hand(answer, row, fingerprint)
        assert [step.details.get("rule") for step in made.records] == [step.details.get("rule") for step in records]
        assert [(step.log, step.step) for step in made.records] == [(step.log, step.step) for step in records]
        assert [(one.id, one.to) for one in made.actions] == [(one.id, one.to) for one in actions]
    ways: dict[str, Callable[[], object]] = {
        "decide": lambda: [decide(policy, one, NOW) for one in given],
        "by hand": lambda: [by_hand(*one) for one in rows],
    }
    rounds = []
    for place in range(repeats):
        took = {}
        for name in list(ways) if place % 2 else reversed(list(ways)):
            begin = time.process_time()
            ways[name]()
            took[name] = time.process_time() - begin
        rounds.append(took)
    ratio = statistics.median(one["decide"] / one["by hand"] for one in rounds)
    best = {name: number / min(one[name] for one in rounds) for name in ways}
    print(
        f"decide, 20 rules, {number:,} answers: {best['decide']:,.0f} decisions a second of processor time, by hand "
        f"{best['by hand']:,.0f}; ratio {ratio:.2f}"
    )


class Counting:
    """A sink that takes everything."""

    def send(self, action: Action) -> Receipt:
        """Take it."""
        return Receipt(action=action.id)


def answers(number: int) -> Iterator[Response | Customer]:
    """Customers with about three answers each, over a year."""
    chance = random.Random(7)
    people = max(1, number // 3)
    for place in range(people):
        attributes = {"region": chance.choice(REGIONS), "owner": chance.choice(("ann", "bob", "cy", "dora"))}
        yield Customer(id=f"c{place}", known_at=NOW, attributes=attributes)
    for place in range(number):
        at = NOW + timedelta(days=365) * (place / number)
        rating = chance.choice((0, 3, 5, 6, 7, 8, 8, 9, 9, 9, 10, 10, 10, 10, None))
        yield Response(
            id=f"r{place}", customer_id=f"c{chance.randrange(people)}", rating=rating, answered_at=at, known_at=at
        )


def care() -> Policy:
    """A policy as firms have it."""
    return Policy(
        name="care",
        hours=BusinessHours.parse("mon-fri 09:00-17:00", zone="Europe/Paris"),
        owners=Owners(by=["customer.owner"], fallback="lead"),
        rules=[
            PolicyRule(
                "again",
                'category = "detractor" and history.category = "detractor"',
                OpenCase(priority="high", contact_within="8 business hours", resolve_within="40 business hours"),
            ),
            PolicyRule("unhappy", 'category = "detractor"', OpenCase(contact_within="24 business hours")),
            PolicyRule("happy", 'category = "promoter"', Deed(do="thank", cooldown=timedelta(days=90))),
            PolicyRule("others", "everything", Deed(do="nothing", reason="nothing is promised")),
        ],
        escalations=[Escalation(name="late", after="30 business hours", to="lead")],
        close_after="7 days",
    )


def clocks() -> tuple[float, float]:
    """On the wall, and of the processor."""
    return time.perf_counter(), time.process_time()


def receive(number: int, folder: Path) -> None:
    """Stored answers to decided, logged cases."""
    with closing(SQLStore(f"sqlite:///{folder}/receive.db")) as store:
        store.put_all(answers(number))
        loop = Loop(store, care())
        begin = clocks()
        made = loop.catch_up(NOW + timedelta(days=400))
        wall, cpu = (now - then for now, then in zip(clocks(), begin, strict=True))
    print(
        f"receive, {number:,} stored answers: {wall:.1f} s on the wall, {cpu:.1f} s of processor time; {made.decided}"
    )


def case(name: str, steps: list[tuple[str, datetime, dict]]) -> list[FollowUp]:
    """The log of a case, made without looking at it."""
    return [
        FollowUp.model_construct(
            known_at=at, log=name, sequence=place, step=step, done_at=at, actor="ann", customer_id=name,
            response_id=name, policy="care", note=None, details=FrozenDict(details),
        )
        for place, (step, at, details) in enumerate(steps)
    ]  # fmt: skip


def closed_cases(number: int) -> Iterator[FollowUp]:
    """Cases of which nothing is left to do."""
    for place in range(number):
        at = NOW - timedelta(days=30, seconds=place)
        opened = {"rule": "unhappy", "priority": "normal", "contact_within": "1 day"}
        steps = [("opened", at, opened), ("resolved", at, {"root_cause": "price"})]
        yield from case(f"closed-{place}", [*steps, ("closed", at, {})])


def open_cases(number: int) -> Iterator[FollowUp]:
    """Cases that wait for their first contact, half of them since long."""
    for place in range(number):
        at = NOW - timedelta(days=20 if place % 2 else 0)
        yield from case(f"open-{place}", [("opened", at, {"priority": "normal", "contact_within": "1 day"})])


def sweep(closed: int, waiting: int, folder: Path) -> None:
    """A sweep reads what is not finished, however much is."""
    url = f"sqlite:///{folder}/sweep.db"
    for finished in dict.fromkeys((0, closed)):
        with closing(SQLStore(url)) as store:
            store.put_all(closed_cases(finished))
            if not finished:
                store.put_all(open_cases(waiting))
            loop = Loop(store, care(), sink=Counting())
            first = begin = clocks()
            made = loop.sweep(NOW + timedelta(minutes=finished // 1_000))
            first = clocks()
            again = loop.sweep(NOW + timedelta(minutes=finished // 1_000))
            second = clocks()
        print(
            f"sweep, {finished:,} closed and {waiting:,} open cases: {first[0] - begin[0]:.2f} s, {made.logs:,} logs "
            f"read, {sum(made.steps.values()):,} steps taken, {made.sending.sent:,} sent; "
            f"again {second[0] - first[0]:.2f} s, {sum(again.steps.values())} steps"
        )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=5_000)
    parser.add_argument("--closed", type=int, default=5_000)
    parser.add_argument("--open", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    decide_against_ifs(min(asked.answers, 20_000), asked.repeats)
    with tempfile.TemporaryDirectory() as folder:
        receive(asked.answers, Path(folder))
        sweep(asked.closed, asked.open, Path(folder))


if __name__ == "__main__":
    main()
