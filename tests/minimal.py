"""Run by the session `minimal` in an environment that has the bare wheel: it must import, score and explain."""

import subprocess
import sys
from importlib.util import find_spec

absent = ("rich", "typer", "pyarrow", "numpy", "pandas", "polars", "scipy", "httpx", "jinja2", "filelock", "stamina")
present = [name for name in absent if find_spec(name)]
assert not present, f"this environment is not bare: {present}"

import npscore as nps  # noqa: E402

assert nps.score([10, 9, 8, 6, 0, None]).value == 0.0
assert nps.tally(iter([3, None, 11]), invalid="count").to_dict()["invalid"] == 1

assert nps.sample_size(5).n == 1537
try:
    nps.weighted([9, 3])
except nps.MissingExtraError as error:
    assert error.extra == "stats", error
else:
    raise AssertionError("weights without NumPy were not refused")

tiers = nps.Segmentation({"unhappy": nps.field("category") == "detractor"})
assert tiers.of({"category": "detractor"}) == ("unhappy",)
try:
    nps.read_segments("version: 1", "yaml")
except nps.MissingExtraError as error:
    assert error.extra == "documents", error
else:
    raise AssertionError("YAML without its library was not refused")

command = subprocess.run([sys.executable, "-m", "npscore", "--version"], capture_output=True, text=True, check=False)
assert command.returncode == 1, command
assert "npscore[cli]" in command.stderr, command.stderr

from npscore.adapters.files import look_at  # noqa: E402

with open("bare.parquet", "wb") as file:  # noqa: PTH123
    file.write(b"PAR1 and so on")
try:
    look_at("bare.parquet")
except nps.MissingExtraError as error:
    assert error.extra == "arrow", error
else:
    raise AssertionError("Parquet without pyarrow was not refused")

from npscore.adapters.sinks.lines import JsonLinesSink  # noqa: E402
from npscore.adapters.sinks.memory import MemorySink  # noqa: E402

assert MemorySink().actions == ()
try:
    JsonLinesSink("actions.jsonl")
except nps.MissingExtraError as error:
    assert error.extra == "net", error
else:
    raise AssertionError("a shared file without its library was not refused")
sys.stdout.write("the bare wheel imports, scores and says what is missing\n")
