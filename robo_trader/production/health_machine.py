"""What the machine and this process use, read from /proc at the moment of asking."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PERCENT: Final = 100
CPU_TICKS_MIN: Final = 20  # less than 0.2 s of all processors is no rate
_IDLE_FIELDS: Final = (3, 4)  # idle and iowait
_CPU_FIELDS: Final = 8  # what follows is counted in them already


@dataclass(frozen=True, slots=True)
class MachineUse:
    """Percent of the machine, None where it could not be read; descriptors and threads of this process."""

    cpu_percent: float | None
    memory_percent: float | None
    disk_percent: float | None
    open_file_descriptors: int | None
    thread_count: int | None


class Machine:
    """Reads the machine. The processors' use is a rate: it is known from the second reading on, over the time between the two."""

    def __init__(self, folder: Path, proc: Path = Path("/proc")) -> None:
        """`folder` is on the disk to watch; it need not exist yet."""
        self._folder = folder
        self._proc = proc
        self._before = _cpu_ticks(proc)
        self._percent: float | None = None

    def use(self) -> MachineUse:
        """What is used now."""
        return MachineUse(self._cpu(), _memory(self._proc), _disk(self._folder), _descriptors(self._proc), _threads(self._proc))

    def _cpu(self) -> float | None:
        before, now = self._before, _cpu_ticks(self._proc)
        if before is None or now is None:
            return None
        if now[1] - before[1] >= CPU_TICKS_MIN:
            self._percent = round(PERCENT * (now[0] - before[0]) / (now[1] - before[1]), 1)
            self._before = now
        return self._percent


def _cpu_ticks(proc: Path) -> tuple[int, int] | None:
    """(busy, all) ticks of all processors since boot."""
    try:
        fields = [int(word) for word in (proc / "stat").read_text().splitlines()[0].split()[1 : 1 + _CPU_FIELDS]]
        idle = sum(fields[place] for place in _IDLE_FIELDS)
    except (OSError, ValueError, IndexError):
        return None
    return sum(fields) - idle, sum(fields)


def _memory(proc: Path) -> float | None:
    """Share of memory that is not available for programs."""
    try:
        words = dict(line.split(":") for line in (proc / "meminfo").read_text().splitlines())
        total, available = (int(words[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
        return round(PERCENT * (total - available) / total, 1)
    except (OSError, ValueError, KeyError, ZeroDivisionError):
        return None


def _disk(folder: Path) -> float | None:
    """Share of the disk that is used, where `folder` is or will be."""
    place = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
    try:
        usage = shutil.disk_usage(place)
    except OSError:
        return None
    return round(PERCENT * (usage.total - usage.free) / usage.total, 1) if usage.total else None


def _descriptors(proc: Path) -> int | None:
    try:
        return len(list((proc / "self" / "fd").iterdir()))
    except OSError:
        return None


def _threads(proc: Path) -> int | None:
    try:
        line = next(line for line in (proc / "self" / "status").read_text().splitlines() if line.startswith("Threads:"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1])
