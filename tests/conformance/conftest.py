"""What the zoos share: no time is spent on making a bite small."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings


@pytest.fixture
def _without_shrinking() -> Iterator[None]:
    """That an animal is bitten is all that matters, not by how small a tooth."""
    before = settings.get_current_profile_name()
    settings.register_profile("zoo", phases=[Phase.generate], max_examples=1000)
    settings.load_profile("zoo")
    yield
    settings.load_profile(before)
