"""What the tree costs: proportional memory and processor time of its processes, read from the system."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from robo_trader.edge.clock import process_ns
from robo_trader.values import NS_PER_SECOND

_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


class Cost:
    """Measures between two calls; nothing is kept of processes that are gone."""

    def __init__(self) -> None:
        self._used: dict[int, int] = {}
        self._at_ns = 0

    def measure(self, pids: Iterable[int], now_ns: int) -> dict[str, Any]:
        """`pss_bytes` of these processes, and `cpu_percent` of one core since the last call (0 at the first)."""
        used = {pid: ticks for pid in pids if (ticks := _ticks(pid)) is not None}
        spent = sum(ticks - self._used[pid] for pid, ticks in used.items() if pid in self._used)
        seconds = (now_ns - self._at_ns) / NS_PER_SECOND
        percent = 100 * spent / _TICKS_PER_SECOND / seconds if self._used and seconds > 0 else 0.0
        self._used, self._at_ns = used, now_ns
        return {"pss_bytes": sum(_pss(pid) for pid in used), "cpu_percent": round(percent, 1)}


async def measuring(pids: Callable[[], Iterable[int]], tell: Callable[[int, dict[str, Any]], None], every_seconds: float) -> None:
    """Measure again and again; ends by cancellation."""
    cost = Cost()
    while True:
        now_ns = process_ns()
        tell(now_ns, cost.measure(pids(), now_ns))
        await asyncio.sleep(every_seconds)


def _ticks(pid: int) -> int | None:
    """Processor time of a process in clock ticks; None if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[11]) + int(fields[12])


def _pss(pid: int) -> int:
    """Proportional set size in bytes; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
