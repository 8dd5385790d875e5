"""The fence's file: reading and writing cells, the bell, and locks that die with their holder.

It is read with `pread`, not mapped: a mapped file that somebody truncates kills its reader by a signal, and `pread` costs a microsecond. Locks are
open file description locks on single bytes of the file, so they need no second file, exclude two users inside one process as well, and vanish with
a dead one.

The bell is how a reader knows, for the price of one read of 16 bytes, that some halt may have changed. It holds this boot and the process time at
which it was rung, taken after the change was written; so whoever has read the file after hearing a bell at `t` has seen every change that was rung
at or before `t`. Nobody needs to count, two ringers cannot collide, and no lock is needed.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import Final

from robo_trader.edge import clock
from robo_trader.edge.fence_record import BELL_OFFSET, BELL_SIZE, FILE_SIZE, RECORD_SIZE, Cell, Record, blank_image, latest, pack, unpack
from robo_trader.errors import StateUnreadable

LOCK_WAIT_MILLISECONDS: Final = 100
_BELL: Final = struct.Struct("<8sQ")
_FLOCK: Final = struct.Struct("@hhqqi4x")  # struct flock of 64-bit Linux


class LockByte(IntEnum):
    """Which byte stands for what; the bytes are only names, their content is not touched."""

    HOLDER = 0  # held for life by the process that holds the lease
    LEASE = 1  # while the lease is compared and written
    TABLE = 2  # while halts are added or lifted


class FenceFile:
    """An open fence file. Content is never judged here: a bad record reads as None."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Made by `open`."""
        self.path = path
        self._descriptor = descriptor
        self._boot = clock.boot_id()[:8]

    @classmethod
    def open(cls, path: Path, *, create: bool) -> FenceFile:
        """Open, making a blank one first if asked; raises `StateUnreadable` if there is no file to open."""
        try:
            if create and not path.exists():
                _make(path)
            return cls(path, os.open(path, os.O_RDWR | os.O_CLOEXEC))
        except OSError as broken:
            raise StateUnreadable(
                f"the fence {path} cannot be opened: {broken.strerror}", "check the system's name and ROBO_TRADER_STATE_DIR"
            ) from None

    def close(self) -> None:
        """Close the file and drop its locks; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def image(self) -> bytes:
        """The whole file as it is now; shorter if it was cut, empty if it cannot be read."""
        try:
            return os.pread(self._descriptor, FILE_SIZE, 0)
        except OSError:
            return b""

    def misplaced(self) -> str:
        """Why this is not the file that others see under its path; empty while it is."""
        try:
            mine, theirs = os.fstat(self._descriptor), self.path.stat()
        except OSError as broken:
            return f"its file is gone ({broken.strerror})"
        if (mine.st_dev, mine.st_ino) != (theirs.st_dev, theirs.st_ino):
            return "its file was replaced"
        return "" if mine.st_size == FILE_SIZE else f"its file has {mine.st_size} bytes instead of {FILE_SIZE}"

    def read(self, cell: Cell) -> Record | None:
        """The record that holds; None if both copies are bad."""
        return latest(self._copy(cell, cell.a), self._copy(cell, cell.b))

    def write(self, cell: Cell, payload: bytes, *, ring: bool = False) -> None:
        """Write both copies, each safe on disk before the next step; with `ring` readers are woken before the disk answers.

        Raises `StateUnreadable` if the disk refuses: then nothing may be assumed about what was kept.
        """
        places, sequence = self._order(cell)
        raw = pack(cell, sequence, payload)
        try:
            for place in places:
                os.pwrite(self._descriptor, raw, place)
                if ring:
                    self.ring()
                os.fdatasync(self._descriptor)
        except OSError as broken:
            raise self._unwritable(broken) from None

    def note(self, cell: Cell, payload: bytes) -> None:
        """Write the older copy without waiting for the disk: for what means nothing after a reboot."""
        places, sequence = self._order(cell)
        try:
            os.pwrite(self._descriptor, pack(cell, sequence, payload), places[0])
        except OSError as broken:
            raise self._unwritable(broken) from None

    def resize(self) -> None:
        """Give the file its size again; what is missing reads as zeros, what is too much goes."""
        os.ftruncate(self._descriptor, FILE_SIZE)

    def ring(self) -> int:
        """Wake the readers; returns the bell's time, in nanoseconds of CLOCK_BOOTTIME."""
        now = clock.process_ns()
        try:
            os.pwrite(self._descriptor, _BELL.pack(self._boot, now), BELL_OFFSET)
        except OSError as broken:
            raise self._unwritable(broken) from None
        return now

    def bell(self) -> int:
        """When the bell was last rung, CLOCK_BOOTTIME ns; 0 if not since the machine booted, -1 if the file cannot be read."""
        try:
            boot, rung = _BELL.unpack(os.pread(self._descriptor, BELL_SIZE, BELL_OFFSET))
        except (OSError, struct.error):
            return -1
        return int(rung) if boot == self._boot else 0

    def try_lock(self, byte: LockByte) -> bool:
        """Take a lock if it is free; taking one's own again succeeds."""
        with suppress(BlockingIOError):
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0))
            return True
        return False

    def unlock(self, byte: LockByte) -> None:
        """Give a lock back."""
        fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_UNLCK, os.SEEK_SET, byte, 1, 0))

    @contextmanager
    def locked(self, byte: LockByte) -> Iterator[bool]:
        """Hold a lock for the block; yields False if nobody gave it up for 100 ms."""
        held = self.try_lock(byte)
        for _ in range(LOCK_WAIT_MILLISECONDS):
            if held:
                break
            time.sleep(0.001)
            held = self.try_lock(byte)
        try:
            yield held
        finally:
            if held:
                self.unlock(byte)

    def _unwritable(self, broken: OSError) -> StateUnreadable:
        """The error for a write that the system refused."""
        return StateUnreadable(f"the fence {self.path} cannot be written: {broken.strerror}", "end the trading process by its pid")

    def _copy(self, cell: Cell, place: int) -> Record | None:
        """One copy as the file has it now."""
        try:
            return unpack(cell, os.pread(self._descriptor, RECORD_SIZE, place))
        except OSError:
            return None

    def _order(self, cell: Cell) -> tuple[tuple[int, int], int]:
        """The two places, the one that may be lost first, and the next sequence."""
        a, b = self._copy(cell, cell.a), self._copy(cell, cell.b)
        holds = latest(a, b)
        if holds is None:
            return (cell.a, cell.b), 1
        return ((cell.b, cell.a) if holds is a else (cell.a, cell.b)), holds.sequence + 1


def _make(path: Path) -> None:
    """Put a blank fence at `path`, whole or not at all; one that another process made meanwhile stays."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, blank_image(), 0)
        os.fsync(descriptor)
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        os.close(descriptor)
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
