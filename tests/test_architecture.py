"""The plan of the house, held by reading the source: who imports whom, and that the core is pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import npscore

SOURCE = Path(npscore.__file__).parent

# Left never imports right; rooms of one row do not import each other. `__init__` and `__main__` stand outside.
TABLE = (
    ("errors",),
    ("periods",),
    ("hours",),
    ("models", "scoring"),
    ("intake", "segments"),
    ("surveys", "loop", "insight"),
    ("documents", "ports"),
    ("service",),
    ("aio", "adapters", "report"),
    ("testing", "plugins"),
    ("cli",),
)
RANK = {room: rank for rank, row in enumerate(TABLE) for room in row}
# Within the room of scoring the same holds, from the left to the right.
SCORING = (
    ("choices", "extras", "given"),
    ("scales",),
    ("tallies",),
    ("intervals",),
    ("conventions", "planning", "weighting"),
    ("rows",),
    ("scores",),
    ("comparing",),
    ("groups",),
)
SCORING_RANK = {name: rank for rank, row in enumerate(SCORING) for name in row}
PURE = tuple(room for room, rank in RANK.items() if rank <= RANK["ports"])

# Each third-party library has one home; the maths libraries may be used inside functions of two rooms.
HOMES = {
    "narwhals": {"adapters/frames"},
    "dateutil": {"periods.py"},
    "rich": {"report.py", "cli/app.py", "cli/looping.py"},
    "typer": {"cli/app.py", "cli/flags.py", "cli/looping.py", "cli/refusing.py", "cli/story.py"},
    "pyarrow": {"adapters/files.py", "adapters/arrow.py"},
    "numpy": {"scoring/", "insight/"},
    "scipy": {"scoring/", "insight/"},
    "statsmodels": {"scoring/", "insight/"},
    "sqlalchemy": {"adapters/sql/"},
    "alembic": {"adapters/sql/"},
    "psycopg": {"adapters/sql/"},
    "pymysql": {"adapters/sql/"},
    "sqlite3": {"adapters/sql/"},
    "attrs": {""},
    "pydantic": {"models/", "documents/"},
    "phonenumbers": {"intake/identity.py"},
    "yaml": {"documents/"},
    "holidays": {"hours.py"},
    "tomllib": {"documents/"},
    "tomli_w": {"documents/"},
    "hypothesis": {"testing/"},
    "pytest": {"testing/"},
    "filelock": {"adapters/sinks/lines.py"},
    "httpx": {"adapters/sinks/webhook.py"},
    "stamina": {"adapters/sinks/patience.py"},
    "jinja2": {"adapters/sinks/mails.py"},
    "smtplib": {"adapters/sinks/email.py"},
}
LAZY = {
    "numpy", "scipy", "statsmodels", "pyarrow", "phonenumbers", "psycopg", "pymysql", "holidays", "yaml", "tomli_w",
    "filelock", "httpx", "jinja2", "stamina",
}  # fmt: skip
IMPURE_MODULES = {
    "os", "io", "pathlib", "random", "secrets", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time",
    "urllib", "uuid", "asyncio", "shutil", "logging",
}  # fmt: skip
IMPURE_CALLS = {"open", "input", "print", "now", "utcnow", "today", "uuid4", "urandom", "getenv"}

FILES = sorted(path for path in SOURCE.rglob("*.py") if path.parent != SOURCE) + [
    path for path in sorted(SOURCE.glob("*.py")) if path.name not in ("__init__.py", "__main__.py")
]


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _imports(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Every imported module, and whether the import stands at the top of the file."""
    top = set(map(id, ast.iter_child_nodes(tree)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                yield (f"npscore.{alias.name}" if node.module == "npscore" else str(node.module)), id(node) in top


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_rooms_import_only_rooms_to_their_left(path: Path) -> None:
    room = _room(path)
    assert room in RANK, f"{room} is not in the plan; give it a place"
    for module, _ in _imports(ast.parse(path.read_text(encoding="utf-8"))):
        parts = module.split(".")
        if parts[0] != "npscore" or len(parts) == 1 or parts[1] in (room, "__version__"):
            continue
        assert RANK[parts[1]] < RANK[room], f"{_name(path)} imports {module}"


@pytest.mark.parametrize("path", sorted((SOURCE / "scoring").rglob("*.py")), ids=_name)
def test_within_scoring_imports_run_one_way_too(path: Path) -> None:
    own = path.relative_to(SOURCE / "scoring").parts[0].removesuffix(".py")
    for module, _ in _imports(ast.parse(path.read_text(encoding="utf-8"))):
        parts = module.split(".")
        if parts[:2] == ["npscore", "scoring"] and parts[2] != own:
            assert SCORING_RANK[parts[2]] < SCORING_RANK[own], f"{_name(path)} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_each_library_has_one_home(path: Path) -> None:
    for module, at_top in _imports(ast.parse(path.read_text(encoding="utf-8"))):
        library = module.split(".")[0]
        if library in HOMES:
            assert any(_name(path).startswith(home) for home in HOMES[library]), f"{_name(path)} imports {library}"
        if library in LAZY:
            assert not at_top, f"{_name(path)} imports {library} before it is needed"


@pytest.mark.parametrize("path", [path for path in FILES if _room(path) in PURE], ids=_name)
def test_the_core_reads_no_clock_file_environment_or_chance(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for module, _ in _imports(tree):
        assert module.split(".")[0] not in IMPURE_MODULES, f"{_name(path)} imports {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in IMPURE_CALLS, f"{_name(path)}:{node.lineno} calls {called}()"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_files_and_bodies_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 420, f"{_name(path)} is too long; what is its second noun?"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            start = node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.body[0].lineno
            assert (node.end_lineno or start) - start < 40, f"{_name(path)}: {node.name} is too long"


def test_no_drawer_for_odds_and_ends() -> None:
    names = {part.removesuffix(".py") for path in FILES for part in path.relative_to(SOURCE).parts}
    assert not names & {"utils", "util", "common", "helpers", "misc", "base", "core", "manager"}
