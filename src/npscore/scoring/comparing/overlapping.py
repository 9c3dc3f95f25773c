"""A part against the whole that it belongs to: two scores that share answers."""

from __future__ import annotations

import attrs

from npscore.errors import EmptyTallyError, InputError, PoolingError, short
from npscore.scoring.choices import Alternative
from npscore.scoring.comparing.comparisons import CompareMethod, compare
from npscore.scoring.comparing.differences import Comparison
from npscore.scoring.intervals import ROCKS, PseudoCounts
from npscore.scoring.tallies import Tally


def compare_with_whole(
    part: Tally,
    whole: Tally,
    *,
    method: CompareMethod = "adjusted_wald",
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    pseudo_counts: PseudoCounts = ROCKS,
) -> Comparison:
    """Whether the score of a segment differs from that of everybody, its own people among them.

    The whole less the part is the rest, which shares no answer with the part;
    and with n answers in the part of N in all,

        part - whole = (N - n) / N x (part - rest).

    So the test is that of the part against the rest, and the difference, its
    standard error and its limits are those of that comparison, (N - n) / N
    times. Taken for apart, the two scores would have too large an error.

    Args:
        part: the tally of the segment.
        whole: the tally of everybody.
        method: as in `compare`.
        level: the confidence level as a fraction.
        alternative: of the p-value: the part is ``"greater"``, ``"less"``, or
            differs.
        pseudo_counts: of adjusted Wald, added to the part and to the rest.

    Returns:
        A `Comparison` with `n_a` of the part and `n_b` of the whole.

    Raises:
        InputError: when the part is not part of the whole, or is all of it.
        EmptyTallyError: when nobody in the part answered.
        PoolingError: when they were answered on unlike scales.

    Example:
        >>> made = compare_with_whole(Tally(10, 10, 30), Tally(60, 50, 90))
        >>> round(made.difference, 2), round(made.standard_error, 2)
        (25.0, 9.73)
    """
    for side in (part, whole):
        if not isinstance(side, Tally):
            raise InputError(f"a part and a whole are Tallies of answers, not {short(side)}.")
    rest = _rest(part, whole)
    if not part.n:
        raise EmptyTallyError("nobody in the part answered, so it has no score to compare.")
    if not rest.n:
        raise InputError("the part is the whole: all who answered are in it, so there is nothing to compare.")
    share = rest.n / whole.n
    apart = compare(part, rest, method=method, level=level, alternative=alternative, pseudo_counts=pseudo_counts)
    scaled = ("difference", "adjusted_difference", "standard_error", "lower", "upper")
    return attrs.evolve(apart, n_b=whole.n, **{name: share * getattr(apart, name) for name in scaled})


def _rest(part: Tally, whole: Tally) -> Tally:
    """Who is in the whole and not in the part."""
    try:
        return whole - part
    except PoolingError:
        raise
    except InputError:
        raise InputError(
            f"the first tally is no part of the second: {part} has answers that {whole} has not."
        ) from None
