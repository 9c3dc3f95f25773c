"""Small segments: scores drawn towards their mean, as far as chance explains how they differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from npscore.errors import EmptyTallyError, InputError
from npscore.insight.groups import check_scales, counts_of, scales_of
from npscore.scoring.choices import check_choice
from npscore.scoring.extras import optional
from npscore.scoring.given import finite_values, values_of
from npscore.scoring.intervals import ROCKS, PseudoCounts, adjusted_wald, interval
from npscore.scoring.tallies import Tally

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

TauMethod = Literal["DL", "PM", "REML"]

_ROUNDS = 1000  # of an iteration that needs ten


@attrs.frozen(kw_only=True, eq=False)
class Shrinkage:
    """Segment scores drawn towards their mean.

    Attributes:
        mu: the mean of the segments in points, weighted by 1 / (v + tau2).
        se_mu: its standard error in points.
        tau2: variance between the true scores of segments, in points squared;
            0 means no evidence that they differ.
        q: Cochran's heterogeneity statistic.
        i2: percent of the variation that is between segments.
        values: the drawn scores in points: a dict, list or array as what went in.
        standard_errors: of the values in points, in the same form.
        method: of `tau2`.
    """

    mu: float
    se_mu: float
    tau2: float
    q: float
    i2: float
    values: Any
    standard_errors: Any
    method: TauMethod


def shrink(
    groups: Any, variances: Any = None, *, method: TauMethod = "DL", pseudo_counts: PseudoCounts = ROCKS
) -> Shrinkage:
    """Draw the scores of segments towards their mean, the more the less each is known.

    The random-effects (empirical Bayes) estimate mu + L (d - mu) with L =
    tau2 / (tau2 + v), and standard error √(L v + (1 - L)² se_mu²). The
    highest and the lowest of many raw scores are mostly the smallest segments;
    drawn ones can be compared.

    For tallies, d is the raw score and v the squared standard error of the
    adjusted Wald interval: the raw variance of a unanimous segment is 0 and
    would give it all the weight.

    Args:
        groups: ``{segment: Tally}``, or estimates in points: a mapping, a
            list or an array.
        variances: squared standard errors of the estimates, points squared, in
            the form of the estimates; not with tallies.
        method: of tau2: ``"DL"`` DerSimonian-Laird, ``"PM"`` Paule-Mandel,
            ``"REML"`` restricted maximum likelihood.
        pseudo_counts: what is added to detractors, passives and promoters for
            the variances of tallies.

    Returns:
        A `Shrinkage` in points.

    Raises:
        EmptyTallyError: without segments, or for one without answers.
        InputError: for variances that are missing, do not fit the estimates or
            are not above 0; estimates that are no numbers; an unknown method.
        PoolingError: for tallies on unlike scales.
        MissingExtraError: without NumPy.

    References:
        DerSimonian, R. and Laird, N. (1986). Meta-analysis in clinical trials.
        Controlled Clinical Trials 7, 177-188.

    Example:
        >>> teams = {"a": Tally(20, 30, 150), "b": Tally(70, 60, 70), "c": Tally(0, 0, 3)}
        >>> drawn = shrink(teams)
        >>> {team: round(value) for team, value in drawn.values.items()}
        {'a': 65, 'b': 1, 'c': 86}
    """
    optional("numpy")
    check_choice("method", method, get_args(TauMethod))
    y, v = _read(groups, variances, pseudo_counts)
    tau2 = 0.0 if len(y) == 1 else _TAU2[method](y, v)
    mu, weight = _mean(y, v + tau2)
    spread = 1 / weight
    pull = tau2 / (tau2 + v)
    return Shrinkage(
        mu=mu,
        se_mu=spread**0.5,
        tau2=tau2,
        q=_heterogeneity(y, v, 0.0),
        i2=_i2(v, tau2),
        values=_like(groups, mu + pull * (y - mu)),
        standard_errors=_like(groups, (pull * v + (1 - pull) ** 2 * spread) ** 0.5),
        method=method,
    )


def _mean(y: Array, variance: Array) -> tuple[float, float]:
    """Inverse-variance mean, and the sum of weights."""
    weights = 1 / variance
    total = float(weights.sum())
    return float((weights * y).sum()) / total, total


def _heterogeneity(y: Array, v: Array, tau2: float) -> float:
    mu, _ = _mean(y, v + tau2)
    return float(((y - mu) ** 2 / (v + tau2)).sum())


def _i2(v: Array, tau2: float) -> float:
    """Percent of tau2 in itself and the typical variance of Higgins and Thompson (2002)."""
    if len(v) == 1:
        return 0.0
    return float(100 * tau2 / (tau2 + (len(v) - 1) / _unevenness(1 / v)))


def _unevenness(weights: Array) -> float:
    return float(weights.sum() - (weights**2).sum() / weights.sum())


def _dersimonian_laird(y: Array, v: Array) -> float:
    return max(0.0, (_heterogeneity(y, v, 0.0) - (len(y) - 1)) / _unevenness(1 / v))


def _paule_mandel(y: Array, v: Array) -> float:
    """Newton from 0 on the heterogeneity, which falls and is convex in tau2, to its expectation."""
    tau2 = 0.0
    for _ in range(_ROUNDS):
        excess = _heterogeneity(y, v, tau2) - (len(y) - 1)
        mu, _total = _mean(y, v + tau2)
        step = excess / float((((y - mu) / (v + tau2)) ** 2).sum()) if excess > 0 else 0.0
        tau2 += step
        if step <= 1e-14 * tau2:
            break
    return tau2


def _reml(y: Array, v: Array) -> float:
    """Fisher scoring from the estimate of DerSimonian and Laird, floored at 0."""
    tau2 = _dersimonian_laird(y, v)
    for _ in range(_ROUNDS):
        w = 1 / (v + tau2)
        one, two, three = float(w.sum()), float((w**2).sum()), float((w**3).sum())
        mu, _total = _mean(y, v + tau2)
        slope = float((w**2 * (y - mu) ** 2).sum()) - (one - two / one)
        new = max(0.0, tau2 + slope / (two - 2 * three / one + (two / one) ** 2))
        done = abs(new - tau2) <= 1e-13 * (new + float(v.min()))
        tau2 = new
        if done:
            break
    return tau2


_TAU2: dict[str, Callable[[Array, Array], float]] = {
    "DL": _dersimonian_laird,
    "PM": _paule_mandel,
    "REML": _reml,
}


def _read(groups: Any, variances: Any, pseudo_counts: PseudoCounts) -> tuple[Array, Array]:
    names = list(groups) if isinstance(groups, Mapping) else None
    values = list(groups.values()) if isinstance(groups, Mapping) else values_of("groups", groups)
    if not values:
        raise EmptyTallyError("there are no segments to draw together.")
    if any(isinstance(value, Tally) for value in values):
        return _read_tallies(values, names, variances, pseudo_counts)
    if variances is None:
        raise InputError("estimates need their variances, in points squared; tallies bring their own.")
    return _read_estimates(values, names, variances)


def _read_tallies(
    values: list[Any], names: list[Hashable] | None, variances: Any, pseudo_counts: PseudoCounts
) -> tuple[Array, Array]:
    if variances is not None or not all(isinstance(value, Tally) for value in values):
        raise InputError("the segments are all tallies, without variances, or all estimates with them.")
    check_scales(scales_of(values))
    detractors, passives, promoters = counts_of(values)
    n = detractors + passives + promoters
    if not n.all():
        raise EmptyTallyError(f"the segment {_at(names, int(n.argmin()))!r} has no answers; leave it out.")
    interval(values[0], pseudo_counts=pseudo_counts)  # refuses what are no pseudo-counts
    _, error = adjusted_wald(detractors, n, promoters, pseudo_counts)
    return 100 * (promoters - detractors) / n, _checked(error**2, names)


def _read_estimates(values: list[Any], names: list[Hashable] | None, variances: Any) -> tuple[Array, Array]:
    if isinstance(variances, Mapping) != (names is not None):
        raise InputError("estimates and variances come in one form: two mappings, or two lists.")
    if names is not None and set(names) != set(variances):
        raise InputError("estimates and variances name unlike segments.")
    spreads = values_of("variances", variances) if names is None else [variances[name] for name in names]
    if len(spreads) != len(values):
        raise InputError(f"there are {len(values)} estimates and {len(spreads)} variances.")
    np = optional("numpy")
    y, v = (np.array(finite_values(name, cells)) for name, cells in (("estimates", values), ("variances", spreads)))
    return y, _checked(v, names)


def _checked(variances: Array, names: list[Hashable] | None) -> Array:
    if not (variances > 0).all():
        name = _at(names, int((variances > 0).argmin()))
        raise InputError(
            f"the variance of {name!r} is not above 0, and would give it all the weight; "
            "pseudo-counts keep that of a unanimous segment above 0."
        )
    return variances


def _at(names: list[Hashable] | None, i: int) -> Hashable:
    return i if names is None else names[i]


def _like(groups: Any, values: Array) -> Any:
    if isinstance(groups, Mapping):
        return dict(zip(groups, values.tolist(), strict=True))
    return values if hasattr(groups, "__array__") else values.tolist()
