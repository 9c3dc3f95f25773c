"""Answers to measure on, and how to measure: side by side, turn about, the median of the ratios."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEGMENTS = 50
BLOCK = 1_000_000
START = 1_704_067_200_000_000  # 2024-01-01 in microseconds
THREE_YEARS = 3 * 365 * 86_400 * 1_000_000
SHARES = np.array([3, 1, 1, 2, 3, 6, 8, 16, 24, 18, 18]) / 100

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}

Contestants = Mapping[str, Callable[[], Any]]


def parser(doc: str | None, rows: int) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--rows", type=lambda text: int(float(text)), default=rows)
    made.add_argument("--repeats", type=int, default=7)
    made.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: of all cores, steadier on a busy machine")
    return made


def answers(rows: int, *, nulls: bool = False, seed: int = 1) -> pa.Table:
    """Ratings, 50 segments and times over three years; with nulls the ratings are floats, one in ten missing."""
    random = np.random.default_rng(seed)
    names = pa.array([f"segment-{i:02d}" for i in range(SEGMENTS)])
    segments = pa.DictionaryArray.from_arrays(pa.array(random.integers(0, SEGMENTS, rows, dtype="i4")), names)
    times = pa.array(random.integers(START, START + THREE_YEARS, rows).view("M8[us]"))
    return pa.table({"rating": _ratings(random, rows, nulls), "segment": segments, "answered_at": times})


def _ratings(random: np.random.Generator, rows: int, nulls: bool) -> pa.Array:
    ratings = ratings_array(rows, random)
    if not nulls:
        return pa.array(ratings)
    return pa.array(ratings.astype("f8"), mask=random.random(rows) < 0.1)


def ratings_array(rows: int, random: np.random.Generator | None = None) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Ratings with the shares of a middling company, one byte each, made without large temporaries."""
    random = random or np.random.default_rng(1)
    deck = np.repeat(np.arange(11, dtype="u1"), np.rint(SHARES * 100).astype(int))
    ratings = np.empty(rows, dtype="u1")
    for start in range(0, rows, BLOCK):
        part = ratings[start : start + BLOCK]
        part[:] = deck[random.integers(0, len(deck), len(part), dtype="u1")]
    return ratings


def parquet_path(folder: Path, rows: int) -> Path:
    """Where `parquet` puts its file."""
    return folder / f"answers-{rows}.parquet"


def parquet(folder: Path, rows: int) -> Path:
    """A Parquet file of `rows` answers in `folder`, written block by block unless it is there."""
    path = parquet_path(folder, rows)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        _write(unfinished, rows)
        unfinished.rename(path)
    return path


def _write(path: Path, rows: int) -> None:
    with pq.ParquetWriter(path, answers(0).schema, compression="zstd") as writer:
        for start in range(0, rows, BLOCK):
            writer.write_table(answers(min(BLOCK, rows - start), seed=start), row_group_size=BLOCK)


def race(contestants: Contestants, repeats: int, clock: str = "wall") -> dict[str, list[float]]:
    """Seconds of every contestant in every round; each round turns the order, so that noise falls on all."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for name in contestants:
        contestants[name]()  # once for imports and caches
    for turn in range(repeats):
        for name in list(contestants)[:: 1 if turn % 2 else -1]:
            times[name].append(seconds(contestants[name], clock))
    return times


def seconds(action: Callable[[], Any], clock: str = "wall") -> float:
    """How long one call takes."""
    start = CLOCKS[clock]()
    action()
    return CLOCKS[clock]() - start


def ratio(times: Mapping[str, list[float]], ours: str, theirs: str) -> float:
    """The median over the rounds of one round's ratio: what is slow for a moment is slow for both."""
    return statistics.median(a / b for a, b in zip(times[ours], times[theirs], strict=True))


def milliseconds(times: Iterable[float]) -> str:
    return f"{1000 * statistics.median(times):.4g}"


def show(header: Iterable[object], lines: Iterable[Iterable[object]]) -> None:
    """Print a table as Markdown, so that it can be pasted."""
    print("| " + " | ".join(map(str, header)) + " |")
    print("|" + " --- |" * len(list(header)))
    for line in lines:
        print("| " + " | ".join(map(str, line)) + " |", flush=True)
