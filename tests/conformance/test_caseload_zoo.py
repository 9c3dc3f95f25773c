"""Each law bites the animal that breaks it: stores that gather, or know what is left to do, wrongly in one way each."""

from itertools import islice

import pytest

from npscore import ConflictError, FollowUp, InputError, MemoryStore
from npscore.loop.cases import is_finished
from npscore.testing.caseloads import CaseloadConformance
from zoo import check_contract, law, laws_of


def logs_in(records):
    return {record.log for record in records if isinstance(record, FollowUp)}


class RepeatsItself(MemoryStore):
    """l01"""

    def gather(self, kind, name, values, *, as_of=None):
        super().gather(kind, name, (), as_of=as_of)
        return iter([one for value in values for one in super(RepeatsItself, self).gather(kind, name, [value])])


class FoldsCase(MemoryStore):
    """l01"""

    def gather(self, kind, name, values, *, as_of=None):
        folded = [case for value in values for case in (value, value.lower(), value.upper())]
        return super().gather(kind, name, folded, as_of=as_of)


class TakesFewValues(MemoryStore):
    """l02"""

    def gather(self, kind, name, values, *, as_of=None):
        return super().gather(kind, name, islice(values, 999), as_of=as_of)


class KnowsTheFuture(MemoryStore):
    """l03"""

    def gather(self, kind, name, values, *, as_of=None):
        return super().gather(kind, name, values)


class AsksAnything(MemoryStore):
    """l04"""

    def gather(self, kind, name, values, *, as_of=None):
        try:
            return super().gather(kind, name, values, as_of=as_of)
        except InputError:
            return iter(())


class TrustsTheLastStep(MemoryStore):
    """l05"""

    def unfinished(self):
        return (log for log in super().unfinished() if log[-1].step != "closed")


class ForgetsEarlierSteps(MemoryStore):
    """l05"""

    def unfinished(self):
        return (log[-1:] for log in super().unfinished())


class JudgesWhatIsPut(MemoryStore):
    """l05"""

    left = frozenset()

    def put(self, *records):
        logs = {log: [one for one in records if one.log == log] for log in logs_in(records)}
        self.left = self.left - {*logs} | {log for log in logs if not is_finished(logs[log])}
        return super().put(*records)

    def unfinished(self):
        return iter([tuple(self.find(FollowUp, log=log)) for log in sorted(self.left)])


class NeverLooksBack(MemoryStore):
    """l06"""

    done = frozenset()

    def put(self, *records):
        added = super().put(*records)
        self.done |= logs_in(self.find(FollowUp)) - {log[0].log for log in super().unfinished()}
        return added

    def unfinished(self):
        return (log for log in super().unfinished() if log[0].log not in self.done)


class RemembersTheErased(MemoryStore):
    """l07"""

    erased = ()

    def erase(self, customer_id):
        self.erased = (*self.erased, *super().unfinished())
        return super().erase(customer_id)

    def unfinished(self):
        return iter(dict.fromkeys([*super().unfinished(), *self.erased]))


class ErasesTooMuch(MemoryStore):
    """l07"""

    def unfinished(self):
        return (log for log in super().unfinished() if log[0].sequence == 0)


class NotesWhatItRefuses(MemoryStore):
    """l08"""

    refused = frozenset()

    def put(self, *records):
        try:
            return super().put(*records)
        except ConflictError:
            self.refused |= logs_in(records)
            raise

    def unfinished(self):
        return (log for log in super().unfinished() if log[0].log not in self.refused)


class AnswersAfterClosing(MemoryStore):
    """l09"""

    def unfinished(self):
        return iter(()) if self._kinds is None else super().unfinished()


ZOO = (
    RepeatsItself, TakesFewValues, KnowsTheFuture, AsksAnything, TrustsTheLastStep, NeverLooksBack, RemembersTheErased,
    NotesWhatItRefuses, AnswersAfterClosing, FoldsCase, ForgetsEarlierSteps, JudgesWhatIsPut, ErasesTooMuch,
)  # fmt: skip


@pytest.mark.parametrize("animal", ZOO, ids=lambda animal: animal.__name__)
def test_each_law_bites_the_animal_that_breaks_it(animal):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        law(CaseloadConformance, animal.__doc__)(animal)


@pytest.mark.parametrize("number", laws_of(CaseloadConformance))
def test_the_store_in_memory_keeps_each_law(number):
    law(CaseloadConformance, number)(MemoryStore)


def test_the_contract_and_the_suite_have_the_same_laws():
    check_contract("caseloads.md", CaseloadConformance, ZOO)
