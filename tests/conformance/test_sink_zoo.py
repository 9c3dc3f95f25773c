"""Each law bites the animal that breaks it: sinks that are wrong in one way each."""

from contextlib import contextmanager
from time import sleep

import attrs
import pytest

from npscore.adapters.sinks.bodies import check_action
from npscore.adapters.sinks.memory import MemorySink
from npscore.errors import ConnectorError, InputError, RejectedError
from npscore.ports import Receipt
from npscore.testing.sinks import DurableSinkConformance, SinkConformance
from zoo import check_contract, hold, laws_of


class Place:
    """What is outside of a sink of this zoo, and its trouble if it has one."""

    def __init__(self):
        self.deeds = MemorySink()
        self.trouble = None

    def received(self):
        return [action.to_dict() for action in self.deeds.actions]

    @contextmanager
    def in_trouble(self, error):
        self.trouble = error
        yield
        self.trouble = None


class Sound:
    """Right in every way."""

    def __init__(self, place):
        self.place = place

    def send(self, action):
        check_action(action)
        if self.place.trouble is not None:
            raise self.place.trouble
        return self.place.deeds.send(action)


class LosesDetails(Sound):
    """k01"""

    def send(self, action):
        return super().send(attrs.evolve(action, details={}) if isinstance(action.details, dict) else action)


class RoundsTimes(Sound):
    """k01"""

    def send(self, action):
        return super().send(attrs.evolve(action, asked_at=action.asked_at.replace(microsecond=0)))


class SendsTwice(Sound):
    """k02"""

    def send(self, action):
        check_action(action)
        kept = self.place.deeds._kept
        is_repeat = action.id in kept
        kept[f"{action.id} {len(kept)}" if is_repeat else action.id] = action
        return Receipt(action=action.id, is_repeat=is_repeat)


class TakesTheLast(Sound):
    """k02"""

    def send(self, action):
        receipt = super().send(action)
        self.place.deeds._kept[action.id] = action
        return receipt


class NeverRepeats(Sound):
    """k03"""

    def send(self, action):
        return attrs.evolve(super().send(action), is_repeat=False)


class NamesTheLog(Sound):
    """k03"""

    def send(self, action):
        return attrs.evolve(super().send(action), action=action.log)


class Sorts(Sound):
    """k04"""

    def send(self, action):
        receipt = super().send(action)
        self.place.deeds._kept = dict(sorted(self.place.deeds._kept.items()))
        return receipt


class Tidies(Sound):
    """k05"""

    def send(self, action):
        return super().send(attrs.evolve(action, policy=" ".join(action.policy.split())))


class FoldsCase(Sound):
    """k06"""

    def send(self, action):
        check_action(action)
        for known in self.place.deeds._kept:
            if known.lower() == action.id.lower():
                return Receipt(action=action.id, is_repeat=True)
        return super().send(action)


class TriesForEver(Sound):
    """k07"""

    def send(self, action):
        try:
            return super().send(action)
        except RejectedError as error:
            raise ConnectorError(str(error)) from error


class KeepsTheRefused(Sound):
    """k07"""

    def send(self, action):
        try:
            return super().send(action)
        except RejectedError:
            self.place.deeds.send(action)
            raise


class GivesUp(Sound):
    """k08"""

    def send(self, action):
        try:
            return super().send(action)
        except ConnectorError as error:
            raise RejectedError(str(error)) from error


class RemembersTooEarly(Sound):
    """k08"""

    tried = frozenset()

    def send(self, action):
        if action.id in self.tried:
            return Receipt(action=action.id, is_repeat=True)
        self.tried |= {action.id}
        return super().send(action)


class Credulous(Sound):
    """k09"""

    def send(self, action):
        try:
            return super().send(action)
        except InputError:
            return Receipt(action="?")


class LooksAndThenWrites(Sound):
    """k10"""

    def send(self, action):
        check_action(action)
        is_repeat = action.id in self.place.deeds._kept
        sleep(0.001)  # another thread looks now
        self.place.deeds.send(action)
        return Receipt(action=action.id, is_repeat=is_repeat)


class Forgets(Sound):
    """k11"""

    def __init__(self, place):
        super().__init__(place)
        self.own = MemorySink()

    def send(self, action):
        receipt = self.own.send(action)
        if not receipt.is_repeat:
            kept = self.place.deeds._kept
            kept[f"{action.id} {len(kept)}"] = action
        return receipt


ZOO = (
    LosesDetails,
    RoundsTimes,
    SendsTwice,
    TakesTheLast,
    NeverRepeats,
    NamesTheLog,
    Sorts,
    Tidies,
    FoldsCase,
    TriesForEver,
    KeepsTheRefused,
    GivesUp,
    RemembersTooEarly,
    Credulous,
    LooksAndThenWrites,
    Forgets,
)


def check(number, animal):
    """One law against one animal."""
    place = Place()
    given = {
        "make_sink": lambda: animal(place),
        "received": place.received,
        "refusing": lambda: place.in_trouble(RejectedError("no")),
        "away": lambda: place.in_trouble(ConnectorError("not now")),
    }
    hold(DurableSinkConformance, number, given)


@pytest.mark.usefixtures("_without_shrinking")
@pytest.mark.parametrize("animal", ZOO, ids=lambda animal: animal.__name__)
def test_each_law_bites_the_animal_that_breaks_it(animal):
    with pytest.raises((AssertionError, ConnectorError, pytest.fail.Exception)):
        check(animal.__doc__, animal)


@pytest.mark.parametrize("number", laws_of(DurableSinkConformance))
def test_a_sound_sink_keeps_each_law(number):
    check(number, Sound)


def test_the_contract_and_the_suite_have_the_same_laws():
    check_contract("sinks.md", DurableSinkConformance, ZOO)


def test_a_law_is_not_overridden_in_silence():
    for suite in (SinkConformance, DurableSinkConformance):
        with pytest.raises(TypeError, match="test_k04"):
            type("Mine", (suite,), {"test_k04_actions_arrive_in_the_order_in_which_they_were_sent": lambda self: None})
    with pytest.raises(TypeError, match="test_k11"):

        class Mine(DurableSinkConformance):
            def test_k11_another_sink_on_the_same_place_knows_what_was_sent(self):
                pass

    class Honest(DurableSinkConformance):
        @pytest.mark.xfail(reason="the other side sorts them")
        def test_k04_actions_arrive_in_the_order_in_which_they_were_sent(self):
            pass

    assert Honest
