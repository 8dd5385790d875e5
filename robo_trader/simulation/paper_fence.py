"""The fence's file in memory: the same bytes, records, copies and locks, without a disk.

Everything above the file is the real thing (`edge.fence`, its table, lease and reserve). Here a file is a bytearray that all processes of a world
share; a lock belongs to a life and dies with it; the bell rings with virtual time, and never twice at one instant. Crash points lie between the two
copies of a record, where a real process can be killed too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_record import FILE_SIZE, LEASE, PAYLOAD_SIZE, RECORD_SIZE, SEEN, Cell, Record, blank_image, latest, pack, unpack
from robo_trader.errors import StateUnreadable
from robo_trader.simulation.agenda import Agenda, Life

_NOT_ABOUT_HALTS: Final = frozenset({LEASE, SEEN})
"""Records that are written each second and read only by themselves: of these the bytes of the whole file keep the first version."""


_BLANK: Final = blank_image()


@dataclass(slots=True)
class Paper:
    """One file's content and locks, as all processes see them. `rung` hears of every bell, `seen` of every confirmation."""

    agenda: Agenda
    rung: Callable[[], None] = lambda: None
    seen: Callable[[], None] = lambda: None
    content: bytearray = field(default_factory=lambda: bytearray(_BLANK))
    locks: dict[LockByte, PaperFile] = field(default_factory=dict)
    bell: int = 0
    records: dict[int, Record] = field(default_factory=dict)
    """Each copy's record by its place, as its bytes say: reading them again would only compute their checksums again."""
    frozen: bytes | None = None
    version: int = 0
    """Grows with every change of what the file says about halts."""


class PaperFile(FenceFile):
    """One process's open fence. `between` is called between the two copies of a write, with the cell: it may end the process."""

    def __init__(self, paper: Paper, life: Life | None, between: Callable[[Cell], None] = lambda _: None) -> None:
        self._paper, self._life, self._between = paper, life, between
        self.path = Path("paper")
        self.full = False
        """Whether the disk refuses to write."""

    @property
    def living(self) -> bool:
        """Whether the process that opened it still is there."""
        return self._life is None or self._life.alive

    def close(self) -> None:
        """Drop this process's locks."""
        for byte in [byte for byte, holder in self._paper.locks.items() if holder is self]:
            del self._paper.locks[byte]

    def image(self) -> bytes:
        """The whole file."""
        if self._paper.frozen is None:
            self._paper.frozen = bytes(self._paper.content)
        return self._paper.frozen

    def misplaced(self) -> str:
        """It is always where it belongs."""
        return ""

    def read(self, cell: Cell) -> Record | None:
        """The record that holds."""
        return latest(self._unpacked(cell, cell.a), self._unpacked(cell, cell.b))

    def write(self, cell: Cell, payload: bytes, *, ring: bool = False) -> None:
        """Write both copies, one after the other."""
        places, sequence = self._places(cell)
        for nth, place in enumerate(places):
            if nth:
                self._between(cell)
            self._put(cell, place, sequence, payload)
            if ring:
                self.ring()

    def note(self, cell: Cell, payload: bytes) -> None:
        """Write the older copy."""
        places, sequence = self._places(cell)
        self._put(cell, places[0], sequence, payload)
        if cell is SEEN:
            self._paper.seen()

    def resize(self) -> None:
        """It always has its size."""
        assert len(self._paper.content) == FILE_SIZE, "nobody cuts paper"

    def ring(self) -> int:
        """Wake the readers."""
        self._paper.bell = max(self._paper.agenda.now, self._paper.bell + 1)
        self._paper.rung()
        return self._paper.bell

    def bell(self) -> int:
        """When it was last rung."""
        return self._paper.bell

    def try_lock(self, byte: LockByte) -> bool:
        """Take a lock that is free, one's own, or that of the dead."""
        holder = self._paper.locks.get(byte)
        if holder is not None and holder is not self and holder.living:
            return False
        self._paper.locks[byte] = self
        return True

    def unlock(self, byte: LockByte) -> None:
        """Give a lock back."""
        if self._paper.locks.get(byte) is self:
            del self._paper.locks[byte]

    @contextmanager
    def locked(self, byte: LockByte) -> Iterator[bool]:
        """Hold a lock for the block; a lock held by another is not waited for, since nothing else happens meanwhile."""
        held = self.try_lock(byte)
        try:
            yield held
        finally:
            if held:
                self.unlock(byte)

    def _unpacked(self, cell: Cell, place: int) -> Record | None:
        known = self._paper.records.get(place)
        return known or unpack(cell, bytes(self._paper.content[place : place + RECORD_SIZE]))

    def _places(self, cell: Cell) -> tuple[tuple[int, int], int]:
        """The two places, the one that may be lost first, and the next sequence."""
        a, b = self._unpacked(cell, cell.a), self._unpacked(cell, cell.b)
        holds = latest(a, b)
        if holds is None:
            return (cell.a, cell.b), 1
        return ((cell.b, cell.a) if holds is a else (cell.a, cell.b)), holds.sequence + 1

    def _put(self, cell: Cell, place: int, sequence: int, payload: bytes) -> None:
        if self.full:
            raise StateUnreadable("the fence cannot be written: No space left on device", "end the trading process by its pid")
        self._paper.records[place] = Record(sequence, payload.ljust(PAYLOAD_SIZE, b"\0"))
        if cell not in _NOT_ABOUT_HALTS:
            self._paper.content[place : place + RECORD_SIZE] = pack(cell, sequence, payload)
            self._paper.frozen = None
            self._paper.version += 1
