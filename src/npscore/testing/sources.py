"""The suite of laws for sources. Subclass it, give it a source and the outside, and run pytest.

    class TestMine(SourceConformance):
        @pytest.fixture
        def make_source(self, crm):
            def make(records, broken=0):
                crm.fill(records)  # these and nothing else, with their `known_at` as time of change
                crm.spoil(broken)  # and so many things that are no records
                return MySource(crm.url)
            return make

        @pytest.fixture
        def away(self, crm):
            return crm.away  # for the length of a block it cannot be reached

The numbers are those of ``docs/reference/contracts/sources.md``. A law that
your source cannot keep may be overridden only as ``xfail`` with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Protocol

import pytest
from hypothesis import strategies as st

from npscore.errors import ConnectorError, InputError
from npscore.models import Customer, Record, Response
from npscore.ports import Pulled, Source
from npscore.testing import strategies as make
from npscore.testing.sinks import HOSTILE, Trouble, given_some, is_honest

DAY = datetime(2026, 3, 1, tzinfo=UTC)
GRAIN = timedelta(microseconds=1)


class MakeSource(Protocol):
    """Makes a source on an outside that holds some records, and so many things that are none."""

    def __call__(self, records: Sequence[Record], broken: int = 0) -> Source:
        """The source."""
        ...


def customer(id: str = "c1", known: timedelta = timedelta(), **fields: Any) -> Customer:  # noqa: A002 (the field's name)
    """A customer who became known so long after a day in March."""
    return Customer(id=id, known_at=DAY + known, **fields)


def facts(records: Iterable[Record]) -> list[tuple[str, str]]:
    """What records say, whenever it became known."""
    return sorted((record.kind, record.content) for record in records)


class SourceConformance:
    """The laws of the door `Source`."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, law in vars(cls).items():
            if name.startswith("test_p") and hasattr(SourceConformance, name) and not is_honest(law):
                raise TypeError(f"{cls.__name__} overrides the law {name} without xfail and a reason")

    @pytest.fixture
    def make_source(self) -> MakeSource:
        """A function that fills the outside with records and broken things and makes a source on it; yours."""
        raise NotImplementedError("give the suite a fixture make_source that returns a function making a source")

    @pytest.fixture
    def away(self) -> Trouble:
        """A function that gives a block within which the outside cannot be reached; yours."""
        raise NotImplementedError("give the suite a fixture away that returns a context manager")

    def test_p01_all_records_come_equal_in_every_field(self, make_source: MakeSource) -> None:
        @given_some(st.lists(make.records(), max_size=6, unique_by=lambda record: (record.kind, record.key)))
        def law(records: list[Record]) -> None:
            pulled = make_source(records).pull()
            assert isinstance(pulled, Pulled)
            assert facts(pulled.records) == facts(records)
            assert pulled.rejects == ()

        law()

    def test_p02_pulling_again_brings_the_same(self, make_source: MakeSource) -> None:
        source = make_source([customer("c1"), customer("c2", name="Ann"), _answer("r1")], broken=1)
        first, again = source.pull(), source.pull()
        assert facts(first.records) == facts(again.records)
        assert len(first.records) == 3
        assert len(first.rejects) == len(again.rejects) == 1

    def test_p03_since_takes_in_its_own_moment(self, make_source: MakeSource) -> None:
        source = make_source([customer("at"), customer("after", GRAIN), _answer("later", timedelta(days=9))])
        assert _ids(source.pull(since=DAY)) == ["after", "at", "later"]
        assert _ids(source.pull(since=DAY + GRAIN)) == ["after", "later"]

    def test_p04_what_was_known_before_does_not_come(self, make_source: MakeSource) -> None:
        source = make_source([customer("before", -GRAIN), customer("long ago", timedelta(days=-900)), customer("at")])
        assert _ids(source.pull(since=DAY)) == ["at"]
        assert _ids(source.pull(since=DAY + timedelta(days=1))) == []
        assert _ids(source.pull()) == ["at", "before", "long ago"]

    def test_p05_since_is_an_instant_in_whatever_zone(self, make_source: MakeSource) -> None:
        source = make_source([customer("before", -GRAIN), customer("at")])
        for hours in (-11, 0, 5.5, 14):
            assert _ids(source.pull(since=DAY.astimezone(timezone(timedelta(hours=hours))))) == ["at"]

    def test_p06_what_is_no_record_is_rejected_and_takes_nothing_with_it(self, make_source: MakeSource) -> None:
        records = [customer(f"c{number}") for number in range(5)]
        pulled = make_source(records, broken=3).pull()
        assert facts(pulled.records) == facts(records)
        assert len(pulled.rejects) == 3

    def test_p07_a_reject_says_where_and_why(self, make_source: MakeSource) -> None:
        rejects = make_source([customer()], broken=2).pull().rejects
        assert all(reject.reason for reject in rejects)
        assert len({reject.row for reject in rejects}) == 2

    def test_p08_hostile_texts_come_letter_by_letter(self, make_source: MakeSource) -> None:
        texts = [text for text in HOSTILE if text.strip()]
        records = [_answer(f"r{number}", comment=text[:1_000]) for number, text in enumerate(texts)]
        pulled = make_source(records).pull()
        assert facts(pulled.records) == facts(records)

    def test_p09_an_outside_with_nothing_in_it_is_no_error(self, make_source: MakeSource) -> None:
        assert make_source([]).pull() == Pulled()
        assert make_source([]).pull(since=DAY) == Pulled()

    def test_p10_since_is_a_moment_with_a_zone(self, make_source: MakeSource) -> None:
        source = make_source([customer()])
        wrong: list[Any] = ["2026-03-01", 0, DAY.replace(tzinfo=None), date(2026, 3, 1), float("nan"), True, []]
        for since in wrong:
            with pytest.raises(InputError):
                source.pull(since=since)

    def test_p11_an_outside_that_is_away_may_be_asked_later(self, make_source: MakeSource, away: Trouble) -> None:
        source = make_source([customer()])
        with away(), pytest.raises(ConnectorError) as caught:
            source.pull()
        assert caught.value.retryable
        assert _ids(source.pull()) == ["c1"]


def _answer(id: str, known: timedelta = timedelta(), **fields: Any) -> Response:  # noqa: A002 (the field's name)
    return Response(id=id, rating=9, answered_at=DAY, known_at=DAY + known, **fields)


def _ids(pulled: Pulled) -> list[str]:
    return sorted(str(record.key[0]) for record in pulled.records)
