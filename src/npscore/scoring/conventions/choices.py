"""Conventions: the declared choices that make "the NPS" one number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

import attrs

from npscore.errors import InputError, PoolingError, short
from npscore.periods import zone_info
from npscore.scoring.conventions.windows import Window
from npscore.scoring.intervals import Method, check_level, check_method
from npscore.scoring.scales import STANDARD, Scale
from npscore.scoring.tallies import Tally

Unanswered = Literal["leave out", "count in the base"]
Unit = Literal["response", "customer", "account"]
Repeats = Literal["all", "latest", "first", "mean", "worst"]
DateAxis = Literal["answered", "invited", "interaction"]
Rollup = Literal["pool", "mean_of_scores", "classify_mean", "senior_role"]
Rounding = Literal["cut", "half up"]


def _one_of(choices: Any) -> Any:
    """A validator that names the choices there are."""

    def check(_convention: Convention, attribute: attrs.Attribute[str], value: object) -> None:
        if not isinstance(value, str) or value not in get_args(choices):
            *others, last = map(repr, get_args(choices))
            raise InputError(f"{attribute.name}={short(value)} is not known; it is {', '.join(others)} or {last}.")

    return check


def _one_line(_convention: Convention, _attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value.isprintable():
        raise InputError(f"the name of a convention is one line of text, not {short(value)}.")


def _scale(convention: Convention, attribute: attrs.Attribute[Scale | None], value: object) -> None:
    if not isinstance(value, Scale | None):
        raise InputError(f"a scale is a Scale or None, not {short(value)}; read text with Scale.parse.")


def _zone(convention: Convention, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise InputError(f"the zone of a convention is a name such as 'Europe/Paris', not {short(value)}.")
    if value != "UTC":
        zone_info(value)


def _window(_convention: Convention, _attribute: attrs.Attribute[Window | None], value: object) -> None:
    if not isinstance(value, Window | None):
        raise InputError(f"a window is a Calendar, Rolling, BackFromLatest or Last, or None, not {short(value)}.")


def _column(_convention: Convention, _attribute: attrs.Attribute[str | None], value: object) -> None:
    if value is not None and not (isinstance(value, str) and value):
        raise InputError(f"the weight of a convention is the name of a column or None, not {short(value)}.")


def _roles(value: Any) -> tuple[str, ...]:
    roles = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    if not all(isinstance(role, str) for role in roles) or len(set(roles)) < len(roles):
        raise InputError(f"roles are texts, the most senior first and each once, not {short(value)}.")
    return roles


@attrs.frozen(kw_only=True)
class Convention:
    """The declared choices that make "the NPS" one number.

    "What is our NPS?" has no answer until somebody has made these choices. A
    convention makes them a value that travels with the score, has a name and a
    fingerprint, and is printed in one line under every table.

    Args:
        scale: the scale on which the answers were given; None takes the one
            that the data brings (0-10 for bare ratings). A scale given here
            that is unlike the data's is a `PoolingError`.
        unanswered: ``"leave out"`` those who did not answer, or
            ``"count in the base"``: they then act as passives.
        unit: whom the number counts: each ``"response"``, each ``"customer"``
            or each ``"account"``. A row that does not name its unit is a unit
            of its own.
        repeats: which of a customer's answers stands: ``"all"``, or one made
            of the ``"latest"``, the ``"first"``, the ``"mean"`` or the
            ``"worst"``. Ties in time go to the larger id. Whoever answered
            counts as answered, whatever else was left unanswered.
        window: which answers feed a score: None for all, or a `Calendar`,
            `Rolling`, `BackFromLatest` or `Last`.
        date_axis: the date that windows and periods go by: ``"answered"``,
            ``"invited"`` or ``"interaction"``.
        rollup: how accounts become one score: ``"pool"`` their answers;
            ``"mean_of_scores"`` takes the mean of the accounts' scores;
            ``"classify_mean"`` makes each account one answer by its mean
            rating; ``"senior_role"`` by its most senior respondents.
        roles: for ``"senior_role"``, the most senior first; who is not listed
            comes last. Several at the top: their mean rating.
        rounding: how a mean rating meets the cut-offs: ``"cut"`` compares it
            as it is, so that 8.5 is passive; ``"half up"`` makes it whole first.
            Where no mean is taken nothing is rounded, though the fingerprint
            tells the two apart.
        weight: the column of each unit's weight, such as revenue; one value
            an account. None: all alike.
        zone: the time zone in which days begin, and in which times without a
            zone are read.
        level: the confidence level of intervals, a fraction.
        method: the method of intervals, as in `interval`. Under a weight, for
            accounts, and for customers with all their answers, the interval
            is the linearised t whatever is chosen here; the choice still
            enters the fingerprint.
        name: what people call it; ``"default"`` is kept for the default, and
            an unnamed one is ``"custom"``.

    Raises:
        InputError: for a choice that does not exist.

    Example:
        >>> board = Convention(unanswered="count in the base", name="board report")
        >>> score(Tally(20, 20, 60, unanswered=25)).value
        40.0
        >>> score(Tally(20, 20, 60, unanswered=25), convention=board).value
        32.0
        >>> board.fingerprint, DEFAULT.fingerprint
        ('fcaac2aa', '4f6ce90b')
    """

    scale: Scale | None = attrs.field(default=None, validator=_scale)
    unanswered: Unanswered = attrs.field(default="leave out", validator=_one_of(Unanswered))
    unit: Unit = attrs.field(default="response", validator=_one_of(Unit))
    repeats: Repeats = attrs.field(default="all", validator=_one_of(Repeats))
    window: Window | None = attrs.field(default=None, validator=_window)
    date_axis: DateAxis = attrs.field(default="answered", validator=_one_of(DateAxis))
    rollup: Rollup = attrs.field(default="pool", validator=_one_of(Rollup))
    roles: tuple[str, ...] = attrs.field(default=(), converter=_roles)
    rounding: Rounding = attrs.field(default="cut", validator=_one_of(Rounding))
    weight: str | None = attrs.field(default=None, validator=_column)
    zone: str = attrs.field(default="UTC", validator=_zone)
    level: float = attrs.field(default=0.95, validator=lambda convention, attribute, value: check_level(value))
    method: Method = attrs.field(
        default="adjusted_wald", validator=lambda convention, attribute, value: check_method(value)
    )
    name: str = attrs.field(default="", eq=False, validator=_one_line)

    def __attrs_post_init__(self) -> None:
        self._check_sense()
        if not self._choices():
            name = "default" if self.name in ("", "custom") else self.name
        else:
            name = "custom" if self.name in ("", "default") else self.name
        object.__setattr__(self, "name", name)

    def _check_sense(self) -> None:
        """Refuse choices that would have no effect."""
        if self.repeats != "all" and self.unit == "response":
            raise InputError(f"repeats={self.repeats!r} is about one customer's answers; give unit='customer'.")
        if self.rollup != "pool" and self.unit != "account":
            raise InputError(f"rollup={self.rollup!r} is about accounts; give unit='account'.")
        if self.rollup == "senior_role" and not self.roles:
            raise InputError("rollup='senior_role' needs roles, the most senior first, as in roles=('owner', 'user').")
        if self.rollup != "senior_role" and self.roles:
            raise InputError(f"roles have no effect on rollup={self.rollup!r}; give rollup='senior_role' with them.")

    def _choices(self) -> dict[str, Any]:
        """What was chosen unlike the default, as text and numbers that JSON can hold."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in attrs.fields(Convention)
            if field.eq and getattr(self, field.name) != field.default
        }

    @property
    def columns(self) -> frozenset[str]:
        """What a row must tell beside its rating: ``customer``, ``account``, ``time``, ``role``, ``weight``."""
        needed = {
            "customer": self.unit == "customer" or self.repeats != "all",
            "account": self.unit == "account",
            "time": self.window is not None or self.repeats in ("latest", "first"),
            "role": self.rollup == "senior_role",
            "weight": self.weight is not None,
        }
        return frozenset(name for name, is_needed in needed.items() if is_needed)

    @property
    def clusters(self) -> Literal["customer", "account"] | None:
        """The unit whose answers hang together; None where each counted answer stands for itself alone."""
        if self.unit == "account":
            return "account"
        return "customer" if self.unit == "customer" and self.repeats == "all" else None

    @property
    def by_tally(self) -> bool:
        """Whether a tally says all that the score is made of."""
        return self.clusters is None and self.weight is None

    @property
    def counts_unanswered(self) -> bool:
        """Whether those who did not answer are in the base."""
        return self.unanswered == "count in the base"

    @property
    def fingerprint(self) -> str:
        """Eight hex digits made of the choices alone: equal conventions, equal fingerprints.

        Only choices unlike the default enter, so a fingerprint stays what it
        is when conventions gain a choice. The name does not enter.
        """
        import hashlib
        import json

        text = json.dumps(self._choices(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(f"npscore convention {text}".encode()).hexdigest()[:8]

    def __str__(self) -> str:
        words = ", ".join(self._in_words())
        return f"{self.name} [{self.fingerprint}]: {words if words.isprintable() else ascii(words)[1:-1]}"

    def _in_words(self) -> Iterator[str]:
        yield self._who()
        if self.window:
            yield f"of {self.window}"
        if self.date_axis != "answered":
            yield f"dated by the day of {_AXES[self.date_axis]}"
        if self.rounding != "cut":
            yield f"means rounded {self.rounding}"
        if self.weight:
            yield f"weighted by {self.weight}"
        yield "unanswered count in the base" if self.counts_unanswered else "unanswered left out"
        yield f"scale {self.scale}" if self.scale else "the data's own scale (0-10 if none)"
        yield f"days in {self.zone}"
        method = self.method.replace("_", " ").replace("wald", "Wald") if self.by_tally else "linearised t"
        yield f"{100 * self.level:.6g} % {method}"

    def _who(self) -> str:
        answers = _STANDING[self.repeats]
        clustered = f", {self.clusters}s clustered" if self.clusters else ""
        return {
            "pool": f"{answers} counts{clustered}",
            "mean_of_scores": f"the mean of the accounts' scores over {answers}",
            "classify_mean": f"each account by its mean rating over {answers}",
            "senior_role": f"each account by its most senior role ({' > '.join(self.roles)}) over {answers}",
        }[self.rollup]

    def scale_for(self, own: Scale | None = None) -> Scale:
        """The scale to use for data that brings its `own`, or None.

        Raises:
            PoolingError: when the convention names another one.
        """
        if own is not None and self.scale is not None and own != self.scale:
            raise PoolingError(
                f"the answers were given on the scale {own}, the convention asks for {self.scale}; "
                "leave its scale out to take theirs."
            )
        return self.scale or own or STANDARD

    def base_of(self, tally: Tally) -> Tally:
        """The tally that the score is made of: unanswered act as passives where they count."""
        if not self.counts_unanswered:
            return tally
        return attrs.evolve(tally, passives=tally.passives + tally.unanswered, unanswered=0)


_STANDING = {
    "all": "every answer",
    "latest": "the latest answer of each customer",
    "first": "the first answer of each customer",
    "worst": "the worst answer of each customer",
    "mean": "the mean rating of each customer",
}
_AXES = {"invited": "the invitation", "interaction": "the interaction"}


def _plain(choice: Any) -> Any:
    if isinstance(choice, Scale):
        return str(choice)
    return [type(choice).__name__, *attrs.astuple(choice)] if isinstance(choice, Window) else choice


def check_convention(convention: object) -> None:
    """Refuse what is no `Convention`."""
    if not isinstance(convention, Convention):
        raise InputError(f"the convention is a Convention, not {short(convention)}; leave it out for the default.")


DEFAULT = Convention()
"""Every answer counts, unanswered are left out, days in UTC, 95 % adjusted Wald."""
