"""`stream_responses` on a CSV file of answers, against the bare `csv` module and against the reader of Polars.

    python tests/benchmarks/intake.py --rows 1000000 --repeats 3

The file is made in a temporary folder: id, customer, rating, time, comment, region. The
others only read cells; npscore makes a checked record of each row. Each run is a process
of its own, imports included; turn about, the medians of processor time and of peak
memory, once for a tenth of the rows and once for all.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

Run = tuple[float, float]


def by_csv(path: str) -> int:
    with Path(path).open(encoding="utf-8", newline="") as text:
        return sum(1 for _ in csv.DictReader(text))


def by_polars(path: str) -> int:
    import polars as pl

    return pl.read_csv(path).height


def by_npscore(path: str) -> int:
    from npscore import stream_responses
    from npscore.adapters.files import look_at

    return sum(part.kept for part in stream_responses(look_at(path), known_at="2026-11-22T00:00:00Z"))


READERS = {"csv": by_csv, "polars": by_polars, "npscore": by_npscore}


def make(path: Path, rows: int) -> Path:
    chance, start = random.Random(1), datetime(2023, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as text:
        text.write("response_id,customer_id,rating,answered_at,comment,region\n")
        for number in range(rows):
            time = start + timedelta(seconds=chance.randrange(3 * 365 * 86_400))
            comment = "fine" if number % 4 else '"dear, but good"'
            text.write(
                f"r{number},c{chance.randrange(rows)},{chance.randrange(11)},{time:%Y-%m-%dT%H:%M:%SZ},{comment},EMEA\n"
            )
    return path


def run(command: list[str]) -> Run:
    """Processor seconds and peak memory in MiB."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    assert status == 0, command
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def compare(path: Path, rows: int, repeats: int) -> None:
    runs: dict[str, list[Run]] = {name: [] for name in READERS}
    for turn in range(repeats):
        for name in list(READERS)[:: 1 if turn % 2 else -1]:
            runs[name].append(run([sys.executable, __file__, "--read", name, str(path)]))
    ours = statistics.median(seconds for seconds, _ in runs["npscore"])
    for name, of in runs.items():
        seconds, memory = (statistics.median(values) for values in zip(*of, strict=True))
        print(
            f"{rows:>10,} rows  {name:8} {seconds:7.2f} CPU s  {memory:5.0f} MiB  {seconds / rows * 1e6:6.2f} us a row"
            f"  npscore takes {ours / seconds:.1f} times that"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=lambda text: int(float(text)), default=1_000_000)
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--read", nargs=2, help="read a file in one way, here")
    options = arguments.parse_args()
    if options.read:
        name, path = options.read
        print(READERS[name](path))
        return
    with tempfile.TemporaryDirectory() as folder:
        for rows in (options.rows // 10, options.rows):
            compare(make(Path(folder) / f"{rows}.csv", rows), rows, options.repeats)


if __name__ == "__main__":
    main()
