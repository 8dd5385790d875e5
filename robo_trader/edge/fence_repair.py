"""Making a damaged fence whole again, on a person's word (`robo-trader doctor --repair-fence`).

What a bad record said is lost, so the repair assumes the worst of it: everything is halted until a person resumes, and the epoch goes on above
every one that the journal knows. Good records stay as they are. A reserve record that holds no order intent counts as bad: no start could merge it.
"""

from __future__ import annotations

import os
from pathlib import Path

from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_halts import Entry, State, entry_in, fresh_token, overflowed, pack_entry, view
from robo_trader.edge.fence_lease import Lease, lease_payload
from robo_trader.edge.fence_record import ALL, CELLS, HALTS, LEASE, OVERFLOW, RESERVES, Cell, read
from robo_trader.edge.fence_reserve import kept_in
from robo_trader.edge.reserve_record import decode
from robo_trader.errors import AlreadyRunning, StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope


def repair(path: Path, *, epoch_at_least: int, by: str, make: bool = False) -> tuple[str, ...]:
    """Rewrite every unreadable record and return their names; a whole fence is left alone.

    `epoch_at_least` is the highest epoch in the journal. While anything had to be rewritten, everything stays halted under an id of its own
    (`Fence.halts`). With `make` a lost file is one whose every record is bad. Raises `AlreadyRunning` if another process holds the lease or a lock of
    the fence, `StateUnreadable` if it cannot be opened or written.
    """
    if make and not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    file = FenceFile.open(path, create=False)
    try:
        with file.locked(LockByte.TABLE) as table, file.locked(LockByte.LEASE) as lease, file.locked(LockByte.HOLDER) as holder:
            if not (table and lease and holder):
                raise AlreadyRunning(f"the fence {path} is in use", "stop the process that trades with it")
            return _rewritten(file, epoch_at_least, by)
    finally:
        file.close()


def _rewritten(file: FenceFile, epoch_at_least: int, by: str) -> tuple[str, ...]:
    """Halt everything first, then rewrite what is bad."""
    image = file.image()
    bad = [cell for cell in CELLS if not _good(image, cell)]
    if not bad and not file.misplaced():
        return ()
    found = view(image)
    cause = Halt("", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "fence repaired", None, by, f"{len(bad)} records were damaged")
    whole = overflowed(cause, found.overflow if found.overflow_stands() else None)
    file.write(OVERFLOW, pack_entry(Entry(State.STANDS, whole, fresh_token())))
    for cell in bad:
        if cell is LEASE:
            file.write(LEASE, lease_payload(Lease(epoch_at_least, 0, 0, bytes(16), 0, released=True)))
        elif cell is not OVERFLOW:
            file.write(cell, b"")
    file.resize()
    file.ring()
    return tuple(map(str, bad))


def _good(image: bytes, cell: Cell) -> bool:
    """Whether a record can be read, and says something that this program knows."""
    if cell in (ALL, OVERFLOW, *HALTS):
        return entry_in(image, cell) is not None
    record = read(cell, image)
    return record is not None and (cell not in RESERVES or _is_intent(kept_in(record)))


def _is_intent(kept: bytes | None) -> bool:
    """Whether a reserve's place is free or holds what a start can merge."""
    try:
        return kept is None or bool(decode(kept))
    except StateUnreadable:
        return False
