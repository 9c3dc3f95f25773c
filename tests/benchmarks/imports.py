"""What `import npscore` costs a fresh interpreter, over one that imports nothing.

    python tests/benchmarks/imports.py --repeats 21

Bytecode is compiled into a temporary folder first; turn about, the median.
`attrs` and `pydantic` stand by for comparison.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import data

SOURCE = Path(__file__).parents[2] / "src"
BARE = "pass"
PROGRAMS = {
    "import npscore": "import npscore",
    "import npscore; npscore.score([10, 3])": "import npscore; npscore.score([10, 3])",
    "import npscore; npscore.breakdown": "import npscore; npscore.breakdown",
    "import attrs": "import attrs",
    "from pydantic import BaseModel": "from pydantic import BaseModel",
}


def main() -> None:
    options = data.parser(__doc__, rows=0).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        programs = {"bare": BARE, **PROGRAMS}
        contestants = {name: started(program, folder) for name, program in programs.items()}
        times = data.race(contestants, options.repeats)
    data.show(("program", "ms", "ms over bare", "ratio to bare"), [line(name, times) for name in programs])


def started(program: str, folder: str) -> Callable[[], object]:
    """Run a program in a fresh interpreter that reads and writes compiled bytecode in the folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": str(SOURCE)}
    return partial(subprocess.run, [sys.executable, "-c", program], env=environment, check=True)


def line(name: str, times: dict[str, list[float]]) -> tuple[str, ...]:
    over = statistics.median(ours - bare for ours, bare in zip(times[name], times["bare"], strict=True))
    return name, data.milliseconds(times[name]), f"{1000 * over:.1f}", f"{data.ratio(times, name, 'bare'):.2f}"


if __name__ == "__main__":
    main()
