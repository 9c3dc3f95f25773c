import tracemalloc
from pathlib import Path

from npscore.adapters.files import look_at
from npscore.cli.counting import Choices, count
from npscore.scoring.conventions import DEFAULT


def _peak(path: Path, at: str | None = None) -> int:
    choices = Choices(
        rating="nps", by=("team",), every="month" if at else None, at=at, wheres=(), words=None, order=None,
        convention=DEFAULT,
    )  # fmt: skip
    tracemalloc.start()
    report = count([look_at(path)], choices, lambda size: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.rows.read == report.rows.scored + report.rows.invalid
    return peak


def test_memory_grows_with_the_groups_not_with_the_rows(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("nps,team\n" + "9,a\n3,b\n" * 20_000, encoding="utf-8")
    large.write_text("nps,team\n" + "9,a\n3,b\n" * 80_000, encoding="utf-8")
    assert _peak(large) < 1.5 * _peak(small)


def test_texts_that_never_come_twice_are_not_all_kept(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    rows = [f"rating {row},a,46027.{row:06d}\n9,a,2026-01-01T00:00:00.{row:06d}Z\n" for row in range(40_000)]
    small.write_text("nps,team,time\n" + "".join(rows[:10_000]), encoding="utf-8")
    large.write_text("nps,team,time\n" + "".join(rows), encoding="utf-8")
    assert _peak(large, "time") < 1.5 * _peak(small, "time")
