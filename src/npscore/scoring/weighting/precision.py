"""What unequal weights and small populations do to precision, in one number each."""

from __future__ import annotations

import math
from typing import Any, Literal

import attrs

from npscore.errors import InputError, short
from npscore.scoring.choices import check_choice
from npscore.scoring.extras import optional
from npscore.scoring.scales import as_whole
from npscore.scoring.weighting.columns import checked_weights
from npscore.scoring.weighting.designs import kish


@attrs.frozen
class EffectiveN:
    """What weights leave of a number of answers.

    Attributes:
        n: Kish's effective number.
        design_effect: answers with weight for each effective one, 1 or more.
    """

    n: float
    design_effect: float


def effective_n(weights: Any) -> EffectiveN:
    """Kish's effective n: how many equally weighted answers would say as much.

    (sum w)^2 / sum w^2. Weights of 0 do not count.

    Args:
        weights: one an answer.

    Raises:
        InputError: for weights that are negative, not finite, or all 0.
        MissingExtraError: without NumPy.

    References:
        Kish, L. (1965). Survey Sampling, 11.7.

    Example:
        >>> effective_n([1, 1, 1, 3])
        EffectiveN(n=3.0, design_effect=1.3333333333333333)
    """
    optional("numpy")
    return EffectiveN(*kish(checked_weights(weights)))


def fpc(n: int, population: int, *, form: Literal["survey", "textbook"] = "survey") -> float:
    """The finite population correction: a factor on the standard error.

    The survey form sqrt(1 - n/N) goes with the sample's variance of divisor
    n - 1 and is the one that `weighted` and planning use; the textbook form
    sqrt((N - n)/(N - 1)) goes with the population's variance of divisor N. Of
    a whole population both leave no error.

    Args:
        n: answers, from 1 to N.
        population: N.
        form: ``"survey"`` or ``"textbook"``.

    Raises:
        InputError: for numbers that are not whole or n above N.

    References:
        Cochran, W. G. (1977). Sampling Techniques, 3rd ed., 2.6.

    Example:
        >>> fpc(36, 100), round(fpc(36, 100, form="textbook"), 4)
        (0.8, 0.804)
    """
    check_choice("form", form, ("survey", "textbook"))
    drawn_, people = as_whole(n), as_whole(population)
    if drawn_ is None or people is None or not 1 <= drawn_ <= people:
        raise InputError(f"{short(n)} of {short(population)} is no sample: whole numbers, at least 1 and at most all.")
    if drawn_ == people:
        return 0.0
    return math.sqrt((people - drawn_) / (people if form == "survey" else people - 1))
