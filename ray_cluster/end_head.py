"""`python -m ray_cluster.end_head SYSTEM`: end the head node of a system from a session of its own.

For a tree that ends itself because its command is gone: the head cannot be ended by a process that lives on it.
"""

from __future__ import annotations

import sys
import time
from typing import Final

from ray_cluster.connect import end, read_head
from robo_trader.edge.state_directory import StateDirectory

LAST_WORDS_SECONDS: Final = 2.0


def main(system: str) -> None:
    """Give the root a moment to leave, then end everything."""
    time.sleep(LAST_WORDS_SECONDS)
    directory = StateDirectory.of(system)
    record = directory.path / "ray.ending.json"
    head = read_head(record)
    if head is not None:
        end(head)
        record.unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1])
