"""Every snippet in README and docs runs, and prints what the page says.

`pycon` blocks are doctests, in order and sharing names within a page. `sh` blocks that call npscore are run; when a
`text` block follows, it is the beginning of what the command prints, trailing blanks aside. Pages that run as
notebooks are executed when the documentation is built.
"""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from npscore.cli.app import demo_csv

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if "_build" not in path.parts and "file_format: mystnb" not in path.read_text(encoding="utf-8")
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SET_UP = ("python3 -m venv", "pip install")

pytestmark = pytest.mark.filterwarnings("ignore:Dask support")


def _blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def _id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(autouse=True)
def _in_a_folder_with_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "npscore-demo").mkdir()
    for name in ("answers.csv", "npscore-demo/answers.csv"):
        (tmp_path / name).write_text(demo_csv(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", [page for page in PAGES if any(kind == "pycon" for kind, _ in _blocks(page))], ids=_id)
def test_python_on_the_page_prints_what_the_page_says(page: Path) -> None:
    text = "\n".join(code for kind, code in _blocks(page) if kind == "pycon")
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(text, {}, _id(page), str(page), 0)
    report: list[str] = []
    results = doctest.DocTestRunner(optionflags=options).run(test, out=report.append)
    assert results.attempted > 0
    assert results.failed == 0, "".join(report)


@pytest.mark.parametrize("page", [page for page in PAGES if any(kind == "sh" for kind, _ in _blocks(page))], ids=_id)
def test_commands_on_the_page_run(page: Path) -> None:
    blocks = [*_blocks(page), ("", "")]
    for (kind, code), (next_kind, expected) in pairwise(blocks):
        if kind != "sh" or code.startswith(SET_UP):
            continue
        printed = "".join(_run(line) for line in code.splitlines())
        if next_kind == "text":
            assert printed.split()[: len(expected.split())] == expected.split()


def _run(line: str) -> str:
    command, _, source = line.partition(" < ")
    program, *arguments = shlex.split(command)
    assert program == "npscore", f"only npscore is run, not {program}"
    done = subprocess.run(
        [sys.executable, "-m", "npscore", *arguments],
        capture_output=True,
        check=False,
        input=Path(source).read_bytes() if source else b"",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_readme_has_one_command_to_run_and_one_to_test() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for heading in ("Run it", "Test it"):
        section = re.search(rf"^## {heading}$(.*?)^## ", text, re.MULTILINE | re.DOTALL)
        assert section is not None
        blocks = [code for kind, code in BLOCK.findall(section[1]) if kind == "sh"]
        assert len(blocks) == 1
        assert len(blocks[0].splitlines()) == 1
        assert blocks[0].startswith("python3 -m venv ")


def test_every_page_is_linked_from_a_table_of_contents() -> None:
    pages = {path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts}
    linked = {ROOT / "docs" / "index.md"}
    for page in pages:
        for toc in re.findall(r"```\{toctree\}(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            names = [line for line in toc.split() if not line.startswith(":") and not line.isdigit()]
            linked |= {page.parent / f"{name}.md" for name in names}
    assert pages <= linked, sorted(map(str, pages - linked))
