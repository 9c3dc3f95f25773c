"""Each law bites the animal that breaks it: stores that count wrongly in one way each."""

import attrs
import pytest

from npscore import Counted, Customer, MemoryStore, PoolingError, Tally, count_answers
from npscore.ports import EVERYTHING
from npscore.testing.counting import CountingConformance
from zoo import check_contract, law, laws_of


class Counts(MemoryStore):
    """Right in every way: what its records say."""

    forgotten = ()

    def tally(self, question=EVERYTHING, **way):
        records = MemoryStore()
        records._kinds = {**self._open(), **{kind: {} for kind in self.forgotten}}
        return count_answers(records, question, **way)


class IgnoresGroups(Counts):
    """e01"""

    def tally(self, question=EVERYTHING, **way):
        return super().tally(question, **way | {"by": ()})


class IgnoresWhere(Counts):
    """e03"""

    def tally(self, question=EVERYTHING, **way):
        return super().tally(attrs.evolve(question, where={}), **way)


class LosesBlanks(Counts):
    """e02"""

    def tally(self, question=EVERYTHING, **way):
        made = super().tally(question, **way)
        return attrs.evolve(made, tallies={k: attrs.evolve(t, unanswered=0) for k, t in made.tallies.items()})


class FoldsCase(Counts):
    """e03"""

    def tally(self, question=EVERYTHING, **way):
        made, folded = super().tally(question, **way), {}
        for parts, tally in made.tallies.items():
            key = tuple(part.lower() if isinstance(part, str) else part for part in parts)
            folded[key] = folded.get(key, Tally(scale=tally.scale)) + tally
        return attrs.evolve(made, tallies=folded)


class KnowsOneZone(Counts):
    """e04"""

    def tally(self, question=EVERYTHING, **way):
        return super().tally(question, **way | {"zone": "UTC"})


class KnowsNobody(Counts):
    """e05"""

    forgotten = ("identity_link",)


class Pools(Counts):
    """e06"""

    def tally(self, question=EVERYTHING, **way):
        try:
            return super().tally(question, **way)
        except PoolingError:
            return Counted(tallies={}, left_out={})


class KeepsTheExcluded(Counts):
    """e07"""

    forgotten = ("exclusion",)


class KnowsTheFuture(Counts):
    """e08"""

    def tally(self, question=EVERYTHING, **way):
        return super().tally(question, **way | {"as_of": None})


class AsksNoCustomer(Counts):
    """e09"""

    def tally(self, question=EVERYTHING, **way):
        records = MemoryStore()
        records._kinds = {
            **self._open(),
            Customer.kind: {
                key: [version.model_copy(update={"account_id": None}) for version in versions]
                for key, versions in self._open()[Customer.kind].items()
            },
        }
        return count_answers(records, question, **way)


ZOO = (
    IgnoresGroups, LosesBlanks, FoldsCase, KnowsOneZone, KnowsNobody, Pools, KeepsTheExcluded, KnowsTheFuture,
    AsksNoCustomer, IgnoresWhere,
)  # fmt: skip


@pytest.mark.parametrize("animal", ZOO, ids=lambda animal: animal.__name__)
def test_each_law_bites_the_animal_that_breaks_it(animal):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        law(CountingConformance, animal.__doc__)(animal)


@pytest.mark.parametrize("number", laws_of(CountingConformance))
def test_what_counts_rightly_keeps_each_law(number):
    law(CountingConformance, number)(Counts)


def test_the_contract_and_the_suite_have_the_same_laws():
    check_contract("engine.md", CountingConformance, ZOO)
