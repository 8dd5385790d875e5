"""Copying files that somebody may be writing: what belongs to a system and what only to its processes, and where a growing log ends.

Files that are replaced by renaming are whole under whichever name they were opened. A log of lines grows at its end, so it is copied as far as it
went when it was opened, to its last whole line. A database is recognised by its first bytes and copied by its own library.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from robo_trader.edge.backup_manifest import CHUNK_BYTES, files_below
from robo_trader.edge.journal_store_copy import DATABASE_HEAD, copy_database
from robo_trader.errors import StateUnreadable

GATEWAY_STATE: Final = "gateway/gateway.json"
GATEWAY_WAIT_SECONDS_MAX: Final = 2.0  # a simulated gateway saves what changed once a second
_POLL_SECONDS: Final = 0.02
_OF_PROCESSES: Final = frozenset({"running.json", "gateway.json", "gateway.out"})
"""Names in a system's directory that speak of living processes: who runs it, and where its simulated gateway listens."""
_ENDS_OF_PROCESSES: Final = (".lock", ".new", "-wal", "-shm", "-journal")


def wanted_files(folder: Path) -> tuple[str, ...]:
    """The files of a system's directory that mean something without its processes, as relative paths with `/`."""
    return tuple(
        name for name in files_below(folder) if name not in _OF_PROCESSES and not name.endswith(_ENDS_OF_PROCESSES) and _is_plain(folder / name)
    )


def copy_file(source: Path, target: Path, add: Callable[[int], None] = lambda _bytes: None) -> bool:
    """Copy what a file says to the new file `target`, for this user alone, and wait for the disk; False if it has gone meanwhile.

    `add` hears the bytes of each step. Raises `StateUnreadable` for a database that cannot be read.
    """
    try:
        with source.open("rb") as file:
            is_database = file.read(len(DATABASE_HEAD)) == DATABASE_HEAD
    except FileNotFoundError:
        return False
    if not is_database:
        return copy_bytes(source, target, add, whole_lines=source.suffix == ".jsonl")
    copy_database(source, target)
    add(target.stat().st_size)
    return True


def copy_bytes(source: Path, target: Path, add: Callable[[int], None] = lambda _bytes: None, *, whole_lines: bool = False) -> bool:
    """The same, byte by byte; with `whole_lines` up to the last line that is whole now."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        left = _whole_lines(descriptor) if whole_lines else os.fstat(descriptor).st_size
        fresh = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fresh, "wb") as copy:
            while left and (chunk := file.read(min(left, CHUNK_BYTES))):
                copy.write(chunk)
                left -= len(chunk)
                add(len(chunk))
            copy.flush()
            os.fsync(fresh)
    return True


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each for this user alone."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            with suppress(FileExistsError):
                each.mkdir(mode=0o700)


def sync_folders(folder: Path) -> None:
    """Wait until the names of everything below `folder` are on disk."""
    for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        descriptor = os.open(each, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def await_gateway(folder: Path, since_ns: int, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Wait until the simulated gateway of a system has saved its account after `since_ns` (wall clock); False if it had nothing new to save.

    An account that is older than the journal would have forgotten what the journal knows.
    """
    path = folder / GATEWAY_STATE
    for _ in range(int(GATEWAY_WAIT_SECONDS_MAX / _POLL_SECONDS)):
        try:
            if path.stat().st_mtime_ns > since_ns:
                return True
        except FileNotFoundError:
            return False
        sleep(_POLL_SECONDS)
    return False


def _is_plain(path: Path) -> bool:
    """Whether this is a file of bytes: no link, socket or pipe."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _whole_lines(descriptor: int) -> int:
    """Bytes up to the end of the last whole line, as the file is now."""
    size = os.fstat(descriptor).st_size
    start = max(size - CHUNK_BYTES, 0)
    tail = os.pread(descriptor, size - start, start)
    end = tail.rfind(b"\n") + 1
    if not end and start:
        raise StateUnreadable(f"a log's last line is longer than {CHUNK_BYTES} bytes", "look at the log")
    return start + end
