"""What tests need and not every machine has. Who lacks it skips, and is counted at the end so that nobody takes it for
passed; what `NPSCORE_TEST_NEEDS` names (as the sessions of nox do) must be there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NoReturn

import pytest

DATABASES = ("sqlite", "postgresql", "mariadb")
"""Those that tests ask for by name; the servers among them may be absent."""

_ABSENT = "not here: "


def skip(what: str) -> NoReturn:
    """Skip a test for want of something, which begins with its name, unless it has to be there."""
    if what.partition(" ")[0] in os.environ.get("NPSCORE_TEST_NEEDS", "").split():
        pytest.fail(f"not here, and needed: {what}")
    pytest.skip(f"{_ABSENT}{what}")


def told(reasons: Iterable[str]) -> Iterator[str]:
    """A line for each thing that tests were skipped for want of."""
    counts = Counter(reason.partition(_ABSENT)[2] for reason in reasons if _ABSENT in reason)
    for what, tests in counts.items():
        yield f"NOT TESTED, {tests} tests skipped for want of {what}"
