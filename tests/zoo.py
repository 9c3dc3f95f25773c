"""What the zoos of broken adapters share: the laws of a suite by number, and those that its contract has."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).parents[1] / "docs" / "reference" / "contracts"


def laws_of(suite: type) -> list[str]:
    """The numbers of the laws of a suite, in order."""
    return sorted(found[1] for name in dir(suite) if (found := re.match(r"test_([a-z]\d\d)_", name)))


def law(suite: type, number: str) -> Callable[..., None]:
    """The law of a suite that has a number, ready to be called with what it asks for."""
    (name,) = [name for name in dir(suite) if name.startswith(f"test_{number}_")]
    made: Callable[..., None] = getattr(suite(), name)
    return made


def hold(suite: type, number: str, given: Mapping[str, Any]) -> None:
    """Call a law with those of the given fixtures that it asks for."""
    test = law(suite, number)
    test(**{name: given[name] for name in inspect.signature(test).parameters})


def check_contract(page: str, suite: type, zoo: Iterable[type]) -> None:
    """A contract and its suite have the same laws, each of which an animal breaks."""
    written = re.findall(r"^\| ([A-Z]\d\d) \|", (CONTRACTS / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert [number.lower() for number in written] == laws_of(suite)
    assert sorted({str(animal.__doc__) for animal in zoo}) == laws_of(suite)
