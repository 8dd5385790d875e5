"""Results that name themselves: one file for each key, written whole or not at all.

The key is a hash of everything that a result depends on, so a file that is there is right and never changes: computing it again gives the same bytes.
That makes a search resumable without any record of progress. A file that cannot be read counts as absent and is computed again.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robo_trader.errors import ConfigurationError

_KEY: Final = re.compile(r"[0-9a-f]{16,64}")


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """The results in one folder; made by `open`."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> ResultFiles:
        """Make the folder if need be; `ConfigurationError` where that cannot be done."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as broken:
            raise ConfigurationError(f"the folder {folder} cannot be made: {broken.strerror}", "choose another with --out") from None
        for left_over in folder.glob("*.json.new-*"):
            if not Path(f"/proc/{left_over.name.rpartition('-')[2]}").exists():  # killed while writing
                left_over.unlink(missing_ok=True)
        return cls(folder)

    def read(self, key: str) -> str | None:
        """The result of this key, or None."""
        try:
            return self._path(key).read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return None

    def write(self, key: str, text: str) -> None:
        """Keep a result: durable when this returns."""
        path = self._path(key)
        fresh = path.with_name(f"{path.name}.new-{os.getpid()}")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def _path(self, key: str) -> Path:
        assert _KEY.fullmatch(key), f"{key!r} is no key"
        return self.folder / f"{key}.json"
