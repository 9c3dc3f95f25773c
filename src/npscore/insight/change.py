"""Why a score moved: the part of the mix, the part of the rates, and a score at a fixed mix."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from npscore.errors import EmptyTallyError
from npscore.insight.effects import Effect, Side, side_of, threefold, total_of, twofold, whole
from npscore.insight.groups import aligned, one_scale, read_groups, read_sizes
from npscore.scoring.choices import check_choice
from npscore.scoring.extras import optional
from npscore.scoring.intervals import Interval, check_level, z_two_sided

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

Form = Literal["two", "three"]
Status = Literal["stayed", "appeared", "vanished", "absent"]


@attrs.frozen(kw_only=True)
class SegmentEffect:
    """What one segment did to the change.

    Attributes:
        mix: points that its change of share made.
        rate: points that its change of score made.
        interaction: points that both made together; 0.0 in the twofold form.
        status: ``"stayed"``, ``"appeared"``, ``"vanished"``, or ``"absent"``
            from both periods.
        share_before, share_after: fractions of all answers.
        score_before, score_after: its scores in points, None where it had no
            answer; the decomposition then used the overall score of that
            period.
        mix_standard_error, rate_standard_error: in points, by the delta
            method; None unless all groups are tallies.
    """

    mix: float
    rate: float
    interaction: float
    status: Status
    share_before: float
    share_after: float
    score_before: float | None
    score_after: float | None
    mix_standard_error: float | None
    rate_standard_error: float | None

    @property
    def total(self) -> float:
        """Points of the change that this segment made: mix, rate and interaction."""
        return self.mix + self.rate + self.interaction


@attrs.frozen(eq=False, repr=False)
class Segments(Mapping[Hashable, SegmentEffect]):
    """The effects by segment: a mapping that makes each `SegmentEffect` when asked for it.

    Segments stand in the order of the first period, those that appeared after them.
    """

    names: tuple[Hashable, ...]
    before: Side
    after: Side
    mix: Effect
    rate: Effect
    interaction: Effect

    @cached_property
    def _index(self) -> dict[Hashable, int]:
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def _errors(self) -> tuple[Array, Array] | None:
        if not (self.before.counted and self.after.counted):
            return None
        return self.mix.errors(self.before, self.after), self.rate.errors(self.before, self.after)

    def __getitem__(self, name: Hashable) -> SegmentEffect:
        return self._make(self._index[name])

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"<Segments: {len(self)}>"

    def largest(self, count: int = 5) -> dict[Hashable, SegmentEffect]:
        """The segments that moved the score most, up or down, the largest first.

        Example:
            >>> moved = decompose({"a": (50, 40), "b": (50, 0)}, {"a": (80, 40), "b": (20, 10)})
            >>> list(moved.segments.largest(1))
            ['b']
        """
        total = self.mix.value + self.rate.value + self.interaction.value
        order = (-abs(total)).argsort(kind="stable")[:count].tolist()
        return {self.names[i]: self._make(i) for i in order}

    def with_status(self, status: Status) -> tuple[Hashable, ...]:
        """The names of the segments that have a status."""
        a, b = self.before.present, self.after.present
        masks = {"stayed": a & b, "appeared": ~a & b, "vanished": a & ~b, "absent": ~a & ~b}
        return tuple(self.names[i] for i in masks[status].nonzero()[0].tolist())

    def _make(self, i: int) -> SegmentEffect:
        a, b = self.before, self.after
        statuses: dict[tuple[bool, bool], Status]
        statuses = {(True, True): "stayed", (False, True): "appeared", (True, False): "vanished"}
        return SegmentEffect(
            mix=float(self.mix.value[i]),
            rate=float(self.rate.value[i]),
            interaction=float(self.interaction.value[i]),
            status=statuses.get((bool(a.present[i]), bool(b.present[i])), "absent"),
            share_before=float(a.share[i]),
            share_after=float(b.share[i]),
            score_before=float(a.score[i]) if a.present[i] else None,
            score_after=float(b.score[i]) if b.present[i] else None,
            mix_standard_error=float(self._errors[0][i]) if self._errors else None,
            rate_standard_error=float(self._errors[1][i]) if self._errors else None,
        )


@attrs.frozen(kw_only=True)
class Decomposition:
    """A change of score taken apart: ``mix + rate + interaction == difference``.

    Attributes:
        before, after: the overall scores in points.
        difference: after - before, in points.
        mix: points that the changed shares of the segments made.
        rate: points that the changed scores within segments made.
        interaction: points that both made together; 0.0 in the twofold form.
        segments: a mapping of names to `SegmentEffect`.
        appeared, vanished: names of segments with answers in one period only.
        form: ``"two"`` or ``"three"``.
        level: the confidence level of the intervals.
    """

    before: float
    after: float
    difference: float
    mix: float
    rate: float
    interaction: float
    segments: Segments = attrs.field(eq=False)
    appeared: tuple[Hashable, ...]
    vanished: tuple[Hashable, ...]
    form: Form
    level: float

    @property
    def mix_interval(self) -> Interval | None:
        """How sure the mix is, by the delta method, clipped to [-200, 200]; None unless all groups are tallies."""
        return self._interval(self.segments.mix)

    @property
    def rate_interval(self) -> Interval | None:
        """As `mix_interval`, of the rate."""
        return self._interval(self.segments.rate)

    @property
    def interaction_interval(self) -> Interval | None:
        """As `mix_interval`, of the interaction; None in the twofold form too."""
        return self._interval(self.segments.interaction) if self.form == "three" else None

    @property
    def difference_interval(self) -> Interval | None:
        """As `mix_interval`, of the difference: the plain interval, without pseudo-counts."""
        return self._interval(whole(self.segments.before, self.segments.after))

    def _interval(self, effect: Effect) -> Interval | None:
        a, b = self.segments.before, self.segments.after
        if not (a.counted and b.counted):
            return None
        center, error = float(effect.value.sum()), effect.total_error(a, b)
        lower, upper = center - z_two_sided(self.level) * error, center + z_two_sided(self.level) * error
        return Interval(
            lower=max(-200.0, lower),
            upper=min(200.0, upper),
            level=self.level,
            method="delta",
            center=center,
            standard_error=error,
            df=None,
            raw_lower=lower,
            raw_upper=upper,
        )

    def __str__(self) -> str:
        parts = f"mix {self.mix:+.1f}, rate {self.rate:+.1f}"
        both = f", interaction {self.interaction:+.1f}" if self.form == "three" else ""
        return f"{self.before:+.1f} to {self.after:+.1f}: {self.difference:+.1f} = {parts}{both}"


def decompose(
    before: Mapping[Any, Any],
    after: Mapping[Any, Any],
    *,
    form: Form = "two",
    level: float = 0.95,
    centred: bool = True,
) -> Decomposition:
    """Take the change of a score apart into mix and rate, segment by segment.

    With shares w and scores r of the segments, before (0) and after (1), and
    overall scores R, the twofold form of Kitagawa is, for each segment,

    - mix ``(w1 - w0) ((r0 + r1) / 2 - (R0 + R1) / 2)``
    - rate ``(r1 - r0) (w0 + w1) / 2``

    and the threefold form is mix ``(w1 - w0) (r0 - R0)``, rate
    ``(r1 - r0) w0`` and interaction ``(w1 - w0) (r1 - r0)``. The sums over
    segments add up to the difference. Taking R off does not change the sum of
    the mix; it makes a growing segment count as help only when it is above
    average.

    A segment without answers in one period has no score there. It takes the
    overall score of that period, and is named in `appeared` or `vanished`.

    Standard errors are by the delta method: respondents of a period are
    independent, and both shares and scores are estimated from them (divisor
    n). They come with tallies only, and know nothing of repeated people.

    Args:
        before: ``{segment: Tally}`` or ``{segment: (size, score)}``, scores in
            points. Sizes are normalised to shares; size 0 is absent.
        after: the same, later.
        form: ``"two"``, or ``"three"`` with the interaction apart.
        level: the confidence level of the intervals, a fraction.
        centred: False leaves R out of the mix of each segment, as in the
            textbook.

    Returns:
        A `Decomposition` in points.

    Raises:
        EmptyTallyError: when a period has no answers.
        InputError: for a size that is negative or not finite, a score that is
            no number from -100 to 100, an unknown form, or a level outside
            (0, 1).
        PoolingError: for tallies on unlike scales.
        MissingExtraError: without NumPy.

    References:
        Kitagawa, E. M. (1955). Components of a difference between two rates.
        Journal of the American Statistical Association 50, 1168-1194.

    Example:
        >>> before = {"small": Tally(10, 20, 70), "large": Tally(40, 40, 20)}
        >>> after = {"small": Tally(4, 8, 28), "large": Tally(64, 64, 32)}
        >>> moved = decompose(before, after)
        >>> print(moved)
        +20.0 to -4.0: -24.0 = mix -24.0, rate +0.0
        >>> round(moved.segments["large"].mix, 1), moved.segments["large"].rate
        (-8.4, 0.0)
    """
    optional("numpy")
    check_choice("form", form, get_args(Form))
    check_level(level)
    old, new = read_groups(before, "before"), read_groups(after, "after")
    one_scale(old, new)
    names, (old, new) = aligned(before, after, old, new)
    a, b = side_of(old, "before"), side_of(new, "after")
    effects = (twofold if form == "two" else threefold)(a, b, centred)
    return _decomposition(Segments(names, a, b, *effects), form, float(level))


def standardise(groups: Mapping[Any, Any], mix: Mapping[Any, Any]) -> float:
    """The score that groups would have together if they stood in a given mix.

    Direct standardisation: the sum of share x score, with the shares of the
    mix. Two periods standardised to one mix differ by rates alone.

    Args:
        groups: ``{segment: Tally}`` or ``{segment: (size, score)}``, scores in
            points.
        mix: ``{segment: size}``; also groups, whose sizes are then taken.
            Sizes are normalised to shares; segments that it does not name
            have none.

    Returns:
        Points.

    Raises:
        EmptyTallyError: when the mix is empty, or gives a share to a segment
            that has no answers.
        InputError: for sizes that are no numbers, or scores that are none from
            -100 to 100.
        PoolingError: for tallies on unlike scales.
        MissingExtraError: without NumPy.

    References:
        Kitagawa, E. M. (1955), as for `decompose`.

    Example:
        >>> quarter = {"small": (100, 60.0), "large": (300, -20.0)}
        >>> standardise(quarter, {"small": 50, "large": 50})
        20.0
    """
    optional("numpy")
    given = read_groups(groups, "groups")
    one_scale(given)
    names, (wanted, given) = aligned(mix, groups, read_sizes(mix), given)
    lacking = (wanted.size > 0) & ~(given.size > 0)
    if lacking.any():
        name = names[int(lacking.argmax())]
        raise EmptyTallyError(f"the mix has a share for {name!r}, which has no answers; merge it with another segment.")
    share = wanted.size / total_of(wanted.size, "mix")
    return float((share * given.score)[share > 0].sum())


def _decomposition(segments: Segments, form: Form, level: float) -> Decomposition:
    a, b, mix, rate, both = segments.before, segments.after, segments.mix, segments.rate, segments.interaction
    difference = b.overall - a.overall
    return Decomposition(
        before=a.overall,
        after=b.overall,
        difference=difference,
        mix=float(mix.value.sum()),
        rate=float(rate.value.sum()),
        interaction=float(both.value.sum()),
        segments=segments,
        appeared=segments.with_status("appeared"),
        vanished=segments.with_status("vanished"),
        form=form,
        level=level,
    )
