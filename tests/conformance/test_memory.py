"""The store in memory keeps the laws of the door."""

import pytest

from npscore.adapters.memory import MemoryStore
from npscore.testing.caseloads import CaseloadConformance
from npscore.testing.stores import StoreConformance


class TestMemoryStore(StoreConformance, CaseloadConformance):
    @pytest.fixture
    def make_store(self):
        return MemoryStore
