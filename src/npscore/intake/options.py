"""How rows are to be read: what the caller said, checked before the first row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs

from npscore.errors import InputError, short
from npscore.intake import values as say
from npscore.intake.shapes import GROUPS, TIMES, checked_field
from npscore.intake.times import DateOrder
from npscore.intake.values import Fault
from npscore.periods import instant, zone_info
from npscore.scoring.scales import Scale

Scales = str | Scale | Mapping[str, str | Scale]


@attrs.frozen(kw_only=True)
class Reading:
    """What the caller said about the rows.

    Attributes:
        known_at: when whoever keeps the records learned of them.
        answered_at: of rows that do not say it.
        zone: of times without one.
        order: of day and month.
        words: what texts mean as ratings, in lower case.
        scales: of the metrics, as text.
        constants: fields that no row says.
        lenient: whether ratings are read out of texts that say more.
        prefix: put before the ids of responses.
    """

    known_at: datetime
    answered_at: datetime | None = None
    zone: str | None = None
    order: DateOrder | None = None
    words: Mapping[str, int] | None = None
    scales: Mapping[str, str] = attrs.field(factory=dict)
    constants: Mapping[str, Any] = attrs.field(factory=dict)
    lenient: bool = False
    prefix: str = ""


def checked(
    *,
    known_at: datetime | str,
    answered_at: date | str | None,
    zone: str | None,
    day_first: bool | None,
    words: Mapping[str, int] | None,
    scale: Scales | None,
    constants: Mapping[str, Any] | None,
    lenient: bool,
    prefix: str,
) -> Reading:
    """The caller's words, once they make sense.

    Raises:
        InputError: for the first that does not.
    """
    if zone is not None:
        zone_info(zone)
    fixed = {checked_field(field): value for field, value in (constants or {}).items()}
    if unfit := sorted(fixed.keys() & (TIMES | GROUPS | {"id", "rating"})):
        raise InputError(
            f"{unfit[0]!r} cannot be the same for all rows; map it to a column with fields= (--map at the shell)."
        )
    return Reading(
        known_at=_instant("known_at", known_at, zone),
        answered_at=None if answered_at is None else _instant("answered_at", answered_at, zone),
        zone=zone,
        order=None if day_first is None else "day first" if day_first else "month first",
        words=None if words is None else {word.strip().lower(): rating for word, rating in words.items()},
        scales=_scales(scale, fixed.get("metric")),
        constants=fixed,
        lenient=lenient,
        prefix=prefix,
    )


def _instant(name: str, moment: date | str, zone: str | None) -> datetime:
    try:
        time = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        is_naive = getattr(time, "tzinfo", None) is None
        if not isinstance(time, date) or (is_naive and zone is None):
            raise InputError(
                f"{name} is a time with a zone, not {short(moment)}; zone= (--zone at the shell) supplies one."
            )
        return instant(time, zone or "UTC")
    except (ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} is a time as in 2026-11-22T10:30:00Z, not {short(moment)}.") from None


def _scales(scale: Scales | None, metric: Any) -> dict[str, str]:
    if scale is None:
        return {}
    given = scale if isinstance(scale, Mapping) else {str(metric or "nps").lower(): scale}
    texts = {}
    for name, text in given.items():
        if name not in say.METRICS:
            raise InputError(f"{name!r} is no metric; scale= names those of {', '.join(say.SCALES)}.")
        texts[say.METRICS[name]] = str(text)
        _check_scale(say.METRICS[name], str(text))
    return texts


def _check_scale(metric: str, text: str) -> None:
    if metric == "nps":
        Scale.parse(text)
        return
    try:
        say.bounds(text)
    except Fault as fault:
        raise InputError(f"{text!r} is {fault.reason}.") from None
