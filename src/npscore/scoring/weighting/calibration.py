"""Calibration: weights that make the sample agree with known totals of the population."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from npscore.errors import InputError, short
from npscore.scoring.extras import optional
from npscore.scoring.given import as_number, positive
from npscore.scoring.weighting.columns import checked_weights, codes, is_array
from npscore.scoring.weighting.designs import kish

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

_GOAL = 1e-12
_TOLERATED = 1e-6
_ITERATIONS = 10_000


@attrs.frozen(eq=False, repr=False)
class Calibration:
    """Calibrated weights and how well they hit the totals.

    Attributes:
        weights: one a row, summing to the totals.
        iterations: rounds through the margins.
        error: the largest relative distance of a weighted count from its total.
        base: the weights before calibration.
        margins: for each variable the number of each row's label.
    """

    weights: Any
    iterations: int
    error: float
    base: Array
    margins: tuple[Array, ...]

    @property
    def effective_n(self) -> float:
        """Kish's effective number of rows."""
        return kish(checked_weights(self.weights))[0]

    @property
    def design_effect(self) -> float:
        """Rows with weight for each effective one: what calibration cost."""
        return kish(checked_weights(self.weights))[1]

    def __repr__(self) -> str:
        return (
            f"<Calibration of {len(self.base):,} rows on {len(self.margins)} margin(s): "
            f"{self.iterations} iteration(s), error {self.error:.1g}, design effect {self.design_effect:.2f}>"
        )

    def weights_for(self, weights: Any, rows: int) -> Array:
        """The calibrated weights, when the weights that came with them are the base, these, or None."""
        import numpy as np

        if len(self.base) != rows:
            raise InputError(f"the calibration has {len(self.base):,} rows and there are {rows:,} ratings.")
        own = checked_weights(self.weights)
        if weights is not None:
            given = checked_weights(weights, rows)
            if not any(
                np.allclose(given / given.sum(), known / known.sum(), rtol=1e-9, atol=0) for known in (self.base, own)
            ):
                raise InputError(
                    "these weights are neither the base nor the result of the calibration; "
                    "calibrate with base=weights, or leave calibration out after trimming."
                )
        return own

    def residuals(self, values: Array) -> Array:
        """What the margins leave unexplained of a value: a regression on them, weighted with the base."""
        import numpy as np

        sizes = [int(code.max()) + 1 for code in self.margins]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        moments = np.empty((starts[-1], starts[-1]))
        for i, first in enumerate(self.margins):
            for j, second in enumerate(self.margins):
                counts = np.bincount(first * sizes[j] + second, self.base, sizes[i] * sizes[j])
                moments[starts[i] : starts[i + 1], starts[j] : starts[j + 1]] = counts.reshape(sizes[i], sizes[j])
        sums = np.concatenate([np.bincount(code, self.base * values) for code in self.margins])
        effects = np.linalg.lstsq(moments, sums, rcond=None)[0]
        fitted = [effects[start + code] for start, code in zip(starts[:-1], self.margins, strict=True)]
        explained: Array = np.sum(fitted, axis=0)
        return values - explained


def poststratify(groups: Any, population: Mapping[Any, float], *, base: Any = None) -> Calibration:
    """Weights that give each group its size in the population.

    Every row of a group gets the group's total divided by the group's rows (or
    by the sum of their base weights).

    Args:
        groups: a label a row; for cells of several variables, tuples.
        population: the total of each label: people, or shares.
        base: weights to start from; default all alike.

    Returns:
        A `Calibration`; pass it to `weighted` as `calibration`, so that the
        standard error knows that the groups' sizes are no matter of chance.

    Raises:
        InputError: for a label without a total, a total without respondents,
            or a total that is not above 0.
        MissingExtraError: without NumPy.

    References:
        Holt, D. and Smith, T. M. F. (1979). Post stratification. Journal of
        the Royal Statistical Society A 142(1), 33-46.

    Example:
        >>> poststratify(["shop", "shop", "shop", "web"], {"shop": 60, "web": 40}).weights
        [20.0, 20.0, 20.0, 40.0]
    """
    return _calibrated({"groups": groups}, {"groups": population}, base)


