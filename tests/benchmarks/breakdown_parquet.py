"""`breakdown` by segment and month against the best query written by hand, from a Parquet file.

    python tests/benchmarks/breakdown_parquet.py --rows 10000000 --folder parquet
    python tests/benchmarks/breakdown_parquet.py --rows 100000000 --folder parquet --repeats 3 --clean

The file is made where it is not there yet. Every run is a process of its own, and
its time (without imports), its processor time on all cores and its peak memory are
taken; turn about, the medians. On a busy machine the processor time is the steadier.
The peak is read from /proc, so this one needs Linux. The aim is at most 1.1 times
the time, and no more memory.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import data
import duckdb
import polars as pl
import queries

from npscore import breakdown  # before the clock runs

Run = tuple[float, float, float]
PROCESSOR = ("by hand, CPU s", "npscore, CPU s", "ratio")
ENGINES = {"DuckDB, read_parquet": "duckdb", "Polars, scan_parquet, streaming": "polars"}


def duckdb_hand(path: str) -> Any:
    return queries.by_duckdb(duckdb.read_parquet(path)).to_arrow_table()


def duckdb_npscore(path: str) -> Any:
    return breakdown(duckdb.read_parquet(path), **queries.QUESTION).to_arrow_table()


def polars_hand(path: str) -> Any:
    return queries.by_polars(pl.scan_parquet(path)).collect(engine="streaming")


def polars_npscore(path: str) -> Any:
    return breakdown(pl.scan_parquet(path), **queries.QUESTION).collect(engine="streaming")


VARIANTS: dict[str, Callable[[str], Any]] = {
    "duckdb-hand": duckdb_hand,
    "duckdb-npscore": duckdb_npscore,
    "polars-hand": polars_hand,
    "polars-npscore": polars_npscore,
}


def main() -> None:
    arguments = data.parser(__doc__, rows=10_000_000)
    arguments.add_argument("--folder", type=Path, required=True, help="where the Parquet file is or will be")
    arguments.add_argument("--clean", action="store_true", help="delete the file afterwards if this run made it")
    arguments.add_argument("--variant", choices=VARIANTS, help="run this one here and print time and memory")
    options = arguments.parse_args()
    if options.variant:
        print(json.dumps(run(options.variant, data.parquet(options.folder, options.rows))))
    else:
        compare(options)


def run(variant: str, path: Path) -> Run:
    """Seconds, processor seconds, and the peak memory of this process in MiB."""
    before = time.process_time()
    taken = data.seconds(lambda: VARIANTS[variant](str(path)))
    return taken, time.process_time() - before, peak_memory()


def peak_memory() -> float:
    """Of this program alone: what getrusage tells may come from the program that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def compare(options: Any) -> None:
    made = not data.parquet_path(options.folder, options.rows).exists()
    path = data.parquet(options.folder, options.rows)
    results: dict[str, list[Run]] = {variant: [] for variant in VARIANTS}
    for turn in range(options.repeats + 1):
        for variant in list(VARIANTS)[:: 1 if turn % 2 else -1]:
            results[variant].append(in_own_process(variant, options))
    header = ("engine", "by hand, s", "npscore, s", "ratio", *PROCESSOR, "by hand, MiB", "npscore, MiB", "ratio")
    data.show(header, [line(name, engine, results) for name, engine in ENGINES.items()])
    if options.clean and made:
        path.unlink()


def in_own_process(variant: str, options: Any) -> Run:
    question = ["--rows", str(options.rows), "--folder", str(options.folder), "--variant", variant]
    answer = subprocess.run([sys.executable, __file__, *question], check=True, capture_output=True, text=True)
    seconds, processor, memory = json.loads(answer.stdout)
    return seconds, processor, memory


def line(name: str, engine: str, results: dict[str, list[Run]]) -> tuple[str, ...]:
    """The first round only warms the file and is left out."""
    hand, ours = results[f"{engine}-hand"][1:], results[f"{engine}-npscore"][1:]
    cells = [name]
    for which, form in ((0, ".2f"), (1, ".2f"), (2, ".0f")):
        ratios = [b[which] / a[which] for a, b in zip(hand, ours, strict=True)]
        medians = [statistics.median(result[which] for result in results) for results in (hand, ours)]
        cells += [*(format(median, form) for median in medians), f"{statistics.median(ratios):.2f}"]
    return tuple(cells)


if __name__ == "__main__":
    main()
