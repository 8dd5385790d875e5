"""Where an actor's process writes what happened: a file of its own in the system's directory, bounded in size."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from typing import Final

from robo_trader.edge.state_directory import StateDirectory

LOG: Final = logging.getLogger("robo_trader")
FILE_BYTES_MAX: Final = 5_000_000
FILES_KEPT: Final = 3


def log_to(directory: StateDirectory, name: str) -> None:
    """From now on this process's lines go to `<system>/logs/<name>.log`."""
    folder = directory.path / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    handler = RotatingFileHandler(folder / f"{name.replace('/', '.')}.log", maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    for old in tuple(LOG.handlers):
        LOG.removeHandler(old)
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