def rake(labels: Mapping[str, Any], totals: Mapping[str, Mapping[Any, float]], *, base: Any = None) -> Calibration:
    """Weights that give each label of several variables its total.

    Iterative proportional fitting: the weights are scaled to the totals of one
    variable after the other until all hold at once. The joint counts of the
    population need not be known.

    Args:
        labels: for each variable a label a row.
        totals: for each variable the total of each label: people, or shares.
            All variables must sum to the same.
        base: weights to start from; default all alike.

    Returns:
        A `Calibration` with `iterations` and the `error` that was left.

    Raises:
        InputError: for a label without a total, a total without respondents,
            totals that disagree, or totals that no weights of these rows can
            meet; each names the offending margin.
        MissingExtraError: without NumPy.

    References:
        Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment
        of a sampled frequency table when the expected marginal totals are
        known. Annals of Mathematical Statistics 11(4), 427-444.

    Example:
        >>> raked = rake(
        ...     {"channel": ["shop", "shop", "web", "web"], "size": ["big", "small", "big", "small"]},
        ...     {"channel": {"shop": 60, "web": 40}, "size": {"big": 30, "small": 70}},
        ... )
        >>> [round(weight, 6) for weight in raked.weights], raked.error < 1e-9
        ([18.0, 42.0, 12.0, 28.0], True)
    """
    for name, given in (("labels", labels), ("totals", totals)):
        if not isinstance(given, Mapping):
            raise InputError(f"{name} are a mapping from variables, not {short(given)}.")
    if not labels or labels.keys() != totals.keys():
        raise InputError(f"labels are of {list(labels)} and totals of {list(totals)}; the variables must be the same.")
    return _calibrated(labels, totals, base)


def trim(weights: Any, *, low: float | None = None, high: float | None = None) -> Any:
    """Weights cut to limits: what is below `low` becomes `low`, above `high` becomes `high`.

    A few huge weights can own a score; cutting them trades some bias for much
    precision. It changes the weighted margins: after raking, rake again with
    ``base=trim(...)``, or say so. The sum changes too, which no score notices.
    A weight of 0 stays 0: it stands for nobody.

    Args:
        weights: one a row.
        low: the smallest weight to leave, in the units of the weights.
        high: the largest.

    Returns:
        A list, or an array where an array came in.

    Raises:
        InputError: for limits that are not above 0 or cross, or bad weights.
        MissingExtraError: without NumPy.

    References:
        Potter, F. J. (1990). A study of procedures to identify and trim extreme
        sampling weights. Proceedings of the ASA Section on Survey Research
        Methods, 225-230.

    Example:
        >>> trim([0.2, 1, 1, 9], low=0.5, high=3)
        [0.5, 1.0, 1.0, 3.0]
    """
    np = optional("numpy")
    floor = 0.0 if low is None else positive("low", low)
    ceiling = np.inf if high is None else positive("high", high)
    if floor > ceiling:
        raise InputError(f"low={low!r} must not be above high={high!r}.")
    array = checked_weights(weights)
    return _as_given(np.where(array > 0, np.clip(array, floor, ceiling), 0.0), weights)


def _calibrated(labels: Mapping[str, Any], totals: Mapping[str, Mapping[Any, float]], base: Any) -> Calibration:
    optional("numpy")
    coded = {name: codes(values, name) for name, values in labels.items()}
    rows = {name: len(code) for name, (_, code) in coded.items()}
    if len(set(rows.values())) > 1:
        raise InputError(f"there must be one label a row in each variable, and there are {rows}.")
    start = checked_weights(base, next(iter(rows.values())))
    goals = {name: _goals(name, names, code, totals[name], start) for name, (names, code) in coded.items()}
    _check_agreement(goals)
    if not all(rows.values()):
        raise InputError("there are no rows, so there is nothing to weigh.")
    margins = tuple(code for _, code in coded.values())
    names = [(variable, label) for variable, (labels_, _) in coded.items() for label in labels_]
    weights, iterations, error = _fit(start, margins, _scaled(list(goals.values())), names)
    given = [*labels.values(), *([] if base is None else [base])]
    return Calibration(_as_given(weights, *given), iterations, error, start, margins)


