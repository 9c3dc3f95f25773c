"""Each law bites the animal that breaks it: engines that run rules wrongly in one way each."""

import math
import os
import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import Phase, settings

from npscore import InvalidRuleError
from npscore.segments.columns import check_kinds
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.rules import And, Not, Or
from npscore.testing.engines import EngineConformance
from npscore.testing.rules import Column, Table
from zoo import check_contract, law, laws_of


class Runs:
    """Right in every way: what the plain engine says."""

    def select(self, rule, table, now):
        check_kinds(rule, table.kinds)
        rule.check_now(now)
        return [self.holds(rule, row, now) for row in table.rows]

    def holds(self, rule, row, now):
        """Node by node, so that an animal can break one of them."""
        if isinstance(rule, And):
            return all(self.holds(part, row, now) for part in rule.rules)
        if isinstance(rule, Or):
            return any(self.holds(part, row, now) for part in rule.rules)
        if isinstance(rule, Not):
            return not self.holds(rule.rules[0], row, now)
        return self.leaf(rule, row, now)

    def leaf(self, rule, row, now):
        return rule.matches(row, now=now)


class Recast(Runs):
    """Runs rules about cells and values that it made into others."""

    def leaf(self, rule, row, now):
        return recast(rule, self.other).matches({name: self.other(cell) for name, cell in row.items()}, now=now)


def recast(rule, other):
    if isinstance(rule, Eq):
        return Eq(rule.column, other(rule.value))
    if isinstance(rule, In):
        return In(rule.column, [other(value) for value in rule.values])
    if isinstance(rule, Range):
        return Range(rule.column, **{name: other(bound) for name, bound in rule.bounds.items()})
    return type(rule)(rule.column, other(rule.text)) if isinstance(rule, Contains | StartsWith) else rule


def texts(made):
    """What makes texts into others, and leaves all else as it is."""
    return staticmethod(lambda value: made(value) if isinstance(value, str) else value)


class IgnoresWhatIsLast(Runs):
    """r01"""

    def holds(self, rule, row, now):
        if isinstance(rule, And | Or) and len(rule.rules) > 1:
            rule = type(rule)(*rule.rules[:-1])
        return super().holds(rule, row, now)


class TakesMissingForZero(Runs):
    """r02"""

    def leaf(self, rule, row, now):
        if not isinstance(rule, Missing) and row[rule.column] is None:
            return isinstance(rule, Range) and rule.at_most is not None
        return super().leaf(rule, row, now)


class PutsNaNLast(Runs):
    """r03"""

    def leaf(self, rule, row, now):
        nan = isinstance(row[rule.column], float) and math.isnan(row[rule.column])
        return super().leaf(rule, row | {rule.column: math.inf} if nan else row, now)


class KnowsThreeTruths(Runs):
    """r04"""

    def select(self, rule, table, now):
        return [bool(answer) for answer in super().select(rule, table, now)]

    def holds(self, rule, row, now):
        if isinstance(rule, Not):
            inner = self.holds(rule.rules[0], row, now)
            return None if inner is None else not inner
        return super().holds(rule, row, now)

    def leaf(self, rule, row, now):
        return None if row[rule.column] is None and not isinstance(rule, Missing) else super().leaf(rule, row, now)


class FailsOfNoValues(Runs):
    """r05"""

    def leaf(self, rule, row, now):
        assert not isinstance(rule, In) or rule.values, "syntax error at or near )"
        return super().leaf(rule, row, now)


class TakesTrueForOne(Runs):
    """r06"""

    def select(self, rule, table, now):
        numbers = Table(
            attrs.evolve(column, make="integer", cells=[None if cell is None else int(cell) for cell in column.cells])
            if column.make == "truth"
            else column
            for column in table.columns
        )
        return super().select(rule, numbers, now)


class MakesUpColumns(Runs):
    """r07"""

    def select(self, rule, table, now):
        rows = max(len(column.cells) for column in table.columns)
        made_up = [Column(name, "text", [None] * rows) for name in rule.columns if name not in table.kinds]
        return super().select(rule, Table([*table.columns, *made_up]), now)


class HasOnlyFloats(Recast):
    """r08"""

    other = staticmethod(lambda value: float(value) if type(value) is int else value)


class SeesBinaryFractions(Runs):
    """r09"""

    def leaf(self, rule, row, now):
        cell = row[rule.column]
        exact = Decimal(cell) if isinstance(cell, float) and math.isfinite(cell) else cell
        return super().leaf(rule, row | {rule.column: exact}, now)


