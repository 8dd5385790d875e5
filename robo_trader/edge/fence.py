"""The fence: halts, the lease and the last reserve, in one file that works when everything else does not.

Emergency code imports this module, so it needs the standard library and our plainest words only. What the bytes mean is said in fence_record
(copies and checksums), fence_halts and fence_table (why no halt can be lost) and fence_lease (who may act). Two rules bind all of it: what cannot
be read forbids, and a change is safe on disk before anyone is told so.

A halt is *recorded* when `raise_halt` returns and *confirmed* when the trading process has noted, by `write_seen`, a sequence at least as high.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robo_trader.edge import clock
from robo_trader.edge.fence_file import FenceFile
from robo_trader.edge.fence_lease import LEASE_SECONDS as LEASE_SECONDS
from robo_trader.edge.fence_lease import Lease, Tenure, lease_in
from robo_trader.edge.fence_record import SEEN
from robo_trader.edge.fence_reserve import Reserve
from robo_trader.edge.fence_table import HaltTable
from robo_trader.risk.halt import Halt, active
from robo_trader.values import BookId, Instant, Symbol

RELOAD_NS: Final = 1_000_000_000  # how long a missed bell (its ringer was killed) may go unnoticed
POLL_SECONDS: Final = 0.002

_SEEN: Final = struct.Struct("<16sQQQ")


@dataclass(frozen=True, slots=True)
class HaltAnswer:
    """What a halt achieved, in nanoseconds of CLOCK_BOOTTIME; `confirmed_ns` is None if no living process of `epoch` confirmed it in time."""

    recorded_ns: int
    confirmed_ns: int | None
    epoch: int


class Fence:
    """An open fence; made by `Fence.open`. One object per process; not for use by two threads."""

    def __init__(self, file: FenceFile) -> None:
        """Built by `open`."""
        self._file = file
        self._tenure = Tenure(file, clock.process_ns)
        self._table = HaltTable(file)
        self._reserve = Reserve(file)
        self._standing: tuple[Halt, ...] | None = None
        self._standing_sequence = -1
        self._looked_ns = 0

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Fence:
        """Open the fence, making a blank one first if asked.

        Raises `StateUnreadable` if there is no file; a damaged one opens, because halts must work on it, and forbids everything (`check`).
        Make one only for a system without a journal: a lost fence has lost its halts.
        """
        return cls(FenceFile.open(path, create=create))

    def close(self) -> None:
        """Close the file; the lease is not released by this."""
        self._file.close()

    def check(self) -> None:
        """Raise `StateUnreadable` unless every record can be read: for the start of a run."""
        self._table.check()
        self._reserve.records()

    # The lease

    def take_lease(self, pid: int, *, wait: Callable[[float], None] = time.sleep, process_ns: Callable[[], int] = clock.process_ns) -> int:
        """Take the lease for process `pid` and return the new epoch; `wait` pauses for seconds, 3 s in all at most.

        `process_ns` reads CLOCK_BOOTTIME, for this and for `renew`. Raises `AlreadyRunning` while a living process renews the lease,
        `StateUnreadable` if the fence is damaged.
        """
        claim = self._claim(pid, process_ns)
        try:
            while True:
                wait(next(claim))
        except StopIteration as taken:
            return int(taken.value)

    async def take_lease_async(self, pid: int, *, wait: Callable[[float], Awaitable[None]], process_ns: Callable[[], int] = clock.process_ns) -> int:
        """The same, pausing by `await wait(seconds)`."""
        claim = self._claim(pid, process_ns)
        while True:
            try:
                pause_seconds = next(claim)
            except StopIteration as taken:
                return int(taken.value)
            await wait(pause_seconds)

    def renew(self) -> bool:
        """Renew the lease, at least once a second; False: try again at once. Raises `StaleEpoch` once there is a successor."""
        return self._tenure.renew()

    def lease_valid(self, now_ns: int) -> bool:
        """Whether this process may act at `now_ns` of CLOCK_BOOTTIME."""
        return self._tenure.valid(now_ns)

    def release(self) -> None:
        """Give the lease back at the end of a run."""
        self._tenure.release()

    def lease(self) -> Lease | None:
        """Who holds or last held the lease; None if that cannot be read."""
        return lease_in(self._file)

    @property
    def epoch(self) -> int:
        """The epoch that this object took; 0 without a lease."""
        return self._tenure.epoch

    @property
    def ousted(self) -> Lease | None:
        """A former holder that let its lease run out and still lives: end that process before connecting."""
        return self._tenure.ousted

    # Halts

    def raise_halt(self, halt: Halt) -> int:
        """Put a halt on record and return its sequence; works beside hung processes and on a damaged fence.

        A halt of everything takes effect with its first write, without any lock. One that finds no place in the table becomes part of the overflow:
        everything is then halted, under another id (`halts`). Raises `StateUnreadable` only if the disk refuses to write.
        """
        return self._table.raise_halt(halt)

    def resume(self, halt_id: str, by: str, at_ns: int) -> int:
        """Lift one halt, for good, and return the sequence; `at_ns` is wall clock. Lifting an id that stands nowhere is recorded too.

        Raises `NotConfirmed` if another process holds the table for 100 ms or it is full, `StateUnreadable` on a damaged fence.
        """
        return self._table.resume(halt_id, by, at_ns)

    def halts(self) -> tuple[Halt, ...]:
        """Every halt that was not resumed; whether its own end has passed is for `risk.halt.active` and the wall clock."""
        return self._table.look().standing()

    def resumed(self) -> frozenset[str]:
        """Ids of the halts that were lifted, as far back as the table remembers."""
        return self._table.look().resumed()

    def sequence(self) -> int:
        """Changes whenever a halt may have changed; about a microsecond. 0 before the first change of this boot, -1 if the file cannot be read."""
        return self._file.bell()

    def blocks(self, symbol: str, strategy: str, now_wall: int, process_ns: int) -> str | None:
        """Why an entry of this book may not go out; None if no halt covers it.

        Reads the file only after the bell, or if it last did so a second ago by `process_ns` (CLOCK_BOOTTIME); `now_wall` judges the halts' ends.
        """
        sequence = self.sequence()
        if self._standing is None or sequence != self._standing_sequence or not 0 <= process_ns - self._looked_ns < RELOAD_NS:
            self._standing, self._standing_sequence, self._looked_ns = self.halts(), sequence, process_ns
        if not self._standing:
            return None
        book = BookId(strategy, Symbol(symbol))
        covering = [halt for halt in active(self._standing, frozenset(), Instant(now_wall)) if halt.covers(book)]
        if not covering:
            return None
        worst = max(covering, key=lambda halt: halt.level)
        return f"halt {worst.id} ({worst.level.name}, {worst.scope}): {worst.reason}"

    def write_seen(self, halt_sequence: int, epoch: int, process_ns: int) -> None:
        """Note that the trading process of `epoch` acts on all halts up to `halt_sequence`; a lower one than before changes nothing."""
        known_sequence, known_epoch, _ = self.seen()
        if known_epoch == epoch:
            halt_sequence = max(halt_sequence, known_sequence)
        self._file.note(SEEN, _SEEN.pack(clock.boot_id(), max(halt_sequence, 0), epoch, process_ns))

    def seen(self) -> tuple[int, int, int]:
        """(halt sequence, epoch, process time) of the last `write_seen` of this boot, else zeros."""
        record = self._file.read(SEEN)
        if record is None:
            return 0, 0, 0
        boot, sequence, epoch, at_ns = _SEEN.unpack_from(record.payload)
        return (sequence, epoch, at_ns) if boot == clock.boot_id() else (0, 0, 0)

    def confirmed(self, sequence: int) -> bool:
        """Whether a trading process acts on the halt that `raise_halt` answered with `sequence`."""
        return self.seen()[0] >= sequence > 0

    # The last reserve

    def reserve(self, record: bytes) -> bool:
        """Keep up to 200 bytes about a reducing order while the journal cannot; durable, False if there is no place or the disk refuses."""
        return self._reserve.keep(record)

    def reserved(self) -> tuple[bytes, ...]:
        """The records kept, oldest first; raises `StateUnreadable` if one of them is damaged."""
        return self._reserve.records()

    def clear_reserve(self) -> None:
        """Forget them: the journal has them now."""
        self._reserve.clear()

    def _claim(self, pid: int, process_ns: Callable[[], int]) -> Generator[float, None, int]:
        """The steps to the lease, on a fence that can be trusted."""
        self.check()
        self._tenure = Tenure(self._file, process_ns)
        return self._tenure.claim(pid)


def halt_and_wait(fence: Fence, halt: Halt, timeout_seconds: float, sleep: Callable[[float], None] = time.sleep) -> HaltAnswer:
    """Record a halt and wait until the trading process confirms it, at most `timeout_seconds`."""
    sequence = fence.raise_halt(halt)
    recorded_ns = clock.process_ns()
    deadline_ns = recorded_ns + int(timeout_seconds * 1e9)
    while not fence.confirmed(sequence):
        if clock.process_ns() >= deadline_ns:
            lease = fence.lease()
            return HaltAnswer(recorded_ns, None, lease.epoch if lease is not None else 0)
        sleep(POLL_SECONDS)
    return HaltAnswer(recorded_ns, clock.process_ns(), fence.seen()[1])
