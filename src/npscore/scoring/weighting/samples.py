"""Samples: columns that belong together, checked and made ready to be scored."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Any

import attrs

from npscore.errors import EmptyTallyError, InputError, short
from npscore.scoring.extras import optional
from npscore.scoring.given import values_of
from npscore.scoring.scales import Scale
from npscore.scoring.weighting.calibration import Calibration
from npscore.scoring.weighting.columns import category_codes, checked_weights
from npscore.scoring.weighting.designs import Design, Population, design, kish

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]


@attrs.frozen(kw_only=True, eq=False)
class Sample:
    """Answers ready to be scored: codes and weights of the rows of a design.

    Attributes:
        answers: -1, 0 or +1 a row; 0 where a row has no rating.
        weights: one a row; 0 where a row has no rating.
        design: the rows with all their weights.
        calibration: the margins that the weights meet.
        kept: for each row that came in whether it is in the design.
        unanswered: rows without a rating, in the design or dropped.
    """

    answers: Array
    weights: Array
    design: Design
    calibration: Calibration | None
    kept: Array
    unanswered: int

    @property
    def shares(self) -> tuple[float, float, float]:
        """Weighted fractions of detractors, passives and promoters."""
        total = self.weights.sum()
        detractors, passives, promoters = (
            float(self.weights[self.answers == code].sum() / total) for code in (-1, 0, 1)
        )
        return detractors, passives, promoters

    @property
    def value(self) -> float:
        """The weighted score in points."""
        return float(100 * (self.weights * self.answers).sum() / self.weights.sum())

    def size(self, members: Array | slice = slice(None)) -> tuple[int, float]:
        """How many of the members count, and Kish's effective number of them."""
        weights = self.weights[members]
        return int((weights > 0).sum()), kish(weights)[0]

    def influence(self, members: Array | float = 1.0) -> tuple[float, Array]:
        """The weighted mean of the members' codes, and what each row contributes to its error."""
        weights = self.weights * members
        total = weights.sum()
        mean = float((weights * self.answers).sum() / total)
        return mean, weights * (self.answers - mean) / total

    def variance(self, influence: Array) -> tuple[float, float]:
        """The linearised variance, with the finite population correction and without."""
        import numpy as np

        if self.calibration is None:
            return self.design.variance(influence)
        weights = self.design.weights
        each = np.divide(influence, weights, out=np.zeros(len(weights)), where=weights > 0)
        return self.design.variance(self.calibration.residuals(each) * weights)


def drawn(
    ratings: Any,
    weights: Any,
    scale: Scale,
    *,
    clusters: Any,
    strata: Any,
    population: Population | None,
    calibration: Calibration | None,
) -> Sample:
    """The sample that columns describe; rows without a rating leave it, or stay as zeros under a calibration."""
    np = optional("numpy")
    if calibration is not None and not isinstance(calibration, Calibration):
        raise InputError(f"calibration is what poststratify or rake made, not {short(calibration)}.")
    answers = category_codes(ratings, scale)
    rows = len(answers)
    chosen = checked_weights(weights, rows) if calibration is None else calibration.weights_for(weights, rows)
    answered = ~np.isnan(answers)
    if not (chosen * answered).any():
        raise EmptyTallyError(f"nobody with weight answered, so there is no score: {rows:,} rows.")
    kept = answered if calibration is None else np.ones(rows, dtype=bool)
    clusters, strata = (_of_rows(labels, kept, name) for labels, name in ((clusters, "clusters"), (strata, "strata")))
    made = design(chosen[kept], clusters, strata, population)
    present = answered[kept]
    return Sample(
        answers=np.where(present, answers[kept], 0.0),
        weights=made.weights * present,
        design=made,
        calibration=calibration,
        kept=kept,
        unanswered=int((~answered).sum()),
    )


def _of_rows(labels: Any, kept: Array, name: str) -> Any:
    """The labels of the rows that are kept."""
    if labels is None or kept.all():
        return labels
    values = values_of(name, labels)
    if len(values) != len(kept):
        raise InputError(f"there are {len(values):,} {name} for {len(kept):,} ratings; one a row is needed.")
    return list(compress(values, kept))