def _goals(name: str, labels: list[Any], code: Array, totals: Mapping[Any, float], base: Array) -> Array:
    """The totals in the order of the labels, once each label has a total and each total respondents."""
    import numpy as np

    if not isinstance(totals, Mapping):
        raise InputError(f"{name}: the totals are a mapping {{label: total}}, not {short(totals)}.")
    for label, total in totals.items():
        if not 0 < (as_number(total) or 0) < np.inf:
            raise InputError(
                f"{name}: the total of {label!r} is {short(total)}; totals are above 0, leave other labels out."
            )
    for label in labels:
        if label not in totals:
            raise InputError(f"{name}: there are respondents with {label!r} and no total for them.")
    counts = dict(zip(labels, np.bincount(code, base), strict=True)) if labels else {}
    for label in totals:
        if not counts.get(label, 0):
            raise InputError(
                f"{name}: no respondent has {label!r}, so no weights reach its total; merge it with another."
            )
    return np.array([float(totals[label]) for label in labels])


def _check_agreement(goals: dict[str, Array]) -> None:
    (first, goal), *others = goals.items()
    for name, other in others:
        if abs(other.sum() - goal.sum()) > _TOLERATED * goal.sum():
            raise InputError(
                f"the totals of {first} sum to {goal.sum():g} and those of {name} to {other.sum():g}; "
                "they count the same people and must agree."
            )


def _scaled(goals: list[Array]) -> list[Array]:
    """Goals that sum to exactly the same: what rounding left is spread evenly."""
    return [goal * (goals[0].sum() / goal.sum()) for goal in goals]


def _fit(
    base: Array, margins: tuple[Array, ...], goals: list[Array], names: list[tuple[str, Any]]
) -> tuple[Array, int, float]:
    """Iterative proportional fitting on the cells that occur, not on the rows."""
    import numpy as np

    cell_of, cell_margins = _cells(margins)
    held = np.bincount(cell_of, base)
    factor, error = np.ones(len(held)), np.inf
    for iteration in range(1, _ITERATIONS + 1):  # noqa: B007
        for margin, goal in zip(cell_margins, goals, strict=True):
            factor *= (goal / np.bincount(margin, held * factor))[margin]
        before, errors = error, _errors(held * factor, cell_margins, goals)
        error = float(errors.max())
        if error < _GOAL or before <= error < _TOLERATED:
            break
    if not error < _TOLERATED:
        variable, label = names[int(errors.argmax())]
        raise InputError(
            f"no weights of these respondents meet all totals: after {_ITERATIONS:,} rounds {variable} {label!r} is "
            f"{100 * error:.2g} % off its total; merge it with another label, or drop the variable."
        )
    return base * factor[cell_of], iteration, error


def _errors(held: Array, margins: list[Array], goals: list[Array]) -> Array:
    import numpy as np

    pairs = zip(margins, goals, strict=True)
    return np.concatenate([np.abs(np.bincount(margin, held) / goal - 1) for margin, goal in pairs])


def _cells(margins: tuple[Array, ...]) -> tuple[Array, list[Array]]:
    """For each row the number of its combination of labels, and for each combination its labels."""
    import numpy as np

    cell_of = np.zeros(len(margins[0]), dtype=int)
    first = np.zeros(1, dtype=int)
    for margin in margins:
        joint = cell_of * (int(margin.max()) + 1) + margin
        _, first, cell_of = np.unique(joint, return_index=True, return_inverse=True)
    return cell_of, [margin[first] for margin in margins]


def _as_given(weights: Array, *given: Any) -> Any:
    """An array where an array or series went in, a list of floats otherwise."""
    return weights if any(is_array(values) for values in given) else weights.tolist()
