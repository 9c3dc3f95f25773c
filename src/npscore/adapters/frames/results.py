"""Counts become scores and intervals, in the engine where the forms are closed and at hand where they are not."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from npscore.adapters.frames.asked import PSEUDO_COUNTS, Asked
from npscore.adapters.frames.standing import UNWEIGHTED
from npscore.adapters.frames.sums import SIZE, SUMS, UNITS
from npscore.adapters.frames.windows import TIED
from npscore.errors import InputError
from npscore.scoring.intervals import ENOUGH, THIN, adjusted_wald, interval, warn_of_few, z_two_sided
from npscore.scoring.intervals.resampling import bootstrap_limits
from npscore.scoring.intervals.student import t_expansion, t_two_sided
from npscore.scoring.scales import is_missing
from npscore.scoring.tallies import Tallies, Tally

BASE = "__npscore_base"
_VALUE = "__npscore_value"
_ERROR = "__npscore_error"
_DF = "__npscore_df"
_FEW = 30  # degrees of freedom from which on the series is exact enough


def finished(counted: Any, asked: Asked) -> Any:
    """Score and limits beside the counts of each group."""
    answered = nw.col("detractors") + nw.col("passives") + nw.col("promoters")
    counted = counted.with_columns(answered.alias("n"))
    unanswered = nw.col("unanswered") if asked.convention.counts_unanswered else 0
    base = nw.when(_usable(asked) & (nw.col("n") > 0)).then(nw.col("n") + unanswered)
    counted = counted.with_columns(base.alias(BASE))  # null where nobody answered, and so is all that follows
    return _of_counts(counted, asked) if asked.convention.by_tally else _of_means(counted, asked)


def _usable(asked: Asked) -> nw.Expr:
    if not asked.by_rows:
        return nw.lit(value=True)
    return (nw.col(TIED) == 0) & (nw.col(UNWEIGHTED) == 0)


def _of_counts(counted: Any, asked: Asked) -> Any:
    detractors, promoters, base = (nw.col(name) for name in ("detractors", "promoters", BASE))
    pseudo_counts = PSEUDO_COUNTS.get(asked.convention.method, PSEUDO_COUNTS["wald"])
    center, error = adjusted_wald(detractors, base, promoters, pseudo_counts)
    steps = z_two_sided(asked.convention.level) * error
    return counted.with_columns(
        (100 * (promoters - detractors) / base).alias("nps"),
        (center - steps).clip(-100.0, 100.0).alias("lower"),
        (center + steps).clip(-100.0, 100.0).alias("upper"),
    )


def _of_means(counted: Any, asked: Asked) -> Any:
    """The ratio of two sums over units, and its linearised standard error, from sums of squares and products."""
    net, size, net_net, net_size, size_size = (nw.col(name) for name in SUMS)
    counted = counted.with_columns(
        nw.when(~nw.col(BASE).is_null() & (size > 0)).then(size).alias(SIZE),  # Spark may not raise 0 to -1
        nw.when(nw.col(UNITS) > 1).then((nw.col(UNITS) - 1).cast(nw.Float64)).alias(_DF),
    ).with_columns((net * size**-1.0).alias(_VALUE))
    value, df = nw.col(_VALUE), nw.col(_DF)
    spread = (net_net - 2 * value * net_size + value * value * size_size).clip(0.0)
    error = 100 * (spread * (df + 1) * df**-1.0) ** 0.5 * size**-1.0
    counted = counted.with_columns((100 * value).alias("nps"), error.alias(_ERROR))
    steps = _student(asked.convention.level, df) * nw.col(_ERROR)
    return counted.with_columns(
        (nw.col("nps") - steps).clip(-100.0, 100.0).alias("lower"),
        (nw.col("nps") + steps).clip(-100.0, 100.0).alias("upper"),
    )


def _student(level: float, df: nw.Expr) -> nw.Expr:
    """Student's t: one by one for few degrees of freedom, beyond them a short series."""
    series: Any = 0.0
    for part in reversed(t_expansion(level)):
        series = series * df**-1.0 + part
    cases = nw.when(df == 1).then(nw.lit(t_two_sided(level, 1)))
    for few in range(2, _FEW):
        cases = cases.when(df == few).then(nw.lit(t_two_sided(level, few)))
    quantile: nw.Expr = cases.otherwise(series)
    return quantile