class FoldsCase(Recast):
    """r10"""

    other = texts(str.casefold)


class PadsTexts(Recast):
    """r10"""

    other = texts(str.rstrip)


class ComposesTexts(Recast):
    """r10"""

    other = texts(lambda text: unicodedata.normalize("NFC", text))


class SortsLikeJava(Recast):
    """r11"""

    other = texts(lambda text: text.encode("utf-16-be").hex())


class SortsLikeDictionaries(Runs):
    """r11"""

    def leaf(self, rule, row, now):
        if isinstance(rule, Range) and isinstance(row[rule.column], str):
            key = texts(lambda text: text.swapcase()).__func__
            return recast(rule, key).matches({rule.column: key(row[rule.column])})
        return super().leaf(rule, row, now)


class SeeksWithLike(Runs):
    """r12"""

    def leaf(self, rule, row, now):
        if isinstance(rule, Contains | StartsWith) and row[rule.column] is not None:
            wild = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in rule.text)
            search = re.search if isinstance(rule, Contains) else re.match
            return bool(search(wild, row[rule.column], re.DOTALL))
        return super().leaf(rule, row, now)


class CutsSeconds(Recast):
    """r13"""

    other = staticmethod(lambda value: value.replace(microsecond=0) if isinstance(value, datetime) else value)


class LosesZones(Runs):
    """r13"""

    def leaf(self, rule, row, now):
        cell = row[rule.column]
        return super().leaf(rule, row | {rule.column: bare(cell)} if isinstance(cell, datetime) else row, now)


def bare(moment):
    return moment.replace(tzinfo=UTC)


class LeavesOutTheEnds(Runs):
    """r14"""

    def leaf(self, rule, row, now):
        if isinstance(rule, Age):
            return rule.matches(row, now=now) and row[rule.column] not in rule.at(now).bounds.values()
        return super().leaf(rule, row, now)


class CountsAgesInClocks(Runs):
    """r14"""

    def leaf(self, rule, row, now):
        cell = row[rule.column]
        if isinstance(rule, Age) and cell is not None:
            return rule.matches({rule.column: bare(cell.astimezone(now.tzinfo))}, now=bare(now))
        return super().leaf(rule, row, now)


class HasAClock(Runs):
    """r15"""

    def select(self, rule, table, now):
        return super().select(rule, table, now or datetime.now(UTC))


class HasAShortStack(Runs):
    """r16"""

    def select(self, rule, table, now):
        assert rule.size < 1_000, "Expression tree is too large"
        return super().select(rule, table, now)


class WritesValues(Runs):
    """r17"""

    def leaf(self, rule, row, now):
        if isinstance(rule, Eq) and isinstance(rule.value, str):
            return eval(f"cell == '{rule.value}'", {"cell": row[rule.column]})  # noqa: S307
        return super().leaf(rule, row, now)


class WritesNames(Runs):
    """r18"""

    def leaf(self, rule, row, now):
        return eval(f'rule.matches({{"{rule.column}": row["{rule.column}"]}})', {"rule": rule, "row": row})  # noqa: S307


ZOO = (
    IgnoresWhatIsLast, TakesMissingForZero, PutsNaNLast, KnowsThreeTruths, FailsOfNoValues, TakesTrueForOne,
    MakesUpColumns, HasOnlyFloats, SeesBinaryFractions, FoldsCase, SortsLikeJava, SeeksWithLike, CutsSeconds,
    LeavesOutTheEnds, HasAClock, HasAShortStack, WritesValues, WritesNames,
    PadsTexts, ComposesTexts, SortsLikeDictionaries, LosesZones, CountsAgesInClocks,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_time_is_lost_on_the_smallest_bite():
    settings.register_profile("zoo", deadline=None, phases=[Phase.generate], derandomize=True)
    settings.load_profile("zoo")
    yield
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.mark.parametrize("animal", ZOO, ids=lambda animal: animal.__name__)
def test_each_law_bites_the_animal_that_breaks_it(animal):
    with pytest.raises((AssertionError, pytest.fail.Exception, InvalidRuleError, SyntaxError)):
        law(EngineConformance, animal.__doc__)(animal().select)


@pytest.mark.parametrize("number", laws_of(EngineConformance))
def test_what_runs_rules_rightly_keeps_each_law(number):
    law(EngineConformance, number)(Runs().select)


def test_the_contract_and_the_suite_have_the_same_laws():
    check_contract("rules.md", EngineConformance, ZOO)
