"""The store in memory keeps the laws of the door."""

import pytest

from npscore.adapters.memory import MemoryStore
from npscore.testing.stores import StoreConformance


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def make_store(self):
        return MemoryStore
