"""Run by the session `wheel`: the wheel has the package with its types and licence, and nothing else."""

import sys
import zipfile

names = zipfile.ZipFile(sys.argv[1]).namelist()
strangers = [name for name in names if not name.startswith(("npscore/", "npscore-"))]
assert not strangers, strangers
assert "npscore/py.typed" in names, names
assert any(name.endswith("licenses/LICENSE") for name in names), names
sys.stdout.write(f"{len(names)} files in the wheel, all of them ours\n")
