"""Our sources keep the laws of the door."""

from contextlib import contextmanager

import pytest

from npscore.adapters.sources.lines import LinesSource, line_of
from npscore.adapters.sources.memory import MemorySource
from npscore.intake.results import Rejected
from npscore.testing.sources import SourceConformance

SPOILED = ('{"kind": "customer", "id": "c9"}', "nonsense", '{"kind": "unicorn"}')


class TestMemorySource(SourceConformance):
    @pytest.fixture
    def make_source(self):
        def make(records, broken=0):
            return MemorySource(records, [Rejected(row, "", "not JSON") for row in range(1, broken + 1)])

        return make

    @pytest.mark.xfail(reason="what is in memory is never away")
    def test_p11_an_outside_that_is_away_may_be_asked_later(self, make_source, away):
        pass


class TestLinesSource(SourceConformance):
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "records.jsonl"

    @pytest.fixture
    def make_source(self, path):
        def make(records, broken=0):
            lines = [*map(line_of, records), *SPOILED[:broken]]
            path.write_bytes("".join(f"{line}\n" for line in lines).encode())
            return LinesSource(path)

        return make

    @pytest.fixture
    def away(self, path):
        @contextmanager
        def away():
            moved = path.rename(path.with_name("moved"))
            yield
            moved.rename(path)

        return away
