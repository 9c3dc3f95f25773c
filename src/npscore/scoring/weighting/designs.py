"""Designs: who stands for whom, and how far a weighted sum of them can be off.

A design knows rows, weights, clusters, strata and how many clusters there are
in the population. Given what each row contributes to an estimate, it gives the
variance of the sum: within strata, between the totals of clusters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from npscore.errors import InputError, short
from npscore.scoring.scales import as_whole
from npscore.scoring.weighting.columns import codes

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

Population = int | Mapping[Any, int]


@attrs.frozen(eq=False)
class Design:
    """The sample as it was drawn.

    Attributes:
        weights: one a row, the largest 1; a row of weight 0 is in the design
            and stands for nobody.
        unit_of: for each row the number of its cluster, or of the row itself.
        stratum_of: for each unit the number of its stratum.
        sampled: the fraction of its units that each stratum has in the sample.
        units_given: whether the units are clusters.
    """

    weights: Array
    unit_of: Array
    stratum_of: Array
    sampled: Array
    units_given: bool

    @property
    def sizes(self) -> Array:
        """How many units each stratum has."""
        import numpy as np

        return np.bincount(self.stratum_of)

    @property
    def standing(self) -> Array:
        """Which units have weight."""
        standing: Array = self.totals(self.weights) > 0
        return standing

    @property
    def clusters(self) -> int | None:
        """How many clusters have weight, None where the units are answers."""
        return int(self.standing.sum()) if self.units_given else None

    @property
    def df(self) -> int:
        """Units with weight, less strata with weight."""
        standing = self.standing
        return int(standing.sum()) - len(set(self.stratum_of[standing].tolist()))

    def totals(self, values: Array) -> Array:
        """The sum of a value over each unit."""
        import numpy as np

        return np.bincount(self.unit_of, values, minlength=len(self.stratum_of))

    def within_strata(self, totals: Array) -> Array:
        """The sum of a value of units over each stratum."""
        import numpy as np

        return np.bincount(self.stratum_of, totals, minlength=len(self.sampled))

    def left_out(self, values: Array) -> Array:
        """For each unit the sum of a value without it, the others of its stratum standing for it."""
        totals, sizes = self.totals(values), self.sizes[self.stratum_of]
        stratum = self.within_strata(totals)[self.stratum_of]
        left: Array = totals.sum() - stratum + sizes / (sizes - 1) * (stratum - totals)
        return left

    def variance(self, contributions: Array) -> tuple[float, float]:
        """The variance of a sum over the rows, with the finite population correction and without."""
        self.check_spread()
        sizes, totals = self.sizes, self.totals(contributions)
        spread = totals - (self.within_strata(totals) / sizes)[self.stratum_of]
        parts = sizes / (sizes - 1) * self.within_strata(spread * spread)
        return float((parts * (1 - self.sampled)).sum()), float(parts.sum())

    def check_spread(self) -> None:
        """Refuse a design in which some stratum has one unit: it has no spread."""
        if self.sizes.min() < 2:
            unit = "cluster" if self.units_given else "answer"
            where = "a stratum" if len(self.sizes) > 1 else "the sample"
            raise InputError(
                f"{where} has a single {unit}, and one {unit} has no spread to measure; "
                + ("merge it with a similar stratum." if len(self.sizes) > 1 else "at least two are needed.")
            )


def design(weights: Array, clusters: Any = None, strata: Any = None, population: Population | None = None) -> Design:
    """A design of rows; clusters are nested in strata: the same name in two strata is two clusters.

    Raises:
        InputError: for labels that are missing or do not match the rows, and a
            population smaller than its sample or not given per stratum.
    """
    import numpy as np

    rows = len(weights)
    names, stratum_of_row = ([None], np.zeros(rows, dtype=int)) if strata is None else codes(strata, "strata", rows)
    unit_of, stratum_of = np.arange(rows), stratum_of_row
    if clusters is not None:
        cluster_of_row = codes(clusters, "clusters", rows)[1]
        nested = stratum_of_row * (rows + 1) + cluster_of_row
        _, first, unit_of = np.unique(nested, return_index=True, return_inverse=True)
        stratum_of = stratum_of_row[first]
    sampled = _sampled(np.bincount(stratum_of), names, population, stratified=strata is not None)
    return Design(weights / weights.max(), unit_of, stratum_of, sampled, clusters is not None)


def _sampled(sizes: Array, names: list[Any], population: Population | None, *, stratified: bool) -> Array:
    import numpy as np

    if population is None:
        return np.zeros(len(sizes))
    if isinstance(population, Mapping) != stratified:
        raise InputError("population is one number without strata and {stratum: number} with them.")
    people = dict(population) if isinstance(population, Mapping) else {None: population}
    if people.keys() != set(names):
        odd = next(iter(people.keys() ^ set(names)))
        raise InputError(f"the stratum {odd!r} is in the sample or in the population, and not in both.")
    return np.array([_fraction(int(size), people[name]) for size, name in zip(sizes, names, strict=True)])


def _fraction(n: int, population: Any) -> float:
    people = as_whole(population)
    if people is None or people < n:
        raise InputError(f"a population of {short(population)} cannot have a sample of {n:,} units.")
    return n / people


def kish(weights: Array) -> tuple[float, float]:
    """Kish's effective number of weights, and how many weights above 0 there are for each."""
    shares = weights / weights.max()
    n = float(shares.sum() ** 2 / (shares * shares).sum())
    return n, float((weights > 0).sum() / n)
