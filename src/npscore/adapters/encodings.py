"""The bytes of a text file: packed or not, in which encoding, and where they do not fit it."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

import attrs

from npscore.errors import InputError

_GZIP = b"\x1f\x8b"
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_BLOCK = 1 << 16


@attrs.frozen
class Misfit:
    """The first byte of a file that does not fit an encoding: its place counted from 1, its line, its value."""

    place: int
    line: int
    byte: int

    def __str__(self) -> str:
        return f"byte {self.place:,} ({self.byte:#04x}, on line {self.line:,})"


def open_bytes(path: Path) -> BinaryIO:
    """The content of a file, unpacked where it is gzipped."""
    return cast("BinaryIO", gzip.open(path)) if is_packed(path) else path.open("rb")


def open_text(path: Path, encoding: str) -> TextIO:
    """The text of a file with its own line ends; bytes that do not fit become U+FFFD."""
    content = open_bytes(path)
    try:
        return TextIOWrapper(content, encoding=encoding, errors="replace", newline="")
    except LookupError:
        content.close()
        raise


def is_packed(path: Path) -> bool:
    """Whether a file begins as gzip does."""
    with path.open("rb") as raw:
        return raw.read(len(_GZIP)) == _GZIP


def bytes_read(text: TextIO) -> int:
    """How much of a file was read, on disk and so before unpacking."""
    opened: Any = text.buffer
    return int(getattr(opened, "fileobj", opened).tell())


@contextmanager
def unpacking(path: Path) -> Iterator[None]:
    """A damaged gzip file becomes an `InputError`."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path.name} begins like gzip but is damaged or cut off: {error}.") from None


def first_characters(path: Path, encoding: str, limit: int) -> str:
    """The beginning of a text.

    Raises:
        InputError: when there is no such encoding.
    """
    try:
        with open_text(path, encoding) as text:
            return text.read(limit)
    except LookupError:
        raise InputError(f"{encoding!r} is not an encoding; use a name such as utf-8, utf-16 or cp1252.") from None
    except UnicodeError as error:
        raise InputError(f"{path.name} cannot be read as {encoding}: {error}.") from None


def checked(path: Path, head: bytes, encoding: str) -> str:
    """The encoding that somebody gave, once every byte of the file was seen to fit.

    Raises:
        InputError: for the first byte that does not, or when there is no such encoding.
    """
    first_characters(path, encoding, 1)
    if misfit := first_misfit(path, encoding):
        raise InputError(
            f"{path.name} is not {encoding}: {misfit} does not fit; "
            "leave --encoding out to have it detected, or name another."
        )
    is_marked = head.startswith(codecs.BOM_UTF8) and codecs.lookup(encoding).name == "utf-8"
    return "utf-8-sig" if is_marked else encoding


def detect(path: Path, head: bytes, notes: list[str]) -> str:
    """The encoding that a file seems to have; what is odd about it is added to the notes."""
    encoding, note = _likely(path, head)
    notes += [note] if note else []
    if encoding != "utf-8" and (misfit := first_misfit(path, encoding)):
        notes.append(f"some bytes of {path.name} are not {encoding} and were replaced, the first is {misfit}.")
    return encoding


def _likely(path: Path, head: bytes) -> tuple[str, str]:
    for mark, encoding in _BOMS.items():
        if head.startswith(mark):
            return encoding, f"{path.name} begins with a byte-order mark and is read as {encoding}."
    if head.count(b"\x00") > len(head) // 4:
        encoding = "utf-16-le" if head[1:2] == b"\x00" else "utf-16-be"
        return encoding, f"{path.name} has no byte-order mark and looks like UTF-16; it is read as such."
    if first_misfit(path, "utf-8") is None:
        return "utf-8", ""
    return "cp1252", (
        f"{path.name} is not valid UTF-8 and is read as Windows-1252; if letters look wrong, give --encoding."
    )


def first_misfit(path: Path, encoding: str) -> Misfit | None:
    """The first byte that does not fit the encoding, None when all do."""
    decoder, before, lines = codecs.getincrementaldecoder(encoding)(), 0, 1
    with open_bytes(path) as raw:
        for block in iter(lambda: raw.read(_BLOCK), None):
            try:
                lines += decoder.decode(block, final=not block).count("\n")
            except UnicodeDecodeError as error:
                start = before + len(block) - len(error.object) + error.start
                return Misfit(start + 1, lines + error.object[: error.start].count(b"\n"), error.object[error.start])
            before += len(block)
            if not block:
                break
    return None
