"""A decision that asks for what is no list of deeds is told, and is left to be looked at."""

import pytest

from npscore import FollowUp, InputError
from npscore.loop.actions import actions_of
from npscore.loop.cases import is_finished
from records import day


@pytest.mark.parametrize(
    "do", ["[[", "{}", "5", "null", '["thank"]', '[{"to": "ann"}]', "[" * 5_000, "1" * 5_000, None, 5]
)
def test_what_is_no_list_of_deeds_is_told_and_not_finished(do: object) -> None:
    log = [FollowUp(log="d", sequence=0, step="decided", done_at=day(0), known_at=day(0), details={"do": do})]
    with pytest.raises(InputError, match="step 0 of d asks for no list of deeds"):
        actions_of(log)
    assert not is_finished(log)
