"""Which incarnation of each actor was the last, kept for as long as the system exists.

An epoch is what tells two living incarnations apart, so it must grow over restarts of the machine too. It is on disk before it is used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from robo_trader.errors import StateUnreadable


class Epochs:
    """The last epochs by name; made by `open`."""

    def __init__(self, path: Path, last: dict[str, int]) -> None:
        self._path, self._last = path, last

    @classmethod
    def open(cls, path: Path) -> Epochs:
        """Read the file, which need not exist yet; raises `StateUnreadable` for one that makes no sense."""
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(path, {})
        except (OSError, ValueError) as broken:
            raise _unreadable(path, str(broken)) from None
        if not isinstance(said, dict) or not all(isinstance(epoch, int) and epoch >= 0 for epoch in said.values()):
            raise _unreadable(path, "not a table of epochs")
        return cls(path, {str(name): epoch for name, epoch in said.items()})

    def known(self, names: Iterable[str]) -> dict[str, int]:
        """The last epochs of those that had one."""
        return {name: self._last[name] for name in names if name in self._last}

    def keep(self, name: str, epoch: int) -> None:
        """Put an epoch on disk, before it is used; a lower one than is known changes nothing."""
        if epoch <= self._last.get(name, 0):
            return
        self._last[name] = epoch
        fresh = self._path.with_name(f"{self._path.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self._last, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    def next(self, name: str) -> int:
        """A new epoch, kept."""
        self.keep(name, self._last.get(name, 0) + 1)
        return self._last[name]


def _unreadable(path: Path, cause: str) -> StateUnreadable:
    return StateUnreadable(
        f"the epochs in {path} cannot be read: {cause}", "restore the file from a backup, or delete it when nothing of this system runs"
    )
