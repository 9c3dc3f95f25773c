"""A report about the answers in a store, which counts them itself where it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from npscore.cli.counting import Choices
from npscore.errors import InputError
from npscore.models import Response
from npscore.models.places import Place, as_text
from npscore.periods import first_day, local_day
from npscore.plugins import open_store
from npscore.ports import Counted, Question, Store
from npscore.report import Report, Rows
from npscore.scoring.groups import Key, check_keys, group_rows
from npscore.scoring.scales import Scale
from npscore.scoring.tallies import Tally, slot_of
from npscore.segments.rows import answer_rows, column_at
from npscore.service import count_answers, known_records

_SAMPLE = 1_000
_FILE = "sqlite:///"


def report(url: str, asked: Choices, as_of: datetime | None) -> Report:
    """Count the answers in a store and report.

    Raises:
        InputError: for a store that is not there, or a place that no answer has.
        PoolingError: for answers to unlike questions or on unlike scales.
    """
    check_keys([name for name in asked.keys if name != "period"], asked.every)
    places = [Place.read(name) for name in asked.by]
    check_there(url)
    with closing(open_store(url)) as store:
        question = Question(where={name: value or None for name, value in asked.wheres})
        zone = asked.convention.zone
        counted = count_answers(store, question, by=asked.by, every=asked.every, zone=zone, as_of=as_of)
        for number, place in enumerate(places):
            if counted.tallies and all(key[number] is None for key in counted.tallies):
                raise InputError(_unknown(asked.by[number], place, store))
        groups = counted.tallies if asked.sorting is None else _sorted(store, question, asked, as_of)
    return _report(counted, groups, asked, as_of)


def check_there(url: str | None) -> None:
    """Refuse a store in a file that is not there or is empty, of which opening would make one.

    Raises:
        InputError: naming the file.
    """
    if url is None or not url.startswith(_FILE):
        return
    path = Path(url.removeprefix(_FILE))
    if not path.exists():
        raise InputError(f"there is no {path}; npscore import FILE --store {url} makes it.")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty; npscore import FILE --store {url} makes a store of it.")


def _sorted(store: Store, question: Question, asked: Choices, as_of: datetime | None) -> dict[Key, Tally]:
    """Tallies by segment, of rows made one by one: a rule may ask for what no store counts."""
    sorting, scales = asked.sorting, set()
    assert sorting is not None  # noqa: S101 (for the reader of types)
    counts: dict[Key, list[int]] = {}
    for row in answer_rows(known_records(store, question, as_of=as_of), asked=sorting.segmentation.columns):
        scale = Scale.parse(row["response.scale"])
        scales.add(scale)
        slot = slot_of(row["rating"], scale)
        for segment in sorting.segmentation.of(row, now=sorting.now):
            counts.setdefault((segment, *_key(row, asked)), [0] * 5)[slot] += 1
    (scale,) = scales or {asked.convention.scale_for()}
    return {key: Tally(*slots, scale=scale) for key, slots in counts.items()}


def _key(row: Mapping[str, Any], asked: Choices) -> Key:
    by = (as_text(row.get(column_at(Place.read(name)))) for name in asked.by)
    if asked.every is None:
        return tuple(by)
    return *by, first_day(local_day(row["answered_at"], asked.convention.zone), asked.every)


def _report(counted: Counted, tallies: Mapping[Key, Tally], asked: Choices, as_of: datetime | None) -> Report:
    convention, whole = asked.convention, counted.tallies.values()
    scale = next((tally.scale for tally in whole), convention.scale_for())
    total = sum(whole, Tally(scale=scale))
    left_out = sum(counted.left_out.values())
    return Report(
        keys=asked.keys,
        every=asked.every,
        groups=asked.in_order(group_rows(tallies, asked.keys, convention)),
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
    if asked.sorting is not None:
        yield from asked.sorting.notes()
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
