"""Scores under any convention by hand: slow, exact, written from what is promised and sharing no code with the library.

Rows are dicts; numbers are fractions until a root must be taken. `conventions` and `answers` draw what to try it on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from scipy import stats

from npscore import STANDARD, BackFromLatest, Calendar, Convention, Last, Rolling, Scale

Row = dict[str, Any]
AXES = {"answered": "answered_at", "invited": "invited_at", "interaction": "interaction_at"}


class UndecidedError(Exception):
    """Nothing in the rows says which answer stands, or what it weighs."""


@dataclass(frozen=True)
class ByHand:
    value: Fraction
    n: int
    base: int
    units: int
    counts: tuple[int, int, int]
    unanswered: int
    superseded: int
    variance: Fraction
    standard_error: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Standing:
    """One answer that stands, or one row that says that nobody answered."""

    rating: Fraction | None
    account: Any
    customer: Any
    rank: int
    weight: Fraction


def by_hand(rows: Sequence[Row], convention: Convention, until: date | None = None) -> ByHand | None:
    """None where there is nothing to score."""
    kept = in_window(list(rows), convention, until)
    standing = one_each(kept, convention)
    if convention.rollup == "senior_role":
        standing = most_senior(standing)
    counts = [0, 0, 0]
    for one in standing:
        if one.rating is not None:
            counts[1 + code(one.rating, convention)] += 1
    n, base, whole = sum(counts), in_base(standing, convention), len(standing)
    mean = mean_of_units(base, convention)
    if n == 0 or mean is None:
        return None
    value, variance, error, units = mean
    if convention.weight is None and (
        convention.unit == "response" or (convention.unit, convention.repeats != "all") == ("customer", True)
    ):
        error = 100 * math.sqrt(variance / len(base))
        lower, upper = adjusted_wald(counts[0], len(base), counts[2], convention.level)
    else:
        lower, upper = t_limits(100 * value, error, units, convention.level)
    left, gone = whole - n, len(kept) - whole
    return ByHand(100 * value, n, len(base), units, tuple(counts), left, gone, variance, error, lower, upper)


def moment_of(row: Row, convention: Convention) -> datetime | None:
    moment = row.get(AXES[convention.date_axis])
    if moment is None or moment.year < 1000:
        return None
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(convention.zone))).astimezone(UTC)


def day_of(row: Row, convention: Convention) -> date:
    moment = moment_of(row, convention)
    assert moment is not None
    return moment.astimezone(ZoneInfo(convention.zone)).date()


def period_of(day: date, every: str) -> tuple[int, int]:
    """A name for the calendar period of a day."""
    if every == "week":
        return day.isocalendar()[:2]
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}
    return (day.year, day.timetuple().tm_yday if every == "day" else (day.month - 1) // months[every])


def in_window(rows: list[Row], convention: Convention, until: date | None) -> list[Row]:
    window = convention.window
    if window is None:
        return rows
    dated = [row for row in rows if moment_of(row, convention)]
    if not dated:
        return []
    anchor = until or max(day_of(row, convention) for row in dated)
    if isinstance(window, Calendar):
        wanted = period_of(anchor, window.every)
        return [row for row in dated if period_of(day_of(row, convention), window.every) == wanted]
    dated = [row for row in dated if day_of(row, convention) <= anchor]
    if isinstance(window, Rolling):
        return [row for row in dated if (anchor - day_of(row, convention)).days < window.days]
    if isinstance(window, BackFromLatest):
        return [row for own in units_of(dated, convention) for row in back_from_latest(own, convention, window.days)]
    return last(dated, convention, window.k)


def units_of(rows: list[Row], convention: Convention) -> list[list[Row]]:
    if convention.unit == "response":
        return [rows]
    return together(rows, lambda row: row[f"{convention.unit}_id"])


def together(things: Sequence[Any], name: Callable[[Any], Any]) -> list[list[Any]]:
    """Those of one name together, the nameless each alone."""
    named: dict[Any, list[Any]] = defaultdict(list)
    for number, thing in enumerate(things):
        key = name(thing)
        named[("alone", number) if key is None else ("named", key)].append(thing)
    return list(named.values())


def back_from_latest(rows: list[Row], convention: Convention, days: int) -> list[Row]:
    answered = [row for row in rows if row["rating"] is not None]
    latest = max((day_of(row, convention) for row in answered or rows), default=date.min)
    return [row for row in rows if 0 <= (latest - day_of(row, convention)).days < days]


def last(rows: list[Row], convention: Convention, k: int) -> list[Row]:
    answered = sorted((row for row in rows if row["rating"] is not None), key=lambda row: order(row, convention))
    if len(answered) <= k:
        return rows
    stand = answered[-k:]
    if order(answered[-k - 1], convention) == order(stand[0], convention):
        raise UndecidedError
    since = moment_of(stand[0], convention)
    return stand + [row for row in rows if row["rating"] is None and moment_of(row, convention) >= since]


def order(row: Row, convention: Convention) -> tuple[Any, ...]:
    """By time, and of one time by id, the smaller first and a missing one before all."""
    known = row.get("response_id") is not None
    moment = moment_of(row, convention)
    return (moment is not None, moment, known, row["response_id"] if known else "")


def one_each(rows: list[Row], convention: Convention) -> list[Standing]:
    if convention.repeats == "all":
        return [merged([row], convention) for row in rows]
    account = "account_id" if convention.unit == "account" else "nothing"
    own = together(rows, lambda row: row["customer_id"] and (row.get(account), row["customer_id"]))
    return [merged(chosen(each, convention), convention) for each in own]


def chosen(rows: list[Row], convention: Convention) -> list[Row]:
    """The rows of one customer of which the standing answer is made."""
    best = [row for row in rows if row["rating"] is not None] or rows
    if convention.repeats not in ("latest", "first"):
        return best
    dated = [row for row in best if moment_of(row, convention)] or best
    times = [moment_of(row, convention) for row in dated]
    outermost = max if convention.repeats == "latest" else min
    edge = outermost(times) if times[0] else None
    tied = [row for row in dated if moment_of(row, convention) == edge]
    top = max(order(row, convention)[2:] for row in tied)
    tied = [row for row in tied if order(row, convention)[2:] == top]
    if len(tied) > 1 and tied[0]["rating"] is not None:
        raise UndecidedError
    return tied


def merged(rows: list[Row], convention: Convention) -> Standing:
    ratings = [Fraction(row["rating"]) for row in rows if row["rating"] is not None]
    weights = {Fraction(row[convention.weight]) if convention.weight else Fraction(1) for row in rows}
    if len(weights) > 1:
        raise UndecidedError
    rating = min(ratings, default=None) if convention.repeats == "worst" else mean_rating(ratings)
    ranks = [(*convention.roles, row.get("role")).index(row.get("role")) for row in rows]
    first = rows[0]
    account = first.get("account_id") if convention.unit == "account" else None
    return Standing(rating, account, first.get("customer_id"), min(ranks), weights.pop())


def mean_rating(ratings: list[Fraction]) -> Fraction | None:
    return sum(ratings, Fraction(0)) / len(ratings) if ratings else None


def most_senior(people: list[Standing]) -> list[Standing]:
    stand = []
    for own in together(people, lambda one: one.account):
        answered = [one for one in own if one.rating is not None]
        top = min((one.rank for one in answered), default=None)
        stand += [one for one in answered if one.rank == top] if answered else own
    return stand


def code(rating: Fraction, convention: Convention) -> int:
    scale = convention.scale or STANDARD
    if convention.rounding == "half up":
        rating = Fraction(math.floor(rating + Fraction(1, 2)))
    return -1 if rating < scale.passive_from else 0 if rating < scale.promoter_from else 1


def in_base(people: list[Standing], convention: Convention) -> list[Standing]:
    return [one for one in people if one.rating is not None or convention.unanswered == "count in the base"]


def mean_of_units(base: list[Standing], convention: Convention) -> tuple[Fraction, Fraction, float | None, int] | None:
    """Value, variance, standard error (points), and units with weight; None where nothing has weight."""
    units = []
    for own in independent(base, convention):
        if convention.unit == "account" and len({one.weight for one in own}) > 1:
            raise UndecidedError
        units.append(parts(own, convention))
    size = sum(weight for own in units for weight, _ in own)
    if not size:
        return None
    value = sum(weight * each for own in units for weight, each in own) / size
    variance = sum(weight * (each - value) ** 2 for own in units for weight, each in own) / size
    totals = [sum(weight * (each - value) for weight, each in own) for own in units if sum(w for w, _ in own)]
    count = len(totals)
    if count < 2:
        return value, variance, None, count
    spread = Fraction(count, count - 1) * sum(total * total for total in totals) / size**2
    return value, variance, 100 * math.sqrt(spread), count


def independent(base: list[Standing], convention: Convention) -> list[list[Standing]]:
    if convention.unit == "account":
        return together(base, lambda one: one.account)
    if convention.unit == "customer":
        return together(base, lambda one: one.customer)
    return [[one] for one in base]


def parts(own: list[Standing], convention: Convention) -> list[tuple[Fraction, Fraction]]:
    """What one unit adds: pairs of a weight and a code."""
    codes = [Fraction(0 if one.rating is None else code(one.rating, convention)) for one in own]
    if convention.rollup == "pool":
        return [(one.weight, each) for one, each in zip(own, codes, strict=True)]
    if convention.rollup == "mean_of_scores":
        return [(own[0].weight, sum(codes) / len(codes))]
    rating = mean_rating([one.rating for one in own if one.rating is not None])
    return [(own[0].weight, Fraction(0 if rating is None else code(rating, convention)))]


def adjusted_wald(detractors: int, n: int, promoters: int, level: float) -> tuple[float, float]:
    down, up, size = detractors + 0.75, promoters + 0.75, n + 3
    center = (up - down) / size
    reach = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(((up + down) / size - center**2) / size)
    return max(-100.0, 100 * (center - reach)), min(100.0, 100 * (center + reach))


def t_limits(value: Fraction, error: float | None, units: int, level: float) -> tuple[float | None, float | None]:
    if error is None:
        return None, None
    reach = float(stats.t.ppf(0.5 + level / 2, units - 1)) * error
    return max(-100.0, float(value) - reach), min(100.0, float(value) + reach)


GRIDS = ("day", "week", "month", "quarter", "half", "year")
windows = st.one_of(
    st.none(),
    st.builds(Calendar, st.sampled_from(GRIDS)),
    st.builds(Rolling, st.integers(1, 200)),
    st.builds(BackFromLatest, st.integers(1, 100)),
    st.builds(Last, st.integers(1, 12)),
)
ROLLUPS = ("pool", "mean_of_scores", "classify_mean", "senior_role")
REPEATS = ("all", "latest", "first", "mean", "worst")


@st.composite
def conventions(draw: Any, units: Sequence[str] = ("response", "customer", "account"), **fixed: Any) -> Convention:
    """Any convention that makes sense, with the choices that are fixed."""
    unit = draw(st.sampled_from(units))
    rollup = draw(st.sampled_from(ROLLUPS)) if unit == "account" else "pool"
    choices = {
        "unit": unit,
        "rollup": rollup,
        "repeats": draw(st.sampled_from(REPEATS if unit != "response" else ("all",))),
        "window": draw(windows),
        "unanswered": draw(st.sampled_from(["leave out", "count in the base"])),
        "rounding": draw(st.sampled_from(["cut", "half up"])),
        "weight": draw(st.sampled_from([None, "revenue"])),
        "level": draw(st.sampled_from([0.8, 0.95, 0.99])),
        "zone": draw(st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo"])),
        "date_axis": draw(st.sampled_from(["answered", "answered", "invited", "interaction"])),
        **fixed,
    }
    if choices["rollup"] == "senior_role":
        choices["roles"] = draw(st.sampled_from([("boss", "user"), ("user",)]))
    return Convention(**choices)


NEW_YEAR = datetime(2026, 1, 1)
TIMES = [
    *(NEW_YEAR + timedelta(days=day, hours=hour) for day, hour in ((0, 0), (0, 9), (1, 12), (40, 23), (89, 1))),
    *(NEW_YEAR + timedelta(days=day, hours=23, minutes=30) for day in (-1, 29, 30, 58, 120)),
    *((NEW_YEAR + timedelta(days=day, hours=2)).replace(tzinfo=UTC) for day in (0, 31, 90)),
    datetime(2026, 1, 1, 5, tzinfo=timezone(timedelta(hours=5))),  # the first moment of the year in UTC
    date(2026, 1, 31),
    date(2025, 12, 29),
    datetime(1, 1, 1),
    None,
]

NAIVE_TIMES = [time for time in TIMES if time is None or (isinstance(time, datetime) and time.tzinfo is None)]
"""Those that a column of a frame can hold together."""


@st.composite
def answers(
    draw: Any, most: int = 14, *, decided: bool = False, scale: Scale = STANDARD, times: Sequence[Any] = TIMES
) -> list[Row]:
    """Rows that lack this and that; `decided` ones have an id each and one weight an account."""
    weigh = draw(st.lists(st.integers(0, 8), min_size=4, max_size=4))
    weights = {name: Fraction(weight, 4) for name, weight in zip(("A", "B", "C", None), weigh, strict=True)}
    ids = "each" if decided else draw(st.sampled_from(["each", "each", "none", "some"]))
    torn = not decided and draw(st.integers(0, 9)) == 0
    rows = []
    for number in range(draw(st.integers(1, most))):
        account = draw(st.sampled_from(["A", "A", "B", "C", None]))
        own = {"each": f"r{number * 7 % 15:02d}", "none": None}.get(
            ids, draw(st.sampled_from([None, "r1", "r2", "r3"]))
        )
        rows.append(
            {
                "rating": draw(st.one_of(st.integers(scale.low, scale.high), st.sampled_from([None, scale.high]))),
                "customer_id": draw(st.sampled_from([None, f"{account}1", f"{account}1", f"{account}2", "shared"])),
                "account_id": account,
                "role": draw(st.sampled_from(["boss", "user", "guest", None])),
                "response_id": own,
                "revenue": float(draw(st.integers(0, 3)) if torn else weights[account]),
                **{axis: draw(st.sampled_from(times)) for axis in AXES.values()},
            }
        )
    return rows
