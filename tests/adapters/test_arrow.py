"""Stored records as Arrow batches."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

import npscore as nps
from npscore.adapters import arrow
from npscore.models import KINDS, Money, Record
from npscore.testing import strategies as make

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def answer(name: str, rating: int | None = 9, **fields: Any) -> nps.Response:
    return nps.Response(**{"id": name, "rating": rating, "answered_at": DAY, "known_at": DAY, **fields})


def kept(*records: Record) -> nps.MemoryStore:
    store = nps.MemoryStore()
    store.put(*records)
    return store


@given(make.records())
@settings(max_examples=60)
def test_every_field_of_every_kind_comes_out(record: Record) -> None:
    (row,) = kept(record).frame(type(record)).read_all().to_pylist()
    for name in type(record).model_fields:
        value = getattr(record, name)
        if isinstance(value, Money) or f"{name}_amount" in row:
            got = row[f"{name}_amount"], row[f"{name}_currency"]
            assert got == ((str(value.amount), value.currency) if value else (None, None))
        elif isinstance(value, dict) or name == "events":
            assert json.loads(row[name]) == record.model_dump(mode="json")[name]
        else:
            assert row[name] == (list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_store_of_nothing_has_the_columns(kind: type[Record]) -> None:
    table = nps.MemoryStore().frame(kind).read_all()
    assert table.num_rows == 0
    assert table.schema.field("known_at").type == arrow._arrow().timestamp("us", "UTC")


def test_batches_follow_each_other_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "BATCH", 2)
    reader = kept(*(answer(f"r{n}") for n in range(5))).frame(nps.Response)
    assert [batch.column("id").to_pylist() for batch in reader] == [["r0", "r1"], ["r2", "r3"], ["r4"]]


def test_it_is_what_was_known(tmp_path: Path) -> None:
    store = nps.SQLStore(f"sqlite:///{tmp_path / 'npscore.db'}")
    store.put(answer("r", 9), answer("r", 2, known_at=DAY + timedelta(days=1)))
    assert store.frame(nps.Response).read_all().column("rating").to_pylist() == [2]
    assert store.frame(nps.Response, as_of=DAY).read_all().column("rating").to_pylist() == [9]
    store.close()
    with pytest.raises(nps.StoreError, match="closed"):
        store.frame(nps.Response)


def test_a_breakdown_of_the_frame_is_what_the_store_counts() -> None:
    out = nps.Exclusion(id="e", response_id="r7", reason="r", actor="a", decided_at=DAY, known_at=DAY)
    answers = [answer(f"r{n}", n % 11 if n % 3 else None, test=n == 5, completed=n != 8) for n in range(40)]
    store = kept(out, answer("other", 5, metric="csat"), *answers)
    frame = pl.from_arrow(store.frame(nps.Response))
    assert isinstance(frame, pl.DataFrame)
    broken = nps.breakdown(frame, where={"left_out": None}).row(0, named=True)
    counted = nps.count_answers(store)
    assert {name: broken[name] for name in ("promoters", "passives", "detractors", "unanswered")} == {
        name: getattr(counted.tallies[()], name) for name in ("promoters", "passives", "detractors", "unanswered")
    }
    assert sorted(frame["left_out"].drop_nulls()) == ["broken off", "csat", "excluded", "trial"]


def test_attributes_become_columns_unless_their_name_is_taken() -> None:
    store = kept(nps.Customer(id="c", known_at=DAY, attributes={"region": "EMEA", "vip": True, "name": "x"}))
    table = store.frame(nps.Customer, attributes=["region", "vip", "plan"]).read_all()
    assert table.select(["region", "vip", "plan"]).to_pylist() == [{"region": "EMEA", "vip": "true", "plan": None}]
    with pytest.raises(nps.InputError, match="'name' has the name of a column"):
        store.frame(nps.Customer, attributes=["name"])
