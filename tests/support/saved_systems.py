"""A system's directory as a run leaves it: a journal of real desk events, a fence with a lease, and what a simulated broker keeps beside them."""

from __future__ import annotations

import os
from pathlib import Path

from robo_trader.edge.backup import create
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_head import head_path, publish_head
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.state_directory import StateDirectory
from tests.support.desk_bench import Bench

NAME = "test"  # the bench's own: it is in every order reference


def events_of_a_trade() -> Bench:
    """A desk that bought 100 shares and protects them."""
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(bench.execution(entry, 100))
    bench.acknowledge(bench.last())
    return bench


def begun(*, trading: bool = False) -> tuple[StateDirectory, Fence]:
    """The system `NAME`; while `trading`, its lease is held by this process as long as the fence stays open."""
    directory = StateDirectory.of(NAME).make()
    fence = Fence.open(directory.fence, create=True)
    fence.take_lease(os.getpid())
    if not trading:
        fence.release()
    journal = Journal.open(directory.journal)
    journal.append(events_of_a_trade().journal, epoch=fence.epoch or 1, at_ns=1)
    publish_head(head_path(directory.journal), journal)
    journal.close()
    for name, text in {
        "exchange.jsonl": '{"k":"start"}\n{"k":"ma',
        "gateway/gateway.json": "{}",
        "recordings/2013-10-07/news-00001.parquet": "PAR1",
        "running.json": "{}",
        "gateway.json": "{}",
        "run.lock": "1",
        "recordings/2013-10-07/news-00002.new": "half",
    }.items():
        (directory.path / name).parent.mkdir(parents=True, exist_ok=True)
        (directory.path / name).write_text(text)
    return directory, fence


def saved(to: Path | None = None) -> Path:
    """A backup of that system at rest."""
    directory, fence = begun()
    fence.close()
    return create(directory, to).folder
