"""Where the journal ended, said in a file beside it: what a chain cannot show about itself.

Each row of the journal proves the ones before it, so nothing inside can be changed unseen; but rows cut off at the end leave a shorter journal that
is just as sound. The writer therefore publishes sequence and digest of its last durable row, and whoever opens the journal later must find that very
row in it. A published head may be old and is never early: it is written after the commit.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robo_trader.edge import codec
from robo_trader.edge.journal_store import Journal
from robo_trader.errors import StateUnreadable

PUBLISH_EVERY_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class PublishedHead:
    """A row that the journal has had: its sequence and the chain's digest there, in hex."""

    seq: int
    head: str


def head_path(journal: Path) -> Path:
    """Where the head of the journal at this path is published."""
    return journal.with_name("journal.head")


def publish_head(path: Path, journal: Journal) -> bool:
    """Say where the journal ends, whole or not at all; False if the disk refuses, which must not stop what trades.

    For the journal's writer: every `PUBLISH_EVERY_SECONDS`, and before it closes. It waits for the disk, a few milliseconds.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(codec.dump(PublishedHead(journal.durable_seq, journal.head)))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        return False
    return True


def check_head(path: Path, journal: Journal) -> PublishedHead | None:
    """The head that was published last, which `journal` contains; None if none ever was.

    Raises `StateUnreadable` if the journal ends before it or has another row there, and if the file cannot be read. For every start, before the
    first `publish_head`.
    """
    remedy = f"restore the newest backup; delete {path} only to accept what is lost"
    try:
        published = codec.load(PublishedHead, path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None
    except OSError as broken:
        raise StateUnreadable(f"{path} cannot be read: {broken.strerror}", "check its permissions") from None
    found = journal.digest_at(published.seq)
    if found is None:
        raise StateUnreadable(f"the journal was cut: it ends at {journal.durable_seq}, and {published.seq} was published as durable", remedy)
    if found != published.head:
        raise StateUnreadable(f"the journal is not the one whose head was published at sequence {published.seq}", remedy)
    return published
