import tracemalloc
from pathlib import Path

from npscore.adapters.files import look_at
from npscore.cli.counting import Choices, count
from npscore.scoring.conventions import DEFAULT


def _peak(path: Path) -> int:
    choices = Choices(
        rating="nps", by=("team",), every=None, at=None, wheres=(), words=None, order=None, convention=DEFAULT
    )  # fmt: skip
    tracemalloc.start()
    report = count([look_at(path)], choices, lambda size: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.rows.read == report.rows.scored
    return peak


def test_memory_grows_with_the_groups_not_with_the_rows(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("nps,team\n" + "9,a\n3,b\n" * 20_000, encoding="utf-8")
    large.write_text("nps,team\n" + "9,a\n3,b\n" * 80_000, encoding="utf-8")
    assert _peak(large) < 1.5 * _peak(small)
