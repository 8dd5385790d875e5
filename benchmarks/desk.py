"""How fast the desk decides, admits and replays: `python benchmarks/desk.py`.

Three figures, each beside a limit measured in the same run:
  decisions   turns per second of the pure desk over a seeded stream of signals, fills and quotes, against a bare loop that only builds the same news
  admission   signal in to intent durable (SQLite, WAL, synchronous=FULL), p50 and p99, against a bare fdatasync of a 4 KiB page on the same disk
  replay      minute bars per second through aggregator, strategy and desk, against the aggregator alone
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.minute_book import MinuteBook
from actors.strategy_host import SymbolRunner
from robo_trader.desk.effects import Place, Record
from robo_trader.desk.news import BrokerStatus, ExecutionSeen, News, QuoteSeen, Signal, StatusSeen
from robo_trader.edge.journal_store import Journal
from robo_trader.market.bar import Bar
from robo_trader.orders.order import OrderType
from robo_trader.strategies.catalogue import create
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Quote, Ticks
from tests.support.desk_bench import BOOK, CLIENT, OPEN, SPY, Bench, settings

ROUNDS = 4_000
ADMISSIONS = 500


def answers(order: Place, bench: Bench, number: int) -> list[News]:
    """What a broker says of an order that fills at once, or of a stop that rests."""
    if order.order_type is OrderType.STOP:
        return [StatusSeen(order.order_id, CLIENT, order.order_id, BrokerStatus.PRE_SUBMITTED, 0, order.quantity, "trigger")]
    price = Decimal("167.92")
    whose = (order.order_id, CLIENT, order.order_id, order.order_ref)
    fill = ExecutionSeen(f"{number}.01", SPY, order.side, order.quantity, price, bench.market, *whose)
    return [StatusSeen(order.order_id, CLIENT, order.order_id, BrokerStatus.FILLED, order.quantity, 0), fill]


def fresh_bench() -> Bench:
    """A connected desk whose day is long enough and whose entries are not bounded."""
    from dataclasses import replace  # noqa: PLC0415

    from robo_trader.market.calendar import Session  # noqa: PLC0415

    made = settings()
    session = Session(OPEN, Instant(OPEN + 100_000 * NS_PER_MINUTE))
    return Bench(replace(made, limits=replace(made.limits, entries_per_day_max=10**9, sessions=(session,)))).connect()


def decisions() -> tuple[float, float]:
    """Turns per second of the desk, and of building the same news."""
    bench, handled, taken = fresh_bench(), 0, 0
    began = time.perf_counter()
    for number in range(ROUNDS):
        bench.market = Instant(bench.market + NS_PER_MINUTE)
        quote = QuoteSeen(Quote(SPY, Ticks(16_790), Ticks(16_792), 500, 500, bench.market))
        signal = Signal(BOOK, 1 if number // 3 % 2 else -1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND))
        bench.feed(quote)
        bench.feed(signal)
        handled += 2
        while taken < len(bench.sent):
            order = bench.sent[taken]
            taken += 1
            bench.feed(*answers(order, bench, taken))
            handled += 1
        for name, live in list(bench.desk.state.book(BOOK).live.items()):
            if live.intended.slice and live.intended.slice not in bench.desk.state.book(BOOK).slices:
                gone = live.intended
                bench.feed(StatusSeen(gone.order_id, CLIENT, gone.order_id, BrokerStatus.CANCELLED, 0, 0, name))
                handled += 1
    desk = handled / (time.perf_counter() - began)
    began = time.perf_counter()
    for number in range(handled):
        QuoteSeen(Quote(SPY, Ticks(16_790), Ticks(16_792), 500, 500, Instant(number)))
    return desk, handled / (time.perf_counter() - began)


def admission(journal: Journal, rounds: int) -> list[float]:
    """Milliseconds from a signal to its durable intent; closes the journal."""
    bench = fresh_bench()
    journal.append(bench.journal, epoch=1, at_ns=1)
    took: list[float] = []
    for number in range(rounds):
        bench.market = Instant(bench.market + NS_PER_MINUTE)
        bench.quote()
        signal = Signal(BOOK, 1 if number % 2 else -1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND))
        sent = len(bench.sent)
        began = time.perf_counter()
        effects = bench.desk.handle([signal], bench.now())
        journal.append([e.event for e in effects if isinstance(e, Record)], epoch=1, at_ns=number)
        took.append((time.perf_counter() - began) * 1e3)
        bench.carry_out(effects)
        while sent < len(bench.sent):
            bench.feed(*answers(bench.sent[sent], bench, 10**6 + sent))
            sent += 1
        for live in list(bench.desk.state.book(BOOK).live.values()):
            if live.intended.slice and live.intended.slice not in bench.desk.state.book(BOOK).slices:
                bench.feed(StatusSeen(live.intended.order_id, CLIENT, live.intended.order_id, BrokerStatus.CANCELLED, 0, 0))
    journal.close()
    return took


def bare_sync(path: Path, rounds: int) -> list[float]:
    """Milliseconds of writing and syncing one 4 KiB page."""
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(rounds):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    return took


def replay(minutes: int = 20_000) -> float:
    """Minute bars per second through aggregator, strategy and desk."""
    bench = fresh_bench()
    signals: list[Signal] = []
    runner = SymbolRunner(BOOK, lambda: create("moving_average_cross", {"fast": 5, "slow": 20}))

    def closed(number: int, minute: Bar) -> None:
        answer = runner.consider(number, minute, 1)
        if answer.signal is not None:
            signals.append(answer.signal)

    book = MinuteBook(SPY, closed, lambda _book, _gap: None)
    book.resume([])
    began = time.perf_counter()
    start = Instant(OPEN + 60 * NS_PER_MINUTE)
    for part in range(minutes * 12):
        at = Instant(start + part * 5 * NS_PER_SECOND)
        price = Ticks(16_790 + (part * 7919 % 41) - (part // 240 % 2) * 60)
        book.on_bar(Bar(SPY, at, 5, price, price, price, price, 100))
        if signals:
            bench.market = Instant(at + 5 * NS_PER_SECOND)
            bench.feed(*signals)
            signals.clear()
    return minutes / (time.perf_counter() - began)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    return sorted(values)[int(len(values) * share)]


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    desk, bare = decisions()
    print(f"decisions   {desk:12,.0f} turns/s    bare loop {bare:12,.0f}/s    ratio {bare / desk:6.1f}")
    with tempfile.TemporaryDirectory() as directory:
        took = admission(Journal.open(Path(directory) / "journal.sqlite"), ADMISSIONS)
        sync = bare_sync(Path(directory) / "page", ADMISSIONS)
    p50, p99 = statistics.median(took), percentile(took, 0.99)
    s50, s99 = statistics.median(sync), percentile(sync, 0.99)
    print(f"admission   p50 {p50:.3f} ms  p99 {p99:.3f} ms    bare fdatasync p50 {s50:.3f} ms  p99 {s99:.3f} ms    ratio {p50 / s50:.1f}")
    print(f"replay      {replay():12,.0f} minute bars/s")


if __name__ == "__main__":
    main()
