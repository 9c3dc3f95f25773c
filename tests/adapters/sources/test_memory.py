"""A source in memory refuses what is no record at once."""

import pytest

from npscore.adapters.sources.memory import MemorySource
from npscore.errors import InputError
from npscore.intake.results import Rejected
from npscore.ports import Source
from records import answer


@pytest.mark.parametrize(
    ("records", "rejects", "said"),
    [
        (None, (), "records are several"),
        (7, (), "records are several"),
        ([None], (), "which is no Record"),
        (["r1"], (), "which is no Record"),
        (answer(), (), "which is no Record"),
        ((), ["no"], "which is no Rejected"),
        ((), None, "rejects are several"),
        ((), [answer()], "which is no Rejected"),
    ],
)
def test_what_is_no_record_is_refused(records, rejects, said):
    with pytest.raises(InputError, match=said):
        MemorySource(records, rejects)


def test_rejects_come_each_time():
    no = Rejected(1, "rating", "not a whole number", "ten")
    source = MemorySource(iter([answer(known=0)]), iter([no]))
    assert isinstance(source, Source)
    for since in (None, answer(known=9).known_at):
        assert source.pull(since).rejects == (no,)
    assert source.pull().records == (answer(known=0),)