def collected(result: Any, asked: Asked) -> nw.DataFrame[Any]:
    """The result in memory and in order, with limits by any method.

    Raises:
        InputError: for ties and weights that leave a group without a score.
    """
    made = result.collect()
    if asked.by_rows:
        _refuse_undecided(made, asked)
    if asked.convention.by_tally and asked.convention.method not in PSEUDO_COUNTS:
        made = _with_limits(made, asked)
    made = made.select(*asked.result_columns)
    keys = asked.result_keys
    return nw.maybe_reset_index(made.sort(*keys, nulls_last=True)) if keys else made


def warn_of_thin_groups(made: nw.DataFrame[Any], asked: Asked) -> None:
    """Warn once where the method covers less than it says in some group."""
    chosen = asked.convention
    if not chosen.by_tally or chosen.method not in THIN:
        return
    down, middle, up, silent = (nw.col(name) for name in ("detractors", "passives", "promoters", "unanswered"))
    middle = middle + silent if chosen.counts_unanswered else middle
    thin = (down + middle + up < ENOUGH) | (down == 0) | (middle == 0) | (up == 0)
    if len(made.filter(thin & (nw.col("n") > 0))):
        warn_of_few(THIN[chosen.method], depth=5)


def _refuse_undecided(made: nw.DataFrame[Any], asked: Asked) -> None:
    tied, unweighted = (int(made[name].fill_null(0).sum()) for name in (TIED, UNWEIGHTED))
    if tied:
        raise InputError(
            f"{tied:,} answers were given at the same time as another one of the same unit, and only one can stand; "
            f"an id for each, in the column {asked.id!r}, would say which is the later."
        )
    if unweighted:
        raise InputError(
            f"{unweighted:,} weights in {asked.convention.weight!r} are missing, negative or not finite, "
            "or differ within one account or merged customer; a weight is a number of at least 0, one a unit."
        )


def _with_limits(made: nw.DataFrame[Any], asked: Asked) -> nw.DataFrame[Any]:
    """Limits by the methods that are no expressions, for the groups in which anybody answered."""
    lower, upper = zip(*_limits(made, asked), strict=True) if len(made) else ((), ())
    series = (
        nw.new_series(name, list(values), nw.Float64, backend=made.implementation)
        for name, values in (("lower", lower), ("upper", upper))
    )
    return nw.maybe_reset_index(made).with_columns(*series)


def _limits(made: nw.DataFrame[Any], asked: Asked) -> list[tuple[float | None, float | None]]:
    columns = (made[name].to_list() for name in ("detractors", BASE, "promoters"))
    counts = [
        None if is_missing(base) else (down, int(base) - down - up, up) for down, base, up in zip(*columns, strict=True)
    ]
    given = [count for count in counts if count is not None]
    if not given:
        return [(None, None)] * len(counts)
    limits = iter(_intervals(given, asked))
    return [(None, None) if count is None else next(limits) for count in counts]


def _intervals(counts: list[tuple[int, int, int]], asked: Asked) -> list[tuple[float, float]]:
    method, level = asked.convention.method, asked.convention.level
    if method == "bootstrap":
        return [bootstrap_limits(Tally(*count), level=level)[:2] for count in counts]
    down, middle, up = zip(*counts, strict=True)
    made: Any = interval(Tallies(down, middle, up, scale=asked.scale), method=method, level=level)
    return list(zip(made.lower.tolist(), made.upper.tolist(), strict=True))
