"""One owner at a time, for as long as it lives: a lock that the kernel drops with its process, however that dies.

The lock file stays when the lock goes: deleting it would let two processes hold 'the' lock on two files of one name.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from robo_trader.errors import AlreadyRunning


class FileLock:
    """An exclusive flock on a file that names its holder; made by `take`."""

    def __init__(self, descriptor: int) -> None:
        """`descriptor` holds the lock already."""
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path, *, what: str, remedy: str) -> FileLock:
        """Take the lock now; raises `AlreadyRunning`, naming the process that holds `what`."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(f"{what} is in use by process {holder or '(starting)'}", remedy) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Let the next one in; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
