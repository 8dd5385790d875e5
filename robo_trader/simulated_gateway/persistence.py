"""The gateway's memory on disk: one JSON file, replaced whole or not at all, in a directory that one gateway holds.

A broker does not forget an account because its computer restarted. The file holds what the exchange needs to go on exactly where it stood; it is
written to a temporary file and renamed over the old one, so a kill at any moment leaves the older state or the newer one, never a mixture. Each
second it is synced, for the death of the machine; what is saved in between, before clients are told, is for the death of the process, as the log is.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, Final

from robo_trader.errors import AlreadyRunning, ConfigurationError, StateUnreadable
from robo_trader.simulated_gateway.saved import encoded

VERSION: Final = 1
SAVE_PERIOD_SECONDS: Final = 1.0
_FILE: Final = "gateway.json"
_LOCK: Final = "gateway.lock"


class StateDirectory:
    """The directory of one gateway, held from here until `close`."""

    def __init__(self, directory: Path) -> None:
        """Makes the directory where it is missing. Raises AlreadyRunning where another gateway holds it, else ConfigurationError."""
        self.path = directory / _FILE
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as broken:
            raise ConfigurationError(f"--state {directory} cannot be used ({broken.strerror})", "name a writable directory") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise AlreadyRunning(f"another gateway holds --state {directory}", "stop it, or name another directory") from None

    def load(self) -> dict[str, Any] | None:
        """The saved state; None on day one. Raises StateUnreadable for a file that is not what `save` writes."""
        try:
            text = self.path.read_text()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise self._unreadable() from None
        try:
            kept = json.loads(text)
        except ValueError:
            raise self._unreadable() from None
        if not isinstance(kept, dict) or kept.get("version") != VERSION or not isinstance(kept.get("state"), dict):
            raise self._unreadable()
        state: dict[str, Any] = kept["state"]
        return state

    def _unreadable(self) -> StateUnreadable:
        return StateUnreadable(f"the gateway's state {self.path} cannot be read", "restore it from a copy, or start with an empty --state directory")

    def save(self, state: dict[str, Any], *, synced: bool = True) -> None:
        """Replace the saved state. Raises ConfigurationError where the disk will not take it; the older state stands then."""
        fresh = self.path.with_suffix(".new")
        try:
            with fresh.open("wb") as file:
                file.write(encoded({"version": VERSION, "state": state}))
                if synced:
                    file.flush()
                    os.fsync(file.fileno())
            fresh.replace(self.path)
            if synced:
                self._sync_directory()
        except OSError as broken:
            raise ConfigurationError(f"the gateway's state {self.path} cannot be written ({broken.strerror})", "free space on its disk") from None

    def _sync_directory(self) -> None:
        directory = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def close(self) -> None:
        """Let another gateway have the directory."""
        os.close(self._lock)
