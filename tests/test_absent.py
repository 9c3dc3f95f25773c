"""What is skipped for want of something is counted aloud, and fails where it has to be there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
WANTING = """
import shutil

import pytest

from databases import mariadb


@pytest.mark.parametrize("number", range(3))
def test_something_on_a_server(number, monkeypatch):
    monkeypatch.delenv("NPSCORE_TEST_MARIADB_URL", raising=False)
    monkeypatch.setattr(shutil, "which", lambda *_names, **_options: None)
    with mariadb():
        pass


def test_something_for_another_reason():
    pytest.skip("it is raining")
"""


def _run(folder: Path, *options: str, needs: str = "") -> str:
    wanting = folder / "test_wanting.py"
    wanting.write_text(WANTING, encoding="utf-8")
    plain = ["-c", os.devnull, "-p", "conftest", "-p", "no:cacheprovider", f"--rootdir={folder}"]
    environment = {**os.environ, "PYTHONPATH": str(HERE), "NPSCORE_TEST_NEEDS": needs}
    run = [sys.executable, "-m", "pytest", *plain, *options, str(wanting)]
    return subprocess.run(run, capture_output=True, text=True, check=False, env=environment, cwd=folder).stdout


def test_tests_without_their_server_are_counted_at_the_end(tmp_path: Path) -> None:
    output = _run(tmp_path, "-n", "1")
    assert "NOT TESTED, 3 tests skipped for want of MariaDB (set NPSCORE_TEST_MARIADB_URL" in output
    assert "raining" not in output.partition("NOT TESTED")[2].splitlines()[0]
    assert "4 skipped" in output


def test_what_has_to_be_there_is_not_skipped(tmp_path: Path) -> None:
    output = _run(tmp_path, needs="plugin MariaDB")
    assert "3 failed, 1 skipped" in output
    assert "not here, and needed: MariaDB" in output
    assert "NOT TESTED" not in output
