"""Columns read into arrays: ratings, weights, labels. Lists, arrays and series alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from npscore.errors import InputError, OutOfScaleError
from npscore.scoring.given import as_number, check_label, is_frame, values_of
from npscore.scoring.scales import Scale, check_scale, is_missing
from npscore.scoring.tallies import slot_of

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]


def codes(labels: Any, name: str, rows: int | None = None) -> tuple[list[Any], Array]:
    """The different labels in order of appearance, and for each row the number of its label.

    Raises:
        InputError: for a label that is missing, or not one label a row.
    """
    import numpy as np

    values = values_of(name, labels)
    if rows is not None and len(values) != rows:
        raise InputError(f"there are {len(values):,} {name} for {rows:,} ratings; one a row is needed.")
    for value in values:
        check_label(f"each of the {name}", value)
    numbers: dict[Any, int] = {}
    coded = [numbers.setdefault(value, len(numbers)) for value in values]
    for value, number in numbers.items():
        if is_missing(value):
            raise InputError(
                f"{name}: row {coded.index(number)} (from 0) has no label; give those rows one of their own."
            )
    return list(numbers), np.array(coded, dtype=int)


def is_array(values: Any) -> bool:
    """Whether a collection is an array or a series."""
    return hasattr(values, "__array__")


def category_codes(ratings: Any, scale: Scale) -> Array:
    """For each rating -1, 0 or +1, and NaN where it is missing.

    Raises:
        OutOfScaleError: for a rating that is not on the scale.
        InputError: for what is not one column of numbers.
    """
    import numpy as np

    check_scale(scale)
    if isinstance(ratings, str | bytes | Mapping) or not hasattr(ratings, "__iter__"):
        raise InputError(f"ratings are a collection of numbers, not one {type(ratings).__name__}.")
    array = np.ma.filled(ratings.astype(float), np.nan) if np.ma.isMaskedArray(ratings) else ratings
    if is_array(array):
        array = np.asarray(array)
        if array.ndim != 1 or array.dtype.kind in "mM":
            raise InputError("ratings are one column of numbers, and this is not.")
        if array.dtype.kind in "iuf":
            return _array_codes(array, scale)
        array = array.tolist()
    return np.array([_code(rating, scale) for rating in array], dtype=float)


def _code(rating: object, scale: Scale) -> float:
    slot = slot_of(rating, scale)
    if slot == 4:
        raise OutOfScaleError(rating, scale)
    return (-1.0, 0.0, 1.0, float("nan"))[slot]


def _array_codes(array: Array, scale: Scale) -> Array:
    import numpy as np

    missing = array != array
    on_scale = (array >= scale.low) & (array <= scale.high) & (array == np.floor(array))
    off = ~(on_scale | missing)
    if off.any():
        raise OutOfScaleError(array[off][0].item(), scale)
    made = (array >= scale.passive_from).astype(float) + (array >= scale.promoter_from) - 1
    made[missing] = np.nan
    return made


def checked_weights(weights: Any, rows: int | None = None) -> Array:
    """Weights as an array: finite, none below 0, not all 0; ones when there are none.

    Raises:
        InputError: otherwise, naming the row.
    """
    import numpy as np

    if weights is None and rows is not None:
        return np.ones(rows)
    array = _numbers(weights)
    if rows is not None and len(array) != rows:
        raise InputError(f"there are {len(array):,} weights for {rows:,} ratings; one a row is needed.")
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(f"weights are finite and not below 0, and the weight of row {row} (from 0) is {array[row]}.")
    if not array.any():
        raise InputError("all weights are 0 or there are none, so the answers stand for nobody.")
    return array


def _numbers(weights: Any) -> Array:
    import numpy as np

    if not is_array(weights) or is_frame(weights):
        weights = values_of("weights", weights)
    if np.ma.isMaskedArray(weights):
        weights = np.ma.filled(weights.astype(float), np.nan)
    array = np.asarray(weights) if is_array(weights) else _objects(weights)
    if array.ndim != 1:
        raise InputError("weights are one column of numbers, and this is not.")
    if array.dtype.kind == "O":
        for row, value in enumerate(array):
            if as_number(value) is None:
                raise InputError(f"weights are numbers, and the weight of row {row} (from 0) is {value!r}.")
    elif array.dtype.kind not in "iuf" and len(array):
        raise InputError(f"weights are numbers, and these are {array.dtype}.")
    return array.astype(float)


def _objects(values: list[Any]) -> Array:
    """A list as a column of whatever it holds, lists too."""
    import numpy as np

    if all(type(value) in (int, float) for value in values):
        return np.array(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
