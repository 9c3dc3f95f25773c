"""A file of JSON lines that several processes share: an action a line, each id once, whoever is killed when."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

from npscore.adapters.paths import path_of
from npscore.adapters.sinks.bodies import body_of
from npscore.adapters.sinks.patience import check_patience
from npscore.errors import ConnectorError, MissingExtraError
from npscore.loop.actions import Action
from npscore.ports import Receipt

_CHUNK = 1 << 20  # bytes read at once
_POLL = 0.005  # seconds between looks at the lock


class JsonLinesSink:
    """Appends actions to a file, one line of JSON each.

    A lock in a file beside it, ``NAME.lock``, keeps writers apart. A line is on
    the disk before its receipt is given. What a killed writer left unfinished
    has no receipt, and the next one cuts it off.

    Args:
        path: of the file, made where it is not there; its folder has to be.
        patience: in seconds, how long to wait for other writers.

    Raises:
        InputError: for a path that is none, or a patience that is no number of seconds.
        MissingExtraError: without the extra ``net``.

    Example:
        >>> from datetime import UTC, datetime
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from npscore.loop.actions import Action
        >>> thank = Action(id="d/thank", do="thank", log="d", policy="p", customer_id="c1", response_id="r1", to=None,
        ...                asked_at=datetime(2026, 11, 22, tzinfo=UTC))
        >>> path = Path(mkdtemp()) / "actions.jsonl"
        >>> JsonLinesSink(path).send(thank).is_repeat, JsonLinesSink(path).send(thank).is_repeat
        (False, True)
        >>> len(path.read_text(encoding="utf-8").splitlines())
        1
    """

    def __init__(self, path: str | os.PathLike[str], *, patience: float = 30.0) -> None:
        self._path = path_of(path).absolute()
        check_patience(patience)
        self._lock = _file_lock(self._path, patience)
        self._known: set[str] = set()
        self._read = 0  # bytes of whole lines
        self._file: tuple[int, int] | None = None  # which file those lines are in

    def send(self, action: Action) -> Receipt:
        """Append one action, unless its id is there; see `Sink.send`.

        Raises:
            InputError: for what is no action, and for one that JSON cannot say.
            ConnectorError: when the file cannot be written, or is locked for too long.
        """
        line = body_of(action) + b"\n"
        with self._alone(), _opened(self._path) as file:
            self._catch_up(file)
            is_repeat = action.id in self._known
            if not is_repeat:
                _append(file, self._read, line)
                self._known.add(action.id)
                self._read += len(line)
        return Receipt(action=action.id, is_repeat=is_repeat)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other writer, of this process or another, for the length of a block."""
        from filelock import Timeout

        if not self._path.parent.is_dir():
            raise ConnectorError(f"{self._path} cannot be written: there is no folder {self._path.parent}; make it.")
        try:
            with self._lock.acquire(poll_interval=_POLL):
                yield
        except Timeout:
            raise ConnectorError(f"{self._path} is locked by another writer; try again later.") from None
        except OSError as error:
            raise ConnectorError(f"{self._path} cannot be written: {error.strerror or error}.") from error

    def _catch_up(self, file: FileIO) -> None:
        """Learn the ids that others added, and cut off what they left unfinished."""
        found = os.fstat(file.fileno())
        if (found.st_dev, found.st_ino) != self._file or found.st_size < self._read:
            self._known, self._read, self._file = set(), 0, (found.st_dev, found.st_ino)
        if found.st_size == self._read:
            return
        file.seek(self._read)
        rest = b""
        while chunk := file.read(_CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            self._known.update(filter(None, map(_id_of, whole)))
            self._read += sum(len(line) + 1 for line in whole)
        file.truncate(self._read)
        os.fsync(file.fileno())  # whoever was killed may not have come to it


def _file_lock(path: Path, patience: float) -> Any:
    try:
        from filelock import FileLock
    except ImportError:
        raise MissingExtraError("filelock", "net") from None
    return FileLock(f"{path}.lock", timeout=patience)


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    """The file for reading and appending; that it exists is on the disk too."""
    is_new = not path.exists()
    with path.open("a+b", buffering=0) as file:
        if is_new:
            _keep_name(path)
        yield file


def _keep_name(path: Path) -> None:
    if os.name != "posix":  # elsewhere folders cannot be opened
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _append(file: FileIO, end: int, line: bytes) -> None:
    """A whole line on the disk, or as far as it can be helped nothing."""
    try:
        left = memoryview(line)
        while left:
            left = left[file.write(left) or 0 :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise


def _id_of(line: bytes) -> str | None:
    """The id on a line; a line that somebody spoiled has none, and what it said is written again."""
    try:
        found = json.loads(line)["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if isinstance(found, str) else None
