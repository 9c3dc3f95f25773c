"""The sinks and sources that pages show are held against the suites, as the pages say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("how-to/send-actions.md", "reference/contracts/sinks.md", "reference/contracts/sources.md")


@pytest.mark.parametrize("page", PAGES)
def test_what_the_page_shows_passes_the_suite(page: str, tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    shown = tmp_path / "test_shown.py"
    shown.write_text("\n".join(blocks), encoding="utf-8")
    plain = ["-c", os.devnull, "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "-q"]
    run = [sys.executable, "-m", "pytest", *plain, str(shown)]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d\d passed", done.stdout)
