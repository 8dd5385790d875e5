"""Where the time of an order goes: a stamp at each hop, for measurements; off unless `ROBO_TRADER_TRACE` names a folder.

Each process writes a file of its own there, a line a stamp: CLOCK_BOOTTIME in ns (the clock of the exchange's log too), the hop, the symbol. The hops
of one closing bar, in their order: `minute` (the gateway built it), `considered` (its host answered), `answered` (the desk read that), `decided` (its
effects are known), `issued` (its intent is durable), `commanded` (the gateway has the order).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from robo_trader.edge.clock import process_ns

ENVIRONMENT_VARIABLE: Final = "ROBO_TRADER_TRACE"
_FOLDER: Final = os.environ.get(ENVIRONMENT_VARIABLE)
_FILE: Final = os.open(Path(_FOLDER) / f"{os.getpid()}.trace", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600) if _FOLDER else None


def stamp(hop: str, symbol: str) -> None:
    """Note that `symbol`'s bar or order is here now; nothing if no trace was asked for."""
    if _FILE is not None:
        os.write(_FILE, f"{process_ns()} {hop} {symbol}\n".encode())
