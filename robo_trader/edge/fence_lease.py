"""The lease: which one process may speak to the broker.

The holder renews it at least once a second; a lease that nobody renewed for 3 s of process time binds nobody. Time is CLOCK_BOOTTIME and means
something only within one boot, so another boot's lease is over. A successor raises the epoch, durably, once the old holder is *proven* dead (its
pid is gone or belongs to a later process, and the lock it held for life is free), or once the lease was seen unchanged for a whole time to live. A
holder that finds a higher epoch than its own has been succeeded and must not act.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from robo_trader.edge import clock
from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_record import LEASE
from robo_trader.edge.fence_table import REMEDY
from robo_trader.errors import AlreadyRunning, StaleEpoch, StateUnreadable
from robo_trader.values import NS_PER_SECOND

LEASE_SECONDS: Final = 3
LEASE_NS: Final = LEASE_SECONDS * NS_PER_SECOND
WATCH_PAUSE_SECONDS: Final = 0.05

_LEASE: Final = struct.Struct("<QQQ16sQ?")
_START_FIELD: Final = 19  # of /proc/PID/stat, counted after the command's closing bracket
_DEAD_STATES: Final = ("Z", "X")


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds the lease. `pid_start` is in clock ticks since boot, `renewed_ns` is CLOCK_BOOTTIME; epoch 0 = nobody ever."""

    epoch: int
    pid: int
    pid_start: int
    boot: bytes
    renewed_ns: int
    released: bool


def pid_start(pid: int) -> int | None:
    """When the process of this id started, in clock ticks since boot; None if there is none, or only its corpse."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in _DEAD_STATES else int(fields[_START_FIELD])


def lease_in(file: FenceFile) -> Lease | None:
    """The lease as it stands; None if it cannot be read."""
    record = file.read(LEASE)
    return None if record is None else Lease(*_LEASE.unpack_from(record.payload))


def lease_payload(lease: Lease) -> bytes:
    """The lease's bytes."""
    return _LEASE.pack(lease.epoch, lease.pid, lease.pid_start, lease.boot, lease.renewed_ns, lease.released)


class Tenure:
    """One process's attempt at the lease, and its time with it."""

    def __init__(self, file: FenceFile, process_ns: Callable[[], int]) -> None:
        """`process_ns` reads CLOCK_BOOTTIME in nanoseconds."""
        self._file = file
        self._process_ns = process_ns
        self.epoch = 0
        """The epoch of the lease that this object took; 0 before."""
        self.ousted: Lease | None = None
        """The holder whose lease ran out though its process still lives: end it before anything is sent."""

    def claim(self, pid: int) -> Generator[float, None, int]:
        """Take the lease for `pid`: yields pauses in seconds, returns the new epoch.

        Raises `AlreadyRunning` if a living process renews it, `StateUnreadable` if it cannot be read.
        """
        old = self._read()
        first_seen_ns = self._process_ns()
        while not self._is_over(old):
            if self._process_ns() - first_seen_ns >= LEASE_NS:
                self.ousted = old
                break
            yield WATCH_PAUSE_SECONDS
            self._refuse_if_renewed(old)
        with self._file.locked(LockByte.LEASE) as held:
            if not held:
                self._file.unlock(LockByte.HOLDER)
                raise self._busy(old)
            self._refuse_if_renewed(old)
            start = pid_start(pid) or 0
            lease = Lease(old.epoch + 1, pid, start, clock.boot_id(), self._process_ns(), released=False)
            self._file.write(LEASE, lease_payload(lease))
        self.epoch = lease.epoch
        self._file.try_lock(LockByte.HOLDER)
        return self.epoch

    def renew(self) -> bool:
        """Say that this process still lives; False if another one is looking at the lease just now (try again soon).

        Raises `StaleEpoch` once there is a successor, `StateUnreadable` if the lease cannot be read.
        """
        if not self._file.try_lock(LockByte.LEASE):
            return False
        try:
            lease = self._read()
            if not self._mine(lease):
                raise StaleEpoch(f"epoch {self.epoch} was succeeded by epoch {lease.epoch} of process {lease.pid}")
            self._file.note(LEASE, lease_payload(replace(lease, renewed_ns=self._process_ns())))
            self._file.try_lock(LockByte.HOLDER)  # an ousted holder may have gone by now
        finally:
            self._file.unlock(LockByte.LEASE)
        return True

    def valid(self, now_ns: int) -> bool:
        """Whether this process may act at `now_ns`: the epoch is still its own, and was renewed within the time to live."""
        lease = lease_in(self._file)
        return lease is not None and self._mine(lease) and 0 <= now_ns - lease.renewed_ns < LEASE_NS

    def release(self) -> None:
        """Give the lease back, so that a successor need not wait; does nothing if it is not ours any more."""
        with self._file.locked(LockByte.LEASE) as held:
            lease = lease_in(self._file)
            if held and lease is not None and self._mine(lease):
                self._file.write(LEASE, lease_payload(replace(lease, released=True)))
        self._file.unlock(LockByte.HOLDER)
        self.epoch = 0

    def _mine(self, lease: Lease) -> bool:
        """Whether the lease is the one that this object took."""
        return lease.epoch == self.epoch > 0 and not lease.released and lease.boot == clock.boot_id()

    def _is_over(self, lease: Lease) -> bool:
        """Whether the lease binds nobody, with proof."""
        if lease.epoch == 0 or lease.released or lease.boot != clock.boot_id():
            return True
        return pid_start(lease.pid) != lease.pid_start and self._file.try_lock(LockByte.HOLDER)

    def _read(self) -> Lease:
        """The lease; raises `StateUnreadable`."""
        lease = lease_in(self._file)
        if lease is None:
            raise StateUnreadable(f"the lease in the fence {self._file.path} cannot be read", REMEDY)
        return lease

    def _refuse_if_renewed(self, old: Lease) -> None:
        """Raise `AlreadyRunning` if somebody wrote the lease since `old` was read."""
        lease = self._read()
        if lease != old:
            self._file.unlock(LockByte.HOLDER)
            raise self._busy(lease)

    def _busy(self, lease: Lease) -> AlreadyRunning:
        """The error that names the holder."""
        return AlreadyRunning(
            f"process {lease.pid} trades with the fence {self._file.path} (epoch {lease.epoch})", f"stop it first: kill {lease.pid}"
        )
