"""Raising and lifting halts: who writes what, in which order, so that none is ever lost.

What the bytes mean, and why nothing is cleared in place, is said in fence_halts. Here is the order of the writes: a halt stands somewhere before it
is entered anywhere else, a tombstone is written before the word that it belongs to is lifted, and the bell is rung after each of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from robo_trader.edge import clock, fence_halts
from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_halts import Entry, State, View
from robo_trader.edge.fence_record import ALL, LIFTED, OVERFLOW
from robo_trader.errors import NotConfirmed, StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

REMEDY: Final = "run `robo-trader doctor`; nothing is traded until the fence is whole again"


class HaltTable:
    """The halts of one fence file."""

    def __init__(self, file: FenceFile) -> None:
        """`file` is open; nothing is read yet."""
        self._file = file

    def look(self) -> View:
        """What the file says now; a file that others do not see counts as damaged."""
        seen = fence_halts.view(self._file.image())
        misplaced = self._file.misplaced()
        return replace(seen, problem=misplaced) if misplaced else seen

    def check(self) -> None:
        """Raise `StateUnreadable` unless every record about halts and the lease can be read."""
        if problem := self.look().problem:
            raise StateUnreadable(f"the fence {self._file.path} cannot be trusted: {problem}", REMEDY)

    def raise_halt(self, halt: Halt) -> int:
        """Put a halt on record and return the bell's time after it (see `Fence.raise_halt`)."""
        fits = fence_halts.fits(halt)
        if halt.scope is HaltScope.ALL and fits:
            self._file.write(ALL, fence_halts.pack_entry(Entry(State.STANDS, halt, fence_halts.fresh_token())), ring=True)
        if not (fits and self._enter(halt)):
            self._overflow(halt)
        return self._file.ring()

    def resume(self, halt_id: str, by: str, at_ns: int) -> int:
        """Lift one halt and return the bell's time after it (see `Fence.resume`)."""
        with self._file.locked(LockByte.TABLE) as held:
            if not held:
                raise NotConfirmed(f"halt {halt_id} was not lifted: another process holds the fence", "try again")
            self.check()
            seen = self.look()
            lifted = self._bury(seen, halt_id, by, at_ns)
            if lifted != seen.lifted:
                self._file.write(LIFTED, fence_halts.pack_lifted(lifted))
        return self._file.ring()

    def _enter(self, halt: Halt) -> bool:
        """Put a halt into the table; False if its lock or a place was not to be had."""
        with self._file.locked(LockByte.TABLE) as held:
            place = self.look().place_for(halt.id, clock.wall()) if held else None
            if place is None:
                return False
            self._file.write(place, fence_halts.pack_entry(Entry(State.STANDS, halt)), ring=True)
            return True

    def _overflow(self, halt: Halt) -> None:
        """Halt everything for a halt that found no place; needs no lock, because every such write means the same."""
        seen = self.look()
        whole = fence_halts.overflowed(halt, seen.overflow if seen.overflow_stands() else None)
        self._file.write(OVERFLOW, fence_halts.pack_entry(Entry(State.STANDS, whole, fence_halts.fresh_token())), ring=True)

    def _bury(self, seen: View, halt_id: str, by: str, at_ns: int) -> fence_halts.Lifted:
        """Write the tombstone of `halt_id`; returns what the `lifted` record has to say after it."""
        lifted = seen.lifted or fence_halts.Lifted()
        if seen.overflow is not None and seen.overflow_stands() and seen.overflow.halt.id == halt_id:
            return replace(lifted, overflow_token=seen.overflow.token, overflow_id=halt_id)
        tombstone = Halt(halt_id, HaltLevel.NO_NEW, HaltScope.ALL, "", "resumed", None, by)
        if not fence_halts.fits(tombstone):
            raise NotConfirmed(f"halt {halt_id} was not lifted: no halt has such an id", "look at the ids with `robo-trader status`")
        place = seen.place_for(halt_id, clock.wall())
        if place is None:
            raise NotConfirmed(f"halt {halt_id} was not lifted: the fence's table is full", "resume another halt first")
        self._file.write(place, fence_halts.pack_entry(Entry(State.RESUMED, tombstone, at_ns=at_ns)))
        if seen.all is not None and seen.all_stands() and seen.all.halt.id == halt_id:
            return replace(lifted, all_token=seen.all.token)
        return lifted
