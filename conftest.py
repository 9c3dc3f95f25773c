"""Gives the examples in docstrings the public names."""

import pytest

import npscore


@pytest.fixture(autouse=True)
def _public_names(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace.update({name: getattr(npscore, name) for name in npscore.__all__})
