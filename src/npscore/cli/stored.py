"""A report about the answers in a store, which counts them itself where it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from npscore.cli.counting import Choices
from npscore.errors import InputError
from npscore.models import Response
from npscore.models.places import Place
from npscore.plugins import open_store
from npscore.ports import Counted, Question, Store
from npscore.report import Report, Rows
from npscore.scoring.groups import check_keys, group_rows
from npscore.scoring.tallies import Tally
from npscore.service import count_answers

_SAMPLE = 1_000
_FILE = "sqlite:///"


def report(url: str, asked: Choices, as_of: datetime | None) -> Report:
    """Count the answers in a store and report.

    Raises:
        InputError: for a store that is not there, or a place that no answer has.
        PoolingError: for answers to unlike questions or on unlike scales.
    """
    check_keys(asked.by, asked.every)
    places = [Place.read(name) for name in asked.by]
    if url.startswith(_FILE) and not Path(url.removeprefix(_FILE)).exists():
        raise InputError(f"there is no {url.removeprefix(_FILE)}; npscore import FILE --store {url} makes it.")
    with closing(open_store(url)) as store:
        question = Question(where={name: value or None for name, value in asked.wheres})
        zone = asked.convention.zone
        counted = count_answers(store, question, by=asked.by, every=asked.every, zone=zone, as_of=as_of)
        for number, place in enumerate(places):
            if counted.tallies and all(key[number] is None for key in counted.tallies):
                raise InputError(_unknown(asked.by[number], place, store))
    return _report(counted, asked, as_of)


def _report(counted: Counted, asked: Choices, as_of: datetime | None) -> Report:
    tallies, convention = counted.tallies, asked.convention
    scale = next((tally.scale for tally in tallies.values()), convention.scale_for())
    total = sum(tallies.values(), Tally(scale=scale))
    keys = [*asked.by, *(["period"] if asked.every else [])]
    left_out = sum(counted.left_out.values())
    return Report(
        keys=keys,
        every=asked.every,
        groups=group_rows(tallies, keys, convention),
        total=group_rows({(): total}, [], convention)[0],
        convention=convention,
        rows=Rows(
            read=total.rows + left_out,
            scored=total.n,
            unanswered=total.unanswered,
            invalid=total.invalid,
            left_out=left_out,
            why_left_out=_reasons(counted.left_out),
            reported=0,
        ),
        reported=[],
        invalid=[],
        notes=list(_notes(total, asked, as_of)),
    )


def _reasons(left_out: Mapping[str, int]) -> str:
    return f"({', '.join(f'{times:,} {reason}' for reason, times in sorted(left_out.items()))})"


def _notes(total: Tally, asked: Choices, as_of: datetime | None) -> Iterator[str]:
    if as_of is not None:
        yield f"this is what was known by {as_of.isoformat()}."
    for name, value in asked.wheres:
        yield f"only answers whose {name!r} is {value!r} were counted."
    if total.n == 0:
        yield "nothing could be scored: the store has no answer that counts."


def _unknown(name: str, place: Place, store: Store) -> str:
    """What to say of a place at which nothing stands."""
    sample = (getattr(one, place.path[0]) for one in islice(store.find(place.kind), _SAMPLE) if len(place.path) > 1)
    known = dict.fromkeys(chain.from_iterable(sample))
    prefix = "" if place.kind.kind == "response" else f"{place.kind.kind}."
    answers = islice(store.find(Response), _SAMPLE) if prefix else ()
    is_own = any(place.path[-1] in answer.attributes for answer in answers)
    own = f"; answers have {place.path[-1]!r} themselves, so group by that, or import it with --map {name}=COLUMN"
    there = f"; there are {', '.join(prefix + one for one in known)}" if known else ""
    return f"no answer has a value for {name!r}{there}{own if is_own else ''}."
