"""The fence in a backup: what its valid records say, as a file at rest, and how such a file goes back to work.

A copy of the bytes would do for neither. A record may be half written when it is read, so the copy is made of the records that hold, each valid in
both places. And a lease or a `seen` word speaks of a living process, so in the copy the lease is given back, its epoch kept, and nothing was seen.

What comes back is halted: the broker has gone on since, and knows orders and fills that the backup does not. Halts that still stand in the system
that is replaced go on standing, and the epoch goes on above every one that was ever used, so that no order reference of old is made again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robo_trader.edge import clock
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_file import FenceFile
from robo_trader.edge.fence_halts import UNREADABLE_ID
from robo_trader.edge.fence_lease import Lease, lease_in, lease_payload, pid_start
from robo_trader.edge.fence_record import CELLS, FILE_SIZE, LEASE, RECORD_SIZE, SEEN, pack, read
from robo_trader.edge.reserve_record import decode
from robo_trader.errors import StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

READS_MAX: Final = 20
"""A record is unreadable only while both copies are being written, microseconds apart; so many readings in a row do not meet that."""
_REMEDY: Final = "run `robo-trader doctor`, which can repair it"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a fence says: the last epoch, the halts that stand, and the pid of the living process that trades (0: none)."""

    epoch: int
    halts: tuple[Halt, ...]
    pid: int


def copy_fence(source: Path, target: Path) -> int:
    """Write what `source` says to the new file `target`, at rest, and return its epoch; raises `StateUnreadable` if a record cannot be read."""
    file = FenceFile.open(source, create=False)
    try:
        image, lease = _readable(file), lease_in(file)
        if lease is None:
            raise StateUnreadable(f"the lease in the fence {source} cannot be read", _REMEDY)
    finally:
        file.close()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(_at_rest(image, lease.epoch))
        written.flush()
        os.fsync(written.fileno())
    return lease.epoch


def standing_in(path: Path) -> Standing:
    """What the fence at `path` says now; raises `StateUnreadable` for a damaged one, and for a reserve that no start could merge."""
    fence = Fence.open(path, create=False)
    try:
        fence.check()
        for record in fence.reserved():
            decode(record)
    finally:
        fence.close()
    return what_stands(path)


def what_stands(path: Path) -> Standing:
    """As much as can be read of a fence; what cannot is one more halt, under `UNREADABLE_ID`."""
    try:
        fence = Fence.open(path, create=False)
    except StateUnreadable as lost:
        return Standing(0, (Halt(UNREADABLE_ID, HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "fence unreadable", None, "system", lost.cause),), 0)
    try:
        lease, halts = fence.lease(), fence.halts()
    finally:
        fence.close()
    if lease is None:
        return Standing(0, halts, 0)
    alive = lease.epoch and not lease.released and lease.boot == clock.boot_id() and pid_start(lease.pid) == lease.pid_start
    return Standing(lease.epoch, halts, lease.pid if alive else 0)


def put_to_work(path: Path, *, halt: Halt, carried: tuple[Halt, ...], epoch_at_least: int) -> None:
    """Make a restored fence one that a system may start with: halted by `halt` and by those `carried` over, above every epoch that was used."""
    file = FenceFile.open(path, create=False)
    try:
        lease = lease_in(file)
        if lease is None:
            raise StateUnreadable(f"the lease in the fence {path} cannot be read", _REMEDY)
        file.write(LEASE, lease_payload(_given_back(max(lease.epoch, epoch_at_least))))
    finally:
        file.close()
    fence = Fence.open(path, create=False)
    try:
        for one in (*(each for each in carried if each.id != UNREADABLE_ID), halt):
            fence.raise_halt(one)
    finally:
        fence.close()


def _readable(file: FenceFile) -> bytes:
    """The bytes of a reading in which every record has a valid copy; one that is being written meanwhile is read again."""
    for _ in range(READS_MAX):
        image = file.image()
        bad = [str(cell) for cell in CELLS if read(cell, image) is None]
        if not bad and len(image) == FILE_SIZE:
            return image
    raise StateUnreadable(f"the fence {file.path} cannot be read: {', '.join(bad[:3]) or f'it has {len(image)} bytes'}", _REMEDY)


def _at_rest(image: bytes, epoch: int) -> bytes:
    """The same records, valid in both places, with the lease of `epoch` given back and nothing seen."""
    rest = bytearray(FILE_SIZE)
    for cell in CELLS:
        record = read(cell, image)
        assert record is not None, "checked by the reader"
        payload = lease_payload(_given_back(epoch)) if cell is LEASE else b"" if cell is SEEN else record.payload
        for place in (cell.a, cell.b):
            rest[place : place + RECORD_SIZE] = pack(cell, record.sequence, payload)
    return bytes(rest)


def _given_back(epoch: int) -> Lease:
    return Lease(epoch, 0, 0, bytes(16), 0, released=True)
