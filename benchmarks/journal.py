"""What it costs to put an intent on record, and to start after a million events: `python benchmarks/journal.py --help`.

admission   signal in to intent durable, through the desk: SQLite in a file (WAL, synchronous=FULL), beside PostgreSQL on the same disk (its own
server on a unix socket, synchronous_commit=on; needs `pip install psycopg[binary]` and PostgreSQL's programs), beside a bare fdatasync
of a 4 KiB page there. Limits: p50 2 ms, p99 20 ms on SQLite.
resume      a journal of N events of a trading desk (round trips: entry, stop, exit, fills, commissions), opened and resumed: by its snapshot, by
folding everything, and the part of it that is the file's own check. Limit: 5 s with the snapshot. Wall and processor seconds are told
apart, since a busy machine makes the one longer and not the other.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.desk import admission, bare_sync, percentile
from robo_trader.desk.desk import Desk
from robo_trader.desk.events import Event
from robo_trader.desk.news import BrokerStatus, CommissionSeen
from robo_trader.edge.journal_snapshot import read_anchor, resume, snapshot_path, write_snapshot
from robo_trader.edge.journal_store import Journal
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_MINUTE
from tests.support.desk_bench import BOOK, Bench, settings
from tests.support.postgres import programs, server

BATCH = 20_000
TIMES = {"at", "bar_end", "decision_bar_end", "signal_bar_end"}
NUMBERS = {"order_id", "perm_id"}
ORDERS_PER_ROUND = 6


def two_round_trips() -> tuple[list[Event], list[Event]]:
    """What a desk records before it trades, and for one long and one short round trip."""
    bench = Bench().connect()
    before = list(bench.journal)
    for stance in (1, -1):
        stop = bench.enter(stance)
        bench.feed(CommissionSeen(bench.executions[-1].exec_id, Decimal("1.05"), None))
        bench.signal(0)
        leave = bench.last(OrderType.MARKET)
        bench.acknowledge(leave)
        bench.fill(leave)
        bench.feed(CommissionSeen(bench.executions[-1].exec_id, Decimal("1.05"), None))
        bench.status(stop, BrokerStatus.CANCELLED, 0, 0)
    return before, bench.journal[len(before) :]


def later(trips: Sequence[Event], number: int) -> Iterator[Event]:
    """The same round trips another time: other times, ids and intents."""
    intents = {event.intent for event in trips if hasattr(event, "intent")}
    moved = number * 10 * NS_PER_MINUTE
    for event in trips:
        changed: dict[str, Any] = {}
        for name in (field.name for field in fields(event)):
            value: Any = getattr(event, name)
            if name in NUMBERS and value:
                changed[name] = value + number * ORDERS_PER_ROUND
            elif name in TIMES:
                changed[name] = value + moved
            elif name == "exec_id":
                changed[name] = f"{number}-{value}"
            elif name == "cause" and value.isdigit():
                changed[name] = str(int(value) + moved)
            elif type(value) is str:
                for intent in intents:
                    if intent in value:
                        changed[name] = value.replace(intent, f"{number:08x}{intent[8:]}")
                        break
        yield replace(event, **changed)


def written(path: Path, events: int) -> None:
    """A journal of at least so many events."""
    journal = Journal.open(path)
    before, trips = two_round_trips()
    journal.append(before, epoch=1, at_ns=1)
    number, batch = 0, list[Event]()
    while journal.durable_seq < events:
        batch += later(trips, number)
        number += 1
        if len(batch) >= BATCH or journal.durable_seq + len(batch) >= events:
            journal.append(batch, epoch=1, at_ns=1)
            batch.clear()
    journal.close()


@contextmanager
def timed(what: str, note: str = "") -> Iterator[None]:
    """Print how long the block took."""
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    yield
    print(f"resume      {what:34} {time.perf_counter() - wall:7.2f} s wall  {time.process_time() - processor:7.2f} s processor   {note}", flush=True)


def resumes(directory: Path, events: int) -> None:
    """Print the figures of a start."""
    path = directory / "journal.sqlite"
    written(path, events)
    snapshot, made = snapshot_path(path), settings(epoch=2)
    with timed("whole: every link, every event", f"{events:,} events, {path.stat().st_size / 1e6:.0f} MB"):
        journal = Journal.open(path)
        desk = Desk.resume((event for _, event in journal.read()), made)
    with timed("writing the snapshot"):
        write_snapshot(snapshot, journal, desk.state, [BOOK])
    journal.close()
    held = desk.state.ledger.cash_change
    del desk
    with timed("by the snapshot", f"limit 5 s; {snapshot.stat().st_size / 1e6:.0f} MB"):
        journal = Journal.open(path, anchor=read_anchor(snapshot))
        desk = resume(snapshot, journal, made)
    assert desk.state.ledger.cash_change == held
    journal.close()
    with timed("of which opening and proving"):
        Journal.open(path, anchor=read_anchor(snapshot)).close()


def told(what: str, took: list[float]) -> None:
    """One line of the table."""
    print(f"admission   {what:34} p50 {statistics.median(took):7.3f} ms  p99 {percentile(took, 0.99):7.3f} ms  worst {max(took):8.3f} ms", flush=True)


def on_postgres(directory: Path, rounds: int, say: Callable[[str, list[float]], None]) -> None:
    """The same on PostgreSQL, or why not."""
    if find_spec("psycopg") is None or programs() is None:
        print("admission   PostgreSQL: not measured, psycopg or its programs are not installed")
        return
    with server(directory) as url:
        say("PostgreSQL, unix socket", admission(Journal.open(url), rounds))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=None, help="where to measure: on the disk that the journal will be on")
    given = parser.parse_args()
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        directory = Path(folder)
        directory.chmod(0o755)
        told("bare fdatasync of 4 KiB", bare_sync(directory / "page", given.rounds))
        told("SQLite", admission(Journal.open(directory / "admission.sqlite"), given.rounds))
        on_postgres(directory, given.rounds, told)
        resumes(directory, given.events)


if __name__ == "__main__":
    main()
