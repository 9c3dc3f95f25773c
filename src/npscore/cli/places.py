"""The files that the flags name: where answers come from, and where a report goes."""

from __future__ import annotations

import atexit
import codecs
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from npscore.errors import InputError


def check_files(files: Sequence[Path], out: Path | None, encoding: str | None, flag: str = "--out") -> None:
    """Refuse files that are not there or would be written over, and encodings that nobody knows.

    Raises:
        InputError: for the first.
    """
    for path in files:
        if str(path) != "-" and not path.exists():
            raise InputError(f"{path} does not exist.")
        if path.is_dir():
            raise InputError(f"{path} is a folder; name the files in it.")
        if out is not None and out.exists() and path.exists() and out.samefile(path):
            raise InputError(f"{flag} {out} is one of the files to read; name another.")
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError:
        raise InputError(f"{encoding!r} is not an encoding; use a name such as utf-8, utf-16 or cp1252.") from None


def on_disk(path: Path) -> Path:
    """The file itself; what comes through a pipe (- is standard input) is put on disk first, to be read twice."""
    if path.is_file():
        return path
    spooled = Path(tempfile.mkdtemp(prefix="npscore-")) / "standard input"
    atexit.register(shutil.rmtree, spooled.parent, ignore_errors=True)
    with sys.stdin.buffer if str(path) == "-" else path.open("rb") as source, spooled.open("wb") as target:
        shutil.copyfileobj(source, target)
    return spooled


def replace(out: Path, text: str) -> None:
    """Write the whole file or nothing.

    Raises:
        InputError: when it cannot be written.
    """
    try:
        part = out.with_name(out.name + ".part")
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(out)
    except (OSError, ValueError) as error:
        raise InputError(f"{str(out)!r} cannot be written: {error}.") from None


def keep(path: Path, text: str) -> None:
    """Write a file of the demo, never over something else.

    Raises:
        InputError: when something else is there, or it cannot be written.
    """
    try:
        if path.exists() and path.read_bytes() != text.encode():
            raise InputError(f"{path} is there already with other content; name another folder.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}.") from None
