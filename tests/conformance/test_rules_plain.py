"""The plain engine keeps the laws of engines that run rules."""

import pytest

from npscore.segments.columns import check_kinds
from npscore.testing.engines import EngineConformance, Select


class TestPlain(EngineConformance):
    @pytest.fixture
    def select(self) -> Select:
        def selected(rule, table, now):
            check_kinds(rule, table.kinds)
            rule.check_now(now)
            return [rule.matches(row, now=now) for row in table.rows]

        return selected
