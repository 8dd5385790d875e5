"""The fence of all systems: `<state root>/fence`, which every system reads beside its own.

A person who halts with nothing running, or before a system of a new name begins, must not find it trading an hour later. So such a halt stands in one
place that belongs to no system, and whoever trades asks `StandingHalts`: what stands is the union of both files by id, and a halt is over when it
stands in neither. The root's fence knows halts only; leases, reserve and the `seen` word stay with the system.

Both bells hold CLOCK_BOOTTIME, so the later of the two can stand for both: a change that was rung before that instant was written before it, and is
seen by whoever reads the files afterwards. A system therefore confirms a halt of the root with the same word as one of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from robo_trader.edge.fence import RELOAD_NS, Fence
from robo_trader.edge.state_directory import make_root, root
from robo_trader.risk.halt import Halt, HaltScope, active
from robo_trader.values import BookId, Instant, Symbol

FILE_NAME: Final = "fence"


def root_fence_path() -> Path:
    """Where the fence of all systems lives; not made by asking."""
    return root() / FILE_NAME


def open_root_fence() -> Fence:
    """Open the fence of all systems, making a blank one the first time.

    Raises `ConfigurationError` if the state root cannot be made, `StateUnreadable` if the fence cannot be opened.
    """
    make_root()
    return Fence.open(root_fence_path(), create=True)


class StandingHalts:
    """What a trading process asks about halts: its own fence and the root's as one. Not for use by two threads."""

    def __init__(self, own: Fence, shared: Fence, account: Callable[[], str]) -> None:
        """`account` names the broker's account that this system trades, empty while that is not known: then every account's halts count."""
        self._own = own
        self._shared = shared
        self._account = account
        self._standing: tuple[Halt, ...] | None = None
        self._standing_sequence = -1
        self._looked_ns = 0

    def halts(self) -> tuple[Halt, ...]:
        """Every halt of this system's account that was not resumed; one that stands in both files counts once, at its stronger level."""
        account = self._account()
        found: dict[str, Halt] = {}
        for halt in (*self._own.halts(), *self._shared.halts()):
            known = found.get(halt.id)
            if known is None or halt.level > known.level:
                found[halt.id] = halt
        return tuple(halt for halt in found.values() if halt.scope is not HaltScope.ACCOUNT or account in ("", halt.target))

    def sequence(self) -> int:
        """Changes whenever a halt may have changed in either file, as `Fence.sequence`; -1 while either cannot be read."""
        bells = self._own.sequence(), self._shared.sequence()
        return -1 if min(bells) < 0 else max(bells)

    def blocks(self, symbol: str, strategy: str, now_wall: int, process_ns: int) -> str | None:
        """Why an entry of this book may not go out, as `Fence.blocks`; None if no halt covers it."""
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
