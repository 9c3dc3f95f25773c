"""What an import costs, told by the modules that it loads: exact, where a clock would be noise."""

import subprocess
import sys

import pytest

import npscore

HEAVY = (
    "pydantic", "dateutil", "narwhals", "numpy", "pandas", "polars", "pyarrow", "scipy", "sqlalchemy", "asyncio",
    "rich", "typer", "duckdb", "zoneinfo", "json",
)  # fmt: skip


def _loaded(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_and_scoring_a_list_loads_no_heavy_library() -> None:
    assert not _loaded("import npscore; npscore.score([10, 3])") & set(HEAVY)


def test_importing_alone_does_not_even_load_attrs() -> None:
    assert not _loaded("import npscore") & {"attrs", "attr", "typing", "re", *HEAVY}


def test_a_breakdown_of_one_engine_loads_no_other() -> None:
    pytest.importorskip("polars")
    code = "import npscore, polars; npscore.breakdown(polars.DataFrame({'rating': [9, 3]}))"
    assert not _loaded(code) & {"pandas", "pyarrow", "duckdb", "dask", "pydantic"}


def test_every_public_name_can_be_imported_and_is_listed() -> None:
    for name in npscore.__all__:
        assert getattr(npscore, name) is not None
        assert name in dir(npscore)
    assert sorted(npscore.__all__) == sorted(npscore._HOME_OF)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nps_score'"):
        _ = npscore.nps_score  # type: ignore[attr-defined]
