"""The sessions that people, CI and the README call by the same names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_external_run = True
nox.options.sessions = ["lint", "typing", "docs", "minimal", "wheel"]  # wheel runs what tests runs

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
WORKERS = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadscope"]


def _group(*names: str) -> list[str]:
    return nox.project.dependency_groups(PROJECT, *names)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and formatting."""
    session.install(*_group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def typing(session: nox.Session) -> None:
    """mypy, strict, on the source and on the public signatures."""
    session.install("-e", ".[all]", *_group("engines", "typing"))
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """The tests on every dataframe engine."""
    session.install("-e", ".[all]", *_group("engines", "test"))
    _run_tests(session)


@nox.session(default=False)
def engines(session: nox.Session) -> None:
    """Conventions on the slower dataframe engines, which the ordinary run leaves out."""
    session.install("-e", ".[all]", *_group("engines", "test"))
    session.run("pytest", "tests/adapters/frames", "-n", "2", "-m", "engines", env=_test_env())


@nox.session
def docs(session: nox.Session) -> None:
    """The pages, warnings being errors, and every snippet in README, docs and docstrings."""
    session.install("-e", ".[all]", *_group("engines", "test", "docs"))
    target = ROOT / "docs" / "_build"
    shutil.rmtree(target, ignore_errors=True)
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", str(target / "html"))
    migrations = ROOT / "src" / "npscore" / "adapters" / "sql" / "migrations"  # Alembic alone can run them
    snippets = ["--doctest-modules", "src", "tests/docs", f"--ignore={migrations}"]
    session.run("pytest", *snippets, "--no-header", "-q", env=_test_env())


@nox.session
def minimal(session: nox.Session) -> None:
    """The bare wheel: imports, scores, and says what is missing for the rest."""
    session.install(_wheel(session))
    session.run("python", "tests/minimal.py")


@nox.session
def wheel(session: nox.Session) -> None:
    """The tests against the built wheel, with the source out of the way."""
    built = _wheel(session)
    session.run("python", "tests/wheel_contents.py", built)
    session.install(f"{built}[all]", *_group("engines", "test"))
    _run_tests(session)


@nox.session
def spark(session: nox.Session) -> None:
    """The dataframe tests on real PySpark; needs Java 17 and half a gigabyte."""
    engines = [name for name in _group("engines") if not name.startswith(("pyspark", "pysail", "pandas"))]
    session.install("-e", ".[all]", *engines, *_group("test"), "pyspark>=4.0", "pandas>=2.2,<3")
    session.run("pytest", "tests/adapters", "-k", "spark", "-m", "", env={**_test_env(), "NPSCORE_TEST_SPARK": "local"})


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Ratios to hand-written code; figures are printed, never asserted."""
    session.install("-e", ".[all]", *_group("engines"))
    for script in sorted((ROOT / "tests" / "benchmarks").glob("[a-z]*.py")):
        if script.stem != "data":
            session.run("python", str(script), *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """The property tests with many more examples than in a usual run, processes killed 200 times, loops 500 times."""
    session.install("-e", ".[all]", *_group("engines", "test"))
    many = {"NPSCORE_TEST_CRASHES": "200", "NPSCORE_TEST_LOOP_CRASHES": "500", "NPSCORE_TEST_LOOP_ANSWERS": "100000"}
    _run_tests(session, "--hypothesis-profile=soak", **many)


@nox.session
def demo(session: nox.Session) -> None:
    """The made-up company, and the picture of it that the README shows."""
    session.install("-e", ".[all]")
    folder = session.create_tmp()
    session.run("npscore", "demo", f"{folder}/npscore-demo")
    session.run("python", "docs/picture.py", f"{folder}/npscore-demo/answers.csv")


def _wheel(session: nox.Session) -> str:
    folder = Path(session.create_tmp()) / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    session.install("build", *PROJECT["build-system"]["requires"])
    session.run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), silent=True)
    return str(next(folder.glob("*.whl")))


def _run_tests(session: nox.Session, *options: str, **environment: str) -> None:
    """All tests, with the store of a third party, which has to be there."""
    session.install("./tests/plugin")
    needs = {"NPSCORE_TEST_NEEDS": "plugin"}
    session.run("pytest", *WORKERS, *options, *session.posargs, env=_test_env() | needs | environment)


def _test_env() -> dict[str, str]:
    return {"PYTHONWARNINGS": "default", "HYPOTHESIS_PROFILE": os.environ.get("HYPOTHESIS_PROFILE", "ci")}
