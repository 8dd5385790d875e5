"""Journals that tests find written."""

from __future__ import annotations

from pathlib import Path

from robo_trader.edge.journal_store import Journal
from robo_trader.orders.events import OrderIdRaised


def written(path: Path, count: int = 5) -> None:
    """A closed journal with `count` rows."""
    journal = Journal.open(path)
    for number in range(1, count + 1):
        journal.append([OrderIdRaised(number)], epoch=1, at_ns=number)
    journal.close()
