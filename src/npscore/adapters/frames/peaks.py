"""What is largest, smallest or summed among the rows that share some keys, put beside each of them."""

from __future__ import annotations

from typing import Any, Literal

import attrs
import narwhals.stable.v2 as nw


@attrs.frozen
class Peak:
    """A number to find: of which column, and how."""

    how: Literal["max", "min", "sum"]
    column: str

    @property
    def found(self) -> nw.Expr:
        """The aggregation."""
        expression: nw.Expr = getattr(nw.col(self.column), self.how)()
        return expression


def with_peaks(data: Any, keys: list[str], peaks: dict[str, Peak]) -> Any:
    """Put each peak beside every row, under its name. A missing key is a key like any other."""
    if data.implementation.is_pyarrow() or data.implementation.is_dask():
        return _joined(data, keys, peaks)
    return data.with_columns(*(peak.found.over(*keys).alias(name) for name, peak in peaks.items()))


def _joined(data: Any, keys: list[str], peaks: dict[str, Peak]) -> Any:
    """By group_by and join, where windows lose the order of rows (Arrow) or the index (Dask); a null joins nothing."""
    columns = [name for name in data.collect_schema().names() if name not in peaks]
    names = [f"__npscore_key{number}" for number in range(len(keys))]
    keyed = data.with_columns(*(_named(nw.col(key)).alias(name) for key, name in zip(keys, names, strict=True)))
    found = keyed.group_by(*names).agg(*(peak.found.alias(name) for name, peak in peaks.items()))
    return keyed.drop(*peaks, strict=False).join(found, on=names, how="left").select(*columns, *peaks)


def _named(key: nw.Expr) -> nw.Expr:
    """A key as text, which is never missing."""
    text: nw.Expr = nw.when(key.is_null()).then(nw.lit("")).otherwise(nw.concat_str(nw.lit("="), key.cast(nw.String)))
    return text
