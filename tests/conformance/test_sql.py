"""The stores in databases keep the laws of the door."""

from collections.abc import Callable

import pytest

from absent import DATABASES
from databases import emptied
from npscore.adapters.sql import SQLStore
from npscore.ports import Store
from npscore.testing.caseloads import CaseloadConformance
from npscore.testing.counting import CountingConformance
from npscore.testing.stores import DurableStoreConformance


class TestSQLStore(DurableStoreConformance, CountingConformance, CaseloadConformance):
    @pytest.fixture(params=DATABASES)
    def url(self, request: pytest.FixtureRequest) -> str:
        return request.getfixturevalue(f"{request.param}_database")

    @pytest.fixture
    def make_store(self, url: str) -> Callable[[], Store]:
        return lambda: SQLStore(emptied(url))

    @pytest.fixture
    def reopen(self, url: str) -> Callable[[Store], Store]:
        def reopened(store: Store) -> Store:
            store.close()
            return SQLStore(url)

        return reopened
