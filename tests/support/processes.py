"""The processes that this one started, found in /proc: tests may look at and kill those, and no others."""

from __future__ import annotations

import os
from pathlib import Path


def descendants(ancestor: int | None = None) -> dict[int, str]:
    """Pid and command of everything below `ancestor` (this process if None) that runs."""
    parent_of: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (found := _parent(folder)) is not None:
            parent_of[int(folder.name)] = found
    top = os.getpid() if ancestor is None else ancestor
    return {pid: _command(pid) for pid in parent_of if pid != top and _is_below(pid, top, parent_of)}


def _parent(folder: Path) -> int | None:
    """None for one that is gone, or dead and not yet buried."""
    try:
        state, parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
    except OSError:
        return None
    return None if state == "Z" else int(parent)


def _is_below(pid: int, top: int, parent_of: dict[int, int]) -> bool:
    while pid in parent_of and pid != top:
        pid = parent_of[pid]
    return pid == top


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
