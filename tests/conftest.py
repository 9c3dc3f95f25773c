"""What all tests share: Hypothesis profiles, none with a deadline, as slow engines and slow machines keep none.

`HYPOTHESIS_PROFILE` or `--hypothesis-profile` chooses: "dev" (default), "ci" (the same examples each run), "soak".
Servers are started once for each process that tests; those that are not there are counted at the end.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from absent import DATABASES, told

settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[object]:
    """A server of PostgreSQL."""
    from databases import postgresql

    with postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[object]:
    """A server of MariaDB."""
    from databases import mariadb

    with mariadb() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a file that tests share, one at a time; they empty it."""
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'npscore.db'}"


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: object) -> Iterator[str]:
    """The URL of a database that tests share, one at a time; they empty it."""
    from databases import fresh

    with fresh(postgresql_server) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_database(mariadb_server: object) -> Iterator[str]:
    """The URL of a database that tests share, one at a time; they empty it."""
    from databases import fresh

    with fresh(mariadb_server) as url:
        yield url


@pytest.fixture(params=DATABASES)
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a place that no store has seen, in each database in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'npscore.db'}"
        return
    from databases import fresh

    with fresh(request.getfixturevalue(f"{request.param}_server")) as url:
        yield url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests lacked what they need, so that nobody takes them for passed."""
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", [])]
    for line in told(longrepr[2] for longrepr in skipped if isinstance(longrepr, tuple)):
        terminalreporter.write_line(line)
