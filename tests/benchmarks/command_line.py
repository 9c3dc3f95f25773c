"""`npscore score` on a CSV file, by team and month, against a loop by hand that only counts what it trusts.

    python tests/benchmarks/command_line.py --rows 2000000 --repeats 3

The file is made in a temporary folder. Each run is a process of its own, imports
included; turn about, the medians of processor time and of peak memory, once for a
tenth of the rows and once for all. Peak memory is as the system tells it of the process.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from csv import reader
from datetime import UTC, datetime, timedelta
from pathlib import Path

QUESTION = ["--rating", "rating", "--by", "team", "--every", "month", "--at", "answered_at"]
RATINGS = ["", *map(str, range(11)), "n/a", "11"]
SHARES = [30, 20, 10, 10, 10, 10, 40, 50, 100, 200, 250, 250, 5, 1]

Run = tuple[float, float]


def by_hand(path: str) -> None:
    """As short as it gets: every row has its cells, every date is of one form and in UTC."""
    with Path(path).open(encoding="utf-8", newline="") as text:
        rows = reader(text)
        next(rows)
        counts = Counter((team, time[:7], rating) for rating, team, time in rows)
    print(len(counts))


def make(path: Path, rows: int) -> Path:
    chance, start = random.Random(1), datetime(2023, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as text:
        text.write("rating,team,answered_at\n")
        for rating in chance.choices(RATINGS, SHARES, k=rows):
            time = start + timedelta(seconds=chance.randrange(3 * 365 * 86_400))
            text.write(f"{rating},team {chance.randrange(50)},{time:%Y-%m-%dT%H:%M:%SZ}\n")
    return path


def run(command: list[str]) -> Run:
    """Processor seconds and peak memory in MiB."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    assert status == 0, command
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def compare(path: Path, rows: int, repeats: int) -> None:
    hand = [sys.executable, __file__, "--by-hand", str(path)]
    ours = [sys.executable, "-m", "npscore", "score", str(path), *QUESTION, "--format", "json"]
    rounds = [(run(hand), run(ours)) if turn % 2 else (run(ours), run(hand))[::-1] for turn in range(repeats)]
    for name, runs in zip(("by hand", "npscore"), zip(*rounds, strict=True), strict=True):
        seconds, memory = (statistics.median(of) for of in zip(*runs, strict=True))
        print(
            f"{rows:>10,} rows  {name:8} {seconds:7.2f} CPU s  {memory:5.0f} MiB  {seconds / rows * 1e6:5.2f} us a row"
        )
    print(f"ratio {statistics.median(b[0] / a[0] for a, b in rounds):.2f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=lambda text: int(float(text)), default=2_000_000)
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--by-hand", help="run the loop by hand on this file, here")
    options = arguments.parse_args()
    if options.by_hand:
        by_hand(options.by_hand)
        return
    with tempfile.TemporaryDirectory() as folder:
        for rows in (options.rows // 10, options.rows):
            compare(make(Path(folder) / f"{rows}.csv", rows), rows, options.repeats)


if __name__ == "__main__":
    main()
