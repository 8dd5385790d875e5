"""The last reserve: places on disk for reducing orders, written while the journal cannot be.

They were allocated when the fence was made, so a full disk does not matter. What a record says is reserve_record's; the next start merges them into
the journal (reserve_merge), then they are cleared. One process writes them, the holder of the lease.
"""

from __future__ import annotations

import struct
from typing import Final

from robo_trader.edge.fence_file import FenceFile
from robo_trader.edge.fence_record import PAYLOAD_SIZE, RESERVES, Record
from robo_trader.errors import StateUnreadable

RECORD_BYTES_MAX: Final = 200

_HEAD: Final = struct.Struct("<?H")
assert RECORD_BYTES_MAX + _HEAD.size <= PAYLOAD_SIZE


class Reserve:
    """The 40 reserve records of one fence file."""

    def __init__(self, file: FenceFile) -> None:
        """`file` is open; nothing is read yet."""
        self._file = file

    def keep(self, record: bytes) -> bool:
        """Write `record` to the first free place, durably; False if none is free or the disk refuses."""
        assert len(record) <= RECORD_BYTES_MAX, f"a reserve record has at most {RECORD_BYTES_MAX} bytes, not {len(record)}"
        for cell in RESERVES:
            held = self._file.read(cell)
            if held is not None and kept_in(held) is None:
                try:
                    self._file.write(cell, _HEAD.pack(True, len(record)) + record)
                except StateUnreadable:
                    return False
                return True
        return False

    def records(self) -> tuple[bytes, ...]:
        """Every record kept, oldest first; raises `StateUnreadable` for a damaged one, because it may be an order."""
        kept = []
        for cell in RESERVES:
            held = self._file.read(cell)
            if held is None:
                raise StateUnreadable(f"{cell} of the fence {self._file.path} is damaged", "run `robo-trader doctor`")
            if (record := kept_in(held)) is not None:
                kept.append(record)
        return tuple(kept)

    def clear(self) -> None:
        """Free every place; the newest first, so that a crash half-way leaves the oldest, in order."""
        for cell in reversed(RESERVES):
            held = self._file.read(cell)
            if held is not None and kept_in(held) is not None:
                self._file.write(cell, b"")


def kept_in(place: Record) -> bytes | None:
    """The record that a place holds; None if it is free."""
    taken, length = _HEAD.unpack_from(place.payload)
    return place.payload[_HEAD.size : _HEAD.size + length] if taken else None
