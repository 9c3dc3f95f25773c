"""The whole story of the demo, as files and commands: import, score, segments, cases, a sweep a day later, health."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

SEGMENTS = """\
version = 1
name = "mood"

[[segments]]
name = "unhappy in Europe"
rule = 'category = "detractor" and customer.region = "Europe"'

[[segments]]
name = "unhappy elsewhere"
rule = 'category = "detractor"'

[[segments]]
name = "fans on Enterprise"
rule = 'category = "promoter" and customer.plan = "Enterprise"'
"""

POLICY = """\
version = 1
name = "lumen care"
window = "90 days"
close_after = "7 days"

[hours]
week = "mon-fri 09:00-17:00"
zone = "Europe/Lisbon"

[owners]
people = ["ines", "sam", "head of support"]
fallback = "sam"

[[rules]]
name = "unhappy on Enterprise"
when = 'category = "detractor" and customer.plan = "Enterprise"'
case = { priority = "high", contact_within = "4 business hours", resolve_within = "24 business hours", owner = "ines" }
then = ["suppress surveys"]

[[rules]]
name = "unhappy"
when = 'category = "detractor"'
case = { contact_within = "8 business hours", resolve_within = "40 business hours" }
then = ["suppress surveys"]

[[rules]]
name = "happy"
when = 'category = "promoter"'
then = [{ do = "thank", cooldown = "90 days" }]

[[rules]]
name = "the others"
when = "everything"
then = [{ do = "nothing", reason = "nothing was promised to passives" }]

[[escalations]]
name = "not reached"
after = "6 business hours"
to = "head of support"
priority = "urgent"
"""


def tell(folder: Path, npscore: Callable[..., Any]) -> None:
    """Run the commands of the story, saying each before.

    Args:
        folder: of the demo.
        npscore: the command, which takes the words after its name.
    """
    has_store, has_file = (find_spec(name) is not None for name in ("sqlalchemy", "filelock"))
    for purpose, words in commands(folder, with_actions=has_file):
        if words[0] != "score" and not has_store:
            typer.echo("\nThe rest of the story keeps answers in a database: pip install 'npscore[cli,sql]'.")
            return
        typer.echo(f"\n# {purpose}.\n$ npscore {' '.join(map(_quoted, words))}\n")
        if npscore(words, standalone_mode=False):
            raise typer.Exit(1)


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word


def commands(folder: Path, *, with_actions: bool) -> Iterator[tuple[str, list[str]]]:
    """The commands, each with what it is for.

    Args:
        folder: of the demo.
        with_actions: whether actions go to a file; else they stay owed.
    """
    store = ["--store", f"sqlite:///{folder / 'npscore.db'}"]
    policy = ["--policy", str(folder / "policy.toml")]
    actions = ["--actions", str(folder / "actions.jsonl")] if with_actions else []
    maps = ["--map", "customer.region=region", "--map", "customer.plan=plan"]
    since = ["--since", "2026-09-25"]
    first, second = _cases("C0016", "C0046")
    answers = str(folder / "answers.csv")
    by = ["--by", "region", "--every", "quarter", "--at", "answered_at"]
    yield "What is our NPS, by region and quarter", ["score", answers, *by]
    yield (
        "Keep the answers, as they were known at the end of September",
        ["import", answers, *store, *maps, "--known-at", "2026-10-01T00:00:00Z"],
    )
    yield "Who falls where", ["segments", "check", str(folder / "segments.toml"), *store]
    yield (
        "Thursday, half past five: decide on the answers of the last days",
        ["loop", "run", *policy, *store, *since, "--now", _HALF_PAST_FIVE],
    )
    yield (
        "The next morning somebody calls",
        ["loop", "step", first, "contacted", *store, "--actor", "ines", "--note", "called back", "--now", _AT_NINE],
    )
    yield (
        "and reaches another one, too",
        ["loop", "step", second, "contacted", *store, "--actor", "ines", "--now", _AT_NINE],
    )
    yield (
        "who is helped",
        ["loop", "step", second, "resolved", *store, *policy, "--root-cause", "price.increase", "--now", _AT_TEN],
    )
    yield "A day later: what time asks for", ["loop", "sweep", *policy, *store, *actions, "--now", _A_DAY_LATER]
    yield "How the loop does", ["loop", "health", *policy, *store, *since, "--now", _A_DAY_LATER]


_HALF_PAST_FIVE = "2026-10-01T17:30:00Z"
_AT_NINE = "2026-10-02T09:10:00Z"
_AT_TEN = "2026-10-02T10:00:00Z"
_A_DAY_LATER = "2026-10-02T17:30:00Z"


def _cases(*customers: str) -> list[str]:
    """The ids of the cases of some customers of the demo."""
    from datetime import UTC, datetime, timedelta

    from npscore.loop.actions import EPOCH, case_id

    ordinal = (datetime(2026, 9, 27, tzinfo=UTC) - EPOCH) // timedelta(days=90)
    return [case_id("lumen care", f"customer {name}", ordinal) for name in customers]
